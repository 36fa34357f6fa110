#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who gets in, and with which sentence in the log the others do not."""
import time
import unittest
import unittest.mock

import jwt

from bridge_test import BridgeTest    # before what it shows the way to
import device
from device import client_id, lenient_token, token
from ternlab import certs
from ternlab.bridge import PROJECT, credential

MINUTE, HOUR = 60, 3600


class Accepted(BridgeTest):
    def accepted(self, name, password, **options):
        wire = self.login(name, token=password, **options)
        wire.publish(f"/devices/{name}/events", b"in")
        return wire

    def test_es256_and_rs256(self):
        name = self.registered(self.key("p256"), self.key("rsa2048"))
        for kind, algorithm in device.ALGORITHM.items():
            self.accepted(name, token(self.key(kind), algorithm))

    def test_padded_tokens_and_numbers_as_strings(self):
        """As X-CUBE-GCP and Google's SDK for C sign them."""
        name = self.registered(self.key("p256"), self.key("rsa2048"))
        for kind, algorithm in device.ALGORITHM.items():
            for padded in True, False:
                for strings in True, False:
                    with self.subTest(algorithm=algorithm, padded=padded, strings=strings):
                        self.accepted(name, lenient_token(self.key(kind), algorithm, padded, strings))

    def test_a_certificate_is_as_good_as_a_key(self):
        for kind, algorithm in device.ALGORITHM.items():
            name = f"{self.id}-{kind}"
            self.bridge.create_device(name, certs.self_signed(self.lab.path(kind + ".pem"), self.key(kind)))
            self.accepted(name, token(self.key(kind), algorithm))

    def test_a_certificate_that_has_expired_is_a_key_like_any_other(self):
        """It is only the key's container: no chain, no dates (the contract, credentials)."""
        authority = certs.Authority(self.lab.path("old"), "Old device", days=(-20, -10))
        name = self.id
        self.bridge.create_device(name, authority.pem())
        self.accepted(name, token(authority.key))

    def test_three_keys_and_their_rotation(self):
        keys = [self.new_key(str(number)) for number in range(4)]
        name = self.registered(*keys[:3])
        for key in keys[:3]:
            self.accepted(name, token(key))
        status, answer = self.bridge.call("PATCH", self.bridge.device(name) + "?updateMask=credentials",
                                          {"credentials": [credential(certs.public_key(key)) for key in keys]})
        self.assertEqual(status, 400, answer)
        wire = self.accepted(name, token(keys[0]))
        self.bridge.patch_device(name, credentials=[credential(certs.public_key(key)) for key in keys[1:]])
        wire.until_closed()     # the key that it came with has gone
        for key in keys[1:]:
            self.accepted(name, token(key))
        self.refused(5, "key", token(keys[0]))

    def test_a_key_past_its_time_is_for_no_new_login(self):
        old, new = self.new_key("old"), self.new_key("new")
        self.bridge.create_device(self.id, credential(certs.public_key(old), expires=time.time() - 1),
                                  credential(certs.public_key(new), expires=time.time() + HOUR))
        self.accepted(self.id, token(new))
        self.refused(5, "key", token(old))

    def test_a_clock_that_is_nine_minutes_off(self):
        name = self.registered()
        for off in -9 * MINUTE, 9 * MINUTE:
            self.accepted(name, token(self.key(), now=time.time() + off, life=1))
        self.accepted(name, token(self.key(), now=time.time() + 9 * MINUTE, life=24 * HOUR))

    def test_twenty_four_hours(self):
        self.accepted(self.registered(), token(self.key(), life=24 * HOUR))

    def test_what_a_token_says_besides_is_not_looked_at(self):
        name = self.registered()
        self.accepted(name, token(self.key(), nbf=int(time.time()) + HOUR, iss="me", sub=name, nested={"a": [1, None]}))
        self.accepted(name, token(self.key(), header={"kid": "1", "cty": "x"}))

    def test_any_user_name_and_the_numeric_id(self):
        name = self.registered()
        number = self.bridge.show(name)["numId"]
        for user in "unused", "", "somebody", b"\xff\xfe", b"none\0":      # the last is that of Zephyr's sample
            self.accepted(name, token(self.key()), user=user)
        wire = self.wire()
        self.assertEqual(wire.login(client_id(number), token(self.key())), 0)
        wire.publish(f"/devices/{number}/events", b"by number")
        wire.publish(f"/devices/{name}/events", b"by name")

    def test_ids_of_every_character_that_is_allowed(self):
        for name in "a%b", "a~b", "a+b", "a.b", "Pump-7_.+~%", "z%2Fy", "aa%", "x" * 255:
            with self.subTest(name):
                self.registered(name=name)
                wire = self.login(name)
                self.assertEqual(wire.subscribe((f"/devices/{name}/config", 1), (f"/devices/{name}/commands/#", 1)), [1, 1])
                topic, _, _ = wire.message()
                self.assertEqual(topic, f"/devices/{name}/config")
                wire.publish(f"/devices/{name}/events/a/b", name.encode())
                last = self.bridge.messages(self.bridge.device(name))[-1]
                self.assertEqual(last["attributes"]["deviceId"], name)
                self.assertEqual(last["attributes"]["subFolder"], "a/b")


class Refused(BridgeTest):
    settings = {"bad_logins_per_minute": 100000}

    def test_client_ids(self):
        self.registered()
        good = client_id(self.id)
        for identity in (self.id, "", "projects/", good + "/", good + "/more", "/" + good, good.replace("devices", "device"),
                         good.replace("locations", "regions"), client_id(""), client_id("ab"), client_id("1ab"),
                         client_id("google-1"), client_id("a b"), client_id("a/b"), client_id("a" * 256),
                         client_id(self.id, project="Upper"), client_id(self.id, region="")):
            with self.subTest(identity):
                self.refused(2, "client id", token(self.key()), identity)

    def test_devices_that_are_not_known(self):
        self.registered()
        for identity, missing in ((client_id("nobody-1"), "device 'nobody-1'"),
                                  (client_id(self.id.upper()), f"device '{self.id.upper()}'"),
                                  (client_id(self.id, registry="other"), "registry 'other'"),
                                  (client_id(self.id, region="us-central1"), "us-central1"),
                                  (client_id(self.id, project="other-project"), "other-project")):
            with self.subTest(identity):
                self.refused(5, missing, token(self.key()), identity)

    def test_a_device_without_a_key(self):
        self.bridge.create_device(self.id)
        self.refused(5, "no key|no credential", token(self.key()))

    def test_signed_with_another_key_names_those_that_are_known(self):
        self.registered()
        entry = self.refused(5, "signed with none of the device's keys: ES256 [0-9a-f]{16}", token(self.new_key("other")))
        self.assertEqual(entry["reason"], "NO_KEY")
        self.last_error(self.id, 16, "signed with none of the device's keys")

    def test_tokens_that_are_none(self):
        self.registered()
        good = token(self.key())
        header, body, signature = good.split(".")
        for name, password in (("none", ""), ("a word", "secret"), ("two parts", header + "." + body),
                               ("four parts", good + "."), ("blank", good.replace(".", ". ", 1)),
                               ("another alphabet", good[:-4] + "!!!!"), ("one letter short", good[:-1])):
            with self.subTest(name):
                self.refused(4, "token", password)
        with self.subTest("too long"):
            self.refused(None, "CONNECT of 60[0-9]{3} bytes; 8192 are allowed", "a" * 60000)
        for name, changed in (("header", f"{body}.{body}.{signature}"), ("signature", f"{header}.{body}.{signature[::-1]}")):
            with self.subTest(name):
                self.refused(unittest.mock.ANY, "token|signature", changed)

    def test_algorithms(self):
        self.registered(self.key("p256"))
        with open(self.key(), "rb") as file:
            secret = file.read()
        none = jwt.encode(device.claims(), None, "none")
        for name, password in (("none", none), ("HS256", jwt.encode(device.claims(), secret.hex(), "HS256")),
                               ("RS256", token(self.key("rsa2048"), "RS256")),
                               ("PS256", jwt.encode(device.claims(), device.read_key(self.key("rsa2048")), "PS256"))):
            with self.subTest(name):
                self.refused(5, name, password)

    def test_audience(self):
        self.registered()
        entry = self.refused(5, "other-project", token(self.key(), audience="other-project"))
        self.assertIn(PROJECT, entry["sentence"])
        for audience in [PROJECT], PROJECT + " ", "", None, 5:
            with self.subTest(audience):
                self.refused(unittest.mock.ANY, "aud", device.jwt.encode(
                    {**device.claims(), "aud": audience}, device.read_key(self.key()), "ES256"))

    def test_a_clock_that_is_eleven_minutes_off(self):
        self.registered()
        entry = self.refused(5, "expired", token(self.key(), now=time.time() - 11 * MINUTE - 60, life=60))
        self.assertRegex(entry["sentence"], "expired 11 min 0[0-2] s ago .*66[0-2] s.* 12 min 0[0-2] s behind this server")
        entry = self.refused(5, "ahead|future", token(self.key(), now=time.time() + 11 * MINUTE))
        self.assertRegex(entry["sentence"], "clock is 1(0 min 59|1 min 00) s ahead of this server.*6(59|60) s.*only the time")
        self.assertTrue(entry["sentence"].endswith("set its clock; 'status' says where its time comes from [TOKEN_TIME]"))
        self.last_error(self.id, 16, r"mqtt: .*(ahead|behind) .* - on the device: set its clock.* \[TOKEN_TIME\]$")

    def test_a_token_for_longer_than_a_day(self):
        self.registered()
        self.refused(5, "24 h|86400|86,400", token(self.key(), life=25 * HOUR))

    def test_claims_that_are_missing_or_of_another_kind(self):
        self.registered()
        for name in "iat", "exp", "aud":
            for value in None, [], {}, True, "soon", -1:
                with self.subTest(claim=name, value=value):
                    wrong = {**device.claims(), name: value}
                    self.refused(unittest.mock.ANY, f"{name}|token", device.jwt.encode(
                        {key: one for key, one in wrong.items() if one is not None}, device.read_key(self.key()), "ES256"))

    def test_without_a_password(self):
        self.registered()
        self.refused(unittest.mock.ANY, "password|token", "", flags=0x02)
        self.refused(unittest.mock.ANY, "password|token", "", flags=0x82)

    def test_blocked_before_and_while_connected(self):
        name = self.registered()
        wire = self.login(name)
        self.bridge.patch_device(name, blocked=True)
        self.assertEqual(wire.until_closed(), [])
        self.entry("block", eventType="DISCONNECT")
        self.refused(5, "blocked", token(self.key()))
        self.bridge.patch_device(name, blocked=False)
        self.login(name)

    def test_deleted_while_connected(self):
        name = self.registered()
        wire = self.login(name)
        self.bridge.rest("DELETE", self.bridge.device(name))
        self.assertEqual(wire.until_closed(), [])
        self.refused(5, f"device '{name}'", token(self.key()))

    def test_protocol_versions(self):
        self.registered()
        for level, name in (5, "MQTT"), (3, "MQIsdp"):
            with self.subTest(level):
                self.refused(1, "3.1.1", token(self.key()), level=level, name=name,
                             **({"identity": client_id(self.id)}))

    def test_a_will(self):
        self.registered()
        will = device.text(f"/devices/{self.id}/events") + device.text("gone")
        self.refused(5, "will", token(self.key()), flags=0xc6, behind=will)

    def test_a_secret_is_never_in_the_log(self):
        self.registered()
        password = token(self.new_key("other"))
        self.refused(5, "signed with none", password)
        self.refused(4, "no token", "hunter2-hunter2")
        with open(self.bridge.path("journal.jsonl"), encoding="utf-8") as file:
            told = file.read()
        for secret in password.split(".")[1:] + ["hunter2"]:
            self.assertNotIn(secret, told)


class Strict(BridgeTest):
    settings = {"strict": "yes"}

    def test_what_google_took_is_refused_with_a_sentence(self):
        name = self.registered(self.key("p256"), self.key("rsa2048"))
        for kind, algorithm in device.ALGORITHM.items():
            self.login(name, token=token(self.key(kind), algorithm))
            self.refused(4, "padd", lenient_token(self.key(kind), algorithm, padded=True, strings=False))
            self.refused(4, "string|text", lenient_token(self.key(kind), algorithm, padded=False, strings=True))


class Short(BridgeTest):
    """A bridge without tolerance."""
    settings = {"skew_s": 1}

    def test_the_connection_ends_when_the_token_does(self):
        name = self.registered()
        wire = self.login(name, token=token(self.key(), life=2))
        started = time.monotonic()
        wire.publish(f"/devices/{name}/events", b"before")
        self.assertEqual(wire.until_closed(), [])
        self.assertTrue(1.5 < time.monotonic() - started < 8)
        entry = self.entry("expired", eventType="DISCONNECT", disconnectType="SERVER")
        self.assertEqual(entry["status"]["message"], "SERVER: The authorization token expired.")
        self.last_error(name, 16, "SERVER: The authorization token expired.")
        self.login(name, token=token(self.key()))

    def test_the_second_connection_of_an_id_replaces_the_first(self):
        name = self.registered()
        first = self.login(name)
        second = self.login(name)
        self.assertEqual(first.until_closed(), [])
        entry = self.entry("logged in again", eventType="DISCONNECT")
        self.assertEqual(entry["status"]["message"], "SERVER: The connection was closed because there is another active "
                         "connection with the same device ID.")
        second.publish(f"/devices/{name}/events", b"here")

    def test_silence_beyond_the_keepalive(self):
        wire = self.login(self.registered(), keepalive=2)
        started = time.monotonic()
        wire.ping()
        self.assertEqual(wire.until_closed(), [])
        self.assertTrue(2.9 < time.monotonic() - started < 10)
        self.entry("keepalive is 2 s", eventType="DISCONNECT")


if __name__ == "__main__":
    unittest.main()
