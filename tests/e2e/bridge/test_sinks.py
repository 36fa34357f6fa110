#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Both sinks at once: where messages go, with which names, and who waits for whom."""
import subprocess
import unittest

from bridge_test import BridgeTest    # before what it shows the way to
from ternlab.bridge import PROJECT, REGION, REGISTRY, payload
from ternlab.broker import Broker


class Both(BridgeTest):
    @classmethod
    def prepare(cls):
        cls.broker = Broker(cls.lab, None, name="mosquitto", topics="tern/#")
        cls.settings = {"sink": ["log", "mqtt"], "mqtt_host": "127.0.0.1", "mqtt_port": cls.broker.port}

    def setUp(self):
        super().setUp()
        # Topic, attributes, payload.
        self.listener = self.lab.start("listener", [*self.broker._client("mosquitto_sub"), "-V", "5", "-q", "1", "-F",
                                                    "%t|%P|%p", "-t", "tern/#"], stdout=subprocess.PIPE)
        self.lab.read_from(self.id, self.listener.output())
        self.lab.wait_until(lambda: "tern/#" in self.broker_said(), 10, "nobody listens")
        self.addCleanup(lambda: (self.listener.stop(), self.lab.forget(self.listener)))

    def broker_said(self):
        with open(self.broker.process.log, encoding="utf-8") as file:
            return file.read()

    def heard(self):
        return [line.text.split("|") for line in self.lab.feed.lines(self.id)]

    def sink(self, name):
        sinks = self.bridge.rest("GET", "/healthz")["sinks"]
        return next(one for one in sinks if one["name"] == name)

    def test_topics_and_attributes(self):
        for name, level in ("pump-7", "pump-7"), ("a+b%c.d~e", "a%2Bb%25c.d~e"):
            self.registered(name=name)
            wire = self.login(name)
            wire.publish(f"/devices/{name}/events", b"plain", number=1)
            wire.publish(f"/devices/{name}/events/sub/folder", b"deep", number=2)
            wire.publish(f"/devices/{name}/state", b"on", number=3)
            self.lab.wait_until(lambda: len(self.heard()) % 3 == 0 and self.heard(), 10, "the broker passed nothing on")
            place = f"tern/{PROJECT}/{REGION}/{REGISTRY}/{level}"
            got = self.heard()[-3:]
            self.assertEqual([(topic, text) for topic, _, text in got], [
                (place + "/events", "plain"), (place + "/events/sub/folder", "deep"), (place + "/state", "on")])
            number = self.bridge.show(name)["numId"]
            for attribute in (f"deviceId:{name}", f"deviceNumId:{number}", f"deviceRegistryId:{REGISTRY}",
                              f"deviceRegistryLocation:{REGION}", f"projectId:{PROJECT}"):
                self.assertIn(attribute, got[1][1])
            self.assertIn("subFolder:sub/folder", got[1][1])
            log = self.bridge.messages(self.bridge.device(name))
            self.assertEqual([payload(one) for one in log], [b"plain", b"deep", b"on"])

    def test_no_acknowledgement_while_one_of_them_is_away(self):
        name = self.registered()
        wire = self.login(name)
        wire.publish(f"/devices/{name}/events", b"before")
        self.broker.stop()
        self.lab.forget(self.broker.process)
        self.listener.stop()
        self.lab.forget(self.listener)
        wire.stream.settimeout(2)
        with self.assertRaises(TimeoutError):
            wire.publish(f"/devices/{name}/events", b"meanwhile", number=2)
        self.assertEqual(self.bridge.call("GET", "/healthz", token="")[0], 503)
        self.entry("mqtt: holds 1 message", eventType="SINK", severity="ERROR")
        self.broker.start()
        wire.stream.settimeout(30)
        wire.expect(0x40, b"\0\2")
        self.entry("mqtt: is well again", eventType="SINK")
        self.assertEqual([payload(one) for one in self.bridge.messages(self.bridge.device(name))], [b"before", b"meanwhile"])

    def test_nobody_subscribed_counts_as_delivered(self):
        name = self.registered()
        self.listener.stop()
        self.lab.forget(self.listener)
        before = int(self.sink("mqtt")["unheard"])
        self.login(name).publish(f"/devices/{name}/events", b"into the void")
        self.lab.wait_until(lambda: int(self.sink("mqtt")["unheard"]) == before + 1, 5, "it was not counted")


if __name__ == "__main__":
    unittest.main()
