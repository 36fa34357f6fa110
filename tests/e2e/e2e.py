# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share.

The environment says which board (TERN_BOARD: linux or qemu) and where the
programs are; without it the programs of the host-release preset are taken.
Logs of a test stay in TERN_WORK (build/e2e) until it runs again.
"""
import os
import shutil
import sys
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(TOP, "tools"))

from ternlab import certs                  # noqa: E402
from ternlab.lab import Lab                # noqa: E402
from ternlab.peer import Peer              # noqa: E402
from ternlab.whole import HOST, Whole      # noqa: E402

BOARD = os.environ.get("TERN_BOARD", "linux")
WORK = os.environ.get("TERN_WORK", os.path.join(TOP, "build/e2e"))
PROGRAMS = {key: os.environ[name] for key, name in
            (("tern", "TERN_CLI"), ("bridge", "TERN_BRIDGE"), ("modem", "TERN_MODEM"), ("device", "TERN_DEVICE"),
             ("image", "TERN_IMAGE"))
            if name in os.environ}

# From start to a login; generous, for a machine that is busy with other tests.
LOGIN_S = 90


class EndToEnd(unittest.TestCase):
    """Each test has a lab of its own, in self.lab."""

    def setUp(self):
        folder = os.path.join(WORK, BOARD, self.id().split(".")[-2] + "." + self._testMethodName)
        shutil.rmtree(folder, ignore_errors=True)
        self.lab = Lab(folder)
        self.addCleanup(self.lab.stop)

    def chain(self, **options):
        return certs.Chain(self.lab.path("certs"), HOST, **options)

    def peer(self, chain, **options):
        return self.lab.at_end(Peer(chain, **options))

    def whole(self, **options):
        """Everything, the device provisioned and stopped."""
        return Whole(self.lab, BOARD, programs=PROGRAMS, **options)

    def started(self, **options):
        whole = self.whole(**options)
        whole.start()
        return whole

    def wait_online(self, since=0, timeout=LOGIN_S):
        return self.lab.wait("device", r"device: online", timeout, since)

    def wait_error(self, name, since=0, timeout=LOGIN_S):
        """The first failure that the device tells is this one of err.h."""
        line = self.lab.wait("device", r"^diagnosis: .*\berr=", timeout, since)
        self.assertRegex(line.text, rf"\berr={name}[] ]")
        return line

    def assert_never_online(self):
        self.assertEqual(self.lab.feed.find("device", "device: online"), [])
        self.assertEqual(self.lab.feed.lines("cloud"), [])
