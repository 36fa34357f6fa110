#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/release.py: complete, silent about this machine, and the same bytes from another folder."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(TOP, "tools"))

import release                         # noqa: E402

# What a build for a chip reads of the repository.
SOURCES = ["CMakeLists.txt", "CMakePresets.json", "LICENSE", "app", "boards", "cmake", "include", "src", "tests/bench", "tools"]
BUILT = [f"{place}/{image}.{ending}" for image, place in release.IMAGES.items() for ending in ("elf", "bin", "hex")]
BUILT += ["package/libtern.a"]


def run(*command, **options):
    result = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: status {result.returncode}\n{result.stdout}\n{result.stderr}")
    return result.stdout


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tern-release-")
        self.addCleanup(folder.cleanup)
        self.work = folder.name


class Files(Case):
    def setUp(self):
        super().setUp()
        self.folder = release.collect(os.path.join(TOP, "build"), self.work)

    def test_everything_is_there_and_has_its_sum(self):
        want = {"README.txt", "LICENSE", "tern.h", "SHA256SUMS"}
        for board in release.BOARDS:
            want |= {f"{board}/{name}" for name in
                     ["tern-demo.elf", "tern-demo.bin", "tern-demo.hex", "tern-demo.map", "port-test.elf", "port-test.bin",
                      "port-test.hex", "libtern.a", "sizes.txt"]}
        got = {os.path.relpath(os.path.join(place, name), self.folder) for place, _, names in os.walk(self.folder)
               for name in names}
        self.assertEqual(got, want)
        self.assertEqual(run("sha256sum", "-c", "SHA256SUMS", cwd=self.folder).count(": OK"), len(want) - 1)

    def test_the_version_is_the_project_s(self):
        self.assertEqual(os.path.basename(self.folder), f"tern-{release.version()}")
        for board in release.BOARDS:
            self.assertIn(release.version().encode(), read(os.path.join(self.folder, board, "tern-demo.bin")))

    def test_nothing_names_this_machine(self):
        for place, _, names in os.walk(self.folder):
            for name in names:
                data = read(os.path.join(place, name))
                self.assertNotIn(TOP.encode() + b"/", data, name)
                self.assertIsNone(re.search(rb"/tmp/cc\w", data), name)

    def test_the_tables_name_flash_and_ram(self):
        for board in release.BOARDS:
            text = read(os.path.join(self.folder, board, "sizes.txt")).decode()
            self.assertRegex(text, r"flash: code, constants, initial values +\d+ bytes")
            self.assertRegex(text, r"RAM: sum +\d+ bytes")

    def test_a_build_that_is_missing_is_named(self):
        result = subprocess.run([sys.executable, "-B", os.path.join(TOP, "tools/release.py"), "--build", "/nowhere", "--output",
                                 self.work], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("/nowhere/", result.stderr)


class Reproducible(Case):
    def test_another_folder_gives_the_same_bytes(self):
        """Without a compiler cache, which would only repeat what the first build made."""
        for name in SOURCES:
            target = os.path.join(self.work, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if os.path.isdir(os.path.join(TOP, name)):
                shutil.copytree(os.path.join(TOP, name), target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(os.path.join(TOP, name), target)
        # No symbolic link: gcc writes down where system headers really are.
        shutil.copytree(os.path.join(TOP, "build/deps/mbedtls"), os.path.join(self.work, "build/deps/mbedtls"))
        environment = {name: value for name, value in os.environ.items() if name != "CMAKE_C_COMPILER_LAUNCHER"}
        # The one date in an image is that of its commit, which a copy of the files does not know.
        with open(os.path.join(TOP, "build/stm32f103/src/device/generated/device/build.h"), encoding="utf-8") as file:
            environment["SOURCE_DATE_EPOCH"] = re.search(r"\b[0-9]{10}\b", file.read())[0]
        environment["CCACHE_DISABLE"] = "1"
        run("cmake", "--preset", "stm32f103", cwd=self.work, env=environment)
        run("cmake", "--build", "build/stm32f103", "--target", "tern-demo", "port-test", "tern", cwd=self.work, env=environment)
        for name in BUILT:
            with self.subTest(name):
                self.assertEqual(read(os.path.join(self.work, "build/stm32f103", name)),
                                 read(os.path.join(TOP, "build/stm32f103", name)))


if __name__ == "__main__":
    for board in release.BOARDS:
        lacking = [name for name in BUILT if not os.path.exists(os.path.join(TOP, "build", board, name))]
        if lacking:
            print(f"skipped: there is no build/{board}/{lacking[0]}: make release builds it")
            sys.exit(77)
    unittest.main(verbosity=2)
