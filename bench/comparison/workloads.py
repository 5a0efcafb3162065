"""What is run under every tracer: loops of our own, and real programs."""

import dataclasses
import os
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS_FOLDER = HERE.parent / "programs"
GODOT_PROJECT = HERE.parent.parent / "tests" / "workloads" / "godot"


@dataclasses.dataclass(frozen=True)
class Loop:
    """One of bench/loops. `words` has {n} where the number of repetitions stands: `count` of them, `quick` with --quick,
    and `share` of that under a tracer that is slow."""

    name: str
    title: str
    friendly: bool
    words: str
    count: int
    quick: int
    paced: bool = False

    def command(self, executable, quick, share):
        count = max(1, int((self.quick if quick else self.count) * share))
        return [str(executable), *self.words.format(n=count).split()]


LOOPS = [
    Loop("tight_8", "tight, 8 frames deep", True, "tight 8 1 {n}", 5_000_000, 200_000),
    Loop("tight_30", "tight, 30 frames deep", True, "tight 30 1 {n}", 5_000_000, 200_000),
    Loop("tight_8_threads", "tight, 8 deep, two threads", True, "tight 8 2 {n}", 3_000_000, 200_000),
    Loop("tight_30_threads", "tight, 30 deep, two threads", True, "tight 30 2 {n}", 3_000_000, 200_000),
    Loop("churn_1000", "churn, 1,000 live, 20 sites", False, "churn 1000 {n}", 1_000_000, 50_000),
    Loop("churn_100000", "churn, 100,000 live, 20 sites", False, "churn 100000 {n}", 1_000_000, 50_000),
    Loop("hand_over", "hand-over between two threads", False, "hand_over {n}", 1_000_000, 50_000),
    Loop("level", "level load, 1 million blocks", False, "level {n}", 1_000_000, 100_000),
    Loop("game", "game, 1 million live, 40 sites", False, "game {n} 5000 1000000 0", 200, 20),
    Loop("paced", "game at 60 game frames a second", False, "game {n} 5000 1000000 16667", 180, 20, paced=True),
]


@dataclasses.dataclass(frozen=True)
class Program:
    """A real program. `words` begins with its executable; `missing` says why it cannot be run, "" when it can. For a
    program that runs for a set time, `throughput` finds in its output how much it did."""

    name: str
    title: str
    words: tuple
    missing: str = ""
    environment: tuple = ()
    throughput: str = ""
    folder: str = "."

    @property
    def executable(self):
        return os.path.realpath(self.words[0])


def found(name, *rest):
    """The words of a program on the search path, and why it cannot be run. A shell script that only leads to the program
    (pyenv makes such) is passed over."""
    for folder in [*os.get_exec_path(), "/usr/games"]:
        path = pathlib.Path(folder, name)
        if os.access(path, os.X_OK) and path.is_file() and path.read_bytes()[:4] == b"\x7fELF":
            return (str(path), *map(str, rest)), ""
    return (name, *map(str, rest)), f"{name} is not installed"


def real_programs(quick):
    """The programs of the machine."""
    rounds = 1 if quick else 40
    programs = []

    def add(name, title, words_and_missing, **more):
        words, missing = words_and_missing
        programs.append(Program(name, title, words, missing, **more))

    add("clang", "clang++ compiles a file",
        found("clang++", "-std=c++20", "-O1", "-c", PROGRAMS_FOLDER / "compiled.cc", "-o", "/dev/null"))
    add("python", "python3 with PYTHONMALLOC=malloc", found("python3", PROGRAMS_FOLDER / "objects.py", rounds),
        environment=(("PYTHONMALLOC", "malloc"),))
    add("lua", "lua5.4", found("lua5.4", PROGRAMS_FOLDER / "objects.lua", rounds))
    add("perl", "perl", found("perl", PROGRAMS_FOLDER / "objects.pl", rounds))
    add("godot", "Godot, 600 game frames, not paced",
        found("godot3-server", "--path", GODOT_PROJECT, "--fixed-fps", 60, f"--frames={60 if quick else 600}"))
    add("supertuxkart", "SuperTuxKart, a race without graphics",
        found("supertuxkart", "--no-graphics", "--track=hacienda", "--numkarts=8", f"--profile-time={5 if quick else 60}"))
    return programs


def mimalloc_bench_programs(folder, quick):
    """Programs of mimalloc-bench that somebody built into `folder`; no folder, no programs."""
    if folder is None:
        return []
    folder = pathlib.Path(folder).resolve()
    small = "1000000000000000003" if quick else "17545186520507317056371138836327483792789528"
    seconds = 1 if quick else 3
    rows = [
        ("cfrac", (small,), ""),
        ("espresso", (folder / "largest.espresso",), ""),
        ("mstress", (2, 50, 5 if quick else 25), ""),
        ("glibc-simple", (), ""),
        ("larson", (seconds, 8, 1000, 5000, 100, 4141, 2), r"Throughput =\s*(\d+)"),
        ("glibc-thread", (2,), r"(\d+) iterations"),
    ]
    programs = []
    for name, rest, throughput in rows:
        path = folder / name
        missing = "" if os.access(path, os.X_OK) else f"{name} is not in the folder of mimalloc-bench's programs"
        programs.append(Program(name.replace("-", "_"), f"mimalloc-bench: {name}", (str(path), *map(str, rest)), missing,
                                throughput=throughput, folder=str(folder)))
    return programs
