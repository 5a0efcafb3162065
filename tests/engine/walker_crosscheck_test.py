#!/usr/bin/env python3
"""Walks the stack of every allocation of real programs twice, with our walker and with libunwind, and compares.

usage: walker_crosscheck_test.py PRELOAD_LIBRARY [--all]

Exit status 0: no walk differed; 1: some did, or a program failed; 77: no program to run.
"""
import collections
import glob
import os
import shutil
import subprocess
import sys
import tempfile

SOURCE = """#include <map>
#include <string>
std::map<std::string, int> words;
int count(const std::string& word) { return ++words[word]; }
"""

QUICK = {
    'python3': ['-c', 'import json, decimal, email; print(len(json.dumps(list(range(5000)))))'],
    'g++': ['-std=c++20', '-O1', '-c', 'source.cc', '-o', 'source.o'],
    'perl': ['-MData::Dumper', '-e', 'print length Dumper([map { {a => $_} } 1..2000])'],
    'cmake': ['--help-commands'],
}
MORE = {
    'clang++-14': ['-std=c++20', '-O2', '-c', 'source.cc', '-o', 'source.o'],
    'node': ['-e', 'let m = {}; for (let i = 0; i < 1e5; i++) m["k" + i] = [i]; JSON.stringify(m)'],
    'gdb': ['-batch', '-ex', 'info functions malloc', '/bin/ls'],
    'java': ['-version'],
}
WRONG = ('mismatches', 'hash_errors')


def run(preload, program, arguments, directory):
    reports = os.path.join(directory, 'report')
    for old in glob.glob(reports + '.*'):
        os.remove(old)
    environment = dict(os.environ, LD_PRELOAD=preload, WALKER_CROSSCHECK_REPORT=reports, WALKER_CROSSCHECK_PRINT='1')
    result = subprocess.run([program] + arguments, cwd=directory, env=environment, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, check=False)
    totals = collections.Counter()
    for report in glob.glob(reports + '.*'):
        with open(report, encoding='utf-8') as lines:
            for name, value in (line.rstrip('\n').split(' ', 1) for line in lines):
                if name == 'max_depth':
                    totals[name] = max(totals[name], int(value))
                elif name != 'program':
                    totals[name] += int(value)
    return result, totals


def main():
    preload = os.path.abspath(sys.argv[1])
    programs = dict(QUICK, **MORE) if '--all' in sys.argv[2:] else QUICK
    present = {name: arguments for name, arguments in programs.items() if shutil.which(name)}
    if not present:
        return 77
    good = True
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, 'source.cc'), 'w', encoding='utf-8') as source:
            source.write(SOURCE)
        for name, arguments in present.items():
            result, totals = run(preload, shutil.which(name), arguments, directory)
            print(f"{name}: {totals['captures']} captures, {totals['frames']} frames, deepest {totals['max_depth']}, "
                  f"{totals['mismatches']} different, {totals['approximate']} approximate, "
                  f"{totals['unfinished']} unfinished")
            if result.returncode != 0 or totals['captures'] == 0 or any(totals[wrong] for wrong in WRONG):
                good = False
                print(f'{name} ended with {result.returncode}\n' + result.stderr.decode(errors='replace')[:8000])
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
