"""Which folder may include what. The tables are the law; the design is in them, not in the code below."""

import posixpath
import re

from checks.tree import Finding

# A folder of ours -> what its files may include: a folder ("x/*": its own files, not those of the folders in it) or one
# file. Lowest first; the row of the innermost folder counts.
ALLOWED = {
    "engine/memory/": [
        "engine/memory/*",
    ],
    "engine/unwind/": [
        "engine/unwind/*",
    ],
    "engine/crosscheck/": [
        "engine/crosscheck/*",
        "engine/memory/*",
        "engine/unwind/*",
    ],
    "engine/ring/": [
        "engine/ring/*",
        "engine/memory/*",
    ],
    "engine/store/": [
        "engine/store/*",
        "engine/memory/*",
        "engine/ring/*",
        "engine/unwind/*",
    ],
    "engine/record/": [
        "engine/record/*",
        "engine/crosscheck/*",
        "engine/memory/*",
        "engine/ring/*",
        "engine/store/*",
        "engine/unwind/*",
    ],
    "engine/cut/": [
        "engine/cut/*",
        "engine/memory/*",
        "engine/record/*",
        "engine/ring/*",
        "engine/store/*",
        "engine/unwind/*",
    ],
    "engine/consolidate/": [
        "engine/consolidate/*",
        "engine/cut/*",
        "engine/memory/*",
        "engine/record/*",
        "engine/store/*",
    ],
    "engine/tracer/": [
        "engine/tracer/*",
        "engine/consolidate/*",
        "engine/cut/*",
        "engine/memory/*",
        "engine/record/*",
        "engine/store/*",
    ],
    "hooks/api/": [
        "hooks/api/*",
        "engine/record/*",
        "engine/tracer/*",
        "hooks/*",
        "hooks/include/heapreel/*",
        "hooks/malloc/*",
    ],
    "hooks/link/": ["hooks/link/*"],
    "hooks/load/": [
        "hooks/load/*",
        "engine/tracer/*",
        "hooks/*",
        "hooks/link/*",
        "hooks/malloc/*",
        "hooks/process/*",
    ],
    "hooks/malloc/": [
        "hooks/malloc/*",
        "engine/record/*",
        "engine/unwind/*",
        "hooks/*",
        "hooks/link/*",
        "hooks/process/*",
    ],
    "hooks/process/": [
        "hooks/process/*",
        "engine/crosscheck/*",
        "engine/record/*",
        "engine/tracer/*",
        "hooks/*",
        "hooks/link/*",
        "hooks/malloc/*",
    ],
    "snapshot/budget/": [
        "snapshot/budget/*",
        "engine/consolidate/*",
        "engine/record/*",
        "engine/store/*",
        "snapshot/reel/format/*",
    ],
    "snapshot/live/": [
        "snapshot/live/*",
        "engine/consolidate/*",
        "engine/tracer/*",
        "snapshot/include/heapreel/*",
        "snapshot/model/*",
        "snapshot/reel/read/*",
        "snapshot/symbols/*",
    ],
    "snapshot/model/": [
        "snapshot/model/*",
        "engine/tracer/*",
        "snapshot/include/heapreel/*",
        "snapshot/statistics/*",
        "snapshot/text/*",
    ],
    "snapshot/reel/format/": [
        "snapshot/reel/format/*",
        "snapshot/include/heapreel/*",
        "snapshot/reel/write/*",
    ],
    "snapshot/reel/read/": [
        "snapshot/reel/read/*",
        "engine/store/*",
        "engine/tracer/*",
        "engine/unwind/*",
        "snapshot/budget/*",
        "snapshot/include/heapreel/*",
        "snapshot/live/*",
        "snapshot/model/*",
        "snapshot/reel/format/*",
        "snapshot/reel/write/*",
        "snapshot/symbols/*",
    ],
    "snapshot/reel/write/": [
        "snapshot/reel/write/*",
        "engine/consolidate/*",
        "engine/store/*",
        "snapshot/budget/*",
        "snapshot/reel/format/*",
        "snapshot/reel/read/*",
        "snapshot/symbols/*",
    ],
    "snapshot/statistics/": [
        "snapshot/statistics/*",
        "engine/store/*",
        "engine/tracer/*",
        "snapshot/include/heapreel/*",
        "snapshot/model/*",
        "snapshot/text/*",
    ],
    "snapshot/text/": [
        "snapshot/text/*",
        "snapshot/include/heapreel/*",
    ],
    "tools/command/": [
        "tools/command/*",
        "hooks/process/*",
        "snapshot/include/heapreel/*",
        "tools/command/console/*",
        "tools/command/read/*",
        "tools/command/run/*",
    ],
    "tools/command/console/": [
        "tools/command/console/*",
        "tools/command/*",
    ],
    "tools/command/pch/": [
        "tools/command/pch/*",
        "tools/command/console/*",
    ],
    "tools/command/read/": [
        "tools/command/read/*",
        "snapshot/budget/*",
        "snapshot/include/heapreel/*",
        "snapshot/live/*",
        "snapshot/model/*",
        "snapshot/reel/read/*",
        "snapshot/symbols/*",
        "snapshot/text/*",
        "tools/command/console/*",
        "tools/command/run/*",
    ],
    "tools/command/run/": [
        "tools/command/run/*",
        "engine/consolidate/*",
        "engine/crosscheck/*",
        "engine/memory/*",
        "engine/record/*",
        "engine/tracer/*",
        "engine/unwind/*",
        "hooks/process/*",
        "snapshot/budget/*",
        "snapshot/include/heapreel/*",
        "snapshot/reel/read/*",
        "snapshot/reel/write/*",
        "snapshot/statistics/*",
        "tools/command/console/*",
        "tools/command/read/*",
    ],
    "tools/example_game/": ["tools/example_game/*", "hooks/include/heapreel/*"],
    "snapshot/include/": ["snapshot/include/"],
    "snapshot/symbols/": ["snapshot/symbols/*"],
    "hooks/": ["hooks/*"],
    "hooks/include/": ["hooks/include/"],
    "tests/": ["engine/", "snapshot/", "hooks/", "tools/", "tests/"],
    "bench/": ["engine/", "snapshot/", "hooks/", "tools/", "tests/", "bench/"],
}

# Third-party header -> the folders that may include it, and the most files that may, so that it stays replaceable.
# tests/ and bench/ are free.
CONFINED = [
    (r"mimalloc(-.*)?\.h", ["hooks/"], 2),
    (r"(.*/)?(lightweightsemaphore|(blocking)?concurrentqueue)\.h", ["engine/"], 2),
    (r"xxhash\.h", ["engine/", "snapshot/"], 2),
    (r"(elfutils/.*|dwarf)\.h", ["snapshot/"], 2),
    (r"(libelf|gelf)\.h", ["snapshot/"], 3),
    (r"zstd\.h", ["snapshot/"], 2),
    (r"lzma\.h", ["snapshot/"], 1),
    (r"fmt/.*\.h", ["snapshot/", "tools/"], 2),
    (r"toml\+\+/.*\.h", ["tools/"], 1),
]
UNCONFINED = ("tests/", "bench/")

# Roots that an include path is searched in, besides the folder of the file itself.
INCLUDE_ROOTS = ["", "hooks/include/", "snapshot/include/"]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def includes(tree, path):
    for number, line in enumerate(tree.lines(path), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[2], match[1] == '"'


def resolve(tree_files, path, name):
    """The file of ours that `name` means when `path` includes it, or None when it is not ours."""
    for root in [posixpath.dirname(path) + "/", *INCLUDE_ROOTS]:
        candidate = posixpath.normpath(root + name)
        if candidate in tree_files:
            return candidate
    return None


def covers(allowed, target):
    if allowed.endswith("/*"):
        return posixpath.dirname(target) == allowed[:-2]
    return target == allowed or (allowed.endswith("/") and target.startswith(allowed))


def check_edge(path, number, target):
    folder = max((row for row in ALLOWED if path.startswith(row)), key=len, default=None)
    if folder is None:
        folder = path.split("/")[0] + "/"
        return [
            Finding(path, number, f"{folder} has no row in tools/dev/checks/layers.py: add what it may include")
        ]
    if any(covers(allowed, target) for allowed in ALLOWED[folder]):
        return []
    return [
        Finding(
            path,
            number,
            f"{folder} may not include {target}: "
            f"use {', '.join(ALLOWED[folder])}, or move the code to the layer that may",
        )
    ]


def check_confinement(uses):
    """`uses` are the includes (path, line, name) of headers that are not ours."""
    findings = []
    for pattern, folders, at_most in CONFINED:
        users = []
        for path, number, name in uses:
            if path.startswith(UNCONFINED) or not re.fullmatch(pattern, name):
                continue
            if not path.startswith(tuple(folders)):
                message = (
                    f"<{name}> is confined to {', '.join(folders)}: go through the file there that wraps it"
                )
                findings.append(Finding(path, number, message))
            if path not in users:
                users.append(path)
                if len(users) > at_most:
                    have_it = ", ".join(users[:at_most])
                    message = f"<{name}> is confined to {at_most} files, {have_it} have it: go through them"
                    findings.append(Finding(path, number, message))
    return findings


def check(tree):
    findings, foreign = [], []
    tree_files = set(tree.files)
    for path in tree.cpp_files():
        for number, name, quoted in includes(tree, path):
            target = resolve(tree_files, path, name)
            if target:
                findings += check_edge(path, number, target)
                continue
            foreign.append((path, number, name))
            if quoted:
                message = f'"{name}" is no file of this tree: include a system header as <{name}>'
                findings.append(Finding(path, number, message))
    return findings + check_confinement(foreign)
