"""From runs to figures: medians, and the least and the most beside each."""

import dataclasses
import statistics

from comparison.workloads import Loop


@dataclasses.dataclass(frozen=True)
class Spread:
    median: float
    least: float
    most: float

    @staticmethod
    def of(values):
        values = [value for value in values if value is not None]
        return Spread(statistics.median(values), min(values), max(values)) if values else None


def ns_per_event(run):
    return run["cpu_ns"] / run["events"] if run.get("cpu_ns") is not None and run.get("events") else None


def costs(workload, runs, base_runs):
    """What each round's run cost against the base's run of the same round, or its first where that round has none.

    Of loops: nanoseconds of CPU an event over the base's; of paced ones the ratio of the median game frames. Of programs:
    the ratio of the program's own CPU, or of throughputs, where more is better.
    """
    values = []
    for number, run in runs.items():
        base = base_runs.get(number) or next(iter(base_runs.values()))
        if isinstance(workload, Loop):
            if workload.paced:
                values.append(run["game_frame_p50_us"] / base["game_frame_p50_us"])
            else:
                values.append(ns_per_event(run) - ns_per_event(base))
        elif workload.throughput:
            values.append(run["throughput"] / base["throughput"])
        else:
            values.append(run["own_s"] / base["own_s"])
    return values


def summary(workload, tracer, runs, base_runs):
    """Everything the tables and the chart show of one workload under one tracer."""
    listed = list(runs.values())
    of = lambda name: Spread.of([run.get(name) for run in listed])  # noqa: E731
    row = {
        "workload": workload.name,
        "tracer": tracer.name,
        "base": tracer.base,
        "runs": len(listed),
        "peak_bytes": of("peak_bytes"),
        "own_s": of("own_s"),
        "seconds": of("seconds"),
        "file_bytes": of("file_bytes"),
        "own_bytes": of("own_bytes"),
        "helper_s": of("helper_s"),
        "throughput": of("throughput"),
        "lost": of("lost"),
    }
    if isinstance(workload, Loop):
        row["ns_per_event"] = Spread.of([ns_per_event(run) for run in listed])
        row["wall_ns_per_event"] = Spread.of([run["wall_ns"] * run["threads"] / run["events"] for run in listed])
        row["game_frame_p50_us"] = of("game_frame_p50_us") if workload.paced else None
        row["game_frame_p99_us"] = of("game_frame_p99_us") if workload.paced else None
    issued = [run for run in listed if run.get("issued")]
    row["degraded_share"] = Spread.of([run["degraded"] / run["issued"] for run in issued])
    row["million_events_per_s"] = Spread.of([run["issued"] / 1e6 / run["seconds"] for run in issued])
    # What the tracer takes beyond the program over the same allocator; its own account says more where it has one.
    if base_runs:
        row["cost"] = Spread.of(costs(workload, runs, base_runs))
        row["memory_over_base"] = Spread.of([run["peak_bytes"] for run in listed]).median - Spread.of(
            [run["peak_bytes"] for run in base_runs.values()]).median
    else:
        row["cost"] = None
        row["memory_over_base"] = None
    return row


def summaries(workloads, tracers, results):
    """(workload name, tracer name) -> summary; a traced run whose base was not run has no cost."""
    rows = {}
    for workload in workloads:
        for tracer in tracers:
            runs = results.get((workload.name, tracer.name))
            if runs:
                base_runs = results.get((workload.name, tracer.base)) if tracer.base else None
                rows[workload.name, tracer.name] = summary(workload, tracer, runs, base_runs)
    return rows
