"""What `heapreel advise` says of a program of which it is known."""

import json
import pathlib
import subprocess
import unittest

from command_case import CommandCase

SOURCE = (pathlib.Path(__file__).parents[2] / "programs/advisable.cc").read_text().splitlines()


def line_of(word):
    return next(number for number, line in enumerate(SOURCE, 1) if f"// {word}" in line)


class AdviseTest(CommandCase):
    def record(self, *words, arguments=()):
        reel = self.folder / "test.reel"
        program = (self.programs / "advisable", *arguments)
        outcome = self.heapreel("run", "-f", "--frame-every", 0, *words, "-o", reel, "--", *program)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return reel

    def advice(self, *words):
        outcome = self.heapreel("advise", *words, "--json")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return json.loads(outcome.stdout)

    @staticmethod
    def by_line(rows):
        """Rows whose most recent frame is in the program, by its line."""
        return {row["traceback"][-1]["lineno"]: row for row in rows if "advisable" in row["traceback"][-1]["filename"]}

    def test_an_arena_holds_the_fullest_game_frame(self):
        advice = self.advice(self.record())
        arena = advice["arena"]
        rows = self.by_line(arena["sites"])
        self.assertEqual(set(rows), {line_of("fixed"), line_of("varied")})
        fixed, varied = rows[line_of("fixed")], rows[line_of("varied")]
        # Game frames 1 to 11 have as many as their number.
        self.assertEqual((fixed["blocks"], fixed["bytes"], fixed["most_blocks"]), (66, 66 * 48, 11))
        self.assertEqual((varied["game_frames"], varied["most_bytes"]), (11, sum(100 + i for i in range(11))))
        # 48 bytes are known to be multiples of 16; of the others, 15 bytes a block may be rounded up.
        self.assertEqual(arena["capacity"], 11 * 48 + varied["most_bytes"] + 11 * 15)
        needed = 11 * 48 + sum((100 + i + 15) // 16 * 16 for i in range(11))
        self.assertGreaterEqual(arena["capacity"], needed)
        self.assertEqual(arena["fullest_game_frame"], 11)

    def test_a_range_of_game_frames_is_looked_at_alone(self):
        advice = self.advice(self.record(), "3..5")
        fixed = self.by_line(advice["arena"]["sites"])[line_of("fixed")]
        self.assertEqual((fixed["blocks"], advice["game_frames"]), (3 + 4 + 5, 3))

    def test_blocks_that_another_thread_frees_are_in_no_arena(self):
        reel = self.record(arguments=("hand over",))
        arena = self.advice(reel)["arena"]
        self.assertTrue(arena["threads_known"])
        own, handed = self.by_line(arena["sites"]), self.by_line(arena["handed_over"])
        self.assertEqual(set(own), {line_of("fixed"), line_of("varied"), line_of("own of the other")})
        self.assertEqual(set(handed), {line_of("handed")})
        row = handed[line_of("handed")]
        # Game frames 1 to 11.
        self.assertEqual((row["blocks"], row["bytes"], row["cross_thread_blocks"]), (22, 22 * 40, 22))
        self.assertEqual({site["cross_thread_blocks"] for site in own.values()}, {0})
        self.assertIn("handed over: blocks of ", self.heapreel("advise", reel).stdout)
        code = self.heapreel("advise", reel, "--code").stdout
        self.assertRegex(code, r"//   22 of 22 blocks by another thread  .*advisable")

    def test_frees_by_other_threads_are_asked_for_by_game_frame(self):
        reel = self.record(arguments=("hand over",))
        outcome = self.heapreel("leaks", reel, "--rule", "cross-thread-frees", 3, 5, "--json")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        rows = self.by_line(json.loads(outcome.stdout)["statistics"])
        self.assertEqual((rows[line_of("handed")]["count"], rows[line_of("handed")]["size"]), (6, 240))
        self.assertNotIn(line_of("own of the other"), rows)

    def test_a_reel_of_before_says_that_it_does_not_know_who_frees(self):
        reel = pathlib.Path(__file__).parents[3] / "vectors/golden_groups.reel"
        self.assertFalse(self.advice(reel)["arena"]["threads_known"])
        self.assertIn("does not say which thread frees", self.heapreel("advise", reel).stdout)
        refused = self.heapreel("leaks", reel, "--rule", "cross-thread-frees", 3, 5)
        self.assertEqual((refused.returncode, refused.stdout), (2, ""))
        self.assertIn("does not say which thread frees", refused.stderr)

    def test_a_pool_holds_what_ever_lived_at_once(self):
        pool = self.by_line(self.advice(self.record())["pools"])[line_of("pool")]
        self.assertEqual((pool["size"], pool["allocs"], pool["most_live"]), (24, 22, 8))
        # Two are freed and two allocated in a game frame: ten, if they were allocated first.
        self.assertEqual(pool["capacity"], 10)

    def test_blocks_that_keep_pages_are_found_with_their_site(self):
        advice = self.advice(self.record("--allocator", "mimalloc"))
        self.assertTrue(advice["pages_known"])
        pinning = self.by_line(advice["pinning"])[line_of("pinning")]
        # 20,000 blocks of 256 bytes are 78 pages and a bit; each of them keeps some.
        self.assertGreater(pinning["pages"], 60)
        self.assertEqual(pinning["oldest"], 2)
        self.assertLessEqual(pinning["pages_alone"], pinning["pages"])
        page = next(page for page in advice["pages_list"] if page["most_bytes"] > 60_000)
        self.assertLessEqual(page["bytes"] * 4, 65536)
        self.assertEqual(len(page["bytes_at"]), len(advice["sampled_game_frames"]))
        self.assertEqual(page["bytes_at"][-1], page["bytes"])

    def test_the_systems_allocator_has_no_pages_that_are_known(self):
        reel = self.record("--allocator", "system")
        advice = self.advice(reel)
        self.assertEqual((advice["pages_known"], advice["pinning"], advice["rounding"]), (False, [], []))
        self.assertIn("known for mimalloc only", self.heapreel("advise", reel).stdout)

    def test_what_mimalloc_adds_is_what_stats_says(self):
        reel = self.record("--allocator", "mimalloc")
        sizes = json.loads(self.heapreel("stats", reel, "--sizes", "mimalloc", "--json").stdout)
        self.assertEqual(self.advice(reel)["slack_bytes"], sum(row["slack"] for row in sizes["sizes"]))

    def test_the_code_compiles(self):
        code = self.folder / "advice.h"
        code.write_text(self.heapreel("advise", self.record(), "--code").stdout)
        self.assertIn("frame_arena", code.read_text())
        compiled = subprocess.run(
            ["c++", "-std=c++20", "-fsyntax-only", "-x", "c++", code], capture_output=True, text=True, check=False
        )
        self.assertEqual(compiled.returncode, 0, compiled.stderr)


if __name__ == "__main__":
    unittest.main()
