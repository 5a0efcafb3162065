#!/usr/bin/env python3
"""That tools/dev/mutants tells a mutant that was caught from every other outcome. Usage: mutants_tool_test.py TOOLS_MUTANTS"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(sys.argv[1])

HEADER = """\
#pragma once
inline int answer() { return 42; }
inline int unread() { return 1; }
"""
# In place of GoogleTest: says what it says, and takes its arguments.
TEST = """\
#include <cstdio>
#include "engine/answer.h"
int main() {
  if (answer() == 42) return 0;
  std::puts("[  FAILED  ] 1 test");
  return 1;
}
"""
TABLE = """\
[test.answer]
sources = ["tests/answer_test.cc"]
engine = false

[[mutant]]
name = "it"
file = "engine/answer.h"
old = '{old}'
new = '{new}'
test = "answer"
"""


class MutantsToolTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name).resolve()
        for folder in ("tools/dev", "engine", "tests/mutants"):
            (self.root / folder).mkdir(parents=True)
        for path in (SCRIPT, SCRIPT.parent / "built_tree.py"):
            shutil.copy(path, self.root / "tools/dev")
        self.write("engine/answer.h", HEADER)
        self.write("tests/answer_test.cc", TEST)

    def write(self, path, text):
        (self.root / path).write_text(text, encoding="utf-8")

    def run_mutant(self, old, new, *options):
        self.write("tests/mutants/some.toml", TABLE.format(old=old, new=new))
        run = subprocess.run(
            [self.root / "tools/dev/mutants", *options], env=os.environ, capture_output=True, text=True
        )
        return run.returncode, run.stdout

    def assert_ends(self, run, status, text):
        self.assertIn(text, run[1])
        self.assertEqual(run[0], status, run[1])

    def test_a_mutant_whose_test_fails_is_caught(self):
        self.assert_ends(self.run_mutant("return 42;", "return 41;"), 0, "some: it: caught")

    def test_a_mutant_whose_test_passes_survived(self):
        self.assert_ends(self.run_mutant("return 1;", "return 2;"), 1, "some: it: SURVIVED")

    def test_a_text_that_is_gone_is_an_error(self):
        self.assert_ends(self.run_mutant("return 43;", "return 1;"), 1, "stands 0 times in engine/answer.h")

    def test_a_text_that_is_not_unique_is_an_error(self):
        self.assert_ends(self.run_mutant("return", "throw"), 1, "stands 2 times")

    def test_a_mutant_that_does_not_compile_is_an_error(self):
        self.assert_ends(self.run_mutant("return 42;", "return forty_two;"), 1, "does not compile")

    def test_a_file_that_the_test_does_not_use_is_an_error(self):
        self.write("engine/answer.h", HEADER)
        self.write("tests/answer_test.cc", TEST.replace('#include "engine/answer.h"', "int answer() { return 42; }"))
        self.assert_ends(self.run_mutant("return 42;", "return 41;"), 1, "no source of the test uses")

    def test_a_test_that_fails_without_any_mutant_is_an_error(self):
        self.write("engine/answer.h", HEADER.replace("42", "40"))
        self.assert_ends(self.run_mutant("return 40;", "return 41;"), 1, "answer fails without any mutant")

    def test_mutants_not_marked_quick_are_left_to_the_full_run(self):
        self.assertEqual(self.run_mutant("return 42;", "return 41;", "--quick")[0], 2)

    def test_the_thirds_of_those_that_are_not_quick_are_all_of_them(self):
        self.write("tests/mutants/others.toml", "".join(
            f'[[mutant]]\nname = "{name}"\nfile = "engine/answer.h"\nold = "x"\nnew = "y"\ntest = "answer"\n' for name in "abcdef"
        ) + '[[mutant]]\nname = "q"\nquick = true\nfile = "engine/answer.h"\nold = "x"\nnew = "y"\ntest = "answer"\n')
        listed = [self.run_mutant("a", "b", "--list", "--quick", "--third", third)[1].split("\n") for third in "012"]
        self.assertEqual([lines.count("others: q") for lines in listed], [1, 1, 1])
        others = sorted(line for lines in listed for line in lines if line not in ("", "others: q"))
        self.assertEqual(others, [f"others: {name}" for name in "abcdef"] + ["some: it"])

    def test_an_unknown_name_is_a_usage_error(self):
        self.assertEqual(self.run_mutant("return 42;", "return 41;", "other")[0], 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
