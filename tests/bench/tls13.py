#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The firmware with TLS 1.3, in QEMU against a real server: it connects, takes
records of 16 KB, resumes, and its sizes stay within budgets.json.

    tls13.py BUILD    BUILD: where the preset qemu_tls13 was built

The server's part of the key exchange is new each time, so nothing can be replayed:
memory is measured here, not instructions.  Ends with 77 where there is no QEMU.
"""
import json
import os
import ssl
import subprocess
import sys
import tempfile

import machine
import run    # before record.py, which shows the way to tools/run.py
import record

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))

import footprint

MEASURED = "arena_", "stack_"


def figures(build):
    """{name: value} of the images in BUILD."""
    image = os.path.join(build, "tests", "bench", "bench_live.elf")
    with tempfile.TemporaryDirectory() as folder, record.Servers(folder, ssl.TLSVersion.TLSv1_3) as servers:
        _, found = record.converse(image, servers.ports, servers.root)
        shaken = servers.handshakes(3)
        if shaken != [("TLSv1.3", False), ("TLSv1.3", True), ("TLSv1.3", False)]:
            raise run.Failed(f"the handshakes were {shaken}")
    found = {name: value for name, value in found.items() if name.startswith(MEASURED)}
    sizes = footprint.footprint(os.path.join(build, "app", "demo", "tern-demo.elf"))
    found["demo_flash"], found["demo_ram"] = sizes["flash"], sizes["ram"]
    return found


def main():
    missing = machine.missing()
    if missing:
        print("skipped:", missing)
        return 77
    with open(os.path.join(run.HERE, "budgets.json"), encoding="utf-8") as file:
        budgets = json.load(file)["tls13"]
    try:
        over = run.report("STM32F103 image with TLS 1.3 in QEMU:", figures(sys.argv[1]), budgets)
    except (run.Failed, RuntimeError, TimeoutError, subprocess.SubprocessError) as error:
        sys.exit(f"bench: {error}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
