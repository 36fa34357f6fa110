#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/errors.md from src/base/err.h.

    error_list.py            writes it
    error_list.py --check    status 1 if it is not what err.h says, or a number is taken twice
"""
import os
import re
import sys

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
SOURCE, TARGET = "src/base/err.h", "docs/errors.md"

HEAD = """# Errors of the device

One code a cause; numbers never change. They are what `status` on the console shows, what the functions of `tern.h` return
and what a device reports. Made from [err.h](../src/base/err.h) by `tools/error_list.py`.

| number | name | meaning |
|---:|---|---|
"""


def rows(text):
    found = re.findall(r'^\s*X\((ERR_\w+),\s*(\d+),[\s\\]*"((?:[^"\\]|\\.)*)"\)', text, re.M)
    if len(found) != len(re.findall(r"^\s*X\(ERR_", text, re.M)):
        sys.exit(f"{SOURCE}: a row is not of the form X(ERR_NAME, number, \"meaning\")")
    return [(int(number), name[len("ERR_"):], meaning) for name, number, meaning in found]


def main():
    with open(os.path.join(TOP, SOURCE), encoding="utf-8") as file:
        listed = rows(file.read())
    numbers = [number for number, _, _ in listed]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        sys.exit(f"{SOURCE}: taken twice: {', '.join(map(str, twice))}")
    text = HEAD + "".join(f"| {number} | `{name}` | {meaning} |\n" for number, name, meaning in sorted(listed))
    target = os.path.join(TOP, TARGET)
    if sys.argv[1:] == ["--check"]:
        with open(target, encoding="utf-8") as file:
            if file.read() != text:
                sys.exit(f"{TARGET} is not what {SOURCE} says: run tools/error_list.py")
        print(f"{len(listed)} errors")
        return
    if sys.argv[1:]:
        sys.exit("usage: error_list.py [--check]")
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
