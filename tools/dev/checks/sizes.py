"""Files stay small enough to be read at one sitting."""

import statistics

from checks.tree import Finding

MAX_LINES = 500
MAX_MEDIAN = 150
MOST_BELOW = 350  # nine in ten C++ files stay below


def check(tree):
    findings = []
    for path in tree.own_files():
        length = len(tree.lines(path))
        if path.endswith((".h", ".cc", ".py", ".sh", ".js", ".css", ".html")) and length > MAX_LINES:
            findings.append(
                Finding(
                    path,
                    length,
                    f"{length} lines, the limit is {MAX_LINES}: find the second noun and give it a file",
                )
            )

    lengths = sorted((len(tree.lines(path)), path) for path in tree.cpp_files())
    if not lengths:
        return findings
    median = statistics.median(length for length, _ in lengths)
    longest, longest_path = lengths[-1]
    if median > MAX_MEDIAN:
        findings.append(
            Finding(
                longest_path,
                longest,
                f"the median C++ file has {median:g} lines, the limit is {MAX_MEDIAN}: split the long ones, this first",
            )
        )
    long_files = [path for length, path in lengths if length >= MOST_BELOW]
    if len(long_files) * 10 > len(lengths):
        findings.append(
            Finding(
                longest_path,
                longest,
                f"{len(long_files)} of {len(lengths)} C++ files have {MOST_BELOW} lines or more, one in ten may: "
                f"split some of {', '.join(long_files)}",
            )
        )
    return findings
