"""Budgets of a real run, from the program's source to what the command shows."""

import json
import pathlib
import subprocess
import unittest

from command_case import CommandCase

SOURCE = (pathlib.Path(__file__).parents[2] / "programs/budgets.cc").read_text().splitlines()
SOLVE = next(number for number, line in enumerate(SOURCE, 1) if "malloc(50)" in line)
THREADS = (pathlib.Path(__file__).parents[2] / "programs/budget_threads.cc").read_text().splitlines()
MIX = next(number for number, line in enumerate(THREADS, 1) if "malloc(40)" in line)
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

    def test_what_a_program_declares_is_judged(self):
        for asked, status in ((), 0), (("--budgets", "declared"), 1):
            outcome = self.heapreel("run", "-f", "-o", "judged.reel", "--frame-every", 0, *asked, "--",
                                    self.programs / "budgets")
            self.assertEqual(outcome.returncode, status, outcome.stderr)
            self.is_told_of_physics(outcome)
            self.assertEqual("`run --budgets declared` lets the program's own budgets decide" in outcome.stderr, not asked)

    def is_told_of_physics(self, outcome):
        self.assertIn("  budgets     1 broken, 1 kept, 1 of names that were never seen, over 6 game frames\n", outcome.stderr)
        self.assertRegex(
            outcome.stderr,
            r"  over        Physics \(declared by the program\): 5 allocs in game frame 4, the limit is 0 allocs; "
            rf"2 game frames are over it\n +5 allocs: .*solve\(int\)  \S*budgets\.cc:{SOLVE}\n")

    def test_a_run_that_nobody_asked_to_judge_passes_on_the_programs_status(self):
        outcome = self.heapreel("run", "-o", "short.reel", "--frame-every", 0, "--", self.programs / "budgets", "2")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.is_told_of_pool(outcome)
        outcome = self.heapreel("run", "-f", "-o", "short.reel", "--frame-every", 0, "--budgets", "declared", "--",
                                self.programs / "budgets", "2")
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.is_told_of_pool(outcome)

    def test_a_program_that_declares_none_does_not_pass_by_them(self):
        outcome = self.heapreel("run", "-o", "none.reel", "--frame-every", 1, "--budgets", "declared", "--",
                                self.known_heap, "status", "0")
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertIn("budgets     none to check: the program declared none", outcome.stderr)

    def is_told_of_pool(self, outcome):
        self.assertIn("  never seen  domain:Pool (declared by the program): nothing in this run has this name; check the "
                      "name in the program's HEAPREEL_BUDGET", outcome.stderr)

    def test_a_program_with_budgets_runs_as_well_without_heapreel(self):
        self.assertEqual(subprocess.run([self.programs / "budgets"], env=self.environment).returncode, 0)


class BudgetFileCase(CommandCase):
    def run_with(self, budgets, *words, options=()):
        file = self.folder / "memory.toml"
        file.write_text(budgets)
        return self.heapreel(
            "run", "-f", "--frame-every", 0, "-o", "game.reel", "--budgets", file.name, *options, "--",
            *(words or [self.programs / "budgets"]))


class RunWithBudgetsTest(BudgetFileCase):
    def test_names_the_worst_game_frame_the_limit_and_the_call_site_of_what_is_broken(self):
        outcome = self.run_with(
            '[Physics]\nallocs_per_game_frame = 0\n["Physics/Solver"]\nallocs_per_game_frame = 5\n'
            '[Textures]\nlive_bytes = "4K"\n[Nobody]\nlive_bytes = 0\n["domain:Pool"]\nrequired = false\n'
        )
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertTrue(outcome.stderr.splitlines()[-1].startswith("wrote game.reel"), outcome.stderr)
        self.assertIn("  budgets     3 broken, 3 kept, 1 of names that were never seen, over 6 game frames\n", outcome.stderr)
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
        self.assertIn("  never seen  Nobody: nothing in this run has this name; check the name", outcome.stderr)

    def test_budgets_that_are_kept_are_said_and_recorded(self):
        outcome = self.run_with(
            'first_game_frame = 5\n[Physics]\nallocs_per_game_frame = 0\n["*"]\nlive_bytes = "1G"\n'
            '["domain:malloc"]\nalloc_bytes_per_game_frame = 1000000\n["domain:Pool"]\nrequired = false\n'
        )
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("  budgets     0 broken, 6 kept, over 1 game frame\n", outcome.stderr)
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
        never = (
            "first_game_frame = 1000\n[Physics]\nallocs_per_game_frame = 0\n['domain:Pool']\nrequired = false\n"
        )
        outcome = self.run_with(never)
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertIn("3 not checked", outcome.stderr)
        self.assertIn("no game frame ended that the budgets apply to", outcome.stderr)

    def test_a_program_that_fails_keeps_its_own_status(self):
        outcome = self.run_with('["*"]\nlive_bytes = 0\n', self.known_heap, "counts", options=("--frame-every", "1"))
        self.assertEqual(outcome.returncode, 7, outcome.stderr)

    def test_a_wrong_file_is_told_by_line_and_nothing_is_started(self):
        for budgets, message in (
            ("[Physics]\nallocs = 3\n", "memory.toml:2: 'allocs' is not a limit, did you mean 'allocs_per_game_frame'?"),
            ("[Physics]\nhats = 3\n", "memory.toml:2: 'hats' is not a limit; the limits are allocs_per_game_frame"),
            ("\n[Physics\n", "memory.toml:2: "),
            ("[A]\nlive_bytes = 1\n[A]\nlive_bytes = 2\n", "memory.toml:3: "),
            ("[Physics]\nlive_bytes = -1\n", "memory.toml:2: live_bytes must be a number of bytes, or a text with a suffix"),
            ('[Physics]\nlive_bytes = "5X"\n', "memory.toml:2: live_bytes must be a number of bytes"),
            ('[Physics]\nlive_bytes = "99999999T"\n', "memory.toml:2: live_bytes must be a number of bytes"),
            ('[Physics]\nallocs_per_game_frame = "5K"\n', "memory.toml:2: allocs_per_game_frame must be a number, 0 or more"),
            ("[Physics]\n", "memory.toml:1: the budget of 'Physics' has no limit"),
            ("Physics = 3\n", "memory.toml:1: 'Physics' is neither a budget nor first_game_frame"),
            ("first_game_frame = -1\n", "memory.toml:1: first_game_frame must be the number of a game frame"),
            (f'["{"x" * 120}"]\nlive_bytes = 1\n', "memory.toml:1: a name must have 1 to 119 bytes; this one has 120"),
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
        self.assertIn("--budgets and --follow-forks exclude each other", outcome.stderr)


class ThreadBudgetsTest(BudgetFileCase):
    """Budgets of threads, whose blocks main frees."""

    SILENT = '["thread:audio"]\nallocs_per_game_frame = 0\nalloc_bytes_per_game_frame = 159\n'

    def run_audio(self, budgets, *words):
        return self.run_with(budgets, self.programs / "budget_threads", *words)

    def assert_broken(self, outcome):
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        over = "in game frame 3, the limit is"
        self.assertIn(f"thread:audio: 4 allocs {over} 0 allocs; 1 game frame is over it\n", outcome.stderr)
        self.assertIn(f"thread:audio: 160 B allocated {over} 159 B allocated; 1 game frame is over it\n", outcome.stderr)

    def assert_site_is_named(self, outcome):
        for value in ("4 allocs", "160 B allocated"):
            self.assertRegex(outcome.stderr, rf"\n +{value}: .*mix\(int, int\)  \S*budget_threads\.cc:{MIX}\n")

    def test_a_thread_that_allocates_alone_is_found_with_its_call_site(self):
        outcome = self.run_audio(self.SILENT)
        self.assert_broken(outcome)
        self.assert_site_is_named(outcome)

    def test_beside_another_thread_the_call_site_is_known_where_the_blocks_live_on(self):
        outcome = self.run_audio(self.SILENT, "others", "keeps")
        self.assert_broken(outcome)
        self.assert_site_is_named(outcome)

    def test_a_call_site_that_is_not_known_is_not_made_up(self):
        outcome = self.run_audio(self.SILENT, "others")
        self.assert_broken(outcome)
        self.assertNotIn("budget_threads.cc", outcome.stderr)
        self.assertEqual(outcome.stderr.count("its call sites are not known, because other threads allocated too"), 2)

    def test_threads_of_one_name_are_summed(self):
        outcome = self.run_audio(self.SILENT, "others", "keeps", "two")
        self.assert_broken(outcome)
        self.assert_site_is_named(outcome)

    def test_what_lives_is_counted_for_who_allocated_it(self):
        outcome = self.run_audio('["thread:audio"]\nlive_bytes = 159\n', "others", "keeps")
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertRegex(
            outcome.stderr,
            r"thread:audio: 160 B live in game frame 3, the limit is 159 B live; 1 game frame is over it\n"
            rf" +160 B live: .*mix\(int, int\)  \S*budget_threads\.cc:{MIX}\n",
        )

    def test_a_budget_that_a_thread_keeps_is_kept_and_one_of_nobody_is_told(self):
        outcome = self.run_audio('["thread:audio"]\nallocs_per_game_frame = 4\n["thread:Audio"]\nlive_bytes = 0\n')
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertIn("  budgets     0 broken, 1 kept, 1 of names that were never seen, over 6 game frames\n",
                      outcome.stderr)
        self.assertNotIn("never seen  thread:audio", outcome.stderr)
        self.assertIn("  never seen  thread:Audio: no thread had this name when it first allocated or freed, "
                      "did you mean 'thread:audio'?", outcome.stderr)

    def test_a_name_that_is_never_seen_passes_only_where_that_is_allowed(self):
        outcome = self.run_audio('["thread:audoi"]\nlive_bytes = 0\nrequired = false\n')
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("  budgets     0 broken, 1 kept, over 6 game frames\n", outcome.stderr)
        self.assertIn("  never seen  thread:audoi: no thread had this name when it first allocated or freed, "
                      "did you mean 'thread:audio'?\n", outcome.stderr)
        outcome = self.run_audio('["thread:audio"]\nlive_bytes = "1M"\nrequired = 1\n')
        self.assertEqual(outcome.returncode, 2, outcome.stderr)
        self.assertIn("required must be true or false", outcome.stderr)

    def test_churn_by_thread_tells_the_same(self):
        self.run_audio(self.SILENT, "others")
        churn = ("diff", "game.reel@2", "game.reel@3", "--churn", "--by", "thread")
        groups = json.loads(self.heapreel(*churn, "--json").stdout)["churn"]
        (audio,) = [group for group in groups if group["traceback"][0]["name"].startswith("audio (")]
        figures = {name: audio[name] for name in ("allocs", "alloc_bytes", "frees", "freed_bytes", "reallocs")}
        self.assertEqual(figures, {"allocs": 4, "alloc_bytes": 160, "frees": 4, "freed_bytes": 160, "reallocs": 0})
        (chosen,) = json.loads(self.heapreel(*churn, "--thread", "audio", "--json").stdout)["churn"]
        self.assertEqual(chosen, audio)
        self.assertIn("up to 64 B", self.heapreel(*churn[:-1], "size_class").stdout)


class OldAndRefusedBudgetsTest(CommandCase):
    def vector(self, name):
        return pathlib.Path(__file__).parents[3] / "vectors" / name

    def test_what_was_refused_is_said(self):
        reel = self.vector("golden_budgets.reel")
        self.assertIn(
            "\n  budgets     300 more were refused, because there is room for 1,024 names only\n", self.heapreel("info", reel).stdout
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
