"""`heapreel top`: a running program's last game frames, found by its id, on a terminal and as text."""

import fcntl
import os
import pty
import signal
import struct
import termios
import unittest

from watch_case import WatchCase


class TopTest(WatchCase):
    def test_a_running_program_is_found_by_its_id(self):
        run, program = self.start_waiting()
        by_path = self.look(self.folder / "test.reel")
        by_id = self.look(program)
        self.assertEqual(by_id, by_path)
        self.assertIn("running", by_id[0])
        self.assertIn(f"pid {program}", by_id[0])
        self.assertRegex(by_id[1], r"in +60 blocks")
        os.kill(program, signal.SIGUSR1)
        self.assertEqual(run.wait(60), 21)
        self.assertIn("exit 21", self.look(self.folder / "test.reel")[0])

    def test_it_fills_a_terminal_follows_and_gives_it_back(self):
        run, program = self.start_waiting()
        self.look(program)
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.execve(self.command, [self.command, "top", "test.reel", "--every", "10"], self.environment)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.assertIn("running", self.read_until(terminal, "q quit"))
        os.kill(program, signal.SIGUSR1)
        self.assertEqual(run.wait(60), 21)
        self.read_until(terminal, "exit 21")
        os.write(terminal, b"q")
        rest = self.read_until(terminal, "\x1b[?1049l")
        self.assertIn("\x1b[?25h", rest)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        for flag in (termios.ECHO, termios.ICANON):
            self.assertTrue(termios.tcgetattr(terminal)[3] & flag, "the terminal is as it was")
        os.close(terminal)

    def read_until(self, terminal, text):
        shown = ""
        while text not in shown:
            shown += os.read(terminal, 1 << 16).decode(errors="replace")
        return shown

    def test_who_is_not_recorded_is_told_what_to_do(self):
        outcome = self.heapreel("top", os.getpid())
        self.assertEqual(outcome.returncode, 3)
        self.assertIn("heapreel run", outcome.stderr)
        self.assertEqual(self.heapreel("top", "none.reel").returncode, 3)
        self.assertEqual(self.heapreel("top").returncode, 2)


if __name__ == "__main__":
    unittest.main()
