"""Questions over time: timelines of a part of the program, the first game frame of something, marks, and leaks."""

import json
import pathlib
import unittest

from command_case import CommandCase

SOURCE = (pathlib.Path(__file__).parents[2] / "programs/gate.cc").read_text().splitlines()


def line_of(text):
    return next(number for number, line in enumerate(SOURCE, 1) if text in line)


class TimelineCase(CommandCase):
    def setUp(self):
        super().setUp()
        outcome = self.heapreel("run", "--frame-every", 0, "--every-game-frame", "-o", "game.reel", "--",
                                self.programs / "gate", "60", "leak", "storm", "left")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)

    def output(self, *words, status=0):
        outcome = self.heapreel(*words)
        self.assertEqual(outcome.returncode, status, outcome.stderr)
        return outcome.stdout

    def rows(self, *words):
        return json.loads(self.output("frames", "game.reel", *words, "--json"))["game_frames"]


class HeapsTest(CommandCase):
    def setUp(self):
        super().setUp()
        outcome = self.heapreel("run", "--frame-every", 0, "--every-game-frame", "-o", "game.reel", "--",
                                self.programs / "gate", "8", "pool")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)

    def test_chunks_of_a_pool_are_its_memory_and_not_mallocs_own(self):
        domains = json.loads(self.heapreel("domains", "game.reel@0", "--json").stdout)["domains"]
        by_name = {domain["name"]: domain for domain in domains}
        self.assertEqual((by_name["malloc"]["bytes"], by_name["malloc"]["own_bytes"]), (8192, 0))
        pool = by_name["Pool"]
        self.assertEqual(
            {name: pool[name] for name in pool if name not in ("peak_bytes", "peak_bound")},
            {"name": "Pool", "blocks": 2, "bytes": 300, "own_blocks": 2, "own_bytes": 300, "within": "malloc",
             "heap_blocks": 2, "heap_bytes": 8192, "bytes_in_heaps": 100, "declared_heaps": 2, "shared_heaps": 0,
             "outside_blocks": 1, "outside_bytes": 200})
        self.assertIn("Pool: 1 block lies (200 B) outside of all its heaps: a heap was freed before its pieces",
                      self.heapreel("domains", "game.reel@0").stdout)

    def test_statistics_without_heaps_count_each_byte_once(self):
        def live(*words):
            outcome = self.heapreel("stats", "game.reel@0", "--json", *words)
            self.assertEqual(outcome.returncode, 0, outcome.stderr)
            return sum(row["size"] for row in json.loads(outcome.stdout)["statistics"])
        self.assertEqual(live(), 8492)
        self.assertEqual(live("--own"), 300)
        self.assertEqual(live("--own", "--domain", "malloc"), 0)
        self.assertIn("game frame 0, without heaps of other domains   live", self.heapreel("stats", "game.reel@0", "--own").stdout)


class FramesTest(TimelineCase):
    def test_a_part_of_the_program_has_a_timeline_of_its_own(self):
        for words, allocs, live in (
            (("--tag", "Scripts"), [3] * 12 + [500] + [3] * 47, [0] * 60),
            (("--tag", "Combat"), [1] * 60, [64 * (number + 1) for number in range(60)]),
            (("--function", "fight"), [1] * 60, [64 * (number + 1) for number in range(60)]),
        ):
            rows = [row for row in self.rows(*words) if not row["partial"]]
            self.assertEqual([row["allocs"] for row in rows], allocs, words)
            self.assertEqual([row["live_bytes"] for row in rows], live, words)
        whole = self.rows()
        for words in (("--domain", "malloc"), ("--thread", "gate")):
            for row, part in zip(whole, self.rows(*words)):
                for figure in ("allocs", "frees", "reallocs", "alloc_bytes", "freed_bytes", "live_bytes", "live_blocks"):
                    self.assertEqual(row[figure], part[figure], (words, figure))

    def test_a_name_that_nothing_has_is_told(self):
        outcome = self.heapreel("frames", "game.reel", "--tag", "Script")
        self.assertEqual(outcome.returncode, 2)
        self.assertIn("nothing in the reel has the name Script, did you mean 'Scripts'?", outcome.stderr)

    def test_a_whole_reel_is_a_page_of_ranges(self):
        lines = self.output("frames", "game.reel").splitlines()
        self.assertLess(len(lines), 50)
        self.assertIn("0..4", [line.split()[0] for line in lines if line.strip()])
        storm = next(line for line in lines if line.split()[:1] == ["10..14"])
        self.assertIn(" 501 ", storm)
        self.assertIn("mark level-loaded", storm)
        self.assertGreater(len(self.output("frames", "--all", "game.reel").splitlines()), 60)

    def test_the_busiest_are_those_of_the_figure_that_is_asked_for(self):
        for words, first in ((("--top", "1"), 12), (("--top", "1", "--by", "live"), 51), (("-n", "1", "--by", "freed"), 12)):
            (row,) = self.rows(*words)
            self.assertGreaterEqual(row["game_frame"], first, words)
        (storm,) = self.rows("--top", "1", "--by", "allocated", "--tag", "Scripts")
        self.assertEqual(storm["game_frame"], 12)

    def test_the_first_game_frame_of_something(self):
        self.assertRegex(
            self.output("frames", "game.reel", "--first", "Combat live > 1KiB"),
            r"^game frame 16 \(\d+\.\d{3} s\): live of Combat is 1088 B, in game frame 15 it is 1024 B; "
            r"5 game frames after the mark level-loaded\n$")
        answer = json.loads(self.output("frames", "game.reel", "--first", "allocs >= 400", "--json"))
        self.assertEqual((answer["found"]["game_frame"], answer["before"]["game_frame"]), (12, 11))
        self.assertEqual(answer["mark_before"], {"name": "level-loaded", "game_frame": 11})
        self.assertIn("never: live_blocks of Scripts > 0; in the last game frame looked at, ",
                      self.output("frames", "game.reel", "--first", "Scripts live_blocks > 0"))
        self.assertIn("game frame 30 ", self.output("frames", "game.reel", "30..40", "--first", "allocs > 0"))

    def test_a_question_that_is_none_is_told(self):
        for question, message in (
            ("live", "it compares nothing"), ("live > much", "'much' is not a number"),
            ("live => 3", "'=>' is not a comparison"),
            ("Combat lives > 3", "'lives' is not a figure of a game frame, did you mean 'live'?"),
            ("Nobody live > 3", "nothing in the reel has the name Nobody"), ("", "it compares nothing"),
        ):
            outcome = self.heapreel("frames", "game.reel", "--first", question)
            self.assertEqual(outcome.returncode, 2, question)
            self.assertIn(message, outcome.stderr)
        for words in (("--first", "live > 1", "--tag", "Combat"), ("--top", "3", "-n", "3"), ("--by", "live"),
                      ("--top", "3", "--by", "life"), ("--tag", "Combat", "--thread", "gate"), ("--tag", "")):
            self.assertEqual(self.heapreel("frames", "game.reel", *words).returncode, 2, words)


class MarksTest(TimelineCase):
    def test_a_mark_is_named_by_its_number_and_game_frames_around_it(self):
        for spec, game_frame in (
            ("mark:level-loaded", 1), ("mark:level-loaded#2", 11), ("mark:level-loaded#3-2", 19), ("mark:level-loaded+3", 4),
            ("mark:level-unloaded-1", 8), ("mark:level-unloaded#6", 59), ("mark:level-unloaded#-1", 59),
            ("mark:level-loaded#-6", 1), ("mark:level-loaded#-2-3", 38),
        ):
            (row,) = json.loads(self.output("frames", f"game.reel@{spec}", "--json"))["game_frames"]
            self.assertEqual(row["game_frame"], game_frame, spec)
        for spec, message in (("mark:level-loaded#7", "the reel has 6 marks of this name"),
                              ("mark:level-loaded-2", "there is none before 0"), ("mark:level-loadd#2", "no such mark"),
                              ("mark:level-loaded#-7", "the reel has 6 marks of this name"),
                              ("mark:level-loaded#0", "no such mark"), ("mark:level-unloaded#6+9", "game frames 0 to")):
            outcome = self.heapreel("frames", f"game.reel@{spec}")
            self.assertEqual(outcome.returncode, 2, spec)
            self.assertIn(message, outcome.stderr)

    def answer(self, *words):
        answer = json.loads(self.output(*words, "--by", "tag", "--json"))
        return answer, answer.get("statistics", answer.get("differences"))

    def test_the_state_at_a_mark_is_not_that_of_its_game_frames_end(self):
        # Level 5 blocks, and the fight of the game frame before; that of this one comes after the mark.
        def live(spec):
            return self.answer("stats", f"game.reel@{spec}", "--tag", "Level", "--tag", "Combat")[0]["live_blocks"]
        self.assertEqual([live(spec) for spec in ("mark:level-loaded", "1", "mark:level-loaded+0")], [6, 7, 7])
        self.assertEqual([live(spec) for spec in ("mark:level-unloaded", "9", "mark:level-unloaded#-1")], [10, 11, 65])
        answer, _ = self.answer("stats", "game.reel@mark:level-loaded#2")
        self.assertEqual((answer["game_frame"], answer["mark"]), (11, "level-loaded#2"))
        self.assertTrue(self.output("stats", "game.reel@mark:level-loaded#2").startswith(
            "game.reel  mark level-loaded#2 in game frame 11   live "))

    def test_two_marks_are_compared_exactly(self):
        words = ("diff", "game.reel@mark:level-loaded", "game.reel@mark:level-unloaded", "--tag", "Level", "--tag", "Combat")
        answer, rows = self.answer(*words)
        self.assertEqual([(row["count_diff"], row["size_diff"]) for row in rows], [(-4, -4000), (8, 512)])
        self.assertEqual([answer[side]["mark"] for side in ("before", "after")], ["level-loaded#1", "level-unloaded#1"])
        self.assertTrue(self.output(*words).startswith(
            "game.reel  mark level-loaded#1 in game frame 1 -> mark level-unloaded#1 in game frame 9   live "))
        churn = json.loads(self.output(*words, "--churn", "--json", "--by", "tag"))
        self.assertEqual((churn["before_mark"], churn["after_mark"]), ("level-loaded#1", "level-unloaded#1"))
        outcome = self.heapreel(*words[:3], "--churn", "--by", "thread")
        self.assertEqual(outcome.returncode, 2, outcome.stderr)
        self.assertIn("at the ends of game frames, not at a mark", outcome.stderr)

    def test_an_export_is_of_the_mark_or_says_that_it_is_of_game_frames(self):
        def exported(spec, form):
            outcome = self.heapreel("export", "--to", form, "--value", "live-blocks", "-o", "-", f"game.reel@{spec}")
            self.assertEqual(outcome.returncode, 0, outcome.stderr)
            return sum(int(line.split()[-1]) for line in outcome.stdout.splitlines() if "fight" in line or "load_level" in line)
        self.assertEqual([exported(spec, "collapsed") for spec in ("mark:level-loaded", "1")], [6, 7])
        outcome = self.heapreel("export", "--to", "csv", "-o", "-", "game.reel@mark:level-loaded#2")
        self.assertIn("csv tells of whole game frames: up to the end of game frame 11, in which the mark level-loaded#2 lies",
                      outcome.stderr)

    def test_a_reel_from_before_shows_the_game_frame_and_says_so(self):
        old = pathlib.Path(__file__).parents[3] / "vectors/golden.reel"
        outcome = self.heapreel("stats", f"{old}@mark:level loaded", "--json")
        self.assertIn("the reel does not hold the state at this mark, because it was recorded by an older heapreel, to which "
                      "marks were game frames: showing the end of game frame", outcome.stderr)
        self.assertNotIn("mark", json.loads(outcome.stdout))


class LeaksTest(TimelineCase):
    def test_leaks_answers_by_line_at_the_last_mark(self):
        text = self.output("leaks", "game.reel")
        self.assertTrue(text.startswith(
            "game.reel  mark level-unloaded#6 in game frame 59 (the last mark), born in 1..59   live "), text)
        lines = text.splitlines()
        self.assertRegex(lines[3], rf" 6 +1000 B .*gate\.cc:{line_of(chr(39) + '000)')}$")
        self.assertRegex(lines[4], rf" 58 +64 B .*gate\.cc:{line_of('malloc(64)')}$")
        self.assertIn("\n0 of these 64 blocks born in 1..58 were freed later, up to the end of the program; 64 never were "
                      "(9712 B)\n", text)

    def test_of_a_program_without_game_frames_it_is_what_is_left_at_its_end(self):
        self.heapreel("run", "-f", "-o", "plain.reel", "--", self.known_heap, "counts")
        text = self.output("leaks", "plain.reel")
        self.assertIn("born in 0..", text)
        self.assertIn("known_heap.c:", text)

    def test_what_is_asked_for_is_answered_as_before(self):
        text = self.output("leaks", "game.reel", "--born", "1..2", "--at", "3")
        self.assertTrue(text.startswith("game.reel  game frame 3, born in 1..2   live "), text)
        self.assertNotIn("freed later", text)


if __name__ == "__main__":
    unittest.main()
