#!/usr/bin/env python3
"""tools/dev/checks/hot_path.py against functions of known mix. Usage: hot_path_test.py HOT_PATH_PY SAMPLE_ARCHIVE"""

import pathlib
import platform
import subprocess
import sys
import tempfile
import unittest

HOT_PATH, SAMPLE = sys.argv[1:3]


class HotPathTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.golden = pathlib.Path(scratch.name) / "hot_path.golden"

    def run_with(self, golden, *options):
        self.golden.write_text(golden, encoding="utf-8")
        return subprocess.run(
            [sys.executable, HOT_PATH, "--binary", SAMPLE, "--golden", str(self.golden), *options],
            capture_output=True,
            text=True,
        )

    def measured(self, symbol):
        """The row that --update writes for the symbol, as numbers."""
        run = self.run_with(f"0 0 0 0 {symbol}\n", "--update")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        row = self.golden.read_text(encoding="utf-8").splitlines()[-1].split(maxsplit=4)
        return dict(zip(("insn", "branches", "calls", "rmw"), map(int, row[:4])))

    def test_a_straight_function_has_instructions_only(self):
        mix = self.measured("sample::straight")
        self.assertIn(mix.pop("insn"), range(2, 8))
        self.assertEqual(mix, {"branches": 0, "calls": 0, "rmw": 0})

    def test_a_conditional_jump_is_a_branch_and_a_call_is_a_call(self):
        mix = self.measured("sample::branching")
        self.assertEqual((mix["branches"], mix["calls"], mix["rmw"]), (1, 1, 0))

    def test_a_jump_out_of_the_function_is_a_call(self):
        self.assertEqual(self.measured("sample::tail_calling")["calls"], 1)

    def test_a_locked_instruction_and_an_exchange_with_memory_are_rmw(self):
        self.assertEqual(self.measured("sample::locking")["rmw"], 1)
        self.assertEqual(self.measured("sample::swapping")["rmw"], 1)

    def test_the_table_that_update_wrote_is_within_budget_and_keeps_its_comments(self):
        self.run_with("# why\n0 0 0 0 sample::branching\n0 0 0 0 sample::locking\n", "--update")
        table = self.golden.read_text(encoding="utf-8")
        run = self.run_with(table)
        self.assertEqual(run.returncode, 0, run.stdout)
        self.assertTrue(table.startswith("# why\n"))
        self.assertIn("2 functions within budget", run.stdout)

    def test_each_column_over_budget_fails_and_is_named(self):
        for column, row in (("insn", "1 9 9 9"), ("branches", "99 0 9 9"), ("calls", "99 9 0 9")):
            with self.subTest(column):
                run = self.run_with(f"{row} sample::branching\n")
                self.assertEqual(run.returncode, 1, run.stdout)
                self.assertIn(f"sample::branching: {column} ", run.stdout)
                self.assertEqual(run.stdout.count("OVER"), 1)
        run = self.run_with("99 9 9 0 sample::locking\n")
        self.assertEqual(run.returncode, 1)
        self.assertIn("sample::locking: rmw 1, budget 0 - OVER", run.stdout)

    def test_being_below_budget_passes_and_is_told(self):
        run = self.run_with("99 0 0 0 sample::straight\n")
        self.assertEqual(run.returncode, 0)
        self.assertIn("budget 99", run.stdout)

    def test_a_symbol_that_is_gone_is_an_error_not_a_pass(self):
        run = self.run_with("9 9 9 9 sample::inlined_away\n")
        self.assertEqual(run.returncode, 2)
        self.assertIn("0 functions", run.stdout)

    def test_an_overload_must_be_named_in_full(self):
        self.assertEqual(self.run_with("9 9 9 9 sample::overloaded\n").returncode, 2)
        self.assertEqual(self.run_with("9 9 9 9 sample::overloaded(long)\n").returncode, 0)

    def test_an_empty_table_and_a_broken_row_are_errors(self):
        self.assertEqual(self.run_with("# nothing\n").returncode, 2)
        run = self.run_with("9 9 nine 9 sample::straight\n")
        self.assertNotEqual(run.returncode, 0)
        self.assertIn(":1: not a row", run.stderr)


if __name__ == "__main__":
    if platform.machine() != "x86_64":
        sys.exit(77)  # meson's word for skipped: the tables are for x86-64
    unittest.main(argv=sys.argv[:1])
