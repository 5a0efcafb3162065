"""`heapreel check --suggest` and `--tighten`: files of budgets out of good recordings."""

import pathlib
import unittest

from check_test import CheckCase


class SuggestTest(CheckCase):
    def test_the_recordings_keep_to_what_they_suggest_and_a_worse_one_does_not(self):
        good = [self.game("60", reel="a.reel"), self.game("40", reel="b.reel")]
        outcome = self.heapreel("check", *good, "--suggest", "--headroom", "0%")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertEqual(
            outcome.stdout,
            "# Suggested by `heapreel check --suggest` from 2 recordings: what they used at most, and 0 % more.\n"
            "first_game_frame = 1\n"
            '\n["*"]\nallocs_per_game_frame = 8\nalloc_bytes_per_game_frame = 5300\nlive_bytes = 5000\n'
            '\n["Level"]\nallocs_per_game_frame = 5\nalloc_bytes_per_game_frame = 5000\nlive_bytes = 5000\n'
            '\n["Scripts"]\nallocs_per_game_frame = 3\nalloc_bytes_per_game_frame = 300\nlive_bytes = 0\n'
            '\n["thread:gate"]\nallocs_per_game_frame = 8\nalloc_bytes_per_game_frame = 5300\nlive_bytes = 5000\n')
        for reel in good:
            self.assertEqual(self.check(reel, outcome.stdout).returncode, 0)
        self.assertEqual(self.check(self.game("storm"), outcome.stdout).returncode, 1)

    def test_what_only_some_recordings_have_is_not_required(self):
        reels = [self.game("late", reel="a.reel"), self.game(reel="b.reel")]
        text = self.heapreel("check", *reels, "--suggest", "--first-game-frame", "mark:level-loaded+2").stdout
        self.assertIn('first_game_frame = "mark:level-loaded+2"\n', text)
        self.assertIn('["Late"]\nallocs_per_game_frame = 1\nalloc_bytes_per_game_frame = 11\nlive_bytes = 0\nrequired = false\n', text)
        for reel in reels:
            self.assertEqual(self.check(reel, text).returncode, 0)

    def test_a_file_is_tightened_in_place_and_never_loosened(self):
        reels = [self.game(reel="a.reel"), self.game("50", reel="b.reel")]
        text = (
            "# what the game may use\n[Scripts]   # Lua\nallocs_per_game_frame = 100     # too much\n"
            'live_bytes = "1M"\n[Level]\nlive_bytes = 5001 # nearly\nblocks_left = 2\n'
            'between = ["level-loaded", "level-unloaded"]\n')
        self.budgets(text)
        outcome = self.heapreel("check", *reels, "--budgets", "memory.toml", "--tighten", "-o", "memory.toml")
        self.assertEqual(outcome.returncode, 2, "it exists")
        outcome = self.heapreel("check", *reels, "--budgets", "memory.toml", "--tighten", "-o", "memory.toml", "-f")
        self.assertEqual((outcome.returncode, outcome.stderr), (0, "memory.toml: 3 limits lowered\n"))
        tight = text.replace("= 100 ", "= 3 ").replace('"1M"', "0").replace("blocks_left = 2", "blocks_left = 0")
        self.assertEqual((self.folder / "memory.toml").read_text(), tight)
        outcome = self.heapreel("check", *reels, "--budgets", "memory.toml", "--tighten")
        self.assertEqual((outcome.stdout, outcome.stderr), (tight, "memory.toml: 0 limits lowered\n"))

    def test_what_breaks_a_budget_tightens_nothing(self):
        self.budgets("[Scripts]\nallocs_per_game_frame = 2\nlive_bytes = 100\n")
        outcome = self.heapreel("check", self.game(), "--budgets", "memory.toml", "--tighten")
        self.assertEqual((outcome.returncode, outcome.stdout), (1, ""))
        self.assertIn("Scripts: 3 allocs in game frame 0", outcome.stderr)

    def test_nothing_is_learned_from_a_recording_that_is_not_whole(self):
        whole = (self.folder / self.game()).read_bytes()
        (self.folder / "torn.reel").write_bytes(whole[:-200])
        outcome = self.heapreel("check", "torn.reel", "--suggest")
        self.assertEqual((outcome.returncode, outcome.stdout), (4, ""))

    def test_nothing_is_learned_from_merged_game_frames_and_the_message_says_what_is_missing(self):
        merged = pathlib.Path(__file__).parents[3] / "vectors/golden_groups.reel"
        outcome = self.heapreel("check", merged, "--suggest")
        self.assertEqual((outcome.returncode, outcome.stdout), (4, ""))
        self.assertIn("nothing can be learned from a recording of game: *: allocs per game frame: not everything in these game "
                      "frames is known. Of 18 game frames only the sums were written, because the recording could not keep up: "
                      "record again with `heapreel run --every-game-frame`", outcome.stderr)
        self.assertNotIn("at most", outcome.stderr)

    def test_options_that_have_no_meaning_are_refused(self):
        reel = self.game()
        self.budgets("[Scripts]\nlive_bytes = 100\n")
        for words in (
            ("--suggest", "--tighten"), ("--tighten",), ("--suggest", "--budgets", "memory.toml"),
            ("--suggest", "--format", "md"), ("--headroom", "5%"), ("--suggest", "--headroom", "x"),
            ("--suggest", "--first-game-frame", "soon"), ("--budgets", "memory.toml", "--first-game-frame", "3"),
            ("--budgets", "memory.toml", "-o", "x"), ("--suggest", "-f"), ("--budgets", "memory.toml", "--max-growth", "1%"),
        ):
            outcome = self.heapreel("check", reel, *words)
            self.assertEqual((outcome.returncode, outcome.stdout), (2, ""), words)


if __name__ == "__main__":
    unittest.main()
