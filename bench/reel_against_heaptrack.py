#!/usr/bin/env python3
"""Sizes of what heapreel and heaptrack write of the same game loop.

    reel_against_heaptrack.py HEAPREEL GAME_LOOP

600 game frames of 5,000 blocks at 60 game frames a second, of which 80 % and 99 % die within their game frame and the
others live up to 60 more. heaptrack has two kinds of files, both zstd: what its library wrote (--raw), and
what its interpreter makes of that, which keeps no addresses. Skipped (77) without heaptrack, and when the writer lagged
on a busy machine: merged game frames would make the reel smaller than it is.
"""
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

GAME_FRAMES = 600
SKIPPED = 77
# Of a thousand blocks so many survive their game frame: how many times smaller than the raw and than the
# interpreted file the reel must be.
LEAST_RATIOS = {200: (4, 3), 10: (20, 18)}


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def heapreel_size(heapreel, loop, folder):
    reel = folder / "game.reel"
    output_of(heapreel, "run", "-f", "-o", reel, "--", *loop)
    info = json.loads(output_of(heapreel, "info", "--json", reel))
    return reel.stat().st_size, info


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
            reel, info = heapreel_size(heapreel, loop, folder)
            if info["merged_game_frames"] or not info["complete"]:
                print(f"skipped: {info['merged_game_frames']} game frames were merged, this machine is too busy")
                return SKIPPED
            if info["allocs"] < GAME_FRAMES * 5000 or info["game_frames"] < GAME_FRAMES:
                print(f"not the game loop: {info['allocs']} allocations, {info['game_frames']} game frames")
                return 1
            print(f"{survive / 10:g} % survive: heapreel {reel / 1e6:.2f} MB")
            for options, least in zip((["--raw"], []), least_ratios):
                size = heaptrack_size(loop, folder, *options)
                kind = "raw" if options else "interpreted"
                print(f"  heaptrack, {kind}: {size / 1e6:.2f} MB, {size / reel:.1f} times as much, at least {least}")
                status |= size / reel < least
    return status


if __name__ == "__main__":
    sys.exit(main())
