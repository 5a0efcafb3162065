#!/usr/bin/env python3
"""Each defect that is planted in the example game is found by the one command that a person would type: from `run`, from a
reel, and from a reel that the game recorded of itself."""

import json
import subprocess
import unittest

from command_case import CommandCase

GAME_FRAMES = 460
# What breaks a budget, in which game frame it is worst, and where in the game that is.
DEFECTS = {
    "Combat": (460, "Game::combat(int)"),
    "Level/Lightmap": (450, "bake_lightmap"),
    "AI/Paths": (250, "Game::paths(int)"),
    "thread:audio": (97, "Audio::run()"),
    "AI/Cache": (399, "Game::paths(int)"),
    "FrameArena/Overflow": (333, "FrameArena::overflow(unsigned long)"),
}


class ExampleGameTest(CommandCase):
    @classmethod
    def setUpClass(cls):
        recording = CommandCase()
        recording.setUp()
        cls.recording = recording
        folder = recording.programs.parent.parent / "tools/example_game"
        cls.alone = subprocess.run([folder / "example_game", "--frames", "3"], capture_output=True, text=True, check=False)
        cls.outcome = cls.run_game("game.reel")
        cls.clean = cls.run_game("clean.reel", "--clean")
        cls.inside = subprocess.run(
            [folder / "example_game_inside", "--frames", str(GAME_FRAMES), "--reel", recording.folder / "own.reel"],
            env=recording.environment, capture_output=True, text=True, timeout=120)

    @classmethod
    def run_game(cls, reel, *options):
        game = cls.recording.programs.parent.parent / "tools/example_game/example_game"
        return cls.recording.heapreel("run", "--every-game-frame", "--frame-every", 0, "--budgets", "declared", "-o", reel,
                                      "--", game, "--frames", GAME_FRAMES, *options)

    @classmethod
    def tearDownClass(cls):
        cls.recording.doCleanups()

    def assert_finds_all(self, text):
        lines = text.splitlines()
        for name, (game_frame, place) in DEFECTS.items():
            with self.subTest(name):
                at = next(i for i, line in enumerate(lines) if f"over        {name} (declared by the program)" in line)
                self.assertIn(f" in game frame {game_frame}, the limit is ", lines[at])
                self.assertIn(place, lines[at + 1])
        self.assertIn("6 broken, 2 kept", text)

    def ask(self, command, *words):
        outcome = self.recording.heapreel(command, "--json", *words)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return json.loads(outcome.stdout)

    def growth(self, first, last):
        """Function -> (bytes, blocks) between two game frames of one level."""
        rows = self.ask("diff", f"game.reel@{first}", f"game.reel@{last}")["differences"]
        return {row["traceback"][-1].get("function") or "": (row["size_diff"], row["count_diff"]) for row in rows}

    def churn(self, by, first, last):
        rows = self.ask("diff", "--churn", "--by", by, f"game.reel@{first}", f"game.reel@{last}")["churn"]
        return {row["traceback"][-1].get("name") or row["traceback"][-1].get("function"): row for row in rows}

    def test_the_game_runs_without_heapreel(self):
        self.assertEqual(self.alone.returncode, 0, self.alone.stderr)
        self.assertIn("frames 3,", self.alone.stdout)

    def test_run_finds_all_of_them(self):
        self.assertEqual(self.outcome.returncode, 1, self.outcome.stderr)
        self.assert_finds_all(self.outcome.stderr)

    def test_check_finds_all_of_them_in_the_reel(self):
        outcome = self.recording.heapreel("check", "game.reel")
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assert_finds_all(outcome.stdout)

    def test_check_finds_all_of_them_in_the_reel_that_the_game_recorded_of_itself(self):
        self.assertEqual(self.inside.returncode, 1, self.inside.stderr)
        for name in DEFECTS:
            self.assertIn(f"heapreel: the budget of {name} is broken: ", self.inside.stderr)
        outcome = self.recording.heapreel("check", "own.reel")
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assert_finds_all(outcome.stdout)

    def test_without_defects_the_budgets_are_kept(self):
        self.assertEqual(self.clean.returncode, 0, self.clean.stderr)
        outcome = self.recording.heapreel("check", "clean.reel")
        self.assertEqual(outcome.returncode, 0, outcome.stdout + outcome.stderr)

    def test_a_leak_in_each_game_frame_is_a_difference(self):
        self.assertEqual(self.growth(100, 180)["Game::combat(int)"], (64 * 80, 80))

    def test_a_growing_cache_is_a_difference(self):
        self.assertEqual(self.growth(100, 180)["Game::paths(int)"][1], 180 // 3 - 100 // 3)

    def test_a_block_that_is_kept_at_the_level_s_end_is_a_leak(self):
        rows = self.ask("leaks", "-n", 1000, "--by", "function", "--born", "0..199", "--at", 205, "game.reel")["statistics"]
        lightmap = [row for row in rows if row["traceback"][-1].get("name", "").startswith("bake_lightmap")]
        self.assertEqual([(row["size"], row["count"]) for row in lightmap], [(65536, 1)])

    def test_a_storm_is_the_worst_game_frame(self):
        answer = self.ask("frames", "-n", 1, "game.reel")["game_frames"][0]
        self.assertGreaterEqual(answer["allocs"], 20000)
        self.assertEqual(answer["game_frame"], 250)

    def test_a_thread_that_must_not_allocate_shows_in_the_churn_by_thread(self):
        audio = next(row for name, row in self.churn("thread", 90, 100).items() if name.startswith("audio"))
        self.assertEqual(audio["allocs"], 2)  # the vector, and its elements

    def test_an_arena_that_is_too_small_shows_in_the_churn_by_function(self):
        self.assertGreater(self.churn("function", 325, 340)["FrameArena::overflow(unsigned long)"]["allocs"], 5)


if __name__ == "__main__":
    unittest.main()
