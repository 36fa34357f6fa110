#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The texts of T("...") in half the bytes; src/base/packed.h says how.

    pack_text.py learn CODES.c SOURCE...          finds the phrases that serve the texts of SOURCES best,
                                                  with --no-sentences in front of them lists' codes only
    pack_text.py compile CODES.c COMPILER ARGS... runs the compiler with its texts packed
    pack_text.py list SOURCE...                   the texts

Learned are phrases: the pair of symbols that saves most bits becomes a symbol
itself, again and again while that repays its place in the table.  Each symbol
then gets a Huffman code, and a text becomes the shortest row of codes for it.
"""
import collections
import heapq
import math
import os
import re
import subprocess
import sys

SYMBOLS = 1023       # numbers of ten bits; the last one says that a symbol is a character
CHARACTER = SYMBOLS
DEPTH = 8            # PACKED_DEPTH
WORTH = 20           # bits of a symbol's place in the table
CONTROLS = "\b\t\n\r\x1b"
CHARACTERS = [chr(c) for c in range(ord(" "), 0x7f)] + list(CONTROLS)
END = "\0"           # has the code of ones, which fill the last byte
ERROR_NAME = re.compile(r"^ERR_(?=\w*$)")     # err.c names errors without it

LITERAL = r'"(?:[^"\\\n]|\\.)*"'
TEXT = re.compile(rf"\bT\(\s*({LITERAL}(?:\s*\\?\s*{LITERAL})*)")
ERROR = re.compile(rf"^\s*X\((ERR_\w+),\s*\d+,[\s\\]*({LITERAL})\)", re.M)
ROW = re.compile(rf'\bX\(\w+,\s*("[A-Z0-9-]+"),')         # of a list: name, code, ..., sentences
FIELD = re.compile(r"\bX\([\w *]+,\s*([a-z]\w*),\s*\w+\)")  # of a list: type, name, kind
USED = re.compile(r"\bT\((\w+)\)")
DEFINED = re.compile(rf"^#define (\w+)\s+({LITERAL})$", re.M)
STRINGS = re.compile(rf"{LITERAL}(?:\s*{LITERAL})*")
MARKED = re.compile(rf'""((?:\s*{LITERAL})+)\s*""')     # what the preprocessor makes of T()
ESCAPE = re.compile(r'\\(?:([0-7]{1,3})|x([0-9a-fA-F]+)|(.))')
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", '"': '"', "'": "'", "\\": "\\", "?": "?"}


def unescape(match):
    octal, hexadecimal, character = match.groups()
    if character:
        return ESCAPES[character]
    return chr(int(octal, 8) if octal else int(hexadecimal, 16))


def text_of(literals):
    """The characters of C string literals one behind the other."""
    text = "".join(ESCAPE.sub(unescape, literal[1:-1]) for literal in re.findall(LITERAL, literals))
    strange = [c for c in text if c not in CHARACTERS]
    if strange:
        raise ValueError(f"T({literals}): {strange[0]!r} is no ASCII character")
    return text


def texts_of(paths, sentences=True):
    """Every text of some source files once; of lists the names, the codes and, with SENTENCES, those."""
    texts = set()
    for path in paths:
        with open(path, encoding="utf-8") as file:
            source = file.read()
        codes = ROW.findall(source)
        texts.update(text_of(code) + "|" for code in codes)
        texts.update(name + "|" for name in FIELD.findall(source))
        if sentences or not codes:
            texts.update(text_of(literals) for literals in TEXT.findall(source))
        used = USED.findall(source)
        texts.update(text_of(literals) for name, literals in DEFINED.findall(source) if name in used)
        for name, meaning in ERROR.findall(source):
            texts.update((name, text_of(meaning)))
    return sorted(texts)


def stripped(text):
    """What is packed of a text."""
    return ERROR_NAME.sub("", text)


class Learner:
    """Texts as rows of phrases, and which pairs of phrases stand next to each other in them."""

    def __init__(self, texts):
        self.rows = [list(stripped(text)) for text in texts]
        self.used = collections.Counter(symbol for row in self.rows for symbol in row)
        self.pairs, self.where = collections.Counter(), collections.defaultdict(set)
        self.depth = collections.Counter()
        self.halves = {}            # {phrase: the two it is made of}
        for i in range(len(self.rows)):
            self._count(i, 1)

    def _count(self, i, sign):
        before = None
        for pair in zip(self.rows[i], self.rows[i][1:]):
            if pair == before:      # aaa has the pair aa once
                before = None
                continue
            before = pair
            self.pairs[pair] += sign
            self.where[pair].add(i)

    def best(self):
        """The pair that saves most, and how many bits if each symbol takes as many as its frequency deserves."""
        total = self.used.total()
        worth = ((count * math.log2(count * total / (self.used[pair[0]] * self.used[pair[1]])), pair)
                 for pair, count in self.pairs.items()
                 if count > 2 and max(self.depth[pair[0]] + 1, self.depth[pair[1]]) <= DEPTH)
        return max(worth, default=(0, None))

    def join(self, pair):
        phrase = "".join(pair)
        self.halves.setdefault(phrase, pair)
        self.depth[phrase] = max(self.depth[phrase], self.depth[pair[0]] + 1, self.depth[pair[1]])
        for i in self.where.pop(pair):
            self._count(i, -1)
            row = replace(self.rows[i], pair, phrase)
            joined = len(self.rows[i]) - len(row)
            self.used[pair[0]] -= joined
            self.used[pair[1]] -= joined
            self.used[phrase] += joined
            self.rows[i] = row
            self._count(i, 1)


def replace(row, pair, phrase):
    out, i = [], 0
    while i < len(row):
        if row[i] == pair[0] and row[i + 1:i + 2] == [pair[1]]:
            out.append(phrase)
            i += 1
        else:
            out.append(row[i])
        i += 1
    return out


def huffman(used):
    """{symbol: bits of its code}"""
    heap = [(count, i, [symbol]) for i, (symbol, count) in enumerate(sorted(used.items()))]
    heapq.heapify(heap)
    bits = dict.fromkeys(used, 0)
    for i in range(len(heap), 2 * len(heap) - 1):
        one, other = heapq.heappop(heap), heapq.heappop(heap)
        for symbol in one[2] + other[2]:
            bits[symbol] += 1
        heapq.heappush(heap, (one[0] + other[0], i, one[2] + other[2]))
    return bits


def shortest(text, bits):
    """The symbols that write TEXT in the fewest bits."""
    longest = max(map(len, bits))
    best = [(0, 0)] + [(math.inf, 0)] * len(text)      # bits up to here, where the last symbol starts
    for end in range(1, len(text) + 1):
        best[end] = min((best[start][0] + bits.get(text[start:end], math.inf), start)
                        for start in range(max(0, end - longest), end))
    row, end = [], len(text)
    while end > 0:
        start = best[end][1]
        row.append(text[start:end])
        end = start
    return row[::-1]


class Codes:
    """Phrases, their codes and their numbers: first those with a code, the shortest code first."""

    def __init__(self, bits, halves):
        self.bits, self.halves = bits, halves
        coded = sorted(bits, key=lambda symbol: (bits[symbol], symbol == END, symbol))
        parts = {half for pair in halves.values() for half in pair} - bits.keys()
        self.symbols = coded + sorted(parts)
        self.lengths = [list(bits.values()).count(length) for length in range(1, max(bits.values(), default=0) + 1)]
        self.code, code, length = {}, 0, 0
        for symbol in coded:
            code <<= bits[symbol] - length
            length = bits[symbol]
            self.code[symbol] = f"{code:0{length}b}"
            code += 1

    def numbers(self):
        """Two for each symbol: those of its halves, or a character."""
        number = {symbol: i for i, symbol in enumerate(self.symbols)}
        for symbol in self.symbols:
            first, second = self.halves.get(symbol, (None, None))
            yield from (ord(symbol), CHARACTER) if first is None else (number[first], number[second])


def learn(texts):
    learner = Learner(texts)
    while len(learner.halves) < SYMBOLS - len(CHARACTERS) - 1:
        saved, pair = learner.best()
        if pair is None or saved < WORTH:
            break
        learner.join(pair)
    once = collections.Counter(CHARACTERS)
    bits = huffman(learner.used + once)
    used = collections.Counter(symbol for text in texts for symbol in shortest(stripped(text), bits))
    return Codes(huffman({END: 0} | (used | once)), learner.halves)


def pack(text, codes):
    """Bytes without a zero, the first one above ASCII: a bit that says so, codes, and ones up to the end of a byte."""
    text = stripped(text)
    rest = "1" + "".join(codes.code[symbol] for symbol in shortest(text, codes.bits)) if text else ""
    packed = bytearray()
    while rest:
        byte = 1 if rest[:7] == "0000000" else int(f"{rest[:8]:1<8}", 2)
        rest = rest[7 if byte == 1 else 8:]         # the one that keeps a byte from being zero is no bit of a code
        packed.append(byte)
    return bytes(packed)


def rows(values, form, count):
    values = [form.format(value) for value in values]
    return ["\t" + " ".join(values[i:i + count]) for i in range(0, len(values), count)]


def codes_file(codes):
    bits = "".join(f"{number:010b}" for number in codes.numbers())
    numbers = [int(f"{bits[i:i + 8]:0<8}", 2) for i in range(0, len(bits), 8)]
    return "\n".join(['/* Made by tools/pack_text.py. */', '#include "base/packed.h"', "",
                      "const uint16_t packed_lengths[] = {", *rows(codes.lengths, "{},", 16), "};",
                      "const uint8_t packed_numbers[] = {", *rows(numbers, "0x{:02x},", 16), "};",
                      f"const uint16_t packed_symbols = {len(codes.symbols)};", ""])


def read_codes(path):
    with open(path, encoding="utf-8") as file:
        source = file.read()
    bits = "".join(f"{int(byte, 16):08b}" for byte in re.findall(r"0x(\w\w)", source))
    numbers = [int(bits[i:i + 10], 2) for i in range(0, len(bits) - 9, 10)]
    halves = list(zip(numbers[::2], numbers[1::2]))
    spell = lambda i: chr(halves[i][0]) if halves[i][1] == CHARACTER else spell(halves[i][0]) + spell(halves[i][1])
    count = int(re.search(r"packed_symbols = (\d+)", source)[1])
    symbols = [spell(i) for i in range(count)]
    lengths = map(int, re.search(r"packed_lengths\[\] = {([^}]*)", source)[1].replace(",", " ").split())
    coded = [length for length, symbols_of_it in enumerate(lengths, 1) for _ in range(symbols_of_it)]
    return Codes(dict(zip(symbols, coded)),
                 {symbols[i]: (symbols[a], symbols[b]) for i, (a, b) in enumerate(halves[:count]) if b != CHARACTER})


def literal(packed):
    return '"' + "".join(chr(c) if 0x20 <= c < 0x7f and chr(c) not in '"\\?' else f"\\{c:03o}" for c in packed) + '"'


def pack_literals(literals, learned):
    """Literals that the preprocessor left one behind the other: packed if they are of T()."""
    marked = MARKED.fullmatch(literals)
    return literal(pack(text_of(marked[1]), learned)) if marked else literals


def write_if_new(path, content):
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            if file.read() == content:
                return
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)


def preprocessing(command, output):
    """COMMAND up to the preprocessor, which writes OUTPUT."""
    changed = ["-E" if word == "-c" else word for word in command]
    changed[changed.index("-o") + 1] = output
    return changed


def compiling(command, preprocessed):
    """COMMAND on what is preprocessed."""
    changed, words = [], iter(command)
    for word in words:
        if word in ("-MT", "-MF", "-MQ", "-o", "-c"):
            value = next(words)
            changed += {"-o": ["-o", value], "-c": ["-c", preprocessed]}.get(word, [])
        elif word not in ("-MD", "-MMD"):
            changed.append(word)
    return changed


def compile_packed(codes, command):
    if "-c" not in command or "-o" not in command:
        return subprocess.call(command)
    output = command[command.index("-o") + 1] + ".i"
    status = subprocess.call(preprocessing(command, output))
    if status != 0:
        return status
    with open(output, encoding="utf-8") as file:
        source = file.read()
    learned = read_codes(codes)
    packed = STRINGS.sub(lambda match: pack_literals(match[0], learned), source)
    with open(output, "w", encoding="utf-8") as file:
        file.write(packed)
    return subprocess.call(compiling(command, output))


def main():
    what, rest = sys.argv[1:2], sys.argv[2:]
    try:
        if what == ["learn"] and len(rest) > 1:
            sentences = rest[1] != "--no-sentences"
            write_if_new(rest[0], codes_file(learn(texts_of(rest[1 if sentences else 2:], sentences))))
        elif what == ["compile"] and len(rest) > 1:
            return compile_packed(rest[0], rest[1:])
        elif what == ["list"]:
            print("\n".join(texts_of(rest)))
        else:
            sys.exit("usage: pack_text.py learn CODES.c [--no-sentences] SOURCE... | compile CODES.c COMPILER ARGS... |"
                     " list SOURCE...")
    except (OSError, ValueError) as error:
        sys.exit(f"pack_text: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
