#!/usr/bin/env python3
"""What the patterns that are hard on a tracer cost the thread that allocates, in counts that are the same on every run:
many call sites, many live blocks, frames without unwind tables.

Each is counted recorded and plain; what is held is the difference for a pair of an allocation and a free (of the level: for
an allocation). Cache lines are data misses of a simulated second-level cache of 1 MiB, where the time of these loops goes:
they are told for an event, half a pair. Recorded is what the hooks do over mimalloc, of which they tell the engine how it
lays out its blocks; "granules" is what they do over an allocator that nothing is known of.

Where the stack lies differs with the environment, and with it which remembered walks share a place: the same program's
instructions vary by 5 % from one environment to another, so the budgets stand at least 5 % over the most that was seen.

Usage: pattern_budgets.py PATTERN_PROBE
Exit status: 0 within the budgets, 1 over one, 77 when valgrind is missing.
"""

import sys

import callgrind

OPTIONS = ["--cache-sim=yes", "--I1=32768,8,64", "--D1=32768,8,64", "--LL=1048576,16,64", "--collect-systime=yes"]
PAIRS = 20_000
LIVE = 100_000

# pattern, live blocks, how, pairs counted, events of a pair, what it is, budgets: instructions, cache lines, system calls
PATTERNS = [
    ("churn", 1_000, "recorded", PAIRS, 2, "20 sites 12 deep over 1 thousand live blocks", 445, 0.25, 0.001),
    ("churn", LIVE, "recorded", PAIRS, 2, "20 sites 12 deep over 100 thousand live blocks", 445, 0.8, 0.001),
    ("churn", LIVE, "granules", PAIRS, 2, "the same over the map of granules", 400, 1.17, 0.001),
    ("game", LIVE, "recorded", PAIRS, 2, "40 sites 8 to 30 deep over 100 thousand live blocks", 485, 0.87, 0.001),
    ("hub", LIVE, "recorded", PAIRS, 2, "40 sites through one allocation function", 1030, 0.83, 0.001),
    ("level", LIVE, "recorded", LIVE, 1, "the first 100 thousand blocks of 40 sites", 400, 0.45, 0.001),
    ("jit", 0, "recorded", PAIRS, 2, "five frames without unwind tables", 425, 0.2, 0.001),
]


def lines(counted):
    return counted["DLmr"] + counted["DLmw"]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    callgrind.require()
    counted = callgrind.counts_of({
        (pattern, live, how): ((sys.argv[1], pattern, how, str(live)), OPTIONS)
        for pattern, live, recorded_how, *_ in PATTERNS for how in (recorded_how, "plain")})
    budgets = []
    for pattern, live, how, pairs, events, what, *(instructions, cache_lines, system_calls) in PATTERNS:
        recorded, plain = counted[pattern, live, how], counted[pattern, live, "plain"]
        budgets += [
            (f"{what}: instructions", (recorded["Ir"] - plain["Ir"]) / pairs, instructions),
            (f"{what}: cache lines an event", (lines(recorded) - lines(plain)) / pairs / events, cache_lines),
            (f"{what}: system calls", (recorded["sysCount"] - plain["sysCount"]) / pairs, system_calls),
        ]
    callgrind.hold(budgets)


if __name__ == "__main__":
    main()
