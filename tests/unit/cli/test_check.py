#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tern key check`, `tern roots check`, `tern token decode`.

    test_check.py TERN DATA

DATA is tests/data.  Tokens are signed by openssl.
"""
import base64
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

TERN = DATA = ""
OK, REFUSED, USAGE, SOME = 0, 1, 2, 5


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, content, name="file", mode=0o600):
        path = os.path.join(self.folder.name, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, mode)
        return path

    def data(self, name, mode=0o600):
        """A copy of DATA/NAME that only its owner can read."""
        with open(os.path.join(DATA, name), "rb") as file:
            return self.file(file.read(), os.path.basename(name), mode)

    def tern(self, *words, status=OK, stdin=b""):
        done = subprocess.run([TERN, *words], input=stdin, capture_output=True, timeout=30, check=False)
        self.assertEqual(done.returncode, status, (words, done.stdout, done.stderr))
        return done.stdout.decode(), done.stderr.decode()

    def codes(self, *words, status=OK, stdin=b""):
        """The codes of errors and warnings, and the object printed."""
        out = json.loads(self.tern(*words, "--json", status=status, stdin=stdin)[0])
        return [f["code"] for f in out["findings"] if f["weight"] != "note"], out


class Key(Check):
    def test_good_keys_have_nothing_said_of_them(self):
        for name, kind in (("p256_sec1", "EC P-256 (ES256)"), ("p256_pkcs8", "EC P-256 (ES256)"), ("rsa2048_pkcs1", "RSA 2048 (RS256)"),
                           ("rsa4096_pkcs8", "RSA 4096 (RS256)"), ("p256_public", "EC P-256 (ES256)")):
            out, err = self.tern("key", "check", self.data(f"keys/{name}.pem"))
            self.assertIn(kind, out)
            self.assertEqual(len(out.splitlines()), 3, out)
            self.assertEqual(err, "")

    def test_the_fingerprint_is_that_of_the_public_half(self):
        spki = subprocess.run(["openssl", "pkey", "-in", os.path.join(DATA, "keys/p256_sec1.pem"), "-pubout", "-outform", "DER"],
                              check=True, capture_output=True).stdout
        want = subprocess.run(["openssl", "dgst", "-sha256", "-r"], input=spki, check=True, capture_output=True).stdout[:64].decode()
        for name in ("p256_sec1", "p256_public"):
            self.assertIn(want, self.tern("key", "check", self.data(f"keys/{name}.pem"))[0])

    def test_halves_that_fit_and_that_do_not(self):
        private, public = self.data("keys/p256_sec1.pem"), self.data("keys/p256_public.pem")
        self.assertIn("fits", self.tern("key", "check", private, public)[0])
        self.assertIn("fits", self.tern("key", "check", public, private)[0])
        codes, _ = self.codes("key", "check", private, self.data("keys/rsa2048_public.pem"), status=REFUSED)
        self.assertEqual(codes, ["KEY-OTHER"])

    def test_damage_is_named_with_its_line(self):
        with open(os.path.join(DATA, "keys/p256_sec1.pem"), encoding="ascii") as file:
            pem = file.read()
        lines = pem.splitlines()
        for text, code, line in ((pem.replace("-----BEGIN", "\u2014\u2014-BEGIN"), "PEM-DASH", 1), (pem.replace("MHc", "M\u00a0c"), "PEM-INVISIBLE", 2),
                                 ("\n".join(lines[:3] + lines[2:]), "PEM-TWICE", 4), ("\n".join(lines[:2] + lines[3:]), "PEM-LOST-LINES", 1),
                                 ("\n".join(f"{n}: {l}" for n, l in enumerate(lines, 1)), "PEM-NUMBERS", 1), (pem * 2, "PEM-TWO-KEYS", 6)):
            codes, out = self.codes("key", "check", self.file(text), status=USAGE)
            self.assertEqual(codes, [code])
            self.assertEqual([f["line"] for f in out["findings"] if f["code"] == code], [line])

    def test_whole_keys_of_the_wrong_kind(self):
        for name, code, word in (("p384_sec1", "KEY-CURVE", "EC P-384"), ("k1_pkcs8", "KEY-CURVE", "secp256k1"), ("ed25519", "KEY-TYPE", "Ed25519"),
                                 ("rsa1024", "KEY-RSA-SMALL", "1024"), ("p256_encrypted", "KEY-ENCRYPTED", "password")):
            codes, out = self.codes("key", "check", self.data(f"keys/{name}.pem"), status=USAGE)
            self.assertEqual(codes, [code])
            self.assertIn(word, out["findings"][0]["sentence"])

    def test_harmless_is_a_note(self):
        with open(os.path.join(DATA, "keys/p256_sec1.pem"), "rb") as file:
            out, _ = self.tern("key", "check", "-", stdin=file.read().replace(b"\n", b"\r\n"))
        self.assertIn("note     The lines end with CR LF", out)
        self.assertIn("EC P-256", out)

    def test_a_private_key_that_others_can_read(self):
        codes, _ = self.codes("key", "check", self.data("keys/p256_sec1.pem", 0o644))
        self.assertEqual(codes, ["KEY-MODE"])
        self.assertEqual(self.codes("key", "check", self.data("keys/p256_public.pem", 0o644))[0], [])

    def test_nothing_of_a_private_key_is_shown(self):
        with open(os.path.join(DATA, "keys/p256_sec1.pem"), encoding="ascii") as file:
            body = "".join(file.read().splitlines()[1:-1])
        for text in (body, body.replace("M", "#", 1)):
            out = "".join(self.tern("key", "check", self.file(text), status=USAGE))
            self.assertFalse([i for i in range(len(body) - 8) if body[i:i + 8] in out])

    def test_a_file_that_is_not_there(self):
        self.assertIn("No such file", self.tern("key", "check", "/nowhere/key.pem", status=USAGE)[1])
        self.assertIn("No such file", self.tern("key", "check", self.data("keys/p256_sec1.pem"), "/nowhere", status=USAGE)[1])


class Roots(Check):
    def make(self, name, days, *more):
        """A root called NAME that ends in so many days."""
        path = os.path.join(self.folder.name, "made.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null",
                        "-out", path, "-subj", f"/CN={name}", "-days", str(days), *more], check=True, capture_output=True)
        with open(path, encoding="ascii") as file:
            return file.read()

    def test_good_roots(self):
        out, _ = self.tern("roots", "check", self.data("root_rsa4096.pem"))
        self.assertIn("Tern Root R1", out)
        self.assertIn("2090-01-01", out)
        self.assertEqual(len(out.splitlines()), 2)

    def test_warns_before_the_end(self):
        for days, code in ((200, []), (170, []), (80, ["ROOT-ENDS-90"]), (20, ["ROOT-ENDS-30"])):
            codes, out = self.codes("roots", "check", self.file(self.make("Soon", days)))
            self.assertEqual(codes, code)
            self.assertEqual(days == 170, "ROOT-ENDS-180" in [f["code"] for f in out["findings"]])

    def test_some_of_a_bundle(self):
        bad = self.make("Bad", 900).splitlines()
        good = self.make("Good", 900)
        text = good + "\n".join(bad[:3] + bad[4:]) + "\n" + self.make("Other", 900) + good
        codes, out = self.codes("roots", "check", self.file(text), status=SOME)
        self.assertEqual(codes, ["PEM-LOST-LINES", "ROOT-TWICE"])
        self.assertEqual([root["subject"] for root in out["roots"]], ["Good", "Other", "Good"])
        self.assertEqual(out["findings"][0]["line"], len(good.splitlines()) + 1)
        self.assertEqual(out["findings"][1]["line"], text.splitlines().index("-----BEGIN CERTIFICATE-----", text.rindex("-----BEGIN") and
                         len(text[:text.rindex("-----BEGIN")].splitlines())) + 1)

    def test_not_an_authority_s(self):
        codes, _ = self.codes("roots", "check", self.data("leaf_ec.pem"), status=USAGE)
        self.assertEqual(codes, ["ROOT-NOT-CA"])

    def test_hosts(self):
        digicert = self.make("DigiCert Global Root CA", 900)
        other = self.make("COMODO RSA Certification Authority", 900)
        host = "us-central1-mqtt.clearblade.com"
        self.assertEqual(self.codes("roots", "check", self.file(digicert), "--host", host)[0], ["HOST-OLD"])
        self.assertEqual(self.codes("roots", "check", self.file(other), "--host", host)[0], ["HOST-OLD", "ROOT-HOST"])
        self.assertEqual(self.codes("roots", "check", self.file(other), "--host", "iot.pumps.io")[0], [])
        self.assertEqual(self.codes("roots", "check", self.file(other), "--host", "mqtt.googleapis.com", status=SOME)[0],
                         ["HOST-GOOGLE", "ROOT-HOST"])

    def test_nothing_and_something_else(self):
        self.assertEqual(self.codes("roots", "check", self.file(""), status=USAGE)[0], ["PEM-EMPTY"])
        self.assertEqual(self.codes("roots", "check", self.data("keys/p256_sec1.pem"), status=USAGE)[0], ["ROOT-IS-KEY"])


class Token(Check):
    now = int(time.time())

    def sign(self, text, key, raw=True):
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", os.path.join(DATA, f"keys/{key}.pem")], input=text.encode(), check=True,
                             capture_output=True).stdout
        if not raw or key.startswith("rsa"):
            return der
        r_len = der[3]
        r, s = der[4:4 + r_len], der[6 + r_len:]
        return b"".join(int.from_bytes(n, "big").to_bytes(32, "big") for n in (r, s))

    def token(self, header=None, key="p256_sec1", raw=True, **claims):
        claims = {"iat": self.now - 100, "exp": self.now + 3500, "aud": "lab-proj", **claims}
        header = header or {"alg": "RS256" if key.startswith("rsa") else "ES256", "typ": "JWT"}
        text = ".".join(base64url(json.dumps(part).encode()) for part in (header, {k: v for k, v in claims.items() if v is not None}))
        return f"{text}.{base64url(self.sign(text, key, raw))}"

    def decode(self, token, *words, status=OK):
        return self.codes("token", "decode", self.file(token), *words, status=status)

    def test_a_good_one(self):
        token = self.token()
        out, err = self.tern("token", "decode", stdin=token.encode() + b"\n")
        self.assertIn('"aud":"lab-proj"', out)
        self.assertIn("ago", out)
        self.assertIn("in 58 min", out)
        self.assertIn(datetime.datetime.fromtimestamp(self.now - 100, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), out)
        self.assertIn("do not pass it on", err)
        for part in token.split("."):
            self.assertNotIn(part, out + err)

    def test_the_signature(self):
        for key, public in (("p256_sec1", "p256_public"), ("rsa2048_pkcs1", "rsa2048_public")):
            codes, out = self.decode(self.token(key=key), "--key", os.path.join(DATA, f"keys/{public}.pem"))
            self.assertEqual((codes, out["verified"]), ([], True))
        codes, out = self.decode(self.token(), "--key", os.path.join(DATA, "keys/rsa2048_public.pem"), status=REFUSED)
        self.assertEqual((codes, out["verified"]), (["TOKEN-OTHER-KEY"], False))
        token = self.token()
        flipped = token[:-4] + ("A" if token[-4] != "A" else "B") + token[-3:]
        self.assertEqual(self.decode(flipped, "--key", os.path.join(DATA, "keys/p256_public.pem"), status=REFUSED)[0], ["TOKEN-OTHER-KEY"])
        old = self.token(iat=self.now - 900000, exp=self.now - 896400)
        codes, out = self.decode(old, "--key", os.path.join(DATA, "keys/p256_public.pem"), status=REFUSED)
        self.assertEqual((codes, out["verified"]), (["TOKEN-EXPIRED"], True))

    def test_what_a_bridge_would_refuse(self):
        now = self.now
        for claims, code in (({"aud": "My First Project"}, "PROJECT-NAME"), ({"aud": None}, "TOKEN-AUDIENCE"), ({"aud": ["lab-proj"]}, "TOKEN-AUDIENCE"),
                             ({"aud": "123456789012"}, "PROJECT-NUMBER"), ({"iat": now + 7200, "exp": now + 9000}, "TOKEN-AHEAD"),
                             ({"iat": 946684810, "exp": 946688410}, "TOKEN-CLOCK"), ({"exp": now + 172800}, "TOKEN-LIFE"),
                             ({"exp": now - 200, "iat": now - 100}, "TOKEN-LIFE"), ({"exp": None}, "TOKEN-TIME"),
                             ({"iat": now * 1000, "exp": now + 100}, "TOKEN-MILLISECONDS"), ({"iat": "soon"}, "TOKEN-TIME")):
            self.assertEqual(self.decode(self.token(**claims), status=REFUSED)[0], [code], claims)

    def test_what_only_a_lenient_bridge_takes(self):
        codes, _ = self.decode(self.token(iat=str(self.now - 100), exp=str(self.now + 3500)))
        self.assertEqual(codes, ["TOKEN-STRING", "TOKEN-STRING"])
        self.assertEqual(self.decode(self.token() + "==")[0], ["TOKEN-PADDED"])

    def test_signatures_of_another_form(self):
        self.assertEqual(self.decode(self.token(raw=False), status=REFUSED)[0], ["TOKEN-DER"])
        self.assertEqual(self.decode(self.token({"alg": "HS256"}), status=REFUSED)[0], ["TOKEN-ALG"])
        self.assertEqual(self.decode(self.token({"alg": "none"}), status=REFUSED)[0], ["TOKEN-ALG"])
        self.assertEqual(self.decode(self.token().rsplit(".", 1)[0] + ".", status=REFUSED)[0], ["TOKEN-UNSIGNED"])
        self.assertEqual(self.decode(self.token({"alg": "RS256"}), status=REFUSED)[0], ["TOKEN-SIGNATURE"])

    def test_no_token(self):
        for text in ("", "a.b", "Bearer x.y.z", "{}", "-----BEGIN EC PRIVATE KEY-----", "a+b.c.d"):
            self.assertEqual(self.decode(text, status=USAGE)[0], ["TOKEN-FORM"])
        self.assertEqual(self.decode("e30.Zm9v.AAAA", status=USAGE)[0], ["TOKEN-JSON"])

    def test_nothing_controls_the_terminal(self):
        out, _ = self.tern("token", "decode", self.file(self.token(aud="lab-proj\x1b[2J")), status=REFUSED)
        self.assertNotIn("\x1b", out)


if __name__ == "__main__":
    DATA = sys.argv.pop(2)
    TERN = sys.argv.pop(1)
    unittest.main()
