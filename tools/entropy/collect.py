#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Dumps raw samples from a board's console into a file for estimate.py.

    collect.py PORT SOURCE N [--restarts COUNT [--power COMMAND]] > FILE

PORT is the console's serial line.  With --restarts the board is restarted before
each of COUNT dumps: by its command "reboot", or by COMMAND, which cuts its power
and gives it back.
"""
import argparse
import os
import re
import select
import subprocess
import sys
import termios
import time
import tty

PROMPT = re.compile(rb"(?:^|[\r\n])tern> (?=$|[\r\n])")
# What ends a dump.  "error: bytes lost ..." does not: that comes from the loop; a
# lost line is seen by the count.
END = rb"[\r\n](?:end|error: (?!bytes lost )([^\r\n]*))[\r\n]"
SILENCE_S = 30     # longer than a device takes to start, and to give a dump up


class Board:
    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        if os.isatty(self.fd):
            tty.setraw(self.fd)
            settings = termios.tcgetattr(self.fd)
            settings[4] = settings[5] = termios.B115200
            termios.tcsetattr(self.fd, termios.TCSANOW, settings)

    def read_until(self, pattern, what):
        """What came up to PATTERN.  Silence for SILENCE_S is an error."""
        said, pattern = b"", re.compile(pattern)
        while not pattern.search(said):
            if not select.select([self.fd], [], [], SILENCE_S)[0]:
                raise TimeoutError(f"no {what} in {SILENCE_S} s; the board said last: {said[-80:]!r}")
            said += os.read(self.fd, 4096)
        return said

    def command(self, text, pattern, what):
        os.write(self.fd, text.encode() + b"\r")
        return self.read_until(pattern, what)

    def prompt(self):
        os.write(self.fd, b"\x03")     # whatever was going on
        self.read_until(PROMPT, "prompt")

    def dump(self, source, n):
        """The lines of a dump."""
        self.prompt()
        said = self.command(f"entropy dump {source} {n}", END, "end of the dump")
        refused = re.search(END, said)[1]
        if refused is not None:
            raise ValueError("error: " + refused.decode("ascii", "replace"))
        return re.findall("^(?:[0-9a-f]{2})+$", said.decode("ascii", "replace").replace("\r", ""), re.M)


def restart(board, power):
    if power:
        subprocess.run(power, shell=True, check=True)
        board.read_until(rb"Tern [^\r\n]*help", "greeting")
    else:
        board.prompt()
        board.command("reboot", rb"Tern [^\r\n]*help", "greeting")
    time.sleep(0.1)    # until it listens


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", metavar="PORT")
    parser.add_argument("source", metavar="SOURCE")
    parser.add_argument("n", metavar="N", type=int)
    parser.add_argument("--restarts", type=int, default=0, metavar="COUNT")
    parser.add_argument("--power", metavar="COMMAND")
    args = parser.parse_args()
    try:
        board = Board(args.port)
        for i in range(args.restarts or 1):
            if args.restarts:
                restart(board, args.power)
                print(f"\r{i + 1} of {args.restarts}", end="", file=sys.stderr, flush=True)
            lines = board.dump(args.source, args.n)
            if sum(map(len, lines)) != 2 * args.n:
                raise ValueError(f"{sum(map(len, lines)) // 2} samples came, not {args.n}: a line was lost")
            print(*lines, "end", sep="\n", flush=True)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"collect.py: {error}", file=sys.stderr)
        return 2
    finally:
        if args.restarts:
            print(file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
