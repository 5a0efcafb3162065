"""A program that links libheapreel, alone and under `heapreel run`: one tracer per process."""

import shutil
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


class PluginTest(CommandCase):
    """A plugin brings heapreel into a program that has none: it knows whether the program's malloc is heapreel's."""

    def setUp(self):
        super().setUp()
        self.words = [str(self.programs / "plugin_host"), str(self.programs / "plugin_with_heapreel.so")]

    def test_says_that_it_does_not_see_the_programs_malloc(self):
        outcome = subprocess.run(self.words, cwd=self.folder, env=self.environment, capture_output=True, text=True,
                                 timeout=120)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertEqual(outcome.stdout, "sees malloc 0 0, exact 0, 1 blocks\nloaded: exact 0\nend\n")
        self.assertIn("this program's malloc is not heapreel's", outcome.stderr)

    def test_sees_it_under_the_command(self):
        for allocator in ("mimalloc", "system"):
            with self.subTest(allocator=allocator):
                outcome = self.heapreel("run", "-f", "--allocator", allocator, "-o", "a.reel", "--", *self.words)
                self.assertEqual(outcome.returncode, 0, outcome.stderr)
                self.assertEqual(outcome.stdout, "sees malloc 1 1, exact 1, 101 blocks\nloaded: exact 1\nend\n")
                self.assertTrue(self.info(self.folder / "a.reel")["complete"])


@unittest.skipIf(shutil.which("valgrind") is None, "valgrind is not installed")
class ValgrindTest(CommandCase):
    """Memcheck reads all memory when it looks for leaks, and has a malloc of its own."""

    def test_a_program_that_traces_itself_ends(self):
        self.environment["DEBUGINFOD_URLS"] = ""
        outcome = subprocess.run(["valgrind", "--leak-check=full", self.programs / "plugin_host",
                                  self.programs / "plugin_with_heapreel.so"], cwd=self.folder, env=self.environment,
                                 capture_output=True, text=True, timeout=280)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("sees malloc 0 0, exact 0, 1 blocks", outcome.stdout)

    def test_a_program_under_valgrind_in_a_followed_tree_is_named_and_checked_as_alone(self):
        # Memcheck counts what is allocated only with its own malloc in place.
        outcome = self.heapreel("run", "-f", "--follow-forks", "-o", "a.reel", "--", "sh", "-c",
                                f"valgrind --leak-check=full --error-exitcode=9 ls /; "
                                "exit 0")
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertRegex(outcome.stderr, "total heap usage: [1-9]")
        self.assertIn("valgrind puts a malloc of its own into it", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
