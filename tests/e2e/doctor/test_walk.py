#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tern doctor` on its own network: every step once as it should be, and each way
in which it goes wrong with the sentence that a device would say."""
import re
import subprocess
import unittest

from doctor_test import HOST, NTP, PROGRAMS, PROJECT, Doctor, Full, Rude, s_server, server
from device import token
from ternlab import certs
from ternlab.lab import free_port
from ternlab.peer import Peer

STEPS = ["settings", "clock", "dns", "tcp 8883", "tcp 443", "tls", "token", "connect", "subscribe"]


class Works(Doctor):
    def test_the_whole_way_with_a_key(self):
        name = self.registered()
        report, text = self.doctor(self.export(name), "--key", self.key())
        self.assertEqual([step["step"] for step in report["steps"]], STEPS)
        self.assertEqual({step["result"] for step in report["steps"]}, {"ok", "note"})
        self.assertEqual(self.results(report)["tcp 443"], "note")
        self.assertTrue(report["ok"])
        self.assertNotIn("diagnosis", report)
        self.assertNotIn("diagnosis:", text)
        tls = self.step(report, "tls")
        self.assertRegex(tls["version"], r"^TLS 1\.[23]$")
        self.assertIn("Tern test root", tls["root"])
        self.assertIn("Tern test intermediate", tls["issuer"])
        self.assertRegex(tls["learnt"], r"until 2\d{3}-\d\d-\d\d, 89 days from now")
        self.assertRegex(self.step(report, "token")["learnt"], rf"ES256, aud {PROJECT}\n")
        self.assertIn("CONNACK 0", self.step(report, "connect")["learnt"])
        self.assertIn("time server", self.step(report, "clock")["learnt"])
        self.assertRegex(text, r"(?m)^dns +ok +\d+ ms  " + re.escape(HOST))
        self.assertLessEqual(max(map(len, text.splitlines())), 140)

    def test_a_config_that_waits_is_not_acknowledged_in_the_device_s_place(self):
        name = self.registered()
        self.bridge.config(name, "interval=5")
        report, _ = self.doctor(self.export(name), "--key", self.key())
        self.assertIn("a config of 10 bytes came", self.step(report, "subscribe")["learnt"])
        self.assertNotIn("deviceAckTime", self.bridge.show(name)["config"])

    def test_an_rsa_key(self):
        name = self.registered(self.key("rsa2048"))
        report, _ = self.doctor(self.export(name), "--key", self.key("rsa2048"))
        self.assertIn("RS256", self.step(report, "token")["learnt"])

    def test_without_a_key_it_ends_after_tls_and_says_how_to_go_on(self):
        report, text = self.doctor(self.export(self.registered()))
        self.assertEqual([self.results(report)[step] for step in STEPS[-4:]], ["ok", "skipped", "skipped", "skipped"])
        self.assertTrue(report["ok"])
        self.assertRegex(text, "(?m)^note: the login was not tried.* --key FILE, or --token FILE")

    def test_without_ids_it_ends_after_tls(self):
        report, _ = self.doctor(self.export(None, project=None, region=None, registry=None), "--key", self.key())
        self.assertEqual(self.results(report)["tls"], "ok")
        self.assertEqual(self.results(report)["connect"], "skipped")

    def test_a_token_that_was_made_elsewhere(self):
        name = self.registered()
        file = self.file("token", token(self.key()) + "\n")
        report, _ = self.doctor(self.export(name), "--token", file)
        self.assertEqual(self.results(report)["subscribe"], "ok")

    def test_secrets_are_never_printed(self):
        name = self.registered()
        made = token(self.key())
        with open(self.key(), encoding="ascii") as file:
            secrets = [line for line in file.read().splitlines() if not line.startswith("-")]
        for words in (["--key", self.key()], ["--token", self.file("token", made)]):
            report, text = self.doctor(self.export(name), *words, "--show-token")
            shown = self.step(report, "token")["learnt"]
            self.assertIn("(signature not shown)", shown)
            for secret in secrets + [made.rsplit(".", 1)[1]]:
                self.assertNotIn(secret, str(report) + text)
        self.assertNotIn("eyJ", str(self.doctor(self.export(name), "--key", self.key())))

    def test_a_pin_in_the_settings_is_passed_over_and_not_shown(self):
        report, text = self.doctor(self.export(self.registered(), pin="2468", **{"apn-password": "hush"}))
        self.assertIn("secrets in the settings were passed over: 2", report["notes"][-1])
        for secret in ("2468", "hush"):
            self.assertNotIn(secret, str(report) + text)

    def test_another_key_than_the_device_s_is_told(self):
        export = self.export(self.registered())
        with open(export, "a", encoding="ascii") as file:
            file.write(f"# key: EC P-256 SHA256:{'ab' * 32}, not exported\n")
        report, text = self.doctor(export, "--key", self.key())
        self.assertEqual([finding["code"] for finding in report["findings"]], ["KEY-OTHER"])
        self.assertIn("is not the one that the device has (abababab", text)
        self.assertTrue(report["ok"])

    def test_several_roots_of_which_the_last_serves(self):
        others = "".join(certs.Authority(self.lab.path("others"), f"Other root {n}").pem() for n in range(5))
        report, _ = self.doctor(self.export(self.registered(), roots=others + self.chain.root.pem()))
        self.assertIn("Tern test root", self.step(report, "tls")["root"])

    def test_every_root_and_option_may_come_by_the_command_line(self):
        name = self.registered()
        roots = self.file("roots", self.chain.root.pem())
        report, _ = self.run_doctor(
            "--host", HOST, "--port", self.bridge.port, "--project", PROJECT, "--region", "europe-west1", "--registry",
            "bench", "--device", name, "--roots", roots, "--key", self.key(), "--ntp", NTP, "--server",
            f"{NTP}:123=127.0.0.1:{self.time.port}", "--server", f"{HOST}:{self.bridge.port}=127.0.0.1:{self.bridge.port}")
        self.assertEqual(self.results(report)["subscribe"], "ok")


class Settings(Doctor):
    def check(self, code, words=(), **settings):
        said = self.doctor(self.export("dev-1", **settings), "--key", self.key(), status=1)
        self.failed(said, "settings", code, *words)
        self.assertEqual({step["result"] for step in said[0]["steps"][1:]}, {"skipped"})
        return said

    def test_a_project_s_name(self):
        report, _ = self.check("ID-PROJECT-1", ["'My First Project'", "NAME"], project="My First Project")
        self.assertIn("PROJECT-NAME", [finding["code"] for finding in report["findings"]])

    def test_a_dead_host(self):
        self.check("HOST-DEAD-1", ["2023-08-16"], host="mqtt.googleapis.com")

    def test_no_certificate_but_a_key_in_the_settings_is_refused(self):
        with open(self.key(), encoding="ascii") as file:
            export = self.file("export", f"set host {HOST}\n" + file.read())
        done = subprocess.run([PROGRAMS["tern"], "doctor", "--settings", export], capture_output=True, text=True, timeout=20,
                              check=False)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("line 2: only certificates are taken here", done.stderr)

    def test_a_root_that_is_a_server_s_own(self):
        with open(self.chain.server_chain, encoding="ascii") as file:
            leaf = file.read().split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n"
        self.check("ROOT-CA-1", roots=leaf)

    def test_a_root_with_a_line_missing(self):
        lines = self.chain.root.pem().splitlines(keepends=True)
        report, _ = self.check("KEY-PEM-1", roots="".join(lines[:3] + lines[4:]))
        self.assertTrue(any(finding["code"].startswith("PEM-") for finding in report["findings"]), report["findings"])

    def test_only_roots_that_have_ended(self):
        old = certs.Authority(self.lab.path("old"), "Old root", days=(-800, -400))
        self.check("TLS-ROOT-9", roots=old.pem())

    def test_a_public_key_where_the_private_one_belongs(self):
        said = self.doctor(self.export("dev-1"), "--key", self.file("key", certs.public_key(self.key())), status=1)
        self.failed(said, "settings", "KEY-PUBLIC-1", "PUBLIC key")

    def test_usage(self):
        for words, why in ((["--host"], "lacks its value"), (["--what"], "no option"), (["x"], "takes no 'x'"),
                           (["--port", "1"], "which server"), (["--host", "a.example", "--timeout", "0"], "seconds"),
                           (["--host", "a.example", "--server", "a=b"], "NAME:PORT=ADDRESS:PORT"),
                           (["--host", "a.example", "--server", "a:1=b:1"], "the address is a number"),
                           (["--host", "a.example", "--key", "/nonexistent"], "cannot be read"),
                           (["--settings", "/nonexistent"], "No such file")):
            done = subprocess.run([PROGRAMS["tern"], "doctor", *words], capture_output=True, text=True, timeout=20, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertRegex(done.stderr, "^tern: doctor: .*" + re.escape(why))


class Connection(Doctor):
    def test_a_closed_port_while_another_host_answers(self):
        said = self.doctor(self.export("dev-1"), port=free_port(), status=1)
        self.failed(said, "tcp 8883", "TCP-HOST-1", HOST)

    def test_a_closed_port_while_nothing_else_answers_blames_no_sim(self):
        said = self.doctor(self.export("dev-1"), "--other", f"nowhere.invalid:443=127.0.0.1:{free_port()}", port=free_port(),
                           other=False, status=1)
        self.failed(said, "tcp 8883", "TCP-REFUSED-1", "most likely it has no network now", without=["SIM"])

    def test_a_closed_port_while_443_is_open(self):
        said = self.doctor(self.export("dev-1"), "--server", f"{HOST}:443=127.0.0.1:{self.elsewhere.port}",
                           port=free_port(), status=1)
        self.failed(said, "tcp 8883", "TCP-PORT-1", "set port 443")
        self.assertEqual(self.results(said[0])["tcp 443"], "note")

    def test_a_name_that_does_not_exist(self):
        said = self.doctor(self.export("dev-1", host="nosuch-host.invalid"), status=1)
        self.failed(said, "dns", "DNS-HOST-1", "'nosuch-host.invalid'")

    def test_a_port_that_drops_what_comes(self):
        full = Full()
        self.addCleanup(full.stop)
        said = self.doctor(self.export("dev-1"), "--timeout", "4", "--other", f"nowhere.invalid:443=127.0.0.1:{free_port()}",
                           port=full.port, other=False, status=1)
        self.failed(said, "tcp 8883", "TCP-TIME-1", "no SIM is in the way")
        self.assertLess(self.step(said[0], "tcp 8883")["ms"], 4500)

    def test_no_name_resolves_though_a_host_answers(self):
        said = self.doctor(self.export("dev-1", host="nosuch-host.invalid"), "--other",
                           f"neither.invalid:443=127.0.0.1:{self.elsewhere.port}", other=False, status=1)
        self.failed(said, "dns", "DNS-1", "its name servers are not reached", without=["SIM", "APN"])

    def test_the_device_s_setting_forbids_to_ask_elsewhere(self):
        said = self.doctor(self.export("dev-1", probe="off"), port=free_port(), other=False, status=1)
        self.failed(said, "tcp 8883", "TCP-REFUSED-1")
        self.assertNotIn("elsewhere", self.results(said[0]))

    def test_nothing_resolves(self):
        said = self.doctor(self.export("dev-1", host="nosuch-host.invalid"), "--other",
                           f"neither.invalid:443=127.0.0.1:{free_port()}", other=False, status=1)
        self.failed(said, "dns", "DNS-1", "most likely it has no network now", without=["SIM"])


class Tls(Doctor):
    def test_a_root_of_another_authority(self):
        other = certs.Authority(self.lab.path("wrong"), "Wrong root")
        said = self.doctor(self.export("dev-1", roots=other.pem()), status=1)
        self.failed(said, "tls", "TLS-ROOT-1", "Tern test", "'Wrong root'")

    def test_the_same_unknown_issuer_elsewhere_is_interception(self):
        proxy = certs.Authority(self.lab.path("proxy"), "Proxy root")
        ports = []
        for name in (HOST, "works.example"):
            pem, key = proxy.server(name, folder=self.lab.path("proxy"))
            chain = self.file(name, pem + proxy.pem())
            ports.append(s_server(self, "proxy-" + name, chain, key))
            key_copy = self.lab.path("proxy") + "/" + name + ".key"
            subprocess.run(["cp", key, key_copy], check=True)
        said = self.doctor(self.export("dev-1"), "--other", f"works.example:443=127.0.0.1:{ports[1]}", port=ports[0],
                           other=False, status=1)
        self.failed(said, "tls", "TLS-MITM-1", "Proxy root")

    def test_a_certificate_for_another_host(self):
        chain, port = server(self, "other-host", "other.lab.test", names=["DNS:other.lab.test"])
        said = self.doctor(self.export("dev-1", roots=chain.root.pem()), port=port, status=1)
        self.failed(said, "tls", "TLS-NAME-1", "'other.lab.test'", HOST)

    def test_a_certificate_that_has_expired(self):
        chain, port = server(self, "expired", days=(-30, -2))
        said = self.doctor(self.export("dev-1", roots=chain.root.pem()), port=port, status=1)
        self.failed(said, "tls", "TLS-EXPIRED-1", "ended on")

    def test_a_certificate_that_begins_tomorrow_names_the_clock(self):
        chain, port = server(self, "future", days=(1, 30))
        self.time.offset = 3 * 86400
        said = self.doctor(self.export("dev-1", roots=chain.root.pem()), port=port, status=1)
        self.failed(said, "tls", "TLS-FUTURE-1", "clock", "set the clock")

    def test_http_where_tls_belongs(self):
        web = Rude(b"HTTP/1.1 400 Bad Request\r\n\r\n", closes=True, listen_first=True)
        self.addCleanup(web.stop)
        said = self.doctor(self.export("dev-1"), port=web.port, status=1)
        self.failed(said, "tls", "TLS-PORTAL-1", "HTTP/1.1")

    def test_a_server_that_is_silent(self):
        said = self.doctor(self.export("dev-1"), "--timeout", "3", port=self.elsewhere.port, status=1)
        self.failed(said, "tls", "TLS-SILENT-1", "said nothing")

    def test_a_server_that_closes_at_once(self):
        shut = Rude(closes=True)
        self.addCleanup(shut.stop)
        said = self.doctor(self.export("dev-1"), port=shut.port, status=1)
        self.failed(said, "tls", "TLS-CLOSED-1", HOST)

    def test_old_tls(self):
        chain, port = server(self, "old-tls", options=["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"])
        said = self.doctor(self.export("dev-1", roots=chain.root.pem()), port=port, status=1)
        self.failed(said, "tls", "TLS-VERSION-1")

    def test_no_common_cipher(self):
        chain, port = server(self, "cipher", options=["-no_tls1_3", "-cipher", "ECDHE-ECDSA-AES256-CCM"])
        said = self.doctor(self.export("dev-1", roots=chain.root.pem()), port=port, status=1)
        self.failed(said, "tls", "TLS-CIPHER-1")

    def test_only_the_server_s_own_certificate(self):
        chain, _ = server(self, "lonely")
        with open(chain.server_chain, encoding="ascii") as file:
            leaf = file.read().split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n"
        port = s_server(self, "lonely-server", self.file("leaf", leaf), chain.server_key)
        said = self.doctor(self.export("dev-1", roots=chain.root.pem()), port=port, status=1)
        self.failed(said, "tls", "TLS-ROOT-4", "Tern test intermediate")


class Login(Doctor):
    def test_an_unknown_device(self):
        said = self.doctor(self.export("nobody-1"), "--key", self.key(), status=1)
        self.failed(said, "connect", "LOGIN-2", "'nobody-1'", "tern device show")

    def test_a_blocked_device(self):
        said = self.doctor(self.export(self.registered(blocked=True)), "--key", self.key(), status=1)
        self.failed(said, "connect", "LOGIN-2", "blocked")

    def test_another_key(self):
        said = self.doctor(self.export(self.registered()), "--key", self.new_key("other"), status=1)
        self.failed(said, "connect", "LOGIN-2", "SHA256:")

    def test_a_clock_that_a_time_server_contradicts(self):
        self.time.offset = 86400
        said = self.doctor(self.export("nobody-1"), "--key", self.key(), status=1)
        self.failed(said, "connect", "LOGIN-CLOCK-1", "clock", "differ by 86")

    def peer(self, **options):
        peer = Peer(self.chain, **options)
        self.addCleanup(peer.stop)
        return self.doctor(self.export("dev-1"), "--key", self.key(), port=peer.port, status=1)

    def test_connack_1_2_3_4(self):
        for code, verdict in ((1, "LOGIN-VERSION-1"), (2, "LOGIN-ID-1"), (3, "LOGIN-BUSY-1"), (4, "LOGIN-2")):
            self.failed(self.peer(connack=code), "connect", verdict)

    def test_no_mqtt_behind_tls(self):
        self.failed(self.peer(greeting=b"220 mail.example ESMTP\r\n"), "connect", "LOGIN-MQTT-1")

    def test_a_refused_subscription(self):
        # Peer grants what is asked for: 0x80 in its place.
        import ternlab.peer as module
        granted = module.subscribed
        self.addCleanup(setattr, module, "subscribed", granted)
        module.subscribed = lambda body: b"\x80" * len(granted(body))
        self.failed(self.peer(), "subscribe", "MQTT-SUBSCRIBE-1")


if __name__ == "__main__":
    unittest.main()
