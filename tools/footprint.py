#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an image takes of the chip, read from its ELF file.

    footprint.py [--check] ELF...

With --check the status is 1 if an image exceeds its part's budget of flash and
of RAM, TLS arena and stacks included (tests/bench/budgets.json).
"""
import json
import os
import struct
import sys
from typing import NamedTuple

BUDGETS = os.path.join(os.path.dirname(__file__), "../tests/bench/budgets.json")
PARTS = {96 * 1024: "STM32F103xG", 256 * 1024: "STM32L496xG"}    # by RAM: ld_ram_end; the L496 has its SRAM1
FLASH = range(0x08000000, 0x08100000)
RAM = range(0x20000000, 0x20040000)
ALLOC, STRINGS, NOBITS = 0x2, 0x20, 8


class Section(NamedTuple):
    name: str
    type: int
    flags: int
    address: int
    offset: int
    size: int


class Elf:
    """Sections and symbols of a 32-bit little-endian ELF file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        if self.data[:6] != b"\x7fELF\x01\x01":
            raise ValueError(f"{path} is no 32-bit little-endian ELF file")
        offset, = struct.unpack_from("<I", self.data, 32)
        size, count, names = struct.unpack_from("<HHH", self.data, 46)
        raw = [struct.unpack_from("<10I", self.data, offset + i * size) for i in range(count)]
        self.sections = [Section(self._string(raw[names][4] + s[0]), s[1], s[2], s[3], s[4], s[5]) for s in raw]
        self.symbols = {}      # name: (address, size)
        self.variables = []    # (name, address, size); there may be several of one name
        for s in raw:
            if s[1] == 2:
                for at in range(s[4], s[4] + s[5], 16):
                    name, value, length, info = struct.unpack_from("<IIIB", self.data, at)
                    name = self._string(raw[s[6]][4] + name)
                    self.symbols[name] = (value, length)
                    if info & 15 in (0, 1) and length > 0:    # an object, or of no type: without section anchors
                        self.variables.append((name, value, length))

    def _string(self, at):
        return self.data[at:self.data.index(b"\0", at)].decode()

    def content(self, section):
        return self.data[section.offset:section.offset + section.size]

    def strings(self):
        """What stands in the sections of which the linker keeps one copy a string."""
        return {text for s in self.sections if s.flags & STRINGS and s.flags & ALLOC
                for text in self.content(s).split(b"\0") if text}

    def size(self, region, loaded):
        """Bytes in a region; LOADED: only what is stored in the file, else all."""
        return sum(s.size for s in self.sections if s.flags & ALLOC and s.address in region
                   and (s.type != NOBITS or not loaded))


def footprint(path):
    """{what: bytes}"""
    elf = Elf(path)
    value = lambda name: elf.symbols.get(name, (0, 0))[0]
    stacks = value("ld_fault_stack_top") - value("ld_stack_bottom")
    # Initial values of variables lie in flash and are copied to RAM at start.
    flash = elf.size(FLASH, True) + elf.size(RAM, True)
    ram = elf.size(RAM, False)
    arena = sum(length for name, (at, length) in elf.symbols.items() if name.split(".")[0] == "arena" and at in RAM)
    return {"flash": flash, "arena": arena, "stack": value("ld_stack_size"), "stacks": stacks,
            "other": ram - arena - stacks, "ram": ram, "part": PARTS[value("ld_ram_end") - RAM.start]}


def budgets():
    with open(BUDGETS, encoding="utf-8") as file:
        return json.load(file)


def worst_stack():
    """The deepest that the program's stack may be found by `make bench`."""
    return max(limit for limit, _, _ in budgets()["stack"].values())


def show(path):
    got = footprint(path)
    budget = {name: limit for name, (limit, _, _) in budgets()[got["part"]].items()}
    rows = [("flash: code, constants, initial values", got["flash"], budget["flash"]),
            ("RAM: TLS arena", got["arena"], None),
            ("RAM: stacks of program, interrupts, faults", got["stacks"], None),
            ("RAM: everything else, static", got["other"], None),
            ("RAM: sum", got["ram"], budget["ram"])]
    print(os.path.relpath(path))
    for what, count, limit in rows:
        print(f"  {what:<42} {count:>8} bytes" + (f"  of {limit}" if limit else ""))
    print(f"  {'worst stack of the program (make bench)':<42} {worst_stack():>8} bytes  of {got['stack']}")
    return got["flash"] <= budget["flash"] and got["ram"] <= budget["ram"]


def main():
    check = sys.argv[1:2] == ["--check"]
    paths = sys.argv[2 if check else 1:]
    if not paths:
        sys.exit("usage: footprint.py [--check] ELF...")
    try:
        fits = [show(path) for path in paths]
    except (OSError, ValueError) as error:
        sys.exit(f"footprint: {error}")
    if not all(fits):
        print("over budget")
    return 1 if check and not all(fits) else 0


if __name__ == "__main__":
    sys.exit(main())
