#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a PUBACK is worth: everything that a device was promised is there, whatever
was killed, and nothing is there more often than it was sent.

TERN_KILLS: how often the bridge is killed (100); a fifth as often, its broker.
"""
import collections
import os
import random
import subprocess
import time
import unittest

from bridge_test import BridgeTest    # before what it shows the way to
from load import Publisher, Recorder, number_of
from ternlab.bridge import payload
from ternlab.broker import Broker, message
from ternlab.lab import free_port

KILLS = int(os.environ.get("TERN_KILLS", "100"))
DEVICES = 4
# As fast as it goes: no quota, no wait for an address that is back so often.
FAST = {"messages_per_s": 1000000, "bytes_per_s": 1000000000, "bad_logins_per_minute": 1000000, "stop_s": 5}


class Durable(BridgeTest):
    def publishers(self):
        names = [self.registered(name=f"{self.id[:20]}-{number}", logLevel="ERROR") for number in range(DEVICES)]
        return [Publisher(self.bridge, name, self.key()) for name in names]

    def wait_acknowledged(self, publishers, count=1, timeout=30):
        """Each has COUNT more than now: the chain works."""
        before = [len(one.acknowledged) for one in publishers]
        self.lab.wait_until(lambda: all(len(one.acknowledged) >= had + count or one.error
                                        for one, had in zip(publishers, before)), timeout, "the devices were not acknowledged")

    def check(self, publishers, arrived):
        """ARRIVED: (device, number) in order.  Returns how many were there more than once."""
        counts = collections.Counter(arrived)
        for one in publishers:
            self.assertGreater(len(one.acknowledged), 0)
            missing = [number for number in one.acknowledged if (one.device, number) not in counts]
            self.assertEqual(missing, [], f"{one.device} was promised what is not there")
            often = [number for number, sent in one.sent.items() if counts[one.device, number] > sent]
            self.assertEqual(often, [], f"{one.device} sent these less often than they are there")
            first = list(dict.fromkeys(number for name, number in arrived if name == one.device))
            self.assertEqual(first, sorted(first), f"{one.device}: not in its order")
        strangers = set(counts) - {(one.device, number) for one in publishers for number in one.sent}
        self.assertEqual(strangers, set())
        return sum(count - 1 for count in counts.values())

    def told(self, publishers, what, twice):
        print(f"{self.id}: {sum(len(one.acknowledged) for one in publishers)} messages acknowledged, {what}, "
              f"{sum(one.connections for one in publishers)} logins, {twice} messages twice", flush=True)


class Log(Durable):
    settings = FAST

    def test_the_bridge_is_killed(self):
        """SIGKILL at random under load; the log has all, in order."""
        publishers, dice = self.publishers(), random.Random(1)
        for _ in range(KILLS):
            self.wait_acknowledged(publishers)
            time.sleep(dice.random() * 0.3)
            self.bridge.kill()
            self.bridge.start()
        for one in publishers:
            one.stop()
        arrived = [number_of(payload(one)) for one in self.bridge.messages()]
        twice = self.check(publishers, arrived)
        self.assertLessEqual(twice, KILLS * DEVICES * 20, "more than what was in flight")
        self.told(publishers, f"{KILLS} kills", twice)

    def test_the_bridge_is_stopped_in_order(self):
        """SIGTERM: what is held is confirmed first; a reader by cursor misses nothing across stops."""
        publishers = self.publishers()
        for _ in range(5):
            self.wait_acknowledged(publishers, 20)
            self.assertEqual(self.bridge.stop(), 0)
            self.bridge.start()
        for one in publishers:
            one.stop()
        arrived = [number_of(payload(one)) for one in self.bridge.messages(self.bridge.registry())
                   if one["attributes"]["deviceId"].startswith(self.id[:20])]
        self.told(publishers, "5 stops", self.check(publishers, arrived))


class Mqtt(Durable):
    @classmethod
    def prepare(cls):
        cls.broker = Broker(cls.lab, None, "max_queued_messages 0\nmax_inflight_messages 0\nmax_queued_bytes 0",
                            name="mosquitto", topics="tern/#", folder=cls.lab.path("kept"))
        cls.recorder = cls.lab.at_end(Recorder(cls.broker.port))
        cls.settings = {**FAST, "sink": "mqtt", "mqtt_host": "127.0.0.1", "mqtt_port": cls.recorder.port}

    def subscriber(self):
        """One whose session the broker keeps while it is away."""
        process = self.lab.start("subscriber", [*self.broker._client("mosquitto_sub"), "-q", "1", "-c", "-i", self.id,
                                                "-F", "%j", "-t", "tern/#"], stdout=subprocess.PIPE)
        self.addCleanup(lambda: (process.stop(), self.lab.forget(process)))
        self.lab.read_from(self.id, process.output())
        return process

    def arrived(self):
        return [number_of(message(line)[1].encode()) for line in self.lab.feed.lines(self.id)]

    def stop_broker(self):
        self.broker.process.grace = 30      # it writes all that it holds
        self.broker.stop()
        self.lab.forget(self.broker.process)

    def test_the_broker_is_stopped(self):
        """SIGTERM under load, persistence on: a subscriber with a session gets all that was promised."""
        self.subscriber()
        publishers, dice = self.publishers(), random.Random(3)
        self.wait_acknowledged(publishers, 10)
        for _ in range(KILLS // 5):
            time.sleep(dice.random())
            self.stop_broker()
            self.broker.start()
        self.wait_acknowledged(publishers, 10, 90)      # the sink's pauses grow to a minute with a broker like this
        for one in publishers:
            one.stop()
        promised = {(one.device, number) for one in publishers for number in one.acknowledged}
        self.lab.wait_until(lambda: promised <= set(self.arrived()), 30, "not everything arrived at the subscriber")
        counts = collections.Counter(self.arrived())
        self.told(publishers, f"{KILLS // 5} stops of the broker", sum(count - 1 for count in counts.values()))

    def test_bridge_and_broker_are_killed(self):
        """SIGKILL of either: no PUBACK to a device without the broker's."""
        publishers, dice = self.publishers(), random.Random(2)
        for turn in range(KILLS // 5):
            self.wait_acknowledged(publishers, 5)
            time.sleep(dice.random() * 0.2)
            if turn % 2:
                self.broker.process.kill()
                self.lab.forget(self.broker.process)
                self.broker.start()
            else:
                self.bridge.kill()
                self.bridge.start()
        for one in publishers:
            one.stop()
        for one in publishers:
            promised = {(one.device, number) for number in one.acknowledged}
            self.assertEqual(promised - self.recorder.acknowledged, set())
        self.told(publishers, f"{KILLS // 5} kills of bridge or broker", 0)


if __name__ == "__main__":
    unittest.main()
