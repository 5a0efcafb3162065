"""The budget in a hot function's comment is the one that its build is held to.

    // hot: 31 insn, 3 branches, 0 calls, 0 rmw - bench/hot_path.golden
    void record_alloc(...)

stands above the function, and bench/hot_path.golden has one row for it with these numbers (tools/dev/checks/hot_path.py holds
the built program to that row). A "hot:" comment that names no table speaks of code that is inlined: it is held as part of
its callers.
"""

import re

from checks import hot_path
from checks.cpp_source import CppSource
from checks.tree import Finding

GOLDEN = "bench/hot_path.golden"
BUDGET = re.compile(r"^hot: (\d+) insn, (\d+) branches, (\d+) calls, (\d+) rmw - " + re.escape(GOLDEN) + "$")
FUNCTION = re.compile(r"(operator [\w\[\]]+|~?\w+)\s*\(")
ATTRIBUTE = re.compile(r"\[\[.*?\]\]|__attribute__\s*\(\(.*?\)\)")
FORM = f"write '// hot: N insn, N branches, N calls, N rmw - {GOLDEN}'"


def function_below(source, index):
    """The name of the function declared after line `index`, or None."""
    first = index + 1
    while first < len(source.code) and not source.code[first].strip():
        first += 1
    declaration = ATTRIBUTE.sub("", " ".join(source.code[first : first + 4]))
    match = FUNCTION.search(declaration)
    return match and match[1]


def last_name(symbol):
    """`ns::Ring<std::atomic>::push(Event)` -> `push`."""
    name = hot_path.without_parameters(symbol)
    depth, start = 0, 0
    for at, char in enumerate(name):
        depth += (char == "<") - (char == ">")
        if char == ":" and depth == 0:
            start = at + 1
    return name[start:].split("<")[0]


def check(tree):
    findings = []
    rows = hot_path.read_golden(tree.root / GOLDEN)[1] if GOLDEN in tree.files else {}
    for path in tree.cpp_files():
        source = CppSource(tree, path)
        for index, comment in enumerate(source.comments):
            if not comment.strip().startswith("hot:") or GOLDEN not in comment:
                continue
            budget, name = BUDGET.match(comment.strip()), function_below(source, index)
            if not budget:
                findings.append(Finding(path, index + 1, f"a budget that no check can read: {FORM}"))
                continue
            told = hot_path.Mix(*map(int, budget.groups()))
            held = [mix for symbol, mix in rows.items() if last_name(symbol) == name]
            if not held:
                findings.append(Finding(path, index + 1, f"{GOLDEN} has no row for {name}: add it"))
            elif told not in held:
                numbers = ", ".join(f"{getattr(held[0], column)} {column}" for column in hot_path.COLUMNS)
                findings.append(Finding(path, index + 1, f"{name} is held to {numbers}: tell the same here"))
    return findings
