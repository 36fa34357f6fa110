#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A connection is lost in many ways; the device says so once, comes back with a
resumed TLS session, and no message is missing."""
import json
import time
import unittest

from e2e import EndToEnd

# Lines of the device for one loss: the cause, the states on the way back, "online
# again"; telemetry and acknowledgements are not counted.
FEW = 12


class Lost(EndToEnd):
    def connected(self):
        self.server = self.peer(chain := self.chain())
        whole = self.started(chain=chain, peer=self.server, settings=[("interval", 1)])
        self.wait_online()
        self.wait_published(2)
        return whole

    def sequences(self):
        return [json.loads(payload)["seq"] for topic, payload in self.server.published if topic.endswith("/events")]

    def wait_published(self, count, timeout=90):
        self.lab.wait_until(lambda: len(set(self.sequences())) >= count, timeout,
                            f"{count} telemetry messages did not arrive")

    def comes_back(self, cause, disturb):
        """DISTURB breaks the connection; the device reports CAUSE and recovers."""
        self.connected()
        since, before = self.lab.feed.mark(), len(set(self.sequences()))
        disturb()
        self.wait_error(cause, since)
        self.wait_online(since)
        self.lab.wait("device", r"^diagnosis: connected again", 30, since)
        self.wait_published(before + 4)
        self.assertTrue(self.server.handshakes[-1][1], f"not resumed: {self.server.handshakes}")
        told = [line.text for line in self.lab.feed.lines("device", since)
                if not line.text.startswith(("telemetry ", "acknowledged ", "state acknowledged"))]
        self.assertLessEqual(len(told), FEW, told)
        self.assertEqual(len([text for text in told if text.startswith(("diagnosis: ", "error: "))]), 2, told)
        self.lab.wait_until(lambda: missing(self.sequences()) == [], 30, "a message is missing")

    def fault(self, **fault):
        return lambda: self.modem().control(cmd="fault", **fault)

    def modem(self):
        return self._whole.modem

    def started(self, **options):
        self._whole = super().started(**options)
        return self._whole

    def test_the_server_closes_in_mid_session(self):
        self.comes_back("MODEM_CLOSED", lambda: self.server.cut())

    def test_every_send_gets_error_572_after_a_silent_close(self):
        """The endless loop of the forum thread: five public drivers take the
        refused send for a sent one."""
        self.comes_back("MODEM_SOCKET_DEAD", self.fault(what="dead"))

    def test_the_network_takes_the_data_connection_away(self):
        self.comes_back("MODEM_PDP_LOST", self.fault(what="pdpdeact"))

    def test_the_modem_restarts_by_itself(self):
        # A modem that restarts may say first that the data connection is gone.
        self.comes_back("(?:MODEM_REBOOT|MODEM_PDP_LOST)", self.fault(what="reboot"))

    def test_power_is_cut_in_mid_session(self):
        """Settings, key and seed survive; the random seed is another one."""
        whole = self.connected()
        since = self.lab.feed.mark()
        whole.device.power_cut()
        self.wait_online(since)
        logins = [token for _, _, token in self.server.logins]
        self.assertGreaterEqual(len(logins), 2)

    def test_nothing_but_silence_while_all_is_well(self):
        self.connected()
        since = self.lab.feed.mark()
        time.sleep(10)
        told = [line.text for line in self.lab.feed.lines("device", since)
                if not line.text.startswith(("telemetry ", "acknowledged "))]
        self.assertEqual(told, [])


def missing(sequences):
    """Numbers between the first and the last that never came."""
    return sorted(set(range(min(sequences), max(sequences) + 1)) - set(sequences))


if __name__ == "__main__":
    unittest.main()
