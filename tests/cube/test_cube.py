#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The examples for CubeMX projects come to their first acknowledged message.

    test_cube.py FOLDER-OF-PROGRAMS TERN-MODEM TERN
"""
import os
import secrets
import socket
import subprocess
import sys
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(TOP, "tools"))

from ternlab import certs                                        # noqa: E402
from ternlab.broker import Broker, message                       # noqa: E402
from ternlab.device import Console, provision                    # noqa: E402
from ternlab.lab import Lab                                      # noqa: E402
from ternlab.modem import Modem                                  # noqa: E402
from ternlab.whole import HOST, PORT, connection_string          # noqa: E402

FOLDER = MODEM = TERN = None
FIRST_S = 90
TOPIC = "/devices/f103/events"


class Cube(unittest.TestCase):
    def setUp(self):
        self.lab = Lab(os.path.join(FOLDER, "lab." + self._testMethodName))
        self.addCleanup(self.lab.stop)
        self.chain = certs.Chain(self.lab.path("certs"), HOST)
        self.broker = Broker(self.lab, self.chain)
        self.broker.subscribe()
        self.modem = Modem(self.lab, {f"{HOST}:{PORT}": f"127.0.0.1:{self.broker.port}"}, program=MODEM)
        self.flash = self.lab.secret("flash")
        if os.path.exists(self.flash):
            os.unlink(self.flash)

    def start(self, name, **environment):
        """With what examples/cube/bench.c holds, in the environment."""
        process = self.lab.start(name, [os.path.join(FOLDER, name)], stdout=subprocess.PIPE, env={
            **os.environ, "CUBE_MODEM": self.modem.socket, "CUBE_FLASH": self.flash, **environment})
        self.lab.read_from("led", process.output())
        return process

    def bench(self):
        key = certs.make_key(self.lab.secret("key"))
        return {"CUBE_HOST": HOST, "CUBE_PORT": str(PORT), "CUBE_CONNECTION": connection_string("f103"),
                "CUBE_ROOT": self.chain.root.pem(), "CUBE_KEY": certs.read(key), "CUBE_SEED": secrets.token_hex(32)}

    def wait_message(self, since=0):
        line = self.lab.wait("cloud", TOPIC, FIRST_S, since)
        return message(line)[1]

    def with_console(self, name):
        """Started, and its console."""
        path = self.lab.socket_path("console")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(1)
            listener.settimeout(20)
            process = self.start(name, CUBE_CONSOLE=path)
            connection, _ = listener.accept()
        self.addCleanup(connection.close)
        return process, Console(self.lab, "device", connection.fileno(), connection.sendall)

    def test_superloop_says_hello(self):
        self.start("cube-baremetal-hello", **self.bench())
        self.assertEqual(self.wait_message(), "hello")
        self.lab.wait("led", "LD2 on", 10)

    def test_superloop_survives_an_overrun(self):
        """The HAL stops a reception by DMA at the first overrun; the example starts it again."""
        self.start("cube-baremetal-hello", CUBE_OVERRUN_AT="100", **self.bench())
        self.assertEqual(self.wait_message(), "hello")
        self.lab.wait("led", "LD2 on", 10)

    def test_tick_may_wrap(self):
        self.start("cube-baremetal-hello", CUBE_TICK=str(2 ** 32 - 800), **self.bench())
        self.assertEqual(self.wait_message(), "hello")
        self.lab.wait("led", "LD2 on", 10)

    def test_superloop_keeps_its_settings_over_a_restart(self):
        values = self.bench()
        process = self.start("cube-baremetal-hello", **values)
        self.wait_message()
        process.kill()
        self.lab.forget(process)
        since = self.lab.feed.mark()
        self.start("cube-baremetal-hello", **{**values, "CUBE_ROOT": "", "CUBE_KEY": "", "CUBE_SEED": ""})
        self.assertEqual(self.wait_message(since), "hello")

    def test_task_sends_what_another_task_posts(self):
        self.start("cube-freertos-queue", **self.bench())
        self.assertEqual(self.wait_message()["value"], 1)
        self.lab.wait("led", "LD2 on", 10)

    def demo(self, name):
        process, console = self.with_console(name)
        console.wait_prompt()
        root = self.lab.path("root.pem")
        with open(root, "w", encoding="ascii") as file:
            file.write(self.chain.root.pem())
        provision(self.lab, "unix:" + console.line(), ["--host", HOST, "--port", str(PORT), "--root", root, "--connection",
                                                       connection_string("f103")], program=TERN)
        self.assertIn("uptime_s", self.wait_message())
        self.lab.wait("device", "acknowledged 1", 10)
        self.broker.publish("/devices/f103/commands/led", "on")
        self.lab.wait("led", "LD2 on", 10)
        self.lab.forget(process)               # it ends as intended
        console.type("reboot\n")
        self.lab.wait("led", "reset", 10)
        self.assertEqual(process.popen.wait(10), 0)

    def test_superloop_with_the_demo(self):
        self.demo("cube-baremetal-demo")

    def test_task_with_the_demo(self):
        self.demo("cube-freertos-demo")


if __name__ == "__main__":
    FOLDER, MODEM, TERN = map(os.path.abspath, sys.argv[1:4])
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
