"""The ways a program is run: alone over two allocators, under heapreel, and under each peer that is installed.

Every peer is optional; `missing` says why one cannot be run. None of them is told to sample: each records every allocation
with its stack, as far as it can.
"""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

LIBRARY_FOLDERS = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib")
SESSION = "heapreel-comparison"
# What would take gigabytes or minutes under a peer that needs microseconds an event; such a peer runs the other loops,
# and one program.
LONG = ("level", "game", "paced", "clang", "python", "perl", "godot", "supertuxkart", "cfrac", "espresso", "mstress",
        "glibc_simple", "larson", "glibc_thread")


def library(*names):
    """The path of the first of these libraries that there is, or None."""
    for name in names:
        for folder in LIBRARY_FOLDERS:
            path = pathlib.Path(folder, name)
            if path.exists():
                return path
    return None


@dataclasses.dataclass
class Prepared:
    """How one run is started: `words` before the program's own, libraries to preload, variables."""

    words: list = dataclasses.field(default_factory=list)
    preload: list = dataclasses.field(default_factory=list)
    environment: dict = dataclasses.field(default_factory=dict)


class Tracer:
    """One way. `base` names the untraced run that it is compared with; `share` of the repetitions is enough for a slow one,
    which then also runs only once; `avoids` are workloads that would take gigabytes or minutes; `runs` says which workloads it is
    for."""

    share = 1.0
    avoids = ()
    runs = "both"  # or "loops" or "programs" alone
    is_peer = False
    has_helper = False  # a process of its own does a part of the work

    def __init__(self, name, title, base):
        self.name = name
        self.title = title
        self.base = base

    def missing(self):
        return ""

    def prepare(self, folder):
        """For a run whose files go into `folder`, an empty one."""
        raise NotImplementedError

    def results(self, folder):
        """What the tracer wrote: file_bytes, and where it tells them issued, degraded, lost, own_bytes."""
        return {"file_bytes": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())}

    def abandon(self):
        """After a run that failed: there are no results."""

    def close(self):
        """After the last run."""


class Untraced(Tracer):
    def __init__(self, name, title, names):
        super().__init__(name, title, None)
        self.library = library(*names) if names else None
        self.names = names

    def missing(self):
        return f"{self.names[0]} is not installed" if self.names and self.library is None else ""

    def prepare(self, folder):
        return Prepared(preload=[self.library] if self.library else [])

    def results(self, folder):
        return {}


class Heapreel(Tracer):
    has_helper = True

    def __init__(self, command, allocator, one_frame):
        over = "mimalloc" if allocator == "mimalloc" else "glibc"
        super().__init__("heapreel" + ("" if over == "mimalloc" else "_system") + ("_one_frame" if one_frame else ""),
                         "heapreel" + ("" if over == "mimalloc" else " over glibc") + (", one frame" if one_frame else ""), over)
        self.command = command
        self.options = ["--allocator", allocator] + (["--traceback-limit", "1"] if one_frame else [])

    def prepare(self, folder):
        return Prepared(words=[str(self.command), "run", *self.options, "-f", "-o", str(folder / "run.reel"), "--"])

    def results(self, folder):
        reel = folder / "run.reel"
        told = subprocess.run([str(self.command), "info", "--json", str(reel)], check=True, stdout=subprocess.PIPE)
        info = json.loads(told.stdout)
        return {
            "file_bytes": reel.stat().st_size,
            "issued": info["issued"],
            "degraded": info["degraded"],
            "lost": info["issued"] - info["stored"] - info["degraded"] - info["discarded"] + info["unrecorded"],
            "complete": info["complete"],
            "own_bytes": info["tracer_bytes"],
            "helper_s": info["consolidator_ns"] / 1e9,
        }


class Peer(Tracer):
    is_peer = True


class Heaptrack(Peer):
    """Its recording library alone; its interpreter would use the other core. Over mimalloc as heapreel is, for the loops;
    it would not see mimalloc's own operator new, so programs run over glibc."""

    def __init__(self, base):
        super().__init__("heaptrack" if base == "mimalloc" else "heaptrack_system", "heaptrack", base)
        self.runs = "loops" if base == "mimalloc" else "programs"
        self.library = library("heaptrack/libheaptrack_preload.so")
        self.mimalloc = library("libmimalloc.so.2") if base == "mimalloc" else None

    def missing(self):
        if self.base == "mimalloc" and self.mimalloc is None:
            return "libmimalloc.so.2 is not installed"
        return "" if self.library else "heaptrack is not installed"

    def prepare(self, folder):
        return Prepared(preload=[path for path in (self.library, self.mimalloc) if path],
                        environment={"DUMP_HEAPTRACK_OUTPUT": str(folder / "heaptrack.raw")})


class Gperftools(Peer):
    """Debian's unwinds by libgcc, some microseconds an event."""

    share = 1 / 20
    avoids = LONG

    def __init__(self):
        super().__init__("gperftools", "gperftools heap profiler", "mimalloc")
        self.library = library("libtcmalloc.so.4", "libtcmalloc.so")

    def missing(self):
        return "" if self.library else "gperftools' libtcmalloc is not installed"

    def prepare(self, folder):
        # It writes its profile at the end only.
        never = str(1 << 60)
        return Prepared(preload=[self.library], environment={
            "HEAPPROFILE": str(folder / "profile"), "HEAP_PROFILE_ALLOCATION_INTERVAL": never,
            "HEAP_PROFILE_INUSE_INTERVAL": never})


class Jemalloc(Peer):
    """Every allocation is a sample of its own; each then takes a page or more."""

    share = 1 / 10
    avoids = LONG

    def __init__(self):
        super().__init__("jemalloc", "jemalloc profiler", "mimalloc")
        self.library = library("libjemalloc.so.2")

    def missing(self):
        return "" if self.library else "libjemalloc.so.2 is not installed"

    def prepare(self, folder):
        options = f"prof:true,lg_prof_sample:0,prof_final:true,prof_prefix:{folder / 'profile'}"
        return Prepared(preload=[self.library], environment={"MALLOC_CONF": options})


class Lttng(Peer):
    """Its wrapper of malloc records no stacks. A session daemon of our own takes the events."""

    def __init__(self):
        super().__init__("lttng", "LTTng-UST (no stacks)", "glibc")
        self.library = library("liblttng-ust-libc-wrapper.so.1", "liblttng-ust-libc-wrapper.so.0")
        self.daemon = None
        self.home = None

    def missing(self):
        if shutil.which("lttng") is None or shutil.which("lttng-sessiond") is None:
            return "lttng-tools are not installed"
        return "" if self.library else "liblttng-ust-libc-wrapper is not installed"

    def variables(self):
        return {"LTTNG_HOME": str(self.home), "LTTNG_RUNDIR": str(self.home / "run"), "HOME": str(self.home)}

    def lttng(self, *words):
        run = subprocess.run(["lttng", "--no-sessiond", *words], env={**os.environ, **self.variables()}, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
        if run.returncode != 0:
            raise RuntimeError(f"lttng {' '.join(words)} failed: {run.stdout}")
        return run.stdout

    def start_daemon(self, home):
        self.home = home
        home.mkdir()
        (home / "run").mkdir()
        self.daemon = subprocess.Popen(["lttng-sessiond", "--no-kernel"], env={**os.environ, **self.variables()},
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            time.sleep(0.1)
            try:
                self.lttng("list")
                return
            except RuntimeError:
                continue
        raise RuntimeError("lttng-sessiond does not answer")

    def prepare(self, folder):
        if self.daemon is None:
            self.start_daemon(folder.parent / "lttng")
        self.lttng("create", SESSION, f"--output={folder}")
        self.lttng("enable-channel", "-u", "all", "--subbuf-size=8M", "--num-subbuf=8")
        self.lttng("enable-event", "-u", "-c", "all", "lttng_ust_libc:*")
        self.lttng("start", SESSION)
        return Prepared(preload=[self.library], environment=self.variables())

    def results(self, folder):
        self.lttng("stop", SESSION)
        told = self.lttng("destroy", SESSION)
        lost = re.search(r"(\d+) events? (?:were|was)? ?discarded", told)
        return {**super().results(folder), "lost": int(lost[1]) if lost else 0}

    def abandon(self):
        self.lttng("destroy", SESSION)

    def close(self):
        if self.daemon is not None:
            self.daemon.terminate()
            self.daemon.wait(30)


class Dhat(Peer):
    """valgrind's heap profiler: the program runs on a simulated processor, one thread at a time."""

    share = 1 / 20
    avoids = LONG

    def __init__(self):
        super().__init__("dhat", "valgrind DHAT", "glibc")

    def missing(self):
        return "" if shutil.which("valgrind") else "valgrind is not installed"

    def prepare(self, folder):
        return Prepared(words=["valgrind", "--tool=dhat", f"--dhat-out-file={folder / 'dhat.json'}"])


def all_tracers(heapreel_command):
    """Untraced first, then heapreel, then its peers."""
    return [
        Untraced("glibc", "glibc, untraced", ()),
        Untraced("mimalloc", "mimalloc, untraced", ("libmimalloc.so.2",)),
        Heapreel(heapreel_command, "mimalloc", False),
        Heapreel(heapreel_command, "mimalloc", True),
        Heapreel(heapreel_command, "system", False),
        Heapreel(heapreel_command, "system", True),
        Heaptrack("mimalloc"),
        Heaptrack("glibc"),
        Gperftools(),
        Jemalloc(),
        Lttng(),
        Dhat(),
    ]
