#!/usr/bin/env python3
"""Each check of tools/dev/presubmit finds what it is for and nothing else. Usage: presubmit_test.py SOURCE_ROOT"""

import contextlib
import io
import os
import pathlib
import shutil
import subprocess
import sys
import unittest
import unittest.mock

sys.dont_write_bytecode = True
SOURCE_ROOT = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE_ROOT / "tools/dev"))

from checks import formatting, layers, mirror, places, porting, scripts, sizes  # noqa: E402
from check_test_case import CheckTestCase  # noqa: E402


class LayersTest(CheckTestCase):
    def test_allowed_edges_pass(self):
        self.assert_clean(
            layers.check,
            {
                "engine/record/recorder.h": '#include <atomic>\n#include "engine/ring/event_ring.h"\n',
                "engine/ring/event_ring.h": "#include <cstdint>\n",
                "hooks/api/c_api.cc": '#include <mimalloc.h>\n#include "engine/record/recorder.h"\n#include <heapreel/engine.h>\n',
                "hooks/include/heapreel/engine.h": "\n",
                "tests/engine/ring/event_ring_test.cc": '#include <gtest/gtest.h>\n#include "engine/ring/event_ring.h"\n',
            },
        )

    def test_engine_may_not_look_up(self):
        self.assert_finds(
            layers.check,
            {"engine/ring/a.cc": '\n#include "snapshot/b.h"\n', "snapshot/b.h": ""},
            ("engine/ring/a.cc:2", "engine/ring/ may not include snapshot/b.h"),
        )

    def test_hooks_and_snapshot_see_only_the_listed_engine_headers(self):
        self.assert_finds(
            layers.check,
            {
                "hooks/base/a.cc": '#include "engine/ring/event_ring.h"\n',
                "snapshot/text/a.cc": '#include "engine/ring/event_ring.h"\n',
                "engine/ring/event_ring.h": "",
            },
            ("hooks/base/a.cc:1", "may not include engine/ring/event_ring.h"),
            ("snapshot/text/a.cc:1", "may not include"),
        )

    def test_a_row_counts_for_its_folder_alone(self):
        self.assert_finds(
            layers.check,
            {
                "engine/ring/a.h": '#include "engine/store/b.h"\n',
                "engine/store/b.h": '#include "engine/ring/a.h"\n',
                "snapshot/reel/c.cc": '#include "snapshot/reel/read/d.h"\n',
                "snapshot/reel/read/d.h": '#include "snapshot/reel/e.h"\n',
                "snapshot/reel/e.h": "",
            },
            ("engine/ring/a.h:1", "engine/ring/ may not include engine/store/b.h"),
            ("snapshot/reel/read/d.h:1", "snapshot/reel/read/ may not include snapshot/reel/e.h"),
        )

    def test_a_row_that_names_a_folder_below_it_is_found(self):
        ladder = {"engine/a": ["engine/b"], "engine/b": ["engine/a"]}
        with unittest.mock.patch.object(layers, "LADDER", ladder):
            self.assert_finds(layers.check, {}, (layers.TABLE + ":1", "the row of engine/a names engine/b"))

    def test_a_row_that_names_what_is_no_folder_is_found(self):
        with unittest.mock.patch.object(layers, "LADDER", {"engine/": [], "engine/a": ["engine/*"]}):
            self.assert_finds(layers.check, {}, (layers.TABLE + ":1", "nowhere in the table"))

    def test_an_edge_that_nobody_uses_is_found(self):
        with unittest.mock.patch.object(layers, "LADDER", {"engine/a": [], "engine/b": ["engine/a"]}):
            self.assert_finds(
                layers.check,
                {layers.TABLE: "", "engine/a/a.h": "", "engine/b/b.h": ""},
                (layers.TABLE + ":1", "nothing in engine/b includes engine/a"),
            )

    def test_a_public_header_is_ours_in_angle_brackets_too(self):
        self.assert_finds(
            layers.check,
            {"engine/ring/a.cc": "#include <heapreel/heapreel.h>\n", "snapshot/include/heapreel/heapreel.h": ""},
            ("engine/ring/a.cc:1", "may not include snapshot/include/heapreel/heapreel.h"),
        )

    def test_a_relative_include_is_resolved(self):
        self.assert_finds(
            layers.check,
            {"engine/ring/a.cc": '#include "../../hooks/b.h"\n', "hooks/b.h": ""},
            ("engine/ring/a.cc:1", "may not include hooks/b.h"),
        )

    def test_a_new_folder_needs_a_row(self):
        self.assert_finds(
            layers.check,
            {"extras/a.cc": '#include "b.h"\n', "extras/b.h": ""},
            ("extras/a.cc:1", "extras/ has no row"),
        )

    def test_a_quoted_header_that_is_not_ours_is_found(self):
        self.assert_finds(layers.check, {"engine/ring/a.cc": '#include "vector"\n'}, ("engine/ring/a.cc:1", "<vector>"))

    def test_third_party_headers_stay_in_their_folder(self):
        self.assert_finds(
            layers.check,
            {"engine/ring/a.cc": "#include <mimalloc.h>\n", "hooks/b.cc": "#include <elfutils/libdw.h>\n"},
            ("engine/ring/a.cc:1", "confined to hooks/"),
            ("hooks/b.cc:1", "confined to snapshot/"),
        )

    def test_third_party_headers_stay_in_few_files(self):
        self.assert_finds(
            layers.check,
            {f"engine/ring/{name}.cc": "#include <xxhash.h>\n" for name in "abcd"},
            ("engine/ring/d.cc:1", "engine/ring/a.cc, engine/ring/b.cc, engine/ring/c.cc have it"),
        )

    def test_tests_may_use_any_library(self):
        self.assert_clean(layers.check, {f"tests/{name}.cc": "#include <mimalloc.h>\n" for name in "abc"})


class MirrorTest(CheckTestCase):
    def test_a_test_beside_its_source_passes(self):
        self.assert_clean(
            mirror.check,
            {
                "engine/ring/a.cc": "",
                "tests/engine/ring/a_test.cc": "",
                "tests/engine/fixture.h": "",
                "tests/meson.build": "",
                "tests/fuzz/corpus/reel/seed": "",
            },
        )

    def test_a_test_of_no_folder_is_found(self):
        self.assert_finds(
            mirror.check,
            {"engine/store/a.cc": "", "tests/engine/ring/a_test.cc": ""},
            ("tests/engine/ring/a_test.cc:1", "there is no engine/ring/"),
        )


class PortingTest(CheckTestCase):
    PAGE = "`a_x86_64.h`\n## PORTING\n| `engine/unwind/cpu_NAME.h`, `.cc` | registers |\n| the `#if` in `engine/memory/pages.h` | |\n"

    def test_what_is_listed_passes(self):
        self.assert_clean(
            porting.check,
            {
                "CONTRIBUTING.md": self.PAGE,
                "engine/unwind/cpu_x86_64.h": "",
                "engine/unwind/cpu_aarch64.cc": "",
                "engine/memory/pages.h": "#if defined(__aarch64__)\n#endif\n",
                "engine/memory/other.h": "// not on __aarch64__\n",
                "tests/a_x86_64.h": "",
            },
        )

    def test_what_is_not_listed_is_found(self):
        self.assert_finds(
            porting.check,
            {
                "CONTRIBUTING.md": self.PAGE,
                "hooks/a_x86_64.h": "",
                "hooks/own_pages.h": "#ifdef __x86_64__\n#endif\n",
            },
            ("hooks/a_x86_64.h:1", "list a_NAME in CONTRIBUTING.md"),
            ("hooks/own_pages.h:1", "list own_pages.h in CONTRIBUTING.md"),
        )


class SizesTest(CheckTestCase):
    def test_small_files_pass(self):
        self.assert_clean(
            sizes.check, {"engine/a.cc": "\n" * 150, "engine/README.md": "\n" * 400}
        )

    def test_a_long_file_is_found(self):
        files = {f"engine/a{i}.cc": "\n" for i in range(20)} | {"engine/b.cc": "\n" * 501}
        self.assert_finds(sizes.check, files, ("engine/b.cc:501", "the limit is 500"))

    def test_a_high_median_is_found(self):
        self.assert_finds(
            sizes.check,
            {f"engine/{name}.cc": "\n" * 151 for name in "abc"},
            ("engine/c.cc:151", "the median C++ file has 151 lines"),
        )

    def test_too_many_long_files_are_found(self):
        files = {f"engine/a{i}.cc": "\n" for i in range(8)}
        self.assert_clean(sizes.check, files | {"engine/b.cc": "\n" * 349})
        self.assert_finds(
            sizes.check, files | {"engine/b.cc": "\n" * 350}, ("engine/b.cc:350", "1 of 9 C++ files")
        )


class FormattingTest(CheckTestCase):
    def setUp(self):
        super().setUp()
        shutil.copy(SOURCE_ROOT / ".clang-format", self.root)

    @unittest.skipUnless(shutil.which(formatting.FORMATTER), f"{formatting.FORMATTER} is not installed")
    def test_an_unformatted_file_is_found_once(self):
        self.assert_finds(
            formatting.check,
            {"engine/a.cc": "int a;\nint  b;\nint   c;\n", "engine/b.cc": "int b;\n"},
            ("engine/a.cc:2", "clang-format-14 -i engine/a.cc"),
        )

    def test_a_missing_formatter_is_told_and_fails_under_ci(self):
        tree, said = self.tree({"engine/a.cc": "int  a;\n"}), io.StringIO()
        with unittest.mock.patch.dict(os.environ, {"PATH": "", "CI": ""}), contextlib.redirect_stdout(said):
            self.assertEqual(formatting.check(tree), [])
        self.assertIn("not checked", said.getvalue())
        with unittest.mock.patch.dict(os.environ, {"PATH": "", "CI": "true"}):
            self.assertEqual(len(formatting.check(tree)), 1)


class PlacesTest(CheckTestCase):
    def test_relative_and_platform_paths_and_known_hosts_pass(self):
        self.assert_clean(
            places.check,
            {
                "README.md": "see tests/work/a, $HOME/x, /home/me/x, /proc/self/maps, https://docs.python.org/3/library/tracemalloc.html.\n"
            },
        )

    def test_a_home_folder_is_found(self):
        self.assert_finds(
            places.check,
            {"README.md": "\nrun /" + "home/ann/game\n"},
            ("README.md:2", "a place on one machine"),
        )

    def test_an_unknown_host_is_found(self):
        for address in ("mirror.example.net/debian", "github.com.example.net/x"):
            with self.subTest(address):
                self.assert_finds(
                    places.check,
                    {"tools/a": f"http:{2 * chr(47)}{address}\n"},
                    ("tools/a:1", "a host the tree does not know"),
                )


class ScriptsTest(CheckTestCase):
    def executable(self, path, text):
        tree = self.tree({path: text})
        (self.root / path).chmod(0o755)
        return [str(finding) for finding in scripts.check(tree)]

    def test_a_script_with_shebang_and_bit_passes(self):
        self.assertEqual(self.executable("tools/a.py", "#!/usr/bin/env python3\n"), [])

    def test_a_bit_without_shebang_is_found(self):
        self.assertIn("without a #! line", self.executable("tools/a.sh", "echo\n")[0])

    def test_a_shebang_without_bit_is_found(self):
        self.assert_finds(
            scripts.check, {"tools/a": "#!/usr/bin/env bash\n"}, ("tools/a:1", "not executable")
        )

    def test_an_odd_interpreter_is_found(self):
        self.assertIn("use one of", self.executable("tools/a", "#!/opt/bin/python\n")[0])

    def test_names_are_snake_case_and_cpp_files_end_in_h_or_cc(self):
        self.assert_clean(scripts.check, {"engine/event_ring.cc": "", "hooks/.ci/a2_b.py": ""})
        self.assert_finds(
            scripts.check,
            {"engine/EventRing.cc": "", "engine/my-dir/a.py": "", "engine/ring.cpp": ""},
            ("engine/EventRing.cc:1", "'EventRing.cc' is not snake_case"),
            ("engine/my-dir/a.py:1", "'my-dir'"),
            ("engine/ring.cpp:1", "C++ files end in"),
        )

    def test_a_header_has_pragma_once(self):
        self.assert_finds(scripts.check, {"engine/a.h": "#ifndef A\n"}, ("engine/a.h:1", "#pragma once"))


class CommandTest(CheckTestCase):
    def run_presubmit(self, *arguments):
        return subprocess.run(
            [sys.executable, self.root / "tools/dev/presubmit", *arguments], capture_output=True, text=True
        )

    def setUp(self):
        super().setUp()
        shutil.copytree(SOURCE_ROOT / "tools/dev/checks", self.root / "tools/dev/checks")
        shutil.copy(SOURCE_ROOT / "tools/dev/presubmit", self.root / "tools/dev")
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
