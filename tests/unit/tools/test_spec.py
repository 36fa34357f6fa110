#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SPEC.md against the headers, and its examples against the code and a second decoder.

    test_spec.py SPEC_EXAMPLE     the program built from spec_example.c
"""
import base64
import glob
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
KEY = "tests/data/keys/p256_sec1.pem"
CLAIMS = ["my-project-123456", "1700000000", "1700021600"]
PROGRAM = None


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


SPEC = read("SPEC.md")


def made(*args):
    """What SPEC_EXAMPLE prints."""
    return subprocess.run([PROGRAM, *args], cwd=TOP, check=True, capture_output=True, text=True).stdout


def number(path, name):
    """The value of an enum constant or macro in a header."""
    match = re.search(rf"\b{name}\s*=?\s+\(?([0-9xa-f*+ ]+?)u?\)?\s*(?:,|\n|/|\}})", read(path))
    return eval(match.group(1), {}) if match else None    # a product of two numbers at most


def section(title):
    """The text below a heading, up to the next one."""
    return re.search(rf"^#+ {re.escape(title)}.*?\n(.*?)(?=^##|\Z)", SPEC, re.M | re.S).group(1)


def code_block(text):
    return re.search(r"^```\n(.*?)^```", text, re.M | re.S).group(1)


def decode_area(area):
    """Chapter 1.2 once more: the values of one area, by key."""
    def granule(at):
        return area[8 * at:8 * at + 8]

    generation = int.from_bytes(granule(0)[1:4], "little")
    values, at = {}, 0
    while at < len(area) // 8:
        head = granule(at)
        crc = zlib.crc32(struct.pack("<II", generation, at) + head[:4])
        if crc != int.from_bytes(head[4:], "little"):
            at += 1
            continue
        kind, key, length = head[0], head[1], int.from_bytes(head[2:4], "little")
        if kind not in (0xb1, 0xb2, 0xb3):
            at += 1
            continue
        size = (length + 7) // 8
        payload = area[8 * (at + 1):8 * (at + 1 + size)]
        commit = granule(at + 1 + size)
        if commit != struct.pack("<II", zlib.crc32(head + payload), crc ^ 0xffffffff):
            at += 1
            continue
        values[key] = payload[:length] if kind == 0xb1 else None
        at += 2 + size
    return values


class TestNumbers(unittest.TestCase):
    def test_the_settings_table_is_that_of_settings_h(self):
        kinds = {"TEXT": "text", "U32": "u32", "I64": "i64", "BLOB": "blob"}
        rows = re.findall(r'X\(SETTINGS_\w+,\s*(\d+), "([^"]+)",\s*SETTINGS_(\w+),\s*(\d+), (true|false)\)',
                          read("src/store/settings.h"))
        want = [(no, name, kinds[kind], size, "yes" if secret == "true" else "")
                for no, name, kind, size, secret in rows]
        have = re.findall(r"^\| (\d+) \| (\S+) \| (\w+) \| (\d+) \| (\w*) ?\|", section("2.1 Settings"), re.M)
        self.assertGreater(len(want), 20)
        self.assertEqual(want, have)

    def test_the_pages_are_those_of_layout_h(self):
        layout = {name: number("src/store/layout.h", "LAYOUT_" + name) for name in
                  ("PAGE_SIZE", "SEED_PAGE", "SEED_PAGES", "SETTINGS_PAGE", "SETTINGS_PAGES", "HISTORY_PAGE", "HISTORY_PAGES", "LOG_PAGE")}
        first, half = layout["SETTINGS_PAGE"], layout["SETTINGS_PAGES"] // 2
        history, part = layout["HISTORY_PAGE"], layout["HISTORY_PAGES"] // 2
        text = section("1.1 Layout")
        for piece in (f"pages of {layout['PAGE_SIZE']}",
                      f"| {layout['SEED_PAGE']} to {layout['SEED_PAGE'] + layout['SEED_PAGES'] - 1} | the random seed",
                      f"| {first} to {first + 2 * half - 1} | the settings: area A in pages {first} to "
                      f"{first + half - 1}, area B in pages {first + half} to {first + 2 * half - 1}",
                      f"| {history} to {history + 2 * part - 1} | the history: area A in pages {history} to "
                      f"{history + part - 1}, area B in pages {history + part} to {history + 2 * part - 1}",
                      f"| from {layout['LOG_PAGE']} |"):
            self.assertIn(piece, text)

    def test_sizes_of_the_history_and_of_what_is_retained(self):
        size = {name: number("src/store/history.h", "HISTORY_" + name) for name in
                ("VERDICTS", "LINE_MAX", "NAME_MAX", "ICCID_MAX", "AGAIN_S", "DAY_S")}
        self.assertEqual((size["VERDICTS"], size["AGAIN_S"], size["DAY_S"]), (4, 3600, 86400), "as the text says")
        text = section("2.4 History")
        for piece in (f"| 1 | {20 + size['NAME_MAX'] + size['ICCID_MAX']} |", f"| 2 | {4 * size['VERDICTS']} |",
                      f"({size['NAME_MAX']}) and the SIM's ICCID ({size['ICCID_MAX']})",
                      f"| 4 to 7 | 14 to {14 + size['LINE_MAX']} |", f"cut to {size['LINE_MAX']} |"):
            self.assertIn(piece, text)
        retained = {name: number("src/device/retained.h", "RETAINED_" + name) for name in
                    ("LINE", "SIZE", "FEW", "HOLD_S", "HOLD_MAX_S")}
        self.assertEqual((retained["FEW"], retained["HOLD_S"], retained["HOLD_MAX_S"]), (3, 30, 1800), "as the text says")
        text = section("2.5 RAM")
        for piece in (f"60 bytes of the {retained['SIZE']}", f"terminating zero ({retained['LINE']})"):
            self.assertIn(piece, text)

    def test_the_types_of_kv_c(self):
        lists = re.search(r"enum type \{(.*?)\};", read("src/store/kv.c"), re.S).group(1)
        value, types = 0, {}
        for name, start in re.findall(r"(\w+)\s*(?:= (0x[0-9a-f]+))?,?", lists):
            value = int(start, 16) if start else value + 1
            types[name] = value
        for name in ("OPEN", "DONE", "SEAL", "SWITCH", "VOID", "PAD", "VALUE", "ERASED", "DAMAGED"):
            self.assertIn(f"| {types[name]:02x} | {name}", SPEC)

    def test_sizes_and_times_that_are_named(self):
        for name in ("TX_SIZE", "INBOX_SIZE", "STATE_SIZE", "SUBFOLDER_MAX", "RX_SIZE", "SLOTS"):
            self.assertIn(f"| `DEVICE_{name}` | {number('src/device/device.h', 'DEVICE_' + name)} |", SPEC)
        for row, name in (("CONNACK", "CONNACK"), ("PUBACK, SUBACK", "ACK"), ("PINGRESP", "PONG")):
            self.assertIn(f"| {row} | {number('src/device/device.h', f'DEVICE_{name}_S')} |", SPEC)
        life = number("src/device/device.h", "DEVICE_TOKEN_LIFE_S")
        for piece in (f"| token life | {life} | at 85 % of it ({life * 85 // 100})",
                      f"| keepalive | {number('src/device/device.h', 'DEVICE_KEEPALIVE_S')} s;",
                      f"reserved in the settings {number('src/device/device.h', 'DEVICE_SEQ_RESERVE')} at a time",
                      f"{number('src/console/console.h', 'CONSOLE_LINE_MAX')} bytes (`CONSOLE_LINE_MAX`)",
                      f"{number('src/crypto/tls.h', 'TLS_TX_SIZE')} (`TLS_TX_SIZE`)",
                      f"event {number('src/cloud/iotcore.h', 'IOTCORE_EVENT_MAX')}, state "
                      f"{number('src/cloud/iotcore.h', 'IOTCORE_STATE_MAX')}",
                      f"at most {number('src/modem/quectel.h', 'QUECTEL_HOST_SIZE') - 1} characters",
                      f"at most {number('src/modem/quectel.h', 'QUECTEL_FRAME_SIZE')};"):
            self.assertIn(piece, SPEC)

    def test_every_file_that_is_named_exists(self):
        for quoted, linked in re.findall(r"`([\w/]+\.(?:c|h|py|pem|md))`|\]\(([^)#]+)\)", SPEC):
            pattern = os.path.join(TOP, linked or ("" if "/" in quoted else "*/*/") + quoted)
            self.assertTrue(glob.glob(pattern), f"SPEC.md names {quoted or linked}")


class TestExamples(unittest.TestCase):
    def test_the_store_is_what_the_code_writes(self):
        shown = re.sub(r" {2,}.*", "", re.findall(r"^```\n(a1 .*?)^```", SPEC, re.M | re.S)[0])
        self.assertEqual(shown, made("store"))

    def test_the_store_is_read_by_what_is_written_here(self):
        area = bytes.fromhex(made("store"))
        self.assertEqual(decode_area(area), {2: (443).to_bytes(4, "little")})
        self.assertEqual(decode_area(area[:8 * 14]), {2: None})
        self.assertEqual(decode_area(area[:8 * 11]), {2: (8883).to_bytes(4, "little")})
        self.assertEqual(decode_area(area[:8 * 15] + b"\xbc" + area[8 * 15 + 1:]), {2: None}, "a damaged value")

    def test_the_login_is_what_the_code_sends(self):
        shown = b""
        for text, data in re.findall(r'"([^"]*)"|([0-9a-f ]+)', code_block(section("3. MQTT"))):
            shown += text.encode() if text else bytes.fromhex(data)
        self.assertEqual(shown.hex(), bytes.fromhex(made("login")).hex())

    def test_the_token_is_what_the_code_makes(self):
        shown = re.search(r"^(eyJ\S+)\n(\.\S+)\n(\.\S+)$", section("4. Token"), re.M)
        self.assertEqual("".join(shown.groups()), made("token", KEY, *CLAIMS).strip())

    def test_the_token_says_what_the_text_says(self):
        header, claims, signature = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
                                     for part in made("token", KEY, *CLAIMS).strip().split(".")]
        self.assertIn(header.decode(), section("4. Token"))
        self.assertIn(claims.decode(), section("4. Token"))
        self.assertEqual(json.loads(claims)["exp"] - json.loads(claims)["iat"],
                         number("src/device/device.h", "DEVICE_TOKEN_LIFE_S"))
        self.assertEqual(len(signature), 64)

    def test_the_token_is_good_by_openssl(self):
        token = made("token", KEY, *CLAIMS).strip()
        signed, signature = token.rsplit(".", 1)
        raw = base64.urlsafe_b64decode(signature + "==")

        def integer(data):
            data = data.lstrip(b"\0")
            data = b"\0" + data if data[0] & 0x80 else data
            return b"\x02" + bytes([len(data)]) + data

        der = integer(raw[:32]) + integer(raw[32:])
        with tempfile.TemporaryDirectory() as folder:
            for name, data in (("sig", b"\x30" + bytes([len(der)]) + der), ("text", signed.encode())):
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(data)
            done = subprocess.run(["openssl", "dgst", "-sha256", "-prverify", KEY, "-signature",
                                   os.path.join(folder, "sig"), os.path.join(folder, "text")],
                                  cwd=TOP, capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout.strip(), "Verified OK", done.stderr)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
