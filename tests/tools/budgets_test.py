"""Budgets of a real run, from the program's source to what the command shows."""

import pathlib
import subprocess
import unittest

from command_case import CommandCase


class BudgetsTest(CommandCase):
    def record(self, *words):
        reel = self.folder / "game.reel"
        outcome = self.heapreel("run", "-f", "-o", reel, "--", self.programs / "budgets", *words)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return reel

    def test_what_a_program_declares_is_in_its_reel(self):
        reel = self.record()
        text = self.heapreel("info", reel).stdout
        self.assertIn("\n  budget      Physics: 0 allocs per game frame\n", text)
        self.assertIn("\n  budget      Textures: 512 MiB live\n", text)
        self.assertIn("\n  budget      domain:Pool: 64.0 KiB allocated per game frame, 1000 B live\n", text)
        info = self.info(reel)
        self.assertEqual(
            info["budgets"],
            [
                {"name": "Physics", "by": "program", "allocs_per_game_frame": 0},
                {"name": "Textures", "by": "program", "live_bytes": 512 << 20},
                {"name": "domain:Pool", "by": "program", "alloc_bytes_per_game_frame": 64 << 10, "live_bytes": 1000},
            ],
        )
        self.assertEqual(info["budgets_refused"], 0)

    def test_a_function_that_is_not_reached_declares_nothing(self):
        names = [budget["name"] for budget in self.info(self.record("1"))["budgets"]]
        self.assertEqual(names, ["Physics", "Textures"])

    def test_a_program_with_budgets_runs_as_well_without_heapreel(self):
        self.assertEqual(subprocess.run([self.programs / "budgets"], env=self.environment).returncode, 0)


class OldAndRefusedBudgetsTest(CommandCase):
    def vector(self, name):
        return pathlib.Path(__file__).parent.parent / "vectors" / name

    def test_what_was_refused_is_said(self):
        reel = self.vector("golden_budgets.reel")
        self.assertIn(
            "\n  budgets     300 more were refused: there is room for 1,024 names\n", self.heapreel("info", reel).stdout
        )
        self.assertEqual(self.info(reel)["budgets_refused"], 300)

    def test_a_budget_that_was_lifted_and_one_of_the_run_are_told_apart(self):
        text = self.heapreel("info", self.vector("golden_budgets.reel")).stdout
        self.assertIn("\n  budget      thread:main: no limit\n", text)
        self.assertIn("\n  budget      Textures: 512 MiB live\n", text)
        self.assertIn("\n  budget      Textures: 256 MiB live (given to the run)\n", text)

    def test_reels_from_before_there_were_budgets_show_none(self):
        reel = self.vector("golden_run.reel")
        self.assertNotIn("\n  budget", self.heapreel("info", reel).stdout)
        self.assertEqual(self.info(reel)["budgets"], [])


if __name__ == "__main__":
    unittest.main()
