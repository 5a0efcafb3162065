"""What the top README tells to type works as written, on a program of 1,300 game frames."""

import os
import pathlib
import shlex
import unittest

from command_case import CommandCase

README = pathlib.Path(os.environ["HEAPREEL_README"]).read_text()


def commands():
    """The words of each `heapreel ...` line; what stands behind a wide gap explains it."""
    for line in README.splitlines():
        if line.startswith("    heapreel "):
            yield shlex.split(line.strip().split("   ")[0])[1:]


class ReadmeTest(CommandCase):
    def test_every_command_that_reads_a_reel_runs_as_written(self):
        reading = [words for words in commands() if words[0] not in ("run", "attach", "help", "doctor")]
        self.assertGreater(len(reading), 5)
        outcome = self.heapreel("run", "--every-game-frame", "-o", "game.reel", "--", self.known_heap, "loop", "1300")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        for words in reading:
            with self.subTest(words=words):
                outcome = self.heapreel(*words)
                self.assertEqual(outcome.returncode, 0, outcome.stderr)
                if words[0] == "export":
                    self.assertIn("wrote game.", outcome.stderr)
                else:
                    self.assertGreater(outcome.stdout.count("\n"), 2)

    def test_every_option_of_run_that_it_shows_is_one(self):
        known = self.heapreel("help", "run").stdout
        options = [word for words in commands() if words[0] == "run" for word in words[: words.index("--")]]
        for option in options:
            if option.startswith("-"):
                self.assertRegex(known, rf"(?m)[ ,]{option}\b")


if __name__ == "__main__":
    unittest.main()
