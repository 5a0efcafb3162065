"""`heapreel run` on threads that a program makes by a bare clone(), without the C library's knowledge."""

import platform
import unittest

from command_case import CommandCase

THREADS = 8


class RawThreadsTest(CommandCase):
    def counts(self, kind, pairs, allocator):
        reel = self.folder / f"{kind}.reel"
        outcome = self.heapreel("run", "-f", "--allocator", allocator, "-o", reel, "--", self.programs / "raw_threads",
                                kind, pairs)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        info = self.info(reel)
        self.assertEqual(info["issued"], info["stored"])
        self.assertTrue(info["complete"])
        return info

    def assert_exact(self, kind, recorded_threads, pairs_of):
        """Counts are told from a run without pairs, as making a thread allocates, too."""
        pairs = 10_000
        for allocator in ("mimalloc", "system"):
            with self.subTest(allocator=allocator):
                before, after = (self.counts(kind, count, allocator) for count in (0, pairs))
                self.assertEqual(after["allocs"] - before["allocs"], pairs_of * pairs)
                self.assertEqual(after["frees"] - before["frees"], pairs_of * pairs)
                self.assertEqual(after["live_blocks"], before["live_blocks"])
                self.assertEqual(after["threads"], recorded_threads)

    def test_counts_threads_that_borrow_their_makers_storage_while_it_waits(self):
        self.assert_exact("borrowing", 1, 2 * THREADS)

    @unittest.skipUnless(platform.machine() == "x86_64", "makes the thread's storage as it is on x86_64")
    def test_counts_threads_with_storage_of_their_own_beside_their_maker(self):
        self.assert_exact("owning", THREADS + 1, THREADS + 1)


if __name__ == "__main__":
    unittest.main()
