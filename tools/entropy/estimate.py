#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The min-entropy of raw samples that a board has dumped.

    estimate.py [--lanes N] [--accept BITS] FILE...     every dump of the files
    estimate.py --restart BITS [--lanes N] FILE...      a dump a restart, see collect.py
    estimate.py --cutoffs BITS                          of the health tests

FILE is what the console said to "entropy dump SOURCE N": lines of hexadecimal
digits, two a sample, then "end"; all else is passed over.  "-" is the standard
input.  --lanes 2 takes the ADC's two inputs apart, as the device does.  The
status is 1 when there is less than BITS a sample (default 0.3: three times what
the device assesses), or when restarts do not fit, 2 when a file cannot be used.
"""
import argparse
import re
import sys

import estimators

LINE = re.compile(r"(?:[0-9a-f]{2}){1,64}$")
FEWEST = 1000


def read_dumps(lines):
    """The dumps in LINES, each a list of samples.  One without "end" is dropped."""
    dumps, dump = [], []
    for line in lines:
        line = line.strip()
        if LINE.match(line):
            dump += bytes.fromhex(line)
        elif line == "end" and dump:
            dumps.append(dump)
            dump = []
        else:
            dump = []
    return dumps


def read_files(names):
    dumps = []
    for name in names:
        with sys.stdin if name == "-" else open(name, encoding="ascii", errors="replace") as file:
            found = read_dumps(file)
        if not found:
            raise ValueError(f"{name}: no dump in it that goes to its \"end\"")
        dumps += found
    return dumps


def lanes_of(dump, lanes):
    return [dump[lane::lanes] for lane in range(lanes)]


def show_estimates(dumps, lanes, accept):
    """True when each lane has at least ACCEPT bits a sample."""
    good = True
    for lane in range(lanes):
        samples = [s for dump in dumps for s in lanes_of(dump, lanes)[lane]]
        if len(samples) < FEWEST:
            raise ValueError(f"{len(samples)} samples are too few: at least {FEWEST}, better 1000000")
        found, least = estimators.assess(samples)
        title = f"input {lane + 1}: " if lanes > 1 else ""
        print(f"{title}{len(samples)} samples, {len(set(samples))} values")
        for name, h in found:
            print(f"  {name:<28}{h:8.4f} bits a sample")
        print(f"  {'least':<28}{least:8.4f}: {'accepted' if least >= accept else 'too little'}, {accept} are asked")
        good = good and least >= accept
    return good


def show_restarts(dumps, lanes, assessed):
    if len(dumps) < 100:
        raise ValueError(f"{len(dumps)} restarts are too few: at least 100, better 1000")
    good = True
    for lane in range(lanes):
        fits, text = estimators.restart([lanes_of(dump, lanes)[lane] for dump in dumps], assessed)
        print((f"input {lane + 1}: " if lanes > 1 else "") + f"{len(dumps)} restarts: " + ("" if fits else "FAILED: ") + text)
        good = good and fits
    return good


def show_cutoffs(h):
    proportion = estimators.proportion_cutoff(h)
    print(f"{h} bits a sample, false alarm 2^-30: repetition count {estimators.repetition_cutoff(h)}, "
          f"adaptive proportion {proportion or 'none'} of 512")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--lanes", type=int, default=1, metavar="N")
    parser.add_argument("--accept", type=float, default=0.3, metavar="BITS")
    parser.add_argument("--restart", type=float, metavar="BITS")
    parser.add_argument("--cutoffs", type=float, metavar="BITS")
    args = parser.parse_args()
    for name in ("lanes", "accept", "restart", "cutoffs"):
        value = getattr(args, name)
        if value is not None and not 0 < value <= 8:
            parser.error(f"--{name} {value} is not above 0 and at most 8")
    if (args.cutoffs is None) == (not args.files):
        parser.error("either files or --cutoffs")
    try:
        if args.cutoffs:
            good = show_cutoffs(args.cutoffs)
        elif args.restart:
            good = show_restarts(read_files(args.files), args.lanes, args.restart)
        else:
            good = show_estimates(read_files(args.files), args.lanes, args.accept)
    except (OSError, ValueError) as error:
        print(f"estimate.py: {error}", file=sys.stderr)
        return 2
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
