"""What the reading commands sum up, and what they show of what is not shown, against sums of their own rows."""

import json
import pathlib
import unittest

from command_case import CommandCase

VECTORS = pathlib.Path(__file__).parents[3] / "vectors"
FIGURES = ("allocs", "frees", "reallocs", "alloc_bytes", "freed_bytes")
ALL = 1_000_000


class TotalsCase(CommandCase):
    def setUp(self):
        super().setUp()
        self.reel = self.folder / "containers.reel"
        program = self.programs / "known_containers"
        outcome = self.heapreel("run", "--frame-every", 0, "-o", self.reel, "--", program, 6)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)

    def json(self, *words):
        """Also of a reel that is not whole."""
        outcome = self.heapreel(*words, "--json")
        self.assertIn(outcome.returncode, (0, 4), outcome.stderr)
        return json.loads(outcome.stdout)

    def last_line(self, *words):
        return self.heapreel(*words).stdout.splitlines()[-1]


class FramesTotalsTest(TotalsCase):
    def sums(self, rows):
        sums = {name: sum(row[name] for row in rows) for name in FIGURES}
        sums["game_frames"] = len(rows)
        sums["merged_game_frames"] = sum(row["merged"] for row in rows)
        sums["partial_game_frames"] = sum(row["partial"] for row in rows)
        return sums

    def assert_sums(self, answer, rows):
        self.assertEqual({name: answer[name] for name in self.sums(rows)}, self.sums(rows))

    def test_totals_are_the_rows_added_up_in_any_range(self):
        outcome, level = self.record("frames")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        level = level.rename(self.folder / "level.reel")  # its most live bytes come twice
        for reel in (self.reel, level, VECTORS / "golden.reel", VECTORS / "golden_all.reel"):
            every = self.json("frames", reel)["game_frames"]
            numbers = [row["game_frame"] for row in every]
            for first in numbers:
                for last in numbers[numbers.index(first) :]:
                    with self.subTest(reel=reel.name, first=first, last=last):
                        totals = self.json("frames", reel, f"{first}..{last}")["totals"]
                        rows = [row for row in every if first <= row["game_frame"] <= last]
                        self.assert_sums(totals, rows)
                        state = ("game_frame", "live_blocks", "live_bytes")
                        most = max(rows, key=lambda row: row["live_bytes"])
                        for name, row in (("first", rows[0]), ("last", rows[-1]), ("most_live", most)):
                            self.assertEqual(totals[name], {key: row[key] for key in state}, name)
                        self.assertEqual(totals["peak_bytes"], rows[-1]["peak_bytes"])

    def test_totals_of_all_game_frames_are_the_sums_that_the_reel_keeps(self):
        for reel in (self.reel, VECTORS / "golden.reel"):
            with self.subTest(reel=reel.name):
                info, totals = self.json("info", reel), self.json("frames", reel)["totals"]
                for name in ("allocs", "frees", "reallocs", "alloc_bytes", "merged_game_frames"):
                    self.assertEqual(totals[name], info[name], name)
                self.assertEqual(totals["game_frames"] - totals["partial_game_frames"], info["game_frames"])
                for name in ("live_blocks", "live_bytes"):
                    self.assertEqual(totals["last"][name], info[name], name)
        self.assertGreater(totals["merged_game_frames"], 0)

    def test_the_last_line_of_the_table_tells_them(self):
        self.assertRegex(
            self.last_line("frames", self.reel, "2..4"),
            r"^ +total +33 +30 +3030 B +3000 B +\S+ KiB  3 game frames; 0 reallocs; live \S+ KiB at the end of 2, "
            r"most \S+ KiB at the end of 4; peak so far \S+ KiB$",
        )
        golden = self.last_line("frames", VECTORS / "golden.reel")
        self.assertIn("  13 game frames, 4 sums only, 1 up to the end; 12 reallocs; ", golden)

    def test_shows_so_many_and_sums_up_the_others(self):
        reel = VECTORS / "golden.reel"
        every = self.json("frames", reel)
        for count in range(len(every["game_frames"]) + 2):
            with self.subTest(count=count):
                some = self.json("frames", reel, "-n", count)
                by_allocs = sorted(every["game_frames"], key=lambda row: -row["allocs"])
                numbers = [row["game_frame"] for row in some["game_frames"]]
                self.assertEqual(numbers, sorted(row["game_frame"] for row in by_allocs[:count]))
                self.assert_sums(some["not_shown"], by_allocs[count:])
                for name in ("totals", "p50", "p95", "p99", "max"):
                    self.assertEqual(some[name], every[name], name)
        table = self.heapreel("frames", reel, "-n", 1).stdout.splitlines()
        self.assertEqual(table[2].split()[:6], ["...", "and", "12", "more", "201", "137"])

    def test_refuses_what_has_no_meaning_for_game_frames(self):
        for words in (
            ("--cumulative",), ("--python-text",), ("--not-tag", "x"), ("--depth", "3"), ("--skip", "x"),
        ):
            with self.subTest(words=words):
                outcome = self.heapreel("frames", self.reel, *words)
                self.assertEqual((outcome.returncode, outcome.stdout), (2, ""))
                self.assertIn(f"frames: {words[0]} is an option of stats, diff", outcome.stderr)
                self.assertIn("not of frames", outcome.stderr)
                self.assertIn("--churn", outcome.stderr)


class GroupTotalsTest(TotalsCase):
    def commands(self):
        """Words, the list of groups, and the figures of each that add up."""
        ends = (f"{self.reel}@1", f"{self.reel}@4")
        return (
            (("stats", self.reel), "statistics", ("size", "count")),
            (("leaks", self.reel, "--born", "0..3"), "statistics", ("size", "count")),
            (("leaks", self.reel, "--rule", "alloc-events", 2, 4), "statistics", ("size", "count")),
            (("diff", *ends), "differences", ("size_diff", "count_diff")),
            (("diff", *ends, "--churn"), "churn", FIGURES),
        )

    def test_what_is_not_shown_is_summed_up(self):
        for words, groups, figures in self.commands():
            every = self.json(*words, "-n", ALL)
            self.assertEqual(every["not_shown"], {"groups": 0, **dict.fromkeys(figures, 0)})
            for count in range(len(every[groups])):
                with self.subTest(words=words, count=count):
                    answer = self.json(*words, "-n", count)
                    others = every[groups][count:]
                    expected = {name: sum(row[name] for row in others) for name in figures}
                    self.assertEqual(answer["not_shown"], {"groups": len(others), **expected})
                    self.assertEqual(answer[groups], every[groups][:count])
                    self.assertTrue(self.last_line(*words, "-n", count).endswith(f"... and {len(others)} more"))

    def test_groups_that_share_blocks_are_only_counted(self):
        for words, groups, _ in self.commands():
            with self.subTest(words=words):
                words = (*words, "--by", "function", "--cumulative")
                answer = self.json(*words, "-n", 1)
                others = len(self.json(*words, "-n", ALL)[groups]) - 1
                self.assertGreater(others, 0)
                self.assertEqual(answer["not_shown"], {"groups": others})
                line = self.last_line(*words, "-n", 1)
                self.assertEqual(line.strip(), f"... and {others} more, which share blocks")

    def test_every_command_takes_every_way_to_show(self):
        for words, _, _ in self.commands():
            for way in (
                ("--by", "module"), ("--by", "lineno", "--cumulative"), ("--function", "main"), ("--not-module", "x"),
                ("--all-frames", "--function", "main"), ("--json",), ("--python-text",), ("-n", 1), ("--depth", 2),
            ):
                with self.subTest(words=words, way=way):
                    outcome = self.heapreel(*words, *way)
                    self.assertEqual(outcome.returncode, 0, outcome.stderr)
                    self.assertNotEqual(outcome.stdout, "")

    def test_refuses_what_has_no_meaning_together(self):
        reel, ends = self.reel, (f"{self.reel}@1", f"{self.reel}@4")
        for message, *words in (
            ("stats: --sizes and --by exclude each other", "stats", reel, "--sizes", "mimalloc", "--by", "lineno"),
            ("stats: --sizes and --rows exclude each other", "stats", reel, "--sizes", "mimalloc", "-n", 3),
            ("--depth is for tables", "stats", reel, "--json", "--depth", 3),
            ("--json and --python-text exclude each other", "diff", *ends, "--json", "--python-text"),
            ("diff: --churn and --thread exclude each other", "diff", *ends, "--churn", "--thread", "worker"),
            ("diff: --churn and --born exclude each other", "diff", *ends, "--churn", "--born", "1..2"),
            ("--rule free-events and --not-thread exclude", "leaks", reel, "--rule", "free-events", 1, 2, "--not-thread", "x"),
            ("--rule is an option of leaks, not of stats: see `heapreel help stats`", "stats", reel, "--rule", "after"),
            ("-n is an option of stats, frames, diff, leaks and advise, not of info", "info", reel, "-n", 3),
        ):
            with self.subTest(words=words):
                outcome = self.heapreel(*words)
                self.assertEqual((outcome.returncode, outcome.stdout), (2, ""))
                self.assertIn(message, outcome.stderr)


if __name__ == "__main__":
    unittest.main()
