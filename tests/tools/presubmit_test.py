#!/usr/bin/env python3
"""Each check of tools/presubmit finds what it is for, and nothing in a clean tree. Usage: presubmit_test.py SOURCE_ROOT"""

import contextlib
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

sys.dont_write_bytecode = True
SOURCE_ROOT = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE_ROOT / "tools"))

from checks import atomics, formatting, layers, places, scripts, sizes  # noqa: E402
from checks.tree import Tree  # noqa: E402


class CheckTest(unittest.TestCase):
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


class LayersTest(CheckTest):
    def test_allowed_edges_pass(self):
        self.assert_clean(layers.check, {
            "engine/recorder.h": '#include <atomic>\n#include "engine/event_ring.h"\n',
            "engine/event_ring.h": "#include <cstdint>\n",
            "hooks/malloc_interpose.cc": '#include <mimalloc.h>\n#include "engine/recorder.h"\n#include <heapreel/engine.h>\n',
            "hooks/include/heapreel/engine.h": "\n",
            "tests/engine/event_ring_test.cc": '#include <gtest/gtest.h>\n#include "engine/event_ring.h"\n',
        })

    def test_engine_may_not_look_up(self):
        self.assert_finds(layers.check, {"engine/a.cc": '\n#include "snapshot/b.h"\n', "snapshot/b.h": ""},
                          ("engine/a.cc:2", "engine/ may not include snapshot/b.h"))

    def test_hooks_and_snapshot_see_only_the_listed_engine_headers(self):
        self.assert_finds(layers.check, {"hooks/a.cc": '#include "engine/event_ring.h"\n', "snapshot/a.cc": '#include "engine/event_ring.h"\n',
                                         "engine/event_ring.h": ""},
                          ("hooks/a.cc:1", "may not include engine/event_ring.h"), ("snapshot/a.cc:1", "may not include"))

    def test_a_public_header_is_ours_in_angle_brackets_too(self):
        self.assert_finds(layers.check, {"engine/a.cc": "#include <heapreel/heapreel.h>\n", "snapshot/include/heapreel/heapreel.h": ""},
                          ("engine/a.cc:1", "may not include snapshot/include/heapreel/heapreel.h"))

    def test_a_relative_include_is_resolved(self):
        self.assert_finds(layers.check, {"engine/a.cc": '#include "../hooks/b.h"\n', "hooks/b.h": ""},
                          ("engine/a.cc:1", "may not include hooks/b.h"))

    def test_a_new_folder_needs_a_row(self):
        self.assert_finds(layers.check, {"extras/a.cc": '#include "b.h"\n', "extras/b.h": ""}, ("extras/a.cc:1", "extras/ has no row"))

    def test_a_quoted_header_that_is_not_ours_is_found(self):
        self.assert_finds(layers.check, {"engine/a.cc": '#include "vector"\n'}, ("engine/a.cc:1", "<vector>"))

    def test_third_party_headers_stay_in_their_folder(self):
        self.assert_finds(layers.check, {"engine/a.cc": "#include <mimalloc.h>\n", "hooks/b.cc": "#include <elfutils/libdw.h>\n"},
                          ("engine/a.cc:1", "confined to hooks/"), ("hooks/b.cc:1", "confined to snapshot/"))

    def test_third_party_headers_stay_in_two_files(self):
        self.assert_finds(layers.check, {f"engine/{name}.cc": "#include <xxhash.h>\n" for name in "abc"},
                          ("engine/c.cc:1", "engine/a.cc, engine/b.cc have it"))

    def test_tests_may_use_any_library(self):
        self.assert_clean(layers.check, {f"tests/{name}.cc": "#include <mimalloc.h>\n" for name in "abc"})


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


class AtomicsTest(CheckTest):
    def test_a_tagged_ring_passes(self):
        self.assert_clean(atomics.check, {"engine/ring.h": RING})

    def test_other_folders_are_free(self):
        self.assert_clean(atomics.check, {"tests/ring.cc": "int f() { return x.load(); }\n"})

    def test_an_implicit_order_is_found_over_several_lines(self):
        self.assert_finds(atomics.check, {"engine/a.cc": "int f() {\n  return a.load() +\n    p->fetch_add(\n      g(1));\n}\n"},
                          ("engine/a.cc:2", "load() without an order"), ("engine/a.cc:3", "fetch_add() without an order"))

    def test_an_operator_on_an_atomic_member_is_found_in_the_source_of_its_header(self):
        self.assert_finds(atomics.check, {"engine/a.h": "std::atomic<uint32_t> count_{0};\n", "engine/a.cc": "void A::f() {\n  count_++;\n  count_ = 3;\n}\n"},
                          ("engine/a.cc:2", "count_ is atomic"), ("engine/a.cc:3", "count_ is atomic"))

    def test_words_in_comments_and_strings_are_no_code(self):
        self.assert_clean(atomics.check, {"engine/a.cc": '// x.load() is what memory_order_acquire is for\n/* x.load()\n x.store(1) */ const char* s = "x.load()";\n'})

    def test_relaxed_needs_a_reason(self):
        self.assert_finds(atomics.check, {"engine/a.cc": "// relaxed:\nint f() { return n.load(std::memory_order_relaxed); }\n"},
                          ("engine/a.cc:2", "relaxed without a reason"))

    def test_one_reason_serves_an_unbroken_run(self):
        run = "// relaxed: statistics\na.store(1, std::memory_order_relaxed);\nb.store(2,\n        std::memory_order_relaxed);\n"
        self.assert_clean(atomics.check, {"engine/a.cc": run})
        self.assert_finds(atomics.check, {"engine/a.cc": run + "int between;\nc.store(3, std::memory_order_relaxed);\n"},
                          ("engine/a.cc:6", "relaxed without a reason"))

    def test_a_comment_behind_one_statement_does_not_serve_the_next(self):
        self.assert_finds(atomics.check, {"engine/a.cc": "a.store(1, std::memory_order_relaxed);  // relaxed: statistics\nb.store(2, std::memory_order_relaxed);\n"},
                          ("engine/a.cc:2", "relaxed without a reason"))

    def test_one_comment_may_name_the_orders_of_success_and_failure(self):
        self.assert_clean(atomics.check, {"engine/ring.h": RING + """\
// [ring.publish] release; acquire when another was first
p.compare_exchange_strong(a, b, std::memory_order_acq_rel, std::memory_order_acquire);
// [ring.publish] acquire; relaxed on failure: nothing was gained
p.compare_exchange_strong(a, b, std::memory_order_acquire, std::memory_order_relaxed);
"""})

    def test_seq_cst_may_give_a_reason_in_place_of_an_edge(self):
        self.assert_clean(atomics.check, {"engine/a.cc": "// seq_cst: counts before the cut's fence or after it\nn.load(std::memory_order_seq_cst);\n"})

    def test_an_order_constant_is_judged_where_it_is_used(self):
        self.assert_clean(atomics.check, {"engine/a.h": "constexpr std::memory_order kPublishOrder = std::memory_order_release;\n", "engine/b.h": "x.store(1, kPublishOrder);\n"})

    def test_an_order_without_its_edge_is_found(self):
        self.assert_finds(atomics.check, {"engine/a.cc": "std::atomic_thread_fence(std::memory_order_seq_cst);\n"},
                          ("engine/a.cc:1", "seq_cst without its edge"))

    def test_a_tag_of_the_other_half_does_not_serve(self):
        self.assert_finds(atomics.check, {"engine/ring.h": RING.replace("memory_order_release", "memory_order_acquire")},
                          ("engine/ring.h:8", "acquire without its edge"))

    def test_an_undeclared_edge_is_found(self):
        self.assert_finds(atomics.check, {"engine/a.cc": "// [lease.take] acquire\nx.load(std::memory_order_acquire);\n"},
                          ("engine/a.cc:1", "[lease.take] is declared nowhere"))

    def test_an_edge_with_one_half_is_found(self):
        self.assert_finds(atomics.check, {"engine/ring.h": RING.replace("// [ring.publish] acquire", "").replace("memory_order_acquire", "order")},
                          ("engine/ring.h:2", "[ring.publish] has no acquire half"))

    def test_the_halves_may_live_in_two_files(self):
        declaration = "// Sync edges:\n//   [cut.close]  epoch_: acq_rel on both sides.\n"
        self.assert_clean(atomics.check, {
            "engine/a.h": declaration + "x.store(1, std::memory_order_release);  // [cut.close] release\n",
            "engine/b.cc": "x.load(std::memory_order_acquire);  // [cut.close] acquire\n"})

    def test_an_edge_is_declared_once(self):
        self.assert_finds(atomics.check, {"engine/a.h": RING, "engine/b.h": "// Sync edges:\n//   [ring.publish] again\n"},
                          ("engine/b.h:2", "is declared at engine/a.h:2 too"))


class SizesTest(CheckTest):
    def test_small_files_pass(self):
        self.assert_clean(sizes.check, {"engine/a.cc": "\n" * 150, "engine/README.md": "\n" * 120, "README.md": "\n" * 400})

    def test_a_long_file_is_found(self):
        files = {f"engine/a{i}.cc": "\n" for i in range(20)} | {"engine/b.cc": "\n" * 501}
        self.assert_finds(sizes.check, files, ("engine/b.cc:501", "the limit is 500"))

    def test_a_long_folder_readme_is_found(self):
        self.assert_finds(sizes.check, {"engine/README.md": "\n" * 121}, ("engine/README.md:121", "the limit is 120"))

    def test_a_high_median_is_found(self):
        self.assert_finds(sizes.check, {f"engine/{name}.cc": "\n" * 151 for name in "abc"}, ("engine/c.cc:151", "the median C++ file has 151 lines"))

    def test_too_many_long_files_are_found(self):
        files = {f"engine/a{i}.cc": "\n" for i in range(8)}
        self.assert_clean(sizes.check, files | {"engine/b.cc": "\n" * 349})
        self.assert_finds(sizes.check, files | {"engine/b.cc": "\n" * 350}, ("engine/b.cc:350", "1 of 9 C++ files"))


class FormattingTest(CheckTest):
    def setUp(self):
        super().setUp()
        shutil.copy(SOURCE_ROOT / ".clang-format", self.root)

    @unittest.skipUnless(shutil.which(formatting.FORMATTER), f"{formatting.FORMATTER} is not installed")
    def test_an_unformatted_file_is_found_once(self):
        self.assert_finds(formatting.check, {"engine/a.cc": "int a;\nint  b;\nint   c;\n", "engine/b.cc": "int b;\n"},
                          ("engine/a.cc:2", "clang-format-14 -i engine/a.cc"))

    def test_a_missing_formatter_is_told_and_fails_under_ci(self):
        tree, said = self.tree({"engine/a.cc": "int  a;\n"}), io.StringIO()
        with unittest.mock.patch.dict(os.environ, {"PATH": "", "CI": ""}), contextlib.redirect_stdout(said):
            self.assertEqual(formatting.check(tree), [])
        self.assertIn("not checked", said.getvalue())
        with unittest.mock.patch.dict(os.environ, {"PATH": "", "CI": "true"}):
            self.assertEqual(len(formatting.check(tree)), 1)


class PlacesTest(CheckTest):
    def test_relative_and_platform_paths_and_known_hosts_pass(self):
        self.assert_clean(places.check, {"README.md": "see tests/work/a, $HOME/x, /proc/self/maps, https://docs.python.org/3/library/tracemalloc.html.\n"})

    def test_a_home_folder_is_found(self):
        self.assert_finds(places.check, {"README.md": "\nrun /" + "home/me/game\n"}, ("README.md:2", "a place on one machine"))

    def test_an_unknown_host_is_found(self):
        for address in ("mirror.example.net/debian", "github.com.example.net/x"):
            with self.subTest(address):
                self.assert_finds(places.check, {"tools/a": f"http:{2 * chr(47)}{address}\n"}, ("tools/a:1", "a host the tree does not know"))


class ScriptsTest(CheckTest):
    def executable(self, path, text):
        tree = self.tree({path: text})
        (self.root / path).chmod(0o755)
        return [str(finding) for finding in scripts.check(tree)]

    def test_a_script_with_shebang_and_bit_passes(self):
        self.assertEqual(self.executable("tools/a.py", "#!/usr/bin/env python3\n"), [])

    def test_a_bit_without_shebang_is_found(self):
        self.assertIn("without a #! line", self.executable("tools/a.sh", "echo\n")[0])

    def test_a_shebang_without_bit_is_found(self):
        self.assert_finds(scripts.check, {"tools/a": "#!/usr/bin/env bash\n"}, ("tools/a:1", "not executable"))

    def test_an_odd_interpreter_is_found(self):
        self.assertIn("use one of", self.executable("tools/a", "#!/opt/bin/python\n")[0])

    def test_names_are_snake_case_and_cpp_files_end_in_h_or_cc(self):
        self.assert_clean(scripts.check, {"engine/event_ring.cc": "", "hooks/.ci/a2_b.py": ""})
        self.assert_finds(scripts.check, {"engine/EventRing.cc": "", "engine/my-dir/a.py": "", "engine/ring.cpp": ""},
                          ("engine/EventRing.cc:1", "'EventRing.cc' is not snake_case"), ("engine/my-dir/a.py:1", "'my-dir'"),
                          ("engine/ring.cpp:1", "C++ files end in"))

    def test_a_header_has_pragma_once(self):
        self.assert_finds(scripts.check, {"engine/a.h": "#ifndef A\n"}, ("engine/a.h:1", "#pragma once"))


class CommandTest(CheckTest):
    def run_presubmit(self, *arguments):
        return subprocess.run([sys.executable, self.root / "tools/presubmit", *arguments], capture_output=True, text=True)

    def setUp(self):
        super().setUp()
        shutil.copytree(SOURCE_ROOT / "tools/checks", self.root / "tools/checks")
        shutil.copy(SOURCE_ROOT / "tools/presubmit", self.root / "tools")
        subprocess.run(["git", "init", "-q", self.root], check=True)
        (self.root / "tools/a.h").write_text("", encoding="utf-8")

    def test_a_finding_is_printed_and_fails(self):
        run = self.run_presubmit("scripts")
        self.assertIn("tools/a.h:1: header without #pragma once", run.stdout)
        self.assertEqual(run.returncode, 1)

    def test_a_clean_tree_passes(self):
        (self.root / "tools/a.h").write_text("#pragma once\n", encoding="utf-8")
        run = self.run_presubmit("layers", "atomics", "sizes", "places", "scripts")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("5 checks", run.stdout)

    def test_ignored_files_are_not_read(self):
        (self.root / ".gitignore").write_text("a.h\n", encoding="utf-8")
        self.assertEqual(self.run_presubmit("scripts").returncode, 0)

    def test_an_unknown_check_is_a_usage_error(self):
        run = self.run_presubmit("spelling")
        self.assertEqual(run.returncode, 2)
        self.assertIn("no check named spelling", run.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
