#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make flash: writes an image into a board through OpenOCD, verifies it, starts it.

    flash.py BOARD PROBE ELF [--serial NUMBER] [--print]

The pages that hold settings, key and seed are never touched: an image that reaches
into them is refused, and OpenOCD erases no other page than those it writes.
--print shows the command instead of running it.  Status 0: the image runs; 1: it
does not; 2: wrong arguments.
"""
import argparse
import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
from typing import NamedTuple


class Board(NamedTuple):
    target: str        # OpenOCD's description of the chip
    flash: range       # where an image may lie; behind it are the pages of the stores


# The stores: PART_FLASH_START in boards/BOARD/part.h (tests/unit/tools/test_flash.py compares).
BOARDS = {
    "stm32f103": Board("target/stm32f1x.cfg", range(0x08000000, 0x080e0000)),
    "stm32l496": Board("target/stm32l4x.cfg", range(0x08000000, 0x080e0000)),
}


class Probe(NamedTuple):
    interface: str
    transport: str
    name: str


PROBES = {
    "stlink":    Probe("interface/stlink.cfg", "hla_swd", "ST-LINK"),
    "jlink":     Probe("interface/jlink.cfg", "swd", "J-Link"),
    "cmsis-dap": Probe("interface/cmsis-dap.cfg", "swd", "CMSIS-DAP probe"),
}

# What OpenOCD says, first match wins, and what it means.
FAILURES = [
    (r"LIBUSB_ERROR_ACCESS|[Pp]ermission denied",
     "this user may not use the {probe}: install OpenOCD's udev rules (Debian's package has them), plug it in again"),
    (r"open failed|No J-Link device found|unable to find a matching CMSIS-DAP device|unable to find CMSIS-DAP",
     "no {probe} found on USB: is it plugged in, and in WSL attached (usbipd attach)?  With several: SERIAL=NUMBER"),
    (r"wrote \d+ bytes(?:.|\n)*(?:checksum mismatch|diff \d+|contents differ)",
     "written, but it does not read back: is the chip of another kind than the board?"),
    (r"init mode failed|unable to connect to the target|Could not find MEM-AP|Error connecting DP",
     "the {probe} is there, the chip does not answer: is the board powered, are SWDIO, SWCLK, GND and NRST connected?  "
     "A chip that sleeps answers while its reset button is held during the first second"),
    (r"UNEXPECTED|[Cc]annot identify target|expected 1 of 1",
     "the chip is not that of the board {board}"),
    (r"[Pp]rotected|failed erasing sectors|error writing to flash|RDP",
     "the chip refuses to be written: it is protected (option bytes, read-out protection)"),
]


def load_range(path):
    """First and last address that the image loads."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:6] != b"\x7fELF\x01\x01":
        raise ValueError("no ELF file of a 32-bit chip")
    offset, = struct.unpack_from("<I", data, 28)
    size, count = struct.unpack_from("<HH", data, 42)
    loaded = []
    for i in range(count):
        kind, _, _, physical, length = struct.unpack_from("<5I", data, offset + i * size)
        if kind == 1 and length > 0:
            loaded += [physical, physical + length - 1]
    if not loaded:
        raise ValueError("an ELF file that loads nothing")
    return min(loaded), max(loaded)


def check_image(path, board):
    """Why PATH may not be written; None if it may."""
    try:
        first, last = load_range(path)
    except (OSError, ValueError, struct.error) as why:
        return str(why)
    if first not in board.flash or last not in board.flash:
        return (f"it loads {first:#010x} to {last:#010x}; an image lies in {board.flash.start:#010x} to "
                f"{board.flash.stop - 1:#010x}, behind which the device keeps settings, key and seed")
    return None


def command(board, probe, path, serial=None):
    """OpenOCD's words."""
    select = [f"adapter serial {serial}"] if serial else []
    steps = [*select, f"transport select {probe.transport}"]
    after = ["init", "reset halt", f"flash write_image erase {{{path}}}", f"verify_image {{{path}}}", "reset run", "shutdown"]
    words = ["openocd", "-f", probe.interface]
    words += [word for step in steps for word in ("-c", step)]
    words += ["-f", board.target]
    return words + [word for step in after for word in ("-c", step)]


def explain(output, board, probe):
    for pattern, meaning in FAILURES:
        if re.search(pattern, output):
            return meaning.format(board=board, probe=probe.name)
    errors = re.findall(r"^Error: *(.+)", output, re.M)
    return "OpenOCD says: " + (errors[-1] if errors else output.strip().splitlines()[-1] if output.strip() else "nothing")


def run(words, board, probe, path):
    result = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if result.returncode != 0:
        print(result.stdout, file=sys.stderr)
        print(f"flash: {explain(result.stdout, board, probe)}", file=sys.stderr)
        return 1
    first, last = load_range(path)
    print(f"{os.path.relpath(path)}: {last + 1 - first} bytes written at {first:#010x}, verified; the board runs them")
    return 0


def main():
    parser = argparse.ArgumentParser(description="writes an image into a board through OpenOCD")
    parser.add_argument("board", choices=BOARDS)
    parser.add_argument("probe", choices=PROBES)
    parser.add_argument("elf")
    parser.add_argument("--serial", help="the probe's serial number, if there are several")
    parser.add_argument("--print", action="store_true", dest="show", help="show the command instead of running it")
    arguments = parser.parse_args()
    if arguments.serial and not re.fullmatch(r"[0-9A-Za-z:_-]+", arguments.serial):
        parser.error(f"'{arguments.serial}' is no serial number")
    if set("{}\\") & set(arguments.elf):
        parser.error(f"'{arguments.elf}' has characters that OpenOCD does not take in a path")
    board, probe = BOARDS[arguments.board], PROBES[arguments.probe]
    why = check_image(arguments.elf, board)
    if why:
        print(f"flash: '{arguments.elf}' is not written: {why}", file=sys.stderr)
        return 1
    words = command(board, probe, os.path.abspath(arguments.elf), arguments.serial)
    if arguments.show:
        print(shlex.join(words))
        return 0
    if not shutil.which("openocd"):
        print("flash: openocd is not installed; tools/setup.sh flash installs it", file=sys.stderr)
        return 1
    return run(words, arguments.board, probe, arguments.elf)


if __name__ == "__main__":
    sys.exit(main())
