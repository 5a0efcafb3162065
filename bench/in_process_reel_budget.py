#!/usr/bin/env python3
"""A game that records a reel of itself (start({.reel = path})) may pay at most 1 % more on its own threads than one that is
merely traced. Instructions of the game's thread, which allocates, frees and ends game frames; the threads that consolidate
and write are heapreel's own.

Usage: in_process_reel_budget.py PROBE
Exit status: 0 within the budget, 1 over it, 77 when valgrind is missing.
"""

import pathlib
import sys
import tempfile

import callgrind


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    callgrind.require()
    with tempfile.TemporaryDirectory(prefix="heapreel-") as name:
        reel = pathlib.Path(name) / "own.reel"
        counted = callgrind.counts_of({"traced": ((sys.argv[1], "traced"), []),
                                       "recorded": ((sys.argv[1], "recorded", str(reel)), [])})
        if reel.stat().st_size < 10_000:
            sys.exit("the reel holds next to nothing: it was not recorded")
    callgrind.hold([("game's thread, recording a reel of itself, against being traced",
                     counted["recorded"]["Ir"] / counted["traced"]["Ir"], 1.01)])


if __name__ == "__main__":
    main()
