"""`heapreel run` on programs that fork and execute others: with --follow-forks, and without."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest

from command_case import CommandCase


class FamilyCase(CommandCase):
    def setUp(self):
        super().setUp()
        self.family = str(self.programs / "family")

    def follow(self, *words, options=()):
        return self.heapreel("run", "--follow-forks", *options, "--", *words)

    def infos(self, pattern="*.reel"):
        """What the reels of that name hold, by their time of start."""
        infos = [self.info(path) for path in self.folder.glob(pattern)]
        return sorted(infos, key=lambda info: info["started_wall_ns"])

    def assert_whole(self, info):
        # On a busy machine a program that does nothing but allocate gets ahead: stacks degrade, counts do not.
        self.assertEqual(info["issued"], info["stored"] + info["degraded"] + info["discarded"], info)
        self.assertTrue(info["complete"], info)


class FollowTest(FamilyCase):
    def assert_counts(self, counts, *words):
        outcome = self.follow(self.family, *words)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        infos = self.infos("family.*.reel")
        for info in infos:
            self.assert_whole(info)
        self.assertEqual(sorted((info["allocs"], info["frees"]) for info in infos), sorted(counts), outcome.stderr)
        return outcome, infos

    def test_records_a_forked_child_by_itself(self):
        outcome, infos = self.assert_counts([(100, 40), (50, 0)], "forked")
        parent, child = infos
        self.assertEqual((parent["ended"], child["ended"]), ("exit 0", "exit 3"))
        self.assertEqual((parent["untracked_frees"], child["untracked_frees"]), (0, 30))
        self.assertEqual(child["live_blocks"], 50)
        lines = outcome.stderr.splitlines()
        self.assertRegex(lines[0], r"^heapreel: .*family forked  \(pid \d+, exit 0, \d+\.\d s\)$")
        of = f"pid {child['process_id']} of {parent['process_id']}"
        self.assertRegex(lines[2], rf"\({of}, exit 3, .*\)  50 allocs   0 frees .*wrote family\.\d+\.reel$")

    def test_names_a_program_of_several_names_as_it_was_called(self):
        (self.folder / "server").symlink_to(self.family)
        outcome = self.follow("./server", "forked")
        self.assertEqual(outcome.stderr.count(f"  {self.family} as server  (pid "), 2, outcome.stderr)
        self.assertNotIn(" as ", self.follow(self.family, "forked").stderr)

    def test_records_children_of_children_further_down_than_there_are_places_for_arenas(self):
        self.assert_counts([(10 * depth, 0) for depth in range(1, 7)], "chain")

    def test_records_the_child_of_a_child_that_allocated_nothing(self):
        self.assert_counts([(100, 40), (50, 0)], "forked-twice")

    def test_waits_for_a_child_that_allocates_nothing_until_its_parent_is_gone(self):
        self.assert_counts([(100, 0), (50, 0)], "left-silent")

    def test_leaves_the_decision_to_the_owner_of_the_memory(self):
        outcome = self.follow(self.family, "vforked-in-forked")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        # The first process allocates nothing; the borrower's block is its parent's to record, and came too early.
        self.assertEqual([info["allocs"] for info in self.infos() if info["allocs"] != 0], [20], outcome.stderr)

    def test_records_children_of_a_process_with_threads(self):
        outcome = self.follow(self.family, "threads")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        parent, *children = self.infos()
        self.assertEqual([(child["allocs"], child["frees"]) for child in children], [(100, 60)] * 10)
        for info in (parent, *children):
            self.assert_whole(info)

    def test_leaves_alone_a_child_of_a_bare_system_call(self):
        outcome = self.follow(self.family, "forked-raw")
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertEqual([(info["allocs"], info["frees"]) for info in self.infos()], [(700, 600)])
        self.assertIn("incomplete: 6 processes were not followed: they were made by the system call itself", outcome.stderr)

    def test_records_what_a_process_executes_in_its_place(self):
        _, infos = self.assert_counts([(100, 0), (20, 0)], "executed")
        before, after = infos
        self.assertEqual(before["process_id"], after["process_id"])
        self.assertEqual(before["ended"], f"executed {os.path.realpath(self.family)}")
        self.assertEqual(after["ended"], "exit 0")

    def test_names_the_reels_of_children_after_the_file_asked_for(self):
        outcome = self.follow(self.family, "forked", options=("-o", "a.reel"))
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        names = self.files()
        self.assertEqual(len(names), 2)
        self.assertRegex(names[0], r"^a\.\d+\.reel$")
        self.assertEqual(names[1], "a.reel")
        self.assertEqual(self.info(self.folder / "a.reel")["allocs"], 100)

    def test_says_when_there_are_more_children_than_are_to_be_recorded(self):
        outcome = self.follow(self.family, "many", "5", options=("--max-children", "2"))
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertIn("incomplete: 3 processes were not followed: 2 were recorded already: raise --max-children",
                      outcome.stderr)
        self.assertEqual([info["allocs"] for info in self.infos()], [0, 5, 5])

    def test_survives_many_short_children(self):
        outcome = self.follow(self.family, "many", "300")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertEqual(len(self.files()), 301)
        self.assertIn("... and 251 more, each with a reel beside these; of all programs 0 are incomplete", outcome.stderr)


class LeftBehindTest(FamilyCase):
    def allocs_in(self, path):
        return json.loads(self.heapreel("info", "--json", path).stdout)["allocs"]

    def start_family(self):
        read, write = os.pipe()
        process = subprocess.Popen(
            [self.command, "run", "--follow-forks", "--", self.family, "left-behind"], cwd=self.folder,
            env=self.environment, stdin=read, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        os.close(read)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        line = process.stderr.readline()
        self.assertRegex(line, r"family has ended; 1 of its processes go on and are still recorded")
        return process, write

    def test_goes_on_recording_a_child_that_outlives_its_parent(self):
        process, write = self.start_family()
        os.close(write)
        self.assertEqual(process.wait(timeout=60), 5)
        (info,) = (info for info in self.infos() if info["allocs"] != 0)
        self.assert_whole(info)
        self.assertEqual((info["allocs"], info["ended"]), (77, "exit 0"))

    def test_stops_following_when_told_to_end_and_says_so(self):
        process, write = self.start_family()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), 5)
        os.close(write)
        self.assertEqual(process.stdout.readline(), "went on\n")
        self.assertIn("heapreel stopped following processes that still run", process.stderr.read())
        (path,) = (path for path in self.folder.glob("*.reel") if self.allocs_in(path) != 0)
        outcome = self.heapreel("info", path)
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertIn("detached", outcome.stdout)
        self.assertIn("tracing ended early: heapreel stopped following the process, which went on", outcome.stdout)
        self.assertIn("70 allocs", outcome.stdout)


class OtherUserTest(FamilyCase):
    """Who is on the same machine, and not the program's user, changes nothing of its run."""

    DISTURB = """
import os, re, select, socket, sys, tempfile, time
os.setgroups([]); os.setgid(54321); os.setuid(54321)
sys.stdout.write("ready\\n"); sys.stdout.flush()
seen, answers, entered = set(), 0, 0
end = time.monotonic() + 20
while time.monotonic() < end and not select.select([0], [], [], 0)[0]:
    names = re.findall(r"@(heapreel-[0-9a-f]{16})", open("/proc/net/unix").read())
    for name in names:
        seen.add(name)
        try:
            os.listdir(tempfile.gettempdir() + "/" + name)
            entered += 1
        except PermissionError:
            pass
        except FileNotFoundError:
            pass
        for request in (None, os.urandom(16), bytes.fromhex("72617268" "01000000" "00000000" "01000000")):
            try:
                s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                s.settimeout(0.1)
                s.connect(chr(0) + name)
                if request is not None:
                    s.send(request)
                answers += s.recv(64) != b""
            except OSError:
                pass
print(bool(seen), answers, entered)
"""

    @unittest.skipIf(os.geteuid() != 0, "needs another user")
    def test_another_user_at_the_control_socket_is_closed_at_once_and_not_counted(self):
        other = subprocess.Popen(["python3", "-c", self.DISTURB], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(other.stdout.close)
        self.addCleanup(other.stderr.close)
        self.assertEqual(other.stdout.readline(), "ready\n")
        outcome = self.follow(self.family, "many", "40")
        self.assertIsNone(other.poll(), "the run waited for another user")
        said, error = other.communicate(timeout=60)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertNotIn("incomplete", outcome.stderr)
        self.assertEqual(len(self.files()), 41)
        self.assertEqual(said.split(), ["True", "0", "0"], error)

    def test_leaves_nothing_of_its_own_in_the_folder_for_temporary_files(self):
        temporary = pathlib.Path("/", "tmp")  # whatever TMPDIR says
        outcome = self.follow("sh", "-c", 'echo $HEAPREEL_OPTIONS; ls -d "$0"/heapreel-*/control', temporary)
        number = int(re.search(r"control_socket=(\d+)", outcome.stdout)[1])
        folder = temporary / f"heapreel-{number:016x}"
        self.assertIn(str(folder / "control"), outcome.stdout)
        self.assertFalse(folder.exists())


class NobodyThereTest(FamilyCase):
    """A process whose run is gone or hangs runs untraced, soon, and says so."""

    SOCKET = 0x1234

    def run_alone(self):
        preload = pathlib.Path(self.command).parent.parent / "hooks/libheapreel_preload.so"
        begin = time.monotonic()
        outcome = subprocess.run(
            [self.family, "forked"], capture_output=True, text=True, timeout=60,
            env={**self.environment, "LD_PRELOAD": str(preload), "HEAPREEL": "10",
                 "HEAPREEL_OPTIONS": f"follow_forks=1:control_socket={self.SOCKET}"})
        self.assertEqual(outcome.returncode, 0)
        self.assertEqual(outcome.stderr, "heapreel: `heapreel run`, which records this program, is gone, cannot be reached "
                                         "or is too busy; running untraced\n")
        return time.monotonic() - begin

    def test_runs_untraced_when_nobody_listens(self):
        self.run_alone()

    def test_waits_two_seconds_for_one_that_does_not_answer(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(f"\0heapreel-{self.SOCKET:016x}")
            listener.listen()
            self.assertGreater(self.run_alone(), 1.9)


class NotFollowedTest(FamilyCase):
    HINT = "the program started other processes, which are not recorded: `heapreel run --follow-forks` records them too\n"

    def test_says_that_the_program_started_others(self):
        outcome = self.heapreel("run", "-o", "a.reel", "--", "timeout", "60", self.family, "chain")
        self.assertIn(self.HINT, outcome.stderr)

    def test_says_nothing_of_others_where_there_were_none(self):
        outcome = self.heapreel("run", "-o", "a.reel", "--", self.known_heap, "counts")
        self.assertNotIn(self.HINT, outcome.stderr)

    def assert_ends_at_exec(self, what, program):
        outcome = self.heapreel("run", "-o", "a.reel", "--", self.family, what)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn(f"tracing ended when the process replaced itself by {program} (exec); `heapreel run "
                      "--follow-forks` records that program too", outcome.stderr)
        info = self.info(self.folder / "a.reel")
        self.assertEqual(info["ended"], f"executed {program}")
        self.assertEqual(info["allocs"], 100)
        self.assertIn("--follow-forks", self.heapreel("info", "a.reel").stdout)
        self.assertEqual(self.files(), ["a.reel"])

    def test_says_that_tracing_ended_at_an_exec(self):
        # So short a program may be over before anybody looks: then it is known as the process called it.
        self.assert_ends_at_exec("executed", self.family)

    def test_a_program_that_ends_while_its_recording_does_loses_neither(self):
        # The recorder ends at the exec. What the run tells it just then of the program's end is read by nobody.
        for _ in range(30):
            outcome = self.heapreel("run", "-f", "-o", "a.reel", "--", self.family, "executed")
            self.assertNotIn("died", outcome.stderr)

    def test_notices_a_program_that_calls_the_kernel_itself(self):
        self.assert_ends_at_exec("executed-by-system-call", os.path.realpath("/bin/sleep"))

    def test_goes_on_after_an_exec_that_failed(self):
        outcome = self.heapreel("run", "-o", "a.reel", "--", self.family, "executed-in-vain")
        self.assertNotIn("tracing ended", outcome.stderr)
        info = self.info(self.folder / "a.reel")
        self.assertEqual((info["allocs"], info["frees"], info["ended"]), (100, 40, "exit 0"))


class LeftFoldersTest(FamilyCase):
    """A run that is killed leaves the folder of its socket behind; the next one removes it."""

    SHOW = "echo $HEAPREEL_OPTIONS; exec 2>/dev/null; while kill -0 $PPID; do sleep 0.05; done"

    def start_run(self):
        """A run that goes on, and the folder of its socket, which looks as if it was made long ago."""
        run = self.start("run", "--follow-forks", "--", "sh", "-c", self.SHOW)
        number = int(re.search(r"control_socket=(\d+)", run.stdout.readline())[1])
        folder = pathlib.Path("/tmp", f"heapreel-{number:016x}")
        os.utime(folder, (0, 0))
        return run, folder

    def assert_removed(self, folder):
        """Another run on this machine may be at it: between the socket and the folder, it looks new to ours."""
        deadline = time.monotonic() + 10
        while folder.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertFalse(folder.exists())

    def test_the_folder_of_a_killed_run_is_removed_by_the_next_one_and_that_of_a_living_run_is_not(self):
        living, its_folder = self.start_run()
        killed, left = self.start_run()
        killed.kill()
        killed.wait()
        other = left.with_name("heapreel-0000000000000001")
        other.mkdir(mode=0o700, exist_ok=True)
        self.addCleanup(shutil.rmtree, other, ignore_errors=True)
        (other / "not_a_socket").touch()
        os.utime(other, (0, 0))
        # From here on any followed run on the machine may do it.
        self.assertEqual(self.follow("true").returncode, 0)
        self.assert_removed(left)
        self.assertTrue((its_folder / "control").exists())
        self.assertTrue((other / "not_a_socket").exists())
        living.kill()
        living.wait()
        self.follow("true")
        self.assert_removed(its_folder)


class RealProgramsTest(FamilyCase):
    def follow_real(self, *words):
        outcome = self.follow(*words)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        infos = self.infos()
        for info in infos:
            self.assert_whole(info)
        return {os.path.basename(info["program"]): info for info in infos}

    def need(self, program):
        if shutil.which(program) is None:
            self.skipTest(f"{program} is not installed")

    def test_records_the_compiler_behind_the_driver(self):
        self.need("gcc")
        (self.folder / "a.c").write_text("int main(void) { return 0; }\n")
        programs = self.follow_real("gcc", "-O1", "a.c", "-o", "a.out")
        self.assertGreater(programs["cc1"]["allocs"], 1000)

    def test_records_what_make_and_its_shells_start(self):
        self.need("make")
        (self.folder / "Makefile").write_text("all: one two\none two:\n\t@ls >/dev/null; sort Makefile >/dev/null\n")
        programs = self.follow_real("make", "-s", "-j2")
        for name in ("make", "ls", "sort"):
            self.assertIn(name, programs)

    def test_records_git_and_its_helpers(self):
        self.need("git")
        script = ("git init -q r && cd r && git config user.email a@b && git config user.name n && echo a >a && "
                  "git add a && git commit -qm a && git gc -q")
        self.follow_real("sh", "-c", script)
        self.assertGreater(len(self.infos("git.*.reel")), 8)

    def test_records_the_workers_of_a_python_pool(self):
        (self.folder / "pool.py").write_text(
            "import multiprocessing as mp\n"
            "context = mp.get_context('fork')\n"
            "started = context.Barrier(4)  # else the pool may end a worker before it has allocated anything\n"
            "def start():\n"
            "    bytearray(100000)\n"
            "    started.wait()\n"
            "with context.Pool(3, start) as pool:\n"
            "    started.wait()\n"
            "    print(sum(pool.map(len, [b'a' * 1000] * 50)))\n")
        python = os.path.realpath(subprocess.run(["python3", "-c", "import sys; print(sys.executable)"],
                                                 capture_output=True, text=True, check=True).stdout.strip())
        outcome = self.follow(python, "pool.py")
        self.assertEqual((outcome.returncode, outcome.stdout), (0, "50000\n"), outcome.stderr)
        infos = self.infos()
        self.assertEqual(len(infos), 4)
        for info in infos:
            self.assert_whole(info)


if __name__ == "__main__":
    unittest.main()
