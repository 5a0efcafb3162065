"""Random cases answered by CPython's own tracemalloc, one JSON object a line, in the format of
tests/vectors/tracemalloc_vectors.json.

usage: tracemalloc_oracle.py KIND SEED COUNT
"""
import json
import random
import sys
import tracemalloc
import unicodedata
import unittest.mock

NAMES = ["a.cc", "b.cc", "a.py", "a.pyc", "A.py", ".pyc", "", "src/render/mesh.cc", "src/render/", "<unknown>",
         "/usr/include/c++/12/bits/new_allocator.h", "libgame.so", "日本/コード.cpp", "é.cc", "\U0001f3ae.cc",
         "\uffee.cc", "it's.cc", 'say "hi".cc', "it's \"both\".cc", "back\\slash.cc", "tab\tnew\nline\r.cc", "\x7f\xa0\xad",
         "\u2028\u200b\u0378", "\ue000\U000e0001\U0010ffff", "[x].cc", "!.cc", "a-b.cc"]
ALPHABET = "ab!-^]/.[é日*?\\"
LINES = [0, 1, 2, 3, 10, 4294967295]
SIZES = [0, 1, 7, 16, 16, 100, 1023, 10239, 10240, 102349, 102400, 1 << 20, 10 << 30, 1 << 53, (1 << 55) + 1]


def random_frames(rng, most=5):
    return [[rng.choice(NAMES), rng.choice(LINES)] for _ in range(rng.randint(1, most))]


def random_traces(rng, most=12):
    stacks = [random_frames(rng) for _ in range(rng.randint(1, 5))]
    traces = []
    for _ in range(rng.randint(0, most)):
        frames = rng.choice(stacks)
        traces.append({"domain": rng.choice([0, 0, 1, 2]), "size": rng.choice(SIZES), "frames": frames,
                       "total_nframe": len(frames) + rng.randint(0, 2)})
    return traces


def raw(trace):
    frames = tuple((name, line) for name, line in reversed(trace["frames"]))
    return (trace["domain"], trace["size"], frames, trace["total_nframe"])


def snapshot_of(traces):
    return tracemalloc.Snapshot([raw(trace) for trace in traces], 25)


def traceback_of(frames, total_nframe=None):
    return tracemalloc.Traceback(tuple((name, line) for name, line in reversed(frames)), total_nframe)


def frames_of(traceback):
    return [[frame.filename, frame.lineno] for frame in traceback]


def key_runs():
    return [("filename", False), ("lineno", False), ("traceback", False), ("filename", True), ("lineno", True)]


def stat_rows(statistics):
    return [{"frames": frames_of(s.traceback), "size": s.size, "count": s.count, "str": str(s)} for s in statistics]


def statistics(rng):
    traces = random_traces(rng)
    snapshot = snapshot_of(traces)
    return {"traces": traces,
            "expect": [{"key_type": key, "cumulative": cumulative,
                        "stats": stat_rows(snapshot.statistics(key, cumulative))} for key, cumulative in key_runs()]}


def compare_to(rng):
    old = random_traces(rng)
    new = [trace for trace in old if rng.random() < 0.7] + random_traces(rng, 6)
    old_snapshot, new_snapshot = snapshot_of(old), snapshot_of(new)
    expect = []
    for key, cumulative in key_runs():
        rows = [{"frames": frames_of(s.traceback), "size": s.size, "size_diff": s.size_diff, "count": s.count,
                 "count_diff": s.count_diff, "str": str(s)}
                for s in new_snapshot.compare_to(old_snapshot, key, cumulative)]
        expect.append({"key_type": key, "cumulative": cumulative, "stats": rows})
    return {"old": old, "new": new, "expect": expect}


def random_pattern(rng):
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(NAMES)
    if kind < 0.6:
        name = rng.choice(NAMES)
        cut = rng.randint(0, len(name))
        return rng.choice(["*" + name[cut:], name[:cut] + "*", name[:cut] + "?" + name[cut + 1:], "*"])
    return "".join(rng.choice(ALPHABET) for _ in range(rng.randint(0, 7)))


def random_filter(rng):
    if rng.random() < 0.25:
        return {"type": "DomainFilter", "inclusive": rng.random() < 0.5, "domain": rng.choice([0, 1, 2, 1 << 32])}
    return {"type": "Filter", "inclusive": rng.random() < 0.5, "filename_pattern": random_pattern(rng),
            "lineno": rng.choice([None, None, 0, 1, 2]), "all_frames": rng.random() < 0.5,
            "domain": rng.choice([None, None, 0, 1])}


def filter_object(f):
    if f["type"] == "DomainFilter":
        return tracemalloc.DomainFilter(f["inclusive"], f["domain"])
    return tracemalloc.Filter(f["inclusive"], f["filename_pattern"], f["lineno"], f["all_frames"], f["domain"])


def filter_traces(rng):
    traces = random_traces(rng)
    runs = []
    for _ in range(3):
        filters = [random_filter(rng) for _ in range(rng.randint(0, 3))]
        snapshot = snapshot_of(traces)
        kept = snapshot.filter_traces([filter_object(f) for f in filters])
        index = {id(t): i for i, t in enumerate(snapshot.traces._traces)}
        runs.append({"filters": filters, "expect_indices": [index[id(t)] for t in kept.traces._traces],
                     "expect_statistics_filename": stat_rows(kept.statistics("filename"))})
    return {"traces": traces, "runs": runs}


def fnmatch(rng):
    checks = []
    for _ in range(20):
        pattern = random_pattern(rng)
        if rng.random() < 0.5:  # one set, thick with its special characters
            pattern = "[" + "".join(rng.choice("ab!-^]cA") for _ in range(rng.randint(0, 8))) + rng.choice(["]", "]*", ""])
        name = rng.choice(NAMES) if rng.random() < 0.3 else "".join(
            rng.choice(ALPHABET + "cA") for _ in range(rng.randint(0, 4)))
        matches = tracemalloc.Filter(True, pattern)._match_frame(name, 0)
        checks.append({"filename": name, "filename_pattern": pattern, "expect": bool(matches)})
    return {"checks": checks}


def traceback_format(rng):
    frames = random_frames(rng, 6)
    texts = ["", "  x = 1;\n", "\t\n", "\u3000 wide \u2003\n", "\x1c\x85a b\xa0", "日本"]
    source = {(name, line): rng.choice(texts) for name, line in frames if rng.random() < 0.6}
    runs = []
    with unittest.mock.patch("tracemalloc.linecache.getline", side_effect=lambda n, l: source.get((n, l), "")):
        for limit in [None, *range(-7, 8)]:
            for first in (False, True):
                lines = traceback_of(frames).format(limit, first)
                runs.append({"limit": limit, "most_recent_first": first, "lines": lines})
    return {"frames": frames, "source": [[n, l, text] for (n, l), text in source.items()], "runs": runs}


def random_code_point(rng):
    """One that was assigned long ago: what is printable among newer ones depends on the Python."""
    while True:
        point = rng.choice([rng.randint(0, 0x2ff), rng.randint(0x300, 0xd7ff), rng.randint(0xe000, 0x10ffff)])
        if unicodedata.ucd_3_2_0.category(chr(point)) != "Cn":
            return point


def strings(rng):
    traces = random_traces(rng, 4)
    for trace in traces:  # any code point UTF-8 can carry
        point = random_code_point(rng)
        trace["frames"] = trace["frames"] + [[chr(point) + rng.choice(NAMES), 1]]
    snapshot = snapshot_of(traces)
    expect = []
    for trace in snapshot.traces:
        expect.append({"trace_str": str(trace), "trace_repr": repr(trace), "traceback_str": str(trace.traceback),
                       "traceback_repr": repr(trace.traceback), "frame_str": [str(f) for f in trace.traceback],
                       "frame_repr": [repr(f) for f in trace.traceback]})
    return {"traces": traces, "traces_repr": repr(snapshot.traces), "expect": expect}


def format_size(rng):
    checks = []
    for _ in range(50):
        num = rng.choice([rng.randint(0, 200), rng.getrandbits(rng.randint(1, 64)), 1024 * rng.randint(0, 20000)])
        den, sign = rng.choice([1, rng.randint(1, 20), rng.getrandbits(rng.randint(1, 63)) + 1]), rng.random() < 0.5
        checks.append({"num": num, "den": den, "sign": sign, "expect": tracemalloc._format_size(num / den, sign)})
    return {"checks": checks}


def main():
    kind, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(seed)
    generate = {f.__name__: f for f in (statistics, compare_to, filter_traces, fnmatch, traceback_format, strings,
                                        format_size)}[kind]
    for i in range(count):
        print(json.dumps({"id": f"{kind}_{seed}_{i}", "kind": kind, **generate(rng)}))


if __name__ == "__main__":
    main()
