"""`heapreel run` and its recorder: the program, its output and its status are its own, whatever the caller left behind and
whatever becomes of the recording."""

import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

from command_case import CommandCase


class CallerTest(CommandCase):
    """What the caller of `heapreel run` has done to its own process."""

    def run_after(self, preparation, *words):
        """`heapreel run` in a process that has done `preparation`, a statement of Python."""
        script = f"import os, signal, resource; {preparation}; os.execv({self.command!r}, {[self.command, *words]!r})"
        return subprocess.run([sys.executable, "-c", script], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)

    IGNORE = "signal.signal(signal.SIGCHLD, signal.SIG_IGN)"

    def test_ends_where_the_caller_ignores_that_children_end(self):
        for follow in ([], ["--follow-forks"]):
            outcome = self.run_after(self.IGNORE, "run", "-f", *follow, "-o", "a.reel", "--", self.known_heap, "counts")
            self.assertEqual(outcome.returncode, 7, outcome.stderr)
            self.assertEqual(self.info(self.folder / "a.reel")["ended"], "exit 7")

    def test_leaves_the_program_what_the_caller_ignored(self):
        show = ("sed", "-n", "s/^SigIgn:.//p", "/proc/self/status")
        alone = self.run_after(self.IGNORE + f"; os.execvp('sed', {list(show)!r})")
        traced = self.run_after(self.IGNORE, "run", "-f", "-o", "a.reel", "--", *show)
        self.assertEqual((traced.returncode, traced.stdout), (0, alone.stdout), traced.stderr)

    def test_puts_nothing_of_its_own_where_the_caller_closed_a_standard_descriptor(self):
        show = ("sh", "-c", "for fd in 0 1 2; do test -e /proc/$$/fd/$fd && echo $fd; done >&9; true")
        closing = "os.dup2(1, 9); [os.close(fd) for fd in (0, 2)]"
        traced = self.run_after(closing, "run", "-f", "-o", "a.reel", "--", *show)
        self.assertEqual((traced.returncode, traced.stdout), (0, "1\n"))

    def limited_processes(self, limit):
        """As a user who has no other process, which root is not counted as."""
        limited = f"resource.setrlimit(resource.RLIMIT_NPROC, ({limit}, {limit}))"
        user = "os.chmod('.', 0o777); os.setgroups([]); os.setgid(54321); os.setuid(54321)"
        return self.run_after(f"{user}; {limited}", "run", "-f", "-o", "a.reel", "--", self.known_heap, "counts")

    @unittest.skipIf(os.geteuid() != 0, "needs a user of its own")
    def test_program_comes_first_where_processes_are_scarce(self):
        said = {}
        for limit in (1, 2, 3, 4):
            outcome = self.limited_processes(limit)
            self.assertEqual(outcome.returncode, 7, (limit, outcome.stderr))
            said[limit] = outcome.stderr
        self.assertIn("in place of heapreel, and no reel is written", said[1])
        self.assertIn("heapreel had no process or descriptor left to record the program", said[2])
        # With three the recorder finds a place for its writer only if the program has ended by then.
        self.assertTrue("wrote a.reel" in said[3] or "incomplete: the recording could not go on" in said[3], said[3])
        self.assertNotIn("incomplete", said[4])


class EarlierReelTest(CommandCase):
    def test_an_old_reel_does_not_pass_as_the_record_of_a_run_that_wrote_none(self):
        outcome, reel = self.record("counts")
        self.assertEqual(outcome.returncode, 7, outcome.stderr)
        limited = ["sh", "-c", 'ulimit -v 400000; exec "$@"', "sh", self.command, "run", "-f", "-o", str(reel), "--", "true"]
        outcome = subprocess.run(limited, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60)
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertIn("running untraced: no reel was written", outcome.stderr)
        self.assertIn("test.reel, is now ", outcome.stderr)
        self.assertEqual(self.files(), ["test.reel.earlier"])

    def test_a_reel_that_was_written_stays(self):
        self.record("counts")
        outcome, reel = self.record("counts")
        self.assertEqual(outcome.returncode, 7, outcome.stderr)
        self.assertEqual(self.files(), ["test.reel"])


class SecondSignalTest(CommandCase):
    def setUp(self):
        super().setUp()
        # Under nohup it is ignored, and so it would be in the run.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    def start_with_stuck_recorder(self, *options):
        """The program has ended; its recorder does not, as it is stopped."""
        process = self.start("run", "-f", *options, "-o", "a.reel", "--", self.known_heap, "signal")
        self.assertEqual(process.stdout.readline(), "waiting\n")
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        (program,) = (child for child in children if os.readlink(f"/proc/{child}/exe") == self.known_heap)
        (recorder,) = (child for child in children if child != program)
        os.kill(int(recorder), signal.SIGSTOP)
        os.kill(int(program), signal.SIGKILL)
        self.wait_until_gone(program)
        return process

    def wait_until_gone(self, program):
        deadline = time.monotonic() + 60
        while pathlib.Path(f"/proc/{program}").exists():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)

    def test_the_second_signal_to_end_ends_the_run(self):
        for options in ([], ["--follow-forks"]):
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                process = self.start_with_stuck_recorder(*options)
                process.send_signal(number)
                time.sleep(0.05)
                self.assertIsNone(process.poll())
                # Two that come before the run looks are one: on a busy machine it may take more.
                deadline = time.monotonic() + 60
                while process.poll() is None and time.monotonic() < deadline:
                    process.send_signal(number)
                    time.sleep(0.02)
                self.assertEqual(process.poll(), 137)
                self.assertIn("ended by a second signal", process.stderr.read())


if __name__ == "__main__":
    unittest.main()
