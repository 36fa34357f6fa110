#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The console as a person meets it: keys, pastes and a screen of 80 columns, from the
first start of a new device to its first message."""
import fcntl
import os
import pty
import re
import secrets
import select
import socket
import struct
import subprocess
import termios
import time
import unittest

from e2e import BOARD, LOGIN_S, PROGRAMS, EndToEnd, certs
from ternlab.device import LINUX
from ternlab.lab import Failure, program
from ternlab.whole import HOST, connection_string

UP, DOWN, CTRL_C, CTRL_U, TAB, BACKSPACE = "\x1b[A", "\x1b[B", "\x03", "\x15", "\t", "\x7f"
COLUMNS = 80


class Screen:
    """What a terminal shows of the bytes it gets, as far as the console makes use of it."""

    def __init__(self):
        self.rows, self._column, self._escape = [""], 0, ""

    def feed(self, data):
        for character in data.decode("latin-1"):
            self._take(character)

    def _take(self, character):
        if self._escape or character == "\x1b":
            self._escape += character
            if character.isalpha():
                assert self._escape == "\x1b[K", repr(self._escape)
                self.rows[-1], self._escape = self.rows[-1][:self._column], ""
        elif character == "\r":
            self._column = 0
        elif character == "\n":
            self.rows.append("")
        elif character == "\b":
            self._column = max(0, min(self._column, COLUMNS - 1) - 1)
        elif character >= " ":
            if self._column == COLUMNS:
                self.rows.append("")
                self._column = 0
            row = self.rows[-1].ljust(self._column)
            self.rows[-1] = row[:self._column] + character + row[self._column + 1:]
            self._column += 1

    def text(self):
        """The rows, and again with the broken ones joined."""
        joined = "".join(row if len(row) == COLUMNS else row + "\n" for row in self.rows)
        return "\n".join(row.rstrip() for row in self.rows) + "\n" + joined


class Person:
    """Somebody at a terminal: the Linux build on a pseudo-terminal of its own, or QEMU's console."""

    def __init__(self, test, whole):
        self.screen, self.lab = Screen(), test.lab
        if BOARD == "linux":
            whole.device.stop()
            self._fd, device = pty.openpty()
            fcntl.ioctl(device, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
            self.process = subprocess.Popen(
                [program(PROGRAMS.get("device", LINUX)), "--modem", whole.modem.socket, "--flash", whole.device.flash,
                 "--no-led"], stdin=device, stdout=device, stderr=subprocess.DEVNULL)
            test.addCleanup(self.process.wait)
            test.addCleanup(self.process.kill)
            os.close(device)
        else:
            self._line = socket.socket(socket.AF_UNIX)
            self._line.connect(whole.console.line())
            test.addCleanup(self._line.close)
            self._fd = self._line.fileno()
            self.write("\r")

    def _read(self, seconds):
        if select.select([self._fd], [], [], seconds)[0]:
            try:
                self.screen.feed(os.read(self._fd, 4096))
            except OSError:     # the other end of the pseudo-terminal is closed
                time.sleep(seconds)

    def write(self, text):
        data = text.encode("latin-1")
        while data:
            if select.select([], [self._fd], [], 0.05)[1]:
                data = data[os.write(self._fd, data[:256]):]
            self._read(0)

    def sees(self, pattern, timeout=20):
        """Waits until PATTERN is on the screen, and forgets all before its end."""
        end = time.monotonic() + timeout
        while not re.search(pattern, text := self.screen.text(), re.M):
            if time.monotonic() > end:
                raise Failure(f"'{pattern}' does not come; on the screen:\n{text}")
            self._read(0.1)
        return text

    def does(self, typed, *patterns, timeout=20):
        """Types, as a person does: after a pause, on a clean screen.  Sees each of PATTERNS."""
        time.sleep(0.4)
        self._read(0)
        self.screen.rows = [self.screen.rows[-1]]
        self.write(typed)
        text = ""
        for pattern in patterns:
            text = self.sees(pattern, timeout)
        return text


class Console(EndToEnd):
    """Each test has a device that is new."""

    def new(self, **options):
        self.chain_ = self.chain()
        whole = self.whole(factory_new=True, chain=self.chain_, **options)
        person = Person(self, whole)
        person.sees("^tern> $")
        return whole, person

    def new_key(self, name, kind="p256"):
        return certs.read(certs.make_key(self.lab.secret(name), kind))

    def go_to(self, person, question):
        """To one of the questions of "setup"."""
        person.does("setup\r", "^host> $")
        seed = [secrets.token_hex(32)] if BOARD == "qemu" else []
        for answer in [HOST, "", connection_string("f103"), "", *seed]:
            if re.search(rf"^{question}> $", person.screen.text(), re.M):
                return
            person.does(answer + "\r", r"^[a-z]+> $")
            time.sleep(0.3)

    def test_a_guided_first_start(self):
        whole, person = self.new()
        person.does("start\r", "nothing is set yet: 'setup' asks for what is needed")
        person.does("setup\r", "at most 8 questions", "^Now: not set$", "^host> $")
        person.does("http://mqtt\r", "^error: ", "^host> $")
        person.does(HOST + "\r", rf"^host +{HOST}$", "^port> $")
        person.does("88833\r", "error: The port '88833'", "^port> $")
        person.does("\r", "^connection> $")
        person.does("project-id=My First Project\r", "^error: ", "^connection> $")
        person.does(connection_string("f103") + "\r", "are set$", "^ca> $")
        person.does(self.new_key("other"), "KEY-|ROOT-IS-KEY", "^ca> $")
        person.does("# the root\r\n\r\n" + self.chain_.root.pem().replace("\n", "\r\n") + "\r\n", "^root 1: ", "^ca> $")
        text = person.does("\r", "^(seed|key)> $")
        if BOARD == "qemu":
            self.assertIn("seed> ", text)
            person.does("12ab\r", "error: the seed has 4 characters", "^seed> $")
            person.does(secrets.token_hex(32) + "\r", "^seed stored$", "^key> $")
        person.does("hello\r", "PEM-NONE", "^key> $")
        text = person.does("new\r", "-----END PUBLIC KEY-----", "^apn> $")
        public = self.lab.path("public.pem")
        with open(public, "w", encoding="ascii") as file:
            file.write(re.search("-----BEGIN.*?END PUBLIC KEY-----\n", text, re.S)[0])
        whole._register(whole.server, public)
        person.does("inter net\r", "error: The APN", "^apn> $")
        person.does("internet\r", "^apn +internet$", "^pin> $")
        person.does("47x1\r", "error: The SIM PIN", "^pin> $")
        text = person.does("\r", "ready to connect$", "'start' connects", "^tern> $")
        self.assertNotRegex(text, "^error")
        person.does("start\r", "^started$")
        person.sees("device: online", LOGIN_S)
        person.sees("acknowledged 1", 60)

    def test_what_goes_wrong_with_a_pasted_key(self):
        _, person = self.new()
        good, rsa = self.new_key("good"), self.new_key("rsa", "rsa2048")
        path = self.lab.path("good.pem")
        with open(path, "w", encoding="ascii") as file:
            file.write(good)
        openssl = lambda *words: certs.openssl(*words).decode()
        lines = rsa.split("\n")
        for text, code in [
                (openssl("pkey", "-in", path, "-pubout"), "KEY-IS-PUBLIC"),
                (openssl("pkcs8", "-topk8", "-in", path, "-passout", "pass:x"), "KEY-ENCRYPTED"),
                (self.chain_.root.pem(), "KEY-IS-CERT"),
                (openssl("ecparam", "-name", "secp384r1", "-genkey", "-noout"), "KEY-CURVE"),
                ("\r".join(lines[:5] + lines[6:]), "PEM-LOST-LINES"),
                ("\r".join(lines[:5] + lines[4:]), "PEM-TWICE"),
                ("\r".join(lines[:5]) + "\r" + lines[5][:40] + "\r" + "\r".join(lines[6:]), "PEM-SHORT-LINE"),
                ("\r".join(lines[:5] + ["> " + lines[5]] + lines[6:]), "PEM-(PREFIX|CHARACTER)"),
                ("\r".join(lines[:8]) + "\r" + good, "PEM-NO-END"),
                (rsa.replace("END RSA", "END EC").replace("END PRIVATE", "END EC PRIVATE"), "PEM-MISMATCH"),
                (good.split("\n", 1)[1], "PEM-NO-BEGIN"),
                (good + good, "PEM-TWO-KEYS"),
                (good.replace("-----", "\xe2\x80\x94"), "PEM-")]:
            with self.subTest(code):
                text = person.does("key\r" + text + "\r", rf"^error: .*\[{code}", timeout=30)
                self.assertNotIn(lines[3][:20], text)
                person.does(CTRL_C, "^tern> $")
                if code != "PEM-NO-END":     # where a good key stands behind
                    person.does(CTRL_U + "get key\r", "^not set$", "^tern> $")
                else:
                    person.does("unset key\r", "not set any more")
        for text in (good, good.replace("\n", "\r\n"), good.replace("\n", ""), good.replace("\n", "\\n")):
            person.does("key\r" + text + "\r", "^public half: sha256 ", "^tern> $")
            person.does("unset key\r", "not set any more")

    def test_a_whole_set_up_pasted_in_one_go(self):
        _, person = self.new()
        key = self.new_key("key")
        roots = "".join(certs.Chain(self.lab.path(f"certs{i}"), HOST).root.pem() for i in range(3))
        text = person.does((f"set host {HOST}\n{connection_string('f103')}\nset apn internet\nset pin 4711\n"
                            f"set apn-password sesame-17\nca\n{roots}seed {secrets.token_hex(32)}\n{key}unset pin\n"
                            "get port\n").replace("\n", "\r\n"), "^port +8883 .default.$", timeout=60)
        for number in 1, 2, 3:
            self.assertRegex(text, rf"root {number}: ")
        self.assertIn("public half: ", text)
        self.assertNotRegex(text, "error|lost|4711|sesame")
        person.does("check\r", "ready to connect$")

    def test_editing_history_and_completion(self):
        _, person = self.new()
        person.does("versoin" + BACKSPACE * 3 + "ion\r", "^Tern ")
        person.does("vers" + TAB, "^tern> version $")
        person.does("\r", "^Tern ")
        person.does("s" + TAB, "^set  seed  setup  start  stop  status", "^tern> s$")
        person.does("tat" + TAB + "\r", "^state +stopped")
        person.does("set po" + TAB + "443\r", "^port +443$")
        person.does(UP, "^tern> set port 443$")
        person.does(BACKSPACE * 3 + "8883\r", "^port +8883$")
        person.does(UP * 4, "^tern> version $")
        person.does(DOWN * 2 + CTRL_U + "sta\r", "'sta' may be start, status")
        person.does("set pin 4711\r", "^pin +set$")
        text = person.does(UP, "^tern> sta$")
        self.assertNotIn("4711", text)
        long = "project-id=" + "p" * 130
        person.does(CTRL_U + long, "pp$")
        text = person.does(BACKSPACE * 140 + "\r", "^error: ")
        self.assertIn("'p'", person.does("\r", "^tern> $") + text)

    def test_ctrl_c_everywhere(self):
        whole, person = self.new()
        for begun in ("set ho", "ca\r", "key\r", "seed\r", "factory-reset\r", "factory-reset\ryes\r",
                      "key\r-----BEGIN PRIVATE KEY-----\rMIGH", "help\rhelp\rhelp\r"):
            with self.subTest(begun):
                person.does(begun)
                time.sleep(0.3)
                person.does(CTRL_C + "x" + CTRL_U, "^tern> $")
                person.does("get host\r", "^host +not set$")
        for question in ("host", "port", "connection", "ca", "key"):
            with self.subTest(question):
                self.go_to(person, question)
                person.does(CTRL_C, "setup left; what was accepted is stored", "^tern> $")
        person.does("get host\r", f"^host +{HOST}$")

    @unittest.skipIf(BOARD == "qemu", "a chip does not end")
    def test_ctrl_c_twice_ends_the_program(self):
        _, person = self.new()
        person.does("set ho" + CTRL_C, r"\^C")
        self.assertIsNone(person.process.poll())
        person.write(CTRL_C)
        self.assertEqual(person.process.wait(10), 0)

    @unittest.skipIf(BOARD == "qemu", "a chip has no status")
    def test_a_script_s_status(self):
        whole = self.whole(factory_new=True)
        whole.device.stop()
        key = self.new_key("script")
        for script, status, said in (("version\n", 0, "Tern "), ("key\n" + key, 0, "public half: "),
                                     ("set port 99999\nversion\n", 2, "error: The port '99999'"), ("check\n", 2, "not ready"),
                                     ("key\n" + key[:150], 2, r"error: key: .*\[PEM-NO-END\]")):
            with self.subTest(script):
                path = self.lab.path("script")
                with open(path, "w", encoding="ascii") as file:
                    file.write(script)
                ended = subprocess.run(
                    [program(PROGRAMS.get("device", LINUX)), "--modem", whole.modem.socket, "--flash", whole.device.flash,
                     "--no-led", "--exit-when-done", "--script", path], stdin=subprocess.DEVNULL, capture_output=True,
                    text=True, timeout=60, check=False)
                self.assertEqual(ended.returncode, status, ended.stdout)
                self.assertRegex(ended.stdout, said)

    def test_wrong_answers_to_factory_reset(self):
        _, person = self.new()
        person.does(f"{connection_string('f103')}\r", "are set$")
        for first, second in (("no", None), ("", None), ("erase", None), ("yes", "yes"), ("yes", ""), ("yes", "f104")):
            with self.subTest(first=first, second=second):
                person.does("factory-reset\r", "Type 'yes'", "^yes/no> $")
                if second is not None:
                    person.does(first + "\r", "cannot be undone", "^erase> $")
                person.does((first if second is None else second) + "\r", "^nothing erased$")
        person.does("get device\r", "^device +f103$")
        person.does("factory-reset\r", "^yes/no> $")
        person.does("yes\r", "^erase> $")
        person.does("f103\r", "^all erased$")
        person.does("get device\r", "^device +not set$")


if __name__ == "__main__":
    unittest.main()
