"""A traced program that waits, for the tests of what watches running programs."""

import pathlib

from command_case import CommandCase

NOT_YET = ("No such file", "no reel of this process", "too short", "ends early", "header is damaged or missing")


class WatchCase(CommandCase):
    def start_waiting(self):
        """A traced program that made three game frames and waits; the id of the program, and of the run."""
        run = self.start("run", "--frame-every", 0, "-o", "test.reel", "--", self.known_heap, "frames_and_signal")
        self.assertEqual(run.stdout.readline(), "waiting\n")
        children = pathlib.Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
        (program,) = (id for id in children if pathlib.Path(f"/proc/{id}/comm").read_text() == "known_heap\n")
        return run, int(program)

    def look(self, *words, game_frame=2):
        """The lines of `top --once`, when all game frames have been written."""
        # The program does not wait for its recorder: the reel may not be there yet, or not be long enough. The test's own
        # time limit ends this.
        while True:
            outcome = self.heapreel("top", "--once", *words)
            if outcome.returncode == 3 and any(text in outcome.stderr for text in NOT_YET):
                continue
            self.assertEqual(outcome.returncode, 0, outcome.stderr)
            if outcome.stdout.startswith(f"game frame {game_frame} "):
                return outcome.stdout.splitlines()
