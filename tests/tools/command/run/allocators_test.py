"""Programs that do not allocate by the C library's names alone."""

import json
import shutil
import subprocess
import unittest

from command_case import CommandCase


class MimallocByItsOwnNames(CommandCase):
    def test_every_function_is_recorded_exactly(self):
        program = self.programs / "mimalloc_names"
        reel = self.folder / "names.reel"
        outcome = self.heapreel("run", "-f", "--frame-every", 0, "-o", reel, "--", program)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        info = self.info(reel)
        expected = [int(word) for word in outcome.stdout.split()]
        self.assertEqual(
            [info["allocs"], info["frees"], info["live_blocks"], info["live_bytes"]], expected, outcome.stderr
        )
        self.assertEqual(info["untracked_frees"], 0)
        self.assertEqual(info["mismatched_frees"], 0)
        self.assertTrue(info["complete"])

    def test_a_block_is_at_its_caller(self):
        reel = self.folder / "names.reel"
        self.heapreel("run", "-f", "--frame-every", 0, "-o", reel, "--", self.programs / "mimalloc_names")
        stats = self.heapreel("stats", "--by", "function", reel)
        self.assertEqual(stats.returncode, 0, stats.stderr)
        for function in ("allocate_and_free", "change_sizes", "delete_heap", "copy_texts"):
            self.assertIn(function, stats.stdout)
        self.assertNotIn("use_heap", stats.stdout)  # its heap was destroyed

    def test_the_program_does_what_it_does_alone(self):
        program = self.programs / "mimalloc_names"
        alone = subprocess.run([program], capture_output=True, text=True, env=self.environment, timeout=60)
        for allocator in ("mimalloc", "system"):
            outcome = self.heapreel("run", "-f", "--allocator", allocator, "-o", "own.reel", "--", program)
            self.assertEqual(outcome.stdout, alone.stdout)


UNSEEN = "the program has an allocator of its own"


class ProgramsWithAnAllocatorOfTheirOwn(CommandCase):
    def traced(self, *words):
        reel = self.folder / "own.reel"
        return self.heapreel("run", "-f", "-o", reel, "--", *words), reel

    def test_what_is_not_seen_is_said(self):
        for program, names in (
            ("own_malloc", "it defines malloc, free"),
            ("own_malloc_hidden", "it defines malloc"),
            ("own_new", "it defines operator new"),
        ):
            outcome, reel = self.traced(self.programs / program)
            self.assertEqual(outcome.returncode, 4, program)
            self.assertEqual(outcome.stdout, "done\n")
            self.assertIn(UNSEEN, outcome.stderr)
            self.assertIn(names, outcome.stderr)
            self.assertIn(names, self.heapreel("info", reel).stdout)
            as_json = self.heapreel("info", "--json", reel)
            self.assertEqual(as_json.returncode, 4)
            self.assertFalse(json.loads(as_json.stdout)["complete"])
            self.assertTrue(json.loads(as_json.stdout)["own_allocator_unseen"])

    def test_a_family_says_it_too(self):
        outcome = self.heapreel(
            "run", "-f", "--follow-forks", "-o", "own.reel", "--", "/bin/sh", "-c", f"{self.programs}/own_malloc; true"
        )
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertIn(UNSEEN, outcome.stderr)

    def test_what_is_handed_on_is_recorded(self):
        outcome, reel = self.traced(self.programs / "own_malloc_hands_on")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("only what it passes on to the next allocator is recorded", outcome.stderr)
        self.assertIn("only what it passes on to the next allocator is recorded", self.heapreel("info", reel).stdout)
        self.assertEqual(self.info(reel)["allocs"], 10)
        outcome, reel = self.traced(self.programs / "own_new_hands_on")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertNotIn("hands on", outcome.stderr)
        self.assertTrue(self.info(reel)["complete"])
        self.assertGreater(self.info(reel)["allocs"], 5)

    def test_no_other_program_is_suspected(self):
        for program in ("bash", "perl", "python3", "g++", "cmake", "gdb", "git", "clang++-14"):
            path = shutil.which(program)
            if path is None:
                continue
            outcome, reel = self.traced(path, "--version")
            self.assertNotIn("allocator", outcome.stderr, program)
            self.assertEqual(self.info(reel)["own_allocator"], "", program)


class SecondFreeTest(CommandCase):
    """A block that is freed twice: over mimalloc the program goes on, and where it happened is told."""

    SOURCE = """
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#define APART __attribute__((noinline, noclone))
APART void* load(size_t bytes) { return malloc(bytes); }
APART void unload(void* block) { free(block); }
APART void unload_again(void* block) { free(block); __asm__ volatile(""); }
APART void* resize(void* block) { void* q = realloc(block, 5000); __asm__ volatile(""); return q; }
static void fault(void) {
  void* block = load(100);
  unload(block);
  unload_again(block);
  block = load(300);
  unload(block);
  void* volatile moved = resize(block);
  (void)moved;
}
int main(int argc, char** argv) {
  if (argc == 1) return fault(), 0;
  free(malloc(10));
  if (fork() == 0) {
    fault();
    _exit(0);
  }
  return wait(0) < 0;
}
"""

    def setUp(self):
        super().setUp()
        (self.folder / "twice.c").write_text(self.SOURCE)
        built = subprocess.run(["gcc", "-w", "-g", "-O1", "-fno-builtin", "twice.c", "-o", "twice"], cwd=self.folder,
                               check=False)
        if built.returncode != 0:
            self.skipTest("no compiler")

    def test_is_told_with_both_places(self):
        outcome = self.heapreel("run", "-o", "a.reel", "--", "./twice")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        info = self.heapreel("info", "a.reel").stdout
        for text in (outcome.stderr, info):
            for place, line in (("unload_again", 8), ("resize", 9)):
                self.assertRegex(text, rf"1 free at {place}  .*twice.c:{line}, of a block that had been freed already; "
                                       r"it was allocated at load  .*twice.c:6\n")
        self.assertEqual(outcome.stderr.count(" 2 frees of blocks that are not in the record"), 1, outcome.stderr)
        strays = self.info(self.folder / "a.reel")["stray_frees"]
        self.assertEqual([stray["count"] for stray in strays], [1, 1])
        self.assertEqual(strays[0]["allocated_at"][-1]["function"], "load")
        self.assertIn("unload_again", [frame["function"] for frame in strays[0]["freed_at"]])

    def test_is_told_of_a_followed_child(self):
        outcome = self.heapreel("run", "--follow-forks", "--", "./twice", "child")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertEqual(outcome.stderr.count("of a block that had been freed already"), 2, outcome.stderr)

    def test_a_free_of_what_another_allocator_gave_out_is_told_with_its_place_alone(self):
        source = self.SOURCE.replace("return malloc(bytes)", "extern void* __libc_malloc(size_t); return __libc_malloc(bytes)")
        (self.folder / "twice.c").write_text(source.replace("unload(block);\n", ""))
        subprocess.run(["gcc", "-w", "-g", "-O1", "-fno-builtin", "twice.c", "-o", "twice"], cwd=self.folder, check=True)
        outcome = self.heapreel("run", "--", "./twice")
        self.assertRegex(outcome.stderr, r"1 free at unload_again  .*twice.c:8\n")
        self.assertNotIn("freed already", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
