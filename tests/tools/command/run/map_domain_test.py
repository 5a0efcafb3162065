"""`heapreel run --map-domain`: what a program maps itself, against what the system says it has mapped."""

import json
import unittest

from command_case import CommandCase

DOMAINS = ("mmap", "mmap-reserved", "brk")


class MapDomainTest(CommandCase):
    def record(self, *words, program="maps_randomly", arguments=("30", "alone")):
        outcome = self.heapreel("run", "-f", "--frame-every", 0, "--every-game-frame", "-o", "maps.reel", *words, "--",
                                self.programs / program, *arguments)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return outcome.stdout

    def live(self, domain):
        """Bytes at the end of each game frame; nothing where the program has no such domain."""
        outcome = self.heapreel("frames", "maps.reel", "--domain", domain, "--all", "--json")
        self.assertIn(outcome.returncode, (0, 2), outcome.stderr)
        if outcome.returncode == 2:
            return None
        return [row["live_bytes"] for row in json.loads(outcome.stdout)["game_frames"] if not row["partial"]]

    def test_what_is_mapped_is_what_the_system_says_in_every_game_frame(self):
        for words in ((), ("--allocator", "system")):
            told = [line.split() for line in self.record("--map-domain", *words).splitlines()]
            mapped, reserved, taken = (self.live(domain) for domain in DOMAINS)
            self.assertEqual(
                [both + more for both, more in zip(mapped, reserved)][: len(told) - 1],
                [int(size) for _, size in told[:-1]], words)
            self.assertEqual(told[-1], ["break", str(taken[-1])])

    def test_each_piece_is_of_the_line_that_mapped_it(self):
        self.record("--map-domain")
        outcome = self.heapreel("stats", "maps.reel@20", "--domain", "mmap*", "--json", "-n", "100")
        lines = {row["traceback"][0]["lineno"] for row in json.loads(outcome.stdout)["statistics"]}
        source = (self.programs_source() / "maps_randomly.c").read_text().splitlines()
        maps = {number for number, line in enumerate(source, 1) if " mmap(" in line or " mremap(" in line}
        self.assertTrue(lines <= maps, (lines, maps))

    def programs_source(self):
        import pathlib

        return pathlib.Path(__file__).parents[2] / "programs"

    def test_nothing_of_it_is_recorded_unless_asked_for(self):
        self.record()
        for domain in DOMAINS:
            self.assertIsNone(self.live(domain))

    def test_allocators_maps_are_not_the_programs(self):
        self.record("--map-domain", program="gate", arguments=("5",))
        self.assertIsNone(self.live("mmap"))

    def test_attach_does_not_know_it(self):
        outcome = self.heapreel("attach", "--map-domain", 1)
        self.assertEqual(outcome.returncode, 2)
        self.assertIn("--map-domain", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
