"""Programs that bring an allocator, a sanitizer, or rights of their own."""

import os
import pathlib
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


class FilteredThreadsTest(CommandCase):
    """The kernel ends a program over any system call that it does not need itself."""

    def test_threads_made_under_a_filter_live_and_are_recorded(self):
        program = self.programs / "filtered_threads"
        alone = subprocess.run([program, "8"], env=self.environment, check=False).returncode
        if alone != 5:
            self.skipTest("no filters of system calls here")
        for allocator in ("mimalloc", "system"):
            with self.subTest(allocator=allocator):
                outcome = self.heapreel("run", "-f", "--allocator", allocator, "-o", "a.reel", "--", program, "8")
                self.assertEqual(outcome.returncode, 5, outcome.stderr)
                info = self.info(self.folder / "a.reel")
                self.assertTrue(info["complete"])
                self.assertEqual(info["threads"], 9)
                self.assertGreaterEqual(info["allocs"], 9000)


class LimitsTest(CommandCase):
    """A limit that a program sets itself holds its own memory, not the tracer's addresses."""

    def test_memory_can_be_had_as_without_heapreel(self):
        program = self.programs / "limited"
        for where in ("main", "child"):
            for limit in ("as", "data"):
                for allocator in ("mimalloc", "system"):
                    with self.subTest(where=where, limit=limit, allocator=allocator):
                        outcome = self.heapreel("run", "-f", "--allocator", allocator, "-o", "a.reel", "--", program,
                                                where, limit)
                        self.assertEqual(outcome.returncode, 0, outcome.stderr)
                        self.assertTrue(self.info(self.folder / "a.reel")["complete"])

    def test_memory_can_be_had_under_a_limit_that_no_hook_was_told_of(self):
        program = self.programs / "limited"
        for how in ("call", "outside", "later"):
            for allocator in ("mimalloc", "system"):
                with self.subTest(how=how, allocator=allocator):
                    outcome = self.heapreel("run", "-f", "--allocator", allocator, "-o", "a.reel", "--", program, "main",
                                            "as", how)
                    self.assertEqual(outcome.returncode, 0, outcome.stderr)
                    self.assertTrue(self.info(self.folder / "a.reel")["complete"])

    def test_memory_can_be_had_by_children_that_are_followed(self):
        outcome = self.heapreel("run", "-f", "--follow-forks", "-o", "a.reel", "--", self.programs / "limited", "child",
                                "as")
        # The limit leaves no room for a recording of the child's own, which is said; the child has what it asks for.
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertRegex(outcome.stderr, r"exit 0\): (not traced|nothing is recorded)")
        self.assertRegex(outcome.stderr, "1 processes were not followed: they could not get the memory")


class LockedMemoryTest(CommandCase):
    """A program that locks all its memory, as audio and real-time programs do, locks its own, not the tracer's addresses."""

    def test_memory_is_locked_as_without_heapreel(self):
        program = self.programs / "locked"
        for how in ("current", "future", "on_fault", "limited"):
            alone = subprocess.run([program, how, "main"], env=self.environment, capture_output=True, check=False)
            if alone.returncode in (1, 9):
                continue  # not allowed here
            for where in ("main", "child"):
                for allocator in ("system",) if how == "limited" else ("mimalloc", "system"):
                    with self.subTest(how=how, where=where, allocator=allocator):
                        # Under a limit the tracer's addresses are fewer, and a test that fails fills no more than those.
                        outcome = subprocess.run(
                            ["prlimit", f"--as={12 << 30}", self.command, "run", "-f", "--allocator", allocator, "-o",
                             "a.reel", "--", program, how, where], cwd=self.folder, env=self.environment,
                            capture_output=True, text=True, timeout=120)
                        self.assertEqual((alone.returncode, outcome.returncode), (0, 0), outcome.stderr)
                        self.assertGreaterEqual(int(outcome.stdout), int(alone.stdout))
                        self.assertLess(int(outcome.stdout), 1 << 20, "KiB locked")


class NamesTest(CommandCase):
    """What a program is called is known from its start."""

    def stats(self, reel):
        return self.heapreel("stats", "--by", "filename", reel).stdout

    def test_a_program_that_is_started_through_the_loader_has_its_name(self):
        loader = next(iter(pathlib.Path("/").glob("lib*/ld-linux-*.so.*")), None)
        if loader is None:
            self.skipTest("the loader is elsewhere")
        outcome = self.heapreel("run", "-f", "-o", "a.reel", "--", loader, self.known_heap)
        self.assertNotIn("statically linked", outcome.stderr)
        self.assertIn("known_heap", self.stats("a.reel"))

    def test_a_program_that_changes_its_root_first_has_its_name(self):
        if os.geteuid() != 0:
            self.skipTest("only root can change a process's root")
        (self.folder / "a.c").write_text(
            "#define _GNU_SOURCE\n#include <stdlib.h>\n#include <unistd.h>\nvoid* volatile kept;\n"
            "int main(void) { if (chroot(\"cache\") || chdir(\"/\")) return 1; kept = malloc(12345); return 0; }\n")
        (self.folder / "cache").mkdir(exist_ok=True)
        subprocess.run(["gcc", "-g", "-O1", "a.c", "-o", "a.out"], cwd=self.folder, check=True)
        outcome = self.heapreel("run", "-f", "-o", "a.reel", "--", "./a.out")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("a.c", self.stats("a.reel"))


if __name__ == "__main__":
    unittest.main()
