"""Which folder may include what. The tables are the law; the design is in them, not in the code below."""

import posixpath
import re

from checks.tree import Finding

TABLE = "tools/dev/checks/layers.py"

# A folder of ours -> the folders that its files may include, besides itself. A folder means the files in it, not those of
# the folders below it. This is a ladder, lowest first: a row names only folders that stand above it here, so that no
# include runs up and no two folders include each other. Every edge is in use: what nobody needs any more is taken out.
LADDER = {
    "engine/memory": [],
    "engine/unwind": [],
    "engine/crosscheck": ["engine/memory", "engine/unwind"],
    "engine/ring": ["engine/memory"],
    "engine/store": ["engine/memory", "engine/unwind", "engine/ring"],
    "engine/record": ["engine/memory", "engine/unwind", "engine/crosscheck", "engine/ring", "engine/store"],
    "engine/cut": ["engine/memory", "engine/unwind", "engine/ring", "engine/store", "engine/record"],
    "engine/consolidate": ["engine/memory", "engine/ring", "engine/store", "engine/record", "engine/cut"],
    "engine/tracer": ["engine/memory", "engine/store", "engine/record", "engine/cut", "engine/consolidate"],
    "hooks/include/heapreel": [],
    "hooks/include/heapreel/adapters": ["hooks/include/heapreel"],
    "hooks/base": [],
    "hooks/link": [],
    "hooks/backend": ["engine/unwind", "engine/record", "hooks/base"],
    "hooks/process": [
        "engine/memory",
        "engine/crosscheck",
        "engine/record",
        "engine/tracer",
        "hooks/base",
        "hooks/link",
        "hooks/backend",
    ],
    "hooks/load": ["engine/tracer", "hooks/base", "hooks/backend"],
    "hooks/game_frame": ["engine/tracer", "hooks/base"],
    "hooks/mapping": ["engine/record", "engine/tracer", "hooks/base"],
    "hooks/malloc": ["engine/record", "hooks/base", "hooks/backend", "hooks/process"],
    "hooks/api": [
        "engine/record",
        "engine/tracer",
        "hooks/include/heapreel",
        "hooks/base",
        "hooks/backend",
        "hooks/process",
    ],
    "snapshot/include/heapreel": [],
    "snapshot/include/heapreel/testing": ["hooks/include/heapreel", "snapshot/include/heapreel"],
    "snapshot/text": ["snapshot/include/heapreel"],
    "snapshot/symbols": [],
    "snapshot/model": ["engine/store", "snapshot/include/heapreel", "snapshot/text"],
    "snapshot/statistics": ["engine/tracer", "snapshot/include/heapreel", "snapshot/text", "snapshot/model"],
    "snapshot/query": [
        "engine/tracer",
        "snapshot/include/heapreel",
        "snapshot/text",
        "snapshot/model",
        "snapshot/statistics",
    ],
    "snapshot/recorded": [
        "engine/unwind",
        "engine/store",
        "engine/tracer",
        "snapshot/include/heapreel",
        "snapshot/symbols",
        "snapshot/model",
    ],
    "snapshot/live": [
        "engine/consolidate",
        "engine/tracer",
        "snapshot/include/heapreel",
        "snapshot/model",
        "snapshot/query",
        "snapshot/recorded",
    ],
    "snapshot/reel/format": ["engine/store", "engine/record", "snapshot/include/heapreel"],
    "snapshot/reel/read": [
        "engine/unwind",
        "engine/store",
        "snapshot/include/heapreel",
        "snapshot/symbols",
        "snapshot/model",
        "snapshot/query",
        "snapshot/recorded",
        "snapshot/reel/format",
    ],
    "snapshot/advice": ["snapshot/model", "snapshot/statistics", "snapshot/reel/read"],
    "snapshot/export": [
        "engine/store",
        "snapshot/include/heapreel",
        "snapshot/text",
        "snapshot/symbols",
        "snapshot/model",
        "snapshot/reel/read",
    ],
    "snapshot/budget": [
        "engine/store",
        "engine/consolidate",
        "snapshot/include/heapreel",
        "snapshot/text",
        "snapshot/reel/format",
        "snapshot/reel/read",
    ],
    "snapshot/include/heapreel/overlay": ["snapshot/include/heapreel"],
    "snapshot/overlay": [
        "engine/memory",
        "engine/store",
        "engine/consolidate",
        "engine/tracer",
        "snapshot/include/heapreel",
        "snapshot/text",
        "snapshot/model",
        "snapshot/live",
        "snapshot/budget",
    ],
    "snapshot/reel/write": [
        "engine/memory",
        "engine/store",
        "engine/consolidate",
        "engine/tracer",
        "snapshot/symbols",
        "snapshot/recorded",
        "snapshot/reel/format",
        "snapshot/budget",
    ],
    "snapshot/reel": [
        "engine/memory",
        "engine/unwind",
        "engine/consolidate",
        "engine/tracer",
        "hooks/include/heapreel",
        "snapshot/include/heapreel",
        "snapshot/symbols",
        "snapshot/model",
        "snapshot/query",
        "snapshot/recorded",
        "snapshot/reel/format",
        "snapshot/reel/read",
        "snapshot/budget",
        "snapshot/reel/write",
    ],
    "tools/example_game": ["hooks/include/heapreel"],
    "tools/command/console": ["hooks/base", "snapshot/text"],
    "tools/command/text": [
        "engine/store",
        "snapshot/include/heapreel",
        "snapshot/model",
        "snapshot/reel/format",
        "snapshot/reel/read",
        "tools/command/console",
    ],
    "tools/command/pch": ["tools/command/console"],
    "tools/command/read": [
        "hooks/base",
        "snapshot/budget",
        "snapshot/include/heapreel",
        "snapshot/text",
        "snapshot/symbols",
        "snapshot/model",
        "snapshot/statistics",
        "snapshot/query",
        "snapshot/recorded",
        "snapshot/reel/format",
        "snapshot/reel/read",
        "snapshot/advice",
        "snapshot/export",
        "snapshot/reel",
        "tools/command/console",
        "tools/command/text",
    ],
    "tools/command/gate": [
        "hooks/base",
        "snapshot/include/heapreel",
        "snapshot/text",
        "snapshot/model",
        "snapshot/reel/read",
        "snapshot/budget",
        "tools/command/console",
        "tools/command/text",
        "tools/command/read",
    ],
    "tools/command/report": [
        "snapshot/include/heapreel",
        "snapshot/model",
        "snapshot/reel/format",
        "snapshot/export",
        "snapshot/recorded",
        "snapshot/reel/read",
        "snapshot/statistics",
        "tools/command/console",
        "tools/command/text",
        "tools/command/read",
    ],
    "tools/command/watch": [
        "snapshot/include/heapreel",
        "snapshot/model",
        "snapshot/reel/read",
        "tools/command/console",
        "tools/command/text",
        "tools/command/read",
        "tools/command/report",
    ],
    "tools/command/run": [
        "engine/memory",
        "engine/unwind",
        "engine/crosscheck",
        "engine/record",
        "engine/consolidate",
        "engine/tracer",
        "hooks/game_frame",
        "hooks/process",
        "snapshot/text",
        "snapshot/symbols",
        "snapshot/reel/format",
        "snapshot/budget",
        "snapshot/reel/write",
        "tools/command/console",
        "tools/command/text",
        "tools/command/gate",
        "tools/command/watch",
    ],
    "tools/command/doctor": [
        "engine/memory",
        "hooks/game_frame",
        "snapshot/symbols",
        "tools/command/console",
        "tools/command/text",
        "tools/command/read",
        "tools/command/run",
    ],
    "tools/command": [
        "hooks/process",
        "snapshot/include/heapreel",
        "tools/command/console",
    ],
}

# What stands beside the product may include all of it, and these folders with everything below them.
BROAD = {
    "tests/": ["tests/"],
    "bench/": ["tests/", "bench/"],
}

# Third-party header -> the folders that may include it, and the most files that may, so that it stays replaceable.
# tests/ and bench/ are free.
CONFINED = [
    (r"mimalloc(-.*)?\.h", ["hooks/"], 2),
    (r"(.*/)?(lightweightsemaphore|(blocking)?concurrentqueue)\.h", ["engine/"], 2),
    (r"xxhash\.h", ["engine/", "snapshot/"], 3),
    (r"(elfutils/.*|dwarf)\.h", ["snapshot/"], 2),
    (r"(libelf|gelf)\.h", ["snapshot/"], 3),
    (r"zstd\.h", ["snapshot/"], 2),
    (r"lzma\.h", ["snapshot/"], 1),
    (r"zlib\.h", ["snapshot/", "tools/"], 4),
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


def check_table():
    """The ladder itself: no row may name a folder that stands below it."""
    findings, seen = [], set()
    for folder, allowed in LADDER.items():
        for other in allowed:
            if other not in seen:
                where = "below it or nowhere in the table" if other != folder else "itself"
                message = f"LADDER: the row of {folder} names {other}, which stands {where}: move code, not the rule"
                findings.append(Finding(TABLE, 1, message))
        seen.add(folder)
    return findings


def check_edge(path, number, target):
    folder, other = posixpath.dirname(path), posixpath.dirname(target)
    for row, trees in BROAD.items():
        if path.startswith(row):
            if other in LADDER or target.startswith(tuple(trees)):
                return []
            return [Finding(path, number, f"{row} may not include {target}: use the product, {', '.join(trees)}")]
    if folder not in LADDER:
        return [
            Finding(path, number, f"{folder}/ has no row in {TABLE}: add what it may include")
        ]
    if other == folder or other in LADDER[folder]:
        return []
    return [
        Finding(
            path,
            number,
            f"{folder}/ may not include {target}: use {', '.join(LADDER[folder]) or 'nothing but itself'}, or move the "
            "code to the folder that may",
        )
    ]


def unused_edges(tree_files, used):
    """Edges that no include needs; silent where the tree lacks the folder, as the trees of tests do."""
    present = {posixpath.dirname(path) for path in tree_files}
    return [
        Finding(TABLE, 1, f"LADDER: nothing in {folder} includes {other} any more: take the edge out")
        for folder, allowed in LADDER.items()
        for other in allowed
        if TABLE in tree_files and folder in present and (folder, other) not in used
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
    findings, foreign, used = check_table(), [], set()
    tree_files = set(tree.files)
    for path in tree.cpp_files():
        for number, name, quoted in includes(tree, path):
            target = resolve(tree_files, path, name)
            if target:
                used.add((posixpath.dirname(path), posixpath.dirname(target)))
                findings += check_edge(path, number, target)
                continue
            foreign.append((path, number, name))
            if quoted:
                message = f'"{name}" is not a file of this tree: include a system header as <{name}>'
                findings.append(Finding(path, number, message))
    return findings + unused_edges(tree_files, used) + check_confinement(foreign)
