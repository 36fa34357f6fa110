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


def unpack(packed, learned):
    pairs = dict(learned)
    out, stack = [], list(reversed(packed))
    while stack:
        code = stack.pop()
        stack.extend(reversed(pairs[code])) if code in pairs else out.append(chr(code))
    return "".join(out)


class Codes(unittest.TestCase):
    def test_every_text_of_the_tree_comes_back(self):
        texts = pack_text.texts_of(SOURCES)
        learned = pack_text.learn(texts)
        self.assertGreater(len(texts), 300)
        for text in texts:
            self.assertEqual(unpack(pack_text.pack(text, learned), learned), text)
        plain, packed = sum(map(len, texts)), sum(len(pack_text.pack(text, learned)) for text in texts)
        self.assertLess(packed, 0.6 * plain)

    def test_the_table_is_read_as_it_was_written(self):
        learned = pack_text.learn(["the network is the network"] * 9)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "codes.c")
            pack_text.write_if_new(path, pack_text.codes_file(learned))
            self.assertEqual(pack_text.read_codes(path), learned)

    def test_no_text_needs_more_memory_than_the_unpacker_has(self):
        depth = {}
        for code, (a, b) in pack_text.learn(["a" * 4096 + "b"]):
            depth[code] = max(depth.get(a, 0) + 1, depth.get(b, 0))
        self.assertLessEqual(max(depth.values()), pack_text.DEPTH)

    def test_a_prefix_is_packed_apart(self):
        learned = pack_text.learn(["ERR_ERR", "ERR_ONE", "ERR_ON"] * 9)
        packed = {name: pack_text.pack(name, learned) for name in ("ERR_", "ERR_ONE")}
        self.assertTrue(packed["ERR_ONE"].startswith(packed["ERR_"]))
        self.assertEqual(unpack(packed["ERR_ONE"][len(packed["ERR_"]):], learned), "ONE")

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
            learned = pack_text.learn(["the network", "of the network", "ERR_THE_NETWORK"] * 9)
            pack_text.write_if_new(path("codes.c"), pack_text.codes_file(learned))
            subprocess.run([*PACKER, "compile", path("codes.c"), "cc", "-std=c11", "-Wall", "-Werror", "-MD", "-MT", "a.o",
                            "-MF", path("a.d"), "-o", path("a.o"), "-c", path("a.c")], check=True)
            subprocess.run(["cc", "-o", path("a"), path("a.o")], check=True)
            run = subprocess.run([path("a")], stdout=subprocess.PIPE, check=False)
            plain, size, *texts, rest = run.stdout.split(b"|")
            self.assertEqual((plain, rest), (b"the network", b""))
            self.assertEqual(int(size), len(pack_text.pack("the network", learned)) + 1)
            self.assertEqual([unpack(text, learned) for text in texts],
                             ['a "quoted" \\ %s\r\n', "the end of the network", "ERR_THE_NETWORK",
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
            pack_text.write_if_new(path("codes.c"), pack_text.codes_file([]))
            run = subprocess.run([*PACKER, "compile", path("codes.c"), "cc", "-o", path("a.o"), "-c", path("a.c")],
                                 stderr=subprocess.PIPE, text=True, check=False)
            self.assertNotEqual(run.returncode, 0)
            self.assertRegex(run.stderr, r"a\.c:3")


if __name__ == "__main__":
    unittest.main(verbosity=2)
