"""What the tests of the tree's checks share: a scratch tree, and assertions on findings."""

import pathlib
import tempfile
import unittest

from checks.tree import Tree


class CheckTestCase(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)

    def tree(self, files):
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text, encoding="utf-8")
        return Tree(self.root, list(files))

    def assert_clean(self, check, files):
        self.assertEqual([str(finding) for finding in check(self.tree(files))], [])

    def assert_finds(self, check, files, *expected):
        """The findings are `expected`, each told by its "path:line:" and words of its message."""
        findings = [str(finding) for finding in check(self.tree(files))]
        self.assertEqual(len(findings), len(expected), findings)
        for finding, (place, words) in zip(findings, expected):
            self.assertTrue(finding.startswith(place + ": "), finding)
            self.assertIn(words, finding)
