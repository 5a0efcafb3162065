#!/usr/bin/env python3
"""What ten budgets cost in the running game, in instructions, which do not depend on how busy the machine is: 5,000 events a
game frame over 1 million live blocks.

The game's thread may pay 50 us a game frame for it and the consolidator 0.5 ms. Built with -O1, freezing and judging were
1.09 million instructions, which took 0.29 ms of CPU time on a busy machine (judge_bench); the budget leaves a quarter more.

Usage: judge_budgets.py PROBE
Exit status: 0 within the budgets, 1 over one, 77 when valgrind is missing.
"""

import sys

import callgrind

GAME_FRAMES = 20


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    callgrind.require()
    jobs = {(what, judged, live): ((sys.argv[1], what, judged, live), [])
            for live in ("1000000", "100000") for what in ("round", "call") for judged in ("on", "off")}
    counted = {job: counts["Ir"] / GAME_FRAMES for job, counts in callgrind.counts_of(jobs).items()}

    def price(what, live):
        return counted[what, "on", live] - counted[what, "off", live]

    # what, measured, budget
    callgrind.hold([
        ("ending a game frame, on the game's thread", counted["call", "on", "1000000"], 400),
        ("judging it, on the game's thread, over not judging", price("call", "1000000"), 10),
        ("judging it, on the consolidator's thread, over not judging", price("round", "1000000"), 1_360_000),
        ("the same, against that at 100 thousand live blocks", price("round", "1000000") / price("round", "100000"), 2),
    ])


if __name__ == "__main__":
    main()
