#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each hostile packet ends one connection, with its sentence, and nothing else;
no device reaches another's topics."""
import socket
import time
import unittest

from bridge_test import BridgeTest    # before what it shows the way to
import device
from device import Wire, client_id, connect, packet, publish, subscribe, text, token
from ternlab import certs
from ternlab.peer import PINGREQ, PUBACK


class Hostile(BridgeTest):
    count = 0
    settings = {"bad_logins_per_minute": 100000, "login_s": 2, "handshake_s": 2, "event_max": 20000}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bridge.create_device("witness-1", certs.public_key(cls.keys["p256"]))
        cls.witness = Wire(cls.bridge)
        cls.addClassCleanup(cls.witness.close)
        assert cls.witness.login(client_id("witness-1"), token(cls.keys["p256"]), keepalive=0) == 0

    def tearDown(self):
        """Whatever happened, the bridge and another device's connection are as they were."""
        self.witness.publish("/devices/witness-1/events", self.id.encode(), number=7)
        self.assertTrue(self.bridge.healthy())

    def fresh(self):
        """A device that has said nothing yet: each has its own allowance of lines in the log."""
        type(self).count += 1
        return self.registered(name=f"h{self.count:03}")

    def cut(self, name, data):
        """DATA, sent by device NAME that is connected, ends its connection."""
        with Wire(self.bridge) as wire:
            self.assertEqual(wire.login(client_id(name), token(self.key())), 0)
            wire.send(data)
            wire.until_closed()

    def ends(self, data, sentence, **members):
        """The same of a device that is called NAME in DATA, and the log says why."""
        name = self.fresh()
        self.since = self.lab.feed.mark()
        self.cut(name, data.replace(b"NAME", name.encode()))
        return self.entry(sentence, eventType="DISCONNECT", disconnectType="SERVER", **members)

    def test_packets_that_a_device_may_not_send(self):
        events, state = "/devices/NAME/events", "/devices/NAME/state"
        for what, data, sentence in (
                ("a second CONNECT", connect("x", "x"), "CONNECT"),
                ("CONNACK", bytes([0x20, 2, 0, 0]), "CONNACK"),
                ("SUBACK", bytes([0x90, 3, 0, 1, 0]), "SUBACK"),
                ("UNSUBACK", bytes([0xb0, 2, 0, 1]), "UNSUBACK"),
                ("PINGRESP", bytes([0xd0, 0]), "PINGRESP"),
                ("type 0", bytes([0, 0]), "reserved type .first byte 0x00"),
                ("type 15", bytes([0xf0, 0]), "reserved type .first byte 0xf0"),
                ("PUBREC", bytes([0x50, 2, 0, 1]), "PUBREC"),
                ("PUBREL", bytes([0x62, 2, 0, 1]), "PUBREL"),
                ("PUBCOMP", bytes([0x70, 2, 0, 1]), "PUBCOMP"),
                ("PINGREQ with a body", bytes([0xc0, 1, 0]), "PINGREQ"),
                ("PINGREQ with flags", bytes([0xc1, 0]), "PINGREQ"),
                ("SUBSCRIBE with other flags", bytes([0x80]) + subscribe(("a", 1))[1:], "SUBSCRIBE"),
                ("SUBSCRIBE without filters", packet(0x82, b"\0\1"), "SUBSCRIBE"),
                ("SUBSCRIBE with id 0", subscribe((events, 1), number=0), "SUBSCRIBE"),
                ("SUBSCRIBE with QoS 3", subscribe((events, 3)), "SUBSCRIBE"),
                ("SUBSCRIBE that is cut", packet(0x82, b"\0\1\0\x10abc"), "SUBSCRIBE"),
                ("PUBLISH with QoS 3", bytes([0x36]) + publish(events)[1:], "0x36. with a QoS above 2"),
                ("PUBLISH with id 0", publish(events, number=0), "PUBLISH"),
                ("PUBLISH without a topic", packet(0x32, b"\0\0\0\1"), "topic|PUBLISH"),
                ("PUBLISH with a topic that is cut", packet(0x32, b"\1\0abc"), "PUBLISH|topic"),
                ("PUBLISH with a NUL in its topic", publish(events + "/a\0b"), "topic|NUL|PUBLISH"),
                ("PUBLISH with no UTF-8 in its topic", publish(events.encode() + b"/\xff"), "topic|UTF-8|PUBLISH"),
                ("PUBLISH with a surrogate in its topic", publish(events.encode() + b"/\xed\xa0\x80"), "topic|UTF-8|PUBLISH"),
                ("PUBACK of 3 bytes", packet(PUBACK << 4, b"\0\1\0"), "PUBACK"),
                ("a length of five bytes", bytes([0x30, 0xff, 0xff, 0xff, 0xff, 1]), "PUBLISH .* with a length"),
                ("a length beyond every limit", bytes([0x30, 0xff, 0xff, 0xff, 0x7f]), "PUBLISH of 268435455 bytes"),
                ("PUBLISH to a filter", publish(events + "/#"), "wildcard where none may be: '/devices/h"),
                ("PUBLISH to everything", publish("#"), "wildcard where none may be: '#'"),
                ("retained", publish(events, b"x", retain=True), "retain"),
                ("QoS 2", publish(events, b"x", qos=2), "QoS 2"),
                ("an event that is too large", publish(events, bytes(20001)), "20001 bytes for topic"),
                ("a state that is too large", publish(state, bytes(65537)), "65537 bytes for topic")):
            with self.subTest(what):
                self.ends(data, sentence)

    def test_topics_to_publish_to(self):
        other = self.registered(name="victim-1")
        for topic in (f"/devices/{other}/events", f"/devices/{other}/state", "/devices/NAME/config", "/devices/NAME/commands",
                      "/devices/NAME/commands/x", "/devices/NAME", "/devices/NAME/", "devices/NAME/events",
                      "/devices/NAME/event", "/devices/NAME/eventsmore", "/devices/NAME/state/sub", "/devices/NAME/events/+",
                      "/devices/+/events", "/", "/devices/H001/events", "/devices/NAME//events",
                      "$SYS/x", f"/devices/NAME%2F..%2F{other}/events", "/devices/NAME/attach",
                      "/devices/NAME/events/" + "a" * 257):
            with self.subTest(topic):
                self.ends(publish(topic, b"x"), "", reason="TOPIC")
        self.assertEqual(self.bridge.messages(self.bridge.device(other)), [])

    def test_filters(self):
        """Foreign ones end the connection; those of its own that mean nothing are refused."""
        other = self.registered(name="victim-2")
        for filter_ in (f"/devices/{other}/config", f"/devices/{other}/commands/#", "/devices/+/config", "#", "/#", "+",
                        "/devices/#", "/devices/NAM+/config", "$SYS/#"):
            with self.subTest(filter_):
                self.ends(subscribe((filter_, 1)), "", reason="TOPIC")
        name = self.registered()
        wire = self.login(name)
        for filter_ in ("events", "state", "#", "commands/one", "+"):
            with self.subTest(filter_):
                self.assertEqual(wire.subscribe((f"/devices/{name}/{filter_}", 1)), [0x80])
        self.assertEqual(wire.subscribe((f"/devices/{name}/config", 2), (f"/devices/{name}/commands/#", 0)), [1, 0])

    def test_ids_that_look_like_wildcards_or_escapes(self):
        """One's topics are never another's, however they are written."""
        names = ["a+b", "a%2Bb", "axb", "a~b", "a.b", "a..", "a%b", "a%25b"]
        for name in names:
            self.registered(name=name)
        for name in names:
            with self.subTest(name):
                self.assertEqual(self.login(name).subscribe((f"/devices/{name}/commands/#", 1)), [1])
            for other in names:
                if other != name:
                    with self.subTest(name=name, other=other):
                        self.cut(name, publish(f"/devices/{other}/events", b"x"))
                        self.cut(name, subscribe((f"/devices/{other}/commands/#", 1)))
        told = {message["attributes"]["deviceId"] for message in self.bridge.messages()}
        self.assertEqual(told & set(names), set())

    def test_before_the_login(self):
        self.registered()
        for what, data, sentence in (
                ("PUBLISH", publish("/devices/x/events"), "PUBLISH"),
                ("PINGREQ", packet(PINGREQ << 4), "PINGREQ"),
                ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", ""),
                ("CONNECT of nothing", packet(0x10), "CONNECT"),
                ("CONNECT with a reserved flag", connect(client_id(self.id), token(self.key()), flags=0xc3), "CONNECT|flag"),
                ("CONNECT that says too much", packet(0x10, connect(client_id(self.id), "x")[2:] + b"more"), "CONNECT"),
                ("CONNECT whose name is another", connect(client_id(self.id), "x", name="MQTx"), "MQTx|protocol"),
                ("a length that never ends", bytes([0x10, 0xff, 0xff, 0xff, 0xff]), "268435455 bytes"),
                ("a length of 256 MB", bytes([0x10, 0xff, 0xff, 0xff, 0x7f]), "CONNECT of 268435455 bytes; 8192 are allowed")):
            with self.subTest(what):
                self.since = self.lab.feed.mark()
                with Wire(self.bridge) as wire:
                    wire.send(data)
                    wire.until_closed()
                self.entry(sentence, severity="ERROR")

    def test_no_tls(self):
        for what, data, sentence in (("MQTT without TLS", connect(client_id("x"), "y"), "the first bytes are not TLS: MQTT"),
                                     ("HTTP", b"GET / HTTP/1.1\r\n\r\n", "somebody speaks HTTP here"),
                                     ("nonsense", bytes(range(256)), "the first bytes are not TLS")):
            with self.subTest(what):
                self.since = self.lab.feed.mark()
                with socket.create_connection(("127.0.0.1", self.bridge.port), 10) as raw:
                    raw.sendall(data)
                    raw.settimeout(10)
                    try:
                        while raw.recv(4096):
                            pass
                    except ConnectionResetError:
                        pass    # it did not read all of it
                self.entry("TLS was not established: " + sentence, severity="ERROR")

    def slow(self, send, pause):
        """Sends byte after byte until it is cut off; how long that took."""
        started = time.monotonic()
        try:
            for byte in send:
                time.sleep(pause)
                self.assertLess(time.monotonic() - started, 15, "still served")
                self.stream.sendall(bytes([byte]))
                self.stream.settimeout(0.001)
                try:
                    if self.stream.recv(1000) == b"":
                        break
                except TimeoutError:
                    pass
        except OSError:
            pass
        return time.monotonic() - started

    def test_slow_loris_in_the_handshake(self):
        with socket.create_connection(("127.0.0.1", self.bridge.port)) as self.stream:
            hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(505)
            self.assertLess(self.slow(hello, 0.1), 8)
        self.entry("TLS was not established", severity="ERROR")

    def test_slow_loris_in_the_login(self):
        self.registered()
        with Wire(self.bridge) as wire:
            self.stream = wire.stream
            self.assertLess(self.slow(connect(client_id(self.id), token(self.key())), 0.1), 8)
        self.entry("", reason="LOGIN_TIME")

    def test_silence_after_the_handshake(self):
        with Wire(self.bridge) as wire:
            started = time.monotonic()
            wire.until_closed()
            self.assertLess(time.monotonic() - started, 8)
        self.entry("", reason="LOGIN_TIME")

    def test_a_device_that_never_reads(self):
        """Its answers are bounded: it is ended, or not read any more; others go on."""
        name = self.registered()
        with Wire(self.bridge) as wire:
            wire.stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self.assertEqual(wire.login(client_id(name), token(self.key())), 0)
            wire.stream.settimeout(3)
            try:
                for _ in range(200):
                    wire.send(packet(PINGREQ << 4) * 1000)
            except (device.Closed, TimeoutError):
                pass
            self.witness.publish("/devices/witness-1/events", b"meanwhile", number=8)

    def test_packets_in_pieces_of_one_byte(self):
        name = self.registered()
        wire = self.wire()
        for byte in connect(client_id(name), token(self.key())):
            wire.send(bytes([byte]))
        self.assertEqual(wire.receive(), (0x20, b"\0\0"))
        for byte in publish(f"/devices/{name}/events", b"slowly"):
            wire.send(bytes([byte]))
        wire.expect(PUBACK << 4, b"\0\1")

    def test_everything_in_one_piece(self):
        """Login and messages together, as devices do that want to save round trips."""
        name = self.registered()
        wire = self.wire()
        wire.send(connect(client_id(name), token(self.key())) + b"".join(
            publish(f"/devices/{name}/events", text(str(number)), number=number) for number in range(1, 51)))
        self.assertEqual(wire.receive(), (0x20, b"\0\0"))
        for number in range(1, 51):
            wire.expect(PUBACK << 4, number.to_bytes(2, "big"))


if __name__ == "__main__":
    unittest.main()
