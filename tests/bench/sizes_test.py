#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The two tools that say what an image takes agree with each other.

    sizes_test.py IMAGE
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))

import footprint
import module_sizes

IMAGE = None

LISTING = """
08000000 00000010 T at_feed\tsrc/modem/at.c:12
08000010 00000008 t uart_isr.lto_priv.0\tboards/stm32f103/uart.c:7
08000018 00000020 T mbedtls_ecp_mul\t/build/deps/mbedtls/library/ecp.c:99
08000038 00000004 r table
08000038 00000004 r same_place
20000020 00000400 b arena
         U memcpy
"""

LINES = """
Contents of the .debug_line section:

src/modem/at.c:
File name                            Line number    Starting address    View    Stmt
at.c                                          24           0x8000000               x
at.c                                          25           0x8000004       1       x

src/base/ticks.h:
ticks.h                                       12           0x8000006               x

src/modem/at.c:
at.c                                          26           0x800000a
at.c                                           -           0x8000010
"""


class Sizes(unittest.TestCase):
    def test_lines_of_nm(self):
        self.assertEqual([(s.address, s.size, s.name, s.path) for s in module_sizes.symbols(LISTING)], [
            (0x08000000, 16, "at_feed", "src/modem/at.c"),
            (0x08000010, 8, "uart_isr.lto_priv.0", "boards/stm32f103/uart.c"),
            (0x08000018, 32, "mbedtls_ecp_mul", "/build/deps/mbedtls/library/ecp.c"),
            (0x08000038, 4, "table", ""), (0x20000020, 1024, "arena", "")])

    def test_code_built_into_other_code_is_told_apart(self):
        functions = [s for s in module_sizes.symbols(LISTING) if s.address < 0x08000038]
        self.assertEqual(module_sizes.code_by_file(functions, module_sizes.lines(LINES)), {
            "src/modem/at.c": 12, "src/base/ticks.h": 4, "boards/stm32f103/uart.c": 8,
            "/build/deps/mbedtls/library/ecp.c": 32})

    def test_modules(self):
        for path, module in [("src/modem/at.c", "src/modem"), ("/b/mbedtls-edited/rsa.c", "mbedTLS"),
                             ("/b/src/console/CMakeFiles/tern_console.dir/out.c.obj", "src/console"),
                             ("app/demo/demo.c", "app"), ("../newlib/libc/string/strcspn.c", "C library"),
                             ("strnlen.c", "C library"), ("lib1funcs.S", "C library")]:
            self.assertEqual(module_sizes.module_of(path), module)

    def test_an_image_is_told_apart(self):
        """Every byte of a real image has an owner, and each of the large owners is there."""
        total = footprint.footprint(IMAGE)
        attribution = module_sizes.Attribution(IMAGE, module_sizes.build_folder(IMAGE))
        rows = module_sizes.by(module_sizes.module_of, attribution)
        told = sum(sum(columns) for columns in rows.values())
        self.assertTrue(0 <= total["flash"] - told < 256, total["flash"] - told)
        for module, least in [("mbedTLS", 30000), ("src/crypto", 3000), ("src/console", 3000), ("src/modem", 3000)]:
            self.assertGreater(rows[module][0], least, module)
        self.assertGreater(rows["src/console"][2], 2000, "texts of the console")
        self.assertGreater(rows["src/base"][1], 3000, "the errors' words")
        self.assertLess(sum(rows["other"]), 400)
        for module, (limit, _, what) in footprint.budgets()["modules"].items():
            self.assertLessEqual(sum(rows[module]), limit, what)
        ram = module_sizes.variables(IMAGE, total)
        self.assertEqual(sum(ram.values()), total["ram"])
        self.assertEqual(ram["arena"], total["arena"])
        self.assertTrue(0 <= ram["smaller ones"] < 4096, ram)


if __name__ == "__main__":
    IMAGE = sys.argv.pop(1)
    if not os.path.exists(IMAGE):
        print(f"skipped: there is no {IMAGE}: no compiler for the board")
        sys.exit(77)
    unittest.main(verbosity=2)
