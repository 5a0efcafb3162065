#!/usr/bin/env python3
"""Totals of real programs against valgrind's "total heap usage": allocations, frees and bytes, to the last one.

Programs that read their whole environment into the heap (perl, bash, cmake) are left out: valgrind adds variables of its own to
it. What libc frees for valgrind's sake after exit is excluded with --run-libc-freeres=no and --run-cxx-freeres=no.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

COMMAND = os.environ["HEAPREEL_COMMAND"]
LEAST_PROGRAMS = 5

PROGRAMS = {
    "sort": ["sort", "--parallel=1", "numbers"],
    "sed": ["sed", "s/1/2/", "numbers"],
    "mawk": ["mawk", 'BEGIN { for (i = 0; i < 3000; i++) a[i] = i "x"; n = 0; for (k in a) n++; print n }'],
    "readelf": ["readelf", "-a", "/bin/ls"],
    "objdump": ["objdump", "-h", "/bin/ls"],
    "xz": ["xz", "-c", "numbers"],
}


class ValgrindTotals(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        with open(os.path.join(self.folder.name, "numbers"), "w", encoding="ascii") as out:
            out.writelines(f"{number}\n" for number in range(3000))

    def run_in_folder(self, *arguments):
        return subprocess.run(arguments, cwd=self.folder.name, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", timeout=120, check=False)

    def valgrind_totals(self, program):
        run = self.run_in_folder("valgrind", "--leak-check=no", "--run-libc-freeres=no", "--run-cxx-freeres=no", *program)
        found = re.search(r"total heap usage: ([\d,]+) allocs, ([\d,]+) frees, ([\d,]+) bytes", run.stderr)
        self.assertIsNotNone(found, run.stderr)
        return tuple(int(number.replace(",", "")) for number in found.groups())

    def heapreel_totals(self, program):
        run = self.run_in_folder(COMMAND, "run", "-f", "-o", "totals.reel", "--", *program)
        self.assertEqual(run.returncode, 0, run.stderr)
        info = json.loads(self.run_in_folder(COMMAND, "info", "--json", "totals.reel").stdout)
        self.assertEqual(info["issued"], info["stored"])
        self.assertEqual(info["untracked_frees"], 0)
        return info["allocs"], info["frees"], info["alloc_bytes"]

    def test_totals_equal_valgrinds(self):
        installed = {name: program for name, program in PROGRAMS.items() if shutil.which(program[0])}
        self.assertGreaterEqual(len(installed), LEAST_PROGRAMS, "too few of the programs are installed")
        for name, program in installed.items():
            with self.subTest(name):
                program = [shutil.which(program[0]), *program[1:]]
                self.assertEqual(self.heapreel_totals(program), self.valgrind_totals(program))


if __name__ == "__main__":
    if shutil.which("valgrind") is None:
        print("valgrind is not installed")
        sys.exit(77)
    unittest.main()
