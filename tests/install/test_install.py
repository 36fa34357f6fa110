#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cmake --install, find_package(tern), and what libtern.a shows to a linker."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(TOP, "tools"))

from ternlab import certs                                        # noqa: E402
from ternlab.broker import Broker, message                       # noqa: E402
from ternlab.lab import Lab                                      # noqa: E402
from ternlab.modem import Modem                                  # noqa: E402
from ternlab.whole import HOST, PORT, connection_string          # noqa: E402

BUILD = os.path.join(TOP, "build/host-release")
CHIP = os.path.join(TOP, "build/stm32f103/package/libtern.a")

# What libtern.a may ask of the system that it is linked into: no allocator, no
# file, no clock, no output.  The last line is what mbedTLS uses where there is a
# Unix, to read addresses and to name certificates.
SYSTEM = {"memcpy", "memmove", "memset", "memcmp", "memchr", "strlen", "strcmp", "strncmp", "strncpy", "strchr", "strstr",
          "__udivti3", "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_",
          "explicit_bzero", "inet_pton", "snprintf"}


def run(*command, timeout=500):
    result = subprocess.run(command, capture_output=True, text=True, timeout=timeout, cwd=TOP)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: status {result.returncode}\n{result.stdout}\n{result.stderr}")
    return result.stdout


def nm(*arguments, tool="nm"):
    return [line.split()[-1] for line in run(tool, *arguments).splitlines() if line and not line.endswith(":")]


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.prefix = os.path.join(cls.folder.name, "prefix")
        run("cmake", "--preset", "host-release", "--log-level=WARNING")
        run("cmake", "--build", BUILD, "--target", "tern", "tern-cli", "tern-modem", "tern-device", "tern-bridge")
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        cls.library = os.path.join(cls.prefix, run("sh", "-c", f"cd {cls.prefix} && find . -name libtern.a").strip())

    def build_outside(self, source):
        """A copy-free build of a project that sees only the installed package; the program's path."""
        name = os.path.basename(source)
        build = os.path.join(self.folder.name, name)
        run("cmake", "-G", "Ninja", "-S", os.path.join(TOP, source), "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("cmake", "--build", build)
        return os.path.join(build, name)

    def declared(self):
        with open(os.path.join(self.prefix, "include/tern.h"), encoding="utf-8") as file:
            code = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        return set(re.findall(r"\b(tern_[a-z0-9_]+)\(", code))

    def test_the_library_shows_the_functions_of_tern_h_and_nothing_else(self):
        self.assertEqual(set(nm("--defined-only", "--extern-only", self.library)), self.declared())

    @unittest.skipUnless(os.path.exists(CHIP) and shutil.which("arm-none-eabi-nm"), "no build for the chip")
    def test_the_same_holds_for_the_chip(self):
        self.assertEqual(set(nm("--defined-only", "--extern-only", CHIP, tool="arm-none-eabi-nm")), self.declared())
        asked = nm("--undefined-only", CHIP, tool="arm-none-eabi-nm")
        self.assertEqual([name for name in asked if name not in SYSTEM and not name.startswith("__aeabi_")], [])

    def test_the_library_asks_for_nothing_that_a_chip_does_not_have(self):
        self.assertEqual(set(nm("--undefined-only", self.library)) - SYSTEM, set())

    def test_the_header_stands_alone_in_c_and_in_cplusplus(self):
        compilers = [("c", "gcc"), ("c++", "g++"), ("c++", "clang")]
        for language, compiler in [pair for pair in compilers if pair[0] == "c" or shutil.which(pair[1])]:
            with self.subTest(compiler):
                run(compiler, "-x", language, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
                    os.path.join(self.prefix, "include/tern.h"))

    def test_a_program_with_clashing_names_links_and_works(self):
        run(self.build_outside("tests/install/clash"), timeout=20)

    def test_the_example_outside_the_tree_builds_and_names_bad_input(self):
        hello = self.build_outside("examples/hello")
        result = subprocess.run([hello, "/nowhere", "not a host", "8883", "x", "y", "z"], capture_output=True, text=True,
                                timeout=20)
        self.assertEqual(result.returncode, 1)
        self.assertIn("not a host", result.stderr)

    def test_the_example_publishes_through_the_installed_modem(self):
        hello = self.build_outside("examples/hello")
        with Lab(os.path.join(self.folder.name, "lab")) as lab:
            chain = certs.Chain(lab.path("certs"), HOST)
            broker = Broker(lab, chain)
            broker.subscribe()
            modem = Modem(lab, {f"{HOST}:{PORT}": f"127.0.0.1:{broker.port}"},
                          program=os.path.join(self.prefix, "bin/tern-modem"))
            process = lab.start("hello", [hello, modem.socket, HOST, str(PORT), connection_string("f103"),
                                          chain.root.certificate, certs.make_key(lab.secret("key"))],
                                stdout=subprocess.PIPE)
            lab.read_from("hello", process.output())
            lab.wait("hello", "acknowledged: message", 60)
            self.assertEqual(message(lab.wait("cloud", "hello", 5)), ("/devices/f103/events", "hello"))

    def test_programs_and_manual_pages_are_installed(self):
        for program in ("tern", "tern-modem", "tern-device", "tern-bridge"):
            with self.subTest(program):
                run(os.path.join(self.prefix, "bin", program), "--help", timeout=20)
        for page in ("man1/tern.1", "man1/tern-admin.1", "man1/tern-provision.1", "man1/tern-modem.1", "man1/tern-device.1",
                     "man1/tern-bridge.1", "man5/tern-bridge.conf.5"):
            self.assertTrue(os.path.exists(os.path.join(self.prefix, "share/man", page)), page)

    def test_the_unit_starts_the_program_that_is_installed(self):
        with open(os.path.join(self.prefix, "lib/systemd/system/tern-bridge.service"), encoding="utf-8") as file:
            self.assertIn(f"ExecStart={self.prefix}/bin/tern-bridge --config /etc/tern-bridge/tern-bridge.conf\n", file.read())

    def test_nothing_that_is_installed_names_this_machine(self):
        for folder, _, names in os.walk(self.prefix):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    self.assertNotIn(TOP.encode(), file.read(), name)


if __name__ == "__main__":
    unittest.main()
