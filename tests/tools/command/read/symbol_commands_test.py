"""How the reading commands name code: where debug files are looked for, how source files are spelt, what is skipped."""

import ctypes
import http.server
import json
import pathlib
import shutil
import subprocess
import threading
import unittest

from command_case import CommandCase


class SymbolCase(CommandCase):
    """A reel of a copy of the known heap, which a test may move, strip and replace."""

    def setUp(self):
        super().setUp()
        self.game = self.folder / "game"
        shutil.copy(self.known_heap, self.game)
        self.reel = self.folder / "test.reel"
        outcome = self.heapreel("run", "--frame-every", 0, "-o", self.reel, "--", self.game, "frames")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)

    def tool(self, *words):
        subprocess.run([str(word) for word in words], check=True, capture_output=True)

    def build_id(self, path):
        notes = subprocess.run(["readelf", "-n", str(path)], capture_output=True, text=True, check=True).stdout
        (line,) = [line for line in notes.splitlines() if "Build ID:" in line]
        return line.split()[-1]

    def file_debug_information(self, root):
        """As another machine has it: a debug file filed under the build-id, and no program."""
        identity = self.build_id(self.game)
        path = root / ".build-id" / identity[:2] / f"{identity[2:]}.debug"
        path.parent.mkdir(parents=True)
        self.tool("objcopy", "--only-keep-debug", self.game, path)
        return path

    def stats(self, *words):
        outcome = self.heapreel("stats", self.reel, "--json", *words)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return json.loads(outcome.stdout)["statistics"], outcome.stderr


class AnotherMachineTest(SymbolCase):
    def test_debug_files_by_build_id_are_enough(self):
        here, _ = self.stats()
        root = self.folder / "symbols"
        self.file_debug_information(root)
        self.game.unlink()
        there, said = self.stats("--debug-path", root, "--no-symbol-cache")
        self.assertEqual(there, here)
        self.assertNotIn("game", said)

    def test_another_build_at_the_same_path_gives_no_names(self):
        shutil.copy(shutil.which("true"), self.game)
        rows, said = self.stats("--no-symbol-cache")
        for row in rows:
            frame = row["traceback"][0]
            self.assertEqual((frame["function"], frame["filename"], frame["lineno"]), ("", str(self.game), 0))
        self.assertIn(f"{self.game}: is another build than the recorded one", said)
        self.assertIn("have no source line", said)

    def test_a_program_that_is_gone_gives_module_and_offset(self):
        self.game.unlink()
        rows, said = self.stats("--no-symbol-cache")
        self.assertTrue(all(row["traceback"][0]["offset"] != 0 for row in rows))
        self.assertIn(f"{self.game}: no such file here", said)

    def test_a_moved_program_is_found_in_a_folder_given(self):
        here, _ = self.stats()
        builds = self.folder / "builds"
        builds.mkdir()
        self.game.rename(builds / "game")
        there, _ = self.stats("--debug-path", builds, "--no-symbol-cache")
        self.assertEqual(there, here)


class Server:
    """Serves debug files as debuginfod does, and remembers what it was asked."""

    def __init__(self, files):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                content = files.get(self.path)
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "{}://{}:{}".format("http", *self.server.server_address)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class DebuginfodTest(SymbolCase):
    def setUp(self):
        super().setUp()
        try:
            ctypes.CDLL("libdebuginfod.so.1")
        except OSError:
            self.skipTest("libdebuginfod1 is not installed")
        self.here, _ = self.stats("--no-symbol-cache")
        debug_file = self.file_debug_information(self.folder / "symbols")
        self.request = f"/buildid/{self.build_id(self.game)}/debuginfo"
        self.server = Server({self.request: debug_file.read_bytes()})
        self.addCleanup(self.server.close)
        self.environment["DEBUGINFOD_URLS"] = self.server.url
        self.environment["DEBUGINFOD_CACHE_PATH"] = str(self.folder / "debuginfod")
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            self.environment.pop(name, None)
        self.tool("strip", self.game)

    def test_a_server_is_asked_when_told(self):
        rows, _ = self.stats("--debuginfod")
        self.assertEqual(rows, self.here)
        self.assertIn(self.request, self.server.asked)

    def test_the_environment_alone_asks_nobody(self):
        rows, said = self.stats()
        self.assertNotEqual(rows, self.here)
        self.assertEqual(self.server.asked, [])
        self.assertIn("--debuginfod", said)

    def test_a_file_of_another_build_is_refused(self):
        other = (self.folder / "symbols").rglob("*.debug")
        wrong = bytearray(next(other).read_bytes())
        identity = bytes.fromhex(self.build_id(self.game))
        at = wrong.index(identity)
        wrong[at] ^= 1
        self.server.close()
        self.server = Server({self.request: bytes(wrong)})
        self.environment["DEBUGINFOD_URLS"] = self.server.url
        rows, said = self.stats("--debuginfod")
        self.assertNotEqual(rows, self.here)
        self.assertIn("but it has another: not used", said)

    def test_a_server_that_is_down_is_said(self):
        self.server.close()
        rows, said = self.stats("--debuginfod")
        self.assertIn("debuginfod: ", said)
        self.assertEqual(len(rows), len(self.here))


class SourcePathTest(SymbolCase):
    def test_the_longest_mapping_wins(self):
        source = pathlib.Path(self.stats()[0][0]["traceback"][0]["filename"])
        rows, _ = self.stats("--map-path", f"{source.parents[2]}=/far", "--map-path", f"{source.parent}=/near/")
        self.assertEqual({row["traceback"][0]["filename"] for row in rows}, {f"/near/{source.name}"})

    def test_diff_and_leaks_map_as_well(self):
        source = pathlib.Path(self.stats()[0][0]["traceback"][0]["filename"])
        mapped = ("--map-path", f"{source.parent}=/src")
        for words in (["diff", f"{self.reel}@0", f"{self.reel}@2"], ["leaks", self.reel, "--born", "0..1"]):
            outcome = self.heapreel(*words, *mapped)
            self.assertIn(f"/src/{source.name}", outcome.stdout)
            self.assertNotIn(str(source.parent), outcome.stdout)


class SkipTest(SymbolCase):
    def functions(self, *words):
        return {row["traceback"][0]["function"] for row in self.stats(*words)[0]}

    def test_a_skipped_function_hands_its_blocks_to_its_caller(self):
        self.assertEqual(self.functions(), {"allocate_hundred", "grow_five"})
        skipped = self.functions("--skip-function", "grow_*")
        self.assertNotIn("grow_five", skipped)
        self.assertEqual(len(skipped), 2)

    def test_a_file_lists_patterns(self):
        patterns = self.folder / "skip"
        patterns.write_text("# our wrappers\nfunction allocate_*\n\n  function grow_*  \n")
        self.assertFalse(self.functions("--skip-list", patterns) & {"allocate_hundred", "grow_five"})

    def test_a_line_that_is_no_pattern_is_named(self):
        patterns = self.folder / "skip"
        patterns.write_text("function ok\nfnction typo\n")
        outcome = self.heapreel("stats", self.reel, "--skip-list", patterns)
        self.assertEqual(outcome.returncode, 2)
        self.assertIn(f"{patterns}:2:", outcome.stderr)


class StandardLibraryTest(CommandCase):
    """Containers allocate by frames of their own; groups are the lines that use them."""

    FUNCTIONS = {"fill_tiles", "name_things", "lay_tracks", "queue_events", "share_numbers", "add_callbacks"}

    def groups(self, level, *words):
        reel = self.folder / f"o{level}.reel"
        if not reel.exists():
            outcome = self.heapreel("run", "-o", reel, "--", self.programs / f"containers_o{level}")
            self.assertEqual(outcome.returncode, 0, outcome.stderr)
        outcome = self.heapreel("stats", reel, "--json", "-n", "1000", *words)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return [row["traceback"][-1] for row in json.loads(outcome.stdout)["statistics"]]

    def test_lines_are_the_programs_own(self):
        for level in (0, 2):
            groups = [frame for frame in self.groups(level) if frame["module"].endswith(f"containers_o{level}")]
            self.assertEqual({pathlib.Path(frame["filename"]).name for frame in groups}, {"containers.cc"}, level)
            found = {name for name in self.FUNCTIONS for frame in groups if name in frame["function"]}
            self.assertEqual(found, self.FUNCTIONS, level)

    def test_without_the_list_they_are_the_librarys(self):
        for level in (0, 2):
            frames = self.groups(level, "--library-frames")
            self.assertNotIn("containers.cc", {pathlib.Path(frame["filename"]).name for frame in frames}, level)


class CacheTest(SymbolCase):
    def test_names_are_kept_and_not_when_told(self):
        cache = self.folder / "cache" / "heapreel"
        self.stats("--no-symbol-cache")
        self.assertFalse(cache.exists())
        first, _ = self.stats()
        self.assertTrue(list(cache.glob("*.symbols")))
        self.assertEqual(self.stats()[0], first)

    def test_a_cache_that_cannot_be_written_costs_a_warning(self):
        (self.folder / "cache").write_text("a file where a folder should be")
        rows, said = self.stats()
        self.assertIn("symbol cache cannot be", said)
        self.assertEqual(rows[0]["traceback"][0]["function"], "grow_five")

    def test_concurrent_runs_agree(self):
        runs = [self.start("stats", self.reel, "--json") for _ in range(6)]
        outputs = {run.communicate(timeout=60)[0] for run in runs}
        self.assertEqual(len(outputs), 1)
        self.assertEqual([path for path in (self.folder / "cache/heapreel").iterdir() if path.suffix != ".symbols"], [])


class BadOptionTest(SymbolCase):
    def test_bad_values_are_refused(self):
        for message, *words in (
            ("no such folder", "--debug-path", "nowhere"),
            ("expected FROM=TO", "--map-path", "/only/from"),
            ("expected FROM=TO", "--map-path", "=/only/to"),
            ("DEBUGINFOD_URLS names no server", "--debuginfod"),
        ):
            outcome = self.heapreel("stats", self.reel, *words, DEBUGINFOD_URLS="")
            self.assertEqual(outcome.returncode, 2, outcome.stderr)
            self.assertIn(message, outcome.stderr)


if __name__ == "__main__":
    unittest.main()
