"""Counts of valgrind's callgrind, the same on every run however busy the machine is, held against budgets."""

import collections
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

# Meson sets it for tests: glibc then writes all memory once more, which is no cost of ours.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "MALLOC_PERTURB_"}


def require():
    """Ends the script, as skipped, where there is no valgrind."""
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: instructions cannot be counted")
        sys.exit(77)


def output(*command):
    """What a command says; ends the script when it fails."""
    run = subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         check=False)
    if run.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{run.stdout}")
    return run.stdout


def counts(*command, options=()):
    """What callgrind counted in the region that the program marks (callgrind_region.h), by its names of events."""
    with tempfile.NamedTemporaryFile(prefix="callgrind.") as out:
        text = output("valgrind", "--tool=callgrind", "--instr-atstart=no", "--collect-atstart=no",
                      f"--callgrind-out-file={out.name}", *options, *command)
    events = re.search(r"Events\s*:\s*(.+)", text)
    collected = re.search(r"Collected\s*:\s*(.+)", text)
    if events is None or collected is None:
        sys.exit(f"{' '.join(map(str, command))}: callgrind counted nothing:\n{text}")
    # Events at the end of the line that never happened are left out.
    return collections.Counter(dict(zip(events.group(1).split(), map(int, collected.group(1).split()))))


def counts_of(jobs):
    """Name -> counts, of jobs: name -> (words of the command, options). As many run at once as there are processors: what
    is counted does not depend on it."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {name: pool.submit(counts, *command, options=options) for name, (command, options) in jobs.items()}
        return {name: job.result() for name, job in running.items()}


def hold(budgets):
    """Ends the script: 0, or 1 when one of (what, measured, budget) is over its budget."""
    for what, measured, budget in budgets:
        print(f"{'OVER' if measured > budget else 'ok':5}{what}: {measured:.2f} (budget {budget})")
    sys.exit(any(measured > budget for _, measured, budget in budgets))
