#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The texts of T("...") in half the bytes; src/base/packed.h says how.

    pack_text.py learn CODES.c SOURCE...          finds the pairs that serve the texts of SOURCES best
    pack_text.py compile CODES.c COMPILER ARGS... runs the compiler with its texts packed
    pack_text.py list SOURCE...                   the texts

Byte-pair encoding: the pair of bytes that the texts have most often becomes a
code, again and again while there are codes.
"""
import collections
import os
import re
import subprocess
import sys

# Bytes that no text has, in the order of packed_pairs: not 0, nor \b \t \n \r ESC.
FIRST, COUNT = 0x80, 0x80 + 0x20
CODES = list(range(0x80, 0x100)) + [c for c in range(1, 0x20) if c not in (0x08, 0x09, 0x0a, 0x0d, 0x1b)]
DEPTH = 8            # PACKED_DEPTH
WORTH = 4            # occurrences: a pair's place in the table costs two bytes
APART = "ERR_"       # err.c finds a name behind it

LITERAL = r'"(?:[^"\\\n]|\\.)*"'
TEXT = re.compile(rf"\bT\(\s*({LITERAL}(?:\s*\\?\s*{LITERAL})*)")
ERROR = re.compile(rf"^\s*X\((ERR_\w+),\s*\d+,[\s\\]*({LITERAL})\)", re.M)
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
    strange = [c for c in text if ord(c) > 0x7e or ord(c) in CODES]
    if strange:
        raise ValueError(f"T({literals}): {strange[0]!r} is no ASCII character")
    return text


def texts_of(paths):
    """Every text of some source files once, the errors' names among them."""
    texts = set()
    for path in paths:
        with open(path, encoding="utf-8") as file:
            source = file.read()
        texts.update(text_of(literals) for literals in TEXT.findall(source))
        for name, meaning in ERROR.findall(source):
            texts.update((name, text_of(meaning)))
    return sorted(texts)


def parts(text):
    return [APART, text[len(APART):]] if text.startswith(APART) else [text]


def replace(sequence, pair, code):
    out, i = [], 0
    while i < len(sequence):
        if tuple(sequence[i:i + 2]) == pair:
            out.append(code)
            i += 2
        else:
            out.append(sequence[i])
            i += 1
    return out


def commonest(sequences, depth):
    """The pair that occurs most often, of which the unpacker's memory suffices; how often it does."""
    count = collections.Counter()
    for sequence in sequences:
        before = None
        for pair in zip(sequence, sequence[1:]):
            if pair == before:      # aaa has the pair aa once
                before = None
                continue
            before = pair
            if max(depth.get(pair[0], 0) + 1, depth.get(pair[1], 0)) <= DEPTH:
                count[pair] += 1
    return min(count.items(), key=lambda item: (-item[1], item[0]), default=(None, 0))


def learn(texts):
    """[(code, pair)] in the order in which they are to be applied."""
    sequences = [list(part.encode()) for text in texts for part in parts(text)]
    learned, depth = [], {}
    for code in CODES:
        pair, occurrences = commonest(sequences, depth)
        if occurrences < WORTH:
            break
        learned.append((code, pair))
        depth[code] = max(depth.get(pair[0], 0) + 1, depth.get(pair[1], 0))
        sequences = [replace(sequence, pair, code) for sequence in sequences]
    return learned


def pack(text, learned):
    packed = []
    for part in parts(text):
        sequence = list(part.encode())
        for code, pair in learned:
            sequence = replace(sequence, pair, code)
        packed += sequence
    return bytes(packed)


def codes_file(learned):
    pairs = dict(learned)
    rows = [pairs.get((FIRST + i) % 256, (0, 0)) for i in range(COUNT)]
    lines = ["".join(f"\t{{ 0x{a:02x}, 0x{b:02x} }}," for a, b in rows[i:i + 4]) for i in range(0, COUNT, 4)]
    return "\n".join(['/* Made by tools/pack_text.py. */', '#include "base/packed.h"', "",
                      f"const uint8_t packed_count = {COUNT};", f"const uint8_t packed_pairs[{COUNT}][2] = {{",
                      *lines, "};", ""])


def read_codes(path):
    with open(path, encoding="utf-8") as file:
        rows = re.findall(r"\{ 0x(..), 0x(..) \}", file.read())
    pairs = {(FIRST + i) % 256: (int(a, 16), int(b, 16)) for i, (a, b) in enumerate(rows)}
    return [(code, pairs[code]) for code in CODES if pairs[code] != (0, 0)]


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
            write_if_new(rest[0], codes_file(learn(texts_of(rest[1:]))))
        elif what == ["compile"] and len(rest) > 1:
            return compile_packed(rest[0], rest[1:])
        elif what == ["list"]:
            print("\n".join(texts_of(rest)))
        else:
            sys.exit("usage: pack_text.py learn CODES.c SOURCE... | compile CODES.c COMPILER ARGS... | list SOURCE...")
    except (OSError, ValueError) as error:
        sys.exit(f"pack_text: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
