"""The commands that read a reel, on one whose every number is known."""

import json
import pathlib
import unittest

from command_case import CommandCase

SOURCE = (pathlib.Path(__file__).parents[2] / "programs/known_heap.c").read_text().splitlines()


def line_of(text):
    (number,) = [number for number, line in enumerate(SOURCE, 1) if text in line]
    return number


BORN = line_of("malloc((size_t)i + 1)")
GROWN = line_of("realloc(kept[i], 1000)")


class ReadCase(CommandCase):
    def setUp(self):
        super().setUp()
        outcome, self.reel = self.record("frames")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)

    def output(self, *words):
        """With the paths of this machine taken out."""
        outcome = self.heapreel(*words)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        source = self.heapreel("stats", self.reel, "--json", "-n", "1").stdout
        filename = json.loads(source)["statistics"][0]["traceback"][0]["filename"]
        return outcome.stdout.replace(filename, "known_heap.c").replace(f"{self.folder}/", "")


class StatsTest(ReadCase):
    def test_groups_by_line(self):
        self.assertEqual(
            self.output("stats", f"{self.reel}@0"),
            "test.reel  game frame 0   live 5050 B in 100 blocks\n"
            "\n"
            "  size    share  count  average  lineno\n"
            f"5050 B  100.0 %    100     50 B  allocate_hundred  known_heap.c:{BORN}\n",
        )

    def test_finds_a_mark(self):
        self.assertEqual(
            self.output("stats", f"{self.reel}@mark:level-loaded", "--python-text"),
            f"known_heap.c:{BORN}: size=4230 B, count=60, average=70 B\n",
        )

    def test_shows_what_is_not_shown(self):
        self.assertEqual(
            self.output("stats", f"{self.reel}@end", "-n", "1", "--by", "function").splitlines()[2:],
            [
                "  size   share  count  average  function",
                "5000 B  57.2 %      5   1000 B  grow_five",
                "3740 B  42.8 %     55           ... and 1 more",
            ],
        )

    def test_says_how_many_stack_frames_it_does_not_show(self):
        def stack_frames(*words):
            lines = self.output("stats", f"{self.reel}@0", "--by", "traceback", *words).splitlines()[3:]
            return [line.split("  ")[-2 if "known_heap.c:" in line else -1].strip() for line in lines]

        whole = stack_frames("--depth", "0")
        self.assertGreater(len(whole), 3)
        self.assertEqual(stack_frames("--depth", "2"), [*whole[:2], f"<- ... and {len(whole) - 2} more (--depth 0: all)"])
        self.assertEqual(stack_frames("--depth", str(len(whole))), whole)

    def test_keeps_to_the_filters(self):
        statistics = json.loads(self.output("stats", self.reel, "--json", "--function", "grow_*"))
        self.assertEqual((statistics["live_blocks"], statistics["live_bytes"]), (5, 5000))
        statistics = json.loads(self.output("stats", self.reel, "--json", "--not-function", "grow_*"))
        self.assertEqual((statistics["live_blocks"], statistics["live_bytes"]), (55, 3740))

    def test_names_its_schema_and_its_total(self):
        statistics = json.loads(self.output("stats", self.reel, "--json"))
        self.assertEqual(statistics["schema"], "heapreel.stats/1")
        self.assertEqual((statistics["live_blocks"], statistics["live_bytes"]), (60, 8740))
        frame = statistics["statistics"][0]["traceback"][0]
        self.assertEqual((frame["function"], frame["lineno"]), ("grow_five", GROWN))


class DiffTest(ReadCase):
    def test_lists_what_changed(self):
        self.assertEqual(
            self.output("diff", f"{self.reel}@0", f"{self.reel}@2"),
            "test.reel  game frames 0 -> 2   live 5050 B in 100 blocks -> 8740 B in 60 blocks   (+3690 B)\n"
            "\n"
            "size diff    size  count diff  count  lineno\n"
            f"  +5000 B  5000 B          +5      5  grow_five  known_heap.c:{GROWN}\n"
            f"  -1310 B  3740 B         -45     55  allocate_hundred  known_heap.c:{BORN}\n",
        )

    def test_says_when_nothing_did(self):
        self.assertIn("nothing changed", self.output("diff", f"{self.reel}@2", f"{self.reel}@2"))


class LeaksTest(ReadCase):
    def test_lists_what_was_born_and_lives_on(self):
        leaks = json.loads(self.output("leaks", self.reel, "--born", "0..1", "--at", "end", "--json"))
        self.assertEqual(leaks["schema"], "heapreel.leaks/1")
        self.assertEqual((leaks["live_blocks"], leaks["live_bytes"]), (55, 3740))

    def test_takes_marks_as_ends(self):
        leaks = json.loads(self.output("leaks", self.reel, "--born", "mark:level-loaded..", "--json"))
        self.assertEqual((leaks["live_blocks"], leaks["live_bytes"]), (5, 5000))


class FramesTest(ReadCase):
    def test_shows_each_game_frame_apart(self):
        frames = json.loads(self.output("frames", self.reel, "--json"))["game_frames"]
        keys = ("game_frame", "allocs", "frees", "live_bytes", "marks")
        whole = [[frame[key] for key in keys] for frame in frames[:3]]
        self.assertEqual(whole, [[0, 100, 0, 5050, []], [1, 0, 40, 4230, ["level-loaded"]], [2, 5, 5, 8740, []]])

    def test_shows_a_range(self):
        frames = json.loads(self.output("frames", self.reel, "1..2", "--json"))["game_frames"]
        self.assertEqual([frame["game_frame"] for frame in frames], [1, 2])


class BadInputTest(ReadCase):
    def assert_fails(self, status, message, *words):
        outcome = self.heapreel(*words)
        self.assertEqual(outcome.returncode, status, outcome.stdout + outcome.stderr)
        self.assertIn(message, outcome.stderr)
        return outcome

    def test_refuses_bad_usage(self):
        reel = self.reel
        for message, *words in (
            ("no command given",),
            ("unknown command 'stas', did you mean 'stats'?", "stas"),
            ("too few arguments", "stats"),
            ("unexpected argument 'more'", "info", reel, "more"),
            ("unknown option '--jsno', did you mean '--json'?", "info", "--jsno", reel),
            ("unknown key 'linno', did you mean 'lineno'?", "stats", "--by", "linno", reel),
            ("--cumulative goes with --by filename, lineno, function", "stats", "--by", "domain", "--cumulative", reel),
            ("--rows needs a value, N", "stats", reel, "-n"),
            ("invalid value 'ten'", "stats", "-n", "ten", reel),
            ("game frames 0 to", "stats", f"{reel}@99"),
            ("did you mean 'peak'?", "stats", f"{reel}@pea"),
            ("did you mean 'level-loaded'?", "stats", f"{reel}@mark:level-laded"),
            ("--born: expected a range", "leaks", reel, "--born", ""),
            ("ends before it begins", "leaks", reel, "--born", "2..1"),
            ("comes before the end", "leaks", reel, "--born", "0..2", "--at", "1"),
            ("expected a range", "frames", reel, "5"),
            ("unknown command 'nothing'", "help", "nothing"),
        ):
            with self.subTest(words=words):
                self.assertEqual(self.assert_fails(2, message, *words).stdout, "")

    def test_says_that_a_file_cannot_be_read(self):
        text = self.folder / "text.reel"
        text.write_text("This is no reel, but it is long enough to look like one at first sight.\n" * 4)
        empty = self.folder / "empty.reel"
        empty.touch()
        for path in (self.folder / "missing.reel", self.folder, text, empty):
            with self.subTest(path=path):
                self.assertEqual(self.assert_fails(3, str(path), "info", path).stdout, "")

    def test_reads_a_torn_reel_as_far_as_it_is_sound_and_says_so(self):
        whole = self.reel.read_bytes()
        torn = self.folder / "torn.reel"
        statuses = set()
        for length in range(0, len(whole), 37):
            torn.write_bytes(whole[:length])
            outcome = self.heapreel("info", torn)
            self.assertIn(outcome.returncode, (3, 4), f"{length} bytes: {outcome.stderr}")
            self.assertIn(str(torn), outcome.stderr)
            statuses.add(outcome.returncode)
        self.assertEqual(statuses, {3, 4})

    def test_reads_a_reel_of_a_newer_format_and_says_what_it_does_not_show(self):
        newer = pathlib.Path(__file__).parents[3] / "vectors/golden_newer.reel"
        self.assertIn("not shown   1 section of the file", self.heapreel("info", newer).stdout)
        self.assertEqual(json.loads(self.heapreel("info", "--json", newer).stdout)["unknown_sections"], 1)

    def test_shows_no_peak_of_a_still_which_knows_none(self):
        still = pathlib.Path(__file__).parents[3] / "vectors/golden.still"
        self.assertIn("  traced      live 17.3 KiB in 12 blocks\n", self.heapreel("info", still).stdout)
        self.assertIsNone(json.loads(self.heapreel("info", "--json", still).stdout)["peak_bytes"])
        frames = json.loads(self.heapreel("frames", "--json", still).stdout)
        self.assertEqual([row["peak_bytes"] for row in frames["game_frames"]], [None])
        self.assertIsNone(frames["totals"]["peak_bytes"])
        self.assertNotIn("peak", self.heapreel("frames", still).stdout)


class HelpTest(CommandCase):
    def test_tells_every_command_and_option(self):
        text = self.heapreel("help").stdout
        for command in ("run", "info", "stats", "frames", "diff", "leaks", "help"):
            self.assertIn(f"\n  {command} ", text)
            outcome = self.heapreel("help", command)
            self.assertEqual(outcome.returncode, 0)
            self.assertIn(f"usage: heapreel {command}", outcome.stdout)
        self.assertIn("--ring-budget BYTES", self.heapreel("help", "run").stdout)
        self.assertIn("block_deadline_ms", self.heapreel("help", "options").stdout)

    def test_tells_its_version(self):
        self.assertRegex(self.heapreel("--version").stdout, r"^heapreel \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main()
