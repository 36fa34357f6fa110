# SPDX-License-Identifier: Apache-2.0
"""What the tests of `tern doctor` share: one bridge for a class, its settings as a
device's `export` prints them, and servers that misbehave.

The time server and the other server to compare with are on loopback, too.  All that
leaves this machine are questions of its resolver for names in .invalid (RFC 2606).
"""
import json
import os
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../bridge"))

from bridge_test import HOST, PROGRAMS, BridgeTest                # noqa: E402,F401
from ternlab import certs                                         # noqa: E402
from ternlab.bridge import PROJECT, REGION, REGISTRY              # noqa: E402,F401
from ternlab.lab import free_port                                 # noqa: E402

NTP = "time.tern.example"
FROM_1900 = 2208988800


class TimeServer:
    """SNTP (RFC 5905) that is OFFSET seconds ahead."""

    def __init__(self, offset=0):
        self.offset = offset
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                asked, sender = self.socket.recvfrom(512)
                now = int(time.time() + self.offset) + FROM_1900 & 0xffffffff
                self.socket.sendto(bytes([0x24, 2, 6, 0xec]) + bytes(20) + asked[40:48] + bytes(8)
                                   + now.to_bytes(4, "big") + bytes(4), sender)
            except OSError:
                return

    def stop(self):
        self.socket.close()


class Rude:
    """A server that says GREETING to everybody and then CLOSES, or is silent."""

    def __init__(self, greeting=b"", closes=False, listen_first=False):
        self.greeting, self.closes, self.listen_first = greeting, closes, listen_first
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
                self.open.append(connection)
                if self.listen_first:
                    connection.recv(4096)
                connection.sendall(self.greeting)
                if self.closes:
                    connection.shutdown(socket.SHUT_RDWR)
                    connection.close()
            except OSError:
                if self.listener.fileno() < 0:
                    return

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.open:
            connection.close()


class Full:
    """A port behind which nobody accepts: SYNs are dropped, as a firewall would."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.waiting = []
        for _ in range(8):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", self.port))
            self.waiting.append(waiting)
        time.sleep(0.2)

    def stop(self):
        for one in [self.listener] + self.waiting:
            one.close()


class Doctor(BridgeTest):
    def setUp(self):
        super().setUp()
        self.time = TimeServer()
        self.addCleanup(self.time.stop)
        self.elsewhere = Rude()
        self.addCleanup(self.elsewhere.stop)

    def file(self, name, content):
        path = os.path.join(self.lab.path("files"), f"{self._testMethodName}-{name}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(content)
        return path

    def export(self, device, roots=None, **settings):
        """A file as a device's `export` prints it."""
        values = {"host": HOST, "project": PROJECT, "region": REGION, "registry": REGISTRY, "device": device, "ntp": NTP,
                  **settings}
        lines = [f"set {name} {value}\n" for name, value in values.items() if value is not None]
        return self.file("export", "# settings of a device\n" + "".join(lines) + "ca\n" +
                         (roots or self.chain.root.pem()))

    def run_doctor(self, *words, status=0, timeout=90, once=False):
        """(JSON of one run, text of another); ONCE: what takes long is not run for its text."""
        said = []
        for extra in [["--json"]] + ([] if once else [[]]):
            done = subprocess.run([PROGRAMS["tern"], "doctor", *map(str, words), *extra], capture_output=True, text=True,
                                  timeout=timeout, check=False, stdin=subprocess.DEVNULL)
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
            self.assertEqual(done.stderr, "")
            said.append(done.stdout)
        return json.loads(said[0]), said[1] if not once else f"{json.loads(said[0])['diagnosis']['line']}\n"

    def doctor(self, export, *words, port=None, status=0, other=True, **options):
        port = self.bridge.port if port is None else port
        map_to = ["--server", f"{HOST}:8883=127.0.0.1:{port}", "--server", f"{NTP}:123=127.0.0.1:{self.time.port}"]
        if other:
            map_to += ["--other", f"works.example:443=127.0.0.1:{self.elsewhere.port}",
                       "--server", f"works.example:443=127.0.0.1:{self.elsewhere.port}"]
        return self.run_doctor("--settings", export, *map_to, *words, status=status, **options)

    @staticmethod
    def results(report):
        return {step["step"]: step["result"] for step in report["steps"]}

    def step(self, report, name):
        return next(step for step in report["steps"] if step["step"] == name)

    def failed(self, said, step, code, *words, without=()):
        """STEP alone failed, what follows was skipped, and the verdict is CODE, in both outputs."""
        report, text = said
        self.assertEqual([s["step"] for s in report["steps"] if s["result"] == "failed"], [step], report)
        self.assertFalse(report["ok"])
        at = [s["step"] for s in report["steps"]].index(step)
        self.assertLessEqual({s["result"] for s in report["steps"][at + 1:]}, {"skipped", "note"}, report)
        self.assertEqual(report["diagnosis"]["code"], code, report["diagnosis"])
        self.assertLessEqual(len(report["diagnosis"]["sentence"]), 400)
        self.assertRegex(text, rf"(?m)^diagnosis: .*\[{code}[ \]]")
        for word in words:
            self.assertIn(word, report["diagnosis"]["line"] + " ".join(report["notes"]))
        for word in without:
            self.assertNotIn(word, text)


def server(test, chain_folder, host=HOST, options=(), **settings):
    """openssl s_server with a chain of its own; (chain, port)."""
    chain = certs.Chain(test.lab.path(chain_folder), host, **settings)
    return chain, s_server(test, chain_folder, chain.server_chain, chain.server_key, *options)


def s_server(test, name, chain, key, *options):
    port = free_port()
    process = test.lab.start(name, ["openssl", "s_server", "-quiet", "-accept", f"127.0.0.1:{port}", "-cert", chain,
                                    "-cert_chain", chain, "-key", key, *options], stdin=subprocess.PIPE)
    test.addCleanup(lambda: (process.stop(), test.lab.forget(process)))

    def listens():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False
    test.lab.wait_until(listens, 10, "openssl s_server did not listen")
    return port
