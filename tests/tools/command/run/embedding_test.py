"""A program that links libheapreel, alone and under `heapreel run`: one tracer per process."""

import subprocess
import unittest

from command_case import CommandCase


class EmbeddingTest(CommandCase):
    def setUp(self):
        super().setUp()
        self.embedding = str(self.programs / "embedding")

    def test_finds_itself_traced_alone(self):
        outcome = subprocess.run([self.embedding, "start"], env=self.environment, capture_output=True, text=True,
                                 timeout=120)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)

    def assert_recorded(self, *options):
        outcome = self.heapreel("run", "-o", "a.reel", *options, "--", self.embedding)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        info = self.info(self.folder / "a.reel")
        self.assertEqual(info["issued"], info["stored"] + info["discarded"])
        self.assertGreaterEqual(info["game_frames"], 1)
        self.assertEqual([mark["name"] for mark in info["marks"]], ["looked"])

    def test_finds_the_runs_tracer_under_the_command(self):
        self.assert_recorded()

    def test_finds_the_runs_tracer_over_the_systems_allocator(self):
        self.assert_recorded("--allocator", "system")

    def test_finds_the_runs_tracer_when_the_family_is_followed(self):
        self.assert_recorded("--follow-forks")


if __name__ == "__main__":
    unittest.main()
