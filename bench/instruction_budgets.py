#!/usr/bin/env python3
"""Instruction budgets of the hot paths: the same count on every run, however busy the machine is.

Usage: instruction_budgets.py PROBE [IDLE_HOOKS_PROBE]
Exit status: 0 within the budgets, 1 over one, 77 when valgrind is missing.
"""

import re
import shutil
import subprocess
import sys
import tempfile

PAIRS = 1000
SNAPSHOTS = 100
ROUND_EVENTS = 20 * 5000


def instructions(probe, *arguments):
    """Instructions that callgrind counted in the measured region."""
    with tempfile.NamedTemporaryFile(prefix="callgrind.") as out:
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--collect-atstart=no",
             f"--callgrind-out-file={out.name}", probe, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    found = re.search(r"Collected\s*:\s*(\d+)", run.stdout)
    if run.returncode != 0 or found is None:
        sys.exit(f"{' '.join([probe, *arguments])} failed under valgrind:\n{run.stdout}")
    return int(found.group(1))


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: instructions cannot be counted")
        sys.exit(77)
    probe = sys.argv[1]
    plain = instructions(probe, "plain") / PAIRS
    idle = instructions(probe, "idle") / PAIRS
    recorded = instructions(probe, "recorded") / PAIRS
    walked = instructions(probe, "walked") / PAIRS
    few = instructions(probe, "snapshot", "10000") / SNAPSHOTS
    many = instructions(probe, "snapshot", "1000000") / SNAPSHOTS
    drained = instructions(probe, "round", "100000") / ROUND_EVENTS

    # what, measured, budget
    budgets = [
        ("alloc/free pair, loaded but not tracing, over mimalloc's", idle - plain, 8),
        ("alloc/free pair, recorded without stack, over mimalloc's", recorded - plain, 182),
        ("alloc/free pair, recorded 30 frames deep, over mimalloc's", walked - plain, 510),
        ("take_snapshot() at 10 thousand live blocks", few, 900),
        ("take_snapshot() at 1 million, against 10 thousand", many / few, 1.5),
        ("consolidator, per event of a game", drained, 220),
    ]
    if len(sys.argv) == 3:
        hooks = sys.argv[2]
        straight = instructions(hooks, "plain") / PAIRS
        budgets += [
            ("malloc and free through idle hooks, over mimalloc's", instructions(hooks, "malloc") / PAIRS - straight, 16),
            ("new and delete through idle hooks, over mimalloc's", instructions(hooks, "new") / PAIRS - straight, 22),
        ]
    failed = False
    for what, measured, budget in budgets:
        over = measured > budget
        failed |= over
        print(f"{'OVER' if over else 'ok':5}{what}: {measured:.2f} (budget {budget})")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
