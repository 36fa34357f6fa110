#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds images of a board in build/BOARD; does nothing when they are up to date.

    build_images.py BOARD TARGET...     ends with 77 where there is no compiler
"""
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMPILER = "arm-none-eabi-gcc"


def main():
    board, *targets = sys.argv[1:]
    if shutil.which(COMPILER) is None:
        print(f"skipped: {COMPILER} is not installed (Debian: apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi)")
        return 77
    folder = os.path.join(ROOT, "build", board)
    configure = subprocess.run(["cmake", "--preset", board, "--log-level=WARNING"], cwd=ROOT)
    if configure.returncode != 0:
        return configure.returncode
    return subprocess.run(["cmake", "--build", folder, "--target", *targets]).returncode


if __name__ == "__main__":
    sys.exit(main())
