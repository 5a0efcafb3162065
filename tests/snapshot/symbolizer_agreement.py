#!/usr/bin/env python3
"""Compares symbolizer_lookup with llvm-symbolizer on random code addresses of an ELF file.

usage: symbolizer_agreement.py LOOKUP ELF [COUNT [MINIMUM_PERCENT]]

An address agrees when both give the same inline chain: the same number of frames, each with the same file, line and
full function name. Our demangler reads llvm-symbolizer's names too, since its own spells and omits other things.
What differs for a known reason is counted as explained:
  alias    both names belong to one address: the linker folded equal functions, or the compiler made two constructors one
  mangled  the C++ runtime's demangler refuses the name for its length; we print the short one
  folder   several units hold the address, and were compiled in different folders
  data     the symbol there is no function's, but a table's: no call returns there
Exit status 0 when at least MINIMUM_PERCENT (99.5) agree or are explained, 77 (skipped, for meson) without
llvm-symbolizer.
"""
import bisect
import collections
import os
import random
import re
import shutil
import subprocess
import sys


def code_sections(elf):
    text = subprocess.run(["readelf", "-SW", elf], capture_output=True, text=True, check=True).stdout
    for line in text.splitlines():
        match = re.match(r"\s*\[\s*\d+\]\s+(\S+)\s+PROGBITS\s+(\w+)\s+\w+\s+(\w+)\s+\w+\s+(\w*X\w*)\s", line)
        if match and match[1] == ".text":
            yield int(match[2], 16), int(match[3], 16)


def without_clone(function):
    """llvm-symbolizer names the outermost function by its symbol, which tells clones apart; debug information does not."""
    return re.sub(r" \[clone [^\]]*\]|\.(cold|part|isra|constprop|lto_priv|llvm)\b.*", "", function)


def parse(text, elf, separator):
    """[(function, "file:line")] per address; files that are the module itself count as unknown."""
    chains = []
    for block in text.strip("\n").split("\n\n"):
        lines = block.split("\n")[1:]
        if separator:
            frames = [tuple(line.split(separator)) for line in lines]
        else:
            frames = [(lines[i], re.sub(r":\d+$", "", lines[i + 1])) for i in range(0, len(lines) - 1, 2)]
        chain = []
        for function, place in frames:
            file, _, line = place.rpartition(":")
            # For a function known only by its symbol, llvm-symbolizer has the name of some object file, and no line.
            unknown = file in ("??", elf) or (line == "0" and ("/" not in file or file.endswith(".o")))
            file = "" if unknown else os.path.normpath(file)
            chain.append(("" if function == "??" else without_clone(function), f"{file}:{line}"))
        chains.append(chain)
    return chains


class Aliases:
    """Names of symbols by address, demangled as ours."""

    def __init__(self, lookup, elf):
        self.lookup, self.elf, self.names, self.table_names = lookup, elf, None, None

    def read(self):
        text = "".join(
            subprocess.run(["nm", "--defined-only", *dynamic, self.elf], capture_output=True, text=True).stdout
            for dynamic in ([], ["-D"])
        )
        symbols = [line.split(" ", 2) for line in text.splitlines() if line.split(" ", 2)[1:2] in (["t"], ["T"], ["W"], ["w"])]
        mangled = "".join(name + "\n" for _, _, name in symbols)
        names = subprocess.run([self.lookup, "--demangle"], input=mangled, capture_output=True, text=True).stdout
        self.names = collections.defaultdict(set)
        for (address, _, _), name in zip(symbols, names.splitlines()):
            self.names[int(address, 16)].add(without_clone(name))
        self.starts = sorted(self.names)

    def tables(self):
        if self.table_names is None:
            text = subprocess.run(["readelf", "-sW", self.elf], capture_output=True, text=True).stdout
            words = (line.split() for line in text.splitlines())
            self.table_names = {word[7] for word in words if len(word) == 8 and word[3] == "OBJECT"}
        return self.table_names

    def share(self, address, one, other):
        if self.names is None:
            self.read()
        at = bisect.bisect_right(self.starts, address)
        return at > 0 and {one, other} <= self.names[self.starts[at - 1]]


def explanation(address, ours, theirs, aliases):
    """Why two chains differ; None when no known reason covers every frame."""
    if len(ours) != len(theirs):
        return None
    if not ours[0][0] and theirs[0][0] in aliases.tables():
        return "explained: data"
    reasons = set()
    for depth, ((our_name, our_place), (their_name, their_place)) in enumerate(zip(ours, theirs)):
        if our_name != their_name:
            outermost = depth == len(ours) - 1
            if their_name.startswith("_Z"):
                reasons.add("mangled")
            elif outermost and aliases.share(address, our_name, their_name):
                reasons.add("alias")
            else:
                return None
        if our_place != their_place:
            if os.path.basename(our_place) != os.path.basename(their_place):
                return None
            reasons.add("folder")
    return "explained: " + "+".join(sorted(reasons))


def main():
    lookup, elf = sys.argv[1], os.path.abspath(sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 5000
    minimum = float(sys.argv[4]) if len(sys.argv) > 4 else 99.5
    llvm = shutil.which("llvm-symbolizer-14") or shutil.which("llvm-symbolizer")
    if llvm is None:
        print("llvm-symbolizer is not installed")
        return 77
    seed = random.randrange(1 << 30)
    rng = random.Random(seed)
    sections = list(code_sections(elf))
    addresses = sorted(start + rng.randrange(size) for start, size in sections for _ in range(count))
    stdin = "".join(f"0x{a:x}\n" for a in addresses)
    ours = subprocess.run([lookup, elf], input=stdin, capture_output=True, text=True, check=True)
    mangled = subprocess.run([llvm, "--obj=" + elf, "--inlines", "--addresses", "--no-demangle"], input=stdin,
                             capture_output=True, text=True, check=True)
    theirs = subprocess.run([lookup, "--demangle"], input=mangled.stdout, capture_output=True, text=True, check=True)
    a, b = parse(ours.stdout, elf, "\t"), parse(theirs.stdout, elf, None)
    if len(a) != len(addresses) or len(b) != len(addresses):
        print(f"{len(addresses)} addresses asked, {len(a)} and {len(b)} answers")
        return 1
    aliases = Aliases(lookup, elf)
    kinds, shown = collections.Counter(), collections.Counter()
    for address, x, y in zip(addresses, a, b):
        if x == y:
            kind = "equal"
        elif reason := explanation(address, x, y, aliases):
            kind = reason
        elif not any(f for f, _ in y) and not any(f for f, _ in x):
            kind = "unknown to both, or only a file"
        elif len(x) != len(y):
            kind = "length"
        elif [p for _, p in x] != [p for _, p in y]:
            kind = "line"
        else:
            kind = "function"
        kinds[kind] += 1
        if kind != "equal" and not kind.startswith("explained") and shown[kind] < int(os.environ.get("SHOW", "3")):
            shown[kind] += 1
            print(f"{kind} at {address:#x}\n  ours {x}\n  llvm {y}")
    percent = 100 * kinds["equal"] / len(addresses)
    inlined = sum(len(x) > 1 for x in a)
    print(f"{elf}: {percent:.2f} % of {len(addresses)} equal ({inlined} with inlined calls, seed {seed}): {dict(kinds)}")
    if ours.stderr:
        print(ours.stderr)
    understood = sum(count for kind, count in kinds.items() if kind.startswith(("equal", "explained")))
    return 0 if 100 * understood / len(addresses) >= minimum else 1


sys.exit(main())
