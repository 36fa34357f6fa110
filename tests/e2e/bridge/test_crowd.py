#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many at once: thousands that are idle, and one address that tries passwords
while devices behind it and elsewhere go on.

TERN_IDLE: how many are idle (10,000, or as many as there may be open files).
"""
import json
import os
import resource
import subprocess
import threading
import time
import unittest

from bridge_test import TOP, BridgeTest    # before what it shows the way to
import device
from device import Wire, client_id, token
from ternlab import certs
from ternlab.bridge import PROJECT, REGION, REGISTRY

CROWD = os.environ.get("TERN_CROWD", os.path.join(TOP, "build/host-release/tests/bench/bridge/tern-crowd"))
HARD = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
IDLE = min(int(os.environ.get("TERN_IDLE", "10000")), HARD - 500)


class Idle(BridgeTest):
    settings = {"connections_max": IDLE + 100, "stop_s": 3}

    @classmethod
    def setUpClass(cls):
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (HARD, HARD))
        cls.addClassCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        super().setUpClass()

    def counts(self):
        return {name: int(value) for name, value in self.bridge.rest("GET", "/healthz")["node"].items()}

    def test_thousands_are_idle_and_one_works(self):
        public = certs.public_key(self.key())
        for number in range(IDLE):
            self.bridge.create_device(f"device-{number}", self.bridge_key(public), logLevel="NONE")
        crowd = self.lab.start("crowd", [CROWD, "idle", "--port", str(self.bridge.port), "--key", self.key(), "--project",
                                         PROJECT, "--parent", f"projects/{PROJECT}/locations/{REGION}/registries/{REGISTRY}",
                                         "--devices", str(IDLE), "--ca", self.chain.root.certificate],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.lab.read_from("crowd", crowd.output())
        told = json.loads(self.lab.wait("crowd", "^{", 300).text)
        self.assertEqual((told["up"], self.counts()["up"]), (IDLE, IDLE))
        name = self.registered()
        wire = self.login(name)
        started = time.monotonic()
        for number in range(1, 101):
            wire.publish(f"/devices/{name}/events", b"x", number=number)
        print(f"{IDLE} are idle since {told['seconds']:.1f} s; 100 messages, one after the other, took "
              f"{time.monotonic() - started:.2f} s", flush=True)
        self.assertLess(time.monotonic() - started, 30)
        crowd.popen.stdin.close()
        self.assertEqual(crowd.popen.wait(60), 0)
        self.lab.forget(crowd)
        self.assertEqual(json.loads(self.lab.wait("crowd", "failures", 5).text), {"up": IDLE, "failures": 0})
        self.lab.wait_until(lambda: self.counts()["up"] == 1, 30, "those who left are still counted")

    @staticmethod
    def bridge_key(public):
        return {"publicKey": {"format": "ES256_PEM", "key": public}}


class Flood(BridgeTest):
    settings = {"bad_logins_per_minute": 60}

    def attack(self, source, until, count):
        """Wrong tokens, as fast as they are answered."""
        password = token(self.new_key("attacker"))
        while time.monotonic() < until:
            try:
                with Wire(self.bridge, source=source) as wire:
                    count.append(wire.login(client_id(self.id), password))
            except (OSError, device.Closed):
                count.append(None)

    def test_bad_logins_from_one_address_while_good_devices_go_on(self):
        name = self.registered()
        until, counts = time.monotonic() + 6, [[] for _ in range(8)]
        threads = [threading.Thread(target=self.attack, args=("127.0.0.2", until, count)) for count in counts]
        quiet = self.login(name)
        for thread in threads:
            thread.start()
        waits = {"127.0.0.3": [], "127.0.0.2": []}
        good = self.registered(name="good-1")
        number = 0
        while time.monotonic() < until:
            for source, took in waits.items():
                number += 1
                started = time.monotonic()
                with Wire(self.bridge, source=source) as wire:
                    self.assertEqual(wire.login(client_id(good), token(self.key())), 0)
                    wire.publish(f"/devices/{good}/events", b"in")
                took.append(time.monotonic() - started)
            quiet.publish(f"/devices/{name}/events", b"still here", number=number)
        for thread in threads:
            thread.join(15)
        tried = sum(map(len, counts))
        self.assertNotIn(0, [code for count in counts for code in count])
        print(f"{tried} bad logins from one address; good ones from another took at most {max(waits['127.0.0.3']):.2f} s, "
              f"from the same address at most {max(waits['127.0.0.2']):.2f} s", flush=True)
        self.assertLess(max(waits["127.0.0.3"]), 2)
        self.assertLess(max(waits["127.0.0.2"]), 12)
        with open(self.bridge.path("journal.jsonl"), encoding="utf-8") as file:
            lines = sum(1 for line in file if '"CONNECT"' in line and '"ERROR"' in line)
        self.assertLess(lines, tried, "a line for each of a flood")

    def test_connections_that_say_nothing(self):
        """Open sockets of one address take nothing from who comes from another."""
        silent = [device.socket.create_connection(("127.0.0.1", self.bridge.port), 5, ("127.0.0.4", 0)) for _ in range(500)]
        try:
            name = self.registered()
            started = time.monotonic()
            self.login(name).publish(f"/devices/{name}/events", b"x")
            self.assertLess(time.monotonic() - started, 5)
        finally:
            for one in silent:
                one.close()


if __name__ == "__main__":
    unittest.main()
