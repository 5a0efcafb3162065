"""A program that writes at random into the memory that it shares with its recording, end to end. Each write is one run.

HEAPREEL_TEST_SCRIBBLES says how many, HEAPREEL_TEST_SEED where they begin: HEAPREEL_TEST_SCRIBBLES=1000 meson test scribbles
"""

import collections
import json
import os
import unittest

from command_case import CommandCase


class ScribblesTest(CommandCase):
    WRITES = (1, 5, 30, 200)

    def scribble(self, seed, writes):
        outcome = self.heapreel("run", "-f", "--frame-every", 0, "-o", "a.reel", "--", self.programs / "scribbles", seed,
                                writes)
        read = self.heapreel("info", "--json", "a.reel")
        if read.stdout:
            self.assertEqual(self.heapreel("info", "--verify", "a.reel").returncode, read.returncode, outcome.stderr)
        return outcome, read.returncode, json.loads(read.stdout) if read.stdout else None

    def figures(self, info):
        names = ("allocs", "frees", "reallocs", "alloc_bytes", "live_blocks", "live_bytes", "game_frames", "threads", "sites")
        stats = json.loads(self.heapreel("stats", "--json", "--by", "size_class", "a.reel").stdout)
        return [info[name] for name in names] + [stats]

    def test_random_writes_harm_neither_the_run_nor_the_reel(self):
        outcome, status, truth = self.scribble(1, 0)
        self.assertEqual((outcome.returncode, status), (5, 0), outcome.stderr)
        truth = self.figures(truth)
        first = int(os.environ.get("HEAPREEL_TEST_SEED", 1))
        counts = collections.Counter()
        for seed in range(first, first + int(os.environ.get("HEAPREEL_TEST_SCRIBBLES", 6))):
            with self.subTest(HEAPREEL_TEST_SEED=seed):
                outcome, status, info = self.scribble(seed, self.WRITES[seed % len(self.WRITES)])
                # Its hooks may have crashed over what it wrote: that is its own affair, and its own status.
                self.assertTrue(outcome.returncode == 5 or outcome.returncode > 128, outcome)
                self.assertNotRegex(outcome.stderr, r"process died|recorder died|could not go on")
                if info is None:
                    counts["no reel"] += 1
                    self.assertRegex(outcome.stderr, "incomplete|nothing was traced", status)
                    continue
                said = "incomplete" in outcome.stderr
                self.assertEqual(said, not info["complete"], outcome.stderr)
                if said:
                    counts["noticed"] += 1
                elif outcome.returncode != 5 or self.figures(info) == truth:
                    counts["harmless"] += 1
                else:
                    counts["not noticed"] += 1
        print(f"{sum(counts.values())} from seed {first}: {dict(counts)}")


if __name__ == "__main__":
    unittest.main()
