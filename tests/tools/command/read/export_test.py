"""Exports, each read by a program that is not ours, and compared with what the commands that read a reel say."""

import csv
import importlib.util
import json
import os
import pathlib
import re
import shutil
import sqlite3
import stat
import subprocess
import unittest

from command_case import CommandCase

GAME_FRAMES = 6
SOURCE = (pathlib.Path(__file__).parents[2] / "programs/known_containers.cc").read_text().splitlines()
PAGE = (pathlib.Path(os.environ["HEAPREEL_JSON_PAGE"]).parent / "EXPORT.md").read_text()


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


class ExportCase(CommandCase):
    """One run of known_containers, which all tests of a class share: a domain, a tag and a thread of its own."""

    recorded = {}
    program = ("known_containers", GAME_FRAMES)

    def setUp(self):
        super().setUp()
        self.reel = self.folder / "test.reel"
        if not self.recorded:
            name, *words = self.program
            program = self.programs / name
            outcome = self.heapreel("run", "-f", "--frame-every", 0, "-o", self.reel, "--", program, *words)
            self.assertEqual(outcome.returncode, 0, outcome.stderr)
            self.recorded["reel"] = self.reel.read_bytes()
        self.reel.write_bytes(self.recorded["reel"])

    def export(self, to, *words, at="", status=0):
        """The file that was written, by its default name."""
        before = set(self.files())
        outcome = self.heapreel("export", "-f", f"{self.reel}{at}", "--to", to, *words)
        self.assertEqual(outcome.returncode, status, outcome.stderr)
        new = set(self.files()) - before
        self.assertEqual(len(new), 1, new)
        return self.folder / new.pop()

    def json(self, *words):
        outcome = self.heapreel(*words, "--json")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return json.loads(outcome.stdout)

    def tool(self, *words, **options):
        """What another program prints."""
        name = str(words[0])
        if shutil.which(name) is None:
            self.skipTest(f"{name} is not installed")
        environment = {**self.environment, "HOME": str(self.folder)}
        outcome = subprocess.run(
            list(map(str, words)), cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120, **options
        )
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return outcome.stdout


class FileTest(ExportCase):
    def test_the_name_is_the_reels_with_another_suffix(self):
        self.assertEqual(self.export("collapsed").name, "test.folded")

    def test_nothing_is_overwritten_unless_asked_for(self):
        precious = self.folder / "out"
        precious.write_text("precious")
        refused = self.heapreel("export", self.reel, "--to", "csv", "-o", precious)
        self.assertEqual((refused.returncode, precious.read_text()), (2, "precious"))
        self.assertIn("exists already", refused.stderr)
        self.assertEqual(self.heapreel("export", self.reel, "--to", "csv", "-o", precious, "-f").returncode, 0)
        self.assertNotEqual(precious.read_text(), "precious")

    def test_what_cannot_be_finished_leaves_nothing_behind(self):
        reel = bytearray(self.recorded["reel"])
        reel[len(reel) // 2 :] = b"\xff" * (len(reel) - len(reel) // 2)
        self.reel.write_bytes(reel)
        before = self.files()
        for name in ("csv", "sqlite", "pprof"):
            outcome = self.heapreel("export", self.reel, "--to", name, "-o", self.folder / "new")
            if outcome.returncode == 3:
                self.assertEqual(self.files(), before, name)
            else:  # the first half was enough for this one
                self.assertEqual(outcome.returncode, 4, outcome.stderr)
                (self.folder / "new").unlink()

    def test_a_full_disk_is_said(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        outcome = self.heapreel("export", self.reel, "--to", "ndjson", "-o", "/dev/full")
        self.assertEqual(outcome.returncode, 3)
        self.assertIn("/dev/full: cannot be written", outcome.stderr)

    def test_only_its_owner_may_read_it(self):
        self.assertEqual(stat.S_IMODE(self.export("csv").stat().st_mode), 0o600)

    def test_a_typo_is_told_what_there_is(self):
        for words, told in (
            (("--to", "prof"), "did you mean 'pprof'"),
            ((), "name one with --to"),
            (("--to", "csv", "--table", "site"), "did you mean 'sites'"),
            (("--to", "pprof", "--table", "sites"), "has no tables to choose from"),
            (("--to", "pprof", "--value", "allocs"), "takes none"),
            (("--to", "collapsed", "--value", "alloc"), "did you mean 'allocs'"),
            (("--to", "sqlite", "-o", "-"), "name a file"),
        ):
            outcome = self.heapreel("export", self.reel, *words)
            self.assertEqual(outcome.returncode, 2, words)
            self.assertIn(told, outcome.stderr)

    def test_a_moment_ends_what_is_exported(self):
        rows = rows_of(self.export("csv", "--table", "game_frames", at="@3"))
        self.assertEqual([row["game_frame"] for row in rows], ["0", "1", "2", "3"])


class CollapsedTest(ExportCase):
    def test_every_figure_adds_up(self):
        info = self.info(self.reel)
        for value, figure in (
            ("live-bytes", "live_bytes"),
            ("live-blocks", "live_blocks"),
            ("alloc-bytes", "alloc_bytes"),
            ("allocs", "allocs"),
        ):
            outcome = self.heapreel("export", self.reel, "--to", "collapsed", "--value", value, "-o", "-")
            lines = [re.fullmatch(r"([^;\n]+(?:;[^;\n]+)*) (\d+)", line) for line in outcome.stdout.splitlines()]
            self.assertTrue(all(lines))
            self.assertEqual(sum(int(line[2]) for line in lines), info[figure], value)
        self.assertTrue(any(re.search(r"main;.*fill_level\(\);", line[1]) for line in lines))


class PprofTest(ExportCase):
    def pprof(self, *words):
        self.tool("go", "version")
        return self.tool("go", "tool", "pprof", "-symbolize=none", *words)

    def sums(self, raw):
        """Of `pprof -raw`: the sum of each sample type, and of live bytes by label."""
        lines = raw[raw.index("Samples:\n") : raw.index("\nLocations\n")].splitlines()[1:]
        names = [name.split("/")[0] for name in lines[0].replace("[dflt]", "").split()]
        sums, labels = dict.fromkeys(names, 0), {}
        values = []
        for line in lines[1:]:
            if sample := re.fullmatch(r"\s*((?:-?\d+ *)+): [\d ]*", line):
                values = [int(value) for value in sample[1].split()]
                for name, value in zip(names, values):
                    sums[name] += value
            else:
                for label in re.findall(r"(\w+):\[([^]]*)\]", line):
                    labels[label] = labels.get(label, 0) + values[3]
        return sums, labels

    def test_totals_and_labels_are_those_of_the_reel(self):
        info = self.info(self.reel)
        sums, labels = self.sums(self.pprof("-raw", self.export("pprof")))
        self.assertEqual(
            sums,
            {
                "alloc_objects": info["allocs"],
                "alloc_space": info["alloc_bytes"],
                "inuse_objects": info["live_blocks"],
                "inuse_space": info["live_bytes"],
            },
        )
        self.assertEqual(labels["domain", "Pool"], 100)
        self.assertEqual(labels["tag", "Physics/Solver"], 555)
        workers = [name for key, name in labels if key == "thread" and name.startswith("worker")]
        self.assertEqual([labels["thread", name] for name in workers], [777])

    def test_a_difference_of_two_moments_is_what_diff_says(self):
        old = self.export("pprof", "-o", "old.pb.gz", at="@1")
        new = self.export("pprof", "-o", "new.pb.gz", at="@4")
        sums, _ = self.sums(self.pprof("-raw", f"-diff_base={old}", new))
        diff = self.json("diff", f"{self.reel}@1", f"{self.reel}@4")
        self.assertEqual(sums["inuse_space"], diff["after"]["live_bytes"] - diff["before"]["live_bytes"])

    def test_functions_lines_and_builds_are_there(self):
        raw = self.pprof("-raw", self.export("pprof"))
        self.assertRegex(raw, r"fill_level\(\) .*known_containers\.cc:\d+")
        build = subprocess.run(
            ["readelf", "-n", self.programs / "known_containers"], capture_output=True, text=True, check=False
        ).stdout
        if found := re.search(r"Build ID: (\w+)", build):
            self.assertIn(found[1], raw)
        focused = self.pprof("-top", "-tagfocus=domain=Pool", self.folder / "test.pb.gz")
        self.assertIn("work_in_scope", focused)
        self.assertNotIn("fill_level", focused)


class HostileNameTest(ExportCase):
    """A tag and a mark whose name means something to every format."""

    recorded = {}
    program = ("advisable",)
    NAME = "a;b,\"c\"\n\t\\.\x1b[31m'); DROP TABLE sites;--</script>\ufffd größe"

    def test_every_table_has_the_name_and_nothing_but_it(self):
        sites = rows_of(self.export("csv"))
        self.assertEqual([row["live_bytes"] for row in sites if row["tag"] == self.NAME], ["33"])
        lines = [json.loads(line) for line in self.export("ndjson").read_text().splitlines()]
        self.assertEqual([line["name"] for line in lines if line["table"] == "marks"], [self.NAME])
        database = sqlite3.connect(self.export("sqlite"))
        self.addCleanup(database.close)
        self.assertEqual(database.execute("SELECT name FROM marks").fetchall(), [(self.NAME,)])
        self.assertEqual(database.execute("SELECT live_bytes FROM sites WHERE tag = ?", [self.NAME]).fetchall(), [(33,)])
        sql = self.export("postgresql").read_text()
        copied = self.NAME.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
        self.assertEqual(sum(f"\t{copied}\t" in line for line in sql.split("\n")), 2)

    def test_pprof_has_the_label(self):
        self.tool("go", "version")
        raw = self.tool("go", "tool", "pprof", "-symbolize=none", "-tags", self.export("pprof"))
        self.assertIn("DROP TABLE", raw)

    def test_perfetto_has_the_mark(self):
        subset = pathlib.Path(__file__).parent / "perfetto_subset.proto"
        with self.export("perfetto").open("rb") as trace:
            text = self.tool("protoc", f"-I{subset.parent}", "--decode=Trace", subset, stdin=trace)
        self.assertIn("DROP TABLE", text)


class SpeedscopeTest(ExportCase):
    def test_each_profile_adds_up_and_every_number_means_a_frame(self):
        info = self.info(self.reel)
        file = json.loads(self.export("speedscope").read_text())
        figures = ("live_bytes", "live_blocks", "alloc_bytes", "allocs")
        for profile, figure in zip(file["profiles"], figures):
            self.assertEqual(sum(profile["weights"]), info[figure])
            self.assertEqual(profile["endValue"], info[figure])
            self.assertEqual(len(profile["samples"]), len(profile["weights"]))
        functions = [frame["name"] for frame in file["shared"]["frames"]]
        stacks = [[functions[number] for number in sample] for sample in file["profiles"][0]["samples"]]
        self.assertTrue(any("main" in stack and stack.index("main") < stack.index("fill_level()") for stack in stacks if "fill_level()" in stack))

    def test_speedscopes_own_schema_accepts_it(self):
        schema = pathlib.Path(os.environ["HEAPREEL_JSON_PAGE"]).parents[1] / "tests/vectors/speedscope.schema.json"
        if importlib.util.find_spec("jsonschema") is None:
            self.skipTest("python3-jsonschema is not installed")
        import jsonschema

        file = json.loads(self.export("speedscope").read_text())
        schema = json.loads(schema.read_text())
        jsonschema.validate(file, schema)
        file["profiles"][0]["unit"] = "furlongs"
        with self.assertRaises(jsonschema.ValidationError):
            jsonschema.validate(file, schema)


class DhatTest(ExportCase):
    def test_valgrinds_viewer_shows_our_totals(self):
        info = self.info(self.reel)
        viewer = pathlib.Path("/usr/libexec/valgrind/dh_view.js")
        if not viewer.exists():
            self.skipTest("valgrind's dh_view.js is not installed")
        runner = pathlib.Path(__file__).parent / "dhat_viewer.js"
        shown = self.tool("node", runner, viewer, self.export("dhat"))
        sums = json.loads(shown.splitlines()[0])
        self.assertEqual((sums["tb"], sums["tbk"]), (info["alloc_bytes"], info["allocs"]))
        self.assertEqual((sums["eb"], sums["ebk"]), (info["live_bytes"], info["live_blocks"]))
        rows = self.json("frames", self.reel, "-n", 1000)["game_frames"]
        peak = max(rows, key=lambda row: row["live_bytes"])
        self.assertEqual(sums["gb"], peak["live_bytes"])
        self.assertIn(f"t-gmax: {peak['game_frame']} game frames", shown)

    def test_lifetimes_are_game_frames(self):
        file = json.loads(self.export("dhat").read_text())
        names = [self.of_frames(file, point["fs"]) for point in file["pps"]]
        # Ten blocks that come and go in each of the six game frames; and one that lives on from each.
        temporary = next(point for point, name in zip(file["pps"], names) if "main" in name and point["tbk"] == 10 * GAME_FRAMES)
        self.assertEqual((temporary["tl"], temporary["eb"], temporary["tb"]), (0, 0, 6000))
        leak = next(point for point, name in zip(file["pps"], names) if "main" in name and point["tb"] == 10 * GAME_FRAMES)
        # Born in 1 to 6, alive in 6.
        self.assertEqual((leak["tl"], leak["eb"], leak["mb"]), (5 + 4 + 3 + 2 + 1 + 0, 60, 60))

    @staticmethod
    def of_frames(file, numbers):
        return [file["ftbl"][number].split(" (")[0] for number in numbers]


class HeaptrackTest(ExportCase):
    def test_heaptrack_print_shows_our_totals(self):
        info = self.info(self.reel)
        exported = self.export("heaptrack")
        for kind, expected in (("allocations", info["allocs"]), ("leaked", info["live_bytes"])):
            stacks = self.folder / kind
            shown = self.tool(
                "heaptrack_print",
                "--disable-builtin-suppressions",
                f"--flamegraph-cost-type={kind}",
                "-F",
                stacks,
                exported,
            )
            self.assertEqual(sum(int(line.split()[-1]) for line in stacks.read_text().splitlines()), expected, kind)
        self.assertIn(f"calls to allocation functions: {info['allocs']} ", shown)
        self.assertIn("fill_level()", stacks.read_text())

    def test_what_comes_and_goes_in_a_game_frame_is_temporary(self):
        shown = self.tool("heaptrack_print", self.export("heaptrack"))
        rows = rows_of(self.export("csv", "--table", "deltas"))
        temporary = sum(int(row["temporary_blocks"]) for row in rows)
        self.assertGreaterEqual(temporary, 10 * GAME_FRAMES)
        self.assertIn(f"temporary memory allocations: {temporary} ", shown)


class PerfettoTest(ExportCase):
    def test_counters_of_each_domain_end_at_our_totals(self):
        subset = pathlib.Path(__file__).parent / "perfetto_subset.proto"
        with self.export("perfetto").open("rb") as trace:
            text = self.tool("protoc", f"-I{subset.parent}", "--decode=Trace", subset, stdin=trace)
        self.assertNotRegex(text, r"(?m)^ *\d+:")  # a field that the subset lacks
        tracks, values = {}, {}
        for packet in text.split("packet {")[1:]:
            if found := re.search(r"track_descriptor {\s+uuid: (\d+)\s+name: \"(.*)\"", packet):
                tracks[found[1]] = found[2]
            if found := re.search(r"TYPE_COUNTER\s+track_uuid: (\d+)\s+counter_value: (\d+)", packet):
                values.setdefault(tracks[found[1]], []).append(int(found[2]))
        domains = {row["traceback"][0]["name"]: row for row in self.json("stats", self.reel, "--by", "domain")["statistics"]}
        for name, row in domains.items():
            self.assertEqual(values[f"{name}: live bytes"][-1], row["size"])
            self.assertEqual(values[f"{name}: live blocks"][-1], row["count"])
        self.assertEqual(values["game frame"], list(range(GAME_FRAMES + 1)))


class TablesTest(ExportCase):
    def test_csv_and_ndjson_are_one_set_of_tables(self):
        lines = [json.loads(line) for line in self.export("ndjson").read_text().splitlines()]
        names = list(dict.fromkeys(line["table"] for line in lines))
        self.assertEqual(names, ["reels", "game_frames", "frames", "deltas", "sites", "blocks"])
        for name in names:
            rows = rows_of(self.export("csv", "--table", name, "-o", f"{name}.csv"))
            expected = [
                {key: str(value) for key, value in line.items() if key != "table"} for line in lines if line["table"] == name
            ]
            self.assertEqual(rows, expected)

    def test_sites_and_game_frames_add_up(self):
        info = self.info(self.reel)
        sites = rows_of(self.export("csv"))
        for figure in ("allocs", "frees", "alloc_bytes", "live_blocks", "live_bytes"):
            self.assertEqual(sum(int(row[figure]) for row in sites), info[figure], figure)
        frames = self.json("frames", self.reel, "-n", 1000)["game_frames"]
        rows = rows_of(self.export("csv", "--table", "game_frames", "-o", "frames.csv"))
        for figure in ("game_frame", "allocs", "frees", "alloc_bytes", "freed_bytes", "live_blocks", "live_bytes"):
            self.assertEqual([int(row[figure]) for row in rows], [row[figure] for row in frames], figure)


class SqliteTest(ExportCase):
    def setUp(self):
        super().setUp()
        self.database = sqlite3.connect(self.export("sqlite"))
        self.addCleanup(self.database.close)

    def one(self, sql):
        return self.database.execute(sql).fetchone()

    def test_the_tables_add_up(self):
        info = self.info(self.reel)
        self.assertEqual(self.one("PRAGMA integrity_check"), ("ok",))
        self.assertEqual(
            self.one("SELECT sum(allocs), sum(frees), sum(alloc_bytes) FROM deltas"),
            (info["allocs"], info["frees"], info["alloc_bytes"]),
        )
        self.assertEqual(self.one("SELECT sum(size), count(*) FROM blocks"), (info["live_bytes"], info["live_blocks"]))
        self.assertEqual(self.one("SELECT sum(byte_growth) FROM deltas"), (info["live_bytes"],))
        self.assertEqual(
            self.database.execute(
                "SELECT game_frame, sum(allocs), sum(alloc_bytes), sum(frees) FROM deltas GROUP BY 1 ORDER BY 1"
            ).fetchall(),
            self.database.execute(
                "SELECT game_frame, allocs, alloc_bytes, frees FROM game_frames WHERE allocs + frees > 0 ORDER BY 1"
            ).fetchall(),
        )

    def answers(self, a=1, b=4):
        """Every question that EXPORT.md asks, by its number: its rows."""
        questions = re.findall(r"(?m)^(\d+)\. .*\n```sql\n([^`]*)```", PAGE)
        self.assertEqual([int(number) for number, _ in questions], list(range(1, 11)))
        return {int(number): self.database.execute(sql, {"a": a, "b": b}).fetchall() for number, sql in questions}

    def test_the_ten_questions_are_answered_as_the_commands_answer_them(self):
        answers = self.answers()
        info = self.info(self.reel)
        by_function = self.json("stats", self.reel, "--by", "function", "-n", 10)["statistics"]
        self.assertEqual([row[1] for row in answers[1]], [row["size"] for row in by_function])
        # Ten blocks of 100 bytes that come and go, and one of 10 that stays, in each game frame from 1 on.
        leak, temporary = (
            next(n for n, line in enumerate(SOURCE, 1) if f"// {word}" in line) for word in ("leak", "temporary")
        )
        self.assertEqual([(line, bytes, blocks) for _, _, line, bytes, blocks in answers[2]], [(leak, 30, 3)])
        self.assertEqual(answers[3][0][:2], (0, max(row["allocs"] for row in self.json("frames", self.reel)["game_frames"])))
        self.assertEqual([(line, allocs) for _, _, line, allocs, _ in answers[4]], [(temporary, 10), (leak, 1)])
        malloc = next(row for row in answers[5] if row[0] == "malloc")
        self.assertEqual(malloc[1:3], (GAME_FRAMES + 1, 11))
        self.assertIn((temporary, 10 * GAME_FRAMES, 1000 * GAME_FRAMES), [row[2:5] for row in answers[6]])
        self.assertEqual([row[2:] for row in answers[7]], [(leak, 4, 40)])
        self.assertEqual([row[0] for row in answers[8]], list(range(len(answers[8]))))
        self.assertEqual(sum(row[3] for row in answers[9]), info["live_bytes"])
        self.assertEqual([(row[0], row[3]) for row in answers[9] if row[0] == "worker"], [("worker", 777)])
        self.assertEqual([row[2:] for row in answers[10]], [(leak, GAME_FRAMES, 1, GAME_FRAMES, 10 * GAME_FRAMES)])


if __name__ == "__main__":
    unittest.main()
