#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an image takes of the chip, read from its ELF file.

    footprint.py [--check] ELF...

With --check the status is 1 if an image exceeds its part's budget of flash and
of RAM, TLS arena and stacks included.
"""
import json
import os
import struct
import sys
from typing import NamedTuple

# By the RAM of the part that an image is linked for (sections.ld: ld_ram_end).
BUDGETS = {
    96 * 1024:  (160 * 1024, 60 * 1024),    # STM32F103xG
    256 * 1024: (160 * 1024, 60 * 1024),    # STM32L496xG, its SRAM1
}
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
                    if info & 15 == 1 and length > 0:
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
    flash_budget, ram_budget = BUDGETS[value("ld_ram_end") - RAM.start]
    return {"flash budget": flash_budget, "ram budget": ram_budget, "flash": flash, "arena": arena, "stack": value("ld_stack_size"), "stacks": stacks,
            "other": ram - arena - stacks, "ram": ram}


def worst_stack():
    """The deepest that the program's stack may be found by `make bench`."""
    with open(os.path.join(os.path.dirname(__file__), "../tests/bench/budgets.json"), encoding="utf-8") as file:
        return max(limit for limit, _, _ in json.load(file)["stack"].values())


def show(path):
    got = footprint(path)
    rows = [("flash: code, constants, initial values", got["flash"], got["flash budget"]),
            ("RAM: TLS arena", got["arena"], None),
            ("RAM: stacks of program, interrupts, faults", got["stacks"], None),
            ("RAM: everything else, static", got["other"], None),
            ("RAM: sum", got["ram"], got["ram budget"])]
    print(os.path.relpath(path))
    for what, count, budget in rows:
        print(f"  {what:<42} {count:>8} bytes" + (f"  of {budget}" if budget else ""))
    print(f"  {'worst stack of the program (make bench)':<42} {worst_stack():>8} bytes  of {got['stack']}")
    return got["flash"] <= got["flash budget"] and got["ram"] <= got["ram budget"]


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
