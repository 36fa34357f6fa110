#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/flash.py: the command for each board and probe, what is refused, what a failure of OpenOCD is called."""
import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
sys.path.insert(0, os.path.join(TOP, "tools"))

import flash                           # noqa: E402


def elf(*loads):
    """An ELF file that loads (physical address, bytes)."""
    header = b"\x7fELF\x01\x01" + bytes(22) + struct.pack("<I", 52) + bytes(10) + struct.pack("<HH", 32, len(loads)) + bytes(6)
    rows = b"".join(struct.pack("<8I", 1, 52, 0x20000000, at, size, size, 5, 4) for at, size in loads)
    return header + rows


class Flash(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tern flash ")     # a path with a space
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.image = self.write("image.elf", elf((0x08000000, 160000), (0x08027100, 200)))

    def write(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def run_flash(self, *words, path=None):
        environment = {**os.environ, **({"PATH": path} if path is not None else {})}
        return subprocess.run([sys.executable, "-B", os.path.join(TOP, "tools/flash.py"), *words], capture_output=True,
                              text=True, timeout=60, env=environment, check=False)

    def with_openocd(self, status, output):
        """Runs with an openocd that says OUTPUT; the words that it was given."""
        log = os.path.join(self.folder, "log")
        script = self.write("openocd", f"#!/bin/sh\nprintf '%s\\n' \"$@\" >'{log}'\ncat <<'EOT'\n{output}\nEOT\n"
                                       f"exit {status}\n".encode())
        os.chmod(script, 0o755)
        result = self.run_flash("stm32f103", "stlink", self.image, path=f"{self.folder}:{os.environ['PATH']}")
        with open(log, encoding="utf-8") as file:
            return result, file.read().splitlines()

    def test_the_steps_and_their_order(self):
        result, words = self.with_openocd(0, "wrote 160200 bytes")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("160200 bytes written at 0x08000000, verified", result.stdout)
        self.assertEqual(words, ["-f", "interface/stlink.cfg", "-c", "transport select hla_swd", "-f", "target/stm32f1x.cfg",
                                 "-c", "init", "-c", "reset halt", "-c", f"flash write_image erase {{{self.image}}}",
                                 "-c", f"verify_image {{{self.image}}}", "-c", "reset run", "-c", "shutdown"])

    def test_no_board_and_no_probe_is_erased_as_a_whole(self):
        for board in flash.BOARDS:
            for probe in flash.PROBES:
                with self.subTest(board=board, probe=probe):
                    shown = self.run_flash(board, probe, self.image, "--print", "--serial", "0671FF")
                    self.assertEqual(shown.returncode, 0, shown.stderr)
                    words = shlex.split(shown.stdout)
                    self.assertIn("adapter serial 0671FF", words)
                    self.assertFalse([word for word in words if re.search("mass|unlock|option|erase_(?:sector|address)", word)])

    @unittest.skipUnless(shutil.which("openocd"), "openocd is not installed")
    def test_openocd_takes_every_configuration(self):
        for board in flash.BOARDS.values():
            for probe in flash.PROBES.values():
                with self.subTest(f"{probe.interface} {board.target}"):
                    words = flash.command(board, probe, self.image)
                    words = words[:words.index("init") - 1] + ["-c", "shutdown"]
                    result = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
                    self.assertEqual(result.returncode, 0, result.stderr)

    @unittest.skipUnless(shutil.which("openocd"), "openocd is not installed")
    def test_without_a_probe_openocd_s_own_words_are_understood(self):
        if os.path.isdir("/dev/bus/usb") and os.listdir("/dev/bus/usb"):
            self.skipTest("there is USB here, and there may be a probe")
        for probe in flash.PROBES:
            with self.subTest(probe):
                result = self.run_flash("stm32l496", probe, self.image)
                self.assertEqual(result.returncode, 1)
                self.assertIn(f"no {flash.PROBES[probe].name} found on USB", result.stderr)

    def test_failures_have_a_sentence(self):
        rows = [
            ("Error: open failed",                                              "no ST-LINK found on USB"),
            ("Error: libusb_open() failed with LIBUSB_ERROR_ACCESS\nError: open failed", "may not use the ST-LINK"),
            ("Error: init mode failed (unable to connect to the target)",       "the chip does not answer"),
            ("Warn : UNEXPECTED idcode: 0x1ba01477",                            "not that of the board stm32f103"),
            ("Error: stm32x device protected\nError: failed erasing sectors 0 to 78", "is protected"),
            ("wrote 160200 bytes from file\nError: checksum mismatch - attempting binary compare", "does not read back"),
            ("Error: something new",                                            "OpenOCD says: something new"),
        ]
        for said, want in rows:
            with self.subTest(want):
                result, _ = self.with_openocd(1, said)
                self.assertEqual(result.returncode, 1)
                self.assertIn(want, result.stderr.splitlines()[-1])

    def test_an_image_outside_its_place_is_refused(self):
        rows = [
            ("the stores",         elf((0x08000000, 0xe0001)),                        "settings, key and seed"),
            ("the second bank",    elf((0x08000000, 100), (0x080ff800, 2048)),        "settings, key and seed"),
            ("RAM",                elf((0x20000000, 100)),                            "it loads 0x20000000"),
            ("nothing",            elf(),                                             "loads nothing"),
            ("no ELF",             b"hello",                                          "no ELF file"),
            ("a 64-bit ELF",       b"\x7fELF\x02\x01" + bytes(100),                   "no ELF file"),
            ("a cut ELF",          elf((0x08000000, 100))[:60],                       "is not written"),
        ]
        for name, data, want in rows:
            with self.subTest(name):
                result = self.run_flash("stm32f103", "stlink", self.write("bad.elf", data), "--print")
                self.assertEqual(result.returncode, 1)
                self.assertIn(want, result.stderr)
                self.assertEqual(result.stdout, "")
        self.assertEqual(self.run_flash("stm32f103", "stlink", "/nowhere.elf").returncode, 1)

    def test_wrong_arguments_are_named(self):
        for words, want in [(("stm32f999", "stlink", self.image), "stm32f999"), (("stm32f103", "x", self.image), "'x'"),
                            (("stm32f103", "stlink", self.image, "--serial", "a; shutdown"), "a; shutdown"),
                            (("stm32f103", "stlink", "a}b"), "a}b")]:
            with self.subTest(want):
                result = self.run_flash(*words)
                self.assertEqual(result.returncode, 2)
                self.assertIn(want, result.stderr)

    def test_without_openocd_the_way_to_it_is_said(self):
        result = self.run_flash("stm32f103", "stlink", self.image, path="/nowhere")
        self.assertEqual(result.returncode, 1)
        self.assertIn("tools/setup.sh flash", result.stderr)

    def test_the_stores_begin_where_the_boards_have_them(self):
        for name, board in flash.BOARDS.items():
            with self.subTest(name), open(os.path.join(TOP, "boards", name, "part.h"), encoding="utf-8") as file:
                start, = re.findall(r"PART_FLASH_START = (0x[0-9a-f]+)", file.read())
                self.assertEqual(int(start, 16), board.flash.stop)


if __name__ == "__main__":
    unittest.main(verbosity=2)
