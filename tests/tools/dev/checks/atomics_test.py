#!/usr/bin/env python3
"""The check of atomics finds what it is for and nothing else. Usage: atomics_test.py SOURCE_ROOT"""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
SOURCE_ROOT = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE_ROOT / "tools/dev"))

from checks import atomics  # noqa: E402
from check_test_case import CheckTestCase  # noqa: E402

RING = """\
// Sync edges:
//   [ring.publish]  tail_: release in push -> acquire in drain.
class Ring {
  void push() {
    // relaxed: own variable, the consumer only reads it
    auto t = tail_.load(std::memory_order_relaxed);
    // [ring.publish] release
    tail_.store(t + 1, std::memory_order_release);
  }
  auto drain() { return tail_.load(std::memory_order_acquire); }  // [ring.publish] acquire
  std::atomic<int> tail_{0};
};
"""


class AtomicsTest(CheckTestCase):
    def test_a_tagged_ring_passes(self):
        self.assert_clean(atomics.check, {"engine/ring.h": RING})

    def test_other_folders_are_free(self):
        self.assert_clean(atomics.check, {"tests/ring.cc": "int f() { return x.load(); }\n"})

    def test_an_implicit_order_is_found_over_several_lines(self):
        self.assert_finds(
            atomics.check,
            {"engine/a.cc": "int f() {\n  return a.load() +\n    p->fetch_add(\n      g(1));\n}\n"},
            ("engine/a.cc:2", "load() without an order"),
            ("engine/a.cc:3", "fetch_add() without an order"),
        )

    def test_an_operator_on_an_atomic_member_is_found_in_the_source_of_its_header(self):
        self.assert_finds(
            atomics.check,
            {
                "engine/a.h": "std::atomic<uint32_t> count_{0};\n",
                "engine/a.cc": "void A::f() {\n  count_++;\n  count_ = 3;\n}\n",
            },
            ("engine/a.cc:2", "count_ is atomic"),
            ("engine/a.cc:3", "count_ is atomic"),
        )

    def test_words_in_comments_and_strings_are_no_code(self):
        self.assert_clean(
            atomics.check,
            {
                "engine/a.cc": '// x.load() is what memory_order_acquire is for\n/* x.load()\n x.store(1) */ const char* s = "x.load()";\n'
            },
        )

    def test_relaxed_needs_a_reason(self):
        self.assert_finds(
            atomics.check,
            {"engine/a.cc": "// relaxed:\nint f() { return n.load(std::memory_order_relaxed); }\n"},
            ("engine/a.cc:2", "relaxed without a reason"),
        )

    def test_one_reason_serves_an_unbroken_run(self):
        run = "// relaxed: statistics\na.store(1, std::memory_order_relaxed);\nb.store(2,\n        std::memory_order_relaxed);\n"
        self.assert_clean(atomics.check, {"engine/a.cc": run})
        self.assert_finds(
            atomics.check,
            {"engine/a.cc": run + "int between;\nc.store(3, std::memory_order_relaxed);\n"},
            ("engine/a.cc:6", "relaxed without a reason"),
        )

    def test_a_comment_behind_one_statement_does_not_serve_the_next(self):
        self.assert_finds(
            atomics.check,
            {
                "engine/a.cc": "a.store(1, std::memory_order_relaxed);  // relaxed: statistics\nb.store(2, std::memory_order_relaxed);\n"
            },
            ("engine/a.cc:2", "relaxed without a reason"),
        )

    def test_one_comment_may_name_the_orders_of_success_and_failure(self):
        self.assert_clean(
            atomics.check,
            {
                "engine/ring.h": RING
                + """\
// [ring.publish] release; acquire when another was first
p.compare_exchange_strong(a, b, std::memory_order_acq_rel, std::memory_order_acquire);
// [ring.publish] acquire; relaxed on failure: nothing was gained
p.compare_exchange_strong(a, b, std::memory_order_acquire, std::memory_order_relaxed);
"""
            },
        )

    def test_seq_cst_may_give_a_reason_in_place_of_an_edge(self):
        self.assert_clean(
            atomics.check,
            {
                "engine/a.cc": "// seq_cst: counts before the cut's fence or after it\nn.load(std::memory_order_seq_cst);\n"
            },
        )

    def test_an_order_constant_is_judged_where_it_is_used(self):
        self.assert_clean(
            atomics.check,
            {
                "engine/a.h": "constexpr std::memory_order kPublishOrder = std::memory_order_release;\n",
                "engine/b.h": "x.store(1, kPublishOrder);\n",
            },
        )

    def test_an_order_without_its_edge_is_found(self):
        self.assert_finds(
            atomics.check,
            {"engine/a.cc": "std::atomic_thread_fence(std::memory_order_seq_cst);\n"},
            ("engine/a.cc:1", "seq_cst without its edge"),
        )

    def test_a_tag_of_the_other_half_does_not_serve(self):
        self.assert_finds(
            atomics.check,
            {"engine/ring.h": RING.replace("memory_order_release", "memory_order_acquire")},
            ("engine/ring.h:8", "acquire without its edge"),
        )

    def test_an_undeclared_edge_is_found(self):
        self.assert_finds(
            atomics.check,
            {"engine/a.cc": "// [lease.take] acquire\nx.load(std::memory_order_acquire);\n"},
            ("engine/a.cc:1", "[lease.take] is declared nowhere"),
        )

    def test_an_edge_with_one_half_is_found(self):
        self.assert_finds(
            atomics.check,
            {
                "engine/ring.h": RING.replace("// [ring.publish] acquire", "").replace(
                    "memory_order_acquire", "order"
                )
            },
            ("engine/ring.h:2", "[ring.publish] has no acquire half"),
        )

    def test_the_halves_may_live_in_two_files(self):
        declaration = "// Sync edges:\n//   [cut.close]  epoch_: acq_rel on both sides.\n"
        self.assert_clean(
            atomics.check,
            {
                "engine/a.h": declaration
                + "x.store(1, std::memory_order_release);  // [cut.close] release\n",
                "engine/b.cc": "x.load(std::memory_order_acquire);  // [cut.close] acquire\n",
            },
        )

    def test_an_edge_is_declared_once(self):
        self.assert_finds(
            atomics.check,
            {"engine/a.h": RING, "engine/b.h": "// Sync edges:\n//   [ring.publish] again\n"},
            ("engine/b.h:2", "is declared at engine/a.h:2 too"),
        )


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
