"""bench/compare runs from its command line to its three files, on few repetitions: what it writes is all there."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

COMPARE = os.environ["BENCH_COMPARE"]
BUILD = os.environ["BENCH_BUILD"]


class CompareTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="heapreel-")
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def compare(self, *words):
        return subprocess.run([COMPARE, "--quick", "--build", BUILD, "--out", str(self.folder), *words], text=True,
                              capture_output=True, timeout=120, check=False)

    def test_a_quick_run_writes_tables_picture_and_every_run(self):
        outcome = self.compare("--loops", "tight_8", "hand_over", "--programs", "perl", "--tracers", "mimalloc", "heapreel")
        self.assertEqual(outcome.returncode, 0, outcome.stderr + outcome.stdout)
        told = json.loads((self.folder / "comparison.json").read_text())
        runs = {(run["workload"], run["tracer"]): run for run in told["runs"]}
        pairs = 200_000  # of the tight loop with --quick
        self.assertEqual(runs["tight_8", "heapreel"]["events"], 2 * pairs)
        self.assertGreaterEqual(runs["tight_8", "heapreel"]["issued"], 2 * pairs)
        for (workload, tracer), run in runs.items():
            self.assertGreater(run["own_s"], 0, workload)
            if tracer == "heapreel":
                self.assertTrue(run["complete"], workload)
                self.assertEqual(run["lost"], 0, workload)
                self.assertGreater(run["file_bytes"], 0, workload)
        text = (self.folder / "comparison.md").read_text()
        self.assertIn("| tight, 8 frames deep |", text)
        ElementTree.parse(self.folder / "comparison.svg")

    def test_an_unknown_name_is_a_usage_error_that_lists_the_known_ones(self):
        outcome = self.compare("--loops", "tight_9")
        self.assertEqual(outcome.returncode, 2)
        self.assertIn("no such loop: tight_9; there are tight_8,", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
