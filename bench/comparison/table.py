"""The figures as Markdown."""

from comparison import machine as machines
from comparison.workloads import Loop

MIB = 1 << 20


def digits(value):
    """At least two significant digits, no more than there is reason for."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if abs(value) >= 20 else f"{value:.1f}"


def with_spread(spread, form=digits):
    if spread is None:
        return ""
    if spread.least == spread.most:
        return form(spread.median)
    return f"{form(spread.median)} ({form(spread.least)} to {form(spread.most)})"


def ratio(value):
    return f"{value:.2f}"


def mib(value):
    return f"{value / MIB:,.0f}" if abs(value) >= 10 * MIB else f"{value / MIB:.1f}"


def percent(value):
    return "0" if value == 0 else f"{value * 100:.1f} %"


def grid(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(cells) + " |" for cells in rows]
    return "\n".join(lines) + "\n"


def shown(tracers, workloads, rows):
    return [tracer for tracer in tracers if any((workload.name, tracer.name) in rows for workload in workloads)]


def cost_table(workloads, tracers, rows, form, base_form):
    """One row a workload; the untraced allocators' own figures first, then what each tracer adds."""
    tracers = shown(tracers, workloads, rows)
    header = [""] + [tracer.title + (f", over {tracer.base}" if tracer.base == "glibc" and tracer.is_peer else "")
                     for tracer in tracers]
    body = []
    for workload in workloads:
        cells = [workload.title]
        for tracer in tracers:
            row = rows.get((workload.name, tracer.name))
            if row is None:
                cells.append("")
            elif tracer.base is None:
                cells.append(base_form(workload, row))
            else:
                cells.append(with_spread(row["cost"], form(workload)))
        body.append(cells)
    return grid(header, body)


def detail_table(workloads, tracers, rows):
    """What else a tracer takes, and what it gives up."""
    body = []
    for workload in workloads:
        for tracer in tracers:
            row = rows.get((workload.name, tracer.name))
            if row is None or tracer.base is None:
                continue
            own = mib(row["own_bytes"].median) if row["own_bytes"] else ""
            over = mib(row["memory_over_base"]) if row["memory_over_base"] is not None else ""
            helper = f"{row['helper_s'].median:.2f}" if row["helper_s"] else ""
            given_up = percent(row["degraded_share"].median) if row["degraded_share"] else ""
            lost = f"{row['lost'].median:,.0f}" if row["lost"] else "not told"
            rate = f"{row['million_events_per_s'].median:.1f}" if row["million_events_per_s"] else ""
            body.append([workload.title, tracer.title, f"{row['own_s'].median:.2f}", helper, rate, over, own,
                         mib(row["file_bytes"].median), given_up, lost])
    return grid(["", "", "program's CPU, s", "consolidator's CPU, s", "million events/s", "peak memory over the untraced run, MiB",
                 "own memory by its own account, MiB", "file, MiB", "stacks given up", "events lost"], body)


def markdown(machine, load_after, workloads, tracers, rows, skipped, repeat):
    loops = [workload for workload in workloads if isinstance(workload, Loop)]
    plain = [loop for loop in loops if not loop.paced]
    paced = [loop for loop in loops if loop.paced]
    programs = [workload for workload in workloads if not isinstance(workload, Loop) and not workload.throughput]
    timed = [workload for workload in workloads if not isinstance(workload, Loop) and workload.throughput]
    text = [machines.sentence(machine, load_after),
            f"Medians of {repeat} alternating runs, the least and the most in brackets; slow peers ran once."]
    if plain:
        text += ["### Loops: nanoseconds of CPU an event over the untraced run",
                 "An event is one malloc or one free, its time the CPU time of the thread that calls. The first two columns are "
                 "the untraced allocators themselves.",
                 cost_table(plain, tracers, rows, lambda _: digits, lambda _, row: with_spread(row["ns_per_event"]))]
    if paced:
        text += ["### Paced: the median game frame's CPU, as a multiple of the untraced one (in microseconds: the untraced)",
                 cost_table(paced, tracers, rows, lambda _: ratio, lambda _, row: with_spread(row["game_frame_p50_us"]) + " us")]
    if programs:
        text += ["### Programs: their own CPU, as a multiple of the untraced run's (in seconds: the untraced)",
                 cost_table(programs, tracers, rows, lambda _: ratio,
                            lambda _, row: with_spread(row["own_s"], lambda s: f"{s:.2f}") + " s")]
    if timed:
        text += ["### Programs that run for a set time: throughput as a share of the untraced run's, more is better (millions: the untraced)",
                 cost_table(timed, tracers, rows, lambda _: ratio,
                            lambda _, row: with_spread(row["throughput"], lambda n: f"{n / 1e6:.2f}"))]
    details = detail_table(workloads, tracers, rows)
    text += ["### Memory, files, and what was given up",
             "A tracer's memory is what the program's peak exceeds that of the untraced run by; the rings and the store that "
             "heapreel shares with its consolidator are in it as far as the program touched them. Peers do not tell what they "
             "lose.", details]
    if skipped:
        text += ["### Not measured", "\n".join(f"- {sentence}" for sentence in skipped)]
    return "\n\n".join(part.rstrip("\n") for part in text) + "\n"
