"""What the tests of the command share: a scratch folder, and the command run in it."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest


class CommandCase(unittest.TestCase):
    """HEAPREEL_COMMAND and HEAPREEL_PROGRAMS say where the command and the traced programs were built."""

    maxDiff = None

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="heapreel-")
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.command = os.environ["HEAPREEL_COMMAND"]
        self.programs = pathlib.Path(os.environ["HEAPREEL_PROGRAMS"])
        self.known_heap = str(self.programs / "known_heap")
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("HEAPREEL", "LD_PRELOAD"))
        }
        self.environment["XDG_CACHE_HOME"] = str(self.folder / "cache")

    def heapreel(self, *words, **variables):
        """Runs the command to its end."""
        return subprocess.run(
            [self.command, *map(str, words)],
            cwd=self.folder,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def start(self, *words):
        """The command, running."""
        process = subprocess.Popen(
            [self.command, *map(str, words)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def record(self, *words):
        """Traces the known heap doing `words`, with no game frames but its own; the outcome of the command, the reel."""
        reel = self.folder / "test.reel"
        return self.heapreel("run", "-f", "--frame-every", 0, "-o", reel, "--", self.known_heap, *words), reel

    def info(self, reel):
        outcome = self.heapreel("info", "--json", reel)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return json.loads(outcome.stdout)

    def files(self):
        return sorted(path.name for path in self.folder.iterdir() if path.name != "cache")
