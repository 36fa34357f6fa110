#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/wiring.md names every wire of boards/stm32f103/pin_map.h, and no pin that is not there."""
import os
import re
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as file:
        return file.read()


class Wiring(unittest.TestCase):
    def setUp(self):
        rows = re.findall(r"\[PIN_(\w+)\]\s*=\s*\{ GPIO([A-G]),\s*(\d+),.*?/\*(.*?)\*/", read("boards/stm32f103/pin_map.h"))
        self.pins = {name: (f"P{port}{number}", re.search(r"HW (\w+ \d+)", comment)) for name, port, number, comment in rows}
        self.document = read("docs/wiring.md")
        self.table = [line for line in self.document.splitlines() if line.startswith("| P")]
        self.picture = self.document.split("```")[1]

    def test_every_pin_is_in_the_table_and_in_the_picture(self):
        self.assertGreaterEqual(len(self.pins), 11)
        for name, (pin, module) in self.pins.items():
            with self.subTest(name):
                rows = [line for line in self.table if re.search(rf"\b{pin}\b", line)]
                self.assertEqual(len(rows), 1)
                if name != "LED":
                    self.assertRegex(self.picture, rf"\b{pin}\b")
                if module:
                    self.assertIn(module[1], rows[0])
                    self.assertIn(module[1], self.picture)

    def test_no_other_pin_is_named(self):
        self.assertEqual(set(re.findall(r"\bP[A-G]\d+\b", "".join(self.table) + self.picture)),
                         {pin for pin, _ in self.pins.values()})

    def test_the_build_s_choices_are_those_of_the_board(self):
        options = set(re.findall(r"-D(TERN_\w+)=", self.document))
        self.assertEqual(options, {"TERN_MODEM_LINES", "TERN_MODEM_FLOW", "TERN_STOP"})
        for option in options:
            self.assertIn(f"option({option} ", read("boards/stm32f103/sources.cmake"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
