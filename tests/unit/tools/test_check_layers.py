#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/check_layers.py finds each kind of violation, and nothing else."""
import os
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"

# A tree without a violation.
GOOD = {
    "src/base/bytes.h": SPDX + "#ifndef A\n#define A\n#include <stdint.h>\n#include <string.h>\n#endif\n",
    "src/store/flash.h": SPDX + "/*\n * words\n */\n#ifndef F\n#define F\n#include \"base/bytes.h\"\n#endif\n",
    "src/modem/at.h": SPDX + "int at;\n",
    "src/crypto/tls.h": SPDX + '#include "base/bytes.h"\n',
    "src/crypto/tls.c": SPDX + '#include "crypto/tls.h"\n#include <mbedtls/ssl.h>\n',
    "src/crypto/tls13.c": SPDX + "#include <stdint.h>\n#ifdef TLS13\nint x;\n#endif\n".replace(
        "#include <stdint.h>\n", ""),
    "src/device/device.c": SPDX + '#include "modem/at.h"\n#include "crypto/tls.h"\n',
    "include/tern.h": SPDX + '#ifndef T\n#define T\n#ifdef __cplusplus\nextern "C" {\n#endif\nint t;\n'
                             '#ifdef __cplusplus\n}\n#endif\n#endif\n',
    "boards/port.h": SPDX + '#include "store/flash.h"\n',
    "boards/stm32f103/port.c": SPDX + '#include "port.h"\n#include "uart.h"\n',
    "boards/stm32f103/uart.h": SPDX + "int u;\n",
    "boards/linux/port.c": SPDX + '#include "port.h"\n#include <stdio.h>\n',
    "app/demo/main.c": SPDX + '#include "port.h"\n#include "device/../modem/at.h"\n',
    "app/demo/demo.c": SPDX + '#include "modem/at.h"\n#include <string.h>\n',
    "host/virtual_modem/main.c": SPDX + '#include <sys/epoll.h>\n#include "base/bytes.h"\n',
    "tests/unit/base/test.c": SPDX + '#include <stdio.h>\n#include "modem/at.h"\n#if 1\nint a;\n#endif\nint b;\n',
}

# name, file, its text, a part of the message.
BAD = [
    ("base includes another layer", "src/base/x.c", '#include "modem/at.h"\n', "src/modem/at.h may not"),
    ("base includes stdio", "src/base/x.c", "#include <stdio.h>\n", "<stdio.h> may not"),
    ("modem includes crypto", "src/modem/x.c", '#include "crypto/tls.h"\n', "src/crypto/tls.h may not"),
    ("modem includes stdlib", "src/modem/x.c", "#  include <stdlib.h>\n", "<stdlib.h> may not"),
    ("cloud includes mbedTLS", "src/cloud/x.c", "#include <mbedtls/ssl.h>\n", "<mbedtls/ssl.h> may not"),
    ("device includes mbedTLS", "src/device/x.c", "#include <psa/crypto.h>\n", "<psa/crypto.h> may not"),
    ("a public header of crypto shows mbedTLS", "src/crypto/tls.h", "#include <mbedtls/ssl.h>\n", "stays in src/crypto"),
    ("store includes a board", "src/store/x.c", '#include "port.h"\n', "boards/port.h may not"),
    ("src includes app by a relative path", "src/modem/x.c", '#include "../../app/demo/demo.h"\n', "may not"),
    ("only main.c of an app sees the board", "app/demo/demo.c", '#include "port.h"\n', "boards/port.h may not"),
    ("app includes stdio", "app/demo/demo.c", "#include <stdio.h>\n", "<stdio.h> may not"),
    ("the chip's port includes stdio", "boards/stm32f103/port.c", "#include <stdio.h>\n", "<stdio.h> may not"),
    ("a board includes the modem", "boards/linux/port.c", '#include "modem/at.h"\n', "src/modem/at.h may not"),
    ("a board includes another board", "boards/linux/port.c", '#include "stm32f103/uart.h"\n', "may not"),
    ("the public header includes src", "include/tern.h", '#include "base/bytes.h"\n', "may not"),
    ("host includes a test", "host/virtual_modem/x.c", '#include "tests/unit/helper.h"\n', "may not"),
    ("a quoted file that is not there", "src/modem/x.c", '#include "modem/gone.h"\n', "is no file"),
    ("a folder that the table does not know", "src/newcomer/x.c", "int x;\n", "not in the table"),
    ("#if in the middle of a file", "src/modem/x.c", "int a;\n#if 1\nint b;\n#endif\n", "#if inside"),
    ("#ifdef before the rest", "src/modem/x.c", "#ifdef A\nint a;\n#endif\nint b;\n", "#if inside"),
    ("C++ guard around more than extern", "include/tern.h", "#ifdef __cplusplus\nint a;\n#endif\nint b;\n", "#if inside"),
    ("spaces for a tab", "src/modem/x.c", "int f(void)\n{\n        return 1;\n}\n", "spaces"),
    ("white space at the end", "src/modem/x.c", "int a; \n", "white space"),
    ("a line too long", "src/modem/x.c", "int a;" + " /* " + "x" * 120 + " */\n", "columns"),
    ("no newline at the end", "src/modem/x.c", "int a;", "newline"),
]


def run(tree):
    with tempfile.TemporaryDirectory() as root:
        for path, source in tree.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(source)
        return subprocess.run([sys.executable, os.path.join(TOP, "tools/check_layers.py"), root],
                              capture_output=True, text=True, timeout=60)


class CheckLayers(unittest.TestCase):
    def test_a_clean_tree_passes(self):
        result = run(GOOD)
        self.assertEqual((result.returncode, result.stdout), (0, f"{len(GOOD)} files checked, 0 violations\n"))

    def test_each_violation_is_found_alone(self):
        extra = {"app/demo/demo.h": SPDX + "int d;\n", "tests/unit/helper.h": SPDX + "int h;\n"}
        for name, path, source, message in BAD:
            with self.subTest(name):
                result = run({**GOOD, **extra, path: SPDX + source})
                self.assertEqual(result.returncode, 1, result.stdout)
                lines = result.stdout.splitlines()
                self.assertEqual(len(lines), 2, result.stdout)
                self.assertTrue(lines[0].startswith(path + ":"), lines[0])
                self.assertIn(message, lines[0])

    def test_a_missing_licence_line_is_found(self):
        result = run({**GOOD, "src/modem/x.c": "int a;\n"})
        self.assertEqual(result.returncode, 1)
        self.assertIn("src/modem/x.c:1: the first line", result.stdout)

    def test_includes_in_comments_do_not_count(self):
        result = run({**GOOD, "src/modem/x.c": SPDX + "/*\n#include <stdio.h>\n*/\n// #if 1\nint a;\n"})
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_an_empty_tree_is_an_error(self):
        self.assertEqual(run({}).returncode, 1)


if __name__ == "__main__":
    unittest.main()
