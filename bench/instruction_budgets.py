#!/usr/bin/env python3
"""Instruction budgets of the hot paths, and what else a call of take_snapshot() may touch: the same counts on every run,
however busy the machine is.

Usage: instruction_budgets.py PROBE [IDLE_HOOKS_PROBE]
Exit status: 0 within the budgets, 1 over one, 77 when valgrind is missing.
"""

import sys

import callgrind

PAIRS = 1000
SNAPSHOTS = 100
ROUND_EVENTS = 20 * 5000


def instructions(probe, *arguments):
    return callgrind.counts(probe, *arguments)["Ir"]


def snapshot_counts(probe, live):
    """Of one call: instructions, distinct cache lines of code and of data, system calls.

    The simulated caches are emptied before each call and hold more than it touches: each line misses once.
    """
    total = callgrind.counts(probe, "snapshot", live,
                             options=["--cache-sim=yes", "--LL=33554432,16,64", "--collect-systime=yes"])
    return (total["Ir"] / SNAPSHOTS, total["ILmr"] / SNAPSHOTS, (total["DLmr"] + total["DLmw"]) / SNAPSHOTS,
            total["sysCount"])


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    callgrind.require()
    probe = sys.argv[1]
    plain = instructions(probe, "plain") / PAIRS
    idle = instructions(probe, "idle") / PAIRS
    recorded = instructions(probe, "recorded") / PAIRS
    walked = instructions(probe, "walked") / PAIRS
    few, code_lines, data_lines, system_calls = snapshot_counts(probe, "10000")
    many, many_code_lines, many_data_lines, many_system_calls = snapshot_counts(probe, "1000000")
    drained = instructions(probe, "round", "100000") / ROUND_EVENTS

    # what, measured, budget
    budgets = [
        ("alloc/free pair, loaded but not tracing, over mimalloc's", idle - plain, 8),
        ("alloc/free pair, recorded without stack, over mimalloc's", recorded - plain, 182),
        ("alloc/free pair, recorded 30 frames deep, over mimalloc's", walked - plain, 510),
        ("take_snapshot() at 10 thousand live blocks", few, 140),
        ("take_snapshot() at 1 million, against 10 thousand", many / few, 1.5),
        ("take_snapshot(), cache lines of code", max(code_lines, many_code_lines), 11),
        ("take_snapshot(), cache lines of data", max(data_lines, many_data_lines), 15),
        ("take_snapshot(), system calls", max(system_calls, many_system_calls), 0),
        ("consolidator, per event of a game", drained, 220),
    ]
    if len(sys.argv) == 3:
        hooks = sys.argv[2]
        straight = instructions(hooks, "plain") / PAIRS
        budgets += [
            ("malloc and free through idle hooks, over mimalloc's", instructions(hooks, "malloc") / PAIRS - straight, 16),
            ("new and delete through idle hooks, over mimalloc's", instructions(hooks, "new") / PAIRS - straight, 22),
        ]
    callgrind.hold(budgets)


if __name__ == "__main__":
    main()
