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

from ternlab.lab import Lab          # noqa: E402
from ternlab.whole import Whole      # noqa: E402

BOARD = os.environ.get("TERN_BOARD", "linux")
WORK = os.environ.get("TERN_WORK", os.path.join(TOP, "build/e2e"))
PROGRAMS = {key: os.environ[name] for key, name in
            (("modem", "TERN_MODEM"), ("device", "TERN_DEVICE"), ("image", "TERN_IMAGE")) if name in os.environ}

# From start to a login; generous, for a machine that is busy with other tests.
LOGIN_S = 90


class EndToEnd(unittest.TestCase):
    def lab(self):
        folder = os.path.join(WORK, BOARD, self.id().rsplit(".", 2)[-2] + "." + self._testMethodName)
        shutil.rmtree(folder, ignore_errors=True)
        lab = Lab(folder)
        self.addCleanup(lab.stop)
        return lab

    def whole(self, **options):
        """A lab with everything in it, the device provisioned and stopped."""
        return Whole(self.lab(), BOARD, programs=PROGRAMS, **options)

    def online(self, **options):
        """The same, started and logged in."""
        whole = self.whole(**options)
        whole.start()
        whole.lab.wait("device", r"device: online", LOGIN_S)
        return whole

    def wait_error(self, whole, name, timeout=LOGIN_S, since=0):
        """The device reports this error of err.h, and no other before it."""
        line = whole.lab.wait("device", r"^error: [A-Z]", timeout, since)
        self.assertRegex(line.text, rf"^error: {name}:")
        return line

    def assert_never_online(self, whole):
        self.assertEqual(whole.lab.feed.find("device", "device: online"), [])
        self.assertEqual(whole.lab.feed.lines("cloud"), [])
