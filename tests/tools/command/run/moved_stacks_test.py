"""Programs that run on stacks of their own making, or leave functions by jumps: nobody crashes, nothing is lost."""

import re
import subprocess
import unittest

from command_case import CommandCase


class MovedStacksTest(CommandCase):
    def assert_lives(self, program, *words, allocators=("mimalloc", "system")):
        path = self.programs / program
        if not path.exists():
            self.skipTest(f"{program} could not be built here")
        for allocator in allocators:
            with self.subTest(allocator=allocator):
                outcome = self.heapreel("run", "-f", "--allocator", allocator, "-o", "a.reel", "--", path, *words)
                self.assertEqual(outcome.returncode, 0, outcome.stderr)
                info = self.info(self.folder / "a.reel")
                self.assertTrue(info["complete"])
                yield outcome.stdout, info

    def assert_as_alone(self, program):
        path = self.programs / program
        if not path.exists():
            self.skipTest(f"{program} could not be built here")
        alone = subprocess.run([path], env=self.environment, capture_output=True, text=True, check=True).stdout
        for output, _ in self.assert_lives(program):
            self.assertEqual(output, alone)

    def test_fibers_of_boost(self):
        self.assert_as_alone("boost_fibers")

    def test_fibers_by_makecontext(self):
        self.assert_as_alone("ucontext_fibers")

    def test_fibers_switched_by_assembly(self):
        self.assert_as_alone("assembly_fibers")

    def test_handlers_on_alternate_stacks(self):
        self.assert_as_alone("alternate_stacks")

    def test_coroutines(self):
        self.assert_as_alone("coroutines")

    def test_guard_pages_within_a_stack(self):
        self.assert_as_alone("guard_pages_in_stack")

    def test_random_stacks(self):
        for seed in (1, 2, 3):
            counts = [
                (output, info["allocs"], info["frees"], info["degraded"])
                for output, info in self.assert_lives("random_stacks", seed)
            ]
            self.assertEqual(counts[0], counts[1], "the allocator changes no number")
            self.assertEqual(counts[0][0], "done\n")

    def test_random_stacks_are_those_that_libunwind_finds(self):
        outcome = self.heapreel(
            "run", "-f", "-o", "a.reel", "--crosscheck-stacks", "--", self.programs / "random_stacks", 4
        )
        if "cannot be loaded" in outcome.stderr:
            self.skipTest("libunwind is not there")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        compared = re.search(r"stacks +([0-9,]+) compared .* (\d+) wrong +(\d+) undecided +(\d+) guessed", outcome.stderr)
        self.assertIsNotNone(compared, outcome.stderr)
        self.assertGreater(int(compared[1].replace(",", "")), 10_000)
        self.assertEqual(compared.groups()[1:], ("0", "0", "0"), outcome.stderr)

    def test_a_thousand_jumps_out_of_malloc_do_not_blind_the_thread(self):
        # Over mimalloc alone: the C library's malloc breaks when it is left in the middle.
        for output, info in self.assert_lives("jumps_out_of_malloc", "1000", allocators=("mimalloc",)):
            self.assertEqual(output, "hits 1000\n")
            self.assertGreaterEqual(info["live_blocks"], 10_000)


if __name__ == "__main__":
    unittest.main()
