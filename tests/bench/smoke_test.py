# SPDX-License-Identifier: Apache-2.0
"""Tries the port of the STM32F103 board in QEMU, with the image smoke.

    smoke_test.py IMAGE [TEST...]      ends with 77 where there is no QEMU
"""
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import unittest
import zlib

import machine

IMAGE = None
FAULT_STATUS = 99


def address_of(symbol):
    """Where the linker put SYMBOL of the image."""
    text = subprocess.run(["arm-none-eabi-nm", IMAGE], check=True, capture_output=True, text=True).stdout
    return int(re.search(rf"^([0-9a-f]+) . {symbol}$", text, re.M)[1], 16)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tern smoke ")    # a path with a space
        self.addCleanup(folder.cleanup)
        self.nv = os.path.join(folder.name, "nv.bin")

    def boot(self, nv=..., ready=True):
        m = machine.Machine(IMAGE, self.nv if nv is ... else nv)
        self.addCleanup(m.__exit__)
        m.__enter__()
        if ready:
            m.console.read_until(b"ready\n")
        return m

    def command(self, m, name, timeout=20):
        """The lines of the answer, as a dict from name to value."""
        m.console.send(name.encode() + b"\n")
        text = m.console.read_until(b"ok\n", timeout).decode()
        return dict(line.split(" ", 1) for line in text.splitlines() if " " in line)


class Lines(Case):
    def test_both_lines_at_once_byte_for_byte(self):
        m = self.boot()
        data = random.Random(1).randbytes(20000)
        threading.Thread(target=m.modem.send, args=(data,), daemon=True).start()
        m.console.send(b"crc\n")
        threading.Thread(target=m.console.send, args=(data,), daemon=True).start()
        answer = m.console.read_until(b"ok\n", 60).decode().split()
        self.assertEqual(int(answer[1]), zlib.crc32(data))
        self.assertEqual(m.modem.read_exactly(len(data)), data)
        self.assertEqual(self.command(m, "faults"), {"overruns": "0", "noise": "0", "dropped": "0"})

    def test_a_flood_waits_while_the_program_is_busy(self):
        """Four times the console's ring arrive while nobody reads: none is lost."""
        m = self.boot()
        m.console.send(b"deaf\n" + b"what\n" * 400 + b"hello\n")
        m.console.read_until(b"awake\n")
        text = m.console.read_until(b"stack")
        self.assertEqual(text.count(b"what?\n"), 400)

    def test_output_larger_than_the_ring_comes_whole(self):
        m = self.boot()
        m.console.send(b"spout\n")
        text = m.console.read_until(b"end\n")
        line = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+\n"
        self.assertEqual(text, line * 320 + b"end\n")


class Time(Case):
    def test_a_second_has_a_thousand_ticks(self):
        got = self.command(self.boot(), "tick")
        self.assertIn(int(got["ticks"]), range(1000, 1003))

    def test_waiting_leaves_the_host_idle(self):
        m = self.boot()
        before = m.cpu_seconds()
        for _ in range(3):
            self.command(m, "tick")
        self.assertLess(m.cpu_seconds() - before, 1.5)


class Library(Case):
    def test_the_small_c_library_copies_compares_and_divides(self):
        self.assertEqual(self.command(self.boot(), "libc", 60),
                         {"copies": "0", "moves": "0", "divisions": "0", "strings": "0"})


class Starting(Case):
    def test_power_on_then_restart(self):
        m = self.boot()
        self.assertEqual(self.command(m, "hello")["reset"], "power-on")
        m.console.send(b"reset\n")
        self.assertEqual(m.console.read_until(b"ready\n"), b"going\nready\n")
        got = self.command(m, "hello")
        self.assertEqual(got["reset"], "software")
        self.assertEqual(got["id"], "12")

    def test_the_program_ends_with_its_status(self):
        m = self.boot()
        m.console.send(b"end\n")
        self.assertEqual(m.process.wait(10), 7)

    def test_the_stacks_are_painted(self):
        got = self.command(self.boot(), "hello")
        self.assertEqual(int(got["stack"]), 3584)
        self.assertIn(int(got["unused"]), range(1536, 3584))
        self.assertIn(int(got["interrupts-unused"]), range(256, 512))


class Flash(Case):
    def test_the_contract_and_what_stays(self):
        m = self.boot()
        got = self.command(m, "flash")
        page = bytearray(b"\xff" * 2048)
        page[16:32] = b"0123456789abcdef"
        self.assertEqual(got, {
            "pages": "64", "page": "2048",
            "erase": "OK", "erase-misaligned": "FLASH_RANGE", "erase-outside": "FLASH_RANGE",
            "program": "OK", "program-again": "FLASH_PROGRAM", "program-zero-again": "FLASH_PROGRAM",
            "program-half-over": "FLASH_PROGRAM", "program-misaligned": "FLASH_RANGE",
            "program-short": "FLASH_RANGE", "program-outside": "FLASH_RANGE",
            "read-outside": "FLASH_RANGE", "read-far": "FLASH_RANGE", "read": "OK",
            "crc": str(zlib.crc32(page))})
        m.console.send(b"reset\n")
        m.console.read_until(b"ready\n")
        self.assertEqual(self.command(m, "flash-read")["crc"], str(zlib.crc32(page)))
        m.kill()
        self.assertEqual(self.command(self.boot(), "flash-read")["crc"], str(zlib.crc32(page)))
        self.assertEqual(os.path.getsize(self.nv), 131072)

    def test_a_power_cut_leaves_a_prefix(self):
        """Killed while a page is written granule after granule: a prefix is there, the rest is erased."""
        m = self.boot()
        m.console.send(b"flash-wear\n")
        with self.assertRaises(TimeoutError):
            m.console.read_until(b"wear", 0.3)
        m.kill()
        with open(self.nv, "rb") as file:
            page = file.read(2048)
        written = len(page.rstrip(b"\xff") + b"\0" * 7) // 8
        rounds = {page[8 * i:8 * i + 4] for i in range(written)}
        self.assertLessEqual(len(rounds), 2)     # two while an erase is under way
        self.boot()

    def test_files_that_are_refused(self):
        short = self.nv + ".txt"
        with open(short, "w", encoding="ascii") as file:
            file.write("my thesis")
        rows = [
            ("no argument", None, r"last argument must be nv=FILE"),
            ("no name", "", r"last argument must be nv=FILE"),
            ("no folder", "/nonexistent/nv.bin", r"'/nonexistent/nv.bin' cannot be opened or made"),
            ("another file", short, r"my.*|'.*\.txt' is not a flash file"),
        ]
        for name, nv, want in rows:
            with self.subTest(name):
                m = self.boot(nv, ready=False)
                self.assertRegex(m.console.read_rest().decode(), want)
                self.assertEqual(m.process.wait(10), 3)
        with open(short, encoding="ascii") as file:
            self.assertEqual(file.read(), "my thesis")

    def test_a_file_whose_making_was_cut_short_is_finished(self):
        with open(self.nv, "wb") as file:
            file.write(b"\xff" * 4096)
        self.boot()
        self.assertEqual(os.path.getsize(self.nv), 131072)


class Faults(Case):
    ROWS = [
        # command               what the report says
        ("read-null",           "read or write not allowed at 0x00000000, pc 0x08"),
        ("read-member-of-null", "read or write not allowed at 0x00000010, pc 0x08"),
        ("write-null",          "read or write not allowed at 0x00000000, pc 0x08"),
        ("read-wild",           "read or write not allowed at 0x60000000, pc 0x08"),
        ("write-program",       "read or write not allowed at 0x08000100, pc 0x08"),
        ("write-past-ram",      "read or write not allowed at 0x20018000, pc 0x08"),
        ("write-guard",         "read or write not allowed at {guard:#010x}, pc 0x08"),
        ("jump-wild",           "jump to where no program is, pc 0x60000000"),
        ("jump-ram",            "jump to where no program is, pc 0x2000"),
        ("jump-peripheral",     "jump to where no program is, pc 0x40004400"),
        ("jump-settings",       "jump to where no program is, pc 0x080e0000"),
        ("divide",              "division by zero, pc 0x08"),
        ("undefined",           "undefined instruction, pc 0x08"),
        ("even-jump",           "jump to an even address, pc 0x08"),
        ("recurse",             "stack overflow"),
        ("large-frame",         "stack overflow"),
        ("supervisor-call",     "unexpected exception, pc 0x08"),
        ("interrupt",           "unexpected exception, pc 0x08"),
    ]

    def test_every_fault_says_where_and_ends_the_run(self):
        guard = address_of("ld_guard_bottom") + 128
        for name, want in self.ROWS:
            with self.subTest(name):
                m = self.boot()
                m.console.send(name.encode() + b"\n")
                text = m.console.read_rest().decode()
                self.assertIn("fault: " + want.format(guard=guard), text)
                self.assertRegex(text, r"fault: exception \d+ sp 0x[0-9a-f]{8} .*cfsr 0x[0-9a-f]{8} "
                                       r"hfsr 0x[0-9a-f]{8} mmfar 0x[0-9a-f]{8} bfar 0x[0-9a-f]{8}\r\n")
                self.assertEqual(m.process.wait(10), FAULT_STATUS)

    def test_a_main_loop_that_hangs_is_told_with_its_place(self):
        m = self.boot()
        m.console.send(b"hang\n")
        text = m.console.read_rest(90).decode()
        self.assertRegex(text, r"fault: the main loop did not come back, pc 0x08[0-9a-f]{6}, lr 0x08[0-9a-f]{6}\r\n")
        where = int(re.search(r"pc (0x[0-9a-f]{8})", text)[1], 16)
        self.assertIn(where & ~1, range(address_of("do_hang") & ~1, (address_of("do_hang") & ~1) + 16))
        self.assertEqual(m.process.wait(10), FAULT_STATUS)

    def test_text_before_the_fault_comes_out_first(self):
        m = self.boot()
        m.console.send(b"faults\nundefined\n")
        text = m.console.read_rest().decode()
        self.assertRegex(text, re.compile(r"dropped 0\nok\n.*fault: undefined", re.S))


if __name__ == "__main__":
    if machine.missing():
        print("skipped:", machine.missing())
        sys.exit(77)
    IMAGE = sys.argv.pop(1)
    if not os.path.exists(IMAGE):
        print(f"skipped: there is no {IMAGE}: no compiler for the board")
        sys.exit(77)
    unittest.main(verbosity=2)
