#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The firmware's figures beside those of earlier milestones, and in README.

    figures.py trend [--add MILESTONE]    tests/bench/trend.csv with what is measured now as its last row;
                                          adds that row to the file
    figures.py readme [--write]           status 1 if README's figures are not the measured ones; makes them so

What is measured now is the image in build/stm32f103 and what `make bench` last found
in build/qemu.  Sizes of the image are held to 16 bytes, the others to 3 %.  Another
compiler makes other code: README is not held against it, and the status is 77.
"""
import csv
import json
import os
import re
import sys

import footprint
import module_sizes

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
TREND, README = os.path.join(TOP, "tests/bench/trend.csv"), os.path.join(TOP, "README.md")
IMAGE = os.path.join(TOP, "build/stm32f103/app/demo/tern-demo.elf")
CODES = os.path.join(TOP, "build/stm32f103_codes/app/demo/tern-demo.elf")    # without sentences
BENCH = os.path.join(TOP, "build/qemu/figures.json")    # written by tests/bench/run.py
COMPILER = "12.2.1"

# Column of trend.csv: its heading; what README says of it.
COLUMNS = {
    "flash":       "flash",
    "ram":         "RAM",
    "ram_peak":    "RAM peak",
    "ram_idle":    "RAM idle",
    "modem":       "modem driver",
    "tls_full":    "full handshake",
    "tls_resumed": "resumed",
    "es256_sign":  "ES256",
}

EXACT = {"flash", "flash_codes", "modem", "ram", "arena", "stack"}    # the image itself tells
TOLERANCE = 0.03
OF_A_BUILD = 16    # bytes by which the date of the commit, a number in the image, changes its size

# README's rows that are held: label, measured, target, command.
ROWS = [
    ("flash, everything", "{flash} bytes", "%d KB" % (footprint.budgets()["STM32F103xG"]["flash"][0] // 1024), "make firmware"),
    ("the same, diagnosis in codes, sentences on the PC", "{flash_codes} bytes", "", "make firmware BOARD=stm32f103_codes"),
    ("of it the modem's driver: AT engine, network, sockets, power", "{modem} bytes", "15 KB", "make firmware"),
    ("RAM, everything reserved: static, TLS arena, stacks", "{ram} bytes", "50 KB", "make firmware"),
    ("RAM used at most: full handshake, then a record of 16 KB", "{ram_peak} bytes", "50 KB", "make bench"),
    ("RAM used, connected and idle", "{ram_idle} bytes", "36 KB", "make bench"),
    ("TLS handshake, full", "{tls_full:M} instructions", "55 M", "make bench"),
    ("TLS handshake, resumed", "{tls_resumed:M} instructions", "0.4 M", "make bench"),
    ("a token signed (ES256)", "{es256_sign:M} instructions", "5.5 M", "make bench"),
    ("a message and its acknowledgement, TLS and MQTT", "{publish:k} instructions", "", "make bench"),
    ("from socket to first acknowledgement, full handshake",
     "{full_up} bytes up, {full_down} down, {full_round_trips} round trips", "", "make bench"),
    ("the same, resumed", "{resumed_up} bytes up, {resumed_down} down, {resumed_round_trips} round trips", "", "make bench"),
    ("TLS memory at its fullest", "{arena_large} of {arena} bytes; {arena_idle} when idle", "", "make bench"),
    ("stack at its deepest", "{stack_deepest} of {stack} bytes", "", "make bench"),
]


class Count(int):
    """Prints with thousands apart, as {:M} in millions, as {:k} in thousands, to two figures or more."""

    def __format__(self, unit):
        value = self / {"": 1, "k": 1e3, "M": 1e6}[unit]
        if unit == "":
            return f"{int(self):,}"
        return f"{value:.2f} {unit}" if value < 1 else f"{value:.1f} {unit}" if value < 100 and unit == "M" else f"{value:.0f} {unit}"


def compiler(path):
    elf = footprint.Elf(path)
    said = [elf.content(section) for section in elf.sections if section.name == ".comment"]
    return re.search(rb"GCC: \([^)]*\) ([\d.]+)", b"".join(said))[1].decode()


def sizes(path):
    """What the image itself tells."""
    got = footprint.footprint(path)
    rows = module_sizes.by(module_sizes.module_of, module_sizes.Attribution(path, module_sizes.build_folder(path)))
    found = {name: got[name] for name in ("flash", "ram", "arena", "stack")}
    found["modem"] = sum(rows["src/modem"])
    return found


def benched(path):
    """What the bench has found, {} if it did not run."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        found = json.load(file)
    found["publish"] = found["publish_mqtt"] + found["publish_tls"]
    found["stack_deepest"] = max(value for name, value in found.items() if name.startswith("stack_"))
    return found


def measured():
    codes = {"flash_codes": footprint.footprint(CODES)["flash"]} if os.path.exists(CODES) else {}
    return {name: Count(value) for name, value in {**benched(BENCH), **sizes(IMAGE), **codes}.items()}


# ---- the trend ---------------------------------------------------------------

def read_trend():
    with open(TREND, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def row_of(milestone, found):
    return {"milestone": milestone, **{name: str(int(found[name])) if name in found else "" for name in COLUMNS}}


def show_trend(rows):
    yield f"  {'trend':<22}" + "".join(f"{heading:>15}" for heading in COLUMNS.values())
    for row in rows:
        values = [format(Count(int(row[name])), "" if name in EXACT or name.startswith("ram") else "M") if row[name] else "" for name in COLUMNS]
        yield f"  {row['milestone']:<22}" + "".join(f"{value:>15}" for value in values)


def trend(add):
    now = row_of(add or "now", measured())
    rows = [*read_trend(), now]
    print("\n".join(show_trend(rows)))
    if add:
        missing = [name for name, value in now.items() if not value]
        if missing:
            raise ValueError(f"not measured: {', '.join(missing)}: run make firmware and make bench")
        with open(TREND, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["milestone", *COLUMNS], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


# ---- README ------------------------------------------------------------------

def readme_rows(found):
    """{label: line}"""
    return {label: f"| {label} | {text.format_map(found)} | {target} | `{command}` |".replace("|  |", "| |")
            for label, text, target, command in ROWS}


def as_good(line, right, exact):
    """LINE says what RIGHT says; its numbers may be a little off unless they are to be EXACT."""
    number = r"\d[\d,.]*"
    same_words = re.sub(number, "#", line) == re.sub(number, "#", right)
    pairs = zip(*([float(n.replace(",", "")) for n in re.findall(number, text)] for text in (line, right)))
    return line == right or same_words and all(abs(a - b) <= (OF_A_BUILD if exact else TOLERANCE * b) for a, b in pairs)


def wrong_lines(text, wanted):
    """[(line, what it should be)], None for a line that is missing."""
    lines = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("| ")}
    exact = {label: set(re.findall(r"{(\w+)", measured)) <= EXACT for label, measured, _, _ in ROWS}
    return [(lines.get(label), line) for label, line in wanted.items()
            if label not in lines or not as_good(lines[label], line, exact[label])]


def readme(write):
    wanted = readme_rows(measured())
    with open(README, encoding="utf-8") as file:
        text = file.read()
    wrong = wrong_lines(text, wanted)
    for line, right in wrong:
        print(f"README: {line or 'no such row'}\nshould be: {right}")
        if write and line:
            text = text.replace(line, right)
    if write:
        with open(README, "w", encoding="utf-8") as file:
            file.write(text)
    if wrong and not write:
        print("tools/figures.py readme --write makes it so")
    return 1 if wrong and not (write and all(line for line, _ in wrong)) else 0


def main():
    what, *rest = sys.argv[1:] or [""]
    try:
        if not os.path.exists(IMAGE):
            print(f"skipped: there is no {os.path.relpath(IMAGE, TOP)}: make firmware makes it")
            return 77
        if what == "trend" and (not rest or rest[0] == "--add" and len(rest) == 2):
            return trend(rest[1] if rest else None)
        if what == "readme" and rest in ([], ["--write"]):
            if compiler(IMAGE) != COMPILER or not (os.path.exists(BENCH) and os.path.exists(CODES)):
                print(f"skipped: README's figures are of GCC {COMPILER}, make bench and make firmware BOARD=stm32f103_codes")
                return 77
            return readme(bool(rest))
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"figures: {error}")
    sys.exit("usage: figures.py trend [--add MILESTONE] | readme [--write]")


if __name__ == "__main__":
    sys.exit(main())
