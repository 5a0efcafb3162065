"""`heapreel check --baseline`: two builds of a program, one of which was edited and grew."""

import json
import pathlib
import re
import unittest

from command_case import CommandCase

PROGRAMS = pathlib.Path(__file__).parents[2] / "programs"


def line_of(build, text):
    lines = (PROGRAMS / f"build_{build}/game.cc").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


class BaselineTest(CommandCase):
    def game(self, build, level):
        reel = f"{build}{level}.reel"
        outcome = self.heapreel("run", "-f", "--frame-every", 0, "--every-game-frame", "-o", reel, "--",
                                self.programs / f"build_{build}_o{level}")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return reel

    def findings(self, *words):
        """By rule: function and line of each, and the message."""
        outcome = self.heapreel("check", "--json", *words)
        found = {}
        for finding in json.loads(outcome.stdout)["findings"]:
            name = re.sub(r"[( ].*", "", finding["name"].removeprefix("(anonymous namespace)::"))
            line = finding["site"][0]["lineno"] if "site" in finding else None
            found.setdefault(finding["rule"], []).append((name, line, finding["message"]))
        return outcome.returncode, found

    def test_two_builds_differ_in_what_was_planted_and_in_nothing_else(self):
        for before, after in (("0", "0"), ("0", "2"), ("2", "0"), ("2", "2")):
            with self.subTest(before=before, after=after):
                status, found = self.findings(self.game("after", after), "--baseline", self.game("before", before))
                self.assertEqual(status, 1)
                self.assertEqual(sorted(found), ["gone-site", "growth", "growth-total", "new-site"])
                (grown,) = found["growth"]
                self.assertEqual(grown[:2], ("Mesh::load", line_of("after", "lod < 3")))
                self.assertIn("3.00 allocs per game frame, in the baseline 1.00 allocs per game frame (+200.0 %)", grown[2])
                (new,) = found["new-site"]
                self.assertEqual(new[:2], ("think", line_of("after", "malloc(200)")))
                self.assertIn("new call site: 1.00 allocs per game frame, 200 B allocated per game frame", new[2])
                self.assertEqual([gone[0] for gone in found["gone-site"]], ["old_effects"])

    def test_a_build_is_as_it_was_also_where_other_functions_are_inlined(self):
        for before, after in (("0", "0"), ("0", "2"), ("2", "0"), ("2", "2")):
            with self.subTest(before=before, after=after):
                outcome = self.heapreel("check", self.game("before", after), "--baseline", self.game("before", before))
                self.assertEqual(outcome.returncode, 0, outcome.stdout + outcome.stderr)
                self.assertRegex(outcome.stdout, r"passed\n  baseline    0 grown, 0 new, 0 gone, \d+ as before; over 100 ")

    def test_what_may_grow_is_said(self):
        reels = (self.game("after", 0), "--baseline", self.game("before", 0))
        status, found = self.findings(*reels, "--max-growth", "300%")
        self.assertEqual((status, sorted(found)), (1, ["gone-site", "new-site"]))
        status, found = self.findings(*reels, "--max-growth", "300", "--min-growth", "1M")
        self.assertIn("new-site", found, "an allocation in every game frame counts whatever its size")
        for growth in ("5 %", "five", "-5%", "0.001%", ""):
            outcome = self.heapreel("check", *reels, "--max-growth", growth)
            self.assertEqual(outcome.returncode, 2, growth)

    def test_a_baseline_that_is_not_whole_cannot_be_compared_with(self):
        whole = (self.folder / self.game("before", 0)).read_bytes()
        (self.folder / "torn.reel").write_bytes(whole[:-200])
        for words, status in (((), 4), (("--bisect",), 125)):
            outcome = self.heapreel("check", "before0.reel", "--baseline", "torn.reel", *words)
            self.assertEqual(outcome.returncode, status, outcome.stdout)
            self.assertIn("  incomplete  the baseline: ", outcome.stdout)
        outcome = self.heapreel("check", "before0.reel", "--baseline", "none.reel")
        self.assertEqual(outcome.returncode, 3)

    def test_bisect_tells_bad_from_good_from_unknown(self):
        good, bad = self.game("before", 0), self.game("after", 0)
        (self.folder / "no.reel").write_text("no reel")
        typo = self.folder / "typo.toml"
        typo.write_text("[Phyics]\nlive_bytes = 0\n")
        for words, status in (
            ((good, "--baseline", good), 0),
            ((bad, "--baseline", good), 1),
            (("no.reel", "--baseline", good), 125),
            ((good, "--budgets", "typo.toml"), 125),
            ((good, "--budgets", "none.toml"), 128),
        ):
            outcome = self.heapreel("check", "--bisect", *words)
            self.assertEqual(outcome.returncode, status, (words, outcome.stdout, outcome.stderr))


if __name__ == "__main__":
    unittest.main()
