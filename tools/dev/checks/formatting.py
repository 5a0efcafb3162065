"""C++ sources are as clang-format 14 writes them."""

import os
import re
import shutil
import subprocess

from checks.tree import Finding

FORMATTER = "clang-format-14"  # other versions break lines differently
COMPLAINT = re.compile(r"^(?P<path>.+?):(?P<line>\d+):\d+: (?:error|warning): ")


def check(tree):
    files = tree.cpp_files()
    if not files:
        return []
    if not shutil.which(FORMATTER):
        if os.environ.get("CI") == "true":
            return [
                Finding(
                    ".clang-format", 1, f"{FORMATTER} is not installed: run tools/install_dependencies test"
                )
            ]
        print(
            f"presubmit: formatting not checked, {FORMATTER} is not installed (tools/install_dependencies test)"
        )
        return []
    run = subprocess.run(
        [FORMATTER, "--dry-run", "-Werror", "--style=file", *files],
        cwd=tree.root,
        capture_output=True,
        text=True,
    )
    complaints = [match for line in run.stderr.splitlines() if (match := COMPLAINT.match(line))]
    if run.returncode and not complaints:
        raise RuntimeError(f"{FORMATTER} failed: {run.stderr.strip()}")
    first_lines = {}
    for match in complaints:
        first_lines.setdefault(match["path"], int(match["line"]))
    return [
        Finding(path, line, f"not formatted from here on: run {FORMATTER} -i {path}")
        for path, line in first_lines.items()
    ]
