"""Budgets that a program declares, judged in the program itself, without `heapreel run`."""

import subprocess
import unittest

from command_case import CommandCase

BROKEN = "heapreel: the budget of Physics is broken: allocs_per_game_frame is 3 in game frame 0, at most 2, most of it by "


class OwnBudgetsTest(CommandCase):
    def judged(self, mode, *words, **environment):
        return subprocess.run([str(self.programs / "judges_itself"), mode, *words], env={**self.environment, **environment},
                              cwd=self.folder, capture_output=True, text=True, timeout=120)

    def test_a_broken_budget_is_told_once_with_its_call_site(self):
        outcome = self.judged("log")
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertEqual(outcome.stderr.count("\n"), 1, outcome.stderr)
        self.assertTrue(outcome.stderr.startswith(BROKEN), outcome.stderr)
        self.assertIn("make_two() at ", outcome.stderr)

    def test_kept_budgets_are_silent(self):
        for mode in "kept", "nothing":
            outcome = self.judged(mode)
            self.assertEqual((outcome.returncode, outcome.stderr), (0, ""), mode)

    def test_a_reel_of_its_own_changes_nothing(self):
        outcome = self.judged("log", "own.reel")
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertTrue(outcome.stderr.startswith(BROKEN), outcome.stderr)
        self.assertEqual(self.judged("kept", "kept.reel").returncode, 0)
        for reel, status in ("own.reel", 1), ("kept.reel", 0):
            self.assertEqual(self.heapreel("check", reel, "--budgets", "declared").returncode, status)

    def test_a_name_that_nothing_has_does_not_pass(self):
        outcome = self.judged("typo")
        self.assertEqual(outcome.returncode, 1)
        self.assertIn("nothing has the name of the budget Physcis", outcome.stderr)

    def test_what_could_not_be_judged_does_not_pass(self):
        for mode, said in ("untraced", "were not judged"), ("no-frame", "no game frame has ended since"):
            outcome = self.judged(mode)
            self.assertEqual(outcome.returncode, 4, outcome.stderr)
            self.assertIn(said, outcome.stderr)

    def test_nothing_is_said_where_nothing_shall_be(self):
        outcome = self.judged("none")
        self.assertEqual((outcome.returncode, outcome.stderr), (1, ""))

    def test_a_callback_is_called_once_for_a_call_site_and_may_do_anything(self):
        outcome = self.judged("callback")
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        first, last = outcome.stdout.splitlines()
        self.assertRegex(first, r"^Physics allocs_per_game_frame 3 2 0 .*make_two\(\) at .* 1$")
        self.assertEqual(last, "1 calls, 1")
        self.assertEqual(outcome.stderr, "")

    def test_abort_ends_the_program_after_it_was_told(self):
        outcome = self.judged("abort")
        self.assertEqual(outcome.returncode, -6)
        self.assertTrue(outcome.stderr.startswith(BROKEN), outcome.stderr)

    def test_without_a_debugger_nothing_stops(self):
        outcome = self.judged("debug")
        self.assertEqual(outcome.returncode, 1)
        self.assertTrue(outcome.stderr.startswith(BROKEN), outcome.stderr)

    def test_a_budget_declared_while_it_runs_is_judged_from_then_on(self):
        outcome = self.judged("late")
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertIn("allocs_per_game_frame is 3 in game frame 10, at most 2", outcome.stderr)

    def test_game_frames_of_the_timer_are_judged_at_the_end(self):
        outcome = self.judged("timer")
        self.assertEqual(outcome.returncode, 1)
        self.assertRegex(outcome.stderr, r"^heapreel: the budget of Physics is broken: allocs_per_game_frame is \d+ over all game "
                                         r"frames, the most in game frame \d+, at most 0\n$")

    def test_percentiles_and_averages_are_judged_at_the_end_and_told_once(self):
        for words in ((), ("own.reel",)):
            outcome = self.judged("averages", *words)
            self.assertEqual(outcome.returncode, 1, outcome.stderr)
            self.assertEqual(sorted(outcome.stderr.splitlines()), [
                "heapreel: the budget of Physics is broken: allocs_per_game_frame_average is 3 over all game frames, the most in "
                "game frame 0, at most 2",
                "heapreel: the budget of Physics is broken: allocs_per_game_frame_p99 is 3 over all game frames, the most in "
                "game frame 0, at most 1"], words)

    def test_all_limits_of_a_file_can_be_declared(self):
        outcome = self.judged("details", "own.reel")
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        for told in ("allocs_per_game_frame is 3 in game frame 3, at most 0", "live_blocks is 4 in game frame 3, at most 3",
                     "blocks_left is 4 in game frame 5, at most 2"):
            self.assertIn(told, outcome.stderr)
        self.assertEqual(outcome.stderr.count("\n"), 3, outcome.stderr)
        checked = self.heapreel("check", "own.reel")
        self.assertEqual(checked.returncode, 1)
        for told in ("3 allocs in game frame 3, the limit is 0 allocs", "in game frame 6, the limit is 3",
                     "4 blocks left in game frame 5 of what was born between the marks loaded and unloaded"):
            self.assertIn(told, checked.stdout)
        self.assertIn("never seen  Cutscene", checked.stdout)
        self.assertIn("1 broken, 1 kept", checked.stdout)

    def test_breaches_and_findings_have_the_programs_numbers(self):
        outcome = self.judged("numbers", "own.reel")
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertIn("allocs_per_game_frame is 3 in game frame 502, at most 2", outcome.stderr)
        self.assertIn("3 allocs in game frame 502, the limit is 2", self.heapreel("check", "own.reel").stdout)

    def test_a_forked_child_is_not_judged(self):
        self.assertEqual(self.judged("fork").returncode, 1)

    def test_after_stop_it_tells_of_what_was_traced(self):
        self.assertEqual(self.judged("restart").returncode, 1)
        for words in ((), ("own.reel",)):
            outcome = self.judged("stopped", *words)
            self.assertEqual((outcome.returncode, outcome.stderr), (0, ""), words)

    def test_the_environment_says_what_happens(self):
        outcome = self.judged("log", HEAPREEL="10", HEAPREEL_OPTIONS="frame_every_ms=0:on_breach=abort")
        self.assertEqual(outcome.returncode, -6, outcome.stderr)

    def test_under_run_it_asks_the_run(self):
        for mode, status in ("log", 1), ("kept", 0), ("no-frame", 4):
            outcome = self.heapreel("run", "-f", "-o", "run.reel", "--every-game-frame", "--frame-every", "0", "--",
                                    self.programs / "judges_itself", mode)
            self.assertEqual(outcome.returncode, status, outcome.stderr)
            self.assertNotIn("at most 2, most", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
