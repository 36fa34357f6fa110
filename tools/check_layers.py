#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks every file against the include table of DESIGN.md, and a few habits.

    check_layers.py [FOLDER]     the repository's root; default: where this script stands

Prints one line a violation, "file:line: what, and what would be right", and ends
with status 1 if there is any.
"""
import os
import re
import sys
from typing import NamedTuple

FREESTANDING = {"float.h", "iso646.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h",
                "stdnoreturn.h"}
BARE = FREESTANDING | {"string.h"}
CHIP = BARE | {"stdatomic.h"}
MBEDTLS = {"mbedtls/*", "psa/*", "bignum_core.h", "rsa_internal.h"}
# The C library without files, sockets, threads and clocks.
SANS_IO = BARE | {"ctype.h", "inttypes.h", "stdio.h", "stdlib.h"}
ANY = {"*"}

LAYERS = ["src/base", "src/modem", "src/crypto", "src/cloud", "src/store", "src/diagnosis", "src/device",
          "src/console"]


class Row(NamedTuple):
    """What the files of one place may include."""
    place: str    # a folder or a file; the longest that fits counts
    own: set      # folders and files of this repository; a file may always include its own folder
    system: set   # what stands in <>


# The table of DESIGN.md.
TABLE = [
    #   place                 own                                       system
    Row("src/base",           set(),                                    BARE),
    Row("src/modem",          {"src/base"},                             BARE),
    Row("src/crypto",         {"src/base"},                             BARE | MBEDTLS),
    Row("src/cloud",          {"src/base"},                             BARE),
    Row("src/store",          {"src/base"},                             BARE),
    Row("src/diagnosis",      {"src/base"},                             BARE),
    Row("src/device",         set(LAYERS[:6]) | {"include"},            BARE),
    Row("src/console",        set(LAYERS[:7]) | {"include"},            BARE),
    Row("src/tern",           set(LAYERS) | {"include"},                BARE),
    Row("include",            set(),                                    FREESTANDING),
    Row("boards",             {"src/base", "src/store/flash.h"},        BARE),
    Row("boards/cortex_m",    {"src/base"},                             CHIP),
    Row("boards/stm32f103",   {"boards/port.h", "boards/cortex_m", "src/base", "src/store/flash.h",
                               "src/store/layout.h"},                   CHIP),
    Row("boards/stm32l496",   {"boards/port.h", "boards/cortex_m", "src/base", "src/store/flash.h",
                               "src/store/layout.h"},                   CHIP),
    Row("boards/qemu",        {"boards/port.h", "boards/cortex_m", "boards/stm32f103", "src/base",
                               "src/store/flash.h", "src/store/layout.h"}, CHIP),
    Row("boards/qemu_l475",   {"boards/cortex_m", "boards/stm32l496", "boards/qemu", "src/base",
                               "src/store/flash.h", "src/store/layout.h"}, CHIP),
    Row("boards/linux",       {"boards/port.h", "src/base", "src/store/flash.h", "src/store/layout.h"}, ANY),
    Row("app",                set(LAYERS) | {"include"},                BARE),
    Row("app/demo/main.c",    set(LAYERS) | {"include", "boards/port.h"}, BARE),
    Row("app/port_test",      {"boards/port.h", "src/base", "src/store/flash.h", "src/store/layout.h"}, BARE),
    Row("host",               set(LAYERS) | {"include"},                ANY),
    Row("host/cli/doctor_modem", set(LAYERS) | {"include", "host/cli", "boards/linux/modem_line.h"}, ANY),
    Row("host/virtual_modem", {"src/base", "boards/linux/hurry.h"},     ANY),
    Row("host/registry",      {"src/base", "src/cloud"},                ANY),
    Row("host/bridge",        {"src/base", "src/cloud", "host/registry"}, ANY),
    Row("host/bridge/session",   {"src/base", "src/cloud"},            SANS_IO),
    Row("host/bridge/topics",    {"src/base", "src/cloud"},            SANS_IO),
    Row("host/bridge/reason",    {"src/base", "src/cloud"},            SANS_IO),
    Row("host/bridge/quota",     {"src/base", "src/cloud"},            SANS_IO),
    Row("tests",              {"src", "include", "boards", "app", "host", "tests", "examples"}, ANY),
    Row("examples",           {"examples"},                             ANY),
]

# Where "quoted/names.h" are looked for, beside the file's own folder: the -I of cmake/tern.cmake.
INCLUDE_PATHS = ["src", "include", "boards", "host", "tests", "", "examples/cube", "examples/cube_freertos"]
# What a CubeMX project has of its own; tests/cube has stand-ins.
PROJECT_HEADERS = {"main.h", "FreeRTOS.h", "task.h", "queue.h"}
# Own files: each begins with the licence's name.
OWN = (".c", ".h", ".S", ".ld", ".cmake", ".py", ".sh", "CMakeLists.txt", "Makefile")
# Folders of data, which is as others made it.
DATA = {"corpus", "vectors", "data", "__pycache__"}
SPDX = "SPDX-License-Identifier: Apache-2.0"
MAX_COLUMNS = 120

INCLUDE = re.compile(r'\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")')
DIRECTIVE = re.compile(r"\s*#\s*(if|ifdef|ifndef|else|elif|endif|define|include)\b\s*(.*)")


def row_of(path):
    fits = [row for row in TABLE if path == row.place or path.startswith((row.place + "/", row.place + "."))]
    return max(fits, key=lambda row: len(row.place), default=None)


def inside(path, places):
    return any(path == place or path.startswith(place + "/") for place in places)


def resolve(root, path, name):
    """The file that "name" means in path, from the root; None if there is none."""
    for folder in [os.path.dirname(path)] + INCLUDE_PATHS:
        candidate = os.path.normpath(os.path.join(folder, name))
        # CMake makes x.h out of x.h.in.
        if any(os.path.isfile(os.path.join(root, candidate + ending)) for ending in ("", ".in")):
            return candidate.replace(os.sep, "/")
    return None


def check_include(root, path, row, angled, quoted):
    if angled is not None:
        allowed = "*" in row.system or angled in row.system or any(
            pattern.endswith("/*") and angled.startswith(pattern[:-1]) for pattern in row.system)
        if allowed and not (path.endswith(".h") and angled.startswith(("mbedtls/", "psa/"))
                            and is_public(root, path)):
            return None
        if allowed:
            return f"<{angled}> in a header that other layers include: mbedTLS stays in src/crypto"
        return f"<{angled}> may not be included in {row.place}"
    if quoted in PROJECT_HEADERS and inside(path, {"examples", "tests/cube"}):
        return None
    target = resolve(root, path, quoted)
    if target is None:
        return f'"{quoted}" is no file of this repository'
    if os.path.dirname(target) == os.path.dirname(path) or inside(target, row.own | {row.place}):
        return None
    return f"{target} may not be included in {row.place}"


def is_public(root, path):
    """Whether a header of src/crypto is included from outside its folder."""
    folder, name = os.path.split(path)
    needle = '"%s/%s"' % (os.path.basename(folder), name)
    for other in files(root):
        if other.endswith((".c", ".h")) and not other.startswith((folder + "/", "tests/")):
            if needle in text(root, other):
                return True
    return False


def strip_comments(source):
    """The source with comments blanked, lines kept."""
    blank = lambda match: "\n" * match.group().count("\n")
    return re.sub(r"/\*.*?\*/|//[^\n]*", blank, source, flags=re.S)


def check_conditionals(path, source):
    """#if only as a header guard or around a whole file; #ifdef __cplusplus only around extern "C"."""
    lines = strip_comments(source).split("\n")
    code = [number for number, line in enumerate(lines, 1) if line.strip()]
    stack = []
    for number, line in enumerate(lines, 1):
        match = DIRECTIVE.match(line)
        if match is None:
            continue
        word = match.group(1)
        if word in ("if", "ifdef", "ifndef"):
            stack.append((number, match.group(2)))
        elif word == "endif" and stack:
            begin, condition = stack.pop()
            body = [lines[i - 1] for i in range(begin + 1, number) if lines[i - 1].strip()]
            whole = begin == code[0] and number == code[-1]
            brace = condition.strip() == "__cplusplus" and all(
                re.fullmatch(r'\s*(extern "C" \{|\})\s*', text_line) for text_line in body)
            if not whole and not brace:
                yield begin, "#if inside a file: make it a module that is linked or not, or a value of a config struct"


def check_lines(path, source):
    lines = source.split("\n")
    if not any(SPDX in line for line in lines[:2]):
        yield 1, f"the first line is not the licence's: {SPDX}"
    if lines[-1] != "" or source.endswith("\n\n"):
        yield len(lines), "the file does not end with exactly one newline"
    for number, line in enumerate(lines, 1):
        width = len(line.expandtabs(8))
        # A row of a test's table may be as long as what it shows.
        if width > MAX_COLUMNS and path.endswith((".c", ".h", ".S")) and not path.startswith("tests/"):
            yield number, f"{width} columns; at most {MAX_COLUMNS}"
        if line != line.rstrip():
            yield number, "white space at the end of the line"
        if path.endswith((".c", ".h", ".S")) and re.match(r" +[^\s*\\]", line):
            yield number, "indented with spaces; tabs, please"


def files(root):
    for top in ("src", "boards", "app", "host", "include", "tests", "examples", "tools", "cmake"):
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = sorted(name for name in folders if name not in DATA)
            for name in sorted(names):
                if name.endswith(OWN):
                    yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
    for name in ("CMakeLists.txt", "Makefile"):
        if os.path.isfile(os.path.join(root, name)):
            yield name


_texts = {}


def text(root, path):
    key = (root, path)
    if key not in _texts:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            _texts[key] = file.read()
    return _texts[key]


def check(root):
    """All violations as (path, line, message)."""
    for path in files(root):
        source = text(root, path)
        for number, message in check_lines(path, source):
            yield path, number, message
        if not path.endswith((".c", ".h")):
            continue
        row = row_of(path)
        if row is None:
            yield path, 1, "this folder is not in the table of tools/check_layers.py"
            continue
        for number, line in enumerate(strip_comments(source).split("\n"), 1):
            match = INCLUDE.match(line)
            message = match and check_include(root, path, row, match.group(1), match.group(2))
            if message:
                yield path, number, message
        if not path.startswith(("tests/", "examples/")):
            for number, message in check_conditionals(path, source):
                yield path, number, message


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    checked = sum(1 for _ in files(root))
    if checked == 0:
        sys.exit(f"check_layers: no source files in {root}")
    violations = list(check(root))
    for path, number, message in violations:
        print(f"{path}:{number}: {message}")
    print(f"{checked} files checked, {len(violations)} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
