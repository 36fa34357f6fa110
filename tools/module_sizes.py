#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What takes an image's flash and RAM: code, tables and texts by module, variables by name.

    module_sizes.py ELF           a table
    module_sizes.py --long ELF    by file, with every table and text

The linker optimises across files, so neither its map nor the symbols tell whose
code is whose.  Code belongs to the file in which its line of source stands; the
debug information knows that of each instruction, also where one function was
built into another.  A table or a text belongs to the object file of the same
build that has one of that name and size, or of those words.
"""
import collections
import glob
import os
import re
import subprocess
import sys

import footprint

# address size type name, and where it stands in the source if that is known
SYMBOL = re.compile(r"([0-9a-f]{8}) ([0-9a-f]{8}) \w (\S+)(?:\t(.*):\d+)?")
LINE = re.compile(r"^\S+ +\d+ +0x([0-9a-f]+)", re.M)   # of objdump --dwarf=decodedline, below "path:"
LARGE = 256   # bytes of a table or variable that gets a row

# First match wins.
MODULES = [
    (r"mbedtls",                          "mbedTLS"),
    (r"newlib|libgcc|^str\w+\.c$|^lib1",   "C library"),
    (r"packed_codes",                     "src/base"),
    (r"(?:^|/)(?:src|tern)/(\w+)/",       r"src/\1"),
    (r"(?:^|/)boards/",                   "boards"),
    (r"(?:^|/)(app|tests)/",              r"\1"),
]

Symbol = collections.namedtuple("Symbol", "address size name path")


def module_of(path):
    for pattern, name in MODULES:
        match = re.search(pattern, path)
        if match:
            return match.expand(name)
    return "other"


def base_name(name):
    """Without what the compiler appends to tell two of one name apart."""
    return name.split(".")[0]


def symbols(listing):
    """What nm prints, each address once, in order."""
    found = {}
    for address, size, name, path in SYMBOL.findall(listing):
        if int(size, 16) > 0:
            found.setdefault(int(address, 16), Symbol(int(address, 16), int(size, 16), name, path))
    return [found[address] for address in sorted(found)]


def lines(listing):
    """{address: path} of what objdump prints; of several lines at an address the last."""
    found = {}
    for block in listing.split("\n\n"):
        path, _, rows = block.strip().partition(":\n")
        for address in LINE.findall(rows):
            found[int(address, 16)] = path
    return found


def code_by_file(functions, line_at):
    """{path: bytes}: each instruction to the file of its line, a function without lines to its own."""
    count = collections.Counter()
    starts = sorted(line_at)
    at = 0
    for function in functions:
        while at < len(starts) and starts[at] < function.address:
            at += 1
        path, done = function.path or "other", function.address
        end = function.address + function.size
        while at < len(starts) and starts[at] < end:
            count[path] += starts[at] - done
            path, done = line_at[starts[at]], starts[at]
            at += 1
        count[path] += end - done
    return +count


class Objects:
    """Tables and texts of the object files below a folder, and whose they are."""

    def __init__(self, paths):
        self.tables, self.texts = {}, {}
        for path in sorted(paths):
            elf = footprint.Elf(path)
            for name, _, size in elf.variables:
                self.tables.setdefault((base_name(name), size), path)
            for text in elf.strings():
                self.texts.setdefault(text, path)

    def of_text(self, text):
        """Of a text, or of one that ends with it: the linker keeps a tail once."""
        if text not in self.texts:
            self.texts[text] = next((self.texts[whole] for whole in self.texts if whole.endswith(text)), "other")
        return self.texts[text]


def gaps(image, covered):
    """What no symbol covers of the flash: bytes between zeros, without the zeros."""
    for section in image.sections:
        if section.flags & footprint.ALLOC and section.type != footprint.NOBITS and section.address in footprint.FLASH:
            data = bytearray(image.content(section))
            for symbol in covered:
                if symbol.address - section.address in range(len(data)):
                    first = symbol.address - section.address
                    data[first:first + symbol.size] = bytes(min(symbol.size, len(data) - first))
            yield from (bytes(text) for text in data.split(b"\0") if text)


class Attribution:
    """An image's flash: code, tables and texts, each {path: bytes}; the single tables and texts."""

    def __init__(self, path, folder):
        run = lambda *command: subprocess.run(command, capture_output=True, text=True, check=True).stdout
        image, objects = footprint.Elf(path), Objects(glob.glob(f"{folder}/**/*.obj", recursive=True))
        known = [s for s in symbols(run("arm-none-eabi-nm", "-S", "-l", path)) if s.address in footprint.FLASH]
        tables = {address for _, address, _ in image.variables}     # constants stand among the code
        functions = [s for s in known if s.address not in tables]
        self.code = code_by_file(functions, lines(run("arm-none-eabi-objdump", "--dwarf=decodedline", path)))
        self.single_tables = [(s.size, base_name(s.name), objects.tables.get((base_name(s.name), s.size), "other"))
                              for s in known if s.address in tables]
        self.single_texts = [(len(text) + 1, text, objects.of_text(text)) for text in gaps(image, known)]
        self.tables = self._sum(self.single_tables)
        self.texts = self._sum(self.single_texts)

    @staticmethod
    def _sum(rows):
        count = collections.Counter()
        for size, _, path in rows:
            count[path] += size
        return count


def by(key, attribution):
    """{key of a path: [code, tables, texts]}"""
    rows = collections.defaultdict(lambda: [0, 0, 0])
    for column, count in enumerate((attribution.code, attribution.tables, attribution.texts)):
        for path, size in count.items():
            rows[key(path)][column] += size
    return rows


def file_of(path):
    """The source file of an object file, as its line information writes it, as far as that can be told."""
    match = re.search(r"((?:src|boards|app)/\w+)/CMakeFiles/[^/]*\.dir/(.*)\.obj$", path)
    if match:
        above = match[2].count("__/")   # CMake's way to write ../
        path = "/".join([*match[1].split("/")[:2 - above], match[2].replace("__/", "")])
    return "mbedTLS: " + os.path.basename(path).removesuffix(".obj") if "mbedtls" in path else path


def variables(path, total):
    """{name: bytes} of RAM, summing up to the image's."""
    ram = collections.Counter()
    for name, address, size in footprint.Elf(path).variables:
        if address in footprint.RAM:
            ram[base_name(name)] += size   # two files may have one of the same name
    ram = {name: size for name, size in ram.items() if size >= LARGE}
    ram["stacks"] = total["stacks"]
    ram["smaller ones"] = total["ram"] - sum(ram.values())
    return ram


def show_flash(rows, total):
    yield f"  flash                               {'code':>8} {'tables':>8} {'texts':>8} {'sum':>8} bytes"
    told = 0
    for name, columns in sorted(rows.items(), key=lambda row: -sum(row[1])):
        yield f"    {name:<32}" + "".join(f" {size or '':>8}" for size in [*columns, sum(columns)])
        told += sum(columns)
    yield f"    {'gaps for alignment, initial values':<59} {total['flash'] - told:>8}"


def show_rows(title, rows):
    yield "  " + title
    for name, size in sorted(rows, key=lambda row: (-row[1], row[0])):
        yield f"    {name:<59} {size:>8} bytes"


def show(path, long):
    total = footprint.footprint(path)
    attribution = Attribution(path, build_folder(path))
    yield from show_flash(by(file_of if long else module_of, attribution), total)
    tables = [(f"{name} ({file_of(source)})", size) for size, name, source in attribution.single_tables]
    yield from show_rows("largest tables", [row for row in tables if long or row[1] >= LARGE])
    if long:
        yield from show_rows("texts", [(ascii(text)[2:-1], size) for size, text, _ in attribution.single_texts])
    yield from show_rows("RAM", variables(path, total).items())


def build_folder(path):
    folder = os.path.dirname(os.path.abspath(path))
    while not os.path.exists(os.path.join(folder, "CMakeCache.txt")):
        if folder == os.path.dirname(folder):
            raise ValueError(f"{path} is in no build folder")
        folder = os.path.dirname(folder)
    return folder


def main():
    long = sys.argv[1:2] == ["--long"]
    if len(sys.argv) != (3 if long else 2):
        sys.exit("usage: module_sizes.py [--long] ELF")
    try:
        print("\n".join(show(sys.argv[-1], long)))
    except (OSError, ValueError) as error:
        sys.exit(f"module_sizes: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"module_sizes: {error.stderr.strip()}")


if __name__ == "__main__":
    main()
