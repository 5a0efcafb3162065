"""One system call fails, of `heapreel run`, its recorder, or heapreel's library in the program: the n-th of each kind, for
all n. The program's output and status are its own every time, and its record is complete or says why not.

Runs a part by default, spread over all n. HEAPREEL_TEST_ALL_CALLS=1 tries all of them.
"""

import os
import subprocess
import unittest

from command_case import CommandCase

CALLS = ("mmap", "memfd_create", "ftruncate", "madvise", "write", "openat", "clone", "socket", "sendmsg", "poll",
         "pidfd_open")
OF_THE_PROGRAM = "grown\n"
ALLOCS = 1500


class FailedCallsTest(CommandCase):
    def setUp(self):
        super().setUp()
        self.fail_nth_call = str(self.programs / "fail_nth_call")
        if not os.path.exists(self.fail_nth_call):
            self.skipTest("not built for this processor")
        if self.attempt("command", "mmap", 1_000_000)[0].returncode == 125:
            self.skipTest("processes cannot be traced here")

    def attempt(self, whose, call, n, options=()):
        """The outcome, and whether there was an n-th call."""
        for path in self.folder.glob("*.reel*"):
            path.unlink()
        report = self.folder / "report"
        report.write_text("")
        words = [self.fail_nth_call, str(report), whose, call, str(n), self.command, "run", *options, "-o", "a.reel", "--",
                 str(self.programs / "family"), "grow", "3"]
        outcome = subprocess.run(words, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                 capture_output=True, text=True, timeout=60)
        return outcome, report.read_text() == "1"

    def assert_honest(self, outcome):
        said = outcome.stderr
        if outcome.stdout == "" and outcome.returncode != 0:
            # The command itself, or the program, could not be loaded, and so nothing was started.
            self.assertEqual(list(self.folder.glob("*.reel")), [], said)
            return
        self.assertEqual(outcome.stdout, OF_THE_PROGRAM, said)
        reel = self.folder / "a.reel"
        if outcome.returncode == 0 and "runs untraced, in place of heapreel" in said:
            return
        if outcome.returncode == 0:
            info = self.info(reel)
            self.assertEqual((info["complete"], info["allocs"]), (True, ALLOCS), said)
            return
        self.assertEqual(outcome.returncode, 4, said)
        self.assertRegex(said, "incomplete|untraced|was traced|tracing ended")

    def try_calls(self, whose, options=()):
        every = 1 if os.environ.get("HEAPREEL_TEST_ALL_CALLS") == "1" else 9
        tried = 0
        for call in CALLS:
            n = 1
            while True:
                outcome, failed = self.attempt(whose, call, n, options)
                with self.subTest(whose=whose, call=call, n=n):
                    self.assert_honest(outcome)
                if not failed:
                    break
                tried += 1
                n += 1 if n < 3 else every
        return tried

    def test_of_the_command_and_its_recorder(self):
        self.assertGreater(self.try_calls("command"), 20)

    def test_of_the_library_in_the_program(self):
        self.assertGreater(self.try_calls("program"), 3)

    def test_of_the_command_that_follows(self):
        self.assertGreater(self.try_calls("command", ["--follow-forks"]), 20)

    def test_of_the_library_in_a_program_that_is_followed(self):
        self.assertGreater(self.try_calls("program", ["--follow-forks"]), 5)


if __name__ == "__main__":
    unittest.main()
