"""What `heapreel doctor` says of programs of which it is known, and in which colours."""

import json
import os
import pty
import resource
import shutil
import subprocess
import unittest

from command_case import CommandCase


class DoctorCase(CommandCase):
    def findings(self, *program, status=0):
        """By topic, as JSON has them."""
        words = ["--", *program] if program else []
        outcome = self.heapreel("doctor", "--json", *words)
        self.assertEqual(outcome.returncode, status, outcome.stdout + outcome.stderr)
        return {finding["topic"]: finding for finding in json.loads(outcome.stdout)["findings"]}


class MachineTest(DoctorCase):
    def test_a_machine_that_runs_these_tests_has_no_problem(self):
        self.assertNotIn("problem", {finding["state"] for finding in self.findings().values()})

    def test_a_limit_of_file_size_is_a_problem(self):
        outcome = subprocess.run(
            [self.command, "doctor"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)),
        )
        self.assertEqual(outcome.returncode, 1)
        self.assertRegex(outcome.stdout, r"problem +file size +is limited to 1024 KiB.*\n +-> `ulimit -f unlimited`")


class ProgramTest(DoctorCase):
    def test_a_program_with_debug_information_is_good(self):
        findings = self.findings(self.known_heap)
        for topic in ("program", "allocator", "stacks", "symbols"):
            self.assertEqual(findings[topic]["state"], "good", findings[topic])
        self.assertIn("known_heap", findings["symbols"]["text"])
        self.assertRegex(findings["stacks"]["text"], r"cover (9\d|100) %")
        # It shows no picture.
        self.assertEqual(findings["game frames"]["state"], "note")

    def test_a_stripped_program_has_no_lines(self):
        if shutil.which("strip") is None:
            self.skipTest("strip is not installed")
        stripped = self.folder / "stripped"
        subprocess.run(["strip", "-o", stripped, self.known_heap], check=True)
        symbols = self.findings(stripped)["symbols"]
        self.assertEqual(symbols["state"], "note")
        self.assertIn("--debug-path", symbols["advice"])

    def test_an_allocator_of_its_own_is_a_problem(self):
        allocator = self.findings(self.programs / "own_malloc", status=1)["allocator"]
        self.assertEqual(allocator["state"], "problem")
        self.assertIn("malloc", allocator["text"])

    def test_a_program_that_cannot_be_traced_is_a_problem(self):
        static = self.programs / "static_program"
        if not static.exists():
            self.skipTest("there is no static C library")
        self.assertIn("statically linked", self.findings(static, status=1)["program"]["text"])

    def test_a_call_that_shows_a_picture_ends_game_frames(self):
        source = self.folder / "game.c"
        source.write_text("void glXSwapBuffers(void); int main(void) { glXSwapBuffers(); return 0; }\n")
        library = self.folder / "libshows.c"
        library.write_text("void glXSwapBuffers(void) {}\n")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.folder / "libshows.so", library], check=True)
        game = self.folder / "game"
        subprocess.run(["cc", "-o", game, source, self.folder / "libshows.so", f"-Wl,-rpath,{self.folder}"], check=True)
        frames = self.findings(game)["game frames"]
        self.assertEqual(frames["state"], "good")
        self.assertIn("glXSwapBuffers", frames["text"])
        (self.folder / "libshows.so").unlink()
        self.assertIn("libshows.so", self.findings(game, status=1)["libraries"]["text"])

    def test_the_program_does_not_run(self):
        made = self.folder / "made"
        self.heapreel("doctor", "--", shutil.which("touch"), made)
        self.assertFalse(made.exists())


class ColourTest(DoctorCase):
    def shown_on_a_terminal(self, **variables):
        master, terminal = pty.openpty()
        process = subprocess.Popen(
            [self.command, "doctor"],
            cwd=self.folder,
            env={**self.environment, "TERM": "xterm", **variables},
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=subprocess.DEVNULL,
        )
        os.close(terminal)
        shown = b""
        try:
            while some := os.read(master, 1 << 16):
                shown += some
        except OSError:  # the other end is closed
            pass
        os.close(master)
        process.wait()
        return shown.decode()

    def test_a_terminal_has_colours_unless_it_wants_none(self):
        self.environment.pop("NO_COLOR", None)
        self.assertIn("\x1b[32mgood\x1b[0m", self.shown_on_a_terminal())
        self.assertNotIn("\x1b", self.shown_on_a_terminal(NO_COLOR="1"))
        self.assertNotIn("\x1b", self.shown_on_a_terminal(TERM="dumb"))
        self.assertNotIn("\x1b", self.heapreel("doctor", TERM="xterm").stdout)


if __name__ == "__main__":
    unittest.main()
