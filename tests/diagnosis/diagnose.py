#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes every failure of the atlas happen, and reads what the device says of it.

    diagnose.py [CASE]...     all scenarios, or those whose case is, or whose name begins with, CASE

The real programs are at work: tern-device, tern-modem, tern-bridge or a server of endpoint.py with real TLS, with keys
and certificates made on the spot (pki.py).  Nothing is fed into the rules by hand.  A scenario is a file:

    cases/P24-wrong-root.toml    one way in which a case of the atlas happens.  It passes when its sentence comes, when
                                 the device recovers, and when the near misses run without that sentence
    healthy/roaming.toml         goes online, and no diagnosis is printed at all

    case  = "P24"                title = "Wrong root CA installed"
    steps = [{console = "start"}]        what is done once all is set up; this if left out

    [device]     roots = ["root"]        of pki.py, stored in this order       key = "p256"     "": none
                 settings = {apn = ""}   beside host and ids; "": not set      seed = true
                 hurry = 100             --hurry of device and modem           options = []     CONTROL: the modem's
                                                                                                control socket
    [modem]      options = []            of tern-modem                         do = [{cmd = "fault", ...}]
                 maps = {"mqtt.tern.example:443" = "server"}    or "elsewhere" (another host, that opens), "closed", ""
    [server]     kind = "bridge"         device = "registered", "unknown", "blocked" or "other key"; settings = {}
                 kind = "mqtt"           a server of endpoint.py, and its words; "plain": the same without TLS
                 kind = "closed"         nobody listens
                 chain = "good"          of pki.py
    [expect]     code = "TLS-ROOT-1"     the first verdict; first = false: others may come before
                 must = [], must_not = []    in the line, in its sentence    within = 60    seconds
                 never = true            there must be no verdict at all, and `console` says what there is instead
                 console = []            regular expressions that lines of the device match
    [recovery]   steps = []              then "device: online" and [OK after=CODE] must come     within = 60
                 online = false          it was never offline: only the steps are done
                 says = "..."            a regular expression in the place of that line
                 none = "why"            nothing can be changed: the reason
    [[also]]                             another way, or a sibling: device, modem, server, steps as above: what is
                 code = "TLS-ROOT-1"     different; and what differs in [expect]
                 recover = false         it ends with the sentence
    [near_miss]  (or [[near_miss]])      device, modem, server and steps as above: what is different
                 ends = "online"         or the code that comes instead, or "nothing"; must, must_not: in its line
                 others = true           other verdicts may come
                 hold = 1                seconds more in which CODE must not come

    steps: {console = "LINE", answers = "REGEX"}   {secret = "set pin 1234"}   {verdict = "CODE"}
           {wait = "REGEX", within = 60}   {online = true}   {sleep = 1}   {tern = ["device", "show", ...]}
           {console = "set interval {n}", times = 9}: so often, with 1 to 9
           {roots = ["root"]}   {key = "p384"}   {paste = "TEXT"}   {modem = {cmd = ...}}   {server = {chain = ...}}
           {cut = true}: the server's connections end   {power_cut = true}   {restart = "watchdog"}: --reset
           {bridge = "block"}, "unblock", "delete", "register", "key", "other key", "restart", "stop", "start"
           {config = 5000}: by the bridge, so many bytes

Programs are those of the preset host-release, or of TERN_DEVICE, TERN_MODEM, TERN_BRIDGE and TERN_CLI.  Logs of a
scenario stay in build/diagnose/NAME (TERN_WORK), the table in build/diagnose/table.txt.
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import sys
import threading
import time
import tomllib
import traceback
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../tools")]

from bench import Bench                                             # noqa: E402
from pki import Pki                                                 # noqa: E402
from scenario import Wrong, load                                    # noqa: E402
from ternlab import bridge, device, modem                           # noqa: E402
from ternlab.lab import TOP, Failure                                # noqa: E402

WORK = os.environ.get("TERN_WORK", os.path.join(TOP, "build/diagnose"))
PROGRAMS = {"device": os.environ.get("TERN_DEVICE", device.LINUX), "modem": os.environ.get("TERN_MODEM", modem.PROGRAM),
            "bridge": os.environ.get("TERN_BRIDGE", bridge.PROGRAM), "tern": os.environ.get("TERN_CLI", device.TERN)}
ATLAS, CASES_LEAST, HEALTHY_LEAST = 71, 55, 20
START = [{"console": "start"}]


class Result(NamedTuple):
    """Of one scenario.  WRONG: what is, empty if it passed."""
    scenario: object
    line: str
    wrong: list
    seconds: float


def words_of(line, must, must_not):
    """What is wrong with a line: what it must say, facts included, and what its sentence must not."""
    sentence = line.rpartition(" [")[0]
    return ([f"'{word}' is missing" for word in must if word.lower() not in line.lower()]
            + [f"'{word}' must not appear" for word in must_not if word.lower() in sentence.lower()])


def require(wrong, place):
    if wrong:
        raise Failure(f"{place}: " + "; ".join(wrong))


def run_itself(scenario, folder, pki, change=None, expect=None):
    """The sentence, then the recovery; returns the line.  CHANGE, EXPECT: of a sibling."""
    expect, recovery, change = expect or scenario.expect, scenario.recovery or {}, change or {}
    with Bench(folder, scenario.parts(change), pki, PROGRAMS) as bench:
        bench.run(scenario.parts(change)["steps"] or START)
        line = (bench.answers + [see(bench, expect)])[0]
        if "none" not in recovery and change.get("recover", True):
            recover(bench, expect, recovery)
        require(bench.complaints(), "its lines")
    return line


def see(bench, expect):
    """Waits for what is expected; returns the line."""
    code, within = expect.get("code"), expect.get("within", 60)
    for pattern in expect.get("console", []):
        bench.lab.wait("device", pattern, within)
    if expect.get("never"):
        require([v.line for v in bench.verdicts()], "no verdict was expected")
        return next(l.text for l in reversed(bench.lab.feed.find("device", expect["console"][-1])))
    if code is None:
        return next(l.text for l in reversed(bench.lab.feed.find("device", expect["console"][-1])))
    verdict = bench.wait_verdict(code, within, expect.get("first", True))
    require(words_of(verdict.line, expect.get("must", []), expect.get("must_not", [])), verdict.line)
    return verdict.line


def recover(bench, expect, recovery):
    within, code = recovery.get("within", 60), expect.get("code")
    since = bench.lab.feed.mark()
    said = len(bench.verdicts())
    bench.since = since
    bench.run(recovery.get("steps", []))
    if recovery.get("online", True):
        bench.lab.wait("device", r"device: online", within, since)
    usual = rf"\[OK after={re.escape(code)}\b" if code and recovery.get("online", True) else None
    pattern = recovery.get("says", usual)
    if pattern:
        bench.lab.wait("device", pattern, within, since)
    again = [v.code for v in bench.verdicts()[said:] if v.code == code]
    require(again, "the same cause was said again")


def run_near(scenario, near, folder, pki):
    """Like it, and not it."""
    code, ends, within = scenario.expect.get("code"), near.get("ends", "online"), near.get("within", 60)
    with Bench(folder, scenario.parts(near), pki, PROGRAMS) as bench:
        bench.run(scenario.parts(near)["steps"] or START)
        line = ""
        if ends == "online":
            bench.lab.wait("device", r"device: online", within)
        elif ends != "nothing":
            line = bench.wait_verdict(ends, within, "others" not in near).line
        bench.run([{"sleep": near.get("hold", 0.5)}])
        require([v.line for v in bench.verdicts() if v.code == code], "in the near miss came")
        if ends == "online" and not near.get("others"):
            require([v.line for v in bench.verdicts()], "nothing is wrong, but it says")
        require(words_of(line, near.get("must", []), near.get("must_not", [])), "the near miss's line: " + line)
        require(bench.complaints(), "its lines")


def run_healthy(scenario, folder, pki):
    read = scenario.read
    with Bench(folder, scenario.parts(), pki, PROGRAMS) as bench:
        bench.run(read.get("steps") or [*START, {"online": True}])
        bench.run([{"sleep": read.get("hold", 1)}])
        for pattern in read.get("console", []):
            bench.lab.wait("device", pattern, 10)
        require([v.line for v in bench.verdicts()], "nothing is wrong, but it says")
        if not bench.lab.feed.find("device", r"device: online"):
            raise Failure("it never was online")
        require(bench.complaints(), "its lines")
        return f"online, and silent for {read.get('hold', 1)} s"


def attempt(wrong, place, function, *arguments):
    """FUNCTION's result; what it raises becomes a line of WRONG."""
    try:
        return function(*arguments)
    except Failure as failure:
        wrong.append(f"{place}{failure}")
    except Exception as error:                   # a fault of the lab is a failed scenario, not the end of all others
        wrong.append(f"{place}{error!r}: {traceback.format_exc().strip().splitlines()[-3].strip()}")
    return ""


def run(scenario, pki):
    begin, wrong = time.monotonic(), []
    folder = os.path.join(WORK, scenario.name)
    for old in (folder, *(f"{folder}.{part}{n}" for part in ("also", "near") for n in range(1, 20))):
        shutil.rmtree(old, ignore_errors=True)
    if scenario.healthy:
        line = attempt(wrong, "", run_healthy, scenario, folder, pki)
    else:
        line = attempt(wrong, "", run_itself, scenario, folder, pki)
        for number, (change, expect) in enumerate(scenario.siblings(), 1):
            attempt(wrong, f"also {number}: ", run_itself, scenario, f"{folder}.also{number}", pki, change, expect)
        for number, near in enumerate(scenario.near_misses(), 1):
            attempt(wrong, f"near miss {number}: ", run_near, scenario, near, f"{folder}.near{number}", pki)
        if not scenario.near_misses():
            wrong.append("it has no near miss")
        if scenario.recovery is None:
            wrong.append("it has no [recovery]")
    return Result(scenario, line, wrong, time.monotonic() - begin)


# ---- the table -----------------------------------------------------------------

class Table:
    """Grows on the terminal as scenarios end, and in a file."""

    def __init__(self, path, count):
        self.rows, self.count, self._lock = [], count, threading.Lock()
        self._file = open(path, "w", encoding="utf-8")
        self._terminal = sys.stdout.isatty()
        self._width = shutil.get_terminal_size((160, 24)).columns if self._terminal else 10000

    def add(self, result):
        with self._lock:
            self.rows.append(result)
            if self._terminal:
                print("\r\033[K", end="")
            self._row(result, self._width, sys.stdout)
            if self._terminal:
                print(f"{len(self.rows)} of {self.count}", end="\r")
            sys.stdout.flush()

    @staticmethod
    def _row(result, width, file):
        words = "pass" if not result.wrong else "FAIL"
        text = f"{result.scenario.name}: {result.line}"[:max(width - 21, 20)]
        print(f"{result.scenario.case:8} {words} {result.seconds:3.0f} s  {text}", file=file)
        for line in result.wrong:
            print(f"{'':8}       {line}", file=file)

    def finish(self, extra):
        for result in sorted(self.rows, key=lambda r: (r.scenario.healthy, r.scenario.name)):
            self._row(result, 10000, self._file)
        for file in (self._file, sys.stdout):
            print("\n".join(extra), file=file)
        self._file.close()


def awaiting():
    with open(os.path.join(HERE, "awaiting.toml"), "rb") as file:
        return tomllib.load(file).get("case", [])


def summary(rows, whole):
    """Lines below the table, and whether all is as it should be."""
    cases = {r.scenario.case for r in rows if not r.scenario.healthy}
    failed = {r.scenario.case for r in rows if r.wrong}
    green = {c for c in cases if c not in failed}
    healthy = [r for r in rows if r.scenario.healthy]
    lines = ["", f"{len(green)} of {ATLAS} cases with their near misses; "
             f"{sum(not r.wrong for r in healthy)} of {len(healthy)} healthy runs silent"]
    good = not any(r.wrong for r in rows)
    if whole:
        lines += ["", "Cases that await a later part of Tern:"]
        lines += [f"{c['case']:8} {c['title']}: {c['reason']} (awaits {c['awaits']})" for c in awaiting()]
        twice = green & {c["case"] for c in awaiting()}
        lines += [f"{case}: green, and in awaiting.toml" for case in sorted(twice)]
        good = good and not twice and len(green) >= CASES_LEAST and len(healthy) >= HEALTHY_LEAST
        if len(cases | {c["case"] for c in awaiting()}) < ATLAS:
            missing = {f"P{n:02}" for n in range(1, ATLAS + 1)} - cases - {c["case"] for c in awaiting()}
            lines.append("neither a scenario nor a reason: " + " ".join(sorted(missing)))
            good = False
    return lines, good


def long_first(scenarios):
    """Those that skip hours last longest, so that none of them is left over at the end."""
    return sorted(scenarios, key=lambda s: -s.read.get("device", {}).get("hurry", 1))


def main():
    parser = argparse.ArgumentParser(description="Makes failures happen and reads what the device says of them.")
    parser.add_argument("case", nargs="*", help="a case of the atlas, or how names of scenarios begin")
    parser.add_argument("-j", "--jobs", type=int, default=max(4, min(8, 3 * (os.cpu_count() or 1))))
    arguments = parser.parse_args()
    os.makedirs(WORK, exist_ok=True)
    try:
        scenarios = [s for folder in ("cases", "healthy") for only in arguments.case or [None]
                     for s in load(os.path.join(HERE, folder), only)]
    except (Wrong, tomllib.TOMLDecodeError) as wrong:
        sys.exit(f"diagnose: {wrong}")
    if not scenarios:
        sys.exit(f"diagnose: there is no scenario {' '.join(arguments.case)}")
    pki_folder = os.path.join(WORK, f"pki-{os.getpid()}")
    pki, begin = Pki(pki_folder), time.monotonic()
    table = Table(os.path.join(WORK, "table.txt" if not arguments.case else "some.txt"), len(scenarios))
    try:
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            for done in concurrent.futures.as_completed([pool.submit(run, s, pki) for s in long_first(scenarios)]):
                table.add(done.result())
    finally:
        shutil.rmtree(pki_folder, ignore_errors=True)
    extra, good = summary(table.rows, not arguments.case)
    table.finish([*extra, f"{time.monotonic() - begin:.0f} s"])
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
