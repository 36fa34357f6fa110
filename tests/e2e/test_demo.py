#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demo's configuration, commands and console, over the whole chain."""
import json
import unittest

from e2e import LOGIN_S, EndToEnd
from ternlab.lab import Failure


class Demo(EndToEnd):
    """What the cloud sends arrives, acts once and is reported."""

    def states(self, since=0):
        return [json.loads(json.loads(line.text)["payload"]) for line in self.lab.feed.lines("cloud", since)
                if json.loads(line.text)["topic"].endswith("/state")]

    def wait_state(self, since=0, **members):
        """The first state since a mark that has these members."""
        return self.lab.wait_until(
            lambda: next((s for s in self.states(since) if members.items() <= s.items()), None), 30,
            f"no state with {members}")

    @staticmethod
    def whole_status(whole):
        """What status prints, once the modem was asked for all of it."""
        status = "\n".join(whole.console.command("status"))
        return status if "Tern Test" in status and "dBm" in status else None

    def configure(self, whole, payload):
        since = self.lab.feed.mark()
        whole.configure(payload)
        return since

    def command(self, whole, payload, subfolder=""):
        """Sends a command as soon as the device takes one."""
        def sent():
            try:
                whole.command(payload, subfolder)
            except Failure as failure:
                return self.assertRegex(str(failure), "not connected|not subscribed")
            return True
        since = self.lab.feed.mark()
        self.lab.wait_until(sent, LOGIN_S, "the device took no command")
        return since

    def test_configuration_is_checked_applied_and_reported(self):
        whole = self.started(settings=[("interval", "1")])
        self.assertEqual(self.wait_state(LedOn=False), {
            "LedOn": False, "TelemetryInterval": 1, "version": "0.1.0", "restart": "power-on"})
        since = self.configure(whole, '{"LedOn":true,"TelemetryInterval":2}')
        self.assertNotIn("error", self.wait_state(since, LedOn=True, TelemetryInterval=2))
        since = self.configure(whole, '{"LedOn":false,"TelemetryInterval":0}')
        state = self.wait_state(since, LedOn=True, TelemetryInterval=2)
        self.assertIn("TelemetryInterval is 0", state["error"])
        since = self.configure(whole, '{"LedOn":false')
        self.assertEqual(self.wait_state(since, LedOn=True)["error"], "not a JSON object")
        whole.wait_telemetry(2, since=since)

    def test_reboot_acts_once(self):
        whole = self.started(settings=[("interval", "1")])
        self.wait_online()
        since = self.command(whole, '{"id":"a1"}', "reboot")
        self.wait_online(since)
        self.command(whole, '{"id":"a1"}', "reboot")    # from somebody who did not hear that it arrived
        self.lab.wait("device", "command reboot refused: this reboot has acted already", 30, since)
        self.wait_state(since, error="this reboot has acted already", restart="software")
        whole.wait_telemetry(3, since=self.lab.feed.mark())
        self.assertEqual(len(self.lab.feed.find("device", "^started after", since)), 1)

    def test_reboot_without_an_id_acts_once(self):
        whole = self.started(settings=[("interval", "1")])
        self.wait_online()
        since = self.command(whole, "{}", "reboot")
        self.wait_online(since)
        since = self.command(whole, "{}", "reboot")
        self.lab.wait("device", "command reboot refused: reboot without id just after the login", 30, since)

    def test_blink_and_an_unknown_command(self):
        whole = self.started(settings=[("interval", "1")])
        self.wait_online()
        since = self.command(whole, '{"count":2}', "blink")
        self.lab.wait("device", "^command blink$", 30, since)
        since = self.command(whole, '{"command":"dance"}')
        self.wait_state(since, error="unknown command; known: blink, reboot")

    def test_the_console_while_online(self):
        whole = self.started(settings=[("interval", "1")])
        self.wait_online()
        whole.wait_telemetry(1)
        status = self.lab.wait_until(lambda: self.whole_status(whole), 90, "signal and operator did not come")
        for part in ("state         online for ", "; logins: 1, failures: 0", "modem         BG96", "SIM           ready",
                     "network       registered at home: Tern Test (LTE-M)", "signal        -73 dBm",
                     " s ago by network", "TLS           TLS 1.", "token         valid until 20"):
            self.assertIn(part, status)
        self.assertIn("interval      2 s", whole.console.command("set interval 2"))
        self.assertIn("stopped", whole.console.command("stop"))
        since = self.lab.feed.mark()
        self.assertIn("started", whole.console.command("start"))
        self.wait_online(since)


if __name__ == "__main__":
    unittest.main()
