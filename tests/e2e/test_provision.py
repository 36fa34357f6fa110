#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tern provision: a factory-new board to its first acknowledged message in one
command, and everything that may come in between."""
import csv
import hashlib
import os
import pty
import re
import select
import signal
import socket
import stat
import subprocess
import termios
import threading
import time
import tty
import unittest

from e2e import BOARD, PROGRAMS, TOP, EndToEnd
from ternlab import certs
from ternlab.device import Linux, Qemu
from ternlab.whole import HOST, PROJECT, REGION, REGISTRY, pick

TERN = PROGRAMS.get("tern", os.path.join(TOP, "build/host-release/host/cli/tern"))
WAIT = ["--wait", "90"]


class Result:
    """What a run of tern provision left behind."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err
        self.last = err.strip().splitlines()[-1] if err.strip() else ""

    def __str__(self):
        return f"status {self.status}\n{self.out}\n{self.err}"

    def fingerprint(self):
        return re.search(r"^fingerprint: ([0-9a-f]{64}) \(SHA-256", self.out, re.M)[1]


def run(*arguments, stdin="", timeout=200, bridge=None):
    """BRIDGE: one that is configured in the environment, so that devices are registered there."""
    result = subprocess.run([TERN, "provision", *arguments], input=stdin, capture_output=True, text=True,
                            timeout=timeout, check=False, env={**os.environ, **(bridge.environment() if bridge else {})})
    return Result(result.returncode, result.stdout, result.stderr)


class Cable:
    """A unix socket on the way to a console.  ON_BYTES(data, cable) may change
    what the device says; cut() is a cable that is pulled."""

    def __init__(self, lab, to, name="cable", on_bytes=None, on_typed=None):
        self.path, self.to = lab.socket_path(name), to
        self.on_bytes = on_bytes or (lambda data, cable: data)
        self.on_typed = on_typed or (lambda data, cable: data)
        self.heard, self.typed, self.ends = b"", b"", []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.line = "unix:" + self.path
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self):
        for end in self.ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _serve(self):
        while True:
            guest, _ = self.listener.accept()
            device = socket.socket(socket.AF_UNIX)
            device.connect(self.to() if callable(self.to) else self.to)
            self.ends, self.heard = [guest, device], b""
            self._relay(guest, device)
            guest.close()
            device.close()

    def _relay(self, guest, device):
        try:
            while True:
                for end in select.select([guest, device], [], [])[0]:
                    data = end.recv(4096)
                    if not data:
                        return
                    if end is device:
                        self.heard += data
                        guest.sendall(self.on_bytes(data, self))
                    else:
                        self.typed += data
                        device.sendall(self.on_typed(data, self))
        except OSError:
            pass


class Terminal:
    """A pseudo-terminal on the way to a console, or to nothing."""

    def __init__(self, answer=None, upstream=None):
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.line = os.ttyname(slave)
        self.answer, self.upstream, self.flood = answer, upstream, b""
        os.close(slave)
        os.set_blocking(self.master, False)
        self._ended = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        device = None
        if self.upstream:
            device = socket.socket(socket.AF_UNIX)
            device.connect(self.upstream)
        while not self._ended:
            try:
                ready = select.select([self.master] + ([device] if device else []), [], [],
                                      0 if self.flood else 0.1)[0]
                if self.master in ready:
                    data = os.read(self.master, 4096)
                    if device:
                        device.sendall(data)
                    elif self.answer:
                        self._say(self.answer(data))
                if device in ready:
                    self._say(device.recv(4096))
                if self.flood:
                    self._say(self.flood)
            except OSError:
                time.sleep(0.05)     # nobody has it open now
        os.close(self.master)
        if device:
            device.close()

    def _say(self, data):
        """All of DATA, unless the end comes first: a full terminal that nobody reads must not hold us."""
        while data and not self._ended:
            if select.select([], [self.master], [], 0.1)[1]:
                data = data[os.write(self.master, data):]

    def close(self):
        self._ended = True
        self._thread.join()


class Fake:
    """A device as bad as one likes: ANSWERS maps a typed line to what is said, None to silence."""

    GOOD = {
        "version": "Tern 9.9.9", "stop": "stopped already", "get device": "device        dev-1",
        "check": "board 0102\r\n" + "".join(f"error:   {name:13} not set\r\n" for name in (
            "host", "project", "region", "registry", "device", "key", "seed", "roots")) + "8 errors: not ready to connect",
        "seed": ("64 hexadecimal digits", "seed> ", "seed stored"),
    }

    def __init__(self, lab, answers, prompt="tern> ", name="fake"):
        self.answers, self.prompt, self.typed, self.then = {**self.GOOD, **answers}, prompt, [], None
        self.path = lab.socket_path(name)
        self.line = "unix:" + self.path
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.path)
        listener.listen()
        threading.Thread(target=self._serve, args=(listener,), daemon=True).start()

    def _serve(self, listener):
        while True:
            guest, _ = listener.accept()
            buffer = b""
            try:
                while data := guest.recv(4096):
                    buffer += data
                    while b"\n" in buffer:
                        line, buffer = buffer.split(b"\n", 1)
                        guest.sendall(self._answer(line.decode().lstrip("\x03")).encode())
            except OSError:
                pass

    def _answer(self, line):
        self.typed.append(line)
        if self.then is not None:
            said, self.then = self.then, None
            return f"\r\n{said}\r\n{self.prompt}"
        if line.startswith("#"):
            return f"^C\r\n{self.prompt}{line}\r\n{self.prompt}"
        said = self.answers.get(line, "ok")
        if isinstance(said, tuple):
            said, prompt, self.then = said
            return f"{line}\r\n{said}\r\n{prompt}"
        return "" if said is None else f"{line}\r\n{said}\r\n{self.prompt}"


class Base(EndToEnd):
    def new(self, stock=True, **options):
        """A factory-new device and a server, which takes any key if it is a stock one; its console's line is self.line."""
        whole = self.whole(factory_new=True, stock=stock, settings=[("interval", 1)], **options)
        self.line = "unix:" + whole.console.line()
        return whole

    def done(self, result):
        self.assertEqual(result.status, 0, result)
        return result

    def refused(self, result, status, sentence):
        self.assertEqual(result.status, status, result)
        self.assertRegex(result.last, sentence)
        return result

    def files(self, **options):
        """Options with which everything is given, without a server."""
        chain = self.chain(**options)
        return ["--host", HOST, "--project", PROJECT, "--region", REGION, "--registry", REGISTRY, "--device", "dev-1",
                "--root", chain.root.certificate]


class OneBoard(Base):
    """With a real device, from blank flash."""

    def test_a_factory_new_device_to_its_first_acknowledged_message_in_one_command(self):
        whole = self.new()
        public = self.lab.path("public.pem")
        result = self.done(run(self.line, *whole.options, "--public", public, *WAIT))
        whole.wait_telemetry(1)
        self.lab.wait("device", r"^acknowledged \d", 10)
        spki = certs.openssl("pkey", "-pubin", "-in", public, "-outform", "DER")
        self.assertEqual(result.fingerprint(), hashlib.sha256(spki).hexdigest())
        self.assertIn(certs.read(public), result.out)
        self.assertRegex(result.out, rf"(?m)^label: f103 {result.fingerprint()[:16]} [0-9a-f-]+$")
        self.assertIn("message 1 is acknowledged", result.err)
        self.assertNotRegex(result.out + result.err, "\033")

    def test_a_second_run_keeps_the_key_of_a_device_that_is_connected_and_talking(self):
        whole = self.new()
        first = self.done(run(self.line, *whole.options, *WAIT))
        whole.wait_telemetry(2)
        second = self.done(run(self.line, *whole.options, *WAIT))
        self.assertEqual(first.fingerprint(), second.fingerprint())
        self.assertRegex(second.err, r"(?m)^key +kept")
        self.assertRegex(second.err, r"(?m)^root +kept")
        # What is not given stays: the same again with no option at all.
        third = self.done(run(self.line, *WAIT))
        self.assertEqual(first.fingerprint(), third.fingerprint())
        self.assertIn("label: f103 ", third.out)

    def test_a_key_is_replaced_when_that_is_asked_for_and_never_else(self):
        whole = self.new()
        first = self.done(run(self.line, *whole.options))
        key = certs.make_key(self.lab.secret("own.key"))
        since = self.lab.feed.mark()
        result = self.refused(run(self.line, "--key", key), 2, "has another key already .* --new-key replaces it; nothing")
        self.assertIn("started", result.err + "".join(x.text for x in self.lab.feed.lines("device", since)))
        self.lab.wait("device", "^started$", 5, since)          # it goes on as before
        self.assertEqual(self.done(run(self.line, "--no-start")).fingerprint(), first.fingerprint())
        second = self.done(run(self.line, "--new-key", "--no-start"))
        self.assertNotEqual(second.fingerprint(), first.fingerprint())
        third = self.done(run(self.line, "--new-key", "--key", key, "--no-start"))
        spki = certs.openssl("pkey", "-in", key, "-pubout", "-outform", "DER")
        self.assertEqual(third.fingerprint(), hashlib.sha256(spki).hexdigest())
        self.done(run(self.line, "--key", key, "--no-start"))   # the same key is no other

    def test_a_key_that_is_made_here_is_kept_for_its_owner_alone(self):
        whole = self.new()
        key = self.lab.secret("saved.key")
        result = self.done(run(self.line, *whole.options, "--save-key", key, *WAIT))
        self.assertEqual(stat.S_IMODE(os.stat(key).st_mode), 0o600)
        spki = certs.openssl("pkey", "-in", key, "-pubout", "-outform", "DER")
        self.assertEqual(result.fingerprint(), hashlib.sha256(spki).hexdigest())
        before = certs.read(key)
        self.refused(run(self.line, "--new-key", "--save-key", key), 2, "saved.key exists already")
        self.assertEqual(certs.read(key), before)

    def test_over_a_terminal(self):
        whole = self.new()
        terminal = Terminal(upstream=self.line.removeprefix("unix:"))
        self.addCleanup(terminal.close)
        self.done(run(terminal.line, *whole.options, *WAIT))
        slave = os.open(terminal.line, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        speed = termios.tcgetattr(slave)
        os.close(slave)
        self.assertEqual(speed[4:6], [termios.B115200] * 2)
        self.assertFalse(speed[3] & (termios.ICANON | termios.ECHO))
        self.assertFalse(speed[2] & (termios.HUPCL | termios.PARENB | termios.CSTOPB))

    def test_roots_are_those_that_are_given(self):
        whole = self.new()
        other = certs.Authority(self.lab.path("certs"), "Other root")
        both = self.lab.path("both.pem")
        with open(both, "w", encoding="ascii") as file:
            file.write("# two of them\n" + other.pem() + whole.chain.root.pem().rstrip("\n"))
        self.done(run(self.line, *whole.options[:-4], "--root", other.certificate, "--no-start"))
        self.done(run(self.line, "--root", both, "--no-start"))
        self.done(run(self.line, "--root", whole.root, "--set", "interval=1", *WAIT))
        self.assertEqual([text for text in whole.console.command("ca list") if text.startswith("root")],
                         ["root 2: Tern test root, until " + text.split("until ")[1] for text in
                          whole.console.command("ca list") if text.startswith("root")])

    def test_whatever_the_device_was_in_the_middle_of(self):
        whole = self.new()
        whole.console.wait_prompt()
        for typed in ("set ho", "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBbANTHj", "ca\n", "key\n", "seed\n",
                      "x" * 2000, "help\n", "\x1b[A\x1b[", "set host \""):
            with self.subTest(typed[:20]):
                whole.console.type(typed)
                self.done(run(self.line, *whole.options, "--no-start"))
        # A question is answered with nothing, least of all with yes.
        whole.console.type("factory-reset\n")
        time.sleep(0.5)
        self.assertRegex(self.done(run(self.line, "--no-start")).err, r"key +kept")

    def test_boot_noise_before_the_greeting(self):
        whole = self.new()
        noise = bytes(range(256)) * 3 + b"\r\nU-Boot\r\ntern tern>\r\n"
        cable = Cable(self.lab, self.line.removeprefix("unix:"),
                      on_bytes=lambda data, cable: noise + data if len(cable.heard) == len(data) else data)
        self.done(run(cable.line, *whole.options, "--no-start"))

    def test_a_device_that_restarts_while_it_is_provisioned(self):
        whole = self.new()
        self.done(run(self.line, *whole.options, *WAIT))
        whole.console.type("reboot\n")      # it then starts by itself, and talks
        self.done(run(self.line, *whole.options, *WAIT))

    def test_a_pulled_cable_at_each_step_and_the_second_run(self):
        whole = self.new()
        whole.console.wait_prompt()
        lines = ["stopped already", "seed> ", "seed stored", "> key make", "public half", "-----BEGIN ", "root 1:", "> set host", "\ndevice  ",
                 "ok:      host", "BEGIN PUBLIC", "\nstarted\r"]
        for index, wanted in enumerate(lines):
            with self.subTest(wanted):
                whole.console.command("stop")
                whole.console.command("factory-reset")
                whole.console.command("yes", echoed=False)
                whole.console.command("erase", echoed=False)

                def pull(data, cable, wanted=wanted.encode()):
                    if wanted in cable.heard:
                        cable.cut()
                        return b""
                    return data
                cable = Cable(self.lab, self.line.removeprefix("unix:"), name=f"cable{index}", on_bytes=pull)
                broken = self.refused(run(cable.line, *whole.options, *WAIT), 3,
                                      r"the line .* was lost: .*; (it has .*|it is provisioned, but perhaps not started"
                                      r"|nothing was changed)")
                ends = {0: "nothing was changed$", len(lines) - 1: "perhaps not started$"}
                self.assertRegex(broken.last, ends.get(index, "the same command again goes on from there$"))
                whole.console.type("\x03")
                whole.console.wait_prompt()
                key = [text for text in whole.console.command("get key") if "sha256" in text]
                self.done(run(self.line, *whole.options, "--no-start"))
                after = [text for text in whole.console.command("get key") if "sha256" in text]
                self.assertEqual(key or after, after, "the key is another one")

    def test_a_line_that_loses_bytes_now_and_then(self):
        whole = self.new()
        count = [0]

        def lose(data, cable):
            count[0] += 1
            return data[:len(data) // 2] + data[len(data) // 2 + 1:] if count[0] in (3, 9, 17) else data
        cable = Cable(self.lab, self.line.removeprefix("unix:"), on_typed=lose)
        self.done(run(cable.line, *whole.options, "--no-start"))
        self.assertIn("host          " + HOST, whole.console.command("get host"))

    def test_a_server_that_refuses_the_device(self):
        peer = self.peer(chain := self.chain(), connack=5)
        whole = self.new(chain=chain, peer=peer)
        result = self.refused(run(self.line, *whole.options, "--wait", "12"), 4,
                              "nothing was acknowledged within 12 s; .*Login refused, CONNACK 5.*LOGIN-2.*has the public key been registered")
        self.assertRegex(result.out, "BEGIN PUBLIC KEY")      # which is needed for that

    def test_a_server_with_another_root(self):
        other = certs.Authority(self.lab.path("other"), "Tern test root")
        whole = self.new(root=other.pem())
        self.refused(run(self.line, *whole.options, "--wait", "10"), 4, "A root named .* is stored but did not sign.*TLS-ROOT-2")

    def test_secrets_are_neither_shown_nor_in_the_list_of_processes(self):
        whole = self.new()
        whole.console.wait_prompt()
        password = self.lab.secret("password")
        with open(password, "w", encoding="ascii") as file:
            file.write("open sesame 17\n")
        key = certs.make_key(self.lab.secret("own.key"))
        seen = []

        def look(data, _):
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{pid}/cmdline", "rb") as file:
                        words = file.read().split(b"\0")
                except OSError:
                    continue
                if b"provision" in words:
                    seen.append(words)
            return data
        cable = Cable(self.lab, self.line.removeprefix("unix:"), on_typed=look)
        result = self.done(run(cable.line, *whole.options, "--apn", "internet", "--apn-password-file", password, "--pin",
                               "471100", "--key", key, "--verbose", "--no-start"))
        self.assertTrue(seen)
        self.assertFalse(any(b"471100" in word or b"sesame" in word for words in seen for word in words))
        typed = cable.typed.decode()
        for secret in ["471100", "open sesame 17", re.search(r"(?m)^[0-9a-f]{64}$", typed)[0],
                       re.search(r"BEGIN \w+ PRIVATE KEY-----\n(\w.{63})\n", typed)[1]]:      # the rest is public
            self.assertIn(secret, typed)
            self.assertNotIn(secret, result.out + result.err)
        self.assertRegex(result.err, r"> set pin\*\*\*\*")
        self.assertIn("pin           set", whole.console.command("get pin"))

    def test_what_is_missing_is_named_before_anything_is_written(self):
        whole = self.new()
        self.refused(run(self.line, "--root", whole.root, "--host", HOST, "--device", "f103"), 2,
                     "none is given: --project, --region, --registry; nothing was changed")
        self.refused(run(self.line, *whole.options[:4], "--connection", whole.options[5]), 2, "no root certificate yet")
        self.assertIn("not set", whole.console.command("get seed"))


class Registered(Base):
    """The bridge learns of the device in the same go."""

    def test_one_command_to_a_device_that_the_bridge_knows(self):
        whole = self.new(stock=False)
        whole.server.create_registry()
        result = self.done(run(self.line, *whole.options, *WAIT, bridge=whole.server))
        self.assertRegex(result.err, r"(?m)^register +'f103' is known at the bridge, key " + result.fingerprint()[:16])
        self.assertNotIn("To register it", result.err)
        self.assertRegex(self.done(run(self.line, "--no-start", bridge=whole.server)).err, "known with this key already")
        other = self.done(run(self.line, "--new-key", *WAIT, bridge=whole.server))
        self.assertRegex(other.err, "added at the bridge; 'f103' has 2 now")
        self.assertEqual(len(whole.server.show("f103")["credentials"]), 2)
        self.assertIn("To register it", self.done(run(self.line, "--no-register", "--no-start", bridge=whole.server)).err)

    def test_boards_of_a_list_are_registered_too(self):
        whole = self.new(stock=False)
        whole.server.create_registry()
        boards = self.lab.path("boards.csv")
        with open(boards, "w", encoding="ascii") as file:
            file.write("device\nf104\n")
        connection = whole.options.index("--connection")
        place = ["--project", PROJECT, "--region", REGION, "--registry", REGISTRY]
        self.done(run(self.line, *whole.options[:connection], *place, *whole.options[connection + 2:], "--csv", boards,
                      "--log", self.lab.path("log.csv"), *WAIT, bridge=whole.server))
        self.assertEqual(len(whole.server.show("f104")["credentials"]), 1)

    def test_a_bridge_that_refuses_or_is_away(self):
        whole = self.new(stock=False)
        bridge = whole.server
        self.refused(run(self.line, *whole.options, bridge=bridge), 1,
                     "not registered: .*unknown.*the board has everything, and is not started")
        bridge.create_registry()
        whole.console.command("factory-reset")
        whole.console.command("yes", echoed=False)
        whole.console.command("erase", echoed=False)
        wrong = self.lab.secret("wrong.token")
        with open(os.open(wrong, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write("wrong\n")
        self.refused(run(self.line, *whole.options, "--token-file", wrong, bridge=bridge), 1, "the token is that of")
        bridge.stop()
        self.refused(run(self.line, *whole.options, bridge=bridge), 3, "nobody answers at")
        self.assertIn("not set", whole.console.command("get seed"))


@unittest.skipIf(BOARD == "qemu", "the same with every board")
class NoBoard(Base):
    """What is refused before a board is touched, and lines without a device."""

    def wrong(self, options, sentence):
        self.refused(run("unix:/nonexistent", *options), 2, sentence)

    def test_roots(self):
        chain = self.chain()
        leaf = self.lab.path("leaf.pem")
        with open(leaf, "w", encoding="ascii") as file:
            file.write(certs.read(chain.server_chain))
        old = certs.Authority(self.lab.path("old"), "Old root", days=(-30, -2))
        future = certs.Authority(self.lab.path("future"), "Future root", days=(2, 30))
        damaged, empty = self.lab.path("damaged.pem"), self.lab.path("empty.pem")
        with open(damaged, "w", encoding="ascii") as file:
            file.write(chain.root.pem()[:-80])
        open(empty, "w", encoding="ascii").close()
        self.wrong(["--root", leaf], "'mqtt.tern.example' is a server's own, not an authority's: .*issued by 'Tern test inter")
        self.wrong(["--root", old.certificate], "'Old root' expired on 20")
        self.wrong(["--root", future.certificate], "'Future root' is not valid before 20.* clock of this computer")
        self.wrong(["--root", chain.root.key], "holds a PRIVATE KEY where certificates are expected")
        self.wrong(["--root", damaged], "damaged.pem, line")
        self.wrong(["--root", empty], "holds no certificate")
        self.wrong(["--root", "/nonexistent.pem"], "/nonexistent.pem: No such file")
        five = [word for i in range(5) for word in
                ("--root", certs.Authority(self.lab.path("five"), f"Root {i}").certificate)]
        self.wrong(five, "a device holds 4 roots, and these are more")

    def test_keys(self):
        chain = self.chain()
        self.wrong(["--key", chain.root.certificate], "certificate stands where the private key belongs")
        self.wrong(["--key", certs.make_key(self.lab.secret("p384"), "p384")], "the key is EC P-384; tokens need EC P-256")
        self.wrong(["--key", "/nonexistent"], "No such file")

    def test_options(self):
        for options, sentence in [
                (["--host", "mqtt.googleapis.com"], "is Google's, which ended its IoT service on 2023-08-16"),
                (["--port", "88833"], "port '88833' is no number from 1 to 65535"),
                (["--project", "My First Project"], "that is the project's NAME"),
                (["--device", "2"], "device id '2' is most likely a number"),
                (["--pin", "47x1"], "The SIM PIN is not 4 to 8 digits"),
                (["--set", "hots=x"], "there is no setting 'hots'; there are host, port"),
                (["--set", "interval"], "not NAME=VALUE"),
                (["--set", "host=a.example", "--host", "b.example"], "host is given twice"),
                (["--connection", "project-id=x"], "connection string"),
                (["--wait", "x"], "--wait 'x' is not a number of seconds"),
                (["--wait", "5", "--no-start"], "--no-start leaves stopped"),
                (["--apn-password-file", "/nonexistent"], "No such file"),
                (["--csv", "x"], "--csv needs --log"),
                (["--log", "x"], "belong to --csv"),
                (["--public", "/nonexistent/x.pem"], "--public /nonexistent/x.pem: No such file"),
                (["extra"], "not an option: extra")]:
            with self.subTest(options):
                result = self.refused(run("unix:/nonexistent", *options), 2, sentence)
                self.assertNotIn("47x1", result.err)
        self.refused(run(), 2, "which line")

    def test_lines_that_cannot_be_opened(self):
        for line, sentence in [("/nonexistent/tty", "cannot be opened: No such file"),
                               ("unix:/nonexistent", "No such file"), ("tcp:127.0.0.1:1", "refused"),
                               ("tcp:127.0.0.1", "not of the form"), ("tcp:127.0.0.1:99999", "not a number from 1"),
                               ("/dev/null", "neither a serial port"), (__file__, "neither a serial port")]:
            with self.subTest(line):
                self.refused(run(line), 3, sentence)

    def terminal(self, answer=None, **options):
        terminal = Terminal(answer, **options)
        self.addCleanup(terminal.close)
        return terminal

    def test_a_device_that_never_answers(self):
        start = time.monotonic()
        self.refused(run(self.terminal().line, "--timeout", "3"), 3, "no device answers at /dev/pts/.*: is it powered")
        self.assertLess(time.monotonic() - start, 6)

    def test_a_line_that_is_looped_back(self):
        self.refused(run(self.terminal(lambda data: data).line, "--timeout", "3"), 3, "sends back what was sent")

    def test_a_stranger(self):
        self.refused(run(self.terminal(lambda data: b"\r\nraspberrypi login: \r\n").line, "--timeout", "3"), 3,
                     "not the console of a Tern device; it said: 'raspberrypi login: '")

    def test_another_speed(self):
        self.refused(run(self.terminal(lambda data: b"\xfe\x80\xf8\0").line, "--timeout", "3"), 3, "is no text.*115200")

    def test_a_device_that_never_stops_talking(self):
        for flood in b"\xff" * 4000, b"tern> \r\n" * 500, b"telemetry 1 {}\r\n" * 200:
            with self.subTest(flood[:8]):
                start = time.monotonic()
                terminal = self.terminal(lambda data, flood=flood: flood)
                terminal.flood = flood
                self.refused(run(terminal.line, "--timeout", "3"), 3, "is no text|not the console of a Tern device")
                self.assertLess(time.monotonic() - start, 8)

    def test_a_device_that_answers_with_nothing_but_prompts(self):
        fake = Fake(self.lab, {"seed": "tern> \r\ntern> "})
        self.refused(run(fake.line, *self.files(), "--timeout", "2"), 3, "no device answers|not the console")

    def test_ctrl_c(self):
        for number in signal.SIGINT, signal.SIGTERM:
            with self.subTest(number):
                process = subprocess.Popen([TERN, "provision", self.terminal().line], stderr=subprocess.PIPE, text=True)
                time.sleep(1)
                process.send_signal(number)
                err = process.communicate(timeout=5)[1]
                self.assertEqual((process.returncode, err), (130, "tern provision: interrupted\n"))

    def test_another_program_on_the_port(self):
        terminal = self.terminal()
        with open(terminal.line, "r+b", buffering=0) as held:
            other = subprocess.Popen(["sleep", "60"], stdin=held)
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        self.refused(run(terminal.line), 3, rf"in use by another program \(sleep, process {other.pid}\): end it first")

    def test_a_seed_that_is_refused(self):
        fake = Fake(self.lab, {"seed": ("64 digits", "seed> ", "error: the seed: the flash reports a failure")})
        self.refused(run(fake.line, *self.files()), 1, "refused the seed: the seed: the flash.*not started; the same command")
        self.assertNotIn("key make", fake.typed)

    def test_a_firmware_without_the_commands(self):
        fake = Fake(self.lab, {"check": "error: no command 'check'; 'help' lists them"})
        self.refused(run(fake.line, *self.files()), 2, r"\(Tern 9.9.9\) is older than this program")

    def test_a_device_that_falls_silent(self):
        fake = Fake(self.lab, {"key make": None})
        self.refused(run(fake.line, *self.files()), 3, "no device answers.*; it has seed, not started; the same command")

    def test_a_device_that_tells_another_key_than_it_has(self):
        other = certs.public_key(certs.make_key(self.lab.secret("k"))).strip().replace("\n", "\r\n")
        ok = "board 0102\r\nok:      key           EC P-256 (ES256), sha256 0123456789abcdef...\r\n" \
             "ok:      root 1        X, until 2046-11-17,\r\n                       sha256 0123456789abcdef..."
        fake = Fake(self.lab, {"check": ok, "key public": other})
        self.refused(run(fake.line, "--no-start"), 1, "is not that of its key")

    def test_a_key_that_the_check_cannot_name_is_not_overwritten(self):
        """It was taken for none: a damaged line of the check was enough."""
        key = certs.make_key(self.lab.secret("own.key"))
        for i, said in enumerate(("ok:      key           EC P-256 (ES256), sha256 0123456789abc",
                                  "error:   key           not enough memory", "tern>")):
            with self.subTest(said):
                check = Fake.GOOD["check"].replace(f"error:   {'key':13} not set", said)
                fake = Fake(self.lab, {"check": check, "key make": "error: enough"}, name=f"fake{i}")
                for options in (["--key", key], ["--save-key", self.lab.path("saved.key")], []):
                    self.refused(run(fake.line, *self.files(), *options), 2, "has a key .*--new-key replaces it; nothing")
                self.assertFalse({"seed", "key", "key make", "unset key"} & set(fake.typed), fake.typed)
                self.refused(run(fake.line, *self.files(), "--new-key"), 1, "refused 'key make': enough")
                self.assertLess(fake.typed.index("unset key"), fake.typed.index("key make"))

    def test_help_and_version(self):
        self.assertIn("tern provision LINE", self.done(run("--help")).out)
        self.assertRegex(self.done(run("--version")).out, r"^tern \d")
        bare = subprocess.run([TERN], capture_output=True, text=True, check=False)
        self.assertEqual((bare.returncode, bare.stdout), (2, ""))
        wrong = subprocess.run([TERN, "provison"], capture_output=True, text=True, check=False)
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("no command 'provison'", wrong.stderr)


class ManyBoards(Base):
    """Three boards from a list, on one line."""

    COLUMNS = "device,interval,apn\n"

    def boards(self, count=3):
        """Factory-new devices without a modem, on one line at which BOARD says which is connected."""
        self.connected, lines = 0, []
        for i in range(count):
            name = f"board{i}"
            modem = socket.socket(socket.AF_UNIX)
            modem.bind(path := self.lab.socket_path(name + ".modem"))
            modem.listen()
            self.addCleanup(modem.close)
            flash = self.lab.secret(name + ".flash")
            if BOARD == "qemu":
                device = Qemu(self.lab, path, flash=flash, name=name, **pick(PROGRAMS, image="image"))
            else:
                device = Linux(self.lab, path, flash=flash, name=name, **pick(PROGRAMS, program="device"))
            lines.append(device.console.line())
        self.cable = Cable(self.lab, lambda: lines[self.connected])
        self.log, self.public = self.lab.path("log.csv"), self.lab.path("public")
        os.makedirs(self.public, exist_ok=True)

    def list(self, text):
        path = self.lab.path("boards.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def logged(self):
        with open(self.log, newline="", encoding="utf-8") as file:
            return [(row["device"], row["result"]) for row in csv.DictReader(file)]

    def batch(self, path, *more, stdin="\n" * 9, each=None):
        """The run; EACH(number of the board that is asked for) between the boards."""
        common = [word for word in self.files() if word not in ("--device", "dev-1")]
        process = subprocess.Popen([TERN, "provision", self.cable.line, *common, "--csv", path, "--log", self.log,
                                    "--public", self.public, "--no-start", "--timeout", "4", *more],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   bufsize=0)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        err, number = "", 0
        while each and (data := os.read(process.stderr.fileno(), 4096).decode()):
            err += data
            while err.count("then Enter") > number or err.count("waiting at") > number:
                number += 1
                each(number)
                if "waiting at" not in err:
                    process.stdin.write("\n")
        out, rest = process.communicate(None if each else stdin, timeout=200)
        return Result(process.returncode, out, err + rest)

    def next_board(self, number):
        self.connected = number

    def test_three_boards(self):
        self.boards()
        path = self.list("\ufeff" + self.COLUMNS + 'dev-1,,\r\n"dev-2",60,\r\n\r\ndev-3,,"inter.net"\r\n')
        result = self.done(self.batch(path, "--set", "ntp=ntp.example.com", each=self.next_board))
        self.assertEqual(self.logged(), [("dev-1", "ok"), ("dev-2", "ok"), ("dev-3", "ok")])
        labels = re.findall(r"(?m)^label: (\S+) ([0-9a-f]{16}) (\S+)$", result.out)
        self.assertEqual([label[0] for label in labels], ["dev-1", "dev-2", "dev-3"])
        self.assertEqual(len({label[1] for label in labels}), 3, "each has a key of its own")
        with open(self.log, newline="", encoding="utf-8") as file:
            for row, label in zip(csv.DictReader(file), labels):
                spki = certs.openssl("pkey", "-pubin", "-in", row["public_key_file"], "-outform", "DER")
                self.assertEqual(row["fingerprint"], hashlib.sha256(spki).hexdigest())
                self.assertTrue(row["fingerprint"].startswith(label[1]))
                self.assertRegex(row["time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        again = self.done(self.batch(path))
        self.assertIn("3 done before", again.last)
        self.assertEqual(len(self.logged()), 3)

    def test_a_failing_board_does_not_end_the_run_and_is_done_by_the_next(self):
        self.boards()
        path = self.list("device\ndev-1\ndev-2\ndev-3\n")
        silent = self.lab.socket_path("silent")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(silent)
        listener.listen()
        self.addCleanup(listener.close)
        to, self.cable.to = self.cable.to, lambda: silent if self.connected == 1 else to()
        result = self.batch(path, each=self.next_board)
        self.assertEqual(result.status, 5, result)
        self.assertEqual([device for device, outcome in self.logged() if outcome == "ok"], ["dev-1", "dev-3"])
        self.assertIn("no device answers", dict(self.logged())["dev-2"])
        self.assertIn("1 failed, 0 left", result.last)
        self.cable.to = to
        self.connected = 1
        self.assertIn("1 done, 2 done before, 0 failed", self.done(self.batch(path)).last)

    def test_a_board_of_which_the_public_key_could_not_be_kept_is_not_done(self):
        """It was logged as ok without a file, and passed over ever after."""
        self.boards(1)
        path = self.list("device\ndev-1\n")
        os.mkdir(in_the_way := os.path.join(self.public, "dev-1.pem"))
        result = self.batch(path)
        self.assertEqual(result.status, 5, result)
        self.assertRegex(dict(self.logged())["dev-1"], "dev-1.pem: Is a directory")
        self.assertEqual(result.out, "", "no label for a board that is not done")
        os.rmdir(in_the_way)
        self.done(self.batch(path))
        self.assertIn("BEGIN PUBLIC KEY", certs.read(in_the_way))

    @unittest.skipIf(BOARD == "qemu", "QEMU's chip has no unique id")
    def test_a_board_is_not_given_two_names(self):
        self.boards(1)
        path = self.list("device\ndev-1\ndev-2\n")
        result = self.batch(path)
        self.assertEqual(result.status, 5, result)
        self.assertRegex(dict(self.logged())["dev-2"], r"this board \([0-9a-f]+\) is 'dev-1' already")

    @unittest.skipIf(BOARD == "qemu", "QEMU's chip has no unique id")
    def test_each_board_as_soon_as_it_is_there(self):
        self.boards()
        path = self.list("device\ndev-1\ndev-2\ndev-3\n")
        result = self.done(self.batch(path, "--watch", each=self.next_board))
        self.assertEqual(self.logged(), [("dev-1", "ok"), ("dev-2", "ok"), ("dev-3", "ok")])
        self.assertEqual(result.err.count("waiting at"), 2)

    @unittest.skipIf(BOARD == "qemu", "the same with every board")
    def test_lists_that_are_wrong_are_refused_whole(self):
        self.cable = Cable(self.lab, "/nonexistent")
        self.log, self.public = self.lab.path("log.csv"), self.lab.path("public")
        os.makedirs(self.public, exist_ok=True)
        for text, sentence in [
                ("", "is empty"), ("device\n", "holds no board"), ("name\nx\n", "line 1: the column 'name' is no setting"),
                ("interval\n5\n", "there is no column 'device'"), ("device\ndev-1\n2\n", "line 3: The device id '2' is most likely a number"),
                ("device\ndev-1\n\ndev-1\n", "line 4: this device id stands above already"),
                ("device,apn\ndev-1\n", "line 2: it has not as many fields"),
                ("device,apn\n,x\n", "line 2: there is no device id"), ('device\n"dev-1\n', "a quote is opened"),
                ("device,device\ndev-1,dev-2\n", "device is given twice"), ("device\ndev-1\0\n", "zero byte")]:
            with self.subTest(text):
                self.refused(self.batch(self.list(text)), 2, sentence)
                self.assertFalse(os.path.exists(self.log))
        with open(self.log, "w", encoding="ascii") as file:
            file.write("a,b\n1,2\n")
        self.refused(self.batch(self.list("device\ndev-1\n")), 2, "is no log of this program")


if __name__ == "__main__":
    unittest.main()
