#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tries tools/test_port.py: every defect that broken.c can give a port is found,
by the check that is there for it; so are answers that no board at hand gives.

    test_test_port.py BROKEN-PORT
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import types
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(TOP, "tools"))

import test_port                       # noqa: E402

BROKEN = None

DEFECTS = [
    # what broken.c does                     the check that must be red
    ("description empty",                    "describe"),
    ("description beyond its buffer",        "describe"),
    ("byte lost on the console",             "console.in"),
    ("byte twice on the console",            "console.out"),
    ("byte damaged on the modem's line",     "modem.loop"),
    ("slow line",                            "modem.loop"),
    ("short ring",                           "modem.away"),
    ("any baud accepted",                    "modem.baud-refused"),
    ("faults where there are none",          "uart.faults"),
    ("losses uncounted",                     "modem.flood"),
    ("clock half too fast",                  "clock.rate"),
    ("clock too slow",                       "clock.rate"),
    ("clock in steps of 50 ms",              "clock.steps"),
    ("clock goes back",                      "clock.steps"),
    ("idle spins",                           "idle.deadline"),
    ("idle late",                            "idle.deadline"),
    ("idle compares without wrapping",       "idle.past"),
    ("idle deaf to the console",             "idle.console"),
    ("idle deaf to the modem",               "idle.modem"),
    ("too few pages",                        "flash.shape"),
    ("erase leaves the page's end",          "flash.erase"),
    ("erase takes the page before along",    "flash.erase"),
    ("program needs aligned data",           "flash.program"),
    ("program of 8 bytes at most",           "flash.program"),
    ("second write swallowed",               "flash.twice"),
    ("program rounds down",                  "flash.misaligned"),
    ("erase rounds down",                    "flash.misaligned"),
    ("erase outside accepted",               "flash.outside"),
    ("read takes any range",                 "flash.outside"),
    ("reads aligned words only",             "flash.read"),
    ("read writes whole words",              "flash.read"),
    ("flash forgets at a restart",           "flash.reset"),
    ("noise constant",                       "noise.hardware"),
    ("noise stuck for a while",              "noise.hardware"),
    ("noise beyond its buffer",              "noise.hardware"),
    ("noise takes long",                     "noise.hardware"),
    ("noise runs dry",                       "noise.hardware"),
    ("noise that is denied",                 "noise.hardware"),
    ("memory's noise beyond its buffer",     "noise.memory"),
    ("id blank",                             "id.value"),
    ("id short",                             "id.value"),
    ("id another after a restart",           "id.value"),
    ("id beyond its buffer",                 "id.value"),
    ("cause always power-on",                "reset.cause"),
    ("clock forgets at a restart",           "clock.lasting"),
    ("clock off after a restart",            "clock.lasting"),
    ("fault told for ever",                  "fault.none"),
    ("retained memory cleared at a restart", "retained.kept"),
    ("retained memory elsewhere each time",  "retained.kept"),
    ("retained memory misaligned",           "retained.kept"),
]
# Seen only behind the checks that it spoils.
BEHIND = [("erase spoils the seed",          ["flash.erase", "flash.stores"], "flash.stores")]


def run(defect, checks, board="linux"):
    only = [word for check in checks for word in ("--only", check)]
    return subprocess.run([sys.executable, "-B", os.path.join(TOP, "tools/test_port.py"), board, "--image", BROKEN, *only],
                          capture_output=True, text=True, timeout=240, check=False,
                          env={**os.environ, "TERN_DEFECT": defect})


class Broken(unittest.TestCase):
    def test_a_port_without_a_defect_passes(self):
        result = run("", [])
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertRegex(result.stdout, rf"{len(test_port.CHECKS)} checks, 0 failed")

    def test_every_defect_is_found_by_its_check(self):
        rows = [(defect, [check], check) for defect, check in DEFECTS] + BEHIND
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda row: run(row[0], row[1]), rows))
        for (defect, _, check), result in zip(rows, results):
            with self.subTest(defect):
                self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
                self.assertRegex(result.stdout, rf"(?m)^FAIL  {check} .*\S")

    def test_what_cannot_begin_is_status_2_and_named(self):
        rows = [
            (["nonsense"],                                        "there is no board 'nonsense'"),
            (["stm32f103"],                                       "--tty says where its console is"),
            (["stm32f103", "--tty", "/dev/null"],                 "'/dev/null' is no serial port"),
            (["stm32f103", "--tty", "/nowhere"],                  "'/nowhere' is no serial port"),
            (["linux", "--only", "nonsense"],                     "there is no check 'nonsense'"),
            (["linux", "--image", "/nowhere"],                    "there is no /nowhere"),
            (["linux", "--image", "/bin/true"],                   "nobody listens|the program has ended"),
        ]
        for arguments, want in rows:
            with self.subTest(" ".join(arguments)):
                result = subprocess.run([sys.executable, "-B", os.path.join(TOP, "tools/test_port.py"), *arguments],
                                        capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual(result.returncode, 2, result.stdout)
                self.assertRegex(result.stderr, want)


class Canned(unittest.TestCase):
    """Answers of a chip, which is not at hand."""

    def canned(self, *answers):
        answers = list(answers)
        return types.SimpleNamespace(
            traits=test_port.CHIP, board=types.SimpleNamespace(returner=None), restart=lambda *_: None,
            ask=lambda *_, **__: answers.pop(0))

    def refused(self, check, *answers):
        with self.assertRaises(test_port.Wrong) as caught:
            test_port.CHECKS[check](self.canned(*answers))
        return str(caught.exception)

    def test_a_uart_of_the_wrong_speed(self):
        chip = self.canned()
        self.assertIn("11490 a second", test_port.rate_of(chip, 20000, 1740.6))
        for ms in (1600, 2100):       # 8 % too fast; gaps between the bytes
            with self.assertRaises(test_port.Wrong):
                test_port.rate_of(chip, 20000, ms)

    def test_a_missing_jumper(self):
        self.assertIn("join TX and RX", self.refused("modem.loop", {"sent": 20000, "got": 0, "right": 0, "crc": 0, "ms": 0}))

    def test_faults(self):
        kept, none, cause = {"fault": "undefined"}, {"fault": ""}, {"reset": "fault"}
        self.assertEqual(test_port.CHECKS["fault.kept"](self.canned(kept, cause, none)), "undefined")
        self.assertIn("knows of none", self.refused("fault.kept", none))
        self.assertIn("not 'fault'", self.refused("fault.kept", kept, {"reset": "software"}))
        self.assertIn("still told", self.refused("fault.kept", kept, cause, kept))

    def test_a_watchdog_that_bites_too_early(self):
        self.assertIn("it bit after", self.refused("watchdog", {"reset": "watchdog"}))

    def test_noise_that_is_dead(self):
        live = {"has": 1, "samples": 1024, "distinct": 9, "longest": 14, "most": 300, "call-ms": 1, "ms": 12, "beyond": 0}
        self.assertIn("1024 samples", test_port.CHECKS["noise.adc"](self.canned(live)))
        for name, value in [("distinct", 1), ("longest", 301), ("most", 1020), ("call-ms", 4), ("samples", 1023)]:
            with self.subTest(name):
                self.refused("noise.adc", {**live, name: value})

    def test_a_sleep_that_ends_late_or_not_at_all(self):
        good = {"elapsed": 501, "calls": 2}
        test_port.held_sleep(self.canned(), good, 500)
        for got in ({"elapsed": 503, "calls": 2}, {"elapsed": 499, "calls": 2}, {"elapsed": 500, "calls": 3000}):
            with self.assertRaises(test_port.Wrong):
                test_port.held_sleep(self.canned(), got, 500)

    def test_a_temperature_that_is_none(self):
        facts = {"board": "x", "reset": "power-on", "beyond": 0, "len": 1, "tenths": 2731}
        tester = self.canned()
        tester.meet = lambda: facts
        with self.assertRaises(test_port.Wrong):
            test_port.CHECKS["describe"](tester)
        facts["tenths"] = 234
        self.assertIn("23.4", test_port.CHECKS["describe"](tester))

    def test_a_button_that_is_inverted(self):
        facts = {"board": "x", "reset": "power-on", "beyond": 0, "len": 1, "button": 1}
        tester = self.canned()
        tester.meet = lambda: facts
        with self.assertRaises(test_port.Wrong):
            test_port.CHECKS["describe"](tester)
        facts["button"] = 0
        self.assertIn("power-on", test_port.CHECKS["describe"](tester))

    def test_every_function_of_port_h_is_called(self):
        with open(os.path.join(TOP, "boards/port.h"), encoding="utf-8") as file:
            promised = set(re.findall(r"\bport_\w+(?=\()", re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)))
        folder = os.path.join(TOP, "app/port_test")
        called = set()
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                called |= set(re.findall(r"\bport_\w+", file.read()))
        self.assertGreater(len(promised), 20)
        self.assertEqual(promised - called, set())

    def test_the_pattern_is_that_of_the_image(self):
        """Of pattern.h by hand: seed 1."""
        state = 2654435761 | 1
        state ^= state << 13 & 0xffffffff
        state ^= state >> 17
        state ^= state << 5 & 0xffffffff
        self.assertEqual(test_port.pattern(1, 1)[0], state >> 24)


if __name__ == "__main__":
    BROKEN = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
