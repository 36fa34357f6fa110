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

# | is a blank at the end of a line.
MAP = """
Linker script and memory map

.text           0x08000000       0x1c
 .text.a_function_with_a_name_that_is_long
                0x08000000       0x10 src/modem/libtern_modem.a(at.c.obj)
 *fill*         0x08000010        0x4|
 .text.b        0x08000014        0x8 boards/qemu/CMakeFiles/tern_port.dir/__/stm32f103/uart.c.obj
.stacks         0x20000000       0x20
 *fill*         0x20000000       0x20|
.data           0x20000020        0x4 load address 0x0800001c
 .data.state    0x20000020        0x4 src/crypto/libtern_mbedtls_tls12.a(ecp.c.obj)
 .bss.arena     0x20000024       0x40 app/demo/CMakeFiles/tern-demo.dir/main.c.obj
 .debug_info    0x08000000       0x99 src/modem/libtern_modem.a(at.c.obj)
""".replace("|", " ")


class Sizes(unittest.TestCase):
    def test_lines_of_a_map(self):
        self.assertEqual(module_sizes.sizes(MAP), {
            "src/modem": [16, 0], "alignment": [4, 0], "boards": [8, 0], "stacks": [0, 32], "mbedTLS": [4, 4],
            "TLS arena": [0, 64]})

    def test_sums_agree(self):
        """Strings that the linker merges count twice in the map: some bytes."""
        with open(IMAGE + ".map", encoding="utf-8") as file:
            found = module_sizes.sizes(file.read())
        total = footprint.footprint(IMAGE)
        self.assertAlmostEqual(sum(row[0] for row in found.values()), total["flash"], delta=128)
        self.assertAlmostEqual(sum(row[1] for row in found.values()), total["ram"], delta=16)
        self.assertEqual(found["stacks"][1], total["stacks"])
        self.assertEqual(found["TLS arena"][1], total["arena"])
        self.assertNotIn("other", found)


if __name__ == "__main__":
    IMAGE = sys.argv.pop(1)
    if not os.path.exists(IMAGE):
        print(f"skipped: there is no {IMAGE}: no compiler for the board")
        sys.exit(77)
    unittest.main(verbosity=2)
