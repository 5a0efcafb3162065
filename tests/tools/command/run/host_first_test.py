"""The program that is watched comes first: whatever happens to heapreel, it ends by itself, as it does alone."""

import os
import pathlib
import random
import signal
import subprocess
import time
import unittest

from command_case import CommandCase

# The longest that any call may wait (engine/BOUNDS.md), several threads one after another.
PATIENCE_S = 60


class RecorderFateTest(CommandCase):
    """The recorder is killed or stopped, or `heapreel run` is killed, at a random moment of a program that calls
    everything there is to call."""

    def run_and(self, disturb, play_ms=250):
        process = self.start("run", "-f", "-o", self.folder / "x.reel", "--", self.programs / "host_controls", play_ms)
        program = int(process.stdout.readline())
        time.sleep(random.uniform(0, play_ms / 1000))
        self.recorder = self.recorder_of(process, program)
        disturb(process)
        self.assertTrue(self.ends(program), f"after {disturb.__name__}")
        said = process.stdout.readline()
        if said != "done\n":  # it came to another end than alone
            process.kill()
            self.fail(f"after {disturb.__name__} the program says {said!r}, and: {process.stderr.read()}")
        return process

    def recorder_of(self, process, program):
        """The child of the run that is not the program."""
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        (recorder,) = (int(child) for child in children if int(child) != program)
        return recorder

    def ends(self, program):
        """Whether the program comes to its end by itself; it does not stay in any case."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                state = pathlib.Path(f"/proc/{program}/stat").read_text().rpartition(")")[2].split()[0]
            except FileNotFoundError:
                return True
            if state == "Z":
                return True
            time.sleep(0.02)
        os.kill(program, signal.SIGKILL)
        return False

    def test_program_outlives_a_recorder_that_is_killed_and_its_status_is_passed_on(self):
        def kill(process):
            os.kill(self.recorder, signal.SIGKILL)

        for _ in range(int(os.environ.get("HEAPREEL_TEST_ROUNDS", "4")) // 2):
            process = self.run_and(kill)
            self.assertIn(process.wait(timeout=PATIENCE_S), (7, 4))
            self.assertRegex(process.stderr.read(), r"incomplete: the recording process died \(signal 9 \(SIGKILL\)\); "
                                                    r".*x\.reel ends where it was")

    def test_program_and_recording_outlive_a_run_that_is_killed(self):
        def kill(process):
            process.send_signal(signal.SIGKILL)

        for _ in range(int(os.environ.get("HEAPREEL_TEST_ROUNDS", "4")) // 2):
            self.run_and(kill).wait()
            deadline = time.monotonic() + PATIENCE_S
            while pathlib.Path(f"/proc/{self.recorder}").exists():
                self.assertLess(time.monotonic(), deadline, "the recorder goes on")
                time.sleep(0.01)
            self.assertTrue(self.info(self.folder / "x.reel")["complete"])

    def test_program_does_not_wait_for_a_recorder_that_is_stopped(self):
        def stop(process):
            os.kill(self.recorder, signal.SIGSTOP)

        for _ in range(int(os.environ.get("HEAPREEL_TEST_ROUNDS", "4")) // 2):
            process = self.run_and(stop)
            os.kill(self.recorder, signal.SIGCONT)
            self.assertIn(process.wait(timeout=PATIENCE_S), (7, 4))


class LimitedMemoryTest(CommandCase):
    """Under `ulimit -v` the program does what it does alone; heapreel says what it cannot do."""

    PROGRAMS = (["sort", __file__], ["python3", "-c", "print(sum(len(str(i)) for i in range(20000)))"])

    def run_limited(self, words, kib):
        return subprocess.run(["sh", "-c", f'ulimit -v {kib}; exec "$@"', "sh", *map(str, words)], cwd=self.folder,
                              env=self.environment, capture_output=True, text=True, timeout=PATIENCE_S)

    def test_output_and_status_are_those_of_the_program_alone(self):
        for words in self.PROGRAMS:
            for mib in (20, 60, 200, 1000, 3000, 7000, 9000, 40000):
                with self.subTest(words=words[0], mib=mib):
                    alone = self.run_limited(words, mib * 1024)
                    if alone.returncode != 0:
                        continue  # not enough for the program itself
                    reel = self.folder / "limited.reel"
                    traced = self.run_limited([self.command, "run", "-f", "-o", reel, "--", *words], mib * 1024)
                    if "running untraced" in traced.stderr or "the tracer uses a quarter" in traced.stderr:
                        self.assertIn("memory is limited", traced.stderr)
                    is_traced = "running untraced" not in traced.stderr
                    self.assertEqual((traced.stdout, traced.returncode), (alone.stdout, 0 if is_traced else 4),
                                     traced.stderr)
                    self.assertIn("the tracer uses a quarter" if mib >= 9000 else "running untraced", traced.stderr)


if __name__ == "__main__":
    unittest.main()
