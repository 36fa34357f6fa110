#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The two tools that say what an image takes agree with each other.

    sizes_test.py IMAGE
"""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))

import footprint
import module_sizes

IMAGE = None

LISTING = """
08000000 00000010 T at_feed\tsrc/modem/at.c:12
08000010 00000008 t uart_isr\tboards/stm32f103/uart.c:7
08000018 00000020 T mbedtls_ecp_mul\t/build/deps/mbedtls/library/ecp.c:99
08000038 00000004 r table
20000020 00000400 b arena
20000420 00000010 b state.lto_priv.0
20000430 00000010 b state.lto_priv.1
         U memcpy
"""


class Sizes(unittest.TestCase):
    def test_lines_of_nm(self):
        self.assertEqual(module_sizes.symbols(LISTING), (
            {"src/modem": 16, "boards": 8, "mbedTLS": 32}, {"arena": 1024, "state": 32}))

    def test_an_image_is_told_apart(self):
        """The parts of a real image, and each is what its module has."""
        listing = subprocess.run(["arm-none-eabi-nm", "-S", "-l", IMAGE], capture_output=True, text=True,
                                 check=True).stdout
        total = footprint.footprint(IMAGE)
        flash, ram = module_sizes.tables(listing, total)
        self.assertEqual(sum(flash.values()), total["flash"])
        self.assertEqual(sum(ram.values()), total["ram"])
        self.assertEqual(ram["arena"], total["arena"])
        self.assertGreater(flash["mbedTLS"], 30000)
        self.assertGreater(flash["src/crypto"], 3000)
        self.assertLess(flash.get("other", 0), 1000)
        self.assertTrue(0 <= ram["smaller ones"] < 4096, ram)


if __name__ == "__main__":
    IMAGE = sys.argv.pop(1)
    if not os.path.exists(IMAGE):
        print(f"skipped: there is no {IMAGE}: no compiler for the board")
        sys.exit(77)
    unittest.main(verbosity=2)
