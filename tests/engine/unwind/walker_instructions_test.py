#!/usr/bin/env python3
"""Counts the instructions of one walk of 30 frames under callgrind and compares them with a budget.

usage: walker_instructions_test.py PROGRAM

Exit status 0: within budget; 1: over; 77: valgrind is not here.
"""
import re
import shutil
import subprocess
import sys
import tempfile

# Instructions of StackWalker::walk_unless_repeated and what it calls, per capture: g++ 12 needs 258 and 1,573, of which
# 4 for each stack word that is read again, one a frame here, and 50 for each new frame.
BUDGET = {'same': 270, 'different': 2000}


def count(program, kind, captures):
    with tempfile.NamedTemporaryFile() as out:
        result = subprocess.run(
            ['valgrind', '--tool=callgrind', '--toggle-collect=*StackWalker::walk_unless_repeated(*', f'--callgrind-out-file={out.name}',
             program, kind, str(captures)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
    return int(re.search(rb'Collected : (\d+)', result.stdout).group(1))


def main():
    if shutil.which('valgrind') is None:
        return 77
    good = True
    for kind, budget in BUDGET.items():
        # The difference of two runs leaves out the first captures, which compile the rules.
        few, many = 2000, 6000
        each = (count(sys.argv[1], kind, many) - count(sys.argv[1], kind, few)) / (many - few)
        print(f'{kind}: {each:.0f} instructions a walk, budget {budget}')
        good = good and 0 < each <= budget
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
