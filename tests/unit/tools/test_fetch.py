#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/fetch.sh against a mirror and a release page on loopback."""
import hashlib
import http.server
import io
import os
import re
import subprocess
import tarfile
import tempfile
import threading
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))


def tarball(top, text):
    """A .tar.gz with one file README below the folder TOP."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        info = tarfile.TarInfo(top + "/README")
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


NEW = tarball("thing-2", "two")
OLD = tarball("thing-1", "one")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        body = self.server.content.get(self.path)
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *args):
        pass


class Fetch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.content, self.server.asked = {}, []
        self.base = "http://127.0.0.1:%d" % self.server.server_port
        thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        thread.start()
        self.addCleanup(lambda: (self.server.shutdown(), thread.join(), self.server.server_close()))

        rows = ["thing %d %s pool/t/thing_%d.orig.tar.gz %s/release/thing-%d.tar.gz" % (
            version, hashlib.sha256(data).hexdigest(), version, self.base, version)
            for version, data in ((2, NEW), (1, OLD))]
        with open(os.path.join(TOP, "tools/fetch.sh"), encoding="utf-8") as file:
            script = file.read()
        script, count = re.subn(r"<<-'TABLE'\n.*?\n\tTABLE\n", "<<-'TABLE'\n\t%s\n\tTABLE\n" % "\n\t".join(rows),
                                script, flags=re.S)
        self.assertEqual(count, 1)
        self.write("tools/fetch.sh", script.encode())
        # An apt whose mirrors are a foreign archive, the security archive and this server.
        self.write("bin/apt-get", ("#!/bin/sh\n"
                                   "echo '%s/foreign/ Other Other'\n"
                                   "echo '%s/security/ Debian Debian-Security'\n"
                                   "echo '%s/debian/ Debian Debian'\n" % ((self.base,) * 3)).encode())
        os.chmod(os.path.join(self.root, "bin/apt-get"), 0o755)

    def write(self, path, data):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(data)
        return full

    def read(self, path):
        with open(os.path.join(self.root, path), "rb") as file:
            return file.read()

    def fetch(self, name="thing", **environment):
        env = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        env.pop("TERN_CACHE", None)
        env.update(environment, PATH=os.path.join(self.root, "bin") + ":" + env["PATH"])
        return subprocess.run(["sh", os.path.join(self.root, "tools/fetch.sh"), name],
                              capture_output=True, text=True, timeout=60, env=env)

    def unpacked(self):
        return self.read("build/deps/thing/README")

    def leftovers(self):
        found = os.listdir(os.path.join(self.root, "build/cache")) + os.listdir(os.path.join(self.root, "build/deps"))
        return sorted(name for name in found if name.endswith(".part") or name.startswith("."))

    def test_the_mirror_of_apt_comes_first(self):
        self.server.content = {"/debian/pool/t/thing_2.orig.tar.gz": NEW, "/release/thing-2.tar.gz": b"not asked for"}
        result = self.fetch()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.unpacked(), b"two")
        self.assertEqual(set(self.server.asked), {"/debian/pool/t/thing_2.orig.tar.gz"})
        self.assertEqual(self.leftovers(), [])

    def test_the_release_page_stands_in_for_the_mirror(self):
        self.server.content = {"/release/thing-2.tar.gz": NEW}
        self.assertEqual(self.fetch().returncode, 0)
        self.assertEqual(self.unpacked(), b"two")

    def test_an_older_version_stands_in_for_the_newest(self):
        self.server.content = {"/debian/pool/t/thing_1.orig.tar.gz": OLD}
        result = self.fetch()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.unpacked(), b"one")

    def test_a_second_run_says_nothing_and_needs_no_network(self):
        self.server.content = {"/debian/pool/t/thing_2.orig.tar.gz": NEW}
        self.fetch()
        self.server.asked.clear()
        result = self.fetch()
        self.assertEqual((result.returncode, result.stdout + result.stderr, self.server.asked), (0, "", []))

    def test_the_cache_serves_when_the_unpacked_folder_is_gone(self):
        self.write("build/cache/thing_2.orig.tar.gz", NEW)
        result = self.fetch()
        self.assertEqual((result.returncode, self.unpacked(), self.server.asked), (0, b"two", []))

    def test_the_cache_of_the_environment_comes_before_ours(self):
        self.write("elsewhere/thing_2.orig.tar.gz", NEW)
        result = self.fetch(TERN_CACHE=os.path.join(self.root, "elsewhere"))
        self.assertEqual((result.returncode, self.unpacked(), self.server.asked), (0, b"two", []))

    def test_an_unpacked_folder_of_unknown_version_is_replaced(self):
        self.write("build/deps/thing/README", b"who knows")
        self.write("build/cache/thing_2.orig.tar.gz", NEW)
        self.assertEqual(self.fetch().returncode, 0)
        self.assertEqual(self.unpacked(), b"two")

    def test_a_wrong_hash_in_the_cache_stops_and_deletes_nothing(self):
        self.write("build/cache/thing_2.orig.tar.gz", b"damaged")
        self.server.content = {"/debian/pool/t/thing_2.orig.tar.gz": NEW, "/debian/pool/t/thing_1.orig.tar.gz": OLD}
        result = self.fetch()
        self.assertEqual((result.returncode, self.server.asked), (1, []))
        for part in ("wrong SHA-256", "build/cache/thing_2.orig.tar.gz", "expected " + hashlib.sha256(NEW).hexdigest(),
                     "found    " + hashlib.sha256(b"damaged").hexdigest(), "mv "):
            self.assertIn(part, result.stderr)
        self.assertEqual(self.read("build/cache/thing_2.orig.tar.gz"), b"damaged")
        self.assertFalse(os.path.exists(os.path.join(self.root, "build/deps/thing")))

    def test_a_wrong_hash_from_the_mirror_stops(self):
        self.server.content = {"/debian/pool/t/thing_2.orig.tar.gz": b"<html>log in to the hotel</html>",
                               "/release/thing-2.tar.gz": NEW}
        result = self.fetch()
        self.assertEqual(result.returncode, 1)
        self.assertIn("wrong SHA-256", result.stderr)
        self.assertIn(self.base + "/debian/pool/t/thing_2.orig.tar.gz", result.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.root, "build/deps/thing")))

    def test_where_nothing_can_be_had_it_says_what_to_put_where(self):
        result = self.fetch()
        self.assertEqual(result.returncode, 3)
        for part in ("thing_2.orig.tar.gz", "thing_1.orig.tar.gz", hashlib.sha256(OLD).hexdigest(), "build/cache"):
            self.assertIn(part, result.stderr)
        self.assertEqual(self.leftovers(), [])

    def test_foreign_and_security_archives_are_left_alone(self):
        self.fetch()
        self.assertEqual([path for path in self.server.asked if path.startswith(("/foreign", "/security"))], [])

    def test_a_name_that_is_not_in_the_table(self):
        result = self.fetch("thin")
        self.assertEqual(result.returncode, 1)
        self.assertIn("'thin' is not in the table; one of: thing", result.stderr)


if __name__ == "__main__":
    unittest.main()
