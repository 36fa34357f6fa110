#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Devices made of what everybody has: mosquitto's clients, paho-mqtt with PyJWT,
and a program that was written from Google's documentation."""
import os
import subprocess
import sys
import threading
import unittest

import paho.mqtt.client as mqtt

from bridge_test import BridgeTest    # before what it shows the way to
import device
from device import client_id, lenient_token, token
from ternlab.bridge import PROJECT, REGION, REGISTRY, payload
from ternlab.lab import Failure, program


class MosquittoClients(BridgeTest):
    def command(self, tool, name, password, *words):
        return [program(tool), "-h", "127.0.0.1", "-p", str(self.bridge.port), "--cafile",
                self.chain.root.certificate, "-V", "mqttv311", "-i", client_id(name), "-u", "unused", "-P", password, *words]

    def publish(self, name, password, topic, message, *words):
        return subprocess.run(self.command("mosquitto_pub", name, password, "-t", topic, "-m", message, "-q", "1", *words),
                              capture_output=True, text=True, timeout=20, check=False)

    def subscriber(self, name, password, *topics):
        """mosquitto_sub, whose messages become lines of NAME."""
        filters = [word for topic in topics for word in ("-t", topic)]
        process = self.lab.start(name, self.command("mosquitto_sub", name, password, "-q", "1", "-v", *filters),
                                 stdout=subprocess.PIPE)
        self.addCleanup(lambda: (process.stop(), self.lab.forget(process)))
        self.lab.read_from(name, process.output())
        self.entry("", eventType="SUBSCRIBE", publishToDeviceTopicType="COMMANDS")
        return process

    def test_publish_with_every_kind_of_token(self):
        name = self.registered(self.key("p256"), self.key("rsa2048"))
        sent = []
        for kind, algorithm in device.ALGORITHM.items():
            for make in token, lenient_token:
                sent.append(f"{algorithm} {make.__name__}")
                result = self.publish(name, make(self.key(kind), algorithm), f"/devices/{name}/events/mosquitto", sent[-1])
                self.assertEqual((result.returncode, result.stderr), (0, ""))
        got = self.bridge.messages(self.bridge.device(name))
        self.assertEqual([payload(message).decode() for message in got], sent)
        self.assertEqual({message["attributes"]["subFolder"] for message in got}, {"mosquitto"})

    def test_a_refused_login_is_told(self):
        name = self.registered()
        result = self.publish(name, token(self.new_key("other")), f"/devices/{name}/events", "no")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("not authorised", result.stderr)

    def test_config_and_commands(self):
        name = self.registered()
        version = self.bridge.config(name, "blue")
        self.subscriber(name, token(self.key()), f"/devices/{name}/config", f"/devices/{name}/commands/#")
        self.lab.wait(name, f"^/devices/{name}/config blue$", 10)
        self.lab.wait_until(lambda: "deviceAckTime" in self.configs(name)[0], 5, "no acknowledgement was recorded")
        self.assertEqual(int(self.configs(name)[0]["version"]), version)
        self.bridge.config(name, "green")
        self.lab.wait(name, f"^/devices/{name}/config green$", 10)
        self.bridge.command(name, "go", "motor/left")
        self.lab.wait(name, f"^/devices/{name}/commands/motor/left go$", 10)
        self.bridge.command(name, "stop")
        self.lab.wait(name, f"^/devices/{name}/commands stop$", 10)

    def configs(self, name):
        return self.bridge.rest("GET", self.bridge.device(name) + "/configVersions")["deviceConfigs"]

    def test_a_foreign_topic_ends_the_connection(self):
        name, other = self.registered(), self.registered(name="other-1")
        result = self.publish(name, token(self.key()), f"/devices/{other}/events", "forged")
        self.assertNotEqual(result.returncode, 0)
        self.entry(f"'/devices/{other}/events'", eventType="DISCONNECT", reason="TOPIC")
        self.assertEqual(self.bridge.messages(self.bridge.device(other)), [])


class Paho(BridgeTest):
    def client(self, name, password):
        client = mqtt.Client(client_id=client_id(name), protocol=mqtt.MQTTv311)
        client.username_pw_set("unused", password)
        client.tls_set(self.chain.root.certificate)
        client.got, client.codes, client.gone = [], [], threading.Event()
        client.on_connect = lambda _c, _u, _f, code: client.codes.append(code)
        client.on_message = lambda _c, _u, message: client.got.append((message.topic, message.payload, message.qos))
        client.on_disconnect = lambda *_: client.gone.set()
        client.connect("127.0.0.1", self.bridge.port)
        client.loop_start()
        self.addCleanup(client.loop_stop)
        self.addCleanup(client.disconnect)
        self.lab.wait_until(lambda: client.codes, 10, "no CONNACK came")
        return client

    def test_login_publish_config_and_commands(self):
        for kind, algorithm in device.ALGORITHM.items():
            name = self.registered(self.key(kind), name=f"{self.id}-{kind}")
            self.bridge.config(name, b"\0\xff binary")
            client = self.client(name, token(self.key(kind), algorithm))
            self.assertEqual(client.codes, [0])
            client.subscribe([(f"/devices/{name}/config", 1), (f"/devices/{name}/commands/#", 2)])
            self.lab.wait_until(lambda: client.got, 10, "no config came")
            self.assertEqual(client.got, [(f"/devices/{name}/config", b"\0\xff binary", 1)])
            sent = [client.publish(f"/devices/{name}/events", f"{number}", qos=1) for number in range(20)]
            sent.append(client.publish(f"/devices/{name}/state", "on", qos=1))
            for one in sent:
                one.wait_for_publish(10)
                self.assertTrue(one.is_published())
            got = self.bridge.messages(self.bridge.device(name))
            self.assertEqual([payload(message) for message in got], [b"%d" % number for number in range(20)] + [b"on"])
            self.bridge.command(name, "now", "sub")
            self.lab.wait_until(lambda: len(client.got) > 1, 10, "no command came")
            self.assertEqual(client.got[1], (f"/devices/{name}/commands/sub", b"now", 1))
            states = self.bridge.rest("GET", self.bridge.device(name) + "/states")["deviceStates"]
            self.assertEqual(states[0]["binaryData"], "b24=")

    def test_a_refused_login_is_told(self):
        client = self.client(self.registered(), token(self.new_key("other")))
        self.assertEqual(client.codes[0], 5)

    def test_qos_2_ends_the_connection(self):
        name = self.registered()
        client = self.client(name, token(self.key()))
        client.publish(f"/devices/{name}/events", "twice", qos=2)
        self.assertTrue(client.gone.wait(10))
        self.entry("QoS 2", eventType="DISCONNECT", reason="QOS2")


class Documented(BridgeTest):
    def test_it_connects_with_host_and_root_changed(self):
        for kind, algorithm in device.ALGORITHM.items():
            with self.subTest(algorithm):
                self.since = self.lab.feed.mark()
                name = self.registered(self.key(kind), name=f"documented-{kind}")
                self.bridge.config(name, '{"rate":5}')
                script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "documented_device.py")
                process = self.lab.start(name, [sys.executable, script, PROJECT, REGION, REGISTRY, name, self.key(kind),
                                                algorithm, "localhost", self.chain.root.certificate, str(self.bridge.port)],
                                         stdout=subprocess.PIPE)
                self.addCleanup(process.stop)
                self.lab.read_from(name, process.output())
                self.lab.wait(name, r"connected 0", 20)
                self.lab.wait(name, f'/devices/{name}/config 1 {{"rate":5}}', 10)
                self.lab.wait_until(lambda: len(self.told(name)) >= 3, 10, "state and events did not arrive")
                self.assertEqual(self.told(name)[:2], [("state", b'{"fan": "off"}'), ("event", b'{"temperature": 21}')])
                self.bridge.command(name, "stop")
                self.lab.wait(name, "disconnected 0", 10)
                self.assertEqual(process.popen.wait(10), 0)
                self.lab.forget(process)

    def told(self, name):
        # Which of the two comes first is the program's own race.
        got = self.bridge.messages(self.bridge.device(name))
        return sorted(((message["kind"], payload(message)) for message in got), key=lambda one: one[0], reverse=True)


class Gone(BridgeTest):
    def test_a_command_for_somebody_who_is_not_there(self):
        name = self.registered()
        with self.assertRaisesRegex(Failure, "FAILED_PRECONDITION.*"):
            self.bridge.command(name, "hello")
        wire = self.login(name)
        with self.assertRaisesRegex(Failure, "not subscribed"):
            self.bridge.command(name, "hello")
        wire.leave()


if __name__ == "__main__":
    unittest.main()
