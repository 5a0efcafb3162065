"""Colours: on a terminal only, never with NO_COLOR, and without them the text is the same."""

import os
import pty
import re
import unittest

from command_case import CommandCase

COLOUR = re.compile(r"\x1b\[[0-9]*m")


class ColourTest(CommandCase):
    def on_terminal(self, words, **variables):
        """What the command writes to a terminal of unlimited width."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.execve(self.command, [self.command, *map(str, words)], {**self.environment, "TERM": "xterm", **variables})
        shown = b""
        while True:
            try:
                part = os.read(terminal, 1 << 16)
            except OSError:  # what Linux says when the other side has closed it
                break
            if not part:
                break
            shown += part
        os.close(terminal)
        os.waitpid(child, 0)
        return shown.decode().replace("\r\n", "\n")

    def test_they_are_there_where_somebody_sees_them(self):
        program = self.programs / "known_containers"
        outcome = self.heapreel("run", "--frame-every", 0, "-o", "game.reel", "--", program, 8)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        (self.folder / "memory.toml").write_text('["*"]\nallocs_per_game_frame = 0\n')
        for words in (
            ("frames", "game.reel"),
            ("frames", "game.reel", "0..3"),
            ("diff", "game.reel@0", "game.reel@5"),
            ("stats", "game.reel"),
            ("leaks", "game.reel"),
            ("check", "game.reel", "--budgets", "memory.toml"),
            ("top", "--once", "game.reel"),
            ("doctor",),
        ):
            with self.subTest(words):
                plain = self.heapreel(*words).stdout
                self.assertNotRegex(plain, COLOUR)
                coloured = self.on_terminal(words)
                self.assertRegex(coloured, COLOUR)
                self.assertEqual(COLOUR.sub("", coloured).splitlines()[0], plain.splitlines()[0])
                self.assertNotRegex(self.on_terminal(words, NO_COLOR="1"), COLOUR)
                self.assertNotRegex(self.on_terminal(words, TERM="dumb"), COLOUR)

    def test_json_never_has_any(self):
        self.heapreel("run", "--frame-every", 0, "-o", "game.reel", "--", self.programs / "known_containers", 8)
        for words in (("diff", "game.reel@0", "game.reel@5", "--json"), ("stats", "game.reel", "--json")):
            self.assertNotRegex(self.on_terminal(words), COLOUR)


if __name__ == "__main__":
    unittest.main()
