"""Reels that could not hold everything: a size limit, a full disk. They end cleanly, and say so."""

import json
import os
import select
import shutil
import subprocess
import unittest

from command_case import CommandCase


class ReelLimitsTest(CommandCase):
    GAME_FRAMES = 400

    def setUp(self):
        super().setUp()
        self.program = [str(self.programs / "family"), "grow", str(self.GAME_FRAMES)]  # says "grown" at its end

    def assert_ends_early(self, reel, reason):
        outcome = self.heapreel("info", reel)
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertIn(f"the reel ends early: {reason}", outcome.stdout)
        # With its end and index: nothing had to be recovered.
        self.assertEqual(outcome.stderr, f"heapreel: {reel}: the reel ends early: {reason}\n")
        rows = self.heapreel("frames", reel)
        self.assertIn(rows.returncode, (0, 4), rows.stderr)

    def test_holds_everything_without_a_limit(self):
        outcome = self.heapreel("run", "-o", "a.reel", "--", *self.program)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertEqual(self.heapreel("info", "a.reel").returncode, 0)
        self.assertGreater((self.folder / "a.reel").stat().st_size, 200 << 10)

    def test_ends_before_it_grows_beyond_its_largest_size(self):
        outcome = self.heapreel("run", "--max-size", "100K", "-o", "a.reel", "--", *self.program)
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertIn("incomplete: the reel ends early: the reel has reached its largest size of 102400 bytes",
                      outcome.stderr)
        size = (self.folder / "a.reel").stat().st_size
        self.assertLessEqual(size, 100 << 10)
        self.assertGreater(size, 50 << 10)
        self.assert_ends_early("a.reel", "the reel reached its largest size (--max-size)")

    def test_goes_on_without_an_output_that_stalls_and_says_what_was_merged(self):
        pipe = self.folder / "a.pipe"
        os.mkfifo(pipe)
        # Not read before the program has ended: were it to wait for the writer, it never would.
        reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reading)
        command = self.start("run", "-f", "--frame-every", 0, "-o", pipe, "--", *self.program)
        self.assertEqual(command.stdout.readline(), "grown\n")
        os.set_blocking(reading, True)
        reel = self.folder / "a.reel"
        with open(reading, "rb", closefd=False) as source:
            reel.write_bytes(source.read())
        _, summary = command.communicate(timeout=60)
        self.assertEqual(command.returncode, 0, summary)
        info = self.info(reel)
        self.assertTrue(info["complete"])
        self.assertEqual(info["game_frames"], self.GAME_FRAMES)
        self.assertGreater(info["merged_game_frames"], 10)
        self.assertIn(f"the reel could not be written fast enough: {info['merged_game_frames']} game frames have sums only", summary)
        self.assertIn(f"{info['merged_game_frames']} game frames merged", self.heapreel("info", reel).stdout)
        rows = json.loads(self.heapreel("frames", "--json", reel).stdout)["game_frames"]
        self.assertEqual(sum(row["merged"] for row in rows), info["merged_game_frames"])
        self.assertEqual(sum(row["allocs"] for row in rows), info["allocs"])

    def test_outlives_a_reader_that_leaves_and_says_that_the_reel_is_not_whole(self):
        pipe = self.folder / "a.pipe"
        os.mkfifo(pipe)
        reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        command = self.start("run", "-f", "-o", pipe, "--", *self.program)
        # Until the reel begins: before, the pipe may not be open, and would be one that nobody reads.
        self.assertEqual(select.select([reading], [], [], 60)[0], [reading])
        os.close(reading)
        _, summary = command.communicate(timeout=60)
        self.assertEqual(command.returncode, 4, summary)
        self.assertIn("Broken pipe", summary)

    def test_refuses_a_pipe_that_nobody_reads(self):
        os.mkfifo(self.folder / "a.pipe")
        outcome = self.heapreel("run", "-f", "-o", "a.pipe", "--", *self.program)
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertIn("is a pipe that nobody reads", outcome.stderr)

    def test_passes_the_programs_own_status_on_first(self):
        words = ("sh", "-c", " ".join(self.program) + "; exit 9")
        outcome = self.heapreel("run", "--follow-forks", "--max-size", "64K", "--", *words)
        self.assertEqual(outcome.returncode, 9, outcome.stderr)
        self.assertIn("the reel has reached its largest size", outcome.stderr)

    def test_refuses_a_size_that_no_reel_fits_in(self):
        for size in ("63K", "lots", "1X", "-1", ""):
            outcome = self.heapreel("run", "--max-size", size, "--", *self.program)
            self.assertEqual(outcome.returncode, 2, outcome.stderr)
            self.assertIn("--max-size: invalid value", outcome.stderr)

    def test_gives_up_its_last_game_frames_for_an_end_when_the_disk_is_full(self):
        in_namespace = ["unshare", "--map-root-user", "--mount"]
        if shutil.which("unshare") is None or subprocess.run([*in_namespace, "true"], check=False).returncode != 0:
            self.skipTest("no namespace to mount a small file system in")
        script = ('mkdir disk && mount -t tmpfs -o size=128k none disk && '
                  '"$@"; status=$?; cp disk/a.reel . && exit $status')
        outcome = subprocess.run(
            [*in_namespace, "sh", "-c", script, "sh", self.command, "run", "-o", "disk/a.reel", "--", *self.program],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=120)
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertIn("incomplete: the reel ends early: disk/a.reel: cannot be written: No space left on device",
                      outcome.stderr)
        self.assertGreater((self.folder / "a.reel").stat().st_size, 4 << 10)  # the last game frame may have been most of it
        self.assert_ends_early("a.reel", "the reel could not be written any further, for instance because the disk is full")

    def test_says_that_there_is_no_reel_when_nothing_can_be_written(self):
        outcome = self.heapreel("run", "-f", "-o", "/dev/full", "--", *self.program)
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertIn("incomplete: no reel is written: /dev/full: cannot be written: No space left on device",
                      outcome.stderr)

    def test_runs_untraced_where_files_are_limited_to_less_than_it_needs(self):
        outcome = subprocess.run(["sh", "-c", 'ulimit -f 100; exec "$@"', "sh", self.command, "run", "--",
                                  *self.program], cwd=self.folder, env=self.environment, capture_output=True, text=True,
                                 timeout=120)
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertIn("ulimit -f unlimited", outcome.stderr)
        self.assertIn("running untraced: no reel was written", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
