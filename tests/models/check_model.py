#!/usr/bin/env python3
"""Checks a Spin model: it must hold, and each of its mutants must be caught.

usage: check_model.py MODEL.pml MUTANT...
Exit status 77 (skipped) where spin or a C compiler is missing.
"""
import re
import shutil
import subprocess
import sys
import tempfile


def errors_of(model, mutant):
    """The number of errors that the exhaustive search of the model finds, with -DMUTANT if there is one."""
    with tempfile.TemporaryDirectory() as folder:
        defines = [f"-D{mutant}"] if mutant else []
        subprocess.run(["spin", "-a", *defines, model], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["cc", "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c"], cwd=folder, check=True)
        search = subprocess.run(["./pan", "-m1000000"], cwd=folder, check=True, capture_output=True, text=True)
    if "max search depth too small" in search.stdout:
        raise RuntimeError("the search was cut short")
    found = re.search(r"errors: (\d+)", search.stdout)
    states = re.search(r"(\S+) states, stored", search.stdout)
    print(f"{mutant or 'the model'}: {found.group(1)} errors, {states.group(1)} states")
    return int(found.group(1))


def main():
    model, mutants = sys.argv[1], sys.argv[2:]
    if shutil.which("spin") is None or shutil.which("cc") is None:
        print("skipped: needs spin and cc")
        return 77
    failed = errors_of(model, None) != 0
    for mutant in mutants:
        if errors_of(model, mutant) == 0:
            print(f"{mutant} was not caught")
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
