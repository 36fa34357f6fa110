#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the bench image in QEMU and holds its figures against budgets.json.

    run.py BUILD        BUILD: where the preset qemu was built

The counts are exact: the same image gives the same figures on every machine.
They are instructions, not cycles: on a Cortex-M3 at 72 MHz with two wait states
one takes 1.5 to 2.5 cycles.  Ends with status 1 when a budget is exceeded, with
77 where there is no QEMU.
"""
import json
import os
import subprocess
import sys
import tempfile

import machine

HERE = os.path.dirname(os.path.abspath(__file__))
ICOUNT = ("-icount", "shift=0,sleep=off")


class Failed(Exception):
    """The image did not come to its end."""


def figures(image):
    """{name: value}"""
    found = {}
    with tempfile.TemporaryDirectory() as folder, machine.Machine(image, os.path.join(folder, "nv"), ICOUNT) as m:
        text = m.console.read_rest(60).decode()
        status = m.process.wait(10)
    for line in text.splitlines():
        word, *rest = line.split()
        if word == "figure":
            found[rest[0]] = int(rest[1])
    if status != 0 or not text.endswith("done\n"):
        raise Failed(f"{image} ended with status {status}:\n{text}"
                     "If the bytes that the client sends have changed, tests/bench/record.py makes a new recording.")
    return found


def table(found, budgets):
    """Lines to print, and the names that are over budget."""
    over = [name for name, (limit, _, _) in budgets.items() if found[name] > limit]
    lines = [f"  {what:<62} {found[name]:>11,} of {limit:>11,} {unit}" + ("  OVER BUDGET" if name in over else "")
             for name, (limit, unit, what) in budgets.items()]
    return lines, over


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: run.py BUILD")
    image = os.path.join(sys.argv[1], "tests", "bench", "bench.elf")
    missing = machine.missing() or (None if os.path.exists(image) else f"there is no {image}")
    if missing:
        print("skipped:", missing)
        return 77
    with open(os.path.join(HERE, "budgets.json"), encoding="utf-8") as file:
        budgets = json.load(file)
    try:
        found = figures(image)
    except (Failed, TimeoutError, subprocess.SubprocessError) as error:
        sys.exit(f"bench: {error}")
    if set(found) != set(budgets):
        sys.exit(f"bench: figures and budgets.json differ in {sorted(set(found) ^ set(budgets))}")
    print("STM32F103 image in QEMU, exact counts:")
    lines, over = table(found, budgets)
    print("\n".join(lines))
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
