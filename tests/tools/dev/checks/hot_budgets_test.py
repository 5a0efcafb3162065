#!/usr/bin/env python3
"""The check of hot functions' comments finds what it is for and nothing else. Usage: hot_budgets_test.py SOURCE_ROOT"""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
SOURCE_ROOT = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE_ROOT / "tools/dev"))

from checks import hot_budgets  # noqa: E402
from check_test_case import CheckTestCase  # noqa: E402

GOLDEN = "insn branches calls rmw symbol\n31   3        0     0   heapreel::engine::Ring<std::atomic>::push(unsigned long)\n"
HOT = "// hot: 31 insn, 3 branches, 0 calls, 0 rmw - bench/hot_path.golden\n"


class HotBudgetsTest(CheckTestCase):
    def test_a_comment_that_tells_its_row_passes(self):
        for declaration in ("void push(Event e) {\n", "[[gnu::always_inline]] inline bool\npush(Event e);\n"):
            with self.subTest(declaration):
                self.assert_clean(
                    hot_budgets.check, {"bench/hot_path.golden": GOLDEN, "engine/ring.h": HOT + declaration}
                )

    def test_other_numbers_than_the_row_are_found(self):
        self.assert_finds(
            hot_budgets.check,
            {
                "bench/hot_path.golden": GOLDEN,
                "engine/ring.h": HOT.replace("31", "30") + "void push(Event e);\n",
            },
            ("engine/ring.h:1", "push is held to 31 insn, 3 branches, 0 calls, 0 rmw"),
        )

    def test_a_function_without_a_row_is_found(self):
        self.assert_finds(
            hot_budgets.check,
            {"bench/hot_path.golden": GOLDEN, "engine/ring.h": "\n" + HOT + "void pop();\n"},
            ("engine/ring.h:2", "no row for pop"),
        )

    def test_without_a_table_nothing_is_held(self):
        self.assert_finds(
            hot_budgets.check,
            {"engine/ring.h": HOT + "void push();\n"},
            ("engine/ring.h:1", "no row for push"),
        )

    def test_a_budget_in_another_form_is_found(self):
        self.assert_finds(
            hot_budgets.check,
            {"engine/ring.h": "// hot: about 30 instructions - bench/hot_path.golden\nvoid push();\n"},
            ("engine/ring.h:1", "no check can read"),
        )

    def test_code_that_is_inlined_may_speak_of_itself(self):
        self.assert_clean(
            hot_budgets.check, {"engine/ring.h": "// hot: one load, one branch\nbool is_on();\n"}
        )


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
