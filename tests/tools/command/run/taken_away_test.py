"""What a process may use is taken away while it runs: from `heapreel run`, from its recorder, from the program. Or one of
the two is stopped, or killed. The program's output and status are its own every time, and its record is complete or says
why not.
"""

import concurrent.futures
import os
import pathlib
import resource
import signal
import subprocess
import unittest

from command_case import CommandCase

LITTLE = 64 << 20
# How far a limit falls below what is in use, or how little it leaves, by its name.
LIMITS = {
    "address space": (resource.RLIMIT_AS, lambda process: virtual_bytes(process)),
    "a little address space": (resource.RLIMIT_AS, lambda process: virtual_bytes(process) + LITTLE),
    "data": (resource.RLIMIT_DATA, lambda process: 1 << 20),
    "files": (resource.RLIMIT_FSIZE, lambda process: 0),
    "descriptors": (resource.RLIMIT_NOFILE, lambda process: 3),
    "processes": (resource.RLIMIT_NPROC, lambda process: 0),
    "locked memory": (resource.RLIMIT_MEMLOCK, lambda process: 0),
    "signals": (resource.RLIMIT_SIGPENDING, lambda process: 0),
}


def virtual_bytes(process):
    return int(pathlib.Path(f"/proc/{process}/statm").read_text().split()[0]) * resource.getpagesize()


def is_gone(process):
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


class TakenAwayTest(CommandCase):
    def run_and(self, number, options, program_words, whose, disturb):
        """Runs the program, disturbs one of the processes when it is at its half, and returns the outcome and what
        everybody said."""
        reel = self.folder / f"{number}.reel"
        words = [self.command, "run", *options, "-f", "-o", str(reel), "--", str(self.programs / "two_halves"),
                 *program_words]
        with subprocess.Popen(words, cwd=self.folder, env=self.environment, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                first = process.stdout.readline()
                children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                of_program = [int(child) for child in children if self.executes(child, "two_halves")]
                recorder = [int(child) for child in children if int(child) not in of_program]
                self.assertEqual((len(of_program), len(recorder)), (1, 1), children)
                whom = {"run": process.pid, "recorder": recorder[0], "program": of_program[0]}
                undo = disturb(whom[whose])
                said, errors = self.second_half(process, of_program[0], undo)
            finally:
                if process.poll() is None:
                    process.kill()
        return process.returncode, first + said, errors, reel

    def second_half(self, process, program, undo):
        if undo is None:
            return process.communicate("x", timeout=60)
        process.stdin.write("x")
        process.stdin.flush()
        # Its last word is out before anybody goes on.
        said = process.stdout.readline()
        undo()
        rest, errors = process.communicate(timeout=60)
        return said + rest, errors

    @staticmethod
    def executes(process, name):
        try:
            return os.path.basename(os.readlink(f"/proc/{process}/exe")) == name
        except OSError:
            return False

    def assert_honest(self, outcome):
        status, said, errors, reel = outcome
        self.assertRegex(said, r"\Ahalf\nwhole \d+\n\Z", errors)
        if status == 0:
            info = self.info(reel)
            self.assertTrue(info["complete"], errors)
            # The C library has one more for a thread that it makes or tries to make.
            self.assertIn(info["allocs"] - int(said.split()[-1]), (0, 1), errors)
        else:
            self.assertEqual(status, 4, errors)
            self.assertRegex(errors, "incomplete|untraced|was traced|tracing ended|not recorded|not followed")

    def try_all(self, disturbances, whose_all=("run", "recorder", "program")):
        cases = [(options, words, whose, name)
                 for options, words in (([], ["alone"]), (["--follow-forks"], ["family"]))
                 for whose in whose_all for name in disturbances]
        # They wait more than they compute.
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            outcomes = [pool.submit(self.run_and, number, options, words, whose, disturbances[name])
                        for number, (options, words, whose, name) in enumerate(cases)]
        for (_, words, whose, name), outcome in zip(cases, outcomes):
            with self.subTest(program=words[0], whose=whose, name=name):
                self.assert_honest(outcome.result())

    def test_undisturbed(self):
        for options, words in (([], ["alone"]), (["--follow-forks"], ["family"])):
            outcome = self.run_and(words[0], options, words, "run", lambda process: None)
            self.assertEqual((outcome[0], outcome[1]), (0, "half\nwhole 3001\n"), outcome[2])
            self.assert_honest(outcome)

    def test_limits(self):
        def lowering(kind, value):
            def lower(process):
                hard = resource.prlimit(process, kind)[1]
                resource.prlimit(process, kind, (value(process), hard))
            return lower

        self.try_all({name: lowering(*limit) for name, limit in LIMITS.items()})

    def test_stopped(self):
        def stop(process):
            os.kill(process, signal.SIGSTOP)
            return lambda: os.kill(process, signal.SIGCONT)

        self.try_all({"stopped": stop}, ("recorder",))


if __name__ == "__main__":
    unittest.main()
