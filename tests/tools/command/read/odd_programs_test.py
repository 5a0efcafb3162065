"""What readers are told of programs that do odd things: names that talk to terminals, builds without identity, damage."""

import json
import os
import pathlib
import shutil
import socket
import stat
import subprocess
import unittest

from command_case import CommandCase

UNSAFE = [chr(code) for code in [*range(0x20), *range(0x7F, 0xA0), 0x202E, 0x2028, 0x2066] if chr(code) != "\n"]


class OddProgramCase(CommandCase):
    def record_habit(self, habit, *options):
        self.reel = self.folder / "odd.reel"
        program = self.programs / "odd_habits"
        outcome = self.heapreel("run", "-f", "-o", self.reel, *options, "--", program, habit)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return outcome

    def json(self, *words):
        return json.loads(self.heapreel(*words, "--json").stdout)


class HostileTextTest(OddProgramCase):
    def test_nothing_that_a_program_says_reaches_the_terminal_as_more_than_text(self):
        run = self.record_habit("speak", "--frame-every", 0)
        texts = [run.stderr]
        for words in (("info",), ("stats",), ("frames",), ("stats", "--by", "thread"), ("stats", "--python-text")):
            outcome = self.heapreel(*words, self.reel)
            texts += [outcome.stdout, outcome.stderr]
        for text in texts:
            self.assertEqual([mark for mark in UNSAFE if mark in text], [])
        lines = self.heapreel("info", self.reel).stdout.splitlines()
        self.assertEqual(len([line for line in lines if line.startswith("  mark  ")]), 4)
        self.assertIn("  mark        forged?  mark        innocent at game frame 7 at game frame 0", lines)

    def test_json_has_what_was_said_to_the_letter(self):
        self.record_habit("speak", "--frame-every", 0)
        names = [mark["name"] for mark in self.json("info", self.reel)["marks"]]
        self.assertEqual(names[:2], ["clear\x1b[2J", "forged\n  mark        innocent at game frame 7"])
        self.assertEqual(names[3], "turned\u202edrawkcab")

    def test_arguments_paths_and_messages_are_safe_too(self):
        bad = "no\x1b[31m such\nfile"
        for words in (("info", bad), ("stats", self.folder / bad), ("run", "--", bad), (bad,), ("stats", "--" + bad)):
            said = self.heapreel(*words).stderr
            self.assertNotIn("\x1b", said)
            self.assertEqual(said.count("\n"), 1, said)


class OwnGameFramesTest(OddProgramCase):
    def test_all_before_the_first_boundary_of_its_own_is_game_frame_0(self):
        self.record_habit("load", "--frame-every", 1)
        whole = self.json("frames", self.reel)
        rows = whole["game_frames"]
        self.assertEqual([row["game_frame"] for row in rows], [0, 1, 2, 3])
        self.assertEqual([row["allocs"] for row in rows[:3]], [rows[0]["allocs"], 1, 2])
        self.assertGreaterEqual(rows[0]["allocs"], 100)
        self.assertEqual(sum(row["allocs"] for row in rows), self.info(self.reel)["allocs"])
        info = self.info(self.reel)
        self.assertEqual([(mark["name"], mark["game_frame"]) for mark in info["marks"]], [("loaded", 0), ("third", 2)])
        self.assertEqual(info["game_frames"], 3)
        born = self.json("leaks", self.reel, "--born", "1..1")
        self.assertEqual((born["live_blocks"], born["live_bytes"]), (1, 100))
        early = self.json("leaks", self.reel, "--born", "0..0", "--at", "0")
        self.assertGreaterEqual(early["live_blocks"], 50)
        churn = self.json("diff", f"{self.reel}@0", f"{self.reel}@2", "--churn")
        self.assertEqual(churn["allocs"], 3)

    def test_budgets_look_at_the_same_game_frames(self):
        budgets = self.folder / "memory.toml"
        budgets.write_text('first_game_frame = 1\n["*"]\nallocs_per_game_frame = 1\n')
        outcome = self.heapreel("run", "-f", "--frame-every", 1, "-o", "odd.reel", "--budgets", budgets, "--",
                                self.programs / "odd_habits", "load")
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertIn("2 allocs in game frame 2, the limit is 1 alloc; 1 game frame is over it", outcome.stderr)
        self.assertIn("over 2 game frames", outcome.stderr)


class RecursionTest(OddProgramCase):
    def test_a_block_counts_once_for_a_function_that_is_on_its_stack_several_times(self):
        self.record_habit("recurse", "--frame-every", 0)
        words = ("stats", self.reel, "--by", "function", "--cumulative")
        rows = {row["traceback"][0]["name"]: row for row in self.json(*words, "-n", "50")["statistics"]}
        self.assertEqual((rows["descend"]["size"], rows["descend"]["count"]), (1000, 10))
        self.assertIn("descend: size=7000 B, count=70", self.heapreel(*words, "--python-text", "-n", "50").stdout)


class EverythingFreedTest(OddProgramCase):
    def test_leaks_says_that_the_program_had_freed_everything(self):
        self.record_habit("free", "--frame-every", 0)
        outcome = self.heapreel("leaks", self.reel, "--born", "0..0", "--at", "1")
        self.assertIn("no block matches", outcome.stdout)


class DamageTest(OddProgramCase):
    def test_every_command_says_that_a_state_is_damaged(self):
        self.record_habit("load", "--frame-every", 0)
        whole = self.reel.read_bytes()
        self.assertEqual(self.heapreel("info", "--verify", self.reel).returncode, 0)
        damaged = bytearray(whole)
        # The payload of the first state: kind 7.
        offset = 16
        while int.from_bytes(whole[offset : offset + 2], "little") != 7:
            offset += 32 + int.from_bytes(whole[offset + 8 : offset + 16], "little")
        size = int.from_bytes(whole[offset + 8 : offset + 16], "little")
        damaged[offset + 32 + size // 2] ^= 0xFF
        self.reel.write_bytes(damaged)
        for words in (("info",), ("frames",), ("info", "--verify")):
            outcome = self.heapreel(*words, self.reel)
            self.assertEqual(outcome.returncode, 4, f"{words}: {outcome.stdout}")
            self.assertIn("damaged at byte", outcome.stderr)
        self.assertIn("  complete    no", self.heapreel("info", self.reel).stdout)
        self.assertIn("cannot be shown", self.heapreel("info", "--verify", self.reel).stdout)
        self.assertEqual(self.heapreel("stats", f"{self.reel}@0").returncode, 3)


    def test_commands_that_write_or_watch_say_so_too(self):
        self.record_habit("load", "--frame-every", 0)
        whole = self.reel.read_bytes()
        offset = len(whole)
        states = []
        place = 16
        while place + 32 < offset:
            size = int.from_bytes(whole[place + 8 : place + 16], "little")
            if int.from_bytes(whole[place : place + 2], "little") == 7:
                states.append((place + 32, size))
            place += 32 + size
        damaged = bytearray(whole)
        damaged[states[-1][0] + states[-1][1] // 2] ^= 0xFF
        self.reel.write_bytes(damaged)
        sealed = self.heapreel("seal", self.reel)
        self.assertEqual(sealed.returncode, 4, sealed.stdout)
        self.assertIn("damaged at byte", sealed.stderr)
        self.reel.write_bytes(whole[: len(whole) * 3 // 4])
        for words in (("top", "--once"), ("top", "--json"), ("snap", "-f", "-o", self.folder / "now.still")):
            outcome = self.heapreel(*words, self.reel)
            self.assertEqual(outcome.returncode, 4, f"{words}: {outcome.stdout}")
            self.assertIn("cut off or damaged", outcome.stdout + outcome.stderr)


class StillTest(OddProgramCase):
    def test_every_command_shows_a_snapshot_in_a_file_or_says_why_not(self):
        still = pathlib.Path(__file__).parents[3] / "vectors/golden.still"
        self.assertIn("live 17.3 KiB in 12 blocks", self.heapreel("info", still).stdout)
        for words in (("advise",), ("stats", "--lifetimes"), ("top", "--once"), ("frames", "--tag", "Physics/Solver"),
                      ("report", "-f", "-o", self.folder / "page.html"),
                      ("export", "--to", "csv", "-f", "-o", self.folder / "sites.csv")):
            outcome = self.heapreel(*words, still)
            self.assertEqual(outcome.returncode, 0, (words, outcome.stderr))
            self.assertNotIn("16777216 TiB", outcome.stdout)
        part, = self.json("frames", "--tag", "Physics/Solver", still)["game_frames"]
        self.assertEqual((part["allocs"], part["frees"], part["freed_bytes"], part["live_bytes"]), (0, 0, 0, 4425))


class NamesTest(OddProgramCase):
    def function_blocks(self, *words):
        rows = self.json("stats", self.reel, "--by", "function", "--module", "*game.so", *words)["statistics"]
        return {row["traceback"][0]["name"]: row["count"] for row in rows}

    def test_builds_without_an_identity_get_their_own_names_or_none(self):
        self.reel = self.folder / "reload.reel"
        builds = [self.programs / f"libplugin_{name}.so" for name in ("alpha", "bravo", "charlie")]
        outcome = self.heapreel("run", "-o", self.reel, "--", self.programs / "hot_reload", self.folder / "game.so", *builds)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        named = {"only_in_alpha": 11, "only_in_bravo": 22, "only_in_charlie": 33}
        self.assertEqual(self.function_blocks().get("only_in_charlie"), 33, "the build that is there has its names")
        for name, count in self.function_blocks().items():
            if name in named:
                self.assertEqual(count, named[name], name)
        shutil.copy(builds[1], self.folder / "game.so")
        for name, count in self.function_blocks("--no-symbol-cache").items():
            if name in named:
                self.assertEqual(count, named[name], name)

    def setUp(self):
        super().setUp()
        self.game = self.folder / "game"
        shutil.copy(self.programs / "odd_habits", self.game)

    def record_game(self):
        self.reel = self.folder / "game.reel"
        outcome = self.heapreel("run", "-f", "--frame-every", 0, "-o", self.reel, "--", self.game, "recurse")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)

    def names(self, *words):
        return [row["traceback"] for row in self.json("stats", self.reel, *words)["statistics"]]

    def test_names_once_resolved_stay_when_the_program_moves_or_is_built_again(self):
        self.record_game()
        before = self.names()
        self.assertEqual(before[0][0]["function"], "descend")
        self.game.rename(self.folder / "moved")
        self.assertEqual(self.names(), before)
        shutil.copy(self.programs / "hot_reload", self.game)
        self.assertEqual(self.names(), before)
        self.assertNotEqual(self.names("--no-symbol-cache"), before)

    def test_a_sealed_reel_shows_its_names_on_another_machine(self):
        self.record_game()
        before = self.names()
        outcome = self.heapreel("seal", self.reel)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("sealed: ", outcome.stdout)
        self.game.unlink()
        self.assertEqual(self.names("--no-symbol-cache"), before)
        self.assertTrue(self.info(self.reel)["sealed"])
        self.assertEqual(self.heapreel("info", "--verify", self.reel).returncode, 0)
        self.assertEqual(self.heapreel("seal", self.reel).returncode, 0, "again")
        self.assertEqual(self.names("--no-symbol-cache"), before)

    def test_a_reel_that_was_cut_off_is_not_sealed(self):
        self.record_game()
        self.reel.write_bytes(self.reel.read_bytes()[:-10])
        outcome = self.heapreel("seal", self.reel)
        self.assertEqual(outcome.returncode, 3)
        self.assertIn("only a whole reel can be sealed", outcome.stderr)


class OutputTest(OddProgramCase):
    def test_reels_and_caches_are_their_owners_alone(self):
        self.record_habit("recurse")
        self.heapreel("stats", self.reel)
        for path in [self.reel, *(self.folder / "cache").rglob("*.symbols")]:
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path)

    def test_nothing_is_written_through_a_link_and_nothing_started(self):
        target = self.folder / "target"
        for force in ((), ("-f",)):
            for exists in (False, True):
                if exists:
                    target.write_text("precious")
                link = self.folder / "link.reel"
                link.unlink(missing_ok=True)
                link.symlink_to(target)
                started = self.folder / "started"
                outcome = self.heapreel("run", *force, "-o", link, "--", "/usr/bin/touch", started)
                self.assertEqual(outcome.returncode, 2, outcome.stderr)
                self.assertFalse(started.exists())
                self.assertTrue(link.is_symlink())
                self.assertEqual(target.read_text() if exists else "precious", "precious")
            target.unlink(missing_ok=True)

    def test_a_file_of_several_names_loses_one_of_them(self):
        other = self.folder / "other"
        other.write_text("precious")
        os.link(other, self.folder / "odd.reel")
        self.record_habit("recurse")
        self.assertEqual(other.read_text(), "precious")

    def test_what_can_hold_no_reel_is_refused_before_anything_starts(self):
        started = self.folder / "started"
        (self.folder / "file").touch()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.folder / "socket"))
            for output in ("socket", "file/"):
                outcome = self.heapreel("run", "-f", "-o", output, "--", "/usr/bin/touch", started)
                self.assertEqual(outcome.returncode, 2, outcome.stderr)
                self.assertFalse(started.exists())

    def test_a_recording_is_not_replaced_by_what_is_made_of_it(self):
        self.record_habit("load", "--frame-every", 0)
        whole = self.reel.read_bytes()
        other = self.folder / "other name.reel"
        other.symlink_to(self.reel)
        for words in (("snap",), ("report",), ("export", "--to", "csv"), ("check", "--suggest")):
            for output in (self.reel, other):
                outcome = self.heapreel(*words, "-f", "-o", output, self.reel)
                self.assertEqual(outcome.returncode, 2, (words, outcome.stderr))
                self.assertIn("is the recording itself", outcome.stderr)
        self.assertEqual(self.reel.read_bytes(), whole)

    def test_standard_output_is_the_programs(self):
        outcome = self.heapreel("run", "-o", "-", "--", "/bin/true")
        self.assertEqual(outcome.returncode, 2)
        self.assertIn("name a file", outcome.stderr)
        self.assertEqual(self.files(), [])


class InputTest(OddProgramCase):
    def test_only_regular_files_are_opened(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        place = self.folder / "socket"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(place))
            for path, said in ((pipe, "is a pipe"), (place, "is a socket"), ("/dev/null", "is a device")):
                outcome = self.heapreel("info", path)
                self.assertEqual(outcome.returncode, 3, path)
                self.assertIn(said, outcome.stderr)

    def test_a_reel_that_is_being_written_says_so(self):
        reel = self.folder / "live.reel"
        process = self.start("run", "--frame-every", 1, "-o", reel, "--", self.known_heap, "signal")
        self.assertEqual(process.stdout.readline(), "waiting\n")
        said = ""
        for _ in range(200):
            outcome = self.heapreel("info", reel)
            said = outcome.stderr
            if "is still being written" in said:
                break
        self.assertIn("is still being written", said)
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True).stdout
        os.kill(int(children.split()[0]), 10)
        process.wait()


class PatternTest(OddProgramCase):
    def test_a_pattern_that_matches_nothing_is_told_what_it_may_have_meant(self):
        self.record_habit("recurse")
        for option, pattern, hint in (
            ("--filename", "odd_habits.c", "*odd_habits.c"),
            ("--function", "descen", "descend"),
            ("--function", "desc.*", "desc*"),
            ("--function", "descned", "did you mean 'descend"),
            ("--tag", "Physcis", "whole name"),
        ):
            outcome = self.heapreel("stats", self.reel, option, pattern)
            self.assertIn("no block matches", outcome.stdout)
            self.assertIn(hint, outcome.stdout, (option, pattern))
        self.assertIn("whole name", self.heapreel("help", "stats").stdout)

    def test_a_command_that_shows_no_moment_says_so(self):
        self.record_habit("load", "--frame-every", 0)
        for command in ("info", "marks", "report"):
            outcome = self.heapreel(command, f"{self.reel}@1")
            self.assertEqual(outcome.returncode, 2, outcome.stderr)
            self.assertIn("leave @1 out", outcome.stderr)

    def test_one_game_frame_is_named_as_elsewhere(self):
        self.record_habit("load", "--frame-every", 0)
        rows = self.json("frames", f"{self.reel}@1")["game_frames"]
        self.assertEqual([row["game_frame"] for row in rows], [1])

    def test_a_reel_of_many_game_frames_shows_the_busiest(self):
        reel = self.folder / "many.reel"
        self.heapreel("run", "--frame-every", 0, "-o", reel, "--", self.known_heap, "loop", "100")
        lines = self.heapreel("frames", reel).stdout.splitlines()
        self.assertLess(len(lines), 60)
        self.assertGreater(len(self.heapreel("frames", "--all", reel).stdout.splitlines()), 100)

    def test_the_version_is_told_by_its_usual_names(self):
        self.assertEqual(self.heapreel("-V").stdout, self.heapreel("--version").stdout)


if __name__ == "__main__":
    unittest.main()
