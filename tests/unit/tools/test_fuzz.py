#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/fuzz.py with targets made of shell: what it makes of their ends."""
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))

GOOD = "echo '#8 DONE cov: 42 ft: 50'; echo 'stat::number_of_executed_units: 1000'; touch %(found)s/new\n"
CRASH = ("echo 'SUMMARY: AddressSanitizer: heap-buffer-overflow'; echo 'stat::number_of_executed_units: 3'\n"
         "echo 'artifact; Test unit written to /some/where/crash-1'; exit 77\n")


class Fuzz(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.build = folder.name
        os.makedirs(os.path.join(self.build, "tests/fuzz"))

    def target(self, name, body):
        path = os.path.join(self.build, "tests/fuzz/fuzz_" + name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + body % {"found": os.path.join(self.build, "corpus", name)})
        os.chmod(path, 0o755)

    def command(self, *arguments):
        return [sys.executable, os.path.join(TOP, "tools/fuzz.py"), "--build", self.build, *arguments]

    def run_fuzz(self, *arguments):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=60)

    def test_all_targets_run_and_are_listed(self):
        self.target("one", GOOD)
        self.target("two", GOOD)
        result = self.run_fuzz("--duration", "1")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertRegex(result.stdout, r"(?m)^one +1000 +\d+ +42 +1  ok$")
        self.assertRegex(result.stdout, r"(?m)^two +1000 +\d+ +42 +1  ok$")
        self.assertIn("2 of 2 targets without a finding", result.stdout)

    def test_a_crash_is_shown_and_fails_but_the_others_still_run(self):
        self.target("bad", CRASH)
        self.target("good", GOOD)
        result = self.run_fuzz("--jobs", "1")
        self.assertEqual(result.returncode, 1)
        for part in ("FAILED", "heap-buffer-overflow", "fuzz_bad /some/where/crash-1", "logs/bad.log",
                     "1 of 2 targets without a finding"):
            self.assertIn(part, result.stdout)
        self.assertRegex(result.stdout, r"(?m)^good .* ok$")

    def test_a_target_that_ran_no_input_fails(self):
        self.target("idle", "exit 0\n")
        self.assertEqual(self.run_fuzz().returncode, 1)

    def test_one_target_by_name(self):
        self.target("one", GOOD)
        self.target("two", GOOD)
        result = self.run_fuzz("two")
        self.assertEqual(result.returncode, 0)
        self.assertNotRegex(result.stdout, r"(?m)^one ")

    def test_an_unknown_name_and_an_empty_folder_are_errors(self):
        self.assertIn("no targets", self.run_fuzz().stderr)
        self.target("one", GOOD)
        result = self.run_fuzz("three")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no target 'three'", result.stderr)

    def test_an_end_by_signal_leaves_no_target_running(self):
        self.target("slow", "echo $$ >%(found)s.pid; exec sleep 60\n")
        process = subprocess.Popen(self.command(), stdout=subprocess.PIPE)
        pid_file, end = os.path.join(self.build, "corpus/slow.pid"), time.monotonic() + 20
        while not (os.path.exists(pid_file) and os.path.getsize(pid_file)) and time.monotonic() < end:
            time.sleep(0.05)
        with open(pid_file, encoding="utf-8") as file:
            pid = int(file.read())
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        self.assertNotEqual(process.returncode, 0)
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)


if __name__ == "__main__":
    unittest.main()
