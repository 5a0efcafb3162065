#!/usr/bin/env python3
"""Holds hot functions to their budget of instructions, branches, calls and atomic read-modify-writes.

    hot_path.py --binary FILE --golden FILE             compare; exit 1 when a function is over its budget
    hot_path.py --binary FILE --golden FILE --update    rewrite the table with what the binary has

The binary is an object, archive, library or program with symbols. The table has one row a function:

    insn branches calls rmw symbol
    31   3        0     0   heapreel::engine::Recorder::record_alloc

A symbol is a demangled name; its parameter list may be left off while that is unambiguous. Counted are all instructions
of the function but padding, cold blocks included unless the compiler moved them to a .cold part. A branch is a conditional
jump; a call is a call or a jump out of the function; rmw is an instruction that locks a cache line.
Exit status: 0 within budget, 1 over budget, 2 a row names no function, or two, 77 (skipped) not x86-64.
"""

import argparse
import dataclasses
import platform
import re
import subprocess
import sys

COLUMNS = ("insn", "branches", "calls", "rmw")
HEADER = re.compile(r"^[0-9a-f]+ <(?P<name>.*)>:$")
INSTRUCTION = re.compile(r"^\s*[0-9a-f]+:\t(?P<text>.+)$")
PADDING = re.compile(r"^(?:(?:data16|cs|repz|notrack) )*(?:nop|xchg\s+%ax,%ax|int3)")
PREFIXES = ("lock", "notrack", "bnd", "rep", "repz", "repnz", "addr32", "data16", "cs", "ds")
JUMP_TARGET = re.compile(r"<(?P<name>.*?)(?:\+0x[0-9a-f]+)?>$")


@dataclasses.dataclass(frozen=True)
class Mix:
    insn: int = 0
    branches: int = 0
    calls: int = 0
    rmw: int = 0

    def __add__(self, other):
        return Mix(*(getattr(self, column) + getattr(other, column) for column in COLUMNS))


def instruction_mix(text, function):
    """What one disassembled instruction of `function` adds to its mix."""
    if PADDING.match(text):
        return Mix()
    text, _, relocation = text.partition(
        "\t"
    )  # in unlinked code a jump goes to whatever its relocation names
    words = text.split()
    mnemonic = next(
        (word for word in words if word not in PREFIXES), ""
    )
    target = JUMP_TARGET.search(text)
    stays = target and target["name"] == function and not relocation
    leaves = mnemonic.startswith("jmp") and not stays
    locks = "lock" in words or (mnemonic.startswith("xchg") and "(" in text)
    return Mix(
        insn=1,
        branches=int(mnemonic.startswith("j") and not mnemonic.startswith("jmp")),
        calls=int(mnemonic.startswith("call") or leaves),
        rmw=int(locks),
    )


def disassemble(binary):
    """Yields (function, Mix) of every function in the binary, in its order."""
    listing = subprocess.run(
        ["objdump", "-dr", "-C", "-w", "--no-show-raw-insn", binary],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    function, mix = None, Mix()
    for line in listing.splitlines():
        if header := HEADER.match(line):
            if function:
                yield function, mix
            function, mix = header["name"], Mix()
        elif function and (instruction := INSTRUCTION.match(line)):
            mix += instruction_mix(instruction["text"].strip(), function)
    if function:
        yield function, mix


def without_parameters(name):
    """`ns::f<int (*)(char)>(int) const` -> `ns::f<int (*)(char)>`: cut at the first parenthesis outside template brackets."""
    depth = 0
    for at, char in enumerate(name):
        depth += (char == "<") - (char == ">")
        if char == "(" and depth == 0 and at and not name.startswith("(anonymous namespace)", at):
            return name[:at]
    return name


def find(functions, symbol):
    """The mixes of every function that `symbol` means."""
    exact = [mix for name, mix in functions if name == symbol]
    return exact or [mix for name, mix in functions if without_parameters(name) == symbol]


def read_golden(path):
    """(leading comment lines, {symbol: Mix})"""
    comments, rows = [], {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("#"):
                comments.append(line)
            elif line.split() and line.split() != [*COLUMNS, "symbol"]:
                fields = line.split(maxsplit=len(COLUMNS))
                if len(fields) != len(COLUMNS) + 1 or not all(field.isdigit() for field in fields[:-1]):
                    sys.exit(f"{path}:{number}: not a row of '{' '.join(COLUMNS)} symbol': correct it")
                rows[fields[-1].strip()] = Mix(*map(int, fields[:-1]))
    return comments, rows


def write_golden(path, comments, rows):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(comments)
        print("{:<5}{:<9}{:<6}{:<4}{}".format(*COLUMNS, "symbol"), file=file)
        for symbol, mix in rows.items():
            print("{:<5}{:<9}{:<6}{:<4}{}".format(*dataclasses.astuple(mix), symbol), file=file)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--golden", required=True)
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args(arguments)
    if platform.machine() != "x86_64":
        print("hot_path: skipped, the table is for x86-64")
        return 77

    comments, golden = read_golden(options.golden)
    if not golden:
        print(f"{options.golden}: no rows, nothing is held to a budget: add a row for each hot function")
        return 2
    functions = list(disassemble(options.binary))
    measured, over_budget, unclear = {}, False, False
    for symbol, budget in golden.items():
        mixes = find(functions, symbol)
        if len(mixes) != 1:
            unclear = True
            print(
                f"{options.golden}: {symbol}: {len(mixes)} functions of {options.binary} have this name: "
                + (
                    "give its parameter list too"
                    if mixes
                    else "correct it, or keep the function from being inlined"
                )
            )
            continue
        measured[symbol] = mixes[0]
        for column in COLUMNS:
            has, may = getattr(mixes[0], column), getattr(budget, column)
            if has > may:
                over_budget = True
            if has != may:
                print(f"{symbol}: {column} {has}, budget {may}" + (" - OVER" if has > may else ""))
    if unclear:
        return 2
    if options.update:
        write_golden(options.golden, comments, measured)
        print(f"{options.golden}: {len(measured)} rows written")
        return 0
    if over_budget:
        print(
            "over budget: win the instructions back, or rewrite the table with --update and say in the commit why"
        )
    else:
        print(f"{len(measured)} functions within budget")
    return int(over_budget)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
