#!/usr/bin/env python3
"""Each defect that is planted in the example game is found by the one command that a person would type."""

import json
import pathlib
import subprocess
import unittest

from command_case import CommandCase

GAME_FRAMES = 460


class ExampleGameTest(CommandCase):
    """Game frames of which the reel has only sums (a busy machine merges some) are stepped over to the next whole one."""

    @classmethod
    def setUpClass(cls):
        recording = CommandCase()
        recording.setUp()
        cls.recording = recording
        game = recording.programs.parent.parent / "tools/example_game/example_game"
        cls.alone = subprocess.run([game, "--frames", "3"], capture_output=True, text=True, check=False)
        cls.outcome = recording.heapreel("run", "--frame-every", 0, "-o", "game.reel", "--", game, "--frames", GAME_FRAMES)
        if cls.outcome.returncode == 0:
            every = recording.heapreel("frames", "--json", "game.reel")
            cls.frames = {row["game_frame"]: row for row in json.loads(every.stdout)["game_frames"]}

    @classmethod
    def tearDownClass(cls):
        cls.recording.doCleanups()

    def setUp(self):
        self.assertEqual(self.outcome.returncode, 0, self.outcome.stderr)

    def whole(self, number):
        """The first game frame from `number` on that can be opened."""
        return next(n for n in sorted(self.frames) if n >= number and not self.frames[n]["merged"])

    def ask(self, command, *words):
        outcome = self.recording.heapreel(command, "--json", *words)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return json.loads(outcome.stdout)

    def growth(self, first, last):
        """Function -> (bytes, blocks) between two game frames of one level, and the game frames."""
        first, last = self.whole(first), self.whole(last)
        rows = self.ask("diff", f"game.reel@{first}", f"game.reel@{last}")["differences"]
        named = {row["traceback"][-1].get("function") or "": (row["size_diff"], row["count_diff"]) for row in rows}
        return named, first, last

    def churn(self, by, first, last):
        rows = self.ask("diff", "--churn", "--by", by, f"game.reel@{first}", f"game.reel@{last}")["churn"]
        return {row["traceback"][-1].get("name") or row["traceback"][-1].get("function"): row for row in rows}

    def test_the_game_runs_without_heapreel(self):
        self.assertEqual(self.alone.returncode, 0, self.alone.stderr)
        self.assertIn("frames 3,", self.alone.stdout)

    def test_a_leak_in_each_game_frame_is_a_difference(self):
        named, first, last = self.growth(100, 180)
        self.assertEqual(named["Game::combat(int)"], (64 * (last - first), last - first))

    def test_a_growing_cache_is_a_difference(self):
        named, first, last = self.growth(100, 180)
        entries = last // 3 - first // 3
        self.assertEqual(named["Game::paths(int)"][1], entries)

    def test_a_block_that_is_kept_at_the_level_s_end_is_a_leak(self):
        at = self.whole(205)
        rows = self.ask("leaks", "-n", 1000, "--by", "function", "--born", "0..199", "--at", at, "game.reel")["statistics"]
        lightmap = [row for row in rows if row["traceback"][-1].get("name", "").startswith("bake_lightmap")]
        self.assertEqual([(row["size"], row["count"]) for row in lightmap], [(65536, 1)])

    def test_a_storm_is_the_worst_game_frame(self):
        answer = self.ask("frames", "-n", 1, "game.reel")["game_frames"][0]
        self.assertGreaterEqual(answer["allocs"], 20000)
        self.assertEqual(answer["game_frame"], self.whole(250))

    def test_a_thread_that_must_not_allocate_shows_in_the_churn_by_thread(self):
        first, last = self.whole(90), self.whole(100)
        by_thread = self.churn("thread", first, last)
        audio = next(row for name, row in by_thread.items() if name.startswith("audio"))
        self.assertEqual(audio["allocs"], 2)  # the vector, and its elements

    def test_an_arena_that_is_too_small_shows_in_the_churn_by_function(self):
        first, last = self.whole(325), self.whole(340)
        self.assertGreater(self.churn("function", first, last)["FrameArena::overflow(unsigned long)"]["allocs"], 5)


if __name__ == "__main__":
    unittest.main()
