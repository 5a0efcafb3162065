#!/usr/bin/env python3
"""Every header compiles alone. Usage: headers_test.py SOURCE_ROOT COMPILER...

A source that includes its own header first shows that already, as some build compiles every source without precompiled
headers. What is left is compiled here, each as a file of its own, without making code.
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(sys.argv[1])
COMPILER = sys.argv[2:]
sys.path.insert(0, str(ROOT / "tools/dev"))

from checks import layers  # noqa: E402
from checks.tree import Tree  # noqa: E402

PRODUCT = ("engine/", "hooks/", "snapshot/", "tools/command/")
FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-x", "c++", "-"]
INCLUDES = ["-I.", "-Ihooks/include", "-Isnapshot/include", "-isystem", "/usr/include/concurrentqueue"]
# Headers that are a part of another one, which alone includes them.
PARTS = {
    "hooks/backend/backend_mimalloc.h": "hooks/backend/backend.h",
    "hooks/backend/backend_system.h": "hooks/backend/backend.h",
}
# Headers over a library that may be missing. Those whose library is there are compiled by tests/hooks/adapters and
# tests/snapshot/overlay.
NEEDS_LIBRARY = ("hooks/include/heapreel/adapters/", "snapshot/include/heapreel/overlay/")
DEFINES = {"hooks/": ['-DHEAPREEL_BACKEND="hooks/backend/backend_mimalloc.h"']}


def is_first_in_its_source(tree, header):
    source = header[:-2] + ".cc"
    if source not in tree.files:
        return False
    first = next(layers.includes(tree, source), None)
    return first is not None and layers.resolve(set(tree.files), source, first[1]) == header


def errors_of(header):
    defines = [word for folder, words in DEFINES.items() if header.startswith(folder) for word in words]
    done = subprocess.run(
        [*COMPILER, *INCLUDES, *defines, *FLAGS], cwd=ROOT, input=f'#include "{header}"\n', capture_output=True, text=True
    )
    return f"{header} does not compile alone:\n{done.stderr}" if done.returncode != 0 else ""


def main():
    tree = Tree.from_git(ROOT)
    headers = [
        path
        for path in tree.files
        if path.endswith(".h") and path.startswith(PRODUCT) and "/pch/" not in path and path not in PARTS
        and not path.startswith(NEEDS_LIBRARY)
    ]
    others = ("aarch64",) if os.uname().machine == "x86_64" else ("x86_64",)
    alone = [
        path for path in headers if not path[:-2].endswith(others) and not is_first_in_its_source(tree, path)
    ]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        errors = [text for text in pool.map(errors_of, alone) if text]
    print("\n".join(errors))
    print(f"headers: {len(headers)}, of which {len(alone)} are first in no source; {len(errors)} do not compile alone")
    return 1 if errors or not alone else 0


if __name__ == "__main__":
    sys.exit(main())
