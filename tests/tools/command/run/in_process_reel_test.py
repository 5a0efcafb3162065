"""A program that records a reel of itself, without `heapreel run`: the reel is the one that `run` would write."""

import json
import subprocess
import unittest

from command_case import CommandCase


class InProcessReelTest(CommandCase):
    def record(self, mode, name="own.reel"):
        program = str(self.programs / "records_itself")
        return subprocess.run([program, str(self.folder / name), mode], env=self.environment, capture_output=True,
                              text=True, timeout=120)

    def recorded(self, mode):
        outcome = self.record(mode)
        self.assertEqual((outcome.returncode, outcome.stderr), (3, ""))
        return self.info(self.folder / "own.reel")

    def places(self, *where):
        text = self.heapreel("stats", "--by", "function", "--json", *where).stdout
        names = {row["traceback"][0]["name"]: row for row in json.loads(text)["statistics"]}
        return {name.split("::")[-1].removesuffix("()"): (row["count"], row["size"]) for name, row in names.items()}

    def test_it_ends_with_the_program_and_its_status(self):
        info = self.recorded("exit")
        self.assertEqual(info["ended"], "exit 3")
        self.assertEqual(info["game_frames"], 100)
        self.assertEqual(info["issued"], info["stored"])
        self.assertEqual([(mark["name"], mark["game_frame"]) for mark in info["marks"]], [("half", 50)])
        self.assertEqual(self.places("own.reel@end")["keep_one"], (100, 6400))

    def test_it_is_the_reel_that_run_writes(self):
        self.recorded("exit")
        outcome = self.heapreel("run", "-o", "run.reel", "--frame-every", "0", "--", str(self.programs / "records_itself"),
                                "unused.reel", "exit")
        self.assertEqual(outcome.returncode, 3, outcome.stderr)
        self.assertIn("unused.reel is not recorded: `heapreel run` records this program", outcome.stderr)
        self.assertFalse((self.folder / "unused.reel").exists())
        for frames in "10..19", "60..69":
            rows = []
            for reel in "own.reel", "run.reel":
                shown = json.loads(self.heapreel("frames", "--json", reel, frames).stdout)
                rows.append([(row["game_frame"], row["allocs"], row["frees"], row["alloc_bytes"])
                             for row in shown["game_frames"]])
            self.assertEqual(len(rows[0]), 10)
            self.assertEqual(rows[0], rows[1])
        self.assertEqual(self.places("own.reel@end")["keep_one"], self.places("run.reel@end")["keep_one"])

    def test_stop_ends_it_with_what_is_live_then(self):
        info = self.recorded("stop")
        self.assertEqual((info["ended"], info["game_frames"]), ("detached", 100))
        self.assertEqual(self.places("own.reel@end")["keep_one"], (101, 101 * 64))

    def test_it_has_the_programs_own_numbers(self):
        self.recorded("numbers")
        shown = self.heapreel("frames", "own.reel", "..").stdout
        for name in "4", "100#1", "104#2", "109":
            self.assertRegex(shown, rf"(?m)^ *{name} ")
        for spec, live in ("4", 5), ("109", 15), ("100#1", 6), ("100#2", 16), ("end", 20):
            self.assertEqual(self.places(f"own.reel@{spec}")["keep_one"][0], live, spec)
        for spec, told in (("100", "gave this number to 2 game frames: write @100#1, @100#2"), ("100#3", "to 2 game frames"),
                           ("50", "gave this number to no game frame"), ("100#", "expected a game frame's number")):
            outcome = self.heapreel("stats", f"own.reel@{spec}")
            self.assertEqual(outcome.returncode, 2, spec)
            self.assertIn(told, outcome.stderr)
        rows = json.loads(self.heapreel("frames", "--json", "own.reel", "100#1..100#2").stdout)["game_frames"]
        self.assertEqual([(row["game_frame"], row["number"]) for row in rows],
                         [*zip(range(5, 15), range(100, 110)), (15, 100)])
        self.assertEqual(self.heapreel("leaks", "own.reel").returncode, 0)
        # Our game frames 5 and 15 are the program's 100#1 and 100#2, 19 is its 104#2, and the end is the 105 that comes next.
        self.assertTrue(self.heapreel("diff", "own.reel@100#1", "own.reel@100#2").stdout.startswith(
            "own.reel  game frames 100#1 -> 100#2   live "))
        diff = json.loads(self.heapreel("diff", "own.reel@100#1", "own.reel@100#2", "--json").stdout)
        self.assertEqual([(diff[side]["game_frame"], diff[side]["number"]) for side in ("before", "after")], [(5, 100), (15, 100)])
        self.assertIn("  game frames 100#1 to 104#2\n", self.heapreel("advise", "own.reel", "100#1..104#2").stdout)
        advice = json.loads(self.heapreel("advise", "own.reel", "100#1..104#2", "--json").stdout)
        self.assertEqual([advice[name] for name in ("first_game_frame", "first_number", "last_game_frame", "last_number")],
                         [5, 100, 19, 104])
        self.assertEqual(self.heapreel("advise", "own.reel").returncode, 0)
        top = json.loads(self.heapreel("top", "own.reel", "--json").stdout)
        self.assertEqual((top["game_frame"], top["number"]), (19, 104))
        self.assertIn("game frame 104#2", self.heapreel("top", "own.reel", "--once").stdout)
        self.assertIn("to 104#2 the heap grew", self.heapreel("report", "--summary", "own.reel").stdout)
        summary = json.loads(self.heapreel("report", "--summary", "own.reel", "--json").stdout)
        growth = next(sentence for sentence in summary["sentences"] if sentence["about"] == "growth")
        self.assertEqual((growth["game_frame"], growth["number"]), (19, 104))
        # Our game frames 0 to 4 have our numbers; 5 to 14 are the program's 100 to 109, and 15 to 19 its 100 to 104.
        number = {**{n: n for n in range(5)}, **{n: n + 95 for n in range(5, 15)}, **{n: n + 85 for n in range(15, 20)}}
        for sentence in summary["sentences"]:
            self.assertEqual((sentence["before_number"], sentence["number"]),
                             (number[sentence["before"]], number[sentence["game_frame"]]), sentence["about"])

    def test_c_programs_record_themselves_too(self):
        outcome = self.record("c")
        self.assertEqual(outcome.returncode, 3, outcome.stderr)
        self.assertIn("own.reel", outcome.stderr)
        self.assertEqual(self.places("own.reel@end")["keep_one"], (10, 640))

    def test_a_reel_can_follow_another(self):
        self.recorded("again")
        self.assertEqual(self.places("own.reel@end")["keep_one"], (100, 6400))
        self.assertEqual(self.places("own.reel.2@end")["keep_one"], (3, 192))

    def test_there_is_one_at_a_time(self):
        outcome = self.record("twice")
        self.assertEqual(outcome.returncode, 3)
        self.assertIn("own.reel.2 is not recorded: this process records a reel already", outcome.stderr)
        self.assertEqual(self.info(self.folder / "own.reel")["ended"], "exit 3")

    def test_it_begins_with_what_was_traced_before(self):
        self.recorded("later")
        self.assertEqual(self.places("own.reel@end")["keep_one"], (105, 105 * 64))

    def test_a_forked_child_leaves_it_alone(self):
        info = self.recorded("fork")
        self.assertEqual((info["ended"], info["game_frames"]), ("exit 3", 100))

    def test_cleared_traces_begin_a_generation(self):
        info = self.recorded("clear")
        self.assertEqual(info["game_frames"], 110)
        self.assertEqual(self.places("own.reel@end")["keep_one"], (10, 640))

    def test_a_program_that_is_killed_leaves_a_readable_reel(self):
        outcome = self.record("kill")
        self.assertEqual(outcome.returncode, -9)
        last = json.loads(self.heapreel("stats", "--json", "own.reel@end").stdout)["game_frame"]
        self.assertEqual(self.places("own.reel@end")["keep_one"], (last + 1, (last + 1) * 64))

    def test_a_file_that_is_there_is_left_alone_unless_told_otherwise(self):
        (self.folder / "own.reel").write_text("precious")
        outcome = self.record("exit")
        self.assertEqual(outcome.returncode, 97)
        self.assertIn("own.reel", outcome.stderr)
        self.assertEqual((self.folder / "own.reel").read_text(), "precious")
        self.assertEqual(self.record("overwrite").returncode, 3)
        self.assertEqual(self.info(self.folder / "own.reel")["game_frames"], 100)


if __name__ == "__main__":
    unittest.main()
