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


# The simulated caches are emptied before each call and hold more than it touches: each line misses once.
SNAPSHOT_OPTIONS = ["--cache-sim=yes", "--LL=33554432,16,64", "--collect-systime=yes"]


def snapshot_counts(total):
    """Of one call: instructions, distinct cache lines of code and of data, system calls."""
    return (total["Ir"] / SNAPSHOTS, total["ILmr"] / SNAPSHOTS, (total["DLmr"] + total["DLmw"]) / SNAPSHOTS,
            total["sysCount"])


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    callgrind.require()
    probe = sys.argv[1]
    # The longest first.
    jobs = {"many": ((probe, "snapshot", "1000000"), SNAPSHOT_OPTIONS), "round": ((probe, "round", "100000"), []),
            "few": ((probe, "snapshot", "10000"), SNAPSHOT_OPTIONS)}
    jobs |= {what: ((probe, what), []) for what in ("plain", "idle", "recorded", "walked")}
    if len(sys.argv) == 3:
        jobs |= {f"hooks {what}": ((sys.argv[2], what), []) for what in ("plain", "malloc", "new")}
    counted = callgrind.counts_of(jobs)
    plain, idle, recorded, walked = (counted[what]["Ir"] / PAIRS for what in ("plain", "idle", "recorded", "walked"))
    few, code_lines, data_lines, system_calls = snapshot_counts(counted["few"])
    many, many_code_lines, many_data_lines, many_system_calls = snapshot_counts(counted["many"])
    drained = counted["round"]["Ir"] / ROUND_EVENTS

    # what, measured, budget
    budgets = [
        ("alloc/free pair, loaded but not tracing, over mimalloc's", idle - plain, 8),
        ("alloc/free pair, recorded without stack, over mimalloc's", recorded - plain, 238),
        ("alloc/free pair, recorded 30 frames deep, over mimalloc's", walked - plain, 505),
        ("take_snapshot() at 10 thousand live blocks", few, 140),
        ("take_snapshot() at 1 million, against 10 thousand", many / few, 1.5),
        ("take_snapshot(), cache lines of code", max(code_lines, many_code_lines), 11),
        ("take_snapshot(), cache lines of data", max(data_lines, many_data_lines), 15),
        ("take_snapshot(), system calls", max(system_calls, many_system_calls), 0),
        ("consolidator, per event of a game", drained, 152),
    ]
    if len(sys.argv) == 3:
        straight, malloc, new = (counted[f"hooks {what}"]["Ir"] / PAIRS for what in ("plain", "malloc", "new"))
        budgets += [
            ("malloc and free through idle hooks, over mimalloc's", malloc - straight, 16),
            ("new and delete through idle hooks, over mimalloc's", new - straight, 22),
        ]
    callgrind.hold(budgets)


if __name__ == "__main__":
    main()
