# SPDX-License-Identifier: Apache-2.0
"""What the bridge's end-to-end tests share: one bridge for the tests of a class,
each with devices of its own.

The environment says where the programs are (TERN_BRIDGE, TERN_CLI); without it
those of the host-release preset are taken.  Logs stay in TERN_WORK/bridge.
"""
import json
import os
import re
import shutil
import sys
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
sys.path.insert(0, os.path.join(TOP, "tools"))

from ternlab import certs                                         # noqa: E402
from ternlab.bridge import PROGRAM, TERN, Bridge                  # noqa: E402
from ternlab.lab import Lab                                       # noqa: E402

import device                                                     # noqa: E402

WORK = os.environ.get("TERN_WORK", os.path.join(TOP, "build/e2e"))
PROGRAMS = {"program": os.environ.get("TERN_BRIDGE", PROGRAM), "tern": os.environ.get("TERN_CLI", TERN)}
HOST = "bridge.tern.example"


class BridgeTest(unittest.TestCase):
    settings = {}        # lines of the configuration, by key

    @classmethod
    def setUpClass(cls):
        script = os.path.basename(sys.modules[cls.__module__].__file__)
        folder = os.path.join(WORK, "bridge", script.removesuffix(".py"), cls.__name__)
        shutil.rmtree(folder, ignore_errors=True)
        cls.lab = Lab(folder)
        cls.addClassCleanup(cls.lab.stop)
        cls.chain = certs.Chain(cls.lab.path("certs"), HOST)
        cls.prepare()
        cls.bridge = Bridge(cls.lab, cls.chain, **PROGRAMS, **cls.settings)
        cls.bridge.create_registry(logLevel="DEBUG")
        cls.keys = {kind: certs.make_key(cls.lab.secret(kind + ".key"), kind) for kind in device.ALGORITHM}

    @classmethod
    def prepare(cls):
        """What is to be there before the bridge starts."""

    def setUp(self):
        self.since = self.lab.feed.mark()
        self.id = re.sub(r"[^a-z0-9]+", "-", self._testMethodName.removeprefix("test_"))

    def key(self, kind="p256"):
        return self.keys[kind]

    def new_key(self, name, kind="p256"):
        return certs.make_key(self.lab.secret(f"{self._testMethodName}-{name}.key"), kind)

    def registered(self, *keys, name=None, **members):
        """A device's id; KEYS: files of private keys, else the class's P-256 key."""
        name = name or self.id
        self.bridge.create_device(name, *map(certs.public_key, keys or [self.key()]), **members)
        return name

    def wire(self, **options):
        wire = device.Wire(self.bridge, **options)
        self.addCleanup(wire.close)
        return wire

    def login(self, name, key=None, token=None, **options):
        """A device that is connected."""
        wire = self.wire()
        self.assertEqual(wire.login(device.client_id(name), token or device.token(key or self.key()), **options), 0)
        return wire

    def entry(self, sentence, timeout=10, **members):
        """The first entry since the test began with this sentence and these members."""
        def found():
            for line in self.lab.feed.lines("bridge", self.since):
                entry = json.loads(line.text)
                if members.items() <= entry.items() and re.search(sentence, entry.get("sentence", "")):
                    return entry
            return None
        return self.lab.wait_until(found, timeout, f"the bridge did not say /{sentence}/ with {members}")

    def last_error(self, name, code, sentence):
        """The registry has it, at the latest when its second is over."""
        error = self.lab.wait_until(lambda: self.bridge.show(name).get("lastErrorStatus"), 5, "no lastErrorStatus came")
        self.assertEqual(error["code"], code, error)
        self.assertRegex(error["message"], sentence)

    def refused(self, code, sentence, password, identity=None, **options):
        """A login that is refused with CONNACK CODE (None: just closed), and a sentence in the log."""
        self.since = self.lab.feed.mark()
        with device.Wire(self.bridge) as wire:
            got = wire.login(device.client_id(self.id) if identity is None else identity, password, **options)
            self.assertEqual(got, code, sentence)
            self.assertEqual(wire.until_closed(), [])
        return self.entry(sentence, eventType="CONNECT", severity="ERROR")
