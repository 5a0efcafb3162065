"""Programs that bring an allocator, a sanitizer, or rights of their own."""

import os
import shutil
import subprocess
import unittest

from command_case import CommandCase


class JemallocTest(CommandCase):
    def setUp(self):
        super().setUp()
        self.program = self.programs / "jemalloc_heap"
        if not self.program.exists():
            self.skipTest("jemalloc is not installed")

    def test_is_there(self):
        self.assertEqual(subprocess.run([self.program, "room"], env=self.environment, check=False).returncode, 48)

    def test_counts_the_same_over_both_allocators(self):
        seen = set()
        for allocator in ("mimalloc", "system"):
            with self.subTest(allocator=allocator):
                reel = self.folder / f"{allocator}.reel"
                outcome = self.heapreel("run", "--allocator", allocator, "-o", reel, "--", self.program, "counts")
                self.assertEqual(outcome.returncode, 7, outcome.stderr)
                info = self.info(reel)
                self.assertEqual((info["frees"], info["reallocs"]), (45, 5))
                self.assertEqual((info["issued"], info["untracked_frees"]), (info["stored"], 0))
                seen.add((info["allocs"], info["alloc_bytes"]))
        # jemalloc brings the C++ run-time library along, which allocates one block at its start.
        self.assertIn(seen, ({(105, 10050)}, {(106, 10050 + 72704)}))

    def test_keeps_the_programs_jemalloc_when_told_to(self):
        outcome = self.heapreel("run", "--allocator", "system", "--", self.program, "room")
        self.assertEqual(outcome.returncode, 48, outcome.stderr)


class SanitizerTest(CommandCase):
    SOURCE = "#include <stdlib.h>\nint main(void) { free(malloc(10)); return 0; }\n"

    def test_refuses_what_a_sanitizer_was_built_into(self):
        (self.folder / "a.c").write_text(self.SOURCE)
        tried = 0
        for compiler in ("gcc", "clang", "clang-14"):
            for flags in (["-fsanitize=address"], ["-fsanitize=thread"], ["-fsanitize=leak"],
                          ["-fsanitize=address", "-static-libasan"], ["-fsanitize=thread", "-static-libtsan"]):
                if shutil.which(compiler) is None:
                    continue
                built = subprocess.run([compiler, *flags, "a.c", "-o", "a.out"], cwd=self.folder, check=False,
                                       stderr=subprocess.DEVNULL)
                if built.returncode != 0:
                    continue  # this compiler lacks that library
                tried += 1
                with self.subTest(compiler=compiler, flags=flags):
                    outcome = self.heapreel("run", "--", "./a.out")
                    self.assertEqual(outcome.returncode, 2, outcome.stderr)
                    self.assertIn("is built with a sanitizer", outcome.stderr)
        if tried == 0:
            self.skipTest("no compiler with a sanitizer")

    def test_traces_a_program_with_undefined_behaviour_checks(self):
        (self.folder / "a.c").write_text(self.SOURCE)
        built = subprocess.run(["gcc", "-O0", "-fno-builtin", "-fsanitize=undefined", "a.c", "-o", "a.out"],
                               cwd=self.folder, check=False, stderr=subprocess.DEVNULL)
        if built.returncode != 0:
            self.skipTest("no gcc with libubsan")
        outcome = self.heapreel("run", "-o", "a.reel", "--", "./a.out")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertGreaterEqual(self.info(self.folder / "a.reel")["allocs"], 1)


class OtherRightsTest(CommandCase):
    NOBODY = 65534

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("only root can give a program another user's rights")
        self.folder.chmod(0o755)
        self.program = self.folder / "embedding"
        shutil.copy(self.programs / "embedding", self.program)

    def give_rights(self):
        os.chown(self.program, self.NOBODY, -1)
        self.program.chmod(0o4755)

    def start_by_environment(self):
        # The program's first check fails when tracing is on before it started it.
        return subprocess.run([self.program, "start"], env={**self.environment, "HEAPREEL": "10"}, capture_output=True,
                              text=True, check=False).returncode

    def test_no_environment_starts_the_tracer_of_a_program_with_other_rights(self):
        self.assertEqual(self.start_by_environment(), 1)
        self.give_rights()
        self.assertEqual(self.start_by_environment(), 0)

    def test_refuses_to_run_one(self):
        self.give_rights()
        outcome = self.heapreel("run", "--", self.program)
        self.assertEqual(outcome.returncode, 2)
        self.assertIn("runs with other rights than yours", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
