#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every libFuzzer target of a build folder, each for the same time.

    fuzz.py [--duration SECONDS] [--jobs N] [--build FOLDER] [NAME...]

Each target starts from its committed corpus (tests/fuzz/corpus/NAME).  Inputs
that reach new code go to BUILD/corpus/NAME and serve again next time; one that
crashes, hangs or eats memory goes to BUILD/crashes and makes the status 1.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
COLUMNS = "{:<18} {:>12} {:>9} {:>7} {:>11}  {}"


def colour(code, text):
    return f"\033[{code}m{text}\033[0m" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text


class Run:
    """One target at work."""

    def __init__(self, program, build, duration):
        self.name = os.path.basename(program)[len("fuzz_"):]
        self.found = os.path.join(build, "corpus", self.name)
        self.crashes = os.path.join(build, "crashes")
        seeds = os.path.join(TOP, "tests/fuzz/corpus", self.name)
        for folder in (self.found, self.crashes, os.path.join(build, "logs")):
            os.makedirs(folder, exist_ok=True)
        self.known = len(os.listdir(self.found))
        self.log = os.path.join(build, "logs", self.name + ".log")
        self.started = time.monotonic()
        self.limit = duration + 60
        # libFuzzer writes to the first folder and only reads the others.
        command = [program, f"-max_total_time={duration}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
                   f"-artifact_prefix={self.crashes}/{self.name}-", self.found]
        if os.path.isdir(seeds):
            command.append(seeds)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def done(self):
        if self.process.poll() is None and time.monotonic() - self.started > self.limit:
            self.process.kill()
            self.process.wait()
        return self.process.returncode is not None

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def row(self):
        """Prints the result; true if all is well."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            text = file.read()
        runs = re.findall(r"stat::number_of_executed_units:\s*(\d+)", text) or re.findall(r"^#(\d+)\t", text, re.M)
        coverage = re.findall(r"\bcov: (\d+)", text)
        executed = int(runs[-1]) if runs else 0
        # A target that never ran an input has shown nothing.
        well = self.process.returncode == 0 and executed > 0
        seconds = max(time.monotonic() - self.started, 1)
        verdict = colour(32, "ok") if well else colour(31, "FAILED")
        print(COLUMNS.format(self.name, executed, int(executed / seconds), coverage[-1] if coverage else "-",
                             len(os.listdir(self.found)) - self.known, verdict), flush=True)
        if not well:
            self.explain(text)
        return well

    def explain(self, text):
        for line in re.findall(r"^(?:SUMMARY|==\d+==\s*ERROR|.*runtime error).*$", text, re.M)[:4]:
            print("    " + line)
        for path in re.findall(r"Test unit written to (\S+)", text):
            print(f"    again: {self.process.args[0]} {path}")
        print(f"    log: {self.log}")


def programs(build, names):
    folder = os.path.join(build, "tests/fuzz")
    there = sorted(name for name in (os.listdir(folder) if os.path.isdir(folder) else [])
                   if name.startswith("fuzz_") and os.access(os.path.join(folder, name), os.X_OK)
                   and os.path.isfile(os.path.join(folder, name)))
    for name in names:
        if "fuzz_" + name not in there:
            known = ", ".join(target[len("fuzz_"):] for target in there)
            sys.exit(f"fuzz: there is no target '{name}' in {folder}; there are: {known or 'none'}")
    if not there:
        sys.exit(f"fuzz: no targets in {folder}")
    return [os.path.join(folder, name) for name in there if not names or name[len("fuzz_"):] in names]


def run_all(waiting, build, duration, jobs, ended):
    """How many found something; ENDED is filled by a signal.  An exception instead could come between the start of a
    target and its place in RUNNING."""
    running, failed = [], 0
    try:
        while (waiting or running) and not ended:
            while waiting and len(running) < jobs and not ended:
                running.append(Run(waiting.pop(0), build, duration))
            time.sleep(0.1)
            for run in [run for run in running if run.done()]:
                running.remove(run)
                failed += not run.row()
    finally:
        for run in running:
            run.stop()
    return failed


def main():
    parser = argparse.ArgumentParser(description="runs every fuzz target for the same time")
    parser.add_argument("--duration", type=int, default=60, help="seconds for each target (default 60)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at the same time")
    parser.add_argument("--build", default=os.path.join(TOP, "build/fuzz"), help="build folder (default build/fuzz)")
    parser.add_argument("name", nargs="*", help="targets; default: all")
    arguments = parser.parse_args()
    if arguments.duration < 1 or arguments.jobs < 1:
        parser.error("--duration and --jobs are at least 1")
    ended = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: ended.append(number))

    waiting = programs(arguments.build, arguments.name)
    count = len(waiting)
    rounds = -(-count // arguments.jobs)
    print(f"{count} targets, {arguments.duration} s each, {arguments.jobs} at a time: "
          f"about {rounds * arguments.duration} s", flush=True)
    print(COLUMNS.format("target", "inputs run", "per s", "edges", "new inputs", ""))
    failed = run_all(waiting, arguments.build, arguments.duration, arguments.jobs, ended)
    if ended:
        return 128 + ended[0]
    print(f"{count - failed} of {count} targets without a finding")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
