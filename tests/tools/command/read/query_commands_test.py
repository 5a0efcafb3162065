"""What the reading commands answer beyond tracemalloc: churn, lifetimes, sizes, native keys, filters, pipes."""

import collections
import fcntl
import json
import os
import pathlib
import pty
import struct
import subprocess
import termios
import unittest

from command_case import CommandCase

SOURCE = (pathlib.Path(__file__).parents[2] / "programs/known_containers.cc").read_text().splitlines()


def lines_of_containers():
    begin = next(number for number, line in enumerate(SOURCE, 1) if "static void fill_level()" in line)
    end = next(number for number, line in enumerate(SOURCE, 1) if number > begin and line == "}")
    return range(begin, end)


class QueryCase(CommandCase):
    PROGRAM = "known_containers"
    GAME_FRAMES = 6

    def setUp(self):
        super().setUp()
        self.reel = self.folder / "test.reel"
        program = self.programs / self.PROGRAM
        # No game frame by the clock: the program's own are counted.
        outcome = self.heapreel("run", "-f", "--frame-every", 0, "-o", self.reel, "--", program, self.GAME_FRAMES)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)

    def json(self, *words, status=0):
        outcome = self.heapreel(*words, "--json")
        self.assertEqual(outcome.returncode, status, outcome.stderr)
        return json.loads(outcome.stdout)

    def stats(self, *words):
        return self.json("stats", self.reel, "-n", 100000, *words)

    def groups(self, *words):
        """Name of the group -> (bytes, blocks)."""
        return {
            row["traceback"][-1].get("name", row["traceback"][-1].get("filename")): (row["size"], row["count"])
            for row in self.stats(*words)["statistics"]
        }


class MarksTest(QueryCase):
    PROGRAM = "known_heap"
    GAME_FRAMES = "frames"  # the program's word for: three game frames, and a mark in the second

    def test_domains_are_counted_with_and_without_each_other(self):
        domains = self.json("domains", self.reel)["domains"]
        stats = self.json("stats", "--by", "domain", self.reel)["statistics"]
        self.assertEqual([(row["name"], row["bytes"], row["blocks"]) for row in domains],
                         [(row["traceback"][0]["name"], row["size"], row["count"]) for row in stats])
        self.assertEqual(domains[0]["own_bytes"], domains[0]["bytes"])
        self.assertIn("all, each byte once", self.heapreel("domains", self.reel).stdout)

    def test_marks_are_listed_with_what_happened_up_to_them(self):
        marks = self.json("marks", self.reel)["marks"]
        self.assertEqual([(mark["name"], mark["game_frame"]) for mark in marks], [("level-loaded", 1)])
        self.assertEqual((marks[0]["allocs"], marks[0]["frees"], marks[0]["live_blocks"]), (100, 40, 60))

    def test_a_program_without_marks_is_told_so(self):
        reel = self.folder / "no_marks.reel"
        self.heapreel("run", "-f", "-o", reel, "--", "true")
        self.assertEqual(self.heapreel("marks", reel).stdout, "the program made no mark\n")


class SkipListTest(QueryCase):
    def lines(self, *words):
        frames = [row["traceback"][-1] for row in self.stats("--by", "lineno", *words)["statistics"]]
        return {(pathlib.Path(frame["filename"]).name, frame["lineno"]) for frame in frames}

    def test_containers_are_grouped_by_the_line_that_uses_them(self):
        inside = ("--all-frames", "--function", "fill_level*")
        lines = self.lines(*inside)
        self.assertEqual({name for name, _ in lines}, {"known_containers.cc"})
        allocating = [n for n in lines_of_containers() if "//" in SOURCE[n - 1]]
        self.assertEqual({line for _, line in lines}, set(allocating))

    def test_library_frames_can_be_grouped_by(self):
        names = {name for name, _ in self.lines("--library-frames", "--all-frames", "--function", "fill_level*")}
        self.assertNotEqual(names, {"known_containers.cc"})

    def test_wrappers_of_the_programs_own_can_be_skipped_too(self):
        for option in ("--skip", "--skip-function"):
            functions = set(self.groups("--by", "function", option, "fill_level*"))
            self.assertNotIn("fill_level()", functions)
            self.assertIn("main", functions)

    def test_code_without_symbols_is_skipped_by_its_place(self):
        program = self.folder / "stripped"
        subprocess.run(["strip", "-o", program, self.programs / self.PROGRAM], check=True)
        reel = self.folder / "stripped.reel"
        outcome = self.heapreel("run", "-o", reel, "--", program, 1)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)

        def modules(*words):
            rows = self.json("stats", reel, "-n", 1000, "--by", "lineno", *words)["statistics"]
            return {pathlib.Path(row["traceback"][-1]["module"]).name for row in rows}

        self.assertIn("stripped", modules("--skip-function", "*/stripped+0x*"), "a place is no function")
        self.assertNotIn("stripped", modules("--skip", "*/stripped+0x*"))


class OptimisedSkipListTest(SkipListTest):
    PROGRAM = "known_containers_optimised"


class NativeKeysTest(QueryCase):
    def test_every_key_adds_up_to_the_same_blocks(self):
        total = self.json("info", self.reel)
        for key in ("filename", "lineno", "traceback", "function", "module", "domain", "tag", "thread", "size_class"):
            with self.subTest(key=key):
                stats = self.stats("--by", key)
                self.assertEqual(sum(row["size"] for row in stats["statistics"]), total["live_bytes"])
                self.assertEqual(sum(row["count"] for row in stats["statistics"]), total["live_blocks"])

    def test_names_are_those_the_program_gave(self):
        self.assertEqual(self.groups("--by", "domain")["Pool"], (100, 2))
        self.assertEqual(self.groups("--by", "tag")["Physics/Solver"], (555, 1))
        threads = self.groups("--by", "thread", "--function", "work_on_thread*")
        self.assertEqual([(name.split(" ")[0], figures) for name, figures in threads.items()], [("worker", (777, 1))])
        self.assertEqual(self.groups("--by", "function")["work_on_thread()"], (777, 1))
        self.assertEqual(self.groups("--by", "size_class", "--tag", "Physics")["up to 1024 B"], (555, 1))
        self.assertTrue(any(name.endswith(self.PROGRAM) for name in self.groups("--by", "module")))

    def test_comparisons_by_every_key_are_the_difference_of_the_statistics(self):
        for key in ("function", "module", "domain", "tag", "thread", "size_class"):
            with self.subTest(key=key):
                diff = self.json("diff", f"{self.reel}@1", f"{self.reel}@4", "--by", key, "-n", 1000)
                self.assertEqual(sum(row["size_diff"] for row in diff["differences"]), 30)
                self.assertEqual(sum(row["count_diff"] for row in diff["differences"]), 3)


class FilterTest(QueryCase):
    def blocks(self, *words):
        return self.stats(*words)["live_blocks"]

    def test_kinds_narrow_and_repeats_widen(self):
        self.assertEqual(self.blocks("--function", "work_in_scope*"), 3)
        self.assertEqual(self.blocks("--function", "work_in_scope*", "--function", "work_on_thread*"), 4)
        self.assertEqual(self.blocks("--function", "work_in_scope*", "--domain", "Pool"), 2)
        self.assertEqual(self.blocks("--function", "work_in_scope*", "--domain", "0"), 1)
        self.assertEqual(self.blocks("--function", "work_in_scope*", "--not-domain", "Pool"), 1)
        self.assertEqual(self.blocks("--function", "work_*", "--thread", "worker"), 1)
        self.assertEqual(self.blocks("--function", "work_*", "--not-thread", "work*"), 3)
        self.assertEqual(self.blocks("--tag", "Physics"), 1)
        self.assertEqual(self.blocks("--function", "work_in_scope*", "--not-tag", "Physics"), 2)
        self.assertEqual(self.blocks("--domain", "Nothing"), 0)

    def test_threads_are_named_by_number_as_well(self):
        (name,) = self.groups("--by", "thread", "--thread", "worker")
        self.assertEqual(self.blocks("--thread", name.split("(")[1].rstrip(")")), self.blocks("--thread", "worker"))


class ChurnTest(QueryCase):
    def test_counts_blocks_that_came_and_went(self):
        churn = self.json("diff", f"{self.reel}@1", f"{self.reel}@3", "--churn")
        self.assertEqual(churn["schema"], "heapreel.churn/1")
        figures = [churn[name] for name in ("allocs", "alloc_bytes", "frees", "freed_bytes")]
        self.assertEqual(figures, [22, 2020, 20, 2000])
        by_line = {
            SOURCE[row["traceback"][-1]["lineno"] - 1].split("// ")[-1]: (row["allocs"], row["frees"])
            for row in churn["churn"]
        }
        self.assertEqual(by_line, {"temporary": (20, 20), "leak": (2, 0)})

    def test_is_what_frames_tells_added_up(self):
        rows = self.json("frames", self.reel, "2..4")["game_frames"]
        churn = self.json("diff", f"{self.reel}@1", f"{self.reel}@4", "--churn", "--by", "module")
        for name in ("allocs", "frees", "alloc_bytes", "freed_bytes"):
            self.assertEqual(churn[name], sum(row[name] for row in rows), name)

    def test_by_thread_and_size_class_adds_up_to_the_same(self):
        totals = {}
        for key in ("lineno", "thread", "size_class"):
            churn = self.json("diff", f"{self.reel}@1", f"{self.reel}@3", "--churn", "--by", key)
            self.assertEqual(churn["by"], key)
            names = ("allocs", "alloc_bytes", "frees", "freed_bytes", "reallocs")
            totals[key] = [churn[name] for name in names]
            self.assertEqual([sum(row[name] for row in churn["churn"]) for name in names], totals[key])
        self.assertEqual(totals["thread"], totals["lineno"])
        self.assertEqual(totals["size_class"], totals["lineno"])

    def test_refuses_what_it_cannot_tell_and_says_what_to_ask_instead(self):
        for options, told in (
            (("--by", "thread", "--tag", "Physics"), "ask without filters, or by a key that sites have, such as tag"),
            (("--by", "size_class", "--domain", "0"), "ask without filters, or by a key that sites have, such as tag"),
            (("--by", "size_class", "--thread", "*"), "--thread exclude each other"),
            (("--by", "lineno", "--thread", "*"), "--thread exclude each other"),
            (("--by", "thread", "--born", "1..2"), "--born exclude each other"),
        ):
            with self.subTest(options=options):
                outcome = self.heapreel("diff", f"{self.reel}@1", f"{self.reel}@3", "--churn", *options)
                self.assertEqual(outcome.returncode, 2)
                self.assertIn(told, outcome.stderr)

    def test_an_older_reel_says_that_it_does_not_know(self):
        reel = pathlib.Path(__file__).parents[3] / "vectors/golden_run.reel"
        outcome = self.heapreel("diff", f"{reel}@0", f"{reel}@1", "--churn", "--by", "thread")
        self.assertEqual(outcome.returncode, 2)
        self.assertIn("the reel does not say what threads and size classes allocate and free", outcome.stderr)
        self.assertEqual(self.heapreel("diff", f"{reel}@0", f"{reel}@1", "--churn", "--by", "tag").returncode, 0)


class LifetimesTest(QueryCase):
    # At the end of game frame n the loop has run n times: born in game frame n are 10 temporary blocks, one that stays.
    EXPECTED = {
        "after 4": (22 + 11, 2020 + 1010),
        "decline 2 4": (0, 0),
        "growth 2 4": (3, 30),
        "growth-vs-decline 2 4": (3, 30),
        "free-events 2 4": (30, 3000),
        "alloc-events 2 4": (33, 3030),
        "short-living 2 4": (30, 3000),
        "memory-leaks 2 3 5": (2, 20),
        "limited-lifetime 2 3 5": (0, 0),
        "decline-of-long-living 2 3 5": (0, 0),
        "specific-lifetime 1 2 3 4": (0, 0),
    }

    def rule(self, text, *words):
        name, *game_frames = text.split()
        return self.json("leaks", self.reel, "--rule", name, *game_frames, "--function", "main", *words)

    def test_every_rule_gives_its_blocks(self):
        for text, expected in self.EXPECTED.items():
            with self.subTest(rule=text):
                answer = self.rule(text)
                self.assertEqual((answer["blocks"], answer["bytes"]), expected)
                self.assertEqual(answer["schema"], "heapreel.lifetimes/1")

    def test_before_counts_what_is_gone(self):
        sooner, later = self.rule("before 3"), self.rule("before 5")
        self.assertEqual((later["blocks"] - sooner["blocks"], later["bytes"] - sooner["bytes"]), (20, 2000))

    def test_long_living_and_active_allocs_are_what_stats_shows(self):
        for rule, stats in (("active-allocs 3", ("@3",)), ("long-living 3 5", ("@5", "--born", "..2"))):
            shown = self.json("stats", f"{self.reel}{stats[0]}", *stats[1:], "--function", "main")
            self.assertEqual(self.rule(rule)["blocks"], shown["live_blocks"])
            self.assertEqual(self.rule(rule)["bytes"], shown["live_bytes"])

    def test_memory_leaks_is_what_born_and_at_say(self):
        born = self.json("leaks", self.reel, "--born", "2..3", "--at", "5", "--function", "main")
        self.assertEqual((born["live_blocks"], born["live_bytes"]), (2, 20))

    def test_help_tells_every_rule(self):
        text = self.heapreel("help", "leaks").stdout
        for rule in [*self.EXPECTED, "active-allocs", "before", "long-living"]:
            self.assertIn(f"\n  {rule.split()[0]} A", text)

    def test_refuses_bad_usage(self):
        for message, *words in (
            ("did you mean 'growth'?", "--rule", "grwth", 1, 2),
            ("usage: heapreel leaks FILE --rule memory-leaks A B C", "--rule", "memory-leaks", 1, 2),
            ("not in order", "--rule", "growth", 4, 2),
            ("cannot be grouped by thread", "--rule", "short-living", 2, 4, "--by", "thread"),
            ("not --born", "--rule", "growth", 1, 2, "--born", "1..2"),
        ):
            with self.subTest(words=words):
                outcome = self.heapreel("leaks", self.reel, *words)
                self.assertEqual((outcome.returncode, outcome.stdout), (2, ""))
                self.assertIn(message, outcome.stderr)


class SizesTest(QueryCase):
    def test_bins_hold_every_block(self):
        total = self.json("info", self.reel)
        for bins in ("power-of-two", "mimalloc"):
            answer = self.json("stats", self.reel, "--sizes", bins)
            self.assertEqual(sum(row["size"] for row in answer["sizes"]), total["live_bytes"])
            self.assertEqual(sum(row["count"] for row in answer["sizes"]), total["live_blocks"])
            for row in answer["sizes"]:
                self.assertLessEqual(row["least"] * row["count"], row["size"])
                self.assertLessEqual(row["size"], row["most"] * row["count"])

    def test_tells_what_the_allocator_adds(self):
        answer = self.json("stats", self.reel, "--sizes", "power-of-two", "--tag", "Physics")
        self.assertEqual(
            answer["sizes"], [{"least": 513, "most": 1024, "count": 1, "size": 555, "slack": 640 - 555}]
        )

    def test_refuses_other_bins(self):
        outcome = self.heapreel("stats", self.reel, "--sizes", "mimaloc")
        self.assertEqual(outcome.returncode, 2)
        self.assertIn("did you mean 'mimalloc'?", outcome.stderr)


class OutputTest(QueryCase):
    def test_a_reader_that_has_had_enough_is_no_error(self):
        process = self.start("stats", self.reel, "--by", "traceback", "-n", 100000)
        process.stdout.close()
        self.assertIn(process.wait(timeout=60), (0, -13))
        self.assertEqual(process.stderr.read(), "")
        # Nor is it for a parent that ignores SIGPIPE, as Python does.
        process = subprocess.Popen(
            [self.command, "frames", str(self.reel)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            restore_signals=False,
        )
        process.stdout.close()
        with process.stderr:
            self.assertEqual((process.wait(timeout=60), process.stderr.read()), (0, ""))

    def test_reads_standard_input(self):
        with open(self.reel, "rb") as reel:
            data = reel.read()
        outcome = subprocess.run(
            [self.command, "stats", "-@3", "--json"], input=data, capture_output=True, env=self.environment, timeout=60
        )
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        piped = json.loads(outcome.stdout)
        self.assertEqual(piped["file"], "-")
        self.assertEqual(piped["statistics"], self.json("stats", f"{self.reel}@3")["statistics"])
        outcome = subprocess.run(
            [self.command, "info", "-"], input=b"no reel", capture_output=True, env=self.environment, timeout=60
        )
        self.assertEqual((outcome.returncode, outcome.stdout), (3, b""))
        self.assertIn(b"heapreel: -: is not a reel", outcome.stderr)

    def test_lines_fit_the_terminal(self):
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        with open(leader, "rb", buffering=0) as screen:
            words = ["stats", str(self.reel), "--by", "traceback", "--library-frames", "-n", "100"]
            process = subprocess.Popen([self.command, *words], stdout=follower, env={**self.environment, "NO_COLOR": "1"})
            os.close(follower)
            shown = b""
            while True:
                try:
                    piece = screen.read(65536)
                except OSError:  # Linux: the last writer is gone
                    break
                if not piece:
                    break
                shown += piece
            self.assertEqual(process.wait(timeout=60), 0)
        lines = shown.decode().replace("\r", "").splitlines()[2:]
        self.assertGreater(len(lines), 20)
        self.assertLessEqual(max(map(len, lines)), 100)
        self.assertTrue(any("..." in line for line in lines))
        piped = self.heapreel(*words).stdout.splitlines()
        self.assertGreater(max(map(len, piped)), 100)
        self.assertFalse(any("\x1b" in line for line in piped + lines), "no colours, no escapes")

    def test_every_json_names_its_schema_and_its_file(self):
        for schema, *words in (
            ("info", "info"),
            ("stats", "stats"),
            ("sizes", "stats", "--sizes", "mimalloc"),
            ("frames", "frames"),
            ("leaks", "leaks", "--born", "1..2"),
            ("lifetimes", "leaks", "--rule", "growth", 1, 2),
        ):
            with self.subTest(words=words):
                answer = self.json(words[0], self.reel, *words[1:])
                self.assertEqual(answer["schema"], f"heapreel.{schema}/1")
                self.assertEqual(answer["file"], str(self.reel))

    def test_documents_every_field_of_its_json(self):
        page = pathlib.Path(os.environ["HEAPREEL_JSON_PAGE"])
        documented = page.read_text() + "".join(
            json.loads(schema.read_text()).get("description", "") for schema in (page.parent / "json_schemas").glob("*.json")
        )
        names = collections.Counter()

        def collect(value):
            if isinstance(value, dict):
                names.update(value.keys())
                for part in value.values():
                    collect(part)
            elif isinstance(value, list):
                for part in value:
                    collect(part)

        for words in (
            ("info", self.reel),
            ("stats", self.reel),
            ("stats", self.reel, "--by", "domain", "--born", "1..2"),
            ("stats", self.reel, "--sizes", "mimalloc"),
            ("frames", self.reel),
            ("diff", f"{self.reel}@1", f"{self.reel}@3"),
            ("diff", f"{self.reel}@1", f"{self.reel}@3", "--churn"),
            ("leaks", self.reel, "--born", "1..2"),
            ("leaks", self.reel, "--rule", "specific-lifetime", 1, 2, 3, 4),
        ):
            collect(self.json(*words))
        undocumented = [name for name in names if f"`{name}`" not in documented]
        self.assertEqual(undocumented, [])

    def test_a_lossy_reel_says_so_and_is_status_4(self):
        torn = self.folder / "torn.reel"
        torn.write_bytes(self.reel.read_bytes()[:-40])
        for words in (
            ("stats", torn),
            ("diff", f"{torn}@1", f"{torn}@2"),
            ("leaks", torn, "--born", "1..2"),
            ("frames", torn),
            ("info", torn),
        ):
            with self.subTest(words=words):
                outcome = self.heapreel(*words)
                self.assertEqual(outcome.returncode, 4, outcome.stderr)
                self.assertIn("cut off or damaged", outcome.stderr)
                self.assertNotEqual(outcome.stdout, "")

    def test_peak_says_how_far_it_is_from_the_peak(self):
        self.assertIn("inside game frame", self.heapreel("stats", f"{self.reel}@peak").stdout)


if __name__ == "__main__":
    unittest.main()
