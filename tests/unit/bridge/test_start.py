#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tern-bridge init, renew and --check, as a person uses them: test_start.py TERN-BRIDGE"""
import contextlib
import hashlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import unittest

BRIDGE = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else "tern-bridge"
WELL, WRONG, UNREADABLE, WARNINGS = 0, 1, 2, 3


def run(*arguments):
    # The leak check does not work in a process that has changed its user.
    return subprocess.run([BRIDGE, *arguments], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
                          env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"} if "--check" in arguments else None)


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True, timeout=60).stdout


class Start(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = folder.name
        self.dir = os.path.join(self.top, "b")

    def init(self, host="bridge.example.com", *options, status=0):
        result = run("init", host, "--directory", self.dir, *options)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def path(self, name):
        return os.path.join(self.dir, name)

    def read(self, name):
        with open(self.path(name), encoding="ascii") as file:
            return file.read()

    def configure(self, *lines, without=()):
        kept = [line for line in self.read("tern-bridge.conf").splitlines()
                if line.split("=")[0].strip() not in without]
        with open(self.path("tern-bridge.conf"), "w", encoding="ascii") as file:
            file.write("\n".join([*kept, *lines, ""]))

    def check(self, status, *options):
        result = run("--check", "--config", self.path("tern-bridge.conf"), *options)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout

    def wrong(self, *words, verdict="WRONG"):
        """There is a line with this verdict and these words."""
        out = self.check(WRONG if verdict == "WRONG" else WARNINGS)
        lines = [line for line in out.splitlines() if line.startswith(verdict) and all(word in line for word in words)]
        self.assertTrue(lines, out)

    # ---- init ----------------------------------------------------------------

    def test_what_is_made_is_well(self):
        self.init()
        self.configure("connections_max = 100")
        out = self.check(WELL)
        self.assertNotIn("WRONG", out)
        self.assertRegex(out, r"(?m)^ok +certificate +valid until .* for 82[45] days")

    def test_the_root_that_is_printed_is_the_one_that_vouches(self):
        out = self.init("bridge.example.com", "--also", "192.0.2.7", "--also", "localhost").stdout
        printed = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", out, re.S)[0]
        self.assertEqual(printed, self.read("ca.pem"))
        for option, name in (("-verify_hostname", "bridge.example.com"), ("-verify_ip", "192.0.2.7"),
                             ("-verify_hostname", "localhost")):
            openssl("verify", "-purpose", "sslserver", "-x509_strict", option, name, "-CAfile", self.path("ca.pem"),
                    self.path("server.pem"))
        der = subprocess.run(["openssl", "x509", "-in", self.path("ca.pem"), "-outform", "der"], capture_output=True,
                             check=True).stdout
        self.assertIn(hashlib.sha256(der).hexdigest(), out)

    def test_an_address_is_a_host(self):
        for host in ("192.0.2.7", "2001:db8::1"):
            self.dir = os.path.join(self.top, host.replace(":", "_"))
            self.init(host)
            openssl("verify", "-verify_ip", host, "-CAfile", self.path("ca.pem"), self.path("server.pem"))
            self.configure("connections_max = 100")
            self.check(WELL)

    def test_certificates_are_small(self):
        """What every full handshake costs a device in the field."""
        self.init()
        size = len(subprocess.run(["openssl", "x509", "-in", self.path("server.pem"), "-outform", "der"],
                                  capture_output=True, check=True).stdout)
        self.assertLess(size, 500)
        self.assertEqual(self.read("server.pem").count("BEGIN"), 1)

    def test_the_token_is_known_by_its_hash_alone(self):
        out = self.init().stdout
        token = self.read("admin.token").strip()
        self.assertRegex(token, r"^[A-Za-z0-9_-]{43}$")
        self.assertEqual(out.count(token), 1)
        self.assertEqual(self.read("admin.token.sha256"), f"sha256:{hashlib.sha256(token.encode()).hexdigest()}\n")
        self.assertNotIn(token, self.read("tern-bridge.conf"))

    def test_secrets_are_for_their_owner(self):
        old = os.umask(0)
        self.addCleanup(os.umask, old)
        self.init()
        for name in ("ca.key", "server.key", "admin.token"):
            self.assertEqual(os.stat(self.path(name)).st_mode & 0o777, 0o600, name)
        self.assertEqual(os.stat(self.path("data")).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(self.path("data/registry.db")).st_mode & 0o077, 0)

    def test_nothing_is_overwritten(self):
        self.init()
        before = {name: self.read(name) for name in os.listdir(self.dir) if name != "data"}
        error = self.init(status=1).stderr
        self.assertIn("is there already, and is not overwritten", error)
        self.assertEqual(before, {name: self.read(name) for name in os.listdir(self.dir) if name != "data"})

    def test_one_file_in_the_way_leaves_nothing_new(self):
        for name in ("ca.key", "server.pem", "tern-bridge.conf", "admin.token", "data/registry.db"):
            self.dir = os.path.join(self.top, name.replace("/", "_"))
            os.makedirs(os.path.dirname(self.path(name)))
            with open(self.path(name), "w", encoding="ascii") as file:
                file.write("mine")
            self.assertIn(name, self.init(status=1).stderr)
            self.assertEqual([f for _, _, files in os.walk(self.dir) for f in files], [os.path.basename(name)])
            self.assertEqual(self.read(name), "mine")

    def test_a_registry_that_cannot_be_made_leaves_nothing(self):
        self.assertIn("project", self.init("a.example.com", "--project", "X", status=1).stderr)
        self.assertFalse(os.path.exists(self.dir))

    def test_words_that_are_wrong_are_named(self):
        for words, part in ((["https://a.b"], "it is a URL"), (["a.b:8883"], "a port does not belong to it"),
                            (["A.b"], "lower case"), ([""], "letters, digits"), (["1.2.3.4.5"], "looks like an address"),
                            (["a_b.c"], "letters, digits"), (["*.b.c"], "'*'"), (["a." * 130 + "b"], "253"),
                            (["x" * 64 + ".b"], "at most 63"), (["a", "b"], "'b': one HOST"),
                            (["a", "--days", "0"], "--days '0'"), (["a", "--listen", "8883"], "--listen '8883'"),
                            (["a", "--listen", "x:1\nkey=y"], "--listen"), (["a", "--colour"], "'--colour'"),
                            (["a", "--days"], "--days"), (["a", *["--also", "b"] * 9], "8 at most"), ([], "HOST is missing"),
                            (["--also", "b"], "HOST is missing")):
            result = run("init", *words, "--directory", self.dir)
            self.assertEqual((result.returncode, result.stdout), (2, ""), words)
            self.assertIn(part, result.stderr)
            self.assertFalse(os.path.exists(self.dir))

    def test_open_admin_gets_tls(self):
        self.init("bridge.example.com", "--admin-listen", "0.0.0.0:8443", "--listen", "[::]:443")
        self.configure("connections_max = 100")
        out = self.check(WELL)
        self.assertIn("admin_certificate", out)
        self.assertIn("port 443", out)

    def test_the_manual_has_every_option(self):
        with open(os.path.join(os.path.dirname(__file__), "../../../host/bridge/tern-bridge.1"), encoding="utf-8") as file:
            manual = file.read().replace("\\-", "-")
        for words in ([], ["init"], ["renew"]):
            options = re.findall(r"^ +(--[a-z-]+)", run(*words, "--help").stdout, re.M)
            self.assertTrue(options)
            self.assertEqual([option for option in options if option not in manual], [])

    # ---- renew ---------------------------------------------------------------

    def test_renewed_for_the_same_names_and_key(self):
        self.init("bridge.example.com", "--also", "10.1.2.3", "--days", "20")
        before, names = self.read("server.pem"), ["-noout", "-ext", "subjectAltName"]
        listed = openssl("x509", "-in", self.path("server.pem"), *names)
        self.configure("connections_max = 100")
        self.wrong("valid until", verdict="WARNING")
        self.assertEqual(run("renew", "--directory", self.dir).returncode, 0)
        self.assertNotEqual(self.read("server.pem"), before)
        self.assertEqual(openssl("x509", "-in", self.path("server.pem"), *names), listed)
        self.check(WELL)

    def test_renewed_for_another_name_of_the_domain(self):
        self.init()
        self.assertEqual(run("renew", "mqtt.example.com", "--directory", self.dir).returncode, 0)
        openssl("verify", "-verify_hostname", "mqtt.example.com", "-CAfile", self.path("ca.pem"), self.path("server.pem"))
        self.wrong("it is for mqtt.example.com, and devices connect to bridge.example.com")

    def test_what_devices_would_refuse_is_not_written(self):
        self.init()
        before, files = self.read("server.pem"), sorted(os.listdir(self.dir))
        result = run("renew", "mqtt.example.org", "--directory", self.dir)
        self.assertEqual(result.returncode, 1)
        self.assertIn("devices would refuse it", result.stderr)
        self.assertEqual(self.read("server.pem"), before)
        self.assertEqual(sorted(os.listdir(self.dir)), files)

    def test_without_the_authority_nothing_is_renewed(self):
        self.init()
        os.rename(self.path("ca.key"), self.path("safe"))
        result = run("renew", "--directory", self.dir)
        self.assertEqual(result.returncode, 1)
        self.assertIn("without it nothing can be renewed", result.stderr)

    # ---- check ---------------------------------------------------------------

    def test_a_configuration_that_is_wrong(self):
        self.init()
        self.configure("colour = red")
        result = run("--check", "--config", self.path("tern-bridge.conf"))
        self.assertEqual(result.returncode, UNREADABLE)
        self.assertIn("there is no key 'colour'", result.stderr)
        self.assertEqual(run("--check", "--config", self.path("none")).returncode, UNREADABLE)

    def test_a_key_of_another_certificate(self):
        self.init()
        with open(self.path("server.key"), "w", encoding="ascii") as file:
            file.write(openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"))
        self.wrong("certificate", "is not that of the certificate for 'bridge.example.com'")

    def test_a_root_that_does_not_vouch(self):
        self.init()
        other = self.dir
        self.dir = os.path.join(self.top, "c")
        self.init()
        os.replace(os.path.join(other, "ca.pem"), self.path("ca.pem"))
        self.wrong("devices that have this root will refuse it")

    def test_another_host(self):
        self.init()
        self.configure("host = other.example.com", without=("host",))
        self.wrong("it is for bridge.example.com, and devices connect to other.example.com")

    def test_no_root_and_no_host_are_to_be_looked_at(self):
        self.init()
        self.configure("connections_max = 100", without=("host", "root"))
        self.wrong("'root = FILE'", verdict="WARNING")
        self.wrong("'host = NAME'", verdict="WARNING")

    def test_a_root_that_is_sent_to_every_device(self):
        self.init()
        with open(self.path("server.pem"), "a", encoding="ascii") as file:
            file.write(self.read("ca.pem"))
        self.configure("connections_max = 100")
        self.wrong("is sent to every device", verdict="WARNING")

    def test_days_that_are_left(self):
        self.init("bridge.example.com", "--days", "100")
        self.configure("connections_max = 100")
        self.check(WELL)
        self.check(WARNINGS, "--warn-days", "101")

    def test_secrets_that_others_read(self):
        self.init()
        os.chmod(self.path("server.key"), 0o644)
        self.wrong("server.key is a secret, and its mode is 0644")
        os.chmod(self.path("server.key"), 0o600)
        os.chmod(self.path("admin.token"), 0o644)
        self.configure("admin_token_file = admin.token", without=("admin_token_file",))
        self.wrong("admin.token: it is a secret")

    def test_a_data_folder_that_is_not_there(self):
        self.init()
        self.configure("data = nowhere", without=("data",))
        self.wrong("nowhere: No such file or directory")

    @unittest.skipIf(os.geteuid() != 0, "as root only")
    def test_root_looks_with_the_eyes_of_the_data_folders_owner(self):
        os.chmod(self.top, 0o755)
        self.init("bridge.example.com", "--user", "nobody")
        self.configure("connections_max = 100")
        self.assertIn("checked as 'nobody'", self.check(WELL))
        self.assertEqual(os.stat(self.path("data/registry.db")).st_uid, os.stat(self.path("data")).st_uid)
        self.assertNotEqual(os.stat(self.path("data")).st_uid, 0)
        self.assertEqual(os.stat(self.path("server.key")).st_mode & 0o777, 0o640)
        self.assertEqual(os.stat(self.path("ca.key")).st_uid, 0)
        os.chown(self.path("server.key"), 0, 0)
        self.wrong("server.key", "Permission denied")

    def test_a_broker(self):
        self.init()
        with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
            port = server.getsockname()[1]
            self.configure("connections_max = 100", "sink = mqtt", "mqtt_host = 127.0.0.1", f"mqtt_port = {port}")
            self.assertIn("something listens there", self.check(WELL))
        self.wrong("sink mqtt", "Connection refused", verdict="WARNING")
        with open(self.path("pw"), "w", encoding="ascii") as file:
            file.write("secret-word\n")
        os.chmod(self.path("pw"), 0o644)
        self.configure("mqtt_user = me", "mqtt_password_file = pw")
        self.wrong("mqtt_password_file", "mode is 0644")
        self.assertNotIn("secret-word", self.check(WRONG))
        self.configure("mqtt_ca = tern-bridge.conf")
        self.wrong("mqtt_ca", "no root can be read")


if __name__ == "__main__":
    unittest.main()
