#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The real tern-modem over a pseudo-terminal, a Unix socket and TCP, against a TCP server on this machine.

usage: test_tern_modem.py PROGRAM MANUAL_PAGE GUIDE
"""
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zlib

PROGRAM, MANUAL_PAGE, GUIDE = sys.argv[1:4]
PATIENCE_S = 20
PAYLOAD = 1460


class Server:
    """Answers each connection with a function of its own, in a thread."""

    def __init__(self, serve):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.serve = serve
        self.connections = []
        self.acceptor = threading.Thread(target=self._accept, daemon=True)
        self.acceptor.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def close(self):
        # Closing alone would leave accept() waiting, on a descriptor that the next server may get.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.acceptor.join()
        self.listener.close()
        for connection in self.connections:
            connection.close()


def echo(connection):
    try:
        while data := connection.recv(65536):
            connection.sendall(data)
        connection.close()
    except OSError:
        pass


def resolves(name):
    try:
        return bool(socket.getaddrinfo(name, None, socket.AF_INET))
    except OSError:
        return False


class Host:
    """What talks to the modem: read and write on a descriptor."""

    def __init__(self, fd, owner=None):
        self.fd, self.owner, self.pending = fd, owner, b""

    def write(self, data):
        while data:
            data = data[os.write(self.fd, data):]

    def _fill(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.fd], [], [], left)[0]:
            raise AssertionError(f"nothing more came after {self.pending[-200:]!r}")
        data = os.read(self.fd, 65536)
        if not data:
            raise AssertionError(f"the modem hung up after {self.pending[-200:]!r}")
        self.pending += data

    def until(self, end):
        deadline = time.monotonic() + PATIENCE_S
        while end not in self.pending:
            self._fill(deadline)
        at = self.pending.index(end) + len(end)
        got, self.pending = self.pending[:at], self.pending[at:]
        return got

    def exactly(self, n):
        deadline = time.monotonic() + PATIENCE_S
        while len(self.pending) < n:
            self._fill(deadline)
        got, self.pending = self.pending[:n], self.pending[n:]
        return got

    def silent(self, seconds):
        return not self.pending and not select.select([self.fd], [], [], seconds)[0]

    def ask(self, command, end=b"\r\nOK\r\n"):
        self.write(command.encode() + b"\r")
        return self.until(end)

    def online(self):
        self.ask("ATE0")
        for _ in range(100):
            if b",1\r" in self.ask("AT+CEREG?"):
                break
            time.sleep(0.05)
        self.ask("AT+QIACT=1")

    def open(self, host, port, socket_id=0):
        self.ask(f'AT+QIOPEN=1,{socket_id},"TCP","{host}",{port}', f"+QIOPEN: {socket_id},0\r\n".encode())

    def send(self, data, socket_id=0):
        """False: the modem's buffer is full."""
        self.ask(f"AT+QISEND={socket_id},{len(data)}", b"> ")
        self.write(data)
        while True:
            line = self.until(b"\r\n").strip()
            if line in (b"SEND OK", b"SEND FAIL"):
                return line == b"SEND OK"

    def read(self, socket_id=0):
        self.write(f"AT+QIRD={socket_id},1500\r".encode())
        self.until(b"+QIRD: ")
        n = int(self.until(b"\r\n"))
        data = self.exactly(n)
        self.until(b"OK\r\n")
        return data

    def close(self):
        if self.owner is not None:
            self.owner.close()
        else:
            os.close(self.fd)


class Modem:
    """The program, and how to reach it."""

    def __init__(self, case, kind, *options):
        self.kind = kind
        self.folder = tempfile.TemporaryDirectory()
        case.addCleanup(self.folder.cleanup)
        self.path, self.control_path = self.file("modem"), self.file("control")
        line = {"pty": ["--pty", self.path], "unix": ["--unix", self.path], "tcp": ["--tcp", "0"]}[kind]
        self.process = subprocess.Popen([PROGRAM, *line, "--control", self.control_path, *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        case.addCleanup(self.stop)
        self.said = self.process.stdout.readline()
        case.assertTrue(self.said.startswith("listening on "), self.said)

    def file(self, name):
        return os.path.join(self.folder.name, name)

    def connect(self):
        if self.kind == "pty":
            fd = os.open(self.path, os.O_RDWR | os.O_NOCTTY)
            return Host(fd)
        if self.kind == "unix":
            s = socket.socket(socket.AF_UNIX)
            s.connect(self.path)
        else:
            s = socket.create_connection(("127.0.0.1", int(self.said.rsplit(":", 1)[1])))
        return Host(s.fileno(), s)

    def control(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(PATIENCE_S)
        s.connect(self.control_path)
        return Control(s)

    def request(self, **keys):
        c = self.control()
        try:
            return c.request(**keys)
        finally:
            c.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.errors = self.process.communicate(timeout=PATIENCE_S)[1]
        except ValueError:      # stopped before
            pass
        return self.process.returncode


class Control:
    def __init__(self, s):
        self.socket, self.lines = s, s.makefile("r")

    def send(self, text):
        self.socket.sendall(text.encode() + b"\n")
        return json.loads(self.lines.readline())

    def request(self, **keys):
        answer = self.send(json.dumps(keys))
        if not answer["ok"]:
            raise AssertionError(answer["error"])
        return answer

    def close(self):
        self.lines.close()
        self.socket.close()


class Bench(unittest.TestCase):
    """What is common: a server and a modem that end with the test."""

    kind = "unix"

    def server(self, serve=echo):
        s = Server(serve)
        self.addCleanup(s.close)
        return s

    def modem(self, *options):
        return Modem(self, self.kind, *options)

    def online(self, *options):
        modem = self.modem(*options)
        host = modem.connect()
        self.addCleanup(host.close)
        host.online()
        return modem, host

    def settle(self, value):
        """What VALUE gives once it has not changed for a while."""
        deadline, last, since = time.monotonic() + PATIENCE_S, value(), time.monotonic()
        while time.monotonic() - since < 0.5:
            self.assertLess(time.monotonic(), deadline, f"it does not settle; {last} last")
            time.sleep(0.05)
            if (now := value()) != last:
                last, since = now, time.monotonic()
        return last


class UnixSocket(Bench):
    """The line to the host; below once more for each other kind."""

    def test_a_session(self):
        server = self.server()
        modem = self.modem("--map", f"broker:1883=127.0.0.1:{server.port}")
        host = modem.connect()
        self.assertEqual(host.ask("AT"), b"AT\r\r\nOK\r\n")
        host.online()
        host.open("broker", 1883)
        self.assertTrue(host.send(bytes(range(256))))
        got = b""
        while len(got) < 256:
            got += host.read()
        self.assertEqual(got, bytes(range(256)))
        self.assertEqual(host.ask("AT+QISEND=0,0")[-33:], b"\r\n+QISEND: 256,256,0\r\n\r\nOK\r\n"[-33:])
        host.ask("AT+QICLOSE=0")
        host.close()
        self.assertEqual(modem.stop(), 0)
        self.assertFalse(os.path.lexists(modem.path))
        self.assertFalse(os.path.lexists(modem.control_path))

    def test_a_megabyte_each_way(self):
        server = self.server()
        data = bytes((i * 2654435761 >> 13) & 0xff for i in range(1 << 20))
        modem, host = self.online("--map", f"broker:1883=127.0.0.1:{server.port}")
        host.open("broker", 1883)
        got, sent, crc = 0, 0, 0
        while got < len(data):
            if sent < len(data) and host.send(data[sent:sent + PAYLOAD]):
                sent += len(data[sent:sent + PAYLOAD])
            piece = host.read()
            got += len(piece)
            crc = zlib.crc32(piece, crc)
        self.assertEqual(crc, zlib.crc32(data))
        counters = modem.request(cmd="counters")["counters"]["all"]
        self.assertEqual((counters["up"], counters["down"]), (len(data), len(data)))

    def test_one_host_after_the_other(self):
        modem = self.modem()
        for _ in range(5):
            host = modem.connect()
            self.assertIn(b"OK", host.ask("\rAT"))
            host.write(b"AT+CG")            # leaves in the middle of a word
            host.close()
            time.sleep(0.05)
        first = modem.connect()
        self.assertIn(b"OK", first.ask("\rATE0"))
        if self.kind != "pty":              # a terminal has no queue of hosts
            second = modem.connect()
            second.write(b"AT\r")
            self.assertTrue(second.silent(0.2))
            first.close()
            self.assertEqual(second.until(b"OK\r\n"), b"\r\nOK\r\n")
            second.close()
        else:
            first.close()

    def test_silent_before_the_host_speaks(self):
        host = self.modem().connect()
        self.assertTrue(host.silent(0.6))
        host.close()

    def test_ready_after_the_boot_delay(self):
        modem = self.modem("--boot-delay", "300")
        begun = time.monotonic()
        host = modem.connect()
        self.assertEqual(host.until(b"RDY\r\n"), b"\r\nRDY\r\n")
        self.assertGreater(time.monotonic() - begun, 0.25)
        self.assertEqual(host.until(b"APP RDY\r\n"), b"\r\nAPP RDY\r\n")
        host.close()

    def test_input_is_drained_while_the_host_does_not_read(self):
        """A host that only writes must not be blocked: an emulator would stand still."""
        host = self.modem().connect()
        os.set_blocking(host.fd, False)
        written, deadline = 0, time.monotonic() + PATIENCE_S
        while written < 1 << 20:
            if not select.select([], [host.fd], [], max(0, deadline - time.monotonic()))[1]:
                self.fail(f"blocked after {written} bytes")
            written += os.write(host.fd, b"ATI\r" * 256)
        host.close()


class Tcp(UnixSocket):
    kind = "tcp"


class PseudoTerminal(UnixSocket):
    kind = "pty"


class Network(Bench):
    """Where connections lead, and how they end."""

    def test_what_is_not_mapped_is_refused(self):
        modem, host = self.online()
        self.assertIn(b"+QIOPEN: 0,565\r\n", host.ask('AT+QIOPEN=1,0,"TCP","example.org",80', b"0,565\r\n"))
        self.assertIn(b"+QIOPEN: 1,566\r\n", host.ask('AT+QIOPEN=1,1,"TCP","192.0.2.1",80', b"1,566\r\n"))
        self.assertIn(b"565", host.ask('AT+QIDNSGIP=1,"example.org"', b"565\r\n"))
        modem.stop()
        self.assertIn("example.org:80 does not resolve", modem.errors)
        self.assertIn("192.0.2.1:80: it is beyond loopback", modem.errors)

    def test_a_closed_port_is_refused(self):
        with socket.socket() as closed:         # bound, so that nobody else has it, and not listening
            closed.bind(("127.0.0.1", 0))
            _, host = self.online("--map", f"broker:1883=127.0.0.1:{closed.getsockname()[1]}")
            host.ask('AT+QIOPEN=1,0,"TCP","broker",1883', b"+QIOPEN: 0,566\r\n")

    @unittest.skipUnless(resolves("localhost"), "this system does not know the name localhost")
    def test_a_lookup_with_the_system_resolver(self):
        server = self.server()
        _, host = self.online("--allow-network")
        host.ask('AT+QIDNSGIP=1,"localhost"', b'"dnsgip","127.0.0.1"\r\n')
        host.open("localhost", server.port)
        self.assertTrue(host.send(b"x"))
        host.until(b'"recv",0\r\n')

    def test_a_mapped_name_resolves(self):
        _, host = self.online("--map", "broker:1883=127.0.0.2:5")
        host.ask('AT+QIDNSGIP=1,"broker"', b'"dnsgip","127.0.0.2"\r\n')

    def test_the_server_closes_and_its_last_bytes_are_readable(self):
        def last_words(connection):
            connection.sendall(b"bye")
            connection.close()
        server = self.server(last_words)
        _, host = self.online("--map", f"broker:1883=127.0.0.1:{server.port}")
        host.open("broker", 1883)
        host.until(b'"closed",0\r\n')
        self.assertEqual(host.read(), b"bye")
        self.assertEqual(host.ask("AT+QISEND=0,1", b"ERROR\r\n"), b"\r\nERROR\r\n")
        self.assertEqual(host.ask("AT+QIGETERROR"), b"\r\n+QIGETERROR: 572,operation not allowed\r\n\r\nOK\r\n")

    def test_what_was_sent_before_closing_arrives(self):
        arrived, ended = [], threading.Event()

        def collect(connection):
            connection.sendall(b"unread")       # would reset the connection, were it closed carelessly
            while data := connection.recv(65536):
                arrived.append(data)
            ended.set()
        server = self.server(collect)
        _, host = self.online("--map", f"broker:1883=127.0.0.1:{server.port}")
        host.open("broker", 1883)
        for _ in range(5):
            self.assertTrue(host.send(b"z" * PAYLOAD))
        host.ask("AT+QICLOSE=0")
        self.assertTrue(ended.wait(PATIENCE_S))
        self.assertEqual(b"".join(arrived), b"z" * PAYLOAD * 5)

    def test_the_window_closes(self):
        """Ten kilobytes and what this machine's kernel holds; the rest stays with the server."""
        sent = [0]

        def flood(connection):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            connection.setblocking(False)
            while True:
                select.select([], [connection], [])
                try:
                    sent[0] += connection.send(b"f" * 65536)
                except BlockingIOError:
                    pass
                except OSError:
                    return
        server = self.server(flood)
        modem, host = self.online("--map", f"broker:1883=127.0.0.1:{server.port}")
        host.open("broker", 1883)
        host.until(b'"recv",0\r\n')
        before = self.settle(lambda: sent[0])
        self.assertEqual(modem.request(cmd="state")["state"]["sockets"][0]["unread"], 10240)
        while sent[0] == before:
            self.assertGreater(len(host.read()), 0)

    def test_a_peer_that_does_not_read_fills_the_send_buffer(self):
        def ignore(connection):
            threading.Event().wait()
        server = self.server(ignore)
        _, host = self.online("--map", f"broker:1883=127.0.0.1:{server.port}")
        server.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        host.open("broker", 1883)
        for _ in range(10000):
            if not host.send(b"y" * PAYLOAD):
                break
        else:
            self.fail("SEND FAIL never came")

    def test_the_dead_socket_of_the_forum(self):
        server = self.server()
        modem, host = self.online("--map", f"broker:1883=127.0.0.1:{server.port}")
        host.open("broker", 1883)
        modem.request(cmd="fault", what="dead", socket=0)
        for _ in range(3):
            self.assertEqual(host.ask("AT+QISEND=0,5", b"ERROR\r\n"), b"\r\nERROR\r\n")
            self.assertIn(b"572,", host.ask("AT+QIGETERROR"))
        self.assertTrue(host.silent(0.2))


class Program(Bench):
    """Control socket, log and options."""

    def test_events_and_errors(self):
        modem, host = self.online()
        events, other = modem.control(), modem.control()
        self.addCleanup(events.close)
        self.addCleanup(other.close)
        events.request(cmd="events", on=True)
        host.ask("AT+QIDEACT=1")
        self.assertEqual(json.loads(events.lines.readline()) | {"ms": 0},
                         {"event": "context", "ms": 0, "text": "1 off"})
        self.assertIn("unknown key: zap", other.send('{"cmd":"state","zap":1}')["error"])
        self.assertIn("longer than 4096", other.send(" " * 5000 + "x")["error"])
        self.assertTrue(other.send('{"cmd":"state"}')["ok"])

    def test_the_log_can_be_read(self):
        server = self.server()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        log = os.path.join(folder.name, "log")
        modem = self.modem("--map", f"broker:1883=127.0.0.1:{server.port}", "--log", log)
        host = modem.connect()
        host.online()
        host.open("broker", 1883)
        host.send(b"\x16\x03\x03OK\r\n")
        host.until(b'"recv",0\r\n')
        host.read()
        host.close()
        modem.stop()
        with open(log, encoding="ascii") as f:
            text = f.read()
        for line in (r'<- AT\+QIOPEN=1,0,"TCP","broker",1883\\r', r"-> \\r\\n> ", r"<- 7 bytes",
                     r"  16 03 03 4f 4b 0d 0a +\.\.\.OK\.\.", r"-> \\r\\nSEND OK\\r\\n", r"-> \\r\\n\+QIRD: 7\\r\\n",
                     r"-> 7 bytes", r"-- socket: 0 open: broker:1883 at 127\.0\.0\.1"):
            self.assertRegex(text, r"\d+\.\d{6} " + line if line[0] != " " else line)

    def test_pin_and_password_are_asterisks_in_the_log(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        log = os.path.join(folder.name, "log")
        modem = self.modem("--sim-pin", "4711", "--log", log)
        host = modem.connect()
        host.ask('AT+CPIN="4711"')          # the echo is on: it stands there twice
        host.ask('AT+QICSGP=1,1,"iot.example","user","hunter2",1')
        host.ask("AT+QICSGP=1")
        host.close()
        modem.stop()
        with open(log, encoding="ascii") as f:
            text = f.read()
        self.assertNotIn("4711", text)
        self.assertNotIn("hunter2", text)
        self.assertIn('"iot.example","user","*******"', text)

    def test_pace(self):
        host = self.modem("--baud", "1200").connect()
        self.addCleanup(host.close)
        begun = time.monotonic()
        host.ask("AT")                      # 9 bytes at 120 a second, the first after one of the host
        self.assertGreater(time.monotonic() - begun, 0.08)

    def test_the_clock_begins_where_told(self):
        modem = self.modem("--clock", "2024-02-29T23:50:00Z")
        host = modem.connect()
        host.online()
        self.assertIn(b'"2024/02/29,23:5', host.ask("AT+QLTS=1"))
        host.close()

    def test_faults_from_the_start(self):
        modem = self.modem("--do", '{"cmd":"fault","what":"error","at":"command","command":"CSQ","cme":30}')
        host = modem.connect()
        host.ask("ATE0;+CMEE=1")
        self.assertEqual(host.ask("AT+CSQ", b"30\r\n"), b"\r\n+CME ERROR: 30\r\n")
        host.close()

    def test_wrong_options_are_named(self):
        line = ("--tcp", "0")
        for options, status, words in (
                ((), 2, "one of --pty, --unix and --tcp"),
                ((*line, "--unix", "x"), 2, "one of --pty, --unix and --tcp"),
                ((*line, "stray"), 2, "not an option: stray"),
                ((*line, "--nosuch"), 2, "--nosuch"),
                (("--tcp", "65536"), 2, "--tcp: neither PORT nor ADDRESS:PORT: 65536"),
                ((*line, "--map", "a:1"), 2, "--map: not NAME:PORT=ADDRESS:PORT: a:1"),
                ((*line, "--map", "a=127.0.0.1:1"), 2, "--map: not NAME:PORT=ADDRESS:PORT: a=127.0.0.1:1"),
                ((*line, "--map", "a:0=127.0.0.1:1"), 2, "a:0=127.0.0.1:1"),
                ((*line, "--map", "a:1=here:1"), 2, "a:1=here:1"),
                ((*line, "--map", "a:1=192.0.2.1:1"), 2, "needs --allow-network"),
                ((*line, "--baud", "12x"), 2, "--baud: neither 0 nor 1200 to 4000000: 12x"),
                ((*line, "--baud", "1"), 2, "--baud: neither 0 nor 1200 to 4000000: 1"),
                ((*line, "--boot-delay", "0"), 2, "--boot-delay: not 1 to 600000 milliseconds: 0"),
                ((*line, "--seed", "-1"), 2, "--seed: not a number: -1"),
                ((*line, "--clock", "noon"), 2, "--clock: neither real nor like 2024-01-31T14:00:00Z: noon"),
                ((*line, "--clock", "2024-02-30T00:00:00Z"), 2, "--clock: no such time: 2024-02-30T00:00:00Z"),
                ((*line, "--clock", "2024-13-01T00:00:00Z"), 2, "--clock: no such time: 2024-13-01T00:00:00Z"),
                ((*line, "--profile", "bg97"), 2, "--profile: no such profile: bg97"),
                ((*line, "--quirk", "prompt"), 2, "--quirk: not NAME=VALUE: prompt"),
                ((*line, "--quirk", "prompt=red"), 2, "--quirk: quirk prompt: not space|bare|line: red"),
                ((*line, "--latency", "5-4"), 2, "--latency: not [COMMAND=]MIN[-MAX] milliseconds: 5-4"),
                ((*line, "--latency", "FOO=5"), 2, "--latency: no such command: FOO"),
                ((*line, "--network", "0:moon"), 2, "--network: network script: not a step: 0:moon"),
                ((*line, "--sim-pin", "123"), 2, "--sim-pin: not 4 to 8 digits"),
                ((*line, "--do", "{}"), 2, "missing key: cmd"),
                ((*line, "--ready-fd", "x"), 2, "--ready-fd: not the number of a descriptor: x"),
                ((*line, "--log", "/nowhere/log"), 1, "--log /nowhere/log: No such file or directory"),
                ((*line, "--control", "/nowhere/c"), 1, "--control /nowhere/c: No such file or directory"),
                (("--unix", "/nowhere/u"), 1, "--unix /nowhere/u: No such file or directory"),
                (("--unix", "/" + "x" * 200), 1, "path is longer than 107 characters"),
                (("--unix", "/dev/null"), 1, "--unix /dev/null: exists and is no socket"),
                (("--pty", "/dev/null"), 1, "--pty /dev/null: exists and is no symbolic link")):
            with self.subTest(" ".join(options)):
                run = subprocess.run([PROGRAM, *options], capture_output=True, text=True, timeout=PATIENCE_S)
                self.assertEqual(run.returncode, status, run.stderr)
                self.assertIn(words, run.stderr)
                self.assertEqual(run.stdout, "")

    def test_a_full_disk_ends_the_log_and_not_the_modem(self):
        modem = self.modem("--log", "/dev/full")
        host = modem.connect()
        for _ in range(3):
            host.ask("AT")
        host.close()
        self.assertEqual(modem.stop(), 0)
        self.assertEqual(modem.errors.count("--log: No space left on device"), 1)

    def test_a_path_in_use_is_left_alone_and_a_stale_one_replaced(self):
        modem = self.modem()
        run = subprocess.run([PROGRAM, "--unix", modem.path], capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertEqual(run.returncode, 1)
        self.assertIn("is in use by another program", run.stderr)
        modem.process.send_signal(signal.SIGKILL)
        modem.process.wait()
        self.assertTrue(os.path.exists(modem.path))
        again = subprocess.Popen([PROGRAM, "--unix", modem.path], stdout=subprocess.PIPE, text=True)
        self.assertEqual(again.stdout.readline(), f"listening on {modem.path}\n")
        again.terminate()
        again.communicate(timeout=PATIENCE_S)
        self.assertEqual(again.returncode, 0)

    def test_ready_on_a_descriptor(self):
        reader, writer = os.pipe()
        process = subprocess.Popen([PROGRAM, "--tcp", "0", "--ready-fd", str(writer)], pass_fds=[writer],
                                   stdout=subprocess.DEVNULL)
        os.close(writer)
        self.assertEqual(os.read(reader, 64), b"ready\n")
        self.assertEqual(os.read(reader, 64), b"")
        os.close(reader)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), 0)

    def test_the_manual_page_lists_the_options_of_help(self):
        text = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout
        listed = re.findall(r"^  --([a-z-]+)", text, re.MULTILINE)
        with open(MANUAL_PAGE, encoding="utf-8") as f:
            page = f.read()
        described = re.findall(r"^\.(?:BR?) \\-\\-([a-z\\-]+)", page, re.MULTILINE)
        self.assertEqual(sorted(listed), sorted(name.replace("\\", "") for name in described))

    def test_the_requests_of_the_guide_are_accepted(self):
        with open(GUIDE, encoding="utf-8") as f:
            text = f.read()
        requests = re.findall(r'`(\{"cmd".*?\})`', text)
        requests += ['{"cmd":"fault",' + rest + "}" for rest in re.findall(r'`("what":.*?)`', text)]
        self.assertGreater(len(requests), 30)
        modem = self.modem()
        c = modem.control()
        self.addCleanup(c.close)
        for request in requests:
            answer = c.send(request)
            while "event" in answer:
                answer = json.loads(c.lines.readline())
            self.assertEqual(answer.get("error"), None, request)
            c.send('{"cmd":"clear"}')

    def test_version(self):
        self.assertRegex(subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout,
                         r"^tern-modem \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
