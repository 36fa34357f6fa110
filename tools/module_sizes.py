#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What takes an image's flash and RAM: code by module, variables by name.

    module_sizes.py ELF

The linker optimises across files, so its map does not tell whose code is whose;
the debug information does.
"""
import re
import subprocess
import sys

import footprint

# address size type name, and where it stands in the source if that is known
SYMBOL = re.compile(r"([0-9a-f]{8}) ([0-9a-f]{8}) \w (\S+)(?:\t(.*):\d+)?")
LARGE = 256   # bytes of a variable that gets a row

# First match wins.
MODULES = [
    (r"mbedtls",              "mbedTLS"),
    (r"newlib|libgcc",        "C library"),
    (r"(?:^|/)src/(\w+)/",    r"src/\1"),
    (r"(?:^|/)boards/",       "boards"),
    (r"(?:^|/)(app|tests)/",  r"\1"),
]


def module_of(path):
    for pattern, name in MODULES:
        match = re.search(pattern, path)
        if match:
            return match.expand(name)
    return "other"


def symbols(listing):
    """(code, variables): {module: bytes} of flash and {name: bytes} of RAM in what nm prints."""
    code, variables = {}, {}
    for address, size, name, path in SYMBOL.findall(listing):
        address, size = int(address, 16), int(size, 16)
        if address in footprint.FLASH and path:
            code[module_of(path)] = code.get(module_of(path), 0) + size
        elif address in footprint.RAM:
            name = name.split(".")[0]   # two files may have one of the same name
            variables[name] = variables.get(name, 0) + size
    return code, variables


def tables(listing, total):
    """The same with what has no symbol: (flash, RAM), each {row: bytes}, summing up to the image's."""
    code, variables = symbols(listing)
    code["constants, text"] = total["flash"] - sum(code.values())
    ram = {name: size for name, size in variables.items() if size >= LARGE}
    ram["stacks"] = total["stacks"]
    ram["smaller ones"] = total["ram"] - sum(ram.values())
    return code, ram


def show(title, rows):
    yield "  " + title
    for name, size in sorted(rows.items(), key=lambda row: -row[1]):
        yield f"    {name:<40} {size:>8} bytes"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: module_sizes.py ELF")
    try:
        listing = subprocess.run(["arm-none-eabi-nm", "-S", "-l", sys.argv[1]], capture_output=True, text=True,
                                 check=True).stdout
        flash, ram = tables(listing, footprint.footprint(sys.argv[1]))
    except (OSError, ValueError) as error:
        sys.exit(f"module_sizes: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"module_sizes: {error.stderr.strip()}")
    print("\n".join([*show("flash: code by module", flash), *show("RAM: variables", ram)]))


if __name__ == "__main__":
    main()
