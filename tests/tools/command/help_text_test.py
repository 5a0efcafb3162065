"""`heapreel COMMAND --help` shows examples, and each of them works as it stands."""

import re
import shutil
import signal
import subprocess
import unittest

from command_case import CommandCase

# A gate may fail, which is its answer, and a machine may have something that doctor finds fault with.
MAY_FAIL = {"check", "doctor"}


class HelpTextTest(CommandCase):
    """In a folder with `game`, which is a program, and `game.reel`, `old.reel` and `memory.toml`, as the examples have it."""

    @classmethod
    def setUpClass(cls):
        recording = CommandCase()
        recording.setUp()
        cls.recording = recording
        cls.game = recording.programs.parent.parent / "tools/example_game/example_game"
        outcome = recording.heapreel("run", "--frame-every", 0, "--every-game-frame", "-o", "game.reel", "--", cls.game,
                                     "--frames", 260)
        assert outcome.returncode in (0, 1), outcome.stderr

    @classmethod
    def tearDownClass(cls):
        cls.recording.doCleanups()

    def setUp(self):
        super().setUp()
        shutil.copy(self.programs / "known_containers", self.folder / "game")
        (self.folder / "heapreel").symlink_to(self.command)
        self.environment["PATH"] = f"{self.folder}:{self.environment['PATH']}"

    def commands(self):
        return re.findall(r"^  (\w+) ", self.heapreel("help").stdout.split("commands:")[1].split("\n\n")[0], re.MULTILINE)

    def examples(self, command):
        text = self.heapreel(command, "--help").stdout
        self.assertIn("\nexamples:\n", text, command)
        return re.findall(r"^  (heapreel .*)\n      (\S.*)$", text.split("\nexamples:\n")[1], re.MULTILINE)

    def test_every_command_has_one_to_three(self):
        commands = self.commands()
        self.assertGreater(len(commands), 15)
        for command in commands:
            with self.subTest(command):
                self.assertIn(len(self.examples(command)), (1, 2, 3))

    def run_example(self, command, line):
        # What another example wrote is as it was, and what this one writes is not there.
        for name in ("game.reel", "old.reel"):
            shutil.copy(self.recording.folder / "game.reel", self.folder / name)
        (self.folder / "memory.toml").write_text("[AI]\nallocs_per_game_frame = 100000\n")
        for written in re.findall(r"-o (\S+)", line):
            if written != "-":
                (self.folder / written).unlink(missing_ok=True)
        if command == "live":
            return self.run_until_it_serves(line)
        if command == "attach":
            return self.run_attached(line)
        return subprocess.run(line, shell=True, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)

    def run_until_it_serves(self, line):
        process = subprocess.Popen(["sh", "-c", f"exec {line}"], cwd=self.folder, env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=120)
        return subprocess.CompletedProcess(line, process.returncode, first + rest, errors)

    def run_attached(self, line):
        """To a program that waits for it, whose number takes the place of the example's."""
        preload = self.programs.parents[1] / "hooks/libheapreel_preload.so"
        variables = {**self.environment, "LD_PRELOAD": str(preload), "HEAPREEL_OPTIONS": "listen=1"}
        program = subprocess.Popen([self.programs / "steps"], env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = line.replace("4711", str(program.pid))
        while True:  # until it listens
            attach = subprocess.Popen(["sh", "-c", f"exec {line}"], cwd=self.folder, env=self.environment,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            first = attach.stderr.readline()
            if "does not wait for" not in first:
                break
            attach.communicate()
        attach.send_signal(signal.SIGINT)
        output, errors = attach.communicate(timeout=120)
        program.communicate()
        return subprocess.CompletedProcess(line, attach.returncode, output, first + errors)

    def test_each_works(self):
        run = 0
        for command in self.commands():
            for line, _ in self.examples(command):
                with self.subTest(line):
                    outcome = self.run_example(command, line)
                    allowed = (0, 1) if command in MAY_FAIL or "--budgets" in line else (0,)
                    if command == "run" and "--budgets" in line:
                        allowed = (0, 1, 4)  # on a busy machine game frames are merged, which no gate passes
                    if command == "live":
                        allowed = (0, -signal.SIGINT)
                    self.assertIn(outcome.returncode, allowed, outcome.stdout + outcome.stderr)
                    self.assertTrue(outcome.stdout or re.search(r"-o |>|run|seal|report|export", line), "it says nothing")
                    run += 1
        self.assertGreaterEqual(run, 30)

    def test_the_manual_and_the_completions_have_the_same(self):
        scripts = {shell: self.heapreel("completions", shell).stdout for shell in ("bash", "zsh", "fish")}
        for command in self.commands():
            page = self.heapreel("help", "--man", command).stdout.replace("\\-", "-").replace("\\e", "\\")
            for line, _ in self.examples(command):
                with self.subTest(line):
                    self.assertIn(line, page)
                    for shell, script in scripts.items():
                        self.assertIn(f"# {line}\n", script, shell)


if __name__ == "__main__":
    unittest.main()
