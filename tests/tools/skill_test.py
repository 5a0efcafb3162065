"""The skill file's commands run as written, and their answers have the members that it promises."""

import json
import os
import pathlib
import re
import shlex
import unittest

from command_case import CommandCase

SKILL = (pathlib.Path(os.environ["HEAPREEL_JSON_PAGE"]).parent / "skill/SKILL.md").read_text()


def rows():
    """(words of the command, names of members that the answer has somewhere)."""
    for line in SKILL.splitlines():
        if found := re.fullmatch(r"\| [^|]+ \| `heapreel ([^`]+)` \| (.*) \|", line):
            yield shlex.split(found[1]), re.findall(r"`([a-z_0-9.]+)(?:\[\])?`", found[2])


def members(value):
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from members(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner)


class SkillTest(CommandCase):
    def test_every_command_answers_as_promised(self):
        program = self.programs / "known_containers"
        outcome = self.heapreel("run", "--frame-every", 0, "-o", "game.reel", "--", program, 8)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        (self.folder / "memory.toml").write_text('["*"]\nallocs_per_game_frame = 0\n')
        for words, names in rows():
            with self.subTest(words=words):
                outcome = self.heapreel(*words)
                # A check's and a doctor's answer may be no.
                self.assertIn(outcome.returncode, (0, 1) if words[0] in ("check", "doctor") else (0,), outcome.stderr)
                if words[0] == "export":
                    self.assertTrue((self.folder / "game.sqlite").exists())
                    continue
                found = set(members(json.loads(outcome.stdout)))
                # This program makes no marks, and has nothing that keeps pages; its pool lies in no block of malloc's.
                promised = {name.split(".")[-1] for name in names} - {"within"}
                if words[0] == "check":
                    promised &= {"findings", "state", "name", "message", "summaries"}
                if words[0] == "marks":
                    promised = {"marks"}
                self.assertLessEqual(promised, found)

    def test_every_row_of_the_questions_has_a_command(self):
        table = SKILL.split("| the question | the command |")[1].split("\n\n")[0]
        self.assertEqual(len(list(rows())), len(table.splitlines()) - 2)


if __name__ == "__main__":
    unittest.main()
