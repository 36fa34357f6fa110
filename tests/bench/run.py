#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the firmware in QEMU and holds its figures against budgets.json.

    run.py BUILD [MODEM]    BUILD: where the preset qemu was built; MODEM: tern-modem

The counts of the bench image are exact: the same image gives the same figures on
every machine.  They are instructions, not cycles: by a model of a Cortex-M3 at 72
MHz with two wait states one takes 1.7 to 2.0 cycles in this code, so milliseconds
are told at 2.0.  With MODEM the whole chain runs too,
and the virtual modem counts what goes over the air.  Ends with status 1 when a
budget is exceeded, with 77 where there is no QEMU.
"""
import json
import os
import subprocess
import sys
import tempfile

import machine
import wire
from ternlab.lab import Failure

HERE = os.path.dirname(os.path.abspath(__file__))
ICOUNT = ("-icount", "shift=0,sleep=off")
PER_MS = 72e6 / 2.0 / 1000    # instructions
# Nothing else is done meanwhile.
STEPS = {"es256_sign", "es256_verify", "key_check", "tls_full_ecc_step", "tls_full_rsa_step"}

TITLES = {
    "image": "STM32F103 image in QEMU, exact counts:",
    "wire": "From opening the socket to the first PUBACK, counted by the virtual modem:",
    "ram": "RAM of the demo image, with a record of 16 KB:",
    "stack": "Stack of the demo image, from power-on to acknowledged telemetry:",
}


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


def report(title, found, budgets):
    """Prints a table; returns the names that are over budget."""
    if set(found) != set(budgets):
        raise Failed(f"figures and budgets.json differ in {sorted(set(found) ^ set(budgets))}")
    over = [name for name, (limit, _, _) in budgets.items() if found[name] > limit]
    print(title)
    for name, (limit, unit, what) in budgets.items():
        ms = f" ({found[name] / PER_MS:.0f} ms)" if name in STEPS else ""
        print(f"  {what:<62} {found[name]:>11,} of {limit:>11,} {unit}{ms}"
              + ("  OVER BUDGET" if name in over else ""))
    return over


def keep(found, path):
    """For tools/figures.py."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump({name: value for group in found.values() for name, value in group.items()}, file, indent="\t")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: run.py BUILD [MODEM]")
    image = os.path.join(sys.argv[1], "tests", "bench", "bench.elf")
    missing = machine.missing() or (None if os.path.exists(image) else f"there is no {image}")
    if missing:
        print("skipped:", missing)
        return 77
    with open(os.path.join(HERE, "budgets.json"), encoding="utf-8") as file:
        budgets = json.load(file)
    try:
        found = {"image": figures(image)}
        if len(sys.argv) == 3:
            demo = os.path.join(sys.argv[1], "app", "demo", "tern-demo.elf")
            found.update(wire=wire.figures(demo, sys.argv[2]), ram=wire.ram_figures(demo, sys.argv[2]),
                         stack=wire.stack_figures(demo, sys.argv[2]))
            keep(found, os.path.join(sys.argv[1], "figures.json"))
        over = [name for group in found for name in report(TITLES[group], found[group], budgets[group])]
    except (Failed, Failure, TimeoutError, subprocess.SubprocessError) as error:
        sys.exit(f"bench: {error}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
