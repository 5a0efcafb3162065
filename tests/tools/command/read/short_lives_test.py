"""How long blocks live: `diff --temporaries` and `stats --lifetimes`."""

import json
import pathlib
import unittest

from command_case import CommandCase

SOURCE = (pathlib.Path(__file__).parents[2] / "programs/known_containers.cc").read_text().splitlines()


class ShortLivesCase(CommandCase):
    def run_program(self, name, *words):
        self.reel = self.folder / "test.reel"
        program = self.programs / name
        outcome = self.heapreel("run", "-f", "--frame-every", 0, "-o", self.reel, "--", program, *words)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)

    def json(self, *words):
        outcome = self.heapreel(*words, "--json")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return json.loads(outcome.stdout)


def comment_of(row):
    return SOURCE[row["traceback"][-1]["lineno"] - 1].split("// ")[-1]


class TemporariesTest(ShortLivesCase):
    # The loop makes 10 blocks of 100 bytes in each game frame and frees them in it, and one of 10 bytes that stays.
    def setUp(self):
        super().setUp()
        self.run_program("known_containers", 6)

    def test_only_what_died_in_its_own_game_frame_counts(self):
        found = self.json("diff", "--temporaries", f"{self.reel}@1", f"{self.reel}@3")
        self.assertEqual(found["schema"], "heapreel.temporaries/1")
        self.assertEqual([found[name] for name in ("before", "after", "bytes", "blocks")], [1, 3, 2000, 20])
        rows = [(comment_of(row), row["size"], row["count"]) for row in found["statistics"]]
        self.assertEqual(rows, [("temporary", 2000, 20)])

    def test_groups_add_up_by_every_key(self):
        for key in ("function", "filename", "module", "traceback", "domain", "tag"):
            with self.subTest(key=key):
                found = self.json("diff", "--temporaries", f"{self.reel}@0", f"{self.reel}@6", "--by", key)
                self.assertEqual(sum(row["size"] for row in found["statistics"]), found["bytes"])
        same = self.json("diff", "--temporaries", f"{self.reel}@3", f"{self.reel}@3")
        self.assertEqual((same["bytes"], same["statistics"]), (0, []))
        text = self.heapreel("diff", "--temporaries", f"{self.reel}@1", f"{self.reel}@3").stdout
        self.assertIn("allocated and freed in the same game frame", text)

    def test_refuses_what_it_cannot_tell(self):
        for options, told in (
            (("--by", "thread"), "known by the sites"),
            (("--cumulative",), "known by the sites"),
            (("--tag", "Physics"), "leave the patterns out"),
            (("--churn",), "exclude each other"),
            (("--born", "1..2"), "exclude each other"),
        ):
            with self.subTest(options=options):
                outcome = self.heapreel("diff", "--temporaries", f"{self.reel}@1", f"{self.reel}@3", *options)
                self.assertEqual(outcome.returncode, 2)
                self.assertIn(told, outcome.stderr)


class LivedTest(ShortLivesCase):
    def test_blocks_are_counted_by_the_game_frames_that_they_lived(self):
        # Of 100 blocks 40 are freed a game frame later, and 5 move two game frames later.
        self.run_program("known_heap", "frames")
        found = self.json("stats", "--lifetimes", self.reel)
        self.assertEqual(found["game_frames_lived"][:4], ["same", "1", "2-3", "4-7"])
        (group,) = [row for row in found["lifetimes"] if "allocate_hundred" in row["traceback"][-1]["function"]]
        self.assertEqual((group["freed"], group["counts"]), (45, [0, 40, 5, 0, 0, 0, 0, 0, 0, 0]))
        self.assertEqual(found["freed"], sum(found["counts"]))
        earlier = self.json("stats", "--lifetimes", f"{self.reel}@1")
        (group,) = [row for row in earlier["lifetimes"] if "allocate_hundred" in row["traceback"][-1]["function"]]
        self.assertEqual(group["counts"][:3], [0, 40, 0])

    def test_what_died_in_its_own_game_frame_comes_first(self):
        self.run_program("known_containers", 6)
        first = self.json("stats", "--lifetimes", self.reel, "-n", 1)["lifetimes"][0]
        self.assertEqual((comment_of(first), first["counts"][0]), ("temporary", 60))
        text = self.heapreel("stats", "--lifetimes", "-n", 1, self.reel).stdout
        self.assertIn("blocks freed, by the game frames that they had lived", text)
        self.assertIn("more", text)

    def test_a_cleared_generation_keeps_its_figures(self):
        self.run_program("known_heap", "generations")
        counts = self.json("stats", "--lifetimes", self.reel)["counts"]
        self.assertEqual(counts[1], 80, "40 of each generation")

    def test_refuses_what_it_cannot_tell(self):
        self.run_program("known_containers", 2)
        for options in (("--by", "size_class"), ("--function", "main"), ("--sizes", "mimalloc"), ("--born", "0..1")):
            outcome = self.heapreel("stats", "--lifetimes", self.reel, *options)
            self.assertEqual(outcome.returncode, 2, options)


if __name__ == "__main__":
    unittest.main()
