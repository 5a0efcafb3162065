"""What the figures were taken on: without it they mean little."""

import datetime
import os
import pathlib
import platform
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = ("libmimalloc2.0", "libc6", "heaptrack", "libgoogle-perftools4", "libjemalloc2", "liblttng-ust1", "valgrind")


def first_line(*command):
    """What a program says in its first line; "" when there is none."""
    if shutil.which(command[0]) is None:
        return ""
    run = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return run.stdout.split("\n")[0].strip()


def field(path, name, separator):
    for line in pathlib.Path(path).read_text().splitlines():
        key, _, value = line.partition(separator)
        if key.strip() == name:
            return value.strip().strip('"')
    return ""


def describe():
    """JSON's types only."""
    versions = {name: first_line("dpkg-query", "--showformat=${Version}", "--show", name) for name in PACKAGES}
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        # A + stands for changes on top of the commit.
        "commit": first_line("git", "describe", "--always", "--dirty=+", "--exclude=*"),
        "processor": field("/proc/cpuinfo", "model name", ":") or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": platform.release(),
        "system": field("/etc/os-release", "PRETTY_NAME", "="),
        "versions": {name: version for name, version in versions.items() if version},
        "load": [round(load, 1) for load in os.getloadavg()],
    }


def sentence(machine, load_after):
    """One paragraph."""
    packages = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    commit = f", commit {machine['commit']}" if machine["commit"] else ""
    busiest = max(machine["load"][0], load_after[0])
    quiet = "quiet" if busiest <= machine["cores"] else "other programs wanted the machine too: trust ratios"
    return (f"{machine['date']}{commit}: {machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
            f"{machine['system']}, Linux {machine['kernel']}. Load {machine['load'][0]} before, {load_after[0]} after "
            f"({quiet}). Packages: {packages or 'unknown'}.")
