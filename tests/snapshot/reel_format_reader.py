#!/usr/bin/env python3
"""Reads reels by what snapshot/REEL_FORMAT.md says, and by nothing else: the page must suffice to write a reader.

    reel_format_reader.py FILE.reel...

Prints nothing where every byte is accounted for and the text beside each file (FILE.txt, see reel_description.h) has the
same tables, marks, stills and end; otherwise the first difference. libzstd and libxxhash are called by ctypes.
"""
import ctypes
import ctypes.util
import sys
from pathlib import Path

WORD = (1 << 64) - 1
FIGURES = 16
ALLOCS, ALLOC_BYTES, REALLOCS, PEAK, LIFETIMES = 2, 3, 4, 5, 6
NEVER = (1 << 32) - 1


def library(name):
    return ctypes.CDLL(ctypes.util.find_library(name))


zstd = library("zstd")
zstd.ZSTD_decompress.restype = ctypes.c_size_t
xxhash = library("xxhash")
xxhash.XXH3_64bits_withSeed.restype = ctypes.c_uint64


def checksum(data, seed):
    return xxhash.XXH3_64bits_withSeed(bytes(data), ctypes.c_size_t(len(data)), ctypes.c_uint64(seed))


def unzigzag(value):
    return (value >> 1) ^ -(value & 1) & WORD


def rotate_left(word, bits):
    return (word << bits | word >> (64 - bits)) & WORD


def number(data):
    return int.from_bytes(data, "little")


class Payload:
    def __init__(self, data):
        self.data, self.at = data, 0

    def raw(self, size):
        assert self.at + size <= len(self.data), "a payload ends early"
        self.at += size
        return self.data[self.at - size:self.at]

    def word(self, size):
        return number(self.raw(size))

    def varint(self):
        value = shift = 0
        while True:
            byte = self.word(1)
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def difference(self, base):
        return (base + unzigzag(self.varint())) & WORD

    def text(self):
        return self.raw(self.varint()).decode()

    def column(self, lines):
        planes = [self.raw(lines) for _ in range(self.word(1))]
        return [sum(plane[line] << 8 * k for k, plane in enumerate(planes)) for line in range(lines)]

    def ids(self, lines):
        ids, after = [], 0
        for gap in self.column(lines):
            ids.append(after + gap)
            after = ids[-1] + 1
        return ids


def size_class(size):
    u = -(-size // 16)
    if u <= 8:
        return u
    octave = (u - 1).bit_length() - 1
    return 4 * octave + ((u - 1) >> (octave - 2) & 3)


class Tally:
    """What the blocks of one still say about a site."""

    def __init__(self, figures):
        self.average = figures[ALLOC_BYTES] // figures[ALLOCS] if figures[ALLOCS] else 0
        self.usual = self.average
        self.grown = [0] * FIGURES

    def born(self, size):
        if not self.average:
            self.usual = size
        self.grown[0] += 1
        self.grown[1] += size
        self.grown[ALLOCS] += 1
        self.grown[ALLOC_BYTES] += size

    def died(self, size, age):
        self.grown[0] -= 1
        self.grown[1] -= size
        self.grown[LIFETIMES + min(age.bit_length(), 9)] += 1


class Reader:
    def __init__(self, data):
        self.data = data
        self.lines = []
        self.modules, self.names, self.stacks, self.sites = {}, {}, [], []
        self.marks, self.stills, self.sums = [], [], [0] * 20
        self.budgets, self.refused = {}, 0
        self.blocks, self.figures = {}, {}
        self.marked = None  # the same at the last mark since the last still
        self.groups, self.untold = {}, []
        self.cross_thread, self.told_cross_thread, self.peaks, self.told_peaks = {}, {}, {}, {}
        self.end = ""
        self.costs = {}

    def read(self):
        assert self.data[:8] == b"heapreel"
        self.minor = number(self.data[10:12])
        assert number(self.data[8:10]) == 1 and self.minor in (0, 1, 2, 3, 4, 5)
        assert number(self.data[12:16]) == checksum(self.data[:12], 0) & NEVER
        placed, at = [], 16
        while at < len(self.data) - 24:
            kind, flags, still, payload, size = self.section(at)
            placed.append((kind, flags & 255, still, at))
            at += 32 + size
            if kind == 11:
                self.index(payload, placed)
                break
            self.take(kind, flags, still, payload)
            assert payload.at == len(payload.data), f"kind {kind} is longer than its contents"
        trailer = self.data[at:]
        assert len(trailer) == 24 and trailer[16:] == b"reel-end"
        assert number(trailer[:8]) == placed[-1][3]
        assert number(trailer[8:16]) == checksum(b"reel-end", placed[-1][3])
        return self

    def section(self, at):
        header = self.data[at:at + 32]
        stored, unpacked = number(header[8:16]), number(header[16:24])
        payload = self.data[at + 32:at + 32 + stored]
        assert len(payload) == stored
        assert number(header[24:]) == checksum(payload, checksum(header[:24], at)), f"checksum at {at}"
        flags = number(header[2:4])
        if flags & 1:
            room = ctypes.create_string_buffer(unpacked)
            assert zstd.ZSTD_decompress(room, ctypes.c_size_t(unpacked), payload, ctypes.c_size_t(stored)) == unpacked
            payload = room.raw
        assert len(payload) == unpacked
        return number(header[:2]), flags, number(header[4:8]), Payload(payload), stored

    @staticmethod
    def index(payload, placed):
        before = 0
        assert payload.varint() == len(placed) - 1
        for kind, flags, still, at in placed[:-1]:
            assert (payload.word(1), payload.word(1), payload.varint(), payload.varint() + before) == (kind, flags, still, at)
            before = at
        assert payload.at == len(payload.data)

    def take(self, kind, flags, still, payload):
        takers = {1: self.header, 2: self.take_modules, 3: self.take_names, 4: self.take_tracebacks,
                  5: self.take_sites, 6: self.take_still, 8: self.take_mark, 9: self.take_generation_end,
                  10: self.take_end, 13: self.take_budgets, 18: self.take_costs}
        if kind == 7:
            assert still == len(self.stills) - 1
            self.take_state(payload, flags)
        elif kind == 23:
            assert self.minor >= 5 and still == len(self.marks) - 1
            self.take_mark_state(payload, flags)
        elif kind == 14:
            assert self.stills[still] != 1 and all(kind == 1 for kind in self.stills[still + 1:])
            self.take_groups(payload)
        elif kind == 19:
            assert self.minor >= 4 and self.stills[still] != 1 and all(kind == 1 for kind in self.stills[still + 1:])
            self.take_cross_thread(payload)
        elif kind == 22:
            assert self.minor >= 4 and still == len(self.stills) - 1
            self.take_peaks(payload)
        else:
            takers[kind](payload)

    def take_costs(self, payload):
        assert self.minor >= 3 and not self.end
        for _ in range(payload.varint()):
            key = payload.text()
            self.costs[key] = payload.varint()

    def header(self, payload):
        writer, program = payload.text(), payload.text()
        arguments = "".join(f" '{payload.text()}'" for _ in range(payload.varint()))
        process, wall, started, limit = (payload.varint() for _ in range(4))
        self.lines += [f"writer {writer}", f"program {program}", f"arguments{arguments}",
                       f"process {process} at {wall} {started} limit {limit} allocator {payload.text()}"]

    def take_modules(self, payload):
        for _ in range(payload.varint()):
            position, start, end, bias = (payload.varint() for _ in range(4))
            fingerprint, loaded, unloaded = payload.word(8), payload.varint(), payload.varint()
            build_id = "".join(f"{byte:x}." for byte in payload.raw(payload.varint()))
            self.modules[position] = (f"module {position} {start:x} {end:x} {bias:x} print {fingerprint:x} id {build_id} "
                                      f"{loaded} {unloaded} {payload.text()}")

    def take_names(self, payload):
        for _ in range(payload.varint()):
            key = payload.word(1), payload.varint()
            self.names[key] = f"name {key[0]} {key[1]} {payload.varint()} '{payload.text()}'"

    def take_tracebacks(self, payload):
        assert payload.varint() == len(self.stacks)
        known_modules = payload.varint()
        stacks = [(payload.word(1), payload.varint(), payload.varint()) for _ in range(payload.varint())]
        before = 0
        for flags, depth, whole in stacks:
            pcs = ""
            for _ in range(depth):
                before = payload.difference(before)
                pcs += f" {rotate_left(before, 63):x}"
            self.stacks.append(f"stack {len(self.stacks)} kind {flags & 3} total {whole} {flags >> 2} "
                               f"modules {known_modules}{pcs}")

    def take_sites(self, payload):
        assert payload.varint() == len(self.sites)
        traceback = 0
        for _ in range(payload.varint()):
            domain, scope = payload.varint(), payload.varint()
            traceback = payload.difference(traceback)
            self.sites.append(f"site {len(self.sites)}: {domain} {scope} {traceback}")

    @staticmethod
    def take_sums(payload, base):
        return [payload.difference(word) for word in base]

    def take_still(self, payload):
        kind = payload.word(1)
        self.sums = self.take_sums(payload, self.sums)
        self.stills.append(kind)
        self.game_frame = self.sums[1] if kind == 2 else self.sums[1] - 1

    def take_mark(self, payload):
        name = payload.text()
        self.mark_frame = self.take_sums(payload, [0] * 20)[1]
        self.marks.append(f"mark '{name}' in {self.mark_frame} ")

    def take_mark_state(self, payload, flags):
        """From the state before it, of a still or a mark; the next still goes on from the still before."""
        kept = self.blocks, self.figures
        blocks, figures = self.marked or kept
        self.blocks, self.figures = dict(blocks), {site: list(row) for site, row in figures.items()}
        self.apply_state(payload, flags, self.mark_frame)
        self.marks[-1] += "".join("\n" + line for line in self.lines_of_blocks())
        self.marked = self.blocks, self.figures
        self.blocks, self.figures = kept

    def take_generation_end(self, payload):
        self.take_sums(payload, [0] * 20)
        assert not self.untold or self.minor < 2
        self.blocks, self.figures, self.groups, self.untold = {}, {}, {}, []
        self.cross_thread, self.peaks, self.marked = {}, {}, None

    def take_peaks(self, payload):
        count = payload.varint()
        steps, domains, live, peaks, bounds = (payload.column(count) for _ in range(5))
        still = 0
        for line in range(count):
            still += steps[line]
            peak = live[line] + peaks[line]
            self.told_peaks.setdefault(still, {})[domains[line]] = [live[line], peak, peak + bounds[line]]

    def take_cross_thread(self, payload):
        count = payload.varint()
        steps, gaps, frees, freed, later, later_bytes = (payload.column(count) for _ in range(6))
        still, after = 0, 0
        for line in range(count):
            after = 0 if steps[line] else after
            still += steps[line]
            site = after + gaps[line]
            after = site + 1
            grown = [frees[line], freed[line], frees[line] - later[line], freed[line] - later_bytes[line]]
            self.told_cross_thread.setdefault(still, {})[site] = grown

    def take_groups(self, payload):
        stills = payload.varint()
        assert stills == len(self.untold) > 0
        ids = payload.ids(payload.varint())
        growth = {group: [payload.column(stills) for _ in range(5)] for group in ids}
        assert all(group < 66 + 65536 + 1 for group in ids)
        for line, (place, still) in enumerate(self.untold):
            for group, columns in growth.items():
                sums = self.groups.setdefault(group, [0] * 5)
                usual = sums[1] // sums[0] if sums[0] else 0
                allocs, size, frees, freed, reallocs = (column[line] for column in columns)
                size = unzigzag(size) + allocs * usual
                grown = [allocs, size, allocs + unzigzag(frees), size + unzigzag(freed) + unzigzag(frees) * usual, reallocs]
                sums[:] = [(a + b) & WORD for a, b in zip(sums, grown)]
            self.lines[place] = "\n".join(
                f" size_class {group}: {text}" if group < 66 else f" thread {group - 66}: {text}"
                for group, text in ((group, " ".join(map(str, self.groups[group]))) for group in sorted(self.groups))
                if self.groups[group][0])
            for site, grown in self.told_cross_thread.pop(still, {}).items():
                sums = self.cross_thread.get(site, [0] * 4)
                self.cross_thread[site] = [a + b for a, b in zip(sums, grown)]
            self.lines[place] += "".join(f"\n site {site} cross-thread {' '.join(map(str, self.cross_thread[site]))}"
                                         for site in sorted(self.cross_thread))
            self.peaks = {domain: [live] * 3 for domain, (live, _, _) in self.peaks.items()}
            for told in sorted(number for number in self.told_peaks if number <= still):
                if told < still:
                    self.peaks.update({domain: [live] * 3 for domain, (live, _, _) in self.told_peaks.pop(told).items()})
                else:
                    self.peaks.update(self.told_peaks.pop(told))
            self.lines[place] += "".join(f"\n domain {domain} peak {' '.join(map(str, self.peaks[domain]))}"
                                         for domain in sorted(self.peaks))
        self.untold = []
        assert not self.told_cross_thread

    def take_end(self, payload):
        ending, stop, status, time, tracing, unrecorded, tracer, cpu, rounds, copied = (
            payload.word(1), payload.word(1), payload.word(4), *(payload.varint() for _ in range(7)))
        if ending == 4:
            payload.text()
        self.end = (f"end {ending} {status} at {time} stop {stop} {tracing} unrecorded {unrecorded} tracer {tracer} {cpu} "
                    f"{rounds} {copied}")

    def take_budgets(self, payload):
        self.refused = payload.varint()
        for _ in range(payload.varint()):
            by, name = payload.word(1), payload.text()
            assert by < 2 and 0 < len(name.encode()) < 120
            limits = [payload.varint() for _ in range(3)]
            self.budgets[name, by] = " ".join(str(limit - 1) if limit else "none" for limit in limits)
        for by in (0, 1):
            assert sum(1 for budget in self.budgets if budget[1] == by) <= 1024

    def lines_of_budgets(self):
        lines = [f"budget '{name}' by {by} {self.budgets[name, by]}" for name, by in sorted(self.budgets)]
        return lines + [f"budgets refused {self.refused}"] * (self.refused != 0)

    def tally(self, tallies, site):
        if site not in tallies:
            tallies[site] = Tally(self.figures.setdefault(site, [0] * FIGURES))
        return tallies[site]

    def take_state(self, payload, flags):
        self.apply_state(payload, flags, self.game_frame)
        self.marked = None
        self.lines.append(f"still {self.game_frame}")
        self.lines += self.lines_of_blocks()
        self.untold.append((len(self.lines), len(self.stills) - 1))
        self.lines.append("")  # until a section of kind 14 tells

    def apply_state(self, payload, flags, game_frame):
        assert not flags & 4, "no golden reel is so large"
        if flags & 2:
            self.blocks, self.figures = {}, {}
        tallies = {}
        for block in payload.ids(payload.varint()):
            _, size, site, born, _ = self.blocks.pop(block)
            self.tally(tallies, site).died(size, game_frame - born)
        self.take_births(payload, tallies, game_frame)
        self.take_figures(payload, tallies)

    def take_births(self, payload, tallies, game_frame):
        count = payload.varint()
        ids = payload.ids(count)
        sites, sizes, addresses, frames, threads = (payload.column(count) for _ in range(5))
        runs = {}
        born, thread = game_frame, 0
        for line, block in enumerate(ids):
            tally = self.tally(tallies, sites[line])
            size = (tally.usual + unzigzag(sizes[line])) & WORD
            tally.born(size)
            last, stride = runs.get(size_class(size), (0, 0))
            address = (last + stride + unzigzag(addresses[line])) & WORD
            step = (address - last) & WORD
            runs[size_class(size)] = address, step if step <= 4096 else stride
            born = (born + unzigzag(frames[line])) & WORD
            thread = (thread + unzigzag(threads[line])) & WORD
            assert block not in self.blocks
            self.blocks[block] = rotate_left(address, 4), size, sites[line], born, thread

    def take_figures(self, payload, tallies):
        count = payload.varint()
        ids = payload.ids(count)
        columns = [payload.column(count) for _ in range(ALLOCS, FIGURES)]
        assert set(tallies) <= set(ids), "a site of a block is not listed"
        for line, site in enumerate(ids):
            tally = self.tally(tallies, site)
            grown, figures = tally.grown, self.figures[site]
            surprise = [0] * ALLOCS + [unzigzag(column[line]) for column in columns]
            grown[ALLOC_BYTES] += surprise[ALLOCS] * tally.usual
            grown[LIFETIMES] += surprise[ALLOCS]
            live_bytes = (figures[1] + grown[1]) & WORD
            grown[PEAK] = max(figures[PEAK], live_bytes) - figures[PEAK]
            self.figures[site] = [(a + b + c) & WORD for a, b, c in zip(figures, grown, surprise)]

    def lines_of_blocks(self):
        lines = []
        for block in sorted(self.blocks):
            address, *rest = self.blocks[block]
            lines.append(f" {address:x} " + " ".join(map(str, rest)))
        for site in sorted(self.figures):
            if any(self.figures[site]):
                lines.append(f" site {site}: " + " ".join(map(str, self.figures[site])))
        return lines

    def description(self):
        tables = [table[key] for table in (self.modules, self.names) for key in sorted(table)] + self.stacks + self.sites
        tables += self.lines_of_budgets()
        marks = [line for lines in self.marks for line in lines.split("\n")]
        stills = [line for lines in self.lines[4:] for line in lines.split("\n") if line]
        return self.lines[:4] + [self.end] + tables + marks + stills


# Lines of the description that a reader makes up out of sums are not the format's.
def expected(text):
    made_up = ("complete ", "all ", "game frame ")
    lines = [line for line in text.split("\n") if line and not line.startswith(made_up)]
    return [line[:line.index("live ")] if line.startswith("mark ") else line for line in lines]


def main():
    for path in map(Path, sys.argv[1:]):
        read = Reader(path.read_bytes()).read().description()
        want = expected(path.with_suffix(".txt").read_text())
        for at, (a, b) in enumerate(zip(read, want)):
            if a != b:
                sys.exit(f"{path}: line {at} reads\n  {a}\nwhere the library reads\n  {b}")
        if len(read) != len(want):
            sys.exit(f"{path}: {len(read)} lines where the library has {len(want)}")


if __name__ == "__main__":
    main()
