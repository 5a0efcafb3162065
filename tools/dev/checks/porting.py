"""CONTRIBUTING.md says what a port to another processor takes: all files that differ between processors are listed there."""

import posixpath
import re

from checks.tree import Finding

PAGE = "CONTRIBUTING.md"
SECTION = "## PORTING"
FOLDERS = ("engine/", "hooks/", "snapshot/", "tools/")
PROCESSOR = re.compile(r"_(x86_64|aarch64)(?=\.)")
CHOICE = re.compile(r"^#\s*(if|elif|ifdef)\b.*\b__(x86_64|aarch64)__", re.MULTILINE)


def check(tree):
    if PAGE not in tree.files or SECTION not in tree.text(PAGE):
        return []
    section = tree.text(PAGE).split(SECTION)[1]
    findings = []
    for path in tree.cpp_files():
        if not path.startswith(FOLDERS):
            continue
        name = posixpath.basename(path)
        if PROCESSOR.search(name):
            name = PROCESSOR.sub("_NAME", name).rpartition(".")[0]  # "a_NAME.h`, `.cc`" lists both
        elif not CHOICE.search(tree.text(path)):
            continue
        if not re.search(rf"[/`]{re.escape(name)}[.`]", section):
            message = f'this differs between processors: list {name} in {PAGE} under "PORTING", with what it answers'
            findings.append(Finding(path, 1, message))
    return findings
