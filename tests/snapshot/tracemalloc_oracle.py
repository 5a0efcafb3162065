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
         "\u2028\u200b\u0378", "\ue000\U000e0001\U0010ffff", "[x].cc", "!.cc", "a-b.cc", "a.pyc.pyc", "a.pyo", "A.PYC", "a.pyc\n",
         ".py", "pyc", "a\n", "\n", "**", "[a-", "[!]a]", "e\u0301.cc", "a&&b", "~~|"]
ALPHABET = "ab!-^]/.[é日*?\\\n&~|"
IN_SETS = "ab!-^]cA[\\&~|é日\n"
PYC_PATTERNS = ["*.pyc", "*.py", "?.pyc", "[a].pyc", "a.py[c]", "a.pyc?", "*.pyc.pyc", "*c", ".pyc", "**.pyc", "*.PYC",
                "[.pyc", "[.]pyc", "[!.pyc", "*\n", "a.pyc\n"]
LINES = [0, 1, 2, 3, 10, 4294967295]
SIZES = [0, 1, 7, 16, 16, 100, 1023, 10239, 10240, 102349, 102400, 1 << 20, 10 << 30, 1 << 53, (1 << 55) + 1]
BORDERS = [99, 100, 1023, 1024, 10239, 10240, 10241, 102348, 102349, 102399, 102400, 10240 * 1024 - 1, 10240 << 10,
           100 << 20, 10240 << 20, 10240 << 30, 10240 << 40, (1 << 63) - 1]


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


def random_set(rng):
    return "[" + "".join(rng.choice(IN_SETS) for _ in range(rng.randint(0, 8))) + rng.choice(["]", "]*", ""])


def random_pattern(rng):
    kind = rng.random()
    if kind < 0.1:
        return rng.choice(PYC_PATTERNS)
    if kind < 0.2:
        return rng.choice(["", "*", "?"]) + random_set(rng) + rng.choice(["", "*", "**", "?"])
    if kind < 0.3:
        return rng.choice(NAMES)
    if kind < 0.6:
        name = rng.choice(NAMES)
        cut = rng.randint(0, len(name))
        return rng.choice(["*" + name[cut:], name[:cut] + "*", name[:cut] + "?" + name[cut + 1:], "*"])
    return "".join(rng.choice(ALPHABET) for _ in range(rng.randint(0, 7)))


def random_filter(rng):
    if rng.random() < 0.25:
        return {"type": "DomainFilter", "inclusive": rng.random() < 0.5, "domain": rng.choice([0, 1, 2, -1, 1 << 32])}
    return {"type": "Filter", "inclusive": rng.random() < 0.5, "filename_pattern": random_pattern(rng),
            "lineno": rng.choice([None, None, 0, 1, 2, -1, 4294967295, 1 << 40]), "all_frames": rng.random() < 0.5,
            "domain": rng.choice([None, None, 0, 1, -1, 1 << 32])}


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
            pattern = random_set(rng)
        name = rng.choice(NAMES) if rng.random() < 0.3 else "".join(
            rng.choice(ALPHABET + IN_SETS) for _ in range(rng.randint(0, 4)))
        matches = tracemalloc.Filter(True, pattern)._match_frame(name, 0)
        checks.append({"filename": name, "filename_pattern": pattern, "expect": bool(matches)})
    return {"checks": checks}


def traceback_format(rng):
    frames = random_frames(rng, 6) if rng.random() < 0.9 else []
    texts = ["", "  x = 1;\n", "\t\n", "\u3000 wide \u2003\n", "\x1c\x85a b\xa0", "日本"]
    source = {(name, line): rng.choice(texts) for name, line in frames if rng.random() < 0.6}
    runs = []
    with unittest.mock.patch("tracemalloc.linecache.getline", side_effect=lambda n, l: source.get((n, l), "")):
        for limit in [None, *range(-7, 8), 2**31 - 1, -2**31]:
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
        num = rng.choice([rng.randint(0, 200), rng.choice([-1, 1]) * rng.choice(BORDERS),
                          rng.getrandbits(rng.randint(1, 64)), 1024 * rng.randint(0, 20000)])
        den, sign = rng.choice([1, rng.randint(1, 20), rng.getrandbits(rng.randint(1, 63)) + 1]), rng.random() < 0.5
        checks.append({"num": num, "den": den, "sign": sign, "expect": tracemalloc._format_size(num / den, sign)})
    return {"checks": checks}


def random_traceback(rng):
    """Few different frames, so that equal ones, prefixes and ties are common."""
    names = ["a.py", "a.pyc", "b.py", "", "日本", "\uffee.cc", "\U0001f3ae.cc"]
    frames = [[rng.choice(names), rng.choice([0, 1, 2, 10])]
              for _ in range(rng.choice([1, 1, 2, 3]))]
    return {"frames": frames, "total_nframe": rng.choice([None, 1, 2, 9])}


def traceback_order(rng):
    described = [random_traceback(rng) for _ in range(6)]
    described += [{**rng.choice(described), "total_nframe": rng.choice([None, 3])} for _ in range(2)]
    tracebacks = [traceback_of(d["frames"], d["total_nframe"]) for d in described]
    pairs = [{"a": i, "b": j, "eq": a == b, "lt": a < b, "le": a <= b, "hash_eq": hash(a) == hash(b)}
             for i, a in enumerate(tracebacks) for j, b in enumerate(tracebacks)]
    return {"tracebacks": described, "pairs": pairs,
            "sorted_ascending": sorted(range(len(tracebacks)), key=tracebacks.__getitem__)}


def trace_equality(rng):
    traces = [{"domain": rng.choice([0, 1]), "size": rng.choice([1, 2]), "frames": [["a.py", rng.choice([1, 2])]],
               "total_nframe": rng.choice([1, 2])} for _ in range(6)]
    objects = list(snapshot_of(traces).traces)
    return {"traces": traces, "pairs": [{"a": i, "b": j, "eq": a == b}
                                        for i, a in enumerate(objects) for j, b in enumerate(objects)]}


def sequence(rng):
    frames = random_frames(rng, 6)
    traceback = traceback_of(frames)
    getitem = []
    for index in range(-8, 9):
        try:
            frame = traceback[index]
            getitem.append({"index": index, "frame": [frame.filename, frame.lineno]})
        except IndexError as error:
            getitem.append({"index": index, "error": "IndexError", "message": str(error)})
    bounds = [None, *range(-8, 9), 1 << 40, -(1 << 40)]
    slices = []
    for _ in range(20):
        start, stop = rng.choice(bounds), rng.choice(bounds)
        slices.append({"start": start, "stop": stop, "frames": frames_of(traceback[start:stop])})
    asked = [tracemalloc.Frame(tuple(frame)) for frame in [*frames, *random_frames(rng)]]
    return {"frames": frames, "len": len(traceback), "getitem": getitem, "slices": slices,
            "contains": [{"frame": [f.filename, f.lineno], "contains": f in traceback, "count": traceback.count(f)}
                         for f in asked],
            "reversed": frames_of(reversed(traceback))}


def random_size(rng):
    return rng.choice([rng.choice(BORDERS), rng.getrandbits(rng.randint(1, 62)), rng.choice(SIZES)])


def statistic_str(rng):
    checks = []
    for _ in range(20):
        frames, size, count = random_frames(rng, 3), random_size(rng), rng.choice([0, 1, 2, 3, 1000, 1 << 40])
        statistic = tracemalloc.Statistic(traceback_of(frames), size, count)
        checks.append({"frames": frames, "size": size, "count": count, "str": str(statistic), "repr": repr(statistic)})
    return {"checks": checks}


def statistic_diff_str(rng):
    checks = []
    for _ in range(20):
        frames, size, count = random_frames(rng, 3), random_size(rng), rng.choice([0, 1, 2, 3, 1000, 1 << 40])
        size_diff = rng.choice([0, 1, -1]) * random_size(rng)
        count_diff = rng.choice([0, 1, -1, 10240, -(1 << 40)])
        diff = tracemalloc.StatisticDiff(traceback_of(frames), size, size_diff, count, count_diff)
        checks.append({"frames": frames, "size": size, "size_diff": size_diff, "count": count,
                       "count_diff": count_diff, "str": str(diff), "repr": repr(diff)})
    return {"checks": checks}


def filter_chain(rng):
    traces = random_traces(rng)
    snapshot = snapshot_of(traces)
    index = {id(t): i for i, t in enumerate(snapshot.traces._traces)}
    steps, expect = [], []
    for _ in range(3):
        filters = [random_filter(rng) for _ in range(rng.randint(0, 4))]
        snapshot = snapshot.filter_traces([filter_object(f) for f in filters])
        steps.append(filters)
        expect.append([index[id(t)] for t in snapshot.traces._traces])
    return {"traces": traces, "steps": steps, "expect_indices": expect}


def main():
    kind, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(seed)
    generate = {f.__name__: f for f in (statistics, compare_to, filter_traces, filter_chain, fnmatch, traceback_format,
                                        strings, format_size, traceback_order, trace_equality, sequence, statistic_str,
                                        statistic_diff_str)}[kind]
    for i in range(count):
        print(json.dumps({"id": f"{kind}_{seed}_{i}", "kind": kind, **generate(rng)}))


if __name__ == "__main__":
    main()
