#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The image that QEMU runs is the chip's image but for the files named here.

    same_objects_test.py BUILD_STM32F103 BUILD_QEMU IMAGE     IMAGE: path below both, without .elf
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

CHIP_ONLY = {
    "boards/stm32f103/internal_flash.c",    # the flash part
    "boards/stm32f103/part_flash.c",
    "boards/stm32f103/part_clock.c",        # the clock constant
    "boards/cortex_m/restart.c",            # a chip starts again, QEMU ends with a status
    "boards/stm32f103/part_receive.c",      # how the modem's bytes are received: QEMU has no DMA here
    "boards/stm32f103/dma_receive.c",
}
QEMU_ONLY = {
    "boards/qemu/part_flash.c",
    "boards/qemu/file_flash.c",
    "boards/qemu/semihosting.c",
    "boards/qemu/part_clock.c",
    "boards/qemu/part_exit.c",
    "boards/qemu/part_receive.c",
}
CHIP = QEMU = IMAGE = None


def source_of(path):
    """boards/qemu/CMakeFiles/tern_port.dir/__/stm32f103/uart.c.obj -> boards/stm32f103/uart.c"""
    folder, rest = re.fullmatch(r"(.*?)/?CMakeFiles/[^/]+\.dir/(.*)\.obj", path).groups()
    return os.path.normpath(os.path.join(folder, rest.replace("__", "..")))


def objects(build):
    """{source or library: path} of what IMAGE was linked from, the compiler's own left out."""
    found = {}
    with open(os.path.join(build, IMAGE + ".elf.map"), encoding="utf-8") as lines:
        for line in lines:
            loaded = re.fullmatch(r"LOAD (\S+)\n", line)
            if loaded and not os.path.isabs(loaded[1]) and loaded[1] != "linker":
                path = loaded[1]
                found[source_of(path) if path.endswith(".obj") else path] = os.path.join(build, path)
    return found


def code(path):
    """The object's machine code and data: without debug information, which names the build's folder, and without
    what the linker optimises from, which gcc marks with random numbers."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "stripped")
        subprocess.run(["arm-none-eabi-objcopy", "--strip-debug", "--remove-section=.gnu.lto_*", path, out], check=True)
        with open(out, "rb") as file:
            return file.read()


class SameObjects(unittest.TestCase):
    maxDiff = None

    def test_only_the_named_files_differ(self):
        chip, qemu = objects(CHIP), objects(QEMU)
        self.assertIn("boards/stm32f103/uart.c", chip)
        self.assertIn("boards/cortex_m/startup.c", chip)
        self.assertEqual(set(chip) - set(qemu), CHIP_ONLY)
        self.assertEqual(set(qemu) - set(chip), QEMU_ONLY)

    def test_the_others_are_the_same_to_the_byte(self):
        chip, qemu = objects(CHIP), objects(QEMU)
        for name in sorted(set(chip) & set(qemu)):
            with self.subTest(name):
                self.assertEqual(code(chip[name]), code(qemu[name]))

    def test_only_the_qemu_image_calls_the_host(self):
        for build, want in (CHIP, False), (QEMU, True):
            text = subprocess.run(["arm-none-eabi-objdump", "-d", os.path.join(build, IMAGE + ".elf")],
                                  check=True, capture_output=True, text=True).stdout
            self.assertEqual(bool(re.search(r"\bbkpt\s+0x00ab", text)), want)


if __name__ == "__main__":
    CHIP, QEMU, IMAGE = sys.argv[1:4]
    del sys.argv[1:4]
    for folder in CHIP, QEMU:
        if not os.path.exists(os.path.join(folder, IMAGE + ".elf")):
            print(f"skipped: there is no image in {folder}: no compiler for the board")
            sys.exit(77)
    unittest.main(verbosity=2)
