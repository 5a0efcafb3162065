"""The tests mirror the sources: what tests folder/part/ is in tests/folder/part/."""

import posixpath

from checks.tree import Finding

# Folders of tests that mirror nothing, and what they are for.
EXCEPTIONS = {
    "tests/fuzz": "fuzz targets and their corpora",
    "tests/models": "models of protocols, checked by a model checker",
    "tests/mutants": "seeded bugs, each with the test that catches it",
    "tests/vectors": "expected results, shared by tests of many folders",
    "tests/workloads": "programs that are traced, as their authors wrote them",
    "tests/pch": "headers that the compilers precompile",
    "tests/hooks/adapters": "tests of the headers in hooks/include/heapreel/adapters",
    "tests/snapshot/testing": "tests of the headers in snapshot/include/heapreel/testing",
    "tests/hooks/fake_engine": "headers that stand in for the engine's",
    "tests/hooks/hazards": "programs that hooks could break",
    "tests/tools/programs": "programs that the command traces",
}


def is_exception(folder):
    return any(folder == name or folder.startswith(name + "/") for name in EXCEPTIONS)


def check(tree):
    folders = {posixpath.dirname(path) for path in tree.files}
    sources = {folder for folder in folders if not folder.startswith("tests")}
    sources |= {posixpath.dirname(folder) for folder in sources} | {""}
    findings = []
    for path in tree.files:
        if not path.startswith("tests/"):
            continue
        folder = posixpath.dirname(path)
        mirrored = folder[len("tests/") :]
        if mirrored not in sources and not is_exception(folder):
            message = f"there is no {mirrored}/ that this could test: move it to where its source is, or name the folder in EXCEPTIONS"
            findings.append(Finding(path, 1, message))
    return findings
