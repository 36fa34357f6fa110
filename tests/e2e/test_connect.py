#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keys, chains and TLS versions with which a device gets through."""
import ssl
import time
import unittest

from e2e import BOARD, EndToEnd
from ternlab import certs
from ternlab.peer import read_token, token_verifies
from ternlab.whole import PROJECT, REGION, REGISTRY


class Telemetry(EndToEnd):
    """Through the bridge, which verifies each token, with different server chains."""

    def arrives(self, **options):
        whole = self.started(settings=[("interval", 1)], **options)
        first, second = whole.wait_telemetry(2, timeout=120)
        self.assertEqual(second["seq"], first["seq"] + 1)
        self.assertIsInstance(first["uptime_s"], int)
        self.assertEqual(self.lab.feed.find("device", "^error", whole.started), [])
        return whole

    def test_p256_chain(self):
        self.arrives()

    def test_rsa_2048_chain(self):
        self.arrives(chain=self.chain(root="rsa2048", intermediate="rsa2048", leaf="rsa2048"))

    def test_rsa_4096_root(self):
        self.arrives(chain=self.chain(root="rsa4096", intermediate="rsa2048", leaf="p256"))

    def test_p384_root(self):
        self.arrives(chain=self.chain(root="p384", intermediate="p384"))

    def test_cross_signed_root_of_which_only_the_other_signer_is_known(self):
        chain = self.chain()
        other = certs.Authority(self.lab.path("certs"), "Older root", "rsa4096")
        leaf = certs.read(chain.server_chain)
        chain.present(leaf, chain.root.cross_signed(other))
        self.arrives(chain=chain, root=other.pem())

    def test_cross_signed_root_that_is_itself_known(self):
        chain = self.chain()
        other = certs.Authority(self.lab.path("certs"), "Older root", "rsa4096")
        leaf = certs.read(chain.server_chain)
        chain.present(leaf, chain.root.cross_signed(other))
        self.arrives(chain=chain)

    def test_a_configuration_of_one_full_record_is_acknowledged_but_not_applied(self):
        whole = self.arrives()
        since = self.lab.feed.mark()
        whole.configure(b'{"LedOn":true,"filler":"' + b"x" * 16300 + b'"}')
        whole.wait_telemetry(2, since=since)
        self.lab.wait("device", "config", 10, since)
        self.assertEqual(self.lab.feed.find("device", "^error: [A-Z]", since), [])

    def test_a_configuration_is_applied_and_reported_as_state(self):
        whole = self.arrives()
        since = self.lab.feed.mark()
        version = whole.configure('{"LedOn":true,"TelemetryInterval":2}')
        self.lab.wait("cloud", r'/state.*LedOn\\":true,\\"TelemetryInterval\\":2', 20, since)
        self.lab.wait_until(lambda: self.acknowledged(whole) == version, 20, "the bridge knows of no acknowledgement")

    @staticmethod
    def acknowledged(whole):
        """The latest config version that the device has acknowledged."""
        configs = whole.server.rest("GET", whole.server.device(whole.device_id) + "/configVersions")["deviceConfigs"]
        return max([int(config["version"]) for config in configs if "deviceAckTime" in config], default=0)

    def test_a_stock_broker(self):
        """Debian's mosquitto, which takes any token."""
        self.arrives(stock=True)


class Login(EndToEnd):
    """What the server sees of a device."""

    def token(self, key, algorithm):
        peer = self.peer(chain := self.chain())
        whole = self.started(chain=chain, peer=peer, key=key)
        self.wait_online()
        client, user, token = peer.logins[0]
        self.assertEqual(client, f"projects/{PROJECT}/locations/{REGION}/registries/{REGISTRY}/devices/f103")
        self.assertEqual(user, "unused")
        header, claims = read_token(token)
        self.assertEqual(header, {"alg": algorithm, "typ": "JWT"})
        self.assertEqual(claims["aud"], PROJECT)
        self.assertLess(abs(claims["iat"] - time.time()), 600)
        self.assertTrue(0 < claims["exp"] - claims["iat"] <= 24 * 3600)
        self.assertNotIn("=", token)
        self.assertTrue(token_verifies(token, certs.public_key(whole.key)))
        other = certs.make_key(self.lab.secret("other.key"), key)
        self.assertFalse(token_verifies(token, certs.public_key(other)))

    def test_es256_token_verifies_with_openssl(self):
        self.token("p256", "ES256")

    def test_rs256_token_verifies_with_openssl(self):
        self.token("rsa2048", "RS256")

    def test_tls_1_2(self):
        peer = self.peer(chain := self.chain(), version=ssl.TLSVersion.TLSv1_2)
        self.started(chain=chain, peer=peer)
        self.wait_online()
        self.assertEqual(peer.handshakes[0], ("TLSv1.2", False))

    @unittest.skipIf(BOARD == "qemu", "the F103 image has TLS 1.2 alone; TLS 1.3 is a build option there")
    def test_tls_1_3(self):
        peer = self.peer(chain := self.chain(), version=ssl.TLSVersion.TLSv1_3)
        self.started(chain=chain, peer=peer)
        self.wait_online()
        self.assertEqual(peer.handshakes[0], ("TLSv1.3", False))


if __name__ == "__main__":
    unittest.main()
