#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual pages and --help of the programs name the same options.

    test_manuals.py PROGRAM[:COMMAND]=PAGE...
"""
import re
import subprocess
import sys
import unittest

PAIRS = []


def in_help(program):
    text = subprocess.run([*program.split(":"), "--help"], check=True, capture_output=True, text=True, timeout=10).stdout
    return set(re.findall(r"^ +(--[a-z-]+)", text, re.M))


def in_manual(page):
    with open(page, encoding="utf-8") as file:
        return {name.replace("\\", "") for name in re.findall(r"^\.TP\n\.BR? (\\-\\-[a-z\\-]+)", file.read(), re.M)}


class TestManuals(unittest.TestCase):
    def test_every_option_is_in_both(self):
        self.assertTrue(PAIRS)
        for program, page in PAIRS:
            with self.subTest(page):
                self.assertTrue(in_help(program))
                self.assertEqual(in_help(program), in_manual(page))


if __name__ == "__main__":
    PAIRS = [argument.split("=", 1) for argument in sys.argv[1:]]
    unittest.main(argv=sys.argv[:1])
