"""Runs of one workload under one tracer, and all of them in turn."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from comparison.workloads import Loop

TIMEOUT_S = 300


class RunFailed(Exception):
    """A run that ended with an error, or not at all."""


def run_words(words, environment, folder):
    """Runs to the end; (output, seconds)."""
    begin = time.monotonic()
    process = subprocess.Popen(words, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True)
    try:
        output, errors = process.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # the group that was made for it
        process.communicate()
        raise RunFailed(f"took more than {TIMEOUT_S} s") from None
    seconds = time.monotonic() - begin
    # heapreel exits with 4 when its record is incomplete, which is among the results.
    if process.returncode not in (0, 4):
        raise RunFailed(f"exit status {process.returncode}: {(errors or output).strip()[-300:]}")
    return output, seconds


def usage_of(path, executable):
    """Of the program: CPU seconds and peak memory; of other processes that the same run started: CPU seconds."""
    own = {"own_s": 0.0, "peak_bytes": 0, "others_s": 0.0}
    lines = path.read_text().splitlines() if path.exists() else []
    rows = [json.loads(line) for line in lines]
    if not any(row["program"] == executable for row in rows):
        raise RunFailed("the program ended without telling what it used")
    for row in rows:
        cpu = row["user_s"] + row["system_s"]
        if row["program"] == executable:
            own["own_s"] += cpu
            own["peak_bytes"] = max(own["peak_bytes"], row["peak_kib"] * 1024)
        else:
            own["others_s"] += cpu
    return own


class Runner:
    """Where things were built, where files go."""

    def __init__(self, loops, usage_library, scratch, quick):
        self.loops = loops
        self.usage_library = usage_library
        self.scratch = pathlib.Path(scratch)
        self.quick = quick

    def environment(self, prepared, workload, usage):
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith(("HEAPREEL", "LD_PRELOAD", "MALLOC_PERTURB_"))}
        preload = ":".join(str(path) for path in [*prepared.preload, self.usage_library])
        # A game writes its settings to the home folder.
        more = {} if isinstance(workload, Loop) else {"HOME": str(self.scratch), **dict(workload.environment)}
        return {**clean, **more, **prepared.environment, "LD_PRELOAD": preload, "BENCH_USAGE_FILE": str(usage)}

    def run(self, workload, tracer):
        """One run; its figures. Raises RunFailed."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{workload.name}-{tracer.name}-", dir=self.scratch))
        usage = self.scratch / "usage.jsonl"
        usage.unlink(missing_ok=True)
        try:
            prepared = tracer.prepare(folder)
            is_loop = isinstance(workload, Loop)
            words = workload.command(self.loops, self.quick, tracer.share) if is_loop else list(workload.words)
            environment = self.environment(prepared, workload, usage)
            try:
                output, seconds = run_words([*prepared.words, *words], environment,
                                            self.scratch if is_loop else workload.folder)
            except RunFailed:
                tracer.abandon()
                raise
            told = tracer.results(folder)
            executable = os.path.realpath(self.loops) if is_loop else workload.executable
            figures = {"seconds": seconds, **usage_of(usage, executable), **told}
            if is_loop:
                # What valgrind says goes to the other stream; the loop's is the only line here that is JSON.
                figures.update(next(json.loads(line) for line in output.splitlines() if line.startswith("{")))
            elif workload.throughput:
                figures["throughput"] = float(re.search(workload.throughput, output)[1])
            return figures
        except (subprocess.SubprocessError, OSError, RuntimeError, StopIteration, TypeError) as error:
            raise RunFailed(f"{type(error).__name__}: {error}") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class Comparison:
    """All runs of a set of workloads under a set of tracers.

    `results` is (workload name, tracer name) -> {round: figures}; `skipped` says in sentences what was not run; `failed`
    is whether anything failed that is no peer.
    """

    def __init__(self, runner, tracers, repeat, heavy, say):
        self.runner = runner
        self.repeat = repeat
        self.heavy = heavy
        self.say = say
        self.results = {}
        self.skipped = [f"{tracer.title} was not run: {tracer.missing()}." for tracer in tracers if tracer.missing()]
        self.failed = False
        self.tracers = [tracer for tracer in tracers if not tracer.missing()]
        self.left_out = set()
        self.avoided = {}  # a tracer's title -> those of workloads

    def run_all(self, workloads):
        """Alternating: in every round each workload runs under each tracer, and a round begins with another tracer than the
        one before."""
        try:
            for workload in workloads:
                if not isinstance(workload, Loop) and workload.missing:
                    self.skipped.append(f"{workload.title} was not run: {workload.missing}.")
                    continue
                for number in range(self.repeat):
                    turn = number % len(self.tracers)
                    for tracer in self.tracers[turn:] + self.tracers[:turn]:
                        self.run_one(workload, tracer, number)
        finally:
            for tracer in self.tracers:
                tracer.close()
        for tracer, titles in self.avoided.items():
            self.skipped.append(f"{tracer} was not run on {'; '.join(titles)}: that takes gigabytes or minutes (--heavy runs it).")

    def run_one(self, workload, tracer, number):
        pair = (workload.name, tracer.name)
        if pair in self.left_out or (tracer.share < 1 and pair in self.results):
            return
        if tracer.runs not in ("both", "loops" if isinstance(workload, Loop) else "programs"):
            return
        if workload.name in tracer.avoids and not self.heavy:
            self.left_out.add(pair)
            self.avoided.setdefault(tracer.title, []).append(workload.title)
            return
        self.say(f"{workload.name}: {tracer.name}, round {number + 1} of {self.repeat}")
        try:
            self.results.setdefault(pair, {})[number] = self.runner.run(workload, tracer)
        except RunFailed as error:
            self.failed |= not tracer.is_peer
            self.leave_out(pair, f"{tracer.title} failed on \"{workload.title}\": {error}")

    def leave_out(self, pair, sentence):
        self.left_out.add(pair)
        self.skipped.append(sentence)
