"""The program that is watched comes first: whatever happens to heapreel, it ends by itself, as it does alone."""

import os
import pathlib
import random
import signal
import time
import unittest

from command_case import CommandCase

# The longest that any call may wait (engine/README.md, "Who waits for what"), several threads one after another.
PATIENCE_S = 60


class RecorderFateTest(CommandCase):
    """`heapreel run` is killed or stopped at a random moment of a program that calls everything there is to call."""

    def run_and(self, disturb, play_ms=250):
        process = self.start("run", "-f", "-o", self.folder / "x.reel", "--", self.programs / "host_controls", play_ms)
        program = int(process.stdout.readline())
        time.sleep(random.uniform(0, play_ms / 1000))
        disturb(process)
        self.assertTrue(self.ends(program), f"after {disturb.__name__}")
        self.assertEqual(process.stdout.readline(), "done\n")
        return process

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

    def test_program_outlives_a_recorder_that_is_killed(self):
        def kill(process):
            process.send_signal(signal.SIGKILL)

        for _ in range(int(os.environ.get("HEAPREEL_TEST_ROUNDS", "8"))):
            self.run_and(kill).wait()

    def test_program_does_not_wait_for_a_recorder_that_is_stopped(self):
        def stop(process):
            process.send_signal(signal.SIGSTOP)

        for _ in range(int(os.environ.get("HEAPREEL_TEST_ROUNDS", "8")) // 2):
            process = self.run_and(stop)
            process.send_signal(signal.SIGCONT)
            self.assertIn(process.wait(timeout=PATIENCE_S), (7, 4))


if __name__ == "__main__":
    unittest.main()
