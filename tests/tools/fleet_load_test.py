"""Many reels in one database: loaded by tools/fleet_load, asked the questions of EXPORT.md."""

import contextlib
import csv
import io
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

from command_case import CommandCase

TOOLS = pathlib.Path(os.environ["HEAPREEL_JSON_PAGE"]).parent
PAGE = (TOOLS / "EXPORT.md").read_text()
GAME_FRAMES = (3, 5)

# Writes what it is given to a file of its own, which begins with its words.
RECORDING_CLIENT = """
import os, sys, tempfile
fd, path = tempfile.mkstemp(dir=os.environ["CLIENT_FOLDER"])
with os.fdopen(fd, "wb") as out:
    out.write((" ".join(sys.argv[1:]) + chr(10)).encode())
    out.write(sys.stdin.buffer.read())
"""

DUCKDB_QUERY = """
const { DuckDBInstance } = require("@duckdb/node-api");
(async () => {
  const connection = await (await DuckDBInstance.create(process.argv[1])).connect();
  const result = await connection.runAndReadAll(process.argv[2]);
  console.log(JSON.stringify(result.getRowsJson()));
})();
"""


def node_modules():
    """Where `tools/install_dependencies npm` puts packages."""
    if given := os.environ.get("HEAPREEL_NODE_MODULES"):
        return pathlib.Path(given)
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "heapreel/npm/node_modules"


def fleet_questions():
    questions = re.findall(r"```sql\n([^`]*)```", PAGE[PAGE.index("## Fleets") :])
    assert len(questions) == 2, questions
    return questions


class FleetCase(CommandCase):
    def setUp(self):
        super().setUp()
        self.reels = []
        for game_frames in GAME_FRAMES:
            reel = self.folder / f"{game_frames}.reel"
            program = self.programs / "known_containers"
            outcome = self.heapreel("run", "--frame-every", 0, "-o", reel, "--", program, game_frames)
            self.assertEqual(outcome.returncode, 0, outcome.stderr)
            self.reels.append(reel)
        self.infos = [self.info(reel) for reel in self.reels]

    def load(self, engine, database, *reels, **variables):
        outcome = subprocess.run(
            [sys.executable, TOOLS / "fleet_load", engine, database, *(reels or self.reels)],
            cwd=self.folder,
            env={**self.environment, "HEAPREEL_COMMAND": self.command, **variables},
            capture_output=True,
            text=True,
            timeout=120,
        )
        self.assertEqual(outcome.returncode, 0, outcome.stderr)

    def expect_fleet(self, ask):
        """`ask` gives the rows of a query as lists of texts."""
        expected = sorted([str(info["allocs"]), str(info["alloc_bytes"])] for info in self.infos)
        for table in ("deltas", "domain_sums"):
            sums = sorted(ask(f"SELECT sum(allocs), sum(alloc_bytes) FROM {table} GROUP BY reel"))
            self.assertEqual(sums, expected, table)
        grown = "SELECT reel, sum(byte_growth) FROM {} GROUP BY reel ORDER BY reel"
        self.assertEqual(ask(grown.format("site_sums")), ask(grown.format("deltas WHERE game_frame > 0")))
        per_build, growing = (ask(question) for question in fleet_questions())
        # Both reels are of one build: one row a domain. Most game frames have 11 allocations.
        self.assertEqual([row[1] for row in per_build if row[1] == "malloc"], ["malloc"])
        self.assertTrue(any("main" in row for row in growing), growing)


class ClientTest(FleetCase):
    def test_every_row_reaches_the_client(self):
        folder = self.folder / "client"
        folder.mkdir()
        client = self.folder / "client.py"
        client.write_text(RECORDING_CLIENT)
        self.load("clickhouse", "fleet", self.reels[0], HEAPREEL_CLIENT=f"{sys.executable} {client}", CLIENT_FOLDER=str(folder))
        inserted = {}
        for path in folder.iterdir():
            words, _, rows = path.read_text().partition("\n")
            if found := re.search(r"INSERT INTO (\w+) ", words):
                inserted[found[1]] = [line.split("\t") for line in rows.splitlines()]
        for table in ("reels", "game_frames", "frames", "deltas", "sites", "blocks"):
            exported = self.heapreel("export", self.reels[0], "--to", "csv", "--table", table, "-o", "-").stdout
            self.assertEqual(inserted[table], list(csv.reader(io.StringIO(exported)))[1:], table)


class SqliteTest(FleetCase):
    def test_a_fleet_is_asked_in_sqlite(self):
        file = self.folder / "fleet.sqlite"
        self.load("sqlite", file)
        self.load("sqlite", file, self.reels[0])  # again: nothing is there twice
        with contextlib.closing(sqlite3.connect(file)) as database:
            self.expect_fleet(lambda sql: [[str(cell) for cell in row] for row in database.execute(sql.rstrip().rstrip(";"))])


class DuckdbTest(FleetCase):
    def test_a_fleet_is_asked_in_duckdb(self):
        modules = node_modules()
        if not (modules / "@duckdb/node-api").exists():
            self.skipTest("the npm package @duckdb/node-api is not there: tools/install_dependencies npm")
        database = self.folder / "fleet.duckdb"
        self.load("duckdb", database, NODE_PATH=modules)
        self.load("duckdb", database, self.reels[0], NODE_PATH=modules)  # again: nothing is there twice

        def ask(sql):
            outcome = subprocess.run(
                ["node", "-e", DUCKDB_QUERY, database, sql],
                env={**self.environment, "NODE_PATH": modules},
                capture_output=True,
                text=True,
                timeout=120,
            )
            self.assertEqual(outcome.returncode, 0, outcome.stderr)
            return [[str(cell) for cell in row] for row in json.loads(outcome.stdout)]

        self.expect_fleet(ask)


class ServerCase(FleetCase):
    def serve(self, command, *, ready):
        """Starts a server, which ends with the test."""
        log = (self.folder / "server.log").open("wb")
        self.addCleanup(log.close)
        server = subprocess.Popen(command, stdout=log, stderr=log, env=self.environment, cwd="/")
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        for _ in range(600):
            if subprocess.run(ready, capture_output=True, check=False).returncode == 0:
                return
            self.assertIsNone(server.poll(), (self.folder / "server.log").read_text())
            time.sleep(0.1)
        self.fail("the server does not answer")

    def ask_by(self, client, separator):
        def ask(sql):
            outcome = subprocess.run([*client, sql], capture_output=True, text=True, timeout=120)
            self.assertEqual(outcome.returncode, 0, outcome.stderr)
            return [line.split(separator) for line in outcome.stdout.splitlines()]

        return ask


class PostgresqlTest(ServerCase):
    def test_a_fleet_is_asked_in_postgresql(self):
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        if not programs or shutil.which("psql") is None:
            self.skipTest("PostgreSQL is not installed")
        place = pathlib.Path(tempfile.mkdtemp(prefix="heapreel-pg-"))
        self.addCleanup(shutil.rmtree, place, ignore_errors=True)
        # It does not run as root.
        user = []
        if os.geteuid() == 0:
            user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            shutil.chown(place, "postgres")
        made = subprocess.run(
            [*user, programs[-1] / "initdb", "-D", place / "data", "-A", "trust", "-U", "fleet", "--no-sync"],
            capture_output=True,
            text=True,
            cwd="/",
        )
        self.assertEqual(made.returncode, 0, made.stderr)
        client = ["psql", "-q", "-X", "-A", "-t", "-h", str(place), "-U", "fleet"]
        self.serve(
            [*user, programs[-1] / "postgres", "-D", place / "data", "-k", place, "-c", "listen_addresses=", "-c", "fsync=off"],
            ready=[*client, "postgres", "-c", "SELECT 1"],
        )
        variables = {"HEAPREEL_CLIENT": f"psql -q -X -h {place} -U fleet"}
        self.load("postgresql", "postgres", **variables)
        self.load("postgresql", "postgres", self.reels[0], **variables)
        self.expect_fleet(self.ask_by([*client, "postgres", "-c"], "|"))


if __name__ == "__main__":
    unittest.main()
