#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--help of every command that speaks with a bridge, and tern-admin(1), name the
same commands and options.

    test_help.py TERN PAGE
"""
import re
import subprocess
import sys
import unittest


class Help(unittest.TestCase):
    tern = page = ""

    def help(self, *words):
        return subprocess.run([self.tern, *words, "--help"], check=True, capture_output=True, text=True, timeout=10).stdout

    def commands(self):
        """The words of each command, without its arguments."""
        found = re.findall(r"^  ([a-z]+(?: [a-z]+)?)(?: \[?[A-Z][^ ]*)* {1,}\S", self.help(), re.M)
        return [words for words in found if words.split()[0] not in ("provision", "doctor", "completion")]

    def setUp(self):
        with open(self.page, encoding="utf-8") as file:
            self.text = file.read().replace("\\-", "-")

    def test_every_command_is_in_both(self):
        self.assertGreater(len(self.commands()), 20)
        in_page = re.findall(r'^\.BI? "?tern ((?:[a-z]+ ?)+?)(?: "| \\fR|$)', self.text.split(".SH COMMANDS")[1], re.M)
        self.assertEqual(sorted(in_page), sorted(self.commands()))

    def test_every_option_is_in_both(self):
        in_help = {option for words in self.commands() for option in re.findall(r"^  (--[a-z-]+)", self.help(*words.split()), re.M)}
        in_page = set(re.findall(r"^\.TP\n\.BI? (--[a-z-]+)", self.text, re.M))
        self.assertEqual(in_help, in_page)

    def test_families_tell_their_commands(self):
        for words in self.commands():
            if " " in words:
                self.assertIn(f"  {words}", self.help(words.split()[0]))


if __name__ == "__main__":
    Help.page = sys.argv.pop(2)
    Help.tern = sys.argv.pop(1)
    unittest.main()
