#!/usr/bin/env python3
"""The same questions about the same quarter of a million traces, asked of CPython's tracemalloc and of heapreel. More
traces would take minutes and favour heapreel: CPython looks at every trace, heapreel at sums by call site.

Prints how many times faster heapreel answers, and fails where that is below the budget, or where the answers differ.

Usage: tracemalloc_ratios.py PROBE
Exit status: 0 within the budgets, 1 over one or different answers, 77 when this python3 has no tracemalloc.
"""

import array
import pathlib
import subprocess
import sys
import tempfile
import time

try:
    import tracemalloc
except ImportError:
    print("this python3 has no tracemalloc")
    sys.exit(77)

FRAMES = 25
LEAST_RATIO = 20


def read_tracebacks(path):
    """Frames as tracemalloc keeps them: most recent first, equal ones one object."""
    known = {}
    tracebacks = []
    for line in path.read_text().splitlines():
        fields = line.split("\t")[:-1]
        frames = [(fields[i], int(fields[i + 1])) for i in range(0, len(fields), 2)]
        tracebacks.append(tuple(known.setdefault(frame, frame) for frame in reversed(frames)))
    return tracebacks


def read_snapshot(path, tracebacks):
    numbers = array.array("I", path.read_bytes())
    traces = [
        (0, numbers[i + 1], tracebacks[numbers[i]], FRAMES) for i in range(0, len(numbers), 2)
    ]
    return tracemalloc.Snapshot(traces, FRAMES)


def read_answers(path):
    """What the probe wrote: question -> (nanoseconds, number of rows, first rows as text)."""
    lines = iter(path.read_text().splitlines())
    answers = {}
    for line in lines:
        question, nanoseconds, count, shown = line.split("\t")
        answers[question] = (float(nanoseconds), int(count), [next(lines) for _ in range(int(shown))])
    return answers


def filtered(snapshot):
    return snapshot.filter_traces(
        [tracemalloc.Filter(False, "*/module1?.cc"), tracemalloc.Filter(True, "*/engine/src/*")]
    )


QUESTIONS = {
    "statistics lineno": lambda old, new: new.statistics("lineno"),
    "statistics filename": lambda old, new: new.statistics("filename"),
    "statistics lineno cumulative": lambda old, new: new.statistics("lineno", True),
    "compare_to lineno": lambda old, new: new.compare_to(old, "lineno"),
    "filter_traces, statistics lineno": lambda old, new: filtered(new).statistics("lineno"),
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="tracemalloc_ratios.") as name:
        folder = pathlib.Path(name)
        subprocess.run([sys.argv[1], name], check=True)
        answers = read_answers(folder / "answers.txt")
        tracebacks = read_tracebacks(folder / "tracebacks.txt")
        old = read_snapshot(folder / "old.bin", tracebacks)
        new = read_snapshot(folder / "new.bin", tracebacks)

    failed = False
    for question, ask in QUESTIONS.items():
        begin = time.process_time()
        rows = ask(old, new)
        seconds = time.process_time() - begin
        nanoseconds, count, texts = answers[question]
        ratio = seconds * 1e9 / nanoseconds
        agrees = count == len(rows) and texts == [str(row) for row in rows[: len(texts)]]
        failed |= ratio < LEAST_RATIO or not agrees
        print(
            f"{question}: tracemalloc {seconds * 1e3:.0f} ms, heapreel {nanoseconds / 1e6:.2f} ms, "
            f"{ratio:.0f} times (budget {LEAST_RATIO}); "
            f"{'the same ' + str(count) + ' rows' if agrees else 'THE ANSWERS DIFFER'}"
        )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
