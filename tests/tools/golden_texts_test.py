"""What the commands print of the golden reels, to the letter: tests/vectors/texts/NAME.txt.

HEAPREEL_UPDATE_TEXTS=1 writes the files anew, for a person to read the difference.
"""

import os
import pathlib
import unittest

from command_case import CommandCase

VECTORS = pathlib.Path(os.environ["HEAPREEL_JSON_PAGE"]).parents[1] / "tests/vectors"

# The code of golden_run that has no file here, so that no machine can name it.
GAME = ("--filename", "/opt/g/*")

# Name of the text -> reel, and words of the command behind whose name the reel stands.
TEXTS = {
    "stats": ("golden_run@2", "stats", "-n", "5", *GAME),
    "stats_by_thread": ("golden_run@2", "stats", "--by", "thread"),
    "stats_by_size_class": ("golden_run@2", "stats", "--by", "size_class"),
    "stats_by_birth": ("golden_run@3", "stats", "--by", "birth"),
    "stats_traceback": ("golden_groups@5", "stats", "--by", "traceback", "--depth", "2"),
    "stats_python": ("golden_run@2", "stats", "--python-text", "-n", "3", *GAME),
    "stats_json": ("golden_run@2", "stats", "--by", "domain", "--json"),
    "sizes": ("golden_run@2", "stats", "--sizes", "mimalloc"),
    "diff": ("golden_run@1", "diff", "golden_run@3", "-n", "5", *GAME),
    "diff_json": ("golden_run@1", "diff", "golden_run@3", "--by", "thread", "--json"),
    "churn": ("golden_groups@10", "diff", "golden_groups@44", "--churn", "--by", "thread"),
    "leaks": ("golden_run", "leaks", "--born", "1..2", "--at", "3", *GAME),
    "lifetimes": ("golden_run", "leaks", "--rule", "short-living", "1", "3", "--by", "domain"),
    "marks": ("golden_all", "marks"),
    "advise": ("golden_groups", "advise"),
    "advise_json": ("golden_groups", "advise", "--json"),
    "export_collapsed": ("golden_groups@5", "export", "--to", "collapsed", "-o", "-"),
    "export_csv": ("golden_groups", "export", "--to", "csv", "-o", "-"),
    "export_ndjson": ("golden_all", "export", "--to", "ndjson", "-o", "-"),
    "export_speedscope": ("golden_groups@5", "export", "--to", "speedscope", "-o", "-"),
    "export_dhat": ("golden_groups", "export", "--to", "dhat", "-o", "-"),
    "export_postgresql": ("golden_groups@3", "export", "--to", "postgresql", "-o", "-"),
}
# golden_all says that it is incomplete.
INCOMPLETE = {"marks", "export_ndjson"}


class GoldenTextsTest(CommandCase):
    def setUp(self):
        super().setUp()
        for name in ("golden_all", "golden_groups", "golden_run"):
            (self.folder / f"{name}.reel").write_bytes((VECTORS / f"{name}.reel").read_bytes())

    def operand(self, word):
        name, at, moment = word.partition("@")
        return f"{name}.reel{at}{moment}" if name.startswith("golden_") else word

    def test_texts_are_those_that_were_looked_at(self):
        for name, (reel, command, *words) in TEXTS.items():
            with self.subTest(text=name):
                outcome = self.heapreel(command, self.operand(reel), *map(self.operand, words), COLUMNS="100", LC_ALL="C")
                self.assertEqual(outcome.returncode, 4 if name in INCOMPLETE else 0, outcome.stderr)
                path = VECTORS / f"texts/{name}.txt"
                if os.environ.get("HEAPREEL_UPDATE_TEXTS"):
                    path.parent.mkdir(exist_ok=True)
                    path.write_text(outcome.stdout)
                self.assertEqual(outcome.stdout, path.read_text())

    def test_every_text_has_a_command(self):
        files = {path.stem for path in (VECTORS / "texts").iterdir()}
        self.assertEqual(files, set(TEXTS))


if __name__ == "__main__":
    unittest.main()
