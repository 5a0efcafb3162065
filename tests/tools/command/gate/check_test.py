"""`heapreel check`: a recording against budgets, with the status and the words that CI sees."""

import json
import pathlib
import unittest

from command_case import CommandCase

SOURCE = (pathlib.Path(__file__).parents[2] / "programs/gate.cc").read_text().splitlines()


def line_of(text):
    return next(number for number, line in enumerate(SOURCE, 1) if text in line)


class CheckCase(CommandCase):
    def game(self, *words, reel="game.reel"):
        outcome = self.heapreel("run", "-f", "--frame-every", 0, "--every-game-frame", "-o", reel, "--", self.programs / "gate", *words)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return reel

    def budgets(self, text, name="memory.toml"):
        (self.folder / name).write_text(text)
        return name

    def check(self, reel, budgets, *words):
        return self.heapreel("check", reel, "--budgets", self.budgets(budgets), *words)


class CheckTest(CheckCase):
    def test_a_game_that_keeps_to_its_budgets_passes(self):
        outcome = self.check(
            self.game(),
            '[Scripts]\nallocs_per_game_frame = 3\nallocs_per_game_frame_average = 3\nfrees_per_game_frame = 3\n'
            'alloc_bytes_per_game_frame = 300\nlive_bytes = 0\n[Level]\nlive_blocks = 5\nlive_bytes = "5000"\n'
            'blocks_left = 0\nbetween = ["level-loaded", "level-unloaded"]\n["function:run_scripts"]\n'
            'allocs_per_game_frame = 3\n["thread:main"]\nrequired = false\n',
        )
        self.assertEqual((outcome.returncode, outcome.stderr), (0, ""), outcome.stdout)
        self.assertEqual(outcome.stdout, "game.reel: passed\n  budgets     0 broken, 3 kept, over 40 game frames\n")

    def test_a_typo_never_passes(self):
        """Each of these would pass if it were taken for what was meant: the limits are high."""
        reel = self.game("left")
        much = "live_bytes = 1000000000\n"
        level = "[Level]\nblocks_left = 1000\n"
        marks = "between = ['level-loaded', 'level-unloaded']\n"
        for budgets in (
            f"[Combatt]\n{much}", f"[combat]\n{much}", f"['Combat ']\n{much}", f"['Combat/']\n{much}", f"[Comb]\n{much}",
            f"['Combat*']\n{much}", f"['tag:Combat']\n{much}", f"['domian:malloc']\n{much}", f"['Domain:malloc']\n{much}",
            f"['domain: malloc']\n{much}", f"['thread:maim']\n{much}", f"['function:figth']\n{much}",
            f"['file:gate.cpp']\n{much}", f"['module:gatee']\n{much}", f"['**']\n{much}",
            f"first_game_frame = 400\n[Combat]\n{much}", f"first_game_frame = 'mark:level-laoded'\n[Combat]\n{much}",
            f"first_game_frame = 'mark:level-loaded+4O'\n[Combat]\n{much}",
            f"{level}between = ['level-loaded', 'level-unloded']\n", f"{level}{marks}settle_game_frames = 4000\n",
            "[Combat]\nlive_bytes_growth_per_100_game_frames = 1000000\n",
        ):
            with self.subTest(budgets=budgets):
                outcome = self.check(reel, budgets)
                self.assertIn(outcome.returncode, (1, 4), outcome.stdout + outcome.stderr)

    def test_the_nearest_name_is_told(self):
        reel = self.game("left")
        for name, meant in (("function:run_scirpts", "function:run_scripts"), ("file:gaet.cc", "file:gate.cc"),
                            ("module:gaet", "module:gate"), ("tag:Scripts", "Scripts"), ("scrip", "Scripts")):
            outcome = self.check(reel, f"['{name}']\nlive_bytes = 1000000000\n")
            self.assertEqual(outcome.returncode, 1, outcome.stderr)
            self.assertIn(f"did you mean '{meant}'?", outcome.stdout)

    def test_what_is_over_a_limit_is_named_with_its_game_frame_and_call_site(self):
        outcome = self.check(
            self.game("leak", "storm", "late", "left"),
            'first_game_frame = 10\n[Scripts]\nallocs_per_game_frame = 10\nallocs_per_game_frame_average = 10\n'
            '[Combat]\nlive_bytes = 2000\n["*"]\nnew_sites = 0\n'
            '[Level]\nblocks_left = 0\nbetween = ["level-loaded", "level-unloaded"]\nfirst_game_frame = 0\n',
        )
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertTrue(outcome.stdout.startswith("game.reel: failed\n  budgets     4 broken, 0 kept, over 40 game frames\n"))
        storm = line_of("malloc(100)")
        for message, site in (
            (r"Scripts: 500 allocs in game frame 12, the limit is 10 allocs; 1 game frame is over it", storm),
            (r"Scripts: 20 allocs per game frame on average \(rounded up\), the limit is 10 allocs; the most is in game "
             r"frame 12", storm),
            (r"Combat: 2560 B live in game frame 39, the limit is 2000 B live; 9 game frames are over it",
             line_of("malloc(64)")),
            (r"\*: 1 new call site, the first in game frame 30, the limit is 0 new call sites", line_of("malloc(10)")),
            (r"Level: 1 block left in game frame 9 of what was born between the marks level-loaded and level-unloaded, the "
             r"limit is 0 blocks left; 4 of 4 times it is over it", line_of("malloc(1'000)")),
        ):
            self.assertRegex(outcome.stdout, rf"  over        {message}\n +\S.*\S*gate\.cc:{site}\n")

    def test_the_run_says_the_same(self):
        text = '[Scripts]\nallocs_per_game_frame = 2\nfrees_per_game_frame_p99 = 2\n["function:run_scripts"]\nlive_blocks = 0\n'
        budgets = self.budgets(text)
        run = self.heapreel(
            "run", "-f", "--frame-every", 0, "--every-game-frame", "-o", "game.reel", "--budgets", budgets, "--",
            self.programs / "gate")
        check = self.check("game.reel", text)
        self.assertEqual((run.returncode, check.returncode), (1, 1))
        self.assertIn("".join(check.stdout.splitlines(keepends=True)[1:]), run.stderr)
        self.assertIn("1 in 100 game frames has 3 frees or more, the limit is 2 frees; 40 of 40 game frames are over it",
                      check.stdout)

    def test_an_arena_that_holds_too_much_within_a_game_frame_is_over_though_it_is_empty_at_the_end(self):
        budgets = '["domain:Scratch"]\nlive_bytes = 0\npeak_bytes = 1000\n'
        self.assertEqual(self.check(self.game("arena"), budgets).returncode, 0)
        self.assertEqual(self.check("game.reel", budgets.replace("1000", "999")).returncode, 1)
        outcome = self.check(self.game("arena", "full", reel="full.reel"), budgets)
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertRegex(
            outcome.stdout,
            r"  over        domain:Scratch: 9000 B live at once in game frame 12, the limit is 1000 B live at once; 1 game frame "
            rf"is over it\n +9000 B live at once: \S.*gate\.cc:{line_of('HEAPREEL_ALLOC')}\n")
        run = self.heapreel("run", "-f", "--frame-every", 0, "--every-game-frame", "-o", "game.reel", "--budgets",
                            "memory.toml", "--", self.programs / "gate", "arena", "full")
        self.assertEqual(run.returncode, 1)
        self.assertIn("".join(outcome.stdout.splitlines(keepends=True)[1:]), run.stderr)

    def test_json_has_every_limit(self):
        outcome = self.check(self.game("leak"), "[Combat]\nlive_bytes = 10\nlive_blocks = 90\n", "--json")
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        result = json.loads(outcome.stdout)
        self.assertEqual(result["schema"], "heapreel.check/1")
        self.assertEqual(result["status"], 1)
        over, kept = result["findings"]
        self.assertEqual(
            {name: over[name] for name in ("state", "name", "rule", "value", "limit", "game_frame", "game_frames_over", "line")},
            {"state": "over", "name": "Combat", "rule": "live_bytes", "value": 2560, "limit": 10, "game_frame": 39,
             "game_frames_over": 40, "line": 1})
        self.assertEqual(over["site"][0]["lineno"], line_of("malloc(64)"))
        self.assertEqual((kept["state"], kept["value"], kept["limit"]), ("kept", 40, 90))

    def test_a_typo_never_passes(self):
        reel = self.game("arena")
        for budgets, status, message in (
            ("[Script]\nlive_bytes = 0\n", 1, "Script: nothing in this run has this name, did you mean 'Scripts'?; check"),
            ('["tread:main"]\nlive_bytes = 0\n', 1, "tread:main: nothing in this run has this name"),
            ('["function:run_skripts"]\nlive_bytes = 0\n', 1, "function:run_skripts: nothing in this run"),
            ('[Level]\nblocks_left = 0\nbetween = ["level-loadd", "level-unloaded"]\n', 1,
             "the program never passed the mark level-loadd, did you mean 'level-loaded'?"),
            ('[Level]\nlive_bytes = 0\nfirst_game_frame = "mark:lvel-loaded"\n', 1, "never passed the mark lvel-loaded"),
            ("[Level]\nlive_byte = 0\n", 2, "memory.toml:2: 'live_byte' is not a limit, did you mean 'live_bytes'?"),
            ("[Level]\nlive_bytes = 0\nrequird = false\n", 2, "'requird' is not a limit, did you mean 'required'?"),
            ('[Level]\nblocks_left = 0\n', 2, "limits what is left between two marks: name them"),
            ('[Level]\nlive_bytes = 0\nbetween = ["a", "b"]\n', 2, "has no limit of what is left between them"),
            ('[Level]\nlive_bytes = 0\nbetween = ["a"]\n', 2, "between must be the names of two marks"),
            ('["thread:main"]\nnew_sites = 0\n', 2, "cannot have new_sites"),
            ('["domain:"]\nlive_bytes = 0\n', 2, "'domain:' names nothing"),
            ('["domain:Scatch"]\npeak_bytes = 1000\n', 1, "did you mean 'domain:Scratch'?"),
            ('["domain:Scratch"]\npeek_bytes = 1000\n', 2, "'peek_bytes' is not a limit, did you mean 'peak_bytes'?"),
            ('["domain:Scratch"]\npeak_bytes_per_game_frame = 1000\n', 2, "is not a limit"),
            ('[Scratch]\npeak_bytes = 1000\n', 2, "the budget of 'Scratch' cannot have peak_bytes"),
            ('["domain:malloc"]\npeak_bytes = 1000\n', 2, "the budget of 'domain:malloc' cannot have peak_bytes"),
            ('["*"]\npeak_bytes = 1000\n', 2, "the budget of '*' cannot have peak_bytes"),
            ('first_game_frames = 3\n[Level]\nlive_bytes = 0\n', 2, "did you mean 'first_game_frame'?"),
            ('first_game_frame = "level-loaded"\n[Level]\nlive_bytes = 0\n', 2, "must be the number of a game frame, or a mark"),
            ('[Level]\nlive_bytes = 0\n[[ignore]]\nfunction = "x"\n', 2, "an ignore has to say why"),
            ('[Level]\nlive_bytes = 0\n[[ignore]]\nreason = "x"\n', 2, "an ignore has to say what"),
            ('[Level]\nlive_bytes = 0\n[[ignore]]\nfunction = "*"\nreason = "x"\n', 2, "ignores everything"),
            ('[Level]\nlive_bytes = 0\n[[ignore]]\nfunktion = "x"\nreason = "y"\n', 2, "did you mean 'function'?"),
            ('[Level]\nlive_bytes = 0\n[[ignore]]\nfunction = "x"\nbudget = "Levl"\nreason = "y"\n', 2, "did you mean 'Level'?"),
        ):
            with self.subTest(budgets=budgets):
                outcome = self.check(reel, budgets)
                self.assertEqual(outcome.returncode, status, outcome.stdout + outcome.stderr)
                self.assertIn(message, outcome.stdout + outcome.stderr)

    def test_what_is_ignored_has_a_reason_and_an_unused_ignore_is_told(self):
        outcome = self.check(
            self.game("leak"),
            '[Combat]\nlive_bytes = 0\n[[ignore]]\nfunction = "fight"\nreason = "issue 7"\n'
            '[[ignore]]\nfile = "none.cc"\nreason = "long gone"\n')
        self.assertEqual(outcome.returncode, 0, outcome.stdout)
        self.assertIn("  unused      the ignore in line 6 (long gone) matches nothing in this run: take it out\n", outcome.stdout)

    def test_growth_needs_two_hundred_game_frames(self):
        budgets = "[Combat]\nlive_bytes_growth_per_100_game_frames = 0\n"
        outcome = self.check(self.game("leak"), budgets)
        self.assertEqual(outcome.returncode, 4, outcome.stdout)
        self.assertIn("this needs 200 game frames after the warm-up, and there are fewer", outcome.stdout)
        outcome = self.check(self.game("leak", "230"), budgets)
        self.assertEqual(outcome.returncode, 1, outcome.stdout)
        self.assertIn("Combat: up to game frame 199 at least 6400 B live more than in the 100 game frames before, the limit "
                      "is 0 B live; 1 of 1 times it is over it", outcome.stdout)

    def test_a_reel_that_broke_off_passes_no_gate(self):
        whole = (self.folder / self.game("230")).read_bytes()
        (self.folder / "torn.reel").write_bytes(whole[: len(whole) // 2])
        kept = '[Scripts]\nlive_bytes = "1M"\n'
        outcome = self.check("torn.reel", kept)
        self.assertEqual(outcome.returncode, 4, outcome.stdout + outcome.stderr)
        self.assertIn("  incomplete  the file is cut off or damaged: read up to game frame ", outcome.stdout)
        self.assertEqual(self.check("torn.reel", "[Scripts]\nallocs_per_game_frame = 0\n").returncode, 1)
        (self.folder / "no.reel").write_text("not a reel")
        self.assertEqual(self.check("no.reel", kept).returncode, 3)

    def test_nothing_to_check_is_no_pass(self):
        outcome = self.heapreel("check", self.game())
        self.assertEqual(outcome.returncode, 2, outcome.stdout)
        self.assertIn("there is nothing to check", outcome.stderr)
        outcome = self.heapreel("check", "game.reel", "--format", "jsom", "--budgets", self.budgets("[Level]\nlive_bytes = 0\n"))
        self.assertEqual(outcome.returncode, 2)
        self.assertIn("unknown format 'jsom', did you mean 'json'?", outcome.stderr)

    def test_what_the_program_declares_is_judged_without_a_file(self):
        outcome = self.heapreel("run", "-o", "b.reel", "--frame-every", 0, "--", self.programs / "budgets")
        outcome = self.heapreel("check", "b.reel")
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertIn("  over        Physics (declared by the program): 5 allocs in game frame 4", outcome.stdout)


if __name__ == "__main__":
    unittest.main()
