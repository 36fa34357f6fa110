#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/ternlab: nothing is left behind, whatever happens; waits are bounded and say what failed."""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
sys.path.insert(0, os.path.join(TOP, "tools"))

from ternlab import certs                               # noqa: E402
from ternlab.broker import Broker, message              # noqa: E402
from ternlab.feed import Feed, Timeout                  # noqa: E402
from ternlab.lab import Failure, Lab, program           # noqa: E402
from ternlab.peer import Peer                           # noqa: E402

# A process with a lab in which something sleeps; it prints what it started.
SLEEPER = """
import sys, time
sys.path.insert(0, %r)
from ternlab.lab import Lab
with Lab(sys.argv[1]) as lab:
    print(lab.start("sleeper", ["sleep", "60"]).pid, lab.sockets, flush=True)
    time.sleep(60)
""" % os.path.join(TOP, "tools")


def running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def name_of(pid):
    with open(f"/proc/{pid}/comm", encoding="ascii") as file:
        return file.read().strip()


def gone_soon(pid):
    end = time.monotonic() + 10
    while running(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not running(pid)


class LabTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_the_way_out_stops_all_and_removes_secrets_and_sockets(self):
        with Lab(self.folder) as lab:
            pid, secret, sockets = lab.start("sleeper", ["sleep", "60"]).pid, lab.secret("key"), lab.sockets
            with open(secret, "w", encoding="ascii") as file:
                file.write("x")
            self.assertTrue(running(pid))
        self.assertFalse(running(pid))
        self.assertFalse(os.path.exists(secret) or os.path.exists(sockets))

    def test_what_ignores_the_polite_signal_is_killed(self):
        with Lab(self.folder) as lab:
            process = lab.start("deaf", ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done"])
            lab.wait_until(lambda: os.path.getsize(process.log), 10, "it did not come up")
            started = time.monotonic()
        self.assertFalse(running(process.pid))
        self.assertLess(time.monotonic() - started, 10)

    def test_programs_end_even_when_their_starter_is_killed(self):
        for number in (signal.SIGKILL, signal.SIGTERM):
            with self.subTest(number):
                parent = subprocess.Popen([sys.executable, "-B", "-c", SLEEPER, self.folder], stdout=subprocess.PIPE,
                                          text=True)
                pid, sockets = parent.stdout.readline().split()
                while name_of(pid) != "sleep":      # setpriv has become it
                    time.sleep(0.01)
                parent.send_signal(number)
                parent.communicate(timeout=20)
                self.assertTrue(gone_soon(int(pid)))
                subprocess.run(["rm", "-rf", sockets], check=True)

    def test_a_program_that_ends_by_itself_is_named_with_its_log(self):
        with Lab(self.folder) as lab:
            lab.start("short", ["sh", "-c", "echo out of ideas; exit 3"])
            with self.assertRaises(Failure) as caught:
                lab.wait("device", "never", 10)
        for part in ("short ended with status 3", "short.log", "out of ideas"):
            self.assertIn(part, str(caught.exception))

    def test_a_wait_has_an_end_and_says_for_what(self):
        with Lab(self.folder) as lab:
            with self.assertRaises(Failure) as caught:
                lab.wait("device", "online", 0.2)
        self.assertEqual(str(caught.exception), "device did not say /online/ within 0.2 s")

    def test_a_missing_program_is_named_with_its_cure(self):
        with Lab(self.folder) as lab:
            with self.assertRaises(Failure) as caught:
                lab.start("nobody", [program("no-such-program")])
        self.assertIn("no-such-program is not installed", str(caught.exception))


class FeedTest(unittest.TestCase):
    def test_wait_looks_behind_its_mark_only(self):
        feed = Feed()
        feed.add("device", "online")
        mark = feed.mark()
        self.assertEqual(feed.wait("device", "on", 1).text, "online")
        with self.assertRaises(Timeout):
            feed.wait("device", "on", 0.05, since=mark)
        feed.add("modem", "online")
        feed.add("device", "online again")
        self.assertEqual(feed.wait("device", "on", 1, since=mark).text, "online again")


class CertsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.chain = certs.Chain(cls.folder, "mqtt.tern.example")

    def verify(self, root, *between, host="mqtt.tern.example"):
        words = [word for path in between for word in ("-untrusted", path)]
        return subprocess.run(["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", host,
                               "-CAfile", root, *words, self.chain.server_chain], capture_output=True, text=True,
                              timeout=30, check=False).returncode == 0

    def test_the_chain_verifies_for_its_host_only(self):
        between = self.chain.intermediate.certificate
        self.assertTrue(self.verify(self.chain.root.certificate, between))
        self.assertFalse(self.verify(self.chain.root.certificate, between, host="other.example"))
        self.assertFalse(self.verify(self.chain.root.certificate))

    def test_another_root_does_not_vouch_but_a_cross_signing_one_does(self):
        other = certs.Authority(self.folder, "Other root", "rsa2048")
        between = self.chain.intermediate.certificate
        self.assertFalse(self.verify(other.certificate, between))
        crossed = os.path.join(self.folder, "crossed.pem")
        with open(crossed, "w", encoding="ascii") as file:
            file.write(self.chain.root.cross_signed(other))
        self.assertTrue(self.verify(other.certificate, between, crossed))

    def test_an_expired_server_certificate_is_expired(self):
        certificate, _ = self.chain.intermediate.server("mqtt.tern.example", days=(-20, -10))
        kept = certs.read(self.chain.server_chain)
        self.chain.present(certificate, self.chain.intermediate.pem())
        self.assertFalse(self.verify(self.chain.root.certificate, self.chain.intermediate.certificate))
        with open(self.chain.server_chain, "w", encoding="ascii") as file:
            file.write(kept)

    def test_a_private_key_is_for_its_owner_only(self):
        self.assertEqual(os.stat(self.chain.server_key).st_mode & 0o777, 0o600)


class BrokerTest(unittest.TestCase):
    def test_a_message_goes_through_and_closed_topics_stay_closed(self):
        with tempfile.TemporaryDirectory() as folder, Lab(folder) as lab:
            broker = Broker(lab, certs.Chain(lab.path("certs"), "mqtt.tern.example"))
            broker.subscribe(topics=("#",))
            broker.publish("elsewhere", "no")
            broker.publish("/devices/f103/events/deep", json.dumps({"seq": 1}))
            lab.wait("cloud", "seq", 10)
            self.assertEqual([message(line) for line in lab.feed.lines("cloud")],
                             [("/devices/f103/events/deep", {"seq": 1})])


class PeerTest(unittest.TestCase):
    def test_a_stopped_peer_listens_no_more(self):
        """Regression: its accept() waited on, and took connections of the next peer."""
        peer = Peer(None)
        with socket.create_connection(("127.0.0.1", peer.port)) as connection:
            connection.sendall(b"\xc0\0")
            self.assertEqual(connection.recv(2), b"\xd0\0")       # it is in accept() again, or soon will be
            time.sleep(0.1)
            peer.stop()
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", peer.port), timeout=10)


if __name__ == "__main__":
    unittest.main()
