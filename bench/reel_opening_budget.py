#!/usr/bin/env python3
"""What opening a game frame of a reel costs, in counts that do not depend on how busy the machine is.

Over a million live blocks it may take 100 ms. A game frame is opened by reading the key still before it and the
differences since: time is entries read, times what one entry takes. Held here are
- the entries, of every still: by the rule on key stills in REEL_FORMAT.md, at most 1.4 for each live block and the
  change of one game frame; so 1.41 million, of which each may take 71 ns;
- what one entry takes: instructions, and cache lines from memory. They do not depend on the size: at a million live
  blocks there were 312 instructions and 0.90 lines, where an entry took 53 ns. How well addresses can be told from
  each other differs from run to run, and with it the instructions, by some 2 %.
The reels measured are an eighth of that one in everything, the simulated cache included, and one of few live blocks,
where differences may be many more than blocks.

Usage: reel_opening_budget.py PROBE
Exit status: 0 within the budgets, 1 over one, 77 when valgrind is missing.
"""

import collections
import pathlib
import sys
import tempfile

import callgrind

SMALLER = 8
LIVE = 1_000_000 // SMALLER
GAME_FRAMES = 600
CACHES = ["--cache-sim=yes", f"--LL={(32 << 20) // SMALLER},16,64"]
# The rule, from REEL_FORMAT.md.
LEAST_KEY_DISTANCE = (1 << 19) // SMALLER
KEY_EVERY = 0.4

Still = collections.namedtuple("Still", "game_frame is_key live entries")


def entries_to_open(stills):
    """Still -> entries read to open it. Ends the script where one breaks the rule on key stills."""
    totals = {}
    key = differences = 0
    for still in stills:
        if still.is_key:
            key, differences = still.entries, 0
        else:
            most = max(LEAST_KEY_DISTANCE - still.live / 8, KEY_EVERY * still.live)
            if differences >= most:
                sys.exit(f"game frame {still.game_frame}: {differences} entries since the last key still, where the "
                         f"rule allows fewer than {most:.0f}")
            differences += still.entries
        totals[still] = key + differences
    if sum(still.is_key for still in stills) < 2:
        sys.exit("the reel has no second key still: the rule was not tried")
    return totals


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    callgrind.require()
    probe = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="heapreel-") as name:
        folder = pathlib.Path(name)
        reel = folder / "game.reel"
        entries = {}
        for live in (LIVE // 4, LIVE):  # the larger one is measured further below
            callgrind.output(probe, "write", reel, str(live), str(SMALLER))
            stills = [Still(*map(int, line.split())) for line in callgrind.output(probe, "entries", reel).splitlines()]
            entries[live] = entries_to_open(stills)
        worst = max(entries[LIVE], key=entries[LIVE].get)
        read = entries[LIVE][worst]
        still = callgrind.counts(probe, "still", reel, str(worst.game_frame), options=CACHES)
        opening = callgrind.counts(probe, "open", reel, options=CACHES)

    # what, measured, budget
    budgets = [
        ("entries read for a game frame, per live block", read / worst.live, 1.41),
        ("the same with few live blocks, per block of the larger reel", max(entries[LIVE // 4].values()) / LIVE, 1.41),
        ("instructions per entry", still["Ir"] / read, 345),
        ("cache lines from memory per entry", (still["DLmr"] + still["DLmw"] + still["ILmr"]) / read, 0.95),
        ("instructions to open the reel, per game frame", opening["Ir"] / GAME_FRAMES, 4000),
    ]
    callgrind.hold(budgets)


if __name__ == "__main__":
    main()
