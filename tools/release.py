#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make release: what somebody needs who does not build, in build/release/tern-VERSION.

    release.py [--output FOLDER] [--build FOLDER]

Takes what is built below FOLDER (default: build).  The same sources give the same
bytes, whatever the folder and the day: tests/release compares two builds.
"""
import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))

BOARDS = {
    "stm32f103": "STM32F103xG with a BG96 (docs/wiring.md)",
    "stm32l496": "STM32L496, ST's kit P-L496G-CELL02",
}
IMAGES = {
    "tern-demo": "app/demo",
    "port-test": "app/port_test",
}

README = """\
Tern {version}: a microcontroller and its cellular modem, connected to the cloud.

{boards}
In each folder
  tern-demo.hex    the firmware; .bin is the same from address 0x08000000 on, .elf is for
                   a debugger, .map says what lies where
  port-test.hex    tries the board itself (docs/porting.md)
  libtern.a        the library for a program of your own, with tern.h (docs/cube.md)
  sizes.txt        what the firmware takes of flash and RAM

To flash without building anything
  Windows, macOS, Linux: STM32CubeProgrammer, "Open file" tern-demo.hex, "Download",
  or   STM32_Programmer_CLI -c port=SWD -w BOARD/tern-demo.hex -v -rst
  Linux with OpenOCD:  openocd -f interface/stlink.cfg -f target/stm32f1x.cfg \\
                         -c "program stm32f103/tern-demo.elf verify reset exit"
  (stm32l4x.cfg for the STM32L496).  A new firmware leaves settings, key and seed as
  they are; "Full chip erase" does not.

Then its console: 115200 8N1, any terminal; `tern provision` or the commands that `help`
lists.  All documents: the repository's docs/.

Built by {compiler}
with mbedTLS {mbedtls}; from the same commit these two give the same bytes.
SHA256SUMS: sha256sum -c SHA256SUMS.  Licence: LICENSE (Apache-2.0).  The images and
libraries hold code of mbedTLS (Apache-2.0 or GPL-2.0), of newlib and libgcc (their
licences come with every arm-none-eabi-gcc).
"""


def version():
    """Of the project() line, the one place that has it."""
    with open(os.path.join(TOP, "CMakeLists.txt"), encoding="utf-8") as file:
        return re.search(r"project\(tern VERSION ([0-9.]+)", file.read())[1]


def tools_of():
    """What the bytes depend on beside the sources."""
    compiler = subprocess.run(["arm-none-eabi-gcc", "--version"], check=True, capture_output=True, text=True).stdout
    with open(os.path.join(TOP, "build/deps/mbedtls/.tern-version"), encoding="ascii") as file:
        return compiler.splitlines()[0], file.read().split()[0]


def copy_map(source, target):
    """Without the names of temporary files, which the linker chooses anew each time."""
    with open(source, encoding="utf-8", errors="replace") as file:
        text = file.read()
    with open(target, "w", encoding="utf-8", newline="\n") as file:
        file.write(re.sub(r"/tmp/cc\w+\.", "temporary.", text))


def tables(elf):
    """What footprint.py and module_sizes.py print."""
    return "\n".join(subprocess.run([sys.executable, "-B", os.path.join(TOP, "tools", tool), elf], cwd=os.path.dirname(elf),
                                    check=True, capture_output=True, text=True).stdout
                     for tool in ("footprint.py", "module_sizes.py"))


def collect_board(built, folder):
    os.makedirs(folder)
    for image, place in IMAGES.items():
        for ending in ("elf", "bin", "hex"):
            shutil.copyfile(os.path.join(built, place, f"{image}.{ending}"), os.path.join(folder, f"{image}.{ending}"))
    elf = os.path.join(built, IMAGES["tern-demo"], "tern-demo.elf")
    copy_map(elf + ".map", os.path.join(folder, "tern-demo.map"))
    shutil.copyfile(os.path.join(built, "package/libtern.a"), os.path.join(folder, "libtern.a"))
    with open(os.path.join(folder, "sizes.txt"), "w", encoding="utf-8", newline="\n") as file:
        file.write(tables(elf))


def write_sums(folder):
    names = sorted(os.path.relpath(os.path.join(place, name), folder) for place, _, names in os.walk(folder) for name in names)
    sums = []
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            sums.append(f"{hashlib.sha256(file.read()).hexdigest()}  {name}\n")
    with open(os.path.join(folder, "SHA256SUMS"), "w", encoding="ascii", newline="\n") as file:
        file.writelines(sums)


def collect(build, output):
    """The release's folder, made anew."""
    folder = os.path.join(output, f"tern-{version()}")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for board in BOARDS:
        collect_board(os.path.join(build, board), os.path.join(folder, board))
    shutil.copyfile(os.path.join(TOP, "include/tern.h"), os.path.join(folder, "tern.h"))
    shutil.copyfile(os.path.join(TOP, "LICENSE"), os.path.join(folder, "LICENSE"))
    with open(os.path.join(folder, "README.txt"), "w", encoding="utf-8", newline="\n") as file:
        boards = "".join(f"  {name}/  {what}\n" for name, what in BOARDS.items())
        compiler, mbedtls = tools_of()
        file.write(README.format(version=version(), boards=boards, compiler=compiler, mbedtls=mbedtls))
    write_sums(folder)
    return folder


def main():
    parser = argparse.ArgumentParser(description="collects the files of a release")
    parser.add_argument("--build", default=os.path.join(TOP, "build"))
    parser.add_argument("--output", default=os.path.join(TOP, "build/release"))
    arguments = parser.parse_args()
    try:
        folder = collect(os.path.abspath(arguments.build), os.path.abspath(arguments.output))
    except (OSError, subprocess.CalledProcessError) as why:
        sys.exit(f"release: {getattr(why, 'stderr', None) or why}")
    for board in BOARDS:
        with open(os.path.join(folder, board, "sizes.txt"), encoding="utf-8") as file:
            print("".join(file.readlines()[:6]))
    print(f"{os.path.relpath(folder)}: {sum(len(names) for _, _, names in os.walk(folder))} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
