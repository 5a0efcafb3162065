"""One system call fails, of `heapreel run`, its recorder, or heapreel's library in the program: the n-th of each kind, for
all n. The program's output and status are its own every time, and its record is complete or says why not.

Runs a part by default, spread over all n. HEAPREEL_TEST_ALL_CALLS=1 tries all of them and says how many there were.
"""

import concurrent.futures
import dataclasses
import os
import pathlib
import subprocess
import unittest

from command_case import CommandCase

CALLS = ("mmap", "memfd_create", "ftruncate", "madvise", "write", "openat", "clone", "socket", "sendmsg", "poll",
         "pidfd_open")
# Of these most fail in the loader, before main.
OTHER_CALLS = ("mprotect", "read", "recvmsg", "fcntl", "wait")
OF_THE_PROGRAM = "grown\n"
ALLOCS = 1500


@dataclasses.dataclass
class Attempt:
    whose: str
    call: str
    n: int
    folder: pathlib.Path
    status: int
    output: str
    said: str
    # Whether there was an n-th call.
    failed: bool


class FailedCallsTest(CommandCase):
    def setUp(self):
        super().setUp()
        self.fail_nth_call = str(self.programs / "fail_nth_call")
        if not os.path.exists(self.fail_nth_call):
            self.skipTest("not built for this processor")
        if self.attempt("command", "mmap", 1_000_000, []).status == 125:
            self.skipTest("processes cannot be traced here")
        self.tries_all = os.environ.get("HEAPREEL_TEST_ALL_CALLS") == "1"

    def attempt(self, whose, call, n, options):
        folder = self.folder / f"{whose}-{call}-{n}-{len(options)}"
        folder.mkdir()
        report = folder / "report"
        words = [self.fail_nth_call, str(report), whose, call, str(n), self.command, "run", *options, "-o", "a.reel", "--",
                 str(self.programs / "family"), "grow", "3"]
        outcome = subprocess.run(words, cwd=folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                                 text=True, timeout=60)
        failed = report.exists() and report.read_text() == "1"
        return Attempt(whose, call, n, folder, outcome.returncode, outcome.stdout, outcome.stderr, failed)

    def attempts_of(self, whose, call, options):
        """Up to the first n of which there was none."""
        attempts = []
        n = 1
        while True:
            attempts.append(self.attempt(whose, call, n, options))
            if not attempts[-1].failed:
                return attempts
            n += 1 if n < 3 or self.tries_all else 9 if call in CALLS else 25

    def assert_honest(self, attempt):
        said = attempt.said
        self.assertNotEqual(attempt.status, 125, "the call is not known, or nothing could be tried")
        if attempt.output == "" and attempt.status != 0:
            # The command itself, or the program, could not be loaded, and so nothing was started.
            self.assertEqual(list(attempt.folder.glob("*.reel")), [], said)
            return
        self.assertEqual(attempt.output, OF_THE_PROGRAM, said)
        if attempt.status == 0 and "runs untraced, in place of heapreel" in said:
            return
        if attempt.status == 0:
            info = self.info(attempt.folder / "a.reel")
            self.assertEqual((info["complete"], info["allocs"]), (True, ALLOCS), said)
            return
        self.assertEqual(attempt.status, 4, said)
        self.assertRegex(said, "incomplete|untraced|was traced|tracing ended")

    def try_calls(self, whose, options=()):
        # They wait for one another more than they compute.
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            all_attempts = list(pool.map(lambda call: self.attempts_of(whose, call, options), CALLS + OTHER_CALLS))
        failed = 0
        for attempts in all_attempts:
            for attempt in attempts:
                with self.subTest(whose=whose, call=attempt.call, n=attempt.n):
                    self.assert_honest(attempt)
                failed += attempt.failed
        if self.tries_all:
            print(whose, *options, {of[0].call: sum(attempt.failed for attempt in of) for of in all_attempts})
        return failed

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
