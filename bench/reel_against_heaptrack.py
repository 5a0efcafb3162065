#!/usr/bin/env python3
"""Sizes of what heapreel and heaptrack write of the same game loop.

    reel_against_heaptrack.py HEAPREEL GAME_LOOP

600 game frames of 5,000 blocks, of which 80 % and 99 % die within their game frame and the others live up to 60 more: at
240 game frames a second, or 60 where the machine is too busy for that; for heaptrack, which knows no game frames, as fast
as it goes. heaptrack has two kinds of files, both zstd: what its library wrote (--raw), and
what its interpreter makes of that, which keeps no addresses. Skipped (77) without heaptrack, and when heapreel lagged
on a busy machine: merged game frames would make the reel smaller than it is.
"""
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

GAME_FRAMES = 600
GAME_FRAMES_PER_SECOND = (240, 60)
SKIPPED = 77
# Of a thousand blocks so many survive their game frame: how many times smaller than the raw and than the
# interpreted file the reel must be.
LEAST_RATIOS = {200: (4, 3), 10: (20, 18)}


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def heapreel_size(heapreel, loop, folder):
    """The size of a reel that holds every game frame; None on a machine that is too busy for that."""
    reel = folder / "game.reel"
    for per_second in GAME_FRAMES_PER_SECOND:
        output_of(heapreel, "run", "-f", "-o", reel, "--", *loop, str(per_second))
        info = json.loads(output_of(heapreel, "info", "--json", reel))
        if info["allocs"] < GAME_FRAMES * 5000:
            sys.exit(f"not the game loop: {info['allocs']} allocations")
        if info["complete"] and not info["merged_game_frames"] and info["game_frames"] >= GAME_FRAMES:
            return reel.stat().st_size
    return None


def heaptrack_size(loop, folder, *options):
    output_of("heaptrack", *options, "-o", folder / "heaptrack", *loop)
    (written,) = folder.glob("heaptrack*")
    size = written.stat().st_size
    written.unlink()
    return size


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    heapreel, game_loop = sys.argv[1:]
    if shutil.which("heaptrack") is None:
        print("skipped: there is no heaptrack")
        return SKIPPED
    status = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for survive, least_ratios in LEAST_RATIOS.items():
            loop = [game_loop, str(GAME_FRAMES), str(survive), "0"]
            reel = heapreel_size(heapreel, loop, folder)
            if reel is None:
                print("skipped: game frames were merged, this machine is too busy")
                return SKIPPED
            print(f"{survive / 10:g} % survive: heapreel {reel / 1e6:.2f} MB")
            for options, least in zip((["--raw"], []), least_ratios):
                size = heaptrack_size([*loop, "0"], folder, *options)
                kind = "raw" if options else "interpreted"
                print(f"  heaptrack, {kind}: {size / 1e6:.2f} MB, {size / reel:.1f} times as much, at least {least}")
                status |= size / reel < least
    return status


if __name__ == "__main__":
    sys.exit(main())
