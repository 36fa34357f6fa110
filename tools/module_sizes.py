#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each part of an image takes of flash and RAM, read from the linker's map.

    module_sizes.py ELF        the map lies beside it: ELF.map
"""
import os
import re
import sys

FLASH, RAM = range(0x08000000, 0x08100000), range(0x20000000, 0x20018000)
# An input section; its name stands alone on a line when it is long.
INPUT = re.compile(r"^ (\.[^\s(]+|\*fill\*|COMMON)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)(?: +(\S.*))? *$", re.M)
STACKS = re.compile(r"^\.stacks\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)$", re.M)

# First match wins.
MODULES = [
    (r"mbedtls",                              "mbedTLS"),
    (r"(?:^|/)src/(\w+)/",                    r"src/\1"),
    (r"(?:^|/)boards/",                       "boards"),
    (r"(?:^|/)(app|tests)/",                  r"\1"),
    (r"lib(?:g|c|m|gcc)(?:_nano)?\.a|crt\w*\.o", "C library"),
]


def module_of(path):
    for pattern, name in MODULES:
        match = re.search(pattern, path)
        if match:
            return match.expand(name)
    return "other"


def sizes(text):
    """{module: [flash, RAM]} of a map."""
    found = {}
    memory = text[text.index("Linker script and memory map"):]
    memory = re.sub(r"^( \.\S+)\n +", r"\1 ", memory, flags=re.M)

    def add(module, address, size, initialised=False):
        row = found.setdefault(module, [0, 0])
        row[0] += size if address in FLASH or initialised else 0
        row[1] += size if address in RAM else 0

    stacks = STACKS.search(memory)
    stacks = range(int(stacks[1], 16), int(stacks[1], 16) + int(stacks[2], 16)) if stacks else ()
    for name, address, size, path in INPUT.findall(memory):
        if name.startswith((".debug", ".comment", ".ARM.attributes", ".init_array")):
            continue
        address, size = int(address, 16), int(size, 16)
        if name == ".bss.arena":
            module = "TLS arena"
        elif address in stacks:
            module = "stacks"
        else:
            module = module_of(path) if path else "alignment"
        add(module, address, size, initialised=name.startswith(".data"))
    return {module: row for module, row in found.items() if any(row)}


def show(found):
    yield f"  {'':<14} {'flash':>8} {'RAM':>8}"
    for module, (flash, ram) in sorted(found.items(), key=lambda item: (-item[1][0], -item[1][1])):
        yield f"  {module:<14} {flash:>8} {ram:>8}"
    yield f"  {'sum':<14} {sum(row[0] for row in found.values()):>8} {sum(row[1] for row in found.values()):>8}"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: module_sizes.py ELF")
    try:
        with open(sys.argv[1] + ".map", encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        sys.exit(f"module_sizes: {error}")
    print("\n".join(show(sizes(text))))


if __name__ == "__main__":
    main()
