"""Budgets of a real run, from the program's source to what the command shows."""

import pathlib
import subprocess
import unittest

from command_case import CommandCase

SOURCE = (pathlib.Path(__file__).parent / "programs/budgets.cc").read_text().splitlines()
SOLVE = next(number for number, line in enumerate(SOURCE, 1) if "malloc(50)" in line)
LOAD = next(number for number, line in enumerate(SOURCE, 1) if "malloc(1'000)" in line)


class BudgetsTest(CommandCase):
    def record(self, *words):
        reel = self.folder / "game.reel"
        outcome = self.heapreel("run", "-f", "--frame-every", 0, "-o", reel, "--", self.programs / "budgets", *words)
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


class RunWithBudgetsTest(CommandCase):
    def run_with(self, budgets, *words, options=()):
        file = self.folder / "memory.toml"
        file.write_text(budgets)
        return self.heapreel(
            "run", "-f", "--frame-every", 0, "-o", "game.reel", "--budgets", file.name, *options, "--",
            *(words or [self.programs / "budgets"]))

    def test_names_the_worst_game_frame_the_limit_and_the_call_site_of_what_is_broken(self):
        outcome = self.run_with(
            '[Physics]\nallocs_per_game_frame = 0\n["Physics/Solver"]\nallocs_per_game_frame = 5\n'
            '[Textures]\nlive_bytes = "4K"\n[Nobody]\nlive_bytes = 0\n'
        )
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertTrue(outcome.stderr.splitlines()[-1].startswith("wrote game.reel"), outcome.stderr)
        self.assertIn("  budgets     2 broken, 2 kept, over 6 game frames\n", outcome.stderr)
        self.assertRegex(
            outcome.stderr,
            r"  over        Physics: 5 allocs in game frame 4, the limit is 0 allocs; 2 game frames are over it\n"
            rf" +5 allocs: .*solve\(int\)  \S*budgets\.cc:{SOLVE}\n",
        )
        self.assertRegex(
            outcome.stderr,
            r"  over        Textures: 6000 B live in game frame 5, the limit is 4096 B live; 2 game frames are over it\n"
            rf" +6000 B live: .*load_texture\(int\)  \S*budgets\.cc:{LOAD}\n",
        )
        self.assertIn("  not met     Nobody: nothing was allocated under this name\n", outcome.stderr)

    def test_budgets_that_are_kept_are_said_and_recorded(self):
        outcome = self.run_with(
            'first_game_frame = 5\n[Physics]\nallocs_per_game_frame = 0\n["*"]\nlive_bytes = "1G"\n'
            '["domain:malloc"]\nalloc_bytes_per_game_frame = 1000000\n'
        )
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("  budgets     0 broken, 3 kept, over 1 game frames\n", outcome.stderr)
        given = [budget for budget in self.info(self.folder / "game.reel")["budgets"] if budget["by"] == "run"]
        self.assertEqual(
            given,
            [
                {"name": "*", "by": "run", "live_bytes": 1 << 30},
                {"name": "Physics", "by": "run", "allocs_per_game_frame": 0},
                {"name": "domain:malloc", "by": "run", "alloc_bytes_per_game_frame": 1_000_000},
            ],
        )

    def test_a_budget_that_could_not_be_checked_is_not_passed(self):
        never = "first_game_frame = 1000\n[Physics]\nallocs_per_game_frame = 0\n"
        outcome = self.run_with(never)
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertIn("1 not checked", outcome.stderr)
        self.assertIn("no game frame ended that is to be looked at", outcome.stderr)

    def test_a_program_that_fails_keeps_its_own_status(self):
        outcome = self.run_with('["*"]\nlive_bytes = 0\n', self.known_heap, "counts", options=("--frame-every", "1"))
        self.assertEqual(outcome.returncode, 7, outcome.stderr)

    def test_a_wrong_file_is_told_by_line_and_nothing_is_started(self):
        for budgets, message in (
            ("[Physics]\nallocs = 3\n", "memory.toml:2: 'allocs' is no limit: there are allocs_per_game_frame"),
            ("\n[Physics\n", "memory.toml:2: "),
            ("[A]\nlive_bytes = 1\n[A]\nlive_bytes = 2\n", "memory.toml:3: "),
            ("[Physics]\nlive_bytes = -1\n", "memory.toml:2: live_bytes is bytes: a number from 0"),
            ('[Physics]\nlive_bytes = "5X"\n', "memory.toml:2: live_bytes is bytes"),
            ('[Physics]\nlive_bytes = "99999999T"\n', "memory.toml:2: live_bytes is bytes"),
            ('[Physics]\nallocs_per_game_frame = "5K"\n', "memory.toml:2: allocs_per_game_frame is a number from 0"),
            ("[Physics]\n", "memory.toml:1: the budget of 'Physics' has no limit"),
            ("Physics = 3\n", "memory.toml:1: 'Physics' is neither a budget nor first_game_frame"),
            ("first_game_frame = -1\n", "memory.toml:1: first_game_frame is the number of a game frame"),
            ('["thread:main"]\nlive_bytes = 1\n', "memory.toml:1: what a thread allocates in a game frame is not known"),
            (f'["{"x" * 120}"]\nlive_bytes = 1\n', "memory.toml:1: a name has 1 to 119 bytes, this one has 120"),
            ("", "memory.toml: has no budget"),
        ):
            with self.subTest(budgets=budgets):
                outcome = self.run_with(budgets)
                self.assertEqual(outcome.returncode, 2, outcome.stderr)
                self.assertIn(message, outcome.stderr)
                self.assertNotIn("game.reel", self.files())

    def test_a_file_that_is_not_there_is_told(self):
        outcome = self.heapreel("run", "--budgets", "none.toml", "--", self.known_heap)
        self.assertEqual(outcome.returncode, 2)
        self.assertIn("none.toml", outcome.stderr)

    def test_a_family_is_refused(self):
        outcome = self.run_with("[Physics]\nlive_bytes = 1\n", options=("--follow-forks",))
        self.assertEqual(outcome.returncode, 2)
        self.assertIn("--budgets: not together with --follow-forks", outcome.stderr)


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
