#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make library`: libtern.a and tern.h for a chip, linked with the examples by arm gcc
without any of the project's own options."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
CUBE = os.path.join(TOP, "examples/cube")
HERE = os.path.dirname(os.path.abspath(__file__))
GCC = "arm-none-eabi-gcc"
SHARED = ["cloud.c", "uart_ring.c"]
HELLO = ["bench.c", "bench_provision.c"]
PROGRAMS = {
    "baremetal, hello": ["../cube_baremetal/main.c", "app_hello.c", *HELLO],
    "baremetal, demo": ["../cube_baremetal/main.c", "app_demo.c"],
    "freertos, queue": ["../cube_freertos/main.c", "../cube_freertos/app_queue.c", *HELLO],
    "freertos, demo": ["../cube_freertos/main.c", "app_demo.c"],
}
CHIPS = [
    # board       family  CubeMX's options for it                                             KB of RAM, noise
    ("stm32f103", "f1", ["-mcpu=cortex-m3"],                                                  96,  "noise_none.c"),
    ("stm32l496", "l4", ["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"],         256, "noise_rng.c"),
    ("stm32l496", "l4", ["-mcpu=cortex-m4", "-mfloat-abi=soft"],                              256, "noise_rng.c"),
]


def library(board):
    return os.path.join(TOP, "build", board, "package/libtern.a")


class Link(unittest.TestCase):
    def link(self, board, family, options, ram_kb, sources, folder):
        elf = os.path.join(folder, "image.elf")
        subprocess.run([
            GCC, *options, "-mthumb", "-std=gnu11", "-Os", "-g", "-Wall", "-Wextra", "-Werror", "-ffunction-sections",
            "-fdata-sections", "-I" + os.path.join(HERE, family), "-I" + os.path.join(HERE, "rtos"), "-I" + CUBE,
            "-I" + os.path.join(TOP, "examples/cube_freertos"), "-I" + os.path.join(TOP, "include"),
            *[os.path.join(CUBE, name) for name in SHARED + sources + [f"store_{family}.c"]],
            os.path.join(HERE, "hal_chip.c"), library(board),
            "--specs=nano.specs", "--specs=nosys.specs", "-nostartfiles", "-Wl,--gc-sections",
            "-T", os.path.join(HERE, "chip.ld"), f"-Wl,--defsym=chip_ram={ram_kb * 1024}",
            f"-Wl,--defsym=chip_flash={896 * 1024}", "-o", elf], check=True, capture_output=True, text=True, timeout=200)
        return elf

    def test_every_example_links_for_every_chip(self):
        for board, family, options, ram_kb, noise in CHIPS:
            for name, sources in PROGRAMS.items():
                with self.subTest(f"{board}, {' '.join(options)}: {name}"), tempfile.TemporaryDirectory() as folder:
                    try:
                        elf = self.link(board, family, options, ram_kb, [*sources, noise], folder)
                    except subprocess.CalledProcessError as failed:
                        self.fail(failed.stderr)
                    size = subprocess.run(["arm-none-eabi-size", elf], check=True, capture_output=True, text=True).stdout
                    text, data, bss = map(int, size.splitlines()[1].split()[:3])
                    print(f"  {board}, {name}: {text + data} bytes of flash, {data + bss} of RAM", file=sys.stderr)
                    self.hold_against_the_document(board, name, data + bss)

    def hold_against_the_document(self, board, name, ram):
        pattern = {"baremetal, hello": r"(\d+) KB of RAM for the superloop", "freertos, demo": r"and (\d+) KB for\s+FreeRTOS"}
        if board == "stm32f103" and name in pattern:
            with open(os.path.join(TOP, "docs/cube.md"), encoding="utf-8") as file:
                told = int(re.search(pattern[name], file.read())[1])
            self.assertLess(abs(told * 1000 - ram), 3000, f"docs/cube.md says {told} KB")

    def test_no_function_of_the_header_passes_floating_point(self):
        """So that one library fits programs of either floating-point calling convention."""
        with open(os.path.join(TOP, "include/tern.h"), encoding="utf-8") as file:
            code = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        self.assertNotRegex(code, r"\b(float|double)\b")

    def test_the_library_works_without_optimisation_at_link_time(self):
        for board in {row[0] for row in CHIPS}:
            with self.subTest(board):
                sections = subprocess.run(["arm-none-eabi-readelf", "-SW", library(board)], check=True,
                                          capture_output=True, text=True).stdout
                self.assertNotIn(".gnu.lto", sections)
                self.assertIn(".text.tern_step", sections)


if __name__ == "__main__":
    lacking = [library(board) for board, *_ in CHIPS if not os.path.exists(library(board))]
    if not shutil.which(GCC) or lacking:
        print("skipped:", f"no {GCC}" if not lacking else f"there is no {lacking[0]}: make library makes it")
        sys.exit(77)
    unittest.main(verbosity=2)
