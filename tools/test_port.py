#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make test-port: holds a board's port against what boards/port.h promises.

    test_port.py BOARD [--tty TTY] [--modem-tty TTY] [--image FILE] [--only CHECK]...

The image app/port_test does and measures; this end knows what is right and prints
one line a check: pass, FAIL or skip, the check's name, and figures or the reason.
Status 0: none failed; 1: one did; 2: it could not begin; 77: not on this machine.

On a chip TTY is its console, and the modem's UART has TX and RX joined by a
jumper, or leads to a second serial adapter, --modem-tty, of which this end returns
every byte (its RX to the board's TX and the other way round).  In QEMU and on Linux
this end is both.
"""
import argparse
import math
import os
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
import tty
import zlib
from typing import NamedTuple

from ternlab.lab import TOP, Failure, Lab, program


class Wrong(Exception):
    """The port does not do what it should; the message says what it did."""


class Skip(Exception):
    """This cannot be tried here; the message says why."""


class NotHere(Exception):
    """Nothing can be tried on this machine; the message says why."""


class Silence(Exception):
    """The image does not answer any more."""


class Traits(NamedTuple):
    """What may be asked of a kind of board."""
    image: str                # below build/
    rate: tuple               # bytes a second over a UART at 115200 baud: from, to
    clock: float              # how far its second may be off
    late_ms: int              # how late a sleep may end
    call_ms: int              # how long one call of port_noise() may take
    live_noise: bool          # its noise is noise
    lasting_fault: bool       # its memory outlives a fault
    watchdog: str             # what a dead main loop leads to: none, ends, restarts
    own_clock: bool           # its lasting clock is its own to set
    own_id: bool              # no other board has its id


# A shared machine stops its guests when it likes: figures of time are wide there.
# QEMU's tick falls behind by a tenth even on an idle machine.
TRAITS = {
    #                 image                                     rate             clock late call noise  fault  dog    clock  id
    "linux": Traits("host-release/app/port_test/port-test",    (2000, math.inf), 0.05, 400, 100, True,  False, "none", False, True),
    "qemu":  Traits("qemu/app/port_test/port-test.elf",        (500, math.inf),  0.40, 400, 100, False, False, "ends", True, False),
}
TRAITS["qemu_l475"] = TRAITS["qemu"]._replace(image="qemu_l475/app/port_test/port-test.elf", rate=(100, math.inf),
                                              lasting_fault=True, watchdog="restarts")
CHIP = Traits("{board}/app/port_test/port-test.elf",           (10000, 11800),   0.02, 2,   3,   True,  True,  "restarts", True, True)

BAUD, FAST_BAUD = 115200, 230400
LINE_BYTES = 20000       # 1.7 s at 115200 baud
# Answers that are words, also where they look like numbers.
WORDS = {"id", "board", "fault", "reset", "err"}
# What the modem may send while the program is away for an erase and a slice of cryptography.
AWAY_MS, AWAY_BYTES = 150, 1600
FLOOD_MS, FLOOD_BYTES = 1500, 15000
REPEATS = {"adc": 301, "oscillator": 301, "hardware": 21}    # SP 800-90B, 4.4.1: 0.1 bit (2^-30), 1 bit (2^-20)


def pattern(seed, count):
    """The bytes of app/port_test/pattern.h."""
    state, out = seed * 2654435761 & 0xffffffff | 1, bytearray()
    for _ in range(count):
        state ^= state << 13 & 0xffffffff
        state ^= state >> 17
        state ^= state << 5 & 0xffffffff
        out.append(state >> 24)
    return bytes(out)


# ---- lines -------------------------------------------------------------------

class Line:
    """Bytes either way; a thread takes in what comes."""

    def __init__(self, read_fd, send):
        self._fd, self._send = read_fd, send
        self._data, self._news, self._ended = bytearray(), threading.Condition(), False
        threading.Thread(target=self._take_in, daemon=True).start()

    def send(self, data):
        try:
            self._send(data)
        except OSError as why:
            raise Silence(f"nobody listens: {why.strerror}") from None

    def _take_in(self):
        while True:
            try:
                part = os.read(self._fd, 65536)
            except OSError:
                part = b""
            with self._news:
                self._data += part
                self._ended = not part
                self._news.notify_all()
            if not part:
                return

    def _take(self, enough, timeout):
        """Waits until ENOUGH() says how many bytes, and takes them."""
        end = time.monotonic() + timeout
        with self._news:
            while (count := enough()) is None:
                left = end - time.monotonic()
                if self._ended or left <= 0:
                    raise Silence(f"no answer within {timeout:g} s" if not self._ended else "the program has ended")
                self._news.wait(left)
            got = bytes(self._data[:count])
            del self._data[:count]
        return got

    def read_until(self, mark, timeout):
        def enough():
            at = self._data.find(mark)
            return None if at < 0 else at + len(mark)
        return self._take(enough, timeout)

    def read_exactly(self, count, timeout):
        return self._take(lambda: count if len(self._data) >= count else None, timeout)

    def drop(self):
        with self._news:
            self._data.clear()


def open_tty(path):
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(fd)
    set_baud(fd, BAUD)
    termios.tcflush(fd, termios.TCIOFLUSH)
    return fd


def set_baud(fd, baud):
    attributes = termios.tcgetattr(fd)
    attributes[2] = attributes[2] & ~(termios.CRTSCTS | termios.CSTOPB | termios.PARENB) | termios.CLOCAL | termios.CREAD
    attributes[4] = attributes[5] = getattr(termios, f"B{baud}")
    termios.tcsetattr(fd, termios.TCSADRAIN, attributes)


def send_all(fd, data):
    while data:
        data = data[os.write(fd, data):]


class Returner:
    """The modem's place: every byte goes back.  Of a board that reconnects, the newest line counts."""

    def __init__(self):
        self._fd, self._out, self._socket, self._path = None, None, None, None

    def listen(self, path):
        self._socket, self._path = socket.socket(socket.AF_UNIX), path
        self._socket.bind(path)
        self._socket.listen(4)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.attach(connection.detach())

    def attach(self, fd):
        self._fd, self._out = fd, queue.Queue()
        threading.Thread(target=self._take, args=(fd, self._out), daemon=True).start()
        threading.Thread(target=self._give, args=(fd, self._out), daemon=True).start()

    # One thread each: while QEMU waits for us to take a byte, it takes none itself.
    @staticmethod
    def _take(fd, out):
        try:
            while data := os.read(fd, 65536):
                out.put(data)
        except OSError:
            pass

    @staticmethod
    def _give(fd, out):
        try:
            while True:
                send_all(fd, out.get())
        except OSError:
            pass

    def send(self, data):
        self._out.put(data)

    def baud(self, baud):
        if self._socket is None:
            set_baud(self._fd, baud)


# ---- boards ------------------------------------------------------------------

class Chip:
    """A board on a serial port; it runs port-test already."""

    def __init__(self, console, modem):
        self.returner = None
        fd = open_tty(console)
        self.console = Line(fd, lambda data: send_all(fd, data))
        if modem:
            self.returner = Returner()
            self.returner.attach(open_tty(modem))

    def power_cycle(self):
        raise Silence("the board is silent: press its reset and start again")


class Qemu:
    """QEMU's netduino2: the modem's line is its second, the console its third."""
    MACHINE, LINES_BEFORE = "netduino2", ["-serial", "null"]

    def __init__(self, lab, image):
        self._lab, self._image = lab, image
        self.returner = Returner()
        self.returner.listen(lab.socket_path("modem"))
        self._process = None
        self.power_cycle()

    def power_cycle(self):
        self._end()
        path = self._lab.socket_path("console")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(1)
            listener.settimeout(20)
            self._process = self._lab.start("qemu", [
                program("qemu-system-arm"), "-M", self.MACHINE, "-kernel", self._image, "-nodefaults",
                "-display", "none", "-monitor", "none", *self.LINES_BEFORE,
                "-chardev", f"socket,id=modem,path={self._lab.socket_path('modem')}", "-serial", "chardev:modem",
                "-chardev", f"socket,id=console,path={path}", "-serial", "chardev:console",
                "-semihosting-config", f"enable=on,target=native,arg=fw,arg=nv={self._lab.path('flash')}"])
            self._socket, _ = listener.accept()
        os.unlink(path)
        self.console = Line(self._socket.fileno(), self._socket.sendall)

    def _end(self):
        if self._process is not None:
            self._process.kill()
            self._lab.forget(self._process)


class QemuL475(Qemu):
    """QEMU's b-l475e-iot01a, since version 9.1: the modem's line is its first, the console its second.

    Its USART takes the next byte in only when something wakes QEMU's main loop (stm32l4x5_usart.c never asks for
    more): a program that does not sleep gets one byte a tick."""
    MACHINE, LINES_BEFORE = "b-l475e-iot01a", []

    def __init__(self, lab, image):
        machines = subprocess.run([program("qemu-system-arm"), "-M", "help"], capture_output=True, text=True, check=True)
        if self.MACHINE not in machines.stdout:
            raise NotHere(f"this QEMU has no machine {self.MACHINE}; version 9.1 and later have it")
        super().__init__(lab, image)


class Linux:
    """The Linux build."""

    def __init__(self, lab, image):
        self._lab, self._image = lab, image
        self.returner = Returner()
        self.returner.listen(lab.socket_path("modem"))
        self._process = None
        self.power_cycle()

    def power_cycle(self):
        if self._process is not None:
            self._process.kill()
            self._lab.forget(self._process)
        self._process = self._lab.start("port-test", [
            self._image, "--modem", self._lab.socket_path("modem"), "--flash", self._lab.path("flash"), "--no-led"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        pipe = self._process.popen.stdin
        self.console = Line(self._process.output(), lambda data: send_all(pipe.fileno(), data))


class Tester:
    """Commands to the image, and what the checks share."""

    def __init__(self, board, traits):
        self.board, self.traits = board, traits
        self.flash = None
        self.store_crc = None

    @property
    def console(self):
        return self.board.console

    def meet(self):
        """The image answers, whatever it did before."""
        for _ in range(5):
            try:
                self.console.drop()
                self.console.send(b"\nfacts\n")
                return self.answer(2)
            except Silence as silence:
                why = silence
        raise Silence(f"{why} on the console; is port-test in the board, are TX and RX crossed?")

    def answer(self, timeout):
        text = self.console.read_until(b"ok\n", timeout).decode("ascii", "replace")
        pairs = dict(line.split(" ", 1) for line in text.splitlines() if " " in line)
        if "error" in pairs:
            raise Wrong(f"the image answered: {pairs['error']}; is it of this version?")
        return {name: int(value) if name not in WORDS and value.lstrip("-").isdecimal() else value
                for name, value in pairs.items()}

    def ask(self, command, *numbers, timeout=15):
        self.console.send(" ".join([command, *map(str, numbers)]).encode() + b"\n")
        return self.answer(timeout)

    def restart(self, command="reset", timeout=20):
        self.console.send(command.encode() + b"\n")
        self.console.read_until(b"going\n", 5)
        self.console.read_until(b"tern port test\n", timeout)

    def faults(self):
        """All that the two UARTs have counted."""
        return [self.ask("faults", uart)[name] for uart in (0, 1) for name in ("overruns", "noise", "dropped")]


def expect(true, why):
    if not true:
        raise Wrong(why)


def rate_of(t, count, ms):
    """Bytes a second, held against the board's range."""
    rate = count * 1000 / max(ms, 1)
    low, high = t.traits.rate
    expect(low <= rate <= high, f"{rate:.0f} bytes a second, not {low} to {high}")
    return f"{count} bytes, {rate:.0f} a second"


def arrived(got, count, seed):
    """GOT is the image's report of COUNT bytes of the pattern."""
    expect(got["right"] == got["got"], f"byte {got['right']} arrived damaged or an earlier one was lost; "
                                       f"{got['got']} of {count} came")
    expect(got["got"] == count, f"{got['got']} of {count} bytes arrived")
    expect(got["crc"] == zlib.crc32(pattern(seed, count)), "the CRC is wrong")


# ---- the checks: each returns figures, or raises ------------------------------

CHECKS = {}


def check(name):
    def add(function):
        CHECKS[name] = function
        return function
    return add


@check("describe")
def describe(t):
    facts = t.meet()
    text = facts["board"]
    expect(facts["beyond"] == 0, "port_describe() wrote beyond its buffer")
    expect(facts["len"] > 0 and text.isprintable(), f"port_describe() gave no line for a person: {text!r}")
    degrees = f"{facts['tenths'] / 10} °C; " if "tenths" in facts else ""
    expect(-400 <= facts.get("tenths", 0) <= 1250, f"port_temperature() says {degrees}which no board survives")
    expect(facts.get("button", 0) == 0, "port_button() says that the button is down; if nobody presses it, it is inverted")
    return f"{text}; {degrees}started after: {facts['reset']}"


@check("console.in")
def console_in(t):
    t.console.send(f"sink {LINE_BYTES} 1\n".encode())
    t.console.read_until(b"ready\n", 5)
    t.console.send(pattern(1, LINE_BYTES))
    got = t.answer(90)
    arrived(got, LINE_BYTES, 1)
    return rate_of(t, LINE_BYTES, got["ms"])


@check("console.out")
def console_out(t):
    t.console.send(f"source {LINE_BYTES} 2\n".encode())
    t.console.read_until(b"data\n", 5)
    start = time.monotonic()
    got = t.console.read_exactly(LINE_BYTES, 90)
    took = time.monotonic() - start
    t.answer(5)
    want = pattern(2, LINE_BYTES)
    expect(got == want, f"byte {next((i for i in range(LINE_BYTES) if got[i] != want[i]), 0)} is wrong")
    return rate_of(t, LINE_BYTES, took * 1000)


def loop(t, seed, count=LINE_BYTES):
    got = t.ask("loop", count, seed, timeout=90)
    expect(got["sent"] == count, f"only {got['sent']} of {count} bytes were taken by port_write()")
    if got["got"] == 0 and t.board.returner is None:
        raise Wrong("nothing came back: join TX and RX of the modem's UART, or give --modem-tty")
    arrived(got, count, seed)
    return got["ms"]


@check("modem.loop")
def modem_loop(t):
    return rate_of(t, LINE_BYTES, loop(t, 3)) + ", both ways at once"


@check("modem.away")
def modem_away(t):
    if t.board.returner is None:
        raise Skip("needs a partner on the modem's UART: --modem-tty")
    t.console.send(f"away {AWAY_MS} {AWAY_BYTES} 4\n".encode())
    t.console.read_until(b"away\n", 5)
    t.board.returner.send(pattern(4, AWAY_BYTES))
    arrived(t.answer(30), AWAY_BYTES, 4)
    return f"{AWAY_BYTES} bytes waited for {AWAY_MS} ms"


@check("modem.faster")
def modem_faster(t):
    if t.ask("baud", FAST_BAUD)["done"] == 0:
        raise Skip(f"this port does not make {FAST_BAUD} baud")
    returner = t.board.returner
    try:
        if returner:
            returner.baud(FAST_BAUD)
        ms = loop(t, 5)
        low, high = t.traits.rate
        rate = LINE_BYTES * 1000 / max(ms, 1)
        factor = 2 if high != math.inf else 1      # a socket has no speed
        expect(low * factor <= rate <= high * factor, f"{rate:.0f} bytes a second at {FAST_BAUD} baud")
    finally:
        back = t.ask("baud", BAUD)["done"]
        if returner:
            returner.baud(BAUD)
    expect(back == 1, f"port_modem_baud() did not go back to {BAUD}")
    rate_of(t, LINE_BYTES, loop(t, 6))
    return f"{rate:.0f} bytes a second at {FAST_BAUD} baud, and back"


@check("modem.baud-refused")
def modem_baud_refused(t):
    """Of what no divider makes."""
    for baud in (0, 1, 4000000000):
        expect(t.ask("baud", baud)["done"] == 0, f"port_modem_baud({baud}) said yes")
    rate_of(t, LINE_BYTES, loop(t, 7))


@check("modem.lines")
def modem_lines(t):
    got = t.ask("modem")
    expect(got["status"] in (0, 1, 2), f"port_modem_status() is {got['status']}")
    has = [name for name in ("pwrkey", "reset", "dtr") if got["has-" + name]]
    has += ["rts, cts"] * got["flow"]
    return f"wired: {', '.join(has) or 'none'}; STATUS {('not wired', 'off', 'on')[got['status']]}"


@check("uart.faults")
def uart_faults(t):
    """Behind the checks above, in which no byte was lost."""
    now = t.faults()
    expect(now == t.faults_before, f"overruns, noise, dropped went from {t.faults_before} to {now}, and no byte was lost")


@check("modem.flood")
def modem_flood(t):
    if t.board.returner is None:
        raise Skip("needs a partner on the modem's UART: --modem-tty")
    before = sum(t.faults())
    t.console.send(f"away {FLOOD_MS} {FLOOD_BYTES} 8\n".encode())
    t.console.read_until(b"away\n", 5)
    t.board.returner.send(pattern(8, FLOOD_BYTES))
    got = t.answer(60)
    lost = FLOOD_BYTES - got["right"]
    expect(lost == 0 or sum(t.faults()) > before, f"{lost} bytes lost, and port_uart_faults() does not know")
    loop(t, 9)
    return f"{FLOOD_BYTES} bytes while away for {FLOOD_MS} ms: " + ("all kept" if lost == 0 else f"{lost} lost and counted")


# ---- time

@check("clock.rate")
def clock_rate(t):
    """Each reading lies somewhere between the question and the answer."""
    def reading():
        asked = time.monotonic()
        now = t.ask("now")["now"]
        return asked, now, time.monotonic()
    a = reading()
    time.sleep(3)
    b = reading()
    ms = (b[1] - a[1]) % 2 ** 32
    least, most = (b[0] - a[2]) * 1000, (b[2] - a[0]) * 1000
    off = t.traits.clock
    expect(least * (1 - off) - 2 <= ms <= most * (1 + off) + 2,
           f"port_now_ms() went {ms} ms forward in {least:.0f} to {most:.0f} ms of this machine, more than {off:.0%} off")
    return f"{ms} ms in {(least + most) / 2:.0f} ms of this machine, tolerance {off:.0%}"


@check("clock.steps")
def clock_steps(t):
    got = best_of(3, lambda: t.ask("steps", 200), lambda got: -got["steps"])
    expect(got["back"] == 0, f"port_now_ms() went back {got['back']} times")
    expect(got["elapsed"] >= 200, f"port_now_ms() stood still after {got['elapsed']} ms while the program looked at it")
    expect(got["steps"] >= got["elapsed"] * 0.25, f"only {got['steps']} steps in {got['elapsed']} ms")
    return f"{got['steps']} steps in {got['elapsed']} ms, the largest {got['largest']} ms"


def best_of(count, measure, key):
    """On a shared machine the best of some tries says what the port can do."""
    return min((measure() for _ in range(count)), key=key)


def held_sleep(t, got, ms):
    expect(got["elapsed"] >= ms, f"gave up after {got['calls']} calls that slept {got['elapsed']} ms together")
    expect(got["elapsed"] <= ms + t.traits.late_ms, f"woke {got['elapsed'] - ms} ms late, not within {t.traits.late_ms}")
    expect(got["calls"] <= 4 * got["elapsed"] + 50, f"{got['calls']} calls in {got['elapsed']} ms: it does not sleep")


@check("idle.deadline")
def idle_deadline(t):
    for ms in (1, 30, 500):
        got = best_of(3, lambda ms=ms: t.ask("idle", ms), lambda got: abs(got["elapsed"] - ms))
        held_sleep(t, got, ms)
    return f"500 ms took {got['elapsed']} ms, {got['calls']} calls"


@check("idle.past")
def idle_past(t):
    """Also a time before the start, which as a number is far ahead: 0 - 100000000 wraps."""
    for ms in (0, 1, 5000, 100000000, 2000000000):
        got = best_of(3, lambda ms=ms: t.ask("past", ms), lambda got: got["elapsed"])
        expect(got["elapsed"] <= t.traits.late_ms, f"a time {ms} ms ago: slept {got['elapsed']} ms")


@check("idle.console")
def idle_console(t):
    t.console.send(b"wake 1 8000\n")
    t.console.read_until(b"waiting\n", 5)
    time.sleep(0.3)
    t.console.send(b"x")
    got = t.answer(15)
    expect(got["came"] == 1, f"a byte on the console did not end the sleep; {got['slept']} ms")
    held_byte(t, got, 300)
    return f"woke after {got['slept']} ms, {got['calls']} calls"


@check("idle.modem")
def idle_modem(t):
    got = best_of(3, lambda: t.ask("wake", 0, 4000), lambda got: got["slept"])
    expect(got["came"] == 1, f"a byte on the modem's line did not end the sleep; {got['slept']} ms")
    held_byte(t, got, 0)
    return f"woke after {got['slept']} ms"


def held_byte(t, got, ms):
    """2 s: far more than a byte takes, far less than the deadline."""
    expect(got["slept"] <= ms + 2000, f"woke {got['slept'] - ms} ms after the byte")
    expect(got["calls"] <= 4 * got["slept"] + 50, f"{got['calls']} calls in {got['slept']} ms: it does not sleep")


# ---- flash

class Flash:
    """The last two pages, and what they should hold."""

    def __init__(self, t):
        shape = t.ask("shape")
        self._t = t
        self.page, self.count = shape["page-size"], shape["page-count"]
        self.end, self.stores_end = self.page * self.count, shape["stores-end"]
        self.needed = shape["pages-needed"], shape["page-size-needed"]
        self.a, self.b = self.end - 2 * self.page, self.end - self.page
        self._held = {}

    def spare(self):
        if self.a < self.stores_end:
            raise Skip(f"the area has {self.count} pages, none above the stores to try")

    def erase(self, addr):
        got = self._t.ask("erase", addr)
        if got["err"] == "OK":
            self._held[addr] = bytearray(b"\xff" * self.page)
        return got

    def program(self, addr, count, seed, offset=0):
        err = self._t.ask("program", addr, count, seed, offset)["err"]
        if err == "OK":
            page = self.a if addr < self.b else self.b
            self._held[page][addr - page:addr - page + count] = pattern(seed, count)
        return err

    def must_erase(self):
        for page in (self.a, self.b):
            err = self.erase(page)["err"]
            expect(err == "OK", f"erasing the page at {page:#x}: {err}")

    def must_program(self, addr, count, seed, offset=0):
        err = self.program(addr, count, seed, offset)
        expect(err == "OK", f"programming {count} bytes at {addr:#x}: {err}")

    def must_refuse(self, what, err, *wanted):
        expect(err in wanted, f"{what}: {err}, not {' or '.join(wanted)}")
        self.must_hold(what)

    def read(self, addr, count, offset=0):
        return self._t.ask("read", addr, count, offset)

    def must_hold(self, after):
        for page, held in self._held.items():
            got = self.read(page, self.page)
            expect(got["err"] == "OK", f"reading the page at {page:#x} after {after}: {got['err']}")
            expect(got["crc"] == zlib.crc32(held), f"the page at {page:#x} does not hold what it should after {after}")

    def stores_crc(self):
        return [self.read(addr, self.page).get("crc") for addr in range(0, self.stores_end, self.page)]


@check("flash.shape")
def flash_shape(t):
    f = t.flash
    count, page = f.needed
    expect(f.page >= page and f.page % 8 == 0, f"pages of {f.page} bytes; the layout needs {page}, a multiple of 8")
    expect(f.count >= count, f"{f.count} pages; the layout needs {count}")
    return f"{f.count} pages of {f.page} bytes; tried are the last two"


@check("flash.erase")
def flash_erase(t):
    f = t.flash
    f.spare()
    f.must_erase()
    f.must_program(f.a, f.page, 10)
    f.must_program(f.b, f.page, 11)
    f.must_hold("programming both whole pages")
    got = f.erase(f.a)
    expect(got["err"] == "OK", f"erasing: {got['err']}")
    f.must_hold("erasing the page before the last")
    f.must_program(f.a, f.page, 12)
    expect(f.erase(f.b)["err"] == "OK", "erasing the last page")
    f.must_hold("erasing the last page")
    return f"a page in {got['ms']} ms; every byte 0xff, the other page untouched"


@check("flash.program")
def flash_program(t):
    f = t.flash
    f.spare()
    f.must_erase()
    rows = [(0, 8, 0), (8, 16, 0), (24, 264, 0), (288, 8, 1), (296, 8, 2), (304, 40, 3), (344, 8, 7), (f.page - 8, 8, 0)]
    for at, count, offset in rows:
        f.must_program(f.a + at, count, 20 + at, offset)
        f.must_hold(f"programming {count} bytes at +{at}, from memory at an address that is {offset} more than a word's")
    f.must_erase()
    seam = t.ask("program", f.b - 8, 16, 12)["err"]
    got = f.read(f.b - 8, 16)
    expect(seam == "OK" and got.get("crc") == zlib.crc32(pattern(12, 16)), f"16 bytes across two pages: {seam}, "
           "or they do not read back")


@check("flash.twice")
def flash_twice(t):
    f = t.flash
    f.spare()
    f.must_erase()
    f.must_program(f.a + 64, 64, 30)
    for what, at, count, seed in [("the same bytes again", 64, 64, 30), ("other bytes", 64, 64, 31), ("one granule", 120, 8, 32),
                                  ("a written granule behind an erased one", 56, 16, 33)]:
        err = t.ask("program", f.a + at, count, seed, 0)["err"]
        expect(err == "FLASH_PROGRAM", f"{what} on a written granule: {err}, not FLASH_PROGRAM")
        got = f.read(f.a + 64, 64)
        expect(got.get("crc") == zlib.crc32(pattern(30, 64)), f"{what} on a written granule changed it")


@check("flash.misaligned")
def flash_misaligned(t):
    f = t.flash
    f.spare()
    f.must_erase()
    f.must_program(f.b, 64, 40)
    for at, count in [(1, 8), (2, 8), (4, 8), (7, 16), (0, 1), (0, 4), (0, 7), (8, 12), (0, 2047)]:
        f.must_refuse(f"{count} bytes at +{at}", f.program(f.a + at, count, 41), "FLASH_RANGE")
    for at in (1, 8, 16, f.page // 2):
        f.must_refuse(f"erasing at +{at}", f.erase(f.b + at)["err"], "FLASH_RANGE")


@check("flash.outside")
def flash_outside(t):
    f = t.flash
    f.spare()
    f.must_erase()
    f.must_program(f.b, f.page, 50)
    f.must_refuse("erasing behind the end", f.erase(f.end)["err"], "FLASH_RANGE")
    f.must_refuse("erasing far behind the end", f.erase(0xfffff800)["err"], "FLASH_RANGE")
    f.must_refuse("programming behind the end", f.program(f.end, 8, 51), "FLASH_RANGE")
    for addr, count in [(f.end, 1), (f.end - 4, 8), (f.end + 1, 0), (0xffffffff, 2), (0xfffffff8, 16), (8, 0xfffffff8)]:
        f.must_refuse(f"reading {count} bytes at {addr:#x}", f.read(addr, count)["err"], "FLASH_RANGE")
    expect(f.read(f.end, 0)["err"] == "OK", "reading nothing at the end is no error")


@check("flash.read")
def flash_read(t):
    f = t.flash
    f.spare()
    f.must_erase()
    f.must_program(f.a, f.page, 60)
    want = pattern(60, f.page)
    for at in (0, 1, 2, 3, 5, 7, 8, f.page - 9):
        for count in (0, 1, 2, 3, 4, 7, 8, 9):
            for offset in (0, 1, 3):
                got = f.read(f.a + at, count, 4 + offset)
                what = f"reading {count} bytes at +{at} to an address {offset} more than a word's"
                expect(got["err"] == "OK", f"{what}: {got['err']}")
                expect(got["crc"] == zlib.crc32(want[at:at + count]), f"{what}: other bytes than were written")
                expect(got["edges"] == 1, f"{what}: bytes beside them were overwritten")


@check("flash.reset")
def flash_reset(t):
    f = t.flash
    f.spare()
    f.must_erase()
    f.must_program(f.a, 256, 70)
    f.must_program(f.b + f.page - 64, 64, 71)
    t.restart()
    f.must_hold("a restart")


@check("flash.stores")
def flash_stores(t):
    """Behind the checks above: none of them may have touched what the device is."""
    expect(t.flash.stores_crc() == t.store_crc, "the pages of seed and settings are not as they were before the test")
    for page in (t.flash.a, t.flash.b):
        if page >= t.flash.stores_end:
            t.flash.erase(page)
    return f"{t.flash.stores_end // t.flash.page} pages as they were"


# ---- noise

def noise(t, source):
    names = ["adc", "oscillator", "hardware"]
    got = t.ask("noise", names.index(source), 1024, timeout=30)
    if got["has"] == 0:
        expect(got["samples"] == 0, f"port_has_noise() says no, yet {got['samples']} samples came")
        raise Skip("the port has none")
    figures = (f"{got['samples']} samples in {got['ms']} ms, {got['distinct']} values, most often one {got['most']} times, "
               f"longest repeat {got['longest']}")
    expect(got["beyond"] == 0, "port_noise() wrote or claimed more than it was asked for")
    expect(got["call-ms"] <= t.traits.call_ms, f"one call took {got['call-ms']} ms")
    if not t.traits.live_noise and got["distinct"] <= 1:
        raise Skip("QEMU has no noise: " + figures)
    enough = 1024 if source == "adc" else 256
    expect(got["samples"] >= enough, f"too few, not {enough}: {figures}")
    expect(got["distinct"] >= 2, f"it is constant: {figures}")
    expect(got["longest"] < REPEATS[source], f"stuck for {REPEATS[source]} samples or more: {figures}")
    expect(got["most"] < got["samples"] * 507 / 512, f"one value dominates: {figures}")
    return figures


check("noise.adc")(lambda t: noise(t, "adc"))
check("noise.oscillator")(lambda t: noise(t, "oscillator"))
check("noise.hardware")(lambda t: noise(t, "hardware"))


@check("noise.memory")
def noise_memory(t):
    """Handed out once a start: the small size first."""
    lengths = []
    for size in (5, 64):
        got = t.ask("memory", size)
        expect(got["beyond"] == 0, f"port_memory_noise() wrote or claimed more than {size} bytes")
        lengths.append(got["len"])
    if not any(lengths):
        raise Skip("nobody looked at memory before the program did")
    return f"{max(lengths)} bytes"


# ---- who and why

@check("id.value")
def id_value(t):
    whole = t.ask("id", 32)
    value = bytes.fromhex(whole["id"])
    expect(whole["beyond"] == 0, "port_unique_id() wrote beyond its buffer")
    expect(len(value) >= 8, f"{len(value)} bytes name too few boards; at least 8")
    expect(len(set(value)) > 1 or not t.traits.own_id, f"all bytes are {value[0]:#04x}: nothing answers where the id should be")
    part = t.ask("id", 4)
    expect(part["beyond"] == 0 and bytes.fromhex(part["id"]) == value[:4], "asked for 4 bytes it does not give the first 4")
    t.restart()
    expect(t.ask("id", 32)["id"] == whole["id"], "another one after a restart")
    return f"{len(value)} bytes, the same after a restart" + ("" if t.traits.own_id else "; not its own in QEMU")


@check("reset.cause")
def reset_cause(t):
    t.restart()
    cause = t.ask("facts")["reset"]
    expect(cause == "software", f"after port_reset() the cause is '{cause}', not 'software'")


@check("clock.lasting")
def clock_lasting(t):
    shift = 86400 if t.traits.own_clock else 0
    value = int(time.time()) + shift
    start = time.monotonic()
    try:
        t.ask("clock-set", value)
        held_clock(t, value, start, "just after it was set")
        t.restart()
        held_clock(t, value, start, "after a restart")
    finally:
        t.ask("clock-set", int(time.time()))
    return "set, and right after a restart"


def held_clock(t, value, start, when):
    got = t.ask("clock")
    if got["set"] == 0 and when.startswith("just"):
        raise Skip("the board has no clock that lasts")
    expect(got["set"] == 1, f"not set {when}")
    ahead = got["unix"] - value
    expect(-1 <= ahead <= time.monotonic() - start + 2, f"{ahead} s off {when}")


@check("fault.kept")
def fault_kept(t):
    if not t.traits.lasting_fault:
        raise Skip("a fault ends the program here, and with it its memory")
    t.restart("fault", 30)
    words = t.ask("fault?")["fault"]
    expect(words, "after a fault port_last_fault() knows of none")
    cause = t.ask("facts")["reset"]
    expect(cause == "fault", f"after a fault the cause is '{cause}', not 'fault'")
    t.restart()
    expect(not t.ask("fault?")["fault"], "still told after a restart without a fault")
    return words


@check("fault.none")
def fault_none(t):
    t.restart()
    expect(not t.ask("fault?")["fault"], "port_last_fault() tells of one after an ordinary restart")


@check("retained.kept")
def retained_kept(t):
    """64 bytes: as they were written, also after a restart."""
    for seed in (1, 2):
        t.ask("retain", seed)
        retained_held(t, seed, "just after they were written")
        t.restart()
        retained_held(t, seed, "after port_reset()")
    return "64 bytes, the same after a restart"


def retained_held(t, seed, when):
    got = t.ask("retained", seed)
    if got["has"] == 0:
        raise Skip("the board has none")
    expect(got["aligned"] == 1, "not aligned for every type")
    expect(got["right"] == 64, f"{got['right']} of 64 bytes right {when}")


@check("watchdog")
def watchdog(t):
    """The image stops calling port_alive(), and goes on looking at the clock."""
    if t.traits.watchdog == "none":
        raise Skip("none here")
    start = time.monotonic()
    try:
        t.restart("hang 60000", 45)
        ended = False
    except Silence as why:
        ended = "ended" in str(why)
        expect(ended, "nothing happened in 45 s after the main loop had died")
    took = time.monotonic() - start
    expect(took >= 7.5, f"it bit after {took:.1f} s; a main loop may be away for 8 s")
    expect(ended == (t.traits.watchdog == "ends"), "the program ended" if ended else "the program did not end")
    if ended:
        t.board.power_cycle()
        t.meet()
        return f"the program ended {took:.0f} s after the main loop had died"
    cause = t.ask("facts")["reset"]
    expect(cause == "watchdog", f"the cause is '{cause}', not 'watchdog'")
    return f"restarted after {took:.0f} s: {cause} {t.ask('fault?')['fault']}"


# ---- running them --------------------------------------------------------------

def say(word, name, text):
    print(f"{word}  {name:<18} {text or ''}".rstrip(), flush=True)


def run_check(t, name):
    """True unless it failed."""
    try:
        say("pass", name, CHECKS[name](t))
    except Skip as why:
        say("skip", name, why)
    except Wrong as why:
        say("FAIL", name, why)
        return False
    except Silence as why:
        say("FAIL", name, why)
        t.board.power_cycle()
        t.meet()
        return False
    return True


def run(t, names):
    failed = []
    t.meet()
    t.faults_before = t.faults()
    t.flash = Flash(t)
    t.store_crc = t.flash.stores_crc()
    for name in names:
        if not run_check(t, name):
            failed.append(name)
    print(f"{len(names)} checks, {len(failed)} failed" + (": " + ", ".join(failed) if failed else ""))
    return 1 if failed else 0


def open_board(lab, arguments, traits):
    image = os.path.abspath(arguments.image or os.path.join(TOP, "build", traits.image.format(board=arguments.board)))
    if arguments.board not in TRAITS:
        return Chip(arguments.tty, arguments.modem_tty)
    if not os.path.exists(image):
        raise Failure(f"there is no {image}: 'make test-port BOARD={arguments.board}' builds it")
    return {"linux": Linux, "qemu": Qemu, "qemu_l475": QemuL475}[arguments.board](lab, image)


def check_arguments(parser, arguments):
    boards = sorted(name for name in os.listdir(os.path.join(TOP, "boards"))
                    if os.path.exists(os.path.join(TOP, "boards", name, "CMakeLists.txt")))
    if arguments.board not in boards:
        parser.error(f"there is no board '{arguments.board}'; one of: {', '.join(boards)}")
    if arguments.board not in TRAITS and not arguments.tty:
        parser.error(f"{arguments.board} is a board on a desk: --tty says where its console is (make: TTY=/dev/ttyUSB0)")
    for path in filter(None, (arguments.tty, arguments.modem_tty)):
        try:
            with open(path, "rb", buffering=0) as file:
                termios.tcgetattr(file)
        except (OSError, termios.error) as why:
            parser.error(f"'{path}' is no serial port: {why.strerror if isinstance(why, OSError) else why.args[-1]}")
    for name in arguments.only:
        if name not in CHECKS:
            parser.error(f"there is no check '{name}'; one of: {', '.join(CHECKS)}")


def main():
    parser = argparse.ArgumentParser(description="holds a board's port against what boards/port.h promises")
    parser.add_argument("board")
    parser.add_argument("--tty", help="the console of a board on the desk")
    parser.add_argument("--modem-tty", help="a second serial adapter on the modem's UART")
    parser.add_argument("--image", help="port-test for QEMU or Linux; default: in build/")
    parser.add_argument("--only", action="append", default=[], metavar="CHECK", help="this check alone; may be repeated")
    arguments = parser.parse_args()
    check_arguments(parser, arguments)
    traits = TRAITS.get(arguments.board, CHIP)
    folder = tempfile.mkdtemp(prefix="tern-port-")
    try:
        with Lab(folder) as lab:
            return run(Tester(open_board(lab, arguments, traits), traits), arguments.only or list(CHECKS))
    except NotHere as why:
        print(f"skipped: {why}")
        return 77
    except (Failure, Silence, OSError) as why:
        print(f"test_port: {why}", file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
