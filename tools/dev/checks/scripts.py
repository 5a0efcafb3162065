"""Scripts can be run, and files are named alike."""

import os
import re

from checks.tree import Finding

SHEBANGS = ("#!/usr/bin/env bash", "#!/usr/bin/env python3", "#!/bin/sh")
SNAKE_CASE = re.compile(r"\.?[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z0-9]+)*")
# g++ warns of "#pragma once" in a header that it precompiles; each of these is included once.
PRECOMPILED = ("tests/pch/", "tools/command/pch/")
# Installed headers may be C, and may keep to a guard.
ONCE = re.compile(r"^#(pragma once|ifndef HEAPREEL_\w+_H)$", re.M)
NAMED_ALIKE = (".h", ".cc", ".py", ".sh")
FOREIGN_CPP = (".hpp", ".hh", ".hxx", ".cpp", ".cxx", ".C")


def check_shebang(tree, path):
    first = tree.text(path).split("\n", 1)[0]
    executable = os.access(tree.root / path, os.X_OK)
    if executable and not first.startswith("#!"):
        return [Finding(path, 1, "executable, but without a #! line: add one, or chmod -x")]
    if first.startswith("#!") and not executable:
        return [Finding(path, 1, "has a #! line, but is not executable: chmod +x, or drop the line")]
    if executable and first not in SHEBANGS:
        return [Finding(path, 1, f"starts with '{first}': use one of {', '.join(SHEBANGS)}")]
    return []


def check_name(path):
    if path.endswith(FOREIGN_CPP):
        return [Finding(path, 1, "C++ files end in .h or .cc: rename it")]
    if not path.endswith(NAMED_ALIKE):
        return []
    wrong = [part for part in path.split("/") if not SNAKE_CASE.fullmatch(part)]
    return [Finding(path, 1, f"'{part}' is not snake_case: rename it") for part in wrong]


def check(tree):
    findings = []
    for path in tree.own_files():
        findings += check_shebang(tree, path) + check_name(path)
        if path.endswith(".h") and not path.startswith(PRECOMPILED) and not ONCE.search(tree.text(path)):
            findings.append(Finding(path, 1, "header without #pragma once: add it"))
    return findings
