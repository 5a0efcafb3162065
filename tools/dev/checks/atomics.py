"""Atomics say their order, and every order says why.

Forms of comment, on the lines of the operation's statement or directly above it; one above serves a run of atomic
statements with no other line between them:

    // Sync edges:                                           at the class, once per edge
    //   [ring.publish]  tail_: release in push -> acquire in drain. Carries words [head, tail).

    // [ring.publish] release                                at each site; the word says which half it is
    tail_.store(t, std::memory_order_release);

    // relaxed: statistics only, never decides an access     at each relaxed access
    // seq_cst: ...                                          where it is the total order that counts, not an edge
"""

import re

from checks.cpp_source import CppSource
from checks.tree import Finding

FOLDERS = ("engine/",)

OPERATIONS = (
    "load",
    "store",
    "exchange",
    "fetch_add",
    "fetch_sub",
    "fetch_and",
    "fetch_or",
    "fetch_xor",
    "compare_exchange_weak",
    "compare_exchange_strong",
    "test_and_set",
)
CALL = re.compile(r"(?:\.|->)(" + "|".join(OPERATIONS) + r")\s*\(")
NAMED_ORDER = re.compile(r"memory_order|__ATOMIC_|\b\w*[oO]rder\b")
ATOMIC_MEMBER = re.compile(r"\b[Aa]tomic(?:_\w+|<[^;{}()]*>)\s+(\w+_)\b")
ORDER = re.compile(r"memory_order_(\w+)|memory_order::(\w+)|__ATOMIC_([A-Z_]+)")
TAG = re.compile(r"\[([a-z][a-z0-9_]*\.[a-z][a-z0-9_.]*)\]([^\[]*)")
HALF = re.compile(r"\b(release|acquire|acq_rel|seq_cst)\b")
REASON = r"\b{}\b[^:\n]{{0,40}}: *[^\s:]"  # "relaxed: ...", "relaxed on failure: ..."
# A named order says its reason where it is used.
ORDER_CONSTANT = re.compile(r"\bmemory_order\s+k\w+\s*=")
ATOMIC_STATEMENT = re.compile(r"memory_order|\bk\w*Order\b")

RELEASE_HALVES = {"release", "acq_rel", "seq_cst"}
ACQUIRE_HALVES = {"acquire", "acq_rel", "seq_cst"}
HALVES = {"release": RELEASE_HALVES, "acquire": ACQUIRE_HALVES}


def comments_for(source, index):
    """The comments on the statement of line `index`, and above the run it stands in."""
    own = run = source.statement_start(index)
    while run > 0 and not source.is_comment_line(run - 1) and ATOMIC_STATEMENT.search(source.code[run - 1]):
        run = source.statement_start(run - 1)
    return "\n".join(
        source.comments[source.comment_block_above(run) : run]
        + source.comments[own : source.statement_end(index) + 1]
    )


def check_named_orders(source, members):
    findings = []
    for index, code in enumerate(source.code):
        for call in CALL.finditer(code):
            if not NAMED_ORDER.search(source.arguments(index, call.end() - 1)):
                findings.append(
                    Finding(
                        source.path,
                        index + 1,
                        f"{call[1]}() without an order is seq_cst by silence: name the order",
                    )
                )
        for name in members:
            if re.search(
                rf"(?:\+\+|--)\s*{name}\b|(?<![\w.>]){name}\s*(?:\+\+|--|[-+|&^]?=(?!=))", code
            ) and not ATOMIC_MEMBER.search(code):
                findings.append(
                    Finding(
                        source.path,
                        index + 1,
                        f"{name} is atomic, and an operator on it is seq_cst by silence: call load, store or fetch_... with an order",
                    )
                )
    return findings


def halves_tagged(comments):
    """(edge, halves named after its tag) for each tag in the text."""
    return [(name, set(HALF.findall(words))) for name, words in TAG.findall(comments)]


def check_reasons(source):
    findings = []
    for index, code in enumerate(source.code):
        for match in ORDER.finditer(code):
            order = next(group for group in match.groups() if group).lower()
            comments = comments_for(source, index)
            if order == "relaxed":
                if not re.search(REASON.format("relaxed"), comments):
                    findings.append(
                        Finding(
                            source.path,
                            index + 1,
                            "relaxed without a reason: say it as '// relaxed: ...' on this line or directly above",
                        )
                    )
                continue
            if ORDER_CONSTANT.search(code) or (
                order == "seq_cst" and re.search(REASON.format("seq_cst"), comments)
            ):
                continue
            if not any(
                halves & HALVES.get(order, RELEASE_HALVES | ACQUIRE_HALVES)
                for _, halves in halves_tagged(comments)
            ):
                findings.append(
                    Finding(
                        source.path,
                        index + 1,
                        f"{order} without its edge: tag it '// [edge.name] {order}', and declare the edge under 'Sync edges:'",
                    )
                )
    return findings


def declared_edges(source):
    """(name, line index) of every edge in the file's "Sync edges:" blocks."""
    in_block = False
    for index, comment in enumerate(source.comments):
        if not source.is_comment_line(index):
            in_block = False
        elif comment.strip() == "Sync edges:":
            in_block = True
        elif in_block and (match := TAG.match(comment.strip())):
            yield match[1], index


def check_edges(sources):
    findings, declared, halves = [], {}, {}
    for source in sources:
        for name, index in declared_edges(source):
            if name in declared:
                other = declared[name]
                findings.append(
                    Finding(
                        source.path,
                        index + 1,
                        f"[{name}] is declared at {other[0]}:{other[1]} too: declare an edge once",
                    )
                )
            declared.setdefault(name, (source.path, index + 1))
    for source in sources:
        declaration_lines = {index for _, index in declared_edges(source)}
        for index, comment in enumerate(source.comments):
            for name, named in halves_tagged(comment if index not in declaration_lines else ""):
                if name not in declared:
                    findings.append(
                        Finding(
                            source.path,
                            index + 1,
                            f"[{name}] is declared nowhere: add it under 'Sync edges:' at its class",
                        )
                    )
                halves.setdefault(name, set()).update(named)
    for name, (path, line) in declared.items():
        for half, words in (("release", RELEASE_HALVES), ("acquire", ACQUIRE_HALVES)):
            if not halves.get(name, set()) & words:
                findings.append(
                    Finding(
                        path,
                        line,
                        f"[{name}] has no {half} half: tag the site '// [{name}] {half}', or drop the edge",
                    )
                )
    return findings


def check(tree):
    sources = [CppSource(tree, path) for path in tree.cpp_files() if path.startswith(FOLDERS)]
    members = {}  # per stem, so that x.cc knows the atomics of x.h
    for source in sources:
        for code in source.code:
            members.setdefault(source.path.rsplit(".", 1)[0], set()).update(ATOMIC_MEMBER.findall(code))
    findings = check_edges(sources)
    for source in sources:
        findings += check_named_orders(source, members[source.path.rsplit(".", 1)[0]]) + check_reasons(source)
    return findings
