#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Everything in src/ compiles with clang without a warning, with the flags of the
build folder given; status 77 where there is no clang.

    test_clang.py BUILD
"""
import concurrent.futures
import json
import os
import shlex
import shutil
import subprocess
import sys

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))


def check(entry):
    """What clang says about one file."""
    words = shlex.split(entry["command"])
    flags = [word for word in words[1:] if word.startswith(("-I", "-D", "-W", "-std", "-isystem/")) or word == "-w"]
    pairs = [pair for pair in zip(words, words[1:]) if pair[0] in ("-isystem", "-include")]
    command = ["clang", "-fsyntax-only", *flags, *(word for pair in pairs for word in pair), entry["file"]]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=entry["directory"], check=False)
    return result.stderr if result.returncode or result.stderr else ""


def main():
    if shutil.which("clang") is None:
        print("skipped: clang is not installed (make fuzz installs it)")
        return 77
    with open(os.path.join(sys.argv[1], "compile_commands.json"), encoding="utf-8") as file:
        entries = [entry for entry in json.load(file)
                   if os.path.realpath(entry["file"]).startswith(os.path.realpath(os.path.join(TOP, "src")) + os.sep)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        said = [text for text in pool.map(check, entries) if text]
    print("\n".join(said), end="")
    print(f"{len(entries)} files, {len(said)} with warnings")
    return 1 if said or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
