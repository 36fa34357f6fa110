#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/pack_text.py: what is packed is what was written."""
import glob
import os
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
sys.path.insert(0, os.path.join(TOP, "tools"))

import pack_text

PACKER = [sys.executable, "-B", os.path.join(TOP, "tools/pack_text.py")]
SOURCES = sorted(glob.glob(f"{TOP}/src/*/*.[ch]") + glob.glob(f"{TOP}/app/demo/*.c") + glob.glob(f"{TOP}/boards/*/*.c"))

PROGRAM = r'''
#include <stdio.h>
#include <string.h>
#define T(text) "" text ""
#define TAIL " of the network"
#define NAME(name) T(#name)
static const char *const texts[] = { T("a \"quoted\" \\ %s\r\n"), T("the end" TAIL), NAME(ERR_THE_NETWORK),
	T("on two "
	  "lines of the network") };
int main(void)
{
	printf("%s|%d|", "the" " network" "", (int)sizeof T("the network"));
	for (int i = 0; i < 4; i++)
		printf("%s|", texts[i]);
	return __LINE__;
}
'''


def unpack(packed, codes):
    bits = "".join("0000000" if byte == 1 else f"{byte:08b}" for byte in packed)[1:]
    symbol = {code: symbol for symbol, code in codes.code.items()}
    text, code = "", ""
    for bit in bits:
        code += bit
        if code in symbol:
            if symbol[code] == pack_text.END:
                break
            text += symbol[code]
            code = ""
    return text


class Codes(unittest.TestCase):
    def test_every_text_of_the_tree_comes_back(self):
        texts = pack_text.texts_of(SOURCES)
        codes = pack_text.learn(texts)
        self.assertGreater(len(texts), 300)
        for text in texts:
            self.assertEqual(unpack(pack_text.pack(text, codes), codes), pack_text.stripped(text))
        plain, packed = sum(map(len, texts)), sum(len(pack_text.pack(text, codes)) for text in texts)
        self.assertLess(packed, 0.4 * plain)

    def test_every_character_has_a_code_that_its_frequency_deserves(self):
        codes = pack_text.learn(["eeee", "the"])
        for character in pack_text.CHARACTERS:
            for length in range(1, 17):
                text = character * length
                self.assertEqual(unpack(pack_text.pack(text, codes), codes), text)
        self.assertLess(len(codes.code["e"]), len(codes.code["q"]))

    def test_no_byte_is_zero_and_the_first_is_none_of_ascii(self):
        codes = pack_text.learn(["e" * 4096])
        zeros = next(symbol for symbol, code in codes.code.items() if set(code) == {"0"})
        for length in range(1, 64):
            packed = pack_text.pack(zeros * length, codes)
            self.assertNotIn(0, packed)
            self.assertGreater(packed[0], 0x7f)
            self.assertEqual(unpack(packed, codes), zeros * length)

    def test_the_empty_text_stays_empty(self):
        self.assertEqual(pack_text.pack("", pack_text.learn(["the network"])), b"")

    def test_the_table_is_read_as_it_was_written(self):
        codes = pack_text.learn(["the network is the network"] * 9)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "codes.c")
            pack_text.write_if_new(path, pack_text.codes_file(codes))
            read = pack_text.read_codes(path)
        self.assertEqual((read.code, read.halves, read.symbols), (codes.code, codes.halves, codes.symbols))

    def test_no_text_needs_more_memory_than_the_unpacker_has(self):
        codes = pack_text.learn(["a" * 4096 + "b"])
        def depth(symbol):
            first, second = codes.halves.get(symbol, (None, None))
            return max(depth(first) + 1, depth(second)) if first else 0
        self.assertLessEqual(max(map(depth, codes.symbols)), pack_text.DEPTH)
        self.assertLessEqual(len(codes.symbols), pack_text.SYMBOLS)

    def test_the_name_of_an_error_is_packed_without_its_prefix(self):
        codes = pack_text.learn(["ERR_ONE", "ERR_ON", "ONE is no ERR_ONE"])
        packed = [unpack(pack_text.pack(name, codes), codes) for name in ("ERR_", "ERR_ONE", "not ERR_ONE", "ERR_ONE x")]
        self.assertEqual(packed, ["", "ONE", "not ERR_ONE", "ERR_ONE x"])

    def test_only_ascii_is_text(self):
        for literals in ('"naïve"', r'"\x80"', r'"\001"'):
            with self.assertRaises(ValueError, msg=literals):
                pack_text.text_of(literals)


class Compiler(unittest.TestCase):
    def test_a_program_is_built_with_packed_texts(self):
        with tempfile.TemporaryDirectory() as folder:
            path = lambda name: os.path.join(folder, name)
            with open(path("a.c"), "w", encoding="utf-8") as file:
                file.write(PROGRAM)
            codes = pack_text.learn(["the network", "of the network", "ERR_THE_NETWORK"] * 9)
            pack_text.write_if_new(path("codes.c"), pack_text.codes_file(codes))
            subprocess.run([*PACKER, "compile", path("codes.c"), "cc", "-std=c11", "-Wall", "-Werror", "-MD", "-MT", "a.o",
                            "-MF", path("a.d"), "-o", path("a.o"), "-c", path("a.c")], check=True)
            subprocess.run(["cc", "-o", path("a"), path("a.o")], check=True)
            run = subprocess.run([path("a")], stdout=subprocess.PIPE, check=False)
            plain, size, *texts, rest = run.stdout.split(b"|")
            self.assertEqual((plain, rest), (b"the network", b""))
            self.assertEqual(int(size), len(pack_text.pack("the network", codes)) + 1)
            self.assertEqual([unpack(text, codes) for text in texts],
                             ['a "quoted" \\ %s\r\n', "the end of the network", "THE_NETWORK",
                              "on two lines of the network"])
            self.assertLess(len(texts[1]), len("the end of the network"))
            self.assertEqual(run.returncode, PROGRAM[:PROGRAM.index("__LINE__")].count("\n") + 1)
            with open(path("a.d"), encoding="utf-8") as file:
                self.assertIn("a.c", file.read())

    def test_what_does_not_compile_is_refused_by_the_compiler(self):
        with tempfile.TemporaryDirectory() as folder:
            path = lambda name: os.path.join(folder, name)
            with open(path("a.c"), "w", encoding="utf-8") as file:
                file.write('#define T(text) "" text ""\nextern const char *s;\nconst char *t = T(s);\n')
            pack_text.write_if_new(path("codes.c"), pack_text.codes_file(pack_text.learn([])))
            run = subprocess.run([*PACKER, "compile", path("codes.c"), "cc", "-o", path("a.o"), "-c", path("a.c")],
                                 stderr=subprocess.PIPE, text=True, check=False)
            self.assertNotEqual(run.returncode, 0)
            self.assertRegex(run.stderr, r"a\.c:3")


if __name__ == "__main__":
    unittest.main(verbosity=2)
