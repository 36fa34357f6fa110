#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/figures.py: README's figures are held, sizes exactly, others nearly."""
import os
import sys
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
sys.path.insert(0, os.path.join(TOP, "tools"))

import figures

FOUND = {name: figures.Count(value) for name, value in {
    "flash": 147456, "flash_codes": 140000, "modem": 14336, "ram": 51200, "arena": 22528, "stack": 3584,
    "ram_peak": 45000, "ram_idle": 30000, "tls_full": 45400000, "tls_resumed": 312345, "es256_sign": 5312345,
    "publish": 32400, "full_up": 740,
    "full_down": 4605, "full_round_trips": 4, "resumed_up": 873, "resumed_down": 242, "resumed_round_trips": 3,
    "arena_large": 19000, "arena_idle": 3600, "stack_deepest": 2600}.items()}


class Readme(unittest.TestCase):
    def setUp(self):
        self.rows = figures.readme_rows(FOUND)
        self.text = "\n".join(["# Tern", "| | measured |", *self.rows.values(), "| another | 5 |"])

    def wrong(self, old, new):
        self.assertIn(old, self.text)
        return figures.wrong_lines(self.text.replace(old, new), self.rows)

    def test_what_was_measured_is_right(self):
        self.assertEqual(figures.wrong_lines(self.text, self.rows), [])

    def test_more_bytes_of_flash_than_a_date_makes_are_wrong(self):
        (line, right), = self.wrong("147,456", "147,436")
        self.assertIn("147,436", line)
        self.assertIn("147,456", right)

    def test_a_few_instructions_are_not(self):
        self.assertEqual(self.wrong("45.4 M", "45.9 M"), [])
        self.assertEqual(len(self.wrong("45.4 M", "47.0 M")), 1)
        self.assertEqual(len(self.wrong("45.4 M instructions", "45.4 k instructions")), 1)

    def test_a_row_that_is_missing_is_told(self):
        (line, right), = self.wrong("| RAM used, connected and idle |", "| RAM |")
        self.assertIsNone(line)
        self.assertIn("30,000 bytes", right)

    def test_readme_has_each_row(self):
        with open(figures.README, encoding="utf-8") as file:
            text = file.read()
        for label in self.rows:
            self.assertIn(f"\n| {label} | ", text)

    def test_counts(self):
        for value, unit, text in [(147456, "", "147,456"), (45400000, "M", "45.4 M"), (312345, "M", "0.31 M"),
                                  (32400, "k", "32 k")]:
            self.assertEqual(format(figures.Count(value), unit), text)


class Trend(unittest.TestCase):
    def test_todays_row_stands_below_the_others(self):
        *_, before, now = figures.show_trend([*figures.read_trend(), figures.row_of("now", {"flash": 147456})])
        self.assertRegex(now, r"^  now +147,456 *$")
        self.assertRegex(before, r"\d")

    def test_every_committed_row_is_whole(self):
        rows = figures.read_trend()
        self.assertGreater(len(rows), 0)
        for row in rows:
            for name in figures.COLUMNS:
                self.assertRegex(row[name], r"^\d+$" if name != "ram_idle" else r"^\d*$", row["milestone"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
