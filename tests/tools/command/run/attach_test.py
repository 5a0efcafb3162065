"""`heapreel attach`: a program that runs already and waits for it."""

import array
import os
import pathlib
import re
import signal
import socket
import stat
import subprocess
import tempfile
import unittest

from command_case import CommandCase


class AttachTest(CommandCase):
    def start_steps(self, options="listen=1", **variables):
        """The program, idle, with heapreel preloaded."""
        preload = pathlib.Path(self.command).parents[1] / "hooks/libheapreel_preload.so"
        environment = {**self.environment, "LD_PRELOAD": str(preload), "HEAPREEL_OPTIONS": options, **variables}
        program = subprocess.Popen(
            [self.programs / "steps"], env=environment, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.addCleanup(program.stdin.close)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        return program

    def do(self, program, steps):
        for step in steps:
            program.stdin.write(step.encode())
            program.stdin.flush()
            self.assertEqual(program.stdout.readline(), b".\n")

    def socket_of(self, process):
        name_space = re.search(r"\d+", os.readlink(f"/proc/{process}/ns/pid"))[0]
        return pathlib.Path("/tmp") / f"heapreel-{os.geteuid()}.listen" / f"{name_space}.{process}"

    def connect(self, process):
        """Connects as soon as the program listens; the test's own time limit ends the wait."""
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                connection.connect(str(self.socket_of(process)))
                return connection
            except (FileNotFoundError, ConnectionRefusedError):
                connection.close()

    def start_listening(self, **variables):
        program = self.start_steps(**variables)
        self.connect(program.pid).close()
        return program

    def attach(self, program, *words):
        command = self.start("attach", "--frame-every", 0, *words, program.pid)
        line = command.stderr.readline()
        self.assertIn(f"(pid {program.pid}) into ", line)
        self.assertIn("blocks that it allocated before are not in the record", line)
        return command

    def detach(self, command, status=0):
        command.send_signal(signal.SIGINT)
        errors = command.stderr.read()
        self.assertEqual(command.wait(60), status, errors)
        return errors

    def test_what_happens_from_then_on_is_recorded_until_it_is_let_go(self):
        program = self.start_listening()
        self.do(program, "aa")  # before
        command = self.attach(program, "-o", "test.reel")
        self.do(program, "agfgffg")  # the last forty were there before
        errors = self.detach(command)
        self.assertIn("detached", errors)
        info = self.info("test.reel")
        self.assertEqual((info["allocs"], info["frees"], info["live_blocks"]), (100, 100, 0))
        self.assertEqual(info["untracked_frees"], 20)
        self.assertEqual(info["ended"], "detached")
        self.assertEqual(info["game_frames"], 3)
        self.assertIn("attached", self.heapreel("marks", "test.reel").stdout)
        self.do(program, "aaffg")  # it goes on
        program.stdin.write(b"x")
        program.stdin.flush()
        self.assertEqual(program.wait(60), 7)

    def test_the_end_of_the_program_ends_the_recording(self):
        program = self.start_listening()
        command = self.attach(program)
        self.do(program, "ag")
        program.stdin.write(b"x")
        program.stdin.flush()
        self.assertEqual(command.wait(60), 0, command.stderr.read())
        reel = f"steps.{program.pid}.reel"
        self.assertEqual(self.files(), [reel])
        info = self.info(reel)
        self.assertEqual((info["allocs"], info["live_blocks"], info["ended"]), (100, 100, "exit 7"))

    def test_who_does_not_ask_for_it_has_neither_thread_nor_socket(self):
        for options in ("", "listen=0", "listen=1:listen=0"):
            program = self.start_steps(options=options)
            self.do(program, "a")
            self.assertEqual(len(os.listdir(f"/proc/{program.pid}/task")), 1)
            self.assertFalse(self.socket_of(program.pid).exists())
            outcome = self.heapreel("attach", program.pid)
            self.assertEqual(outcome.returncode, 3)
            self.assertIn("HEAPREEL_OPTIONS=listen=1", outcome.stderr)
        self.assertEqual(self.files(), [])

    def test_a_program_asks_for_it_by_itself(self):
        program = self.start_steps(options="")
        self.do(program, "all")  # twice is as good as once
        self.connect(program.pid).close()
        self.assertEqual(len(os.listdir(f"/proc/{program.pid}/task")), 2)
        command = self.attach(program, "-o", "test.reel")
        self.do(program, "ag")
        self.detach(command)
        self.assertEqual(self.info("test.reel")["allocs"], 100)

    def test_the_program_and_its_children_do_not_meet_it(self):
        program = self.start_listening()
        self.do(program, "ak")
        folder = self.socket_of(program.pid).parent.stat()
        self.assertEqual((stat.S_IMODE(folder.st_mode), folder.st_uid), (0o700, os.geteuid()))
        self.assertEqual(len(os.listdir(f"/proc/{program.pid}/task")), 2)
        (child,) = map(int, pathlib.Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text().split())
        for process in (program.pid, child):
            self.assertEqual(sorted(os.listdir(f"/proc/{process}/fd")), ["0", "1", "2"])
        self.assertEqual(len(os.listdir(f"/proc/{child}/task")), 1)
        self.assertEqual(self.heapreel("attach", child).returncode, 3)
        # Nor do programs that it starts listen: the request is not handed on.
        variables = pathlib.Path(f"/proc/{program.pid}/environ").read_bytes()
        self.assertIn(b"HEAPREEL_OPTIONS=listen=1", variables)
        for thread in os.listdir(f"/proc/{program.pid}/task"):
            status = pathlib.Path(f"/proc/{program.pid}/task/{thread}/status").read_text()
            if "heapreel-listen" in status:
                blocked = int(re.search(r"SigBlk:\s*(\w+)", status)[1], 16)
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGSEGV, signal.SIGPROF, signal.SIGRTMAX):
                    self.assertTrue(blocked >> (number - 1) & 1, number)
        command = self.attach(program, "-o", "test.reel")
        self.detach(command)

    def test_a_process_is_attached_to_once(self):
        program = self.start_listening()
        command = self.attach(program, "-o", "test.reel")
        second = self.heapreel("attach", program.pid, "-o", "second.reel")
        self.assertEqual(second.returncode, 3)
        self.assertIn("is traced already", second.stderr)
        self.do(program, "ag")
        self.detach(command)
        self.do(program, "a")
        third = self.heapreel("attach", program.pid, "-o", "third.reel")
        self.assertEqual(third.returncode, 3)
        self.assertIn("was recorded before", third.stderr)
        self.assertEqual(self.files(), ["test.reel"])
        self.assertEqual(self.info("test.reel")["allocs"], 100)

    def test_whoever_says_something_else_changes_nothing(self):
        program = self.start_listening()
        silent = self.connect(program.pid)
        silent.close()
        for message in (b"", b"x", b"\0" * 2072, os.urandom(2072), b"hrat" + b"\0" * 2068):
            connection = self.connect(program.pid)
            connection.send(message)
            connection.close()
        with tempfile.TemporaryFile() as file:  # a descriptor that is no arena
            connection = self.connect(program.pid)
            request = b"hrat" + (1).to_bytes(4, "little") + b"25".ljust(16, b"\0") + b"".ljust(2048, b"\0")
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file.fileno()]))
            connection.sendmsg([request], [rights])
            self.assertEqual(int.from_bytes(connection.recv(1024)[:4], "little"), 5)  # not possible
            connection.close()
        self.do(program, "af")
        command = self.attach(program, "-o", "test.reel")
        self.do(program, "ag")
        self.detach(command)
        self.assertEqual(self.info("test.reel")["allocs"], 100)

    def test_what_is_wrong_is_said_before_anything_happens(self):
        self.assertEqual(self.heapreel("attach").returncode, 2)
        self.assertEqual(self.heapreel("attach", "12x").returncode, 2)
        self.assertEqual(self.heapreel("attach", 2**22 + 1).returncode, 3)
        program = self.start_listening()
        self.assertEqual(self.heapreel("attach", program.pid, "--ring-budget", "1").returncode, 2)
        (self.folder / "there.reel").write_text("")
        self.assertEqual(self.heapreel("attach", program.pid, "-o", "there.reel").returncode, 2)
        command = self.attach(program, "-f", "-o", "there.reel")
        self.detach(command)

    def test_sockets_of_processes_that_ended_are_removed_later(self):
        program = self.start_listening()
        path = self.socket_of(program.pid)
        program.kill()
        program.wait()
        self.assertTrue(path.exists())
        os.utime(path, (0, 0))
        other = self.start_listening()
        self.detach(self.attach(other, "-o", "test.reel"))
        self.assertFalse(path.exists())


if __name__ == "__main__":
    unittest.main()
