#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Servers with which there must be no session, and the cause that is reported."""
import unittest

from e2e import EndToEnd
from ternlab import certs


class Refused(EndToEnd):
    def refused(self, error, **options):
        self.started(**options)
        self.wait_error(error)
        self.assert_never_online()

    def test_unknown_root(self):
        other = certs.Authority(self.lab.path("other"), "Tern test root")
        self.refused("TLS_ROOT", root=other.pem())

    def test_certificate_for_another_host(self):
        self.refused("TLS_NAME", chain=self.chain(names=["DNS:other.example", "IP:127.0.0.1"]))

    def test_expired_certificate(self):
        peer = self.peer(chain := self.chain(days=(-20, -10)))
        self.refused("TLS_EXPIRED", chain=chain, peer=peer)

    def test_certificate_of_the_future(self):
        peer = self.peer(chain := self.chain(days=(10, 20)))
        self.refused("TLS_FUTURE", chain=chain, peer=peer)

    def test_a_clock_that_nothing_sets(self):
        self.refused("DEVICE_CLOCK", modem_options=["--no-nitz", "--no-ntp"])

    def test_plain_text_port(self):
        # A server that speaks first, as mail servers do, and is no TLS.
        self.refused("TLS_NOT_TLS", peer=self.peer(None, greeting=b"220 mail.example ready\r\n"))

    def test_connack_1_to_5(self):
        peer = self.peer(chain := self.chain(), connack=1)
        whole = self.whole(chain=chain, peer=peer)
        for code in range(1, 6):
            with self.subTest(code):
                peer.connack = code
                whole.start()
                self.wait_error(f"MQTT_CONNACK_{code}", whole.started)
                whole.console.must("stop")
        self.assert_never_online()


if __name__ == "__main__":
    unittest.main()
