#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The bridge's sockets: reload and counts while devices are connected, bursts, used up descriptors, floods of bad
logins, farewells."""
import os
import resource
import shutil
import signal
import socket
import ssl
import threading
import time
import unittest

from bridge_test import BridgeTest    # before what it shows the way to
import device
from device import Closed, Wire, client_id, connect, publish, token
from ternlab import certs
from ternlab.peer import PUBACK


class Server(BridgeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bridge.stop()
        cls.bridge.configure(listen=f"[::]:{cls.bridge.port}")
        cls.bridge.start()

    def signal(self, number):
        os.kill(self.bridge.process.pid, number)

    def test_counts_are_printed(self):
        self.login(self.registered())
        self.signal(signal.SIGUSR1)
        self.entry(r"[1-9]\d* logged in", eventType="COUNTS")

    def test_ipv4_and_ipv6(self):
        name = self.registered()
        for host in ("127.0.0.1", "::1"):
            context = ssl.create_default_context(cafile=self.chain.root.certificate)
            context.check_hostname = False
            raw = socket.create_connection((host, self.bridge.port), 10)
            with context.wrap_socket(raw) as stream:
                stream.sendall(connect(client_id(name), token(self.key())))
                self.assertEqual(stream.recv(4), b"\x20\2\0\0")
            self.entry("", eventType="CONNECT", **{"severity": "INFO"})

    def test_a_burst_beyond_the_quota_is_slowed_down_and_nothing_is_lost(self):
        wire = self.login(self.registered())
        started = time.monotonic()
        for number in range(1, 251):
            wire.send(publish(f"/devices/{self.id}/events", b"x" * 100, 1, number))
        for number in range(1, 251):
            wire.expect(PUBACK << 4, number.to_bytes(2, "big"))
        self.assertGreater(time.monotonic() - started, 1.4)
        self.entry("more than 100 messages a second", eventType="LIMIT")

    def test_large_messages_one_after_the_other(self):
        wire = self.login(self.registered())
        for number in range(1, 5):
            wire.send(publish(f"/devices/{self.id}/events", bytes(262144), 1, number))
        for number in range(1, 5):
            wire.expect(PUBACK << 4, number.to_bytes(2, "big"))

    def test_connack_arrives_though_the_device_went_on_sending(self):
        """Closing with unread bytes would take the CONNACK back on its way (RST)."""
        name = self.registered()
        for _ in range(20):
            with Wire(self.bridge) as wire:
                wire.send(connect(client_id(name), "x") + b"".join(
                    publish(f"/devices/{name}/events", bytes(10000), 0) for _ in range(20)))
                self.assertEqual(wire.receive(), (0x20, b"\0\4"))

    def test_who_only_knocks_has_done_nothing_wrong(self):
        for _ in range(200):
            socket.create_connection(("127.0.0.1", self.bridge.port), 10).close()
        with self.login(self.registered()) as wire:
            wire.ping()


class Reload(BridgeTest):
    def signal(self, number):
        os.kill(self.bridge.process.pid, number)

    def shown_certificate(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.bridge.port), 10) as raw:
            with context.wrap_socket(raw) as stream:
                return stream.getpeercert(True)

    def test_certificates_are_reloaded_and_nobody_is_disconnected(self):
        wire = self.login(self.registered())
        before = self.shown_certificate()
        other = certs.Chain(self.lab.path("other"), "bridge.tern.example")
        shutil.copy(other.server_chain, self.chain.server_chain)
        shutil.copy(other.server_key, self.chain.server_key)
        self.signal(signal.SIGHUP)
        self.entry("certificate for", eventType="RELOAD", severity="INFO")
        self.assertNotEqual(self.shown_certificate(), before)
        wire.publish(f"/devices/{self.id}/events", b"still here")

        self.since = self.lab.feed.mark()
        with open(self.chain.server_chain, "w", encoding="ascii") as file:
            file.write("nonsense")
        after = self.shown_certificate()
        self.signal(signal.SIGHUP)
        self.entry("the certificates before stay in use", eventType="RELOAD", severity="ERROR")
        self.assertEqual(self.shown_certificate(), after)
        wire.publish(f"/devices/{self.id}/events", b"and still", number=2)


class Flood(BridgeTest):
    settings = {"bad_logins_per_minute": 20}

    def bad_login(self, source):
        with Wire(self.bridge, source=source, timeout=30) as wire:
            return wire.login(client_id("nobody"), "x")

    def timed(self, source, name):
        started = time.monotonic()
        with Wire(self.bridge, source=source, timeout=30) as wire:
            self.assertEqual(wire.login(client_id(name), token(self.key())), 0)
        return time.monotonic() - started

    def flood(self, source, each):
        for _ in range(each):
            try:
                self.bad_login(source)
            except (OSError, Closed):
                pass

    def test_a_flood_delays_its_own_address_only(self):
        name = self.registered()
        for _ in range(25):
            self.bad_login("127.0.0.3")
        threads = [threading.Thread(target=self.flood, args=("127.0.0.3", 12)) for _ in range(16)]
        for thread in threads:
            thread.start()
        others = [self.timed("127.0.0.4", name) for _ in range(10)]
        same = self.timed("127.0.0.3", name)
        for thread in threads:
            thread.join()
        self.assertLess(max(others), 3)
        self.assertLess(same, 12)
        self.entry("unknown in registry", eventType="CONNECT", reason="UNKNOWN_DEVICE")


class Crowded(BridgeTest):
    """All places are taken by those who say nothing."""
    settings = {"connections_max": 40}

    def test_who_says_nothing_makes_room_for_devices_and_devices_for_nobody(self):
        names = [self.registered(name=f"good-{i}") for i in range(20)]
        good = [self.login(name) for name in names[:10]]
        silent = [socket.create_connection(("127.0.0.1", self.bridge.port), 10) for _ in range(25)]
        silent += [self.wire() for _ in range(25)]
        good += [self.login(name) for name in names[10:]]
        for name, wire in zip(names, good):
            wire.publish(f"/devices/{name}/events", b"here")
        self.entry("TLS was not established: it made room for another", eventType="CONNECT", reason="BUSY")
        self.entry("connections_max allows: for each new one", eventType="SERVER")
        for one in silent:
            one.close()


class FewFiles(BridgeTest):
    """The system gives fewer descriptors than there are devices."""
    settings = {"connections_max": 200}

    @classmethod
    def prepare(cls):
        cls.limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (60, cls.limit[1]))
        cls.addClassCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, cls.limit)

    def test_used_up_descriptors_are_told_and_recovered_from(self):
        pid = self.bridge.process.pid
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (40, 40))
        resource.setrlimit(resource.RLIMIT_NOFILE, self.limit)
        name = self.registered()
        crowd = [socket.create_connection(("127.0.0.1", self.bridge.port), 10) for _ in range(60)]
        self.entry("no connection can be accepted now: Too many open files", eventType="SERVER")
        for one in crowd:
            one.close()
        with Wire(self.bridge) as wire:
            self.assertEqual(wire.login(client_id(name), token(self.key())), 0)
            wire.publish(f"/devices/{name}/events", b"x")


class Stopping(BridgeTest):
    settings = {"stop_s": 5}

    def test_devices_are_told_good_bye_and_the_exit_status_is_0(self):
        wires = [self.login(self.registered(name=f"dev-{i}")) for i in range(20)]
        for number, wire in enumerate(wires):
            wire.send(publish(f"/devices/dev-{number}/events", b"last words"))
        wires[0].expect(PUBACK << 4, b"\0\1")
        started = time.monotonic()
        self.assertEqual(self.bridge.stop(), 0)
        self.assertLess(time.monotonic() - started, 4)
        for wire in wires[1:]:
            wire.until_closed()
        self.entry("stopped", eventType="STOP")
        self.bridge.start()

    def test_ctrl_c_at_the_terminal_is_a_stop_like_any_other(self):
        wire = self.login(self.registered(name="dev-ctrl-c"))
        self.bridge.process.popen.send_signal(signal.SIGINT)
        wire.until_closed()
        self.assertEqual(self.bridge.process.popen.wait(10), 0)
        self.entry("stopped", eventType="STOP")
        self.bridge.stop()
        self.bridge.start()


if __name__ == "__main__":
    unittest.main()
