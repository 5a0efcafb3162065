"""`heapreel run`: what it counts, and what it leaves alone."""

import os
import shutil
import signal
import time
import unittest

from command_case import CommandCase

HUNDRED = 100 * 101 // 2  # bytes of blocks of 1 to 100 bytes
FORTY = 40 * 41 // 2
GROWN = sum(range(96, 101))


class CountsTest(CommandCase):
    def assert_counts(self, info):
        self.assertEqual(info["allocs"], 105)
        self.assertEqual(info["frees"], 45)
        self.assertEqual(info["reallocs"], 5)
        self.assertEqual(info["alloc_bytes"], HUNDRED + 5000)
        self.assertEqual(info["live_blocks"], 60)
        self.assertEqual(info["live_bytes"], HUNDRED - FORTY - GROWN + 5000)
        self.assertEqual(info["peak_bytes"], HUNDRED - FORTY - GROWN + 5000)
        self.assertEqual(info["threads"], 1)
        self.assertEqual(info["issued"], info["stored"])
        self.assertEqual(info["issued"], 100 + 40 + 5)
        self.assertEqual((info["degraded"], info["untracked_frees"]), (0, 0))
        self.assertTrue(info["complete"])

    def test_counts_every_allocation_and_passes_the_exit_status_on(self):
        outcome, reel = self.record("counts")
        self.assertEqual(outcome.returncode, 7, outcome.stderr)
        self.assertEqual(outcome.stdout, "")
        info = self.info(reel)
        self.assert_counts(info)
        self.assertEqual(info["ended"], "exit 7")

    def test_a_run_inside_a_run_records_as_alone(self):
        for outside in ((), ("--follow-forks",), ("--allocator", "system")):
            inner = ("run", "-f", "--frame-every", "0", "-o", "inner.reel", "--", self.known_heap, "counts")
            # mimalloc's memory lies at random. In some runs of a hundred it takes, in the program, every place that is free
            # in the inner recorder, which then says so: that is a known limit, and the run is tried again.
            for _ in range(4):
                outcome = self.heapreel("run", "-f", *outside, "-o", "outer.reel", "--", self.command, *inner)
                if "address space" not in outcome.stderr:
                    break
            self.assertEqual(outcome.returncode, 7, outcome.stderr)
            self.assert_counts(self.info(self.folder / "inner.reel"))

    def test_counts_the_same_with_the_programs_own_allocator(self):
        reel = self.folder / "system.reel"
        outcome = self.heapreel("run", "--allocator", "system", "-o", reel, "--", self.known_heap, "counts")
        self.assertEqual(outcome.returncode, 7, outcome.stderr)
        self.assert_counts(self.info(reel))

    def test_finishes_the_reel_of_a_killed_program(self):
        outcome, reel = self.record("kill")
        self.assertEqual(outcome.returncode, 128 + signal.SIGKILL)
        self.assertIn("signal 9 (SIGKILL)", outcome.stderr)
        info = self.info(reel)
        self.assert_counts(info)
        self.assertEqual(info["ended"], "signal 9 (SIGKILL)")

    def test_finishes_the_reel_of_an_aborted_program(self):
        outcome, reel = self.record("abort")
        self.assertEqual(outcome.returncode, 128 + signal.SIGABRT)
        self.assert_counts(self.info(reel))

    def test_leaves_forked_and_executed_children_out(self):
        for child in ("fork", "vfork"):
            with self.subTest(child=child):
                outcome, reel = self.record(child)
                self.assertEqual(outcome.returncode, 0, outcome.stderr)
                info = self.info(reel)
                self.assertEqual((info["allocs"], info["frees"]), (100, 40))

    def test_prints_the_facts_of_the_run(self):
        outcome, reel = self.record("frames")
        lines = outcome.stderr.splitlines()
        self.assertRegex(lines[0], r"^heapreel: \S*known_heap frames  \(pid \d+, exit 0, \d+\.\d s\)$")
        self.assertRegex(lines[1], r"^  frames      3 by the program's own marks   marks 1   threads 1   tracebacks \d+$")
        self.assertEqual(lines[2], "  traced      live 8740 B in 60 blocks   peak 8740 B at game frame 2")
        self.assertEqual(lines[3], "  events      105 allocs   45 frees   0 degraded")
        self.assertEqual(lines[4], "  per frame   allocs p50 5   p99 100   max 100 (game frame 0)")
        self.assertRegex(lines[5], r"^  cost        own memory .*   consolidator .* % of one core   reel .*$")
        self.assertRegex(lines[6], r"^  own memory  threads .* KiB   .*records .*$")
        self.assertEqual(lines[7], f"wrote {reel}      next: heapreel stats {reel} | heapreel frames {reel}")
        self.assertEqual(len(lines), 8)
        info = self.info(reel)
        self.assertEqual(sum(info["own_memory"].values()), info["tracer_bytes"])
        self.assertEqual((info["late_game_frames"], info["longest_late_game_frame_ns"]), (0, 0))


class HostTest(CommandCase):
    def test_leaves_the_programs_descriptors_alone(self):
        self.assertEqual(self.record("descriptor")[0].returncode, 3)

    def test_leaves_no_trace_in_the_environment_of_children(self):
        outcome = self.heapreel("run", "--", "sh", "-c", "env")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertNotIn("HEAPREEL", outcome.stdout)
        self.assertNotIn("LD_PRELOAD", outcome.stdout)

    def test_names_the_reel_after_program_and_process(self):
        self.heapreel("run", "--", self.known_heap, "counts")
        (name,) = self.files()
        self.assertRegex(name, r"^known_heap\.\d+\.reel$")

    def test_runs_scripts(self):
        script = self.folder / "script"
        script.write_text("#!/bin/sh\nexit 5\n")
        script.chmod(0o755)
        outcome = self.heapreel("run", "-o", "s.reel", "--", "./script")
        self.assertEqual(outcome.returncode, 5)
        self.assertIn("./script is a script, and only /bin/sh, which runs it, is recorded", outcome.stderr)
        script.write_text("#!/usr/bin/env bash\n")
        self.assertIn("only bash, which", self.heapreel("run", "-o", "t.reel", "--", "./script").stderr)
        outcome = self.heapreel("run", "--follow-forks", "-o", "u.reel", "--", "./script")
        self.assertNotIn("is a script", outcome.stderr)
        script.write_text("#!/usr/bin/env python3\n")
        self.assertNotIn("is a script", self.heapreel("run", "-o", "v.reel", "--", "./script").stderr)


class SignalTest(CommandCase):
    def state_of(self, process):
        with open(f"/proc/{process.pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0]

    def wait_for_state(self, process, state):
        deadline = time.monotonic() + 60
        while self.state_of(process) != state:
            self.assertLess(time.monotonic(), deadline, f"never in state {state}")
            os.sched_yield()

    def test_stops_with_the_program_and_continues_it(self):
        process = self.start("run", "-o", "stop.reel", "--", self.known_heap, "stop")
        self.wait_for_state(process, "T")
        process.send_signal(signal.SIGCONT)
        self.assertEqual(process.stdout.readline(), "continued\n")
        self.assertEqual(process.wait(timeout=60), 0)
        info = self.info(self.folder / "stop.reel")
        self.assertEqual((info["allocs"], info["frees"]), (100, 40))

    def test_passes_a_signal_on_once(self):
        process = self.start("run", "-o", "signal.reel", "--", self.known_heap, "signal")
        self.assertEqual(process.stdout.readline(), "waiting\n")
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(process.wait(timeout=60), 21)

    def test_outlives_a_signal_that_ends_the_program_and_finishes_the_reel(self):
        process = self.start("run", "-o", "term.reel", "--", self.known_heap, "signal")
        self.assertEqual(process.stdout.readline(), "waiting\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=60), 128 + signal.SIGTERM)
        self.assertEqual(self.info(self.folder / "term.reel")["ended"], "signal 15 (SIGTERM)")


class RefusalTest(CommandCase):
    """Nothing is started, nothing written, and the message says what to do."""

    def assert_refused(self, words, message, **variables):
        before = self.files()
        outcome = self.heapreel(*words, **variables)
        self.assertEqual(outcome.returncode, 2, outcome.stderr)
        self.assertIn(message, outcome.stderr)
        self.assertEqual(outcome.stdout, "")
        self.assertEqual(self.files(), before)

    def test_refuses_bad_options(self):
        program = ("--", self.known_heap, "counts")
        for words, message in (
            (["--tracback-limit", "5"], "unknown option '--tracback-limit', did you mean '--traceback-limit'?"),
            (["--traceback-limit", "0"], "--traceback-limit"),
            (["--traceback-limit", "1025"], "expected 1 to 1024"),
            (["--memory-budget", "lots"], "memory_budget: invalid value 'lots'"),
            (["--allocator", "jemalloc"], "expected mimalloc or system"),
            (["--overload", "panic"], "expected stop or block"),
            (["--force=yes"], "--force takes no value"),
            (["-o", "/no/such/folder/a.reel"], "no file can be made in"),
            (["-o", "."], "is a folder"),
            (["-o", ""], "the file's name is empty"),
        ):
            with self.subTest(words=words):
                self.assert_refused(["run", *words, *program], message)

    def test_refuses_a_bad_environment(self):
        program = ("run", "--", self.known_heap, "counts")
        self.assert_refused(program, "invalid number of frames 'many'", HEAPREEL="many")
        self.assert_refused(program, "unknown option 'colour'", HEAPREEL_OPTIONS="colour=red")

    def test_refuses_what_cannot_be_traced(self):
        plain = self.folder / "plain"
        plain.write_text("exit 0\n")
        plain.chmod(0o755)
        data = self.folder / "data"
        data.write_text("data")
        for program, message in (
            ("no-such-program-anywhere", "no such program in PATH"),
            ("./nowhere", "No such file or directory"),
            (".", "no such program in PATH"),
            ("./", "is not a regular file"),
            ("./data", "may not be executed"),
            ("./plain", "neither a program nor a script"),
        ):
            with self.subTest(program=program):
                self.assert_refused(["run", "--", program], message)

    def test_refuses_a_static_program(self):
        static = self.programs / "static_program"
        if not static.exists():
            self.skipTest("no static C library to link with")
        self.assert_refused(["run", "--", static], "statically linked")

    def test_needs_a_program(self):
        self.assert_refused(["run"], "no program")
        self.assert_refused(["run", "-o", "a.reel"], "no program")

    def test_says_where_the_preload_library_should_be(self):
        words = ("run", "--", self.known_heap)
        self.assert_refused(words, "is missing (looked for", HEAPREEL_PRELOAD_DIR=str(self.folder))

    def test_refuses_what_it_will_not_be_able_to_overwrite_before_the_program_runs(self):
        if os.geteuid() == 0:
            self.skipTest("root may write to any file")
        reel = self.folder / "locked.reel"
        reel.touch(mode=0o444)
        self.assert_refused(["run", "-f", "-o", reel, "--", self.known_heap], "may not be overwritten")

    def test_overwrites_a_file_in_a_folder_where_none_can_be_made(self):
        outcome = self.heapreel("run", "-f", "-o", "/dev/null", "--", self.known_heap, "counts")
        self.assertEqual(outcome.returncode, 7, outcome.stderr)

    def test_overwrites_only_when_told_to(self):
        reel = self.folder / "kept.reel"
        reel.write_text("precious")
        self.assert_refused(["run", "-o", reel, "--", self.known_heap], "exists already")
        self.assertEqual(reel.read_text(), "precious")
        outcome = self.heapreel("run", "-f", "-o", reel, "--", self.known_heap, "counts")
        self.assertEqual(outcome.returncode, 7, outcome.stderr)
        self.assertEqual(self.info(reel)["allocs"], 105)


class GodotTest(CommandCase):
    def test_counts_the_same_twice(self):
        if shutil.which("godot3-server") is None:
            self.skipTest("godot3-server is not installed")
        project = os.environ["HEAPREEL_GODOT_PROJECT"]
        home = self.folder / "home"
        for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            self.environment[name] = str(home)
        godot = ("godot3-server", "--path", project, "--fixed-fps", "60", "--frames=60")
        runs = []
        for _ in range(2):
            # Godot looks at its logs of earlier runs.
            shutil.rmtree(home, ignore_errors=True)
            (home / "godot/app_userdata/trace_torture").mkdir(parents=True)
            outcome = self.heapreel("run", "-f", "-o", "godot.reel", "--", *godot)
            self.assertEqual(outcome.returncode, 0, outcome.stderr)
            info = self.info(self.folder / "godot.reel")
            # On a busy machine stacks are given up; events are not.
            self.assertEqual(info["issued"], info["stored"] + info["degraded"] + info["discarded"])
            runs.append([info[key] for key in ("allocs", "frees", "alloc_bytes", "live_blocks", "live_bytes")])
        self.assertEqual(runs[0], runs[1])
        self.assertGreater(runs[0][0], 100_000)


if __name__ == "__main__":
    unittest.main()
