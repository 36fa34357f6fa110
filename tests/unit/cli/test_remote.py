#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tern` and servers that are slow, broken, hostile, or ClearBlade's.

    test_remote.py TERN

The stand-ins are written here; tests/e2e/bridge/test_cli.py has the real bridge.
"""
import base64
import http.server
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from urllib.parse import parse_qs, urlsplit

TERN = ""
PARENT = "/v1/projects/p-12345/locations/europe-west1/registries/r-1"
KEY = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnDXo23c1aLSbTiiXHWQX6GfFDcmv
KgprTwP8Vs0/BFnISdj0SX3OJ+NkOB2Z0N9lHxAWdXWcnSa+VJfZoHcCgQ==
-----END PUBLIC KEY-----
"""
CREDENTIAL = {"publicKey": {"format": "ES256_PEM", "key": KEY}}


class Server(http.server.ThreadingHTTPServer):
    """ANSWER(handler, method, path, query, body) answers everything."""
    daemon_threads = True

    def __init__(self, answer, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.seen = answer, []
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True, kwargs={"poll_interval": 0.05}).start()

    def handle_error(self, request, client_address):
        pass

    def stop(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True    # head and body are two writes

    def do(self):
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        self.server.answer(self, self.command, url.path, parse_qs(url.query), body)

    do_GET = do_POST = do_PATCH = do_DELETE = do

    def log_message(self, *_):
        pass

    def say(self, status, body, kind="application/json", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, message, **headers):
        self.say(status, {"error": {"code": status, "message": message, "status": "X"}}, **headers)

    def hang_up(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def begin_stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def line(self, **members):
        self.wfile.write(json.dumps(members).encode() + b"\n")
        self.wfile.flush()


class Remote(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.token = self.file("token", "s3cret-token\n")

    def file(self, name, content):
        path = os.path.join(self.folder.name, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(content)
        return path

    def server(self, answer, **options):
        server = Server(answer, **options)
        self.addCleanup(server.stop)
        return server

    def environment(self, server, **others):
        return {"PATH": os.environ["PATH"], "TERN_BRIDGE_URL": server.url, "TERN_BRIDGE_TOKEN_FILE": self.token,
                "TERN_PROJECT": "p-12345", "TERN_REGION": "europe-west1", "TERN_REGISTRY": "r-1",
                "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""), **others}

    def tern(self, server, *words, status=0, stdin=b"", **environment):
        done = subprocess.run([TERN, *words], input=stdin, capture_output=True, timeout=100, check=False,
                              env=self.environment(server, **environment))
        self.assertEqual(done.returncode, status, done)
        self.assertNotIn(b"s3cret-token", done.stdout + done.stderr)
        return done


class Answers(Remote):
    def test_what_is_no_bridge_is_named(self):
        for status, body, kind in ((200, b"<html>hello</html>", "text/html"), (404, b"<html>", "text/html"),
                                   (200, b'{"devices":[', "application/json"), (500, b"", "text/plain"),
                                   (200, b"\xff\xfe\0\0", "application/json"), (204, b"x", "text/plain")):
            with self.subTest(body):
                server = self.server(lambda h, *_: h.say(status, body, kind))
                self.assertRegex(self.tern(server, "device", "show", "d-1", status=1).stderr,
                                 rb"^tern: what answers at .* is not the bridge")

    def test_a_list_that_was_refused_is_not_an_empty_one(self):
        server = self.server(lambda h, *_: h.say(401, b'{"error":{"code":401,"message":"no"}}', "application/json"))
        for words in (["registry", "list"], ["device", "list"], ["state", "list", "d-1"]):
            for form in ([], ["--json"]):
                with self.subTest(words + form):
                    self.assertEqual(self.tern(server, *words, *form, status=1).stdout, b"")

    def test_other_protocols_and_hang_ups(self):
        for said in (b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", b"HTTP/9.9 x\r\n\r\n",
                     b"\x16\x03\x01\0\x02\x02\x28", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100000):
            with self.subTest(said[:20]):
                listener = socket.create_server(("127.0.0.1", 0))
                self.addCleanup(listener.close)
                place = type("Place", (), {"url": f"http://127.0.0.1:{listener.getsockname()[1]}"})

                def serve(listener=listener, said=said):
                    while True:
                        try:
                            guest, _ = listener.accept()
                        except OSError:
                            return
                        with guest:
                            guest.recv(4096)
                            try:
                                guest.sendall(said)
                            except OSError:
                                pass
                threading.Thread(target=serve, daemon=True).start()
                self.tern(place, "device", "show", "d-1", status=3)

    def test_endless_answer_is_cut(self):
        def endless(handler, *_):
            handler.begin_stream()
            for _ in range(80):
                handler.wfile.write(b" " * (1 << 20))
        self.assertIn(b"longer than anything", self.tern(self.server(endless), "device", "show", "d-1", status=1).stderr)

    def test_redirection_does_not_take_the_token_elsewhere(self):
        other = self.server(lambda h, *_: h.say(200, {}))
        server = self.server(lambda h, *_: h.say(302, {}, Location=other.url + "/"))
        self.tern(server, "device", "show", "d-1", status=1)
        self.assertEqual(other.seen, [])

    def test_token_is_in_a_header_and_nowhere_else(self):
        server = self.server(lambda h, *_: h.say(200, {"id": "d-1"}))
        self.tern(server, "device", "show", "d-1")
        _, path, headers, _ = server.seen[0]
        self.assertEqual(headers["Authorization"], "Bearer s3cret-token")
        self.assertEqual(path, PARENT + "/devices/d-1")

    def test_ids_are_encoded_once(self):
        server = self.server(lambda h, *_: h.say(200, {"id": "x"}))
        self.tern(server, "device", "show", "a%2Fb/../c?d#e+~")
        self.assertEqual(server.seen[0][1], PARENT + "/devices/a%252Fb%2F..%2Fc%3Fd%23e%2B~")

    def test_pages_that_take_turns_for_ever_end(self):
        """Two tokens in turn, or more after some that do not come again."""
        for first, turn in ((0, 2), (5, 3), (1, 40)):
            def answer(h, _method, _path, query, _body, first=first, turn=turn):
                page = int(query.get("pageToken", ["0"])[0]) + 1
                following = page if page < first + turn else first
                h.say(200, {"devices": [{"id": f"d-{page}"}], "nextPageToken": str(following or turn)})
            server = self.server(answer)
            with self.subTest(first=first, turn=turn):
                self.assertIn(b"same page twice", self.tern(server, "device", "list", status=1).stderr)
                self.assertLess(len(server.seen), 4 * (first + turn) + 4)

    def test_endless_pages_end(self):
        server = self.server(lambda h, _m, _p, query, _b: h.say(
            200, {"devices": [], "nextPageToken": str(int(query.get("pageToken", ["0"])[0]) + 1)}))
        self.assertIn(b"more than 2000 pages", self.tern(server, "device", "list", status=1).stderr)

    def test_same_page_for_ever_ends(self):
        server = self.server(lambda h, *_: h.say(200, {"devices": [{"id": "d-1"}], "nextPageToken": "again"}))
        self.assertIn(b"same page twice", self.tern(server, "device", "list", status=1).stderr)

    def test_a_command_that_was_not_acknowledged_is_4(self):
        server = self.server(lambda h, *_: h.refuse(504, "The device has not acknowledged it within 60 s."))
        self.assertIn(b"has not acknowledged", self.tern(server, "command", "send", "d-1", "x", status=4).stderr)

    def test_ctrl_c_while_waiting_is_130(self):
        server = self.server(lambda h, *_: time.sleep(30))
        process = subprocess.Popen([TERN, "command", "send", "d-1", "x"], env=self.environment(server),
                                   stderr=subprocess.PIPE)
        while not server.seen:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=10)[1]
        self.assertEqual(process.returncode, 130)
        self.assertIn(b"interrupted; whether it was carried out is not known", said)


class Hostile(Remote):
    EVIL = "a\x1b]0;owned\x07\x9b31m\u202ez\r\n\x7f"

    def test_nothing_reaches_the_terminal_as_a_control_sequence(self):
        evil = self.EVIL
        device = {"id": evil, "numId": evil, "name": evil, "logLevel": evil, "metadata": {evil: evil}, "blocked": True,
                  "lastErrorStatus": {"message": evil}, "lastErrorTime": evil, "lastHeartbeatTime": evil,
                  "lastDiagnosis": {"code": evil, "time": evil, "deviceTime": evil, "times": evil, "line": evil},
                  "credentials": [{"publicKey": {"format": evil, "key": evil}, "expirationTime": evil}],
                  "config": {"version": "1", "binaryData": base64.b64encode(evil.encode()).decode()}}
        message = {"cursor": "1", "kind": evil, "publishTime": evil, "data": base64.b64encode(evil.encode()).decode(),
                   "attributes": {"deviceId": evil, "subFolder": evil}}
        entry = {"cursor": "1", "timestamp": evil, "severity": evil, "deviceId": evil,
                 "entry": {"eventType": evil, "x": evil, "y": {"z": evil}}}

        def answer(handler, _method, path, _query, _body):
            if path.endswith("/devices"):
                handler.say(200, {"devices": [device]})
            elif "messages" in path:
                handler.say(200, {"messages": [message], "nextCursor": "1"})
            elif "logEntries" in path:
                handler.say(200, {"logEntries": [entry], "nextCursor": "1"})
            elif "refused" in path:
                handler.refuse(400, evil)
            else:
                handler.say(200, device)
        server = self.server(answer)
        for words, status in ((["device", "list"], 0), (["device", "show", "x"], 0), (["device", "list", "--json"], 0),
                              (["device", "show", "x", "--json"], 0), (["telemetry", "list"], 0), (["log", "list"], 0),
                              (["telemetry", "list", "--json"], 0), (["device", "show", "refused"], 1),
                              (["credential", "list", "x"], 0)):
            with self.subTest(words):
                done = self.tern(server, *words, status=status)
                said = (done.stdout + done.stderr).decode("utf-8").replace("\n", "")
                self.assertEqual(re.findall(r"[\x00-\x1f\x7f-\x9f\u202e]", said), [])
                if "--json" in words:
                    self.assertIn(evil, self.strings(json.loads(done.stdout)))

    def strings(self, value):
        if isinstance(value, dict):
            return [s for pair in value.items() for part in pair for s in self.strings(part)]
        if isinstance(value, list):
            return [s for part in value for s in self.strings(part)]
        return [value]


class Tls(Remote):
    def certificate(self, name):
        key, pem = (os.path.join(self.folder.name, name + end) for end in (".key", ".pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", pem, "-days", "2", "-subj", "/CN=" + name, "-addext",
                        "subjectAltName=" + ("IP:" if name[0].isdigit() else "DNS:") + name], check=True,
                       capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, key)
        return pem, context

    def test_certificate_is_verified_always(self):
        pem, context = self.certificate("127.0.0.1")
        server = self.server(lambda h, *_: h.say(200, {"id": "d-1"}), context=context)
        self.assertIn(b"--ca FILE", self.tern(server, "device", "show", "d-1", status=3).stderr)
        self.assertEqual(server.seen, [])
        self.assertIn(b"d-1", self.tern(server, "device", "show", "d-1", "--ca", pem).stdout)
        self.tern(server, "device", "show", "d-1", TERN_BRIDGE_CA=pem)
        other, _ = self.certificate("other.example")
        self.tern(server, "device", "show", "d-1", "--ca", other, status=3)
        self.tern(server, "device", "show", "d-1", "--ca", self.token, status=3)
        self.tern(server, "device", "show", "d-1", "--ca", "/nowhere", status=2)

    def test_certificate_for_another_name_is_refused(self):
        pem, context = self.certificate("other.example")
        server = self.server(lambda h, *_: h.say(200, {}), context=context)
        self.assertIn(b"not to be trusted", self.tern(server, "device", "show", "d-1", "--ca", pem, status=3).stderr)

    def test_plain_http_to_a_tls_port(self):
        _, context = self.certificate("127.0.0.1")
        server = self.server(lambda h, *_: h.say(200, {}), context=context)
        server.url = server.url.replace("https", "http")
        self.tern(server, "device", "show", "d-1", status=3)


class Streams(Remote):
    @staticmethod
    def message(n):
        return {"cursor": str(n), "kind": "event", "publishTime": "2026-01-01T00:00:00Z", "data": "eA==",
                "attributes": {"deviceId": "d-1"}}

    def test_cuts_repeats_and_refusals_in_between_lose_and_double_nothing(self):
        tries = []

        def answer(handler, _method, path, query, _body):
            if not path.endswith(":stream"):
                handler.say(200, {"messages": [], "nextCursor": "4"})
                return
            tries.append(int(query["cursor"][0]))
            if len(tries) == 2:
                handler.refuse(503, "stopping", Retry_After="1")
                return
            if len(tries) == 4:
                handler.hang_up()
                return
            handler.begin_stream()
            for n in range(max(tries[-1] - 1, 5), tries[-1] + 4):      # what was given is given again
                handler.line(message=self.message(n))
            handler.line(nextCursor=str(tries[-1] + 3))
            if len(tries) == 3:
                handler.line(lost="2")
            handler.wfile.write(b'{"message":{"cursor":"99","da')      # cut
        server = self.server(answer)
        done = self.tern(server, "telemetry", "tail", "--json", "--limit", "9")
        cursors = [int(json.loads(line)["message"]["cursor"]) for line in done.stdout.splitlines() if b"message" in line]
        self.assertEqual(cursors, list(range(5, 14)))
        self.assertIn({"lost": "2"}, [json.loads(line) for line in done.stdout.splitlines()])
        self.assertEqual(tries[:4], [4, 7, 7, 10])

    def test_garbage_ends_it_with_a_sentence(self):
        def answer(handler, *_):
            handler.begin_stream()
            handler.wfile.write(b"<html>\n")
        self.assertIn(b"is no JSON", self.tern(self.server(answer), "log", "tail", "--cursor", "0", status=1).stderr)

    def test_line_without_an_end_is_cut(self):
        def answer(handler, *_):
            handler.begin_stream()
            for _ in range(4):
                handler.wfile.write(b"x" * (1 << 20))
        self.tern(self.server(answer), "log", "tail", "--cursor", "0", status=1)

    def test_token_that_is_no_longer_taken_ends_it(self):
        server = self.server(lambda h, *_: h.refuse(401, "The token is another."))
        self.assertIn(b"the token is that of", self.tern(server, "log", "tail", "--cursor", "0", status=1).stderr)


class Imports(Remote):
    def exported(self, count):
        return self.file("export.json", json.dumps([
            {"id": f"d-{n}", "numId": str(n + 1), "credentials": [CREDENTIAL], "config": {"binaryData": "eA=="},
             "name": f"projects/p-12345/locations/europe-west1/registries/r-1/devices/{n + 1}"} for n in range(count)]))

    def test_a_bridge_that_comes_and_goes_is_waited_for(self):
        there, trouble = {}, ["503", "cut"]

        def answer(handler, method, path, _query, body):
            if trouble and trouble[0] == "503":
                trouble.pop(0)
                handler.refuse(503, "later", Retry_After="1")
                return
            if method == "GET":
                handler.say(200, there[path.rsplit("/", 1)[1]])
                return
            device = json.loads(body)
            if device["id"] in there:
                handler.refuse(409, "The device is there already.")
                return
            there[device["id"]] = device
            if trouble:                      # it is done, but nobody hears of it
                trouble.pop(0)
                handler.hang_up()
                return
            handler.say(200, device)
        done = self.tern(self.server(answer), "import", self.exported(3))
        self.assertIn(b"2 created, 1 the same, 0 different, 0 skipped, 0 failed", done.stderr)
        self.assertEqual(sorted(there), ["d-0", "d-1", "d-2"])

    def test_ctrl_c_ends_it_with_what_was_done_and_again_goes_on(self):
        there = {}

        def answer(handler, method, path, _query, body):
            time.sleep(0.02)
            if method == "GET":
                handler.say(200, there[path.rsplit("/", 1)[1]])
                return
            device = json.loads(body)
            if device["id"] in there:
                handler.refuse(409, "The device is there already.")
            else:
                there[device["id"]] = device
                handler.say(200, device)
        server, export = self.server(answer), self.exported(100)
        process = subprocess.Popen([TERN, "import", export], env=self.environment(server), stderr=subprocess.PIPE)
        while len(there) < 10:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=10)[1]
        self.assertEqual(process.returncode, 130)
        self.assertRegex(said, rb"[1-9]\d? created, 0 the same")
        self.assertRegex(self.tern(server, "import", export).stderr, rb"[1-9]\d? created, [1-9]\d? the same")
        self.assertEqual(len(there), 100)

    def test_unreachable_bridge_ends_it_with_3(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        place = type("Place", (), {"url": f"http://127.0.0.1:{port}"})
        started = time.monotonic()
        self.tern(place, "import", self.exported(2), status=3)
        self.assertLess(time.monotonic() - started, 40)


class ClearBlade(Remote):
    """The form of ClearBlade's own programs: github.com/ClearBlade/go-iot, python-iot."""
    NAME = "projects/p-12345/locations/us-central1/registries/theirs"

    def service(self, pages, access=None):
        def answer(handler, method, path, query, body):
            token = handler.headers.get("ClearBlade-UserToken")
            if path == "/api/v/1/code/project-key/getRegistryCredentials":
                self.assertEqual((method, token), ("POST", "project-token"))
                self.assertEqual(json.loads(body), {"project": "p-12345", "region": "us-central1", "registry": "theirs"})
                handler.say(200, access or {"systemKey": "registry-key", "serviceAccountToken": "registry-token",
                                            "url": self.service_url})
            elif token != "registry-token":
                handler.refuse(401, "no")
            elif path == "/api/v/4/webhook/execute/registry-key/cloudiot":
                handler.say(200, {"id": "theirs", "name": query["name"][0], "logLevel": "LOG_LEVEL_UNSPECIFIED"})
            elif path == "/api/v/4/webhook/execute/registry-key/cloudiot_devices":
                self.assertEqual(query["parent"], [self.NAME])
                page = int(query.get("pageToken", ["0"])[0])
                handler.say(200, {"devices": pages[page], **({"nextPageToken": page + 1} if page + 1 < len(pages) else {})})
            else:
                handler.refuse(404, "no such path")
        server = self.server(answer)
        self.service_url = server.url
        return server

    def test_pages_become_devices_with_keys(self):
        device = {"name": "d-1", "numId": "17", "blocked": False, "metadata": None, "credentials": [
            {"expirationTime": "", "publicKey": CREDENTIAL["publicKey"]}], "gatewayConfig": {"gatewayType": "NON_GATEWAY"},
            "config": {"version": "3", "cloudUpdateTime": "", "binaryData": "eA=="}, "logLevel": "NONE"}
        pages = [[{**device, "id": f"d-{page}-{n}", "numId": str(100 * page + n + 1)} for n in range(3)] for page in range(3)]
        service = self.service(pages)
        made = []

        def bridge(handler, method, path, _query, body):
            self.assertEqual(method, "POST")
            made.append((path, json.loads(body)))
            handler.say(200, {})
        account = self.file("account.json", json.dumps({"systemKey": "project-key", "token": "project-token",
                                                        "url": service.url, "project": "p-12345"}))
        done = self.tern(self.server(bridge), "import", "--service-account", account, "--from-registry", self.NAME)
        self.assertIn(b"10 created", done.stderr)
        self.assertEqual(made[0], ("/v1/projects/p-12345/locations/us-central1/registries", {"id": "theirs"}))
        self.assertEqual([body["id"] for _, body in made[1:]], [one["id"] for page in pages for one in page])
        self.assertEqual(made[1], ("/v1/" + self.NAME + "/devices", {
            "id": "d-0-0", "numId": "1", "blocked": False, "credentials": [CREDENTIAL], "logLevel": "NONE",
            "config": {"binaryData": "eA=="}}))
        for _, _, headers, _ in service.seen:
            self.assertNotIn("Authorization", headers)

    def test_url_and_token_from_the_environment(self):
        service = self.service([[]])
        bridge = self.server(lambda h, *_: h.say(200, {}))
        self.tern(bridge, "import", "--from", service.url, "--system-key", "project-key", "--from-registry", self.NAME,
                  TERN_FROM_TOKEN="project-token")

    def test_refusals_are_told(self):
        bridge = self.server(lambda h, *_: h.say(200, {}))
        for access in ({"systemKey": "x"}, {"serviceAccountToken": "t", "systemKey": "k", "url": "http://192.0.2.1"}):
            service = self.service([[]], access)
            self.tern(bridge, "import", "--from", service.url, "--system-key", "project-key", "--from-registry", self.NAME,
                      TERN_FROM_TOKEN="project-token", status=1 if "url" not in access else 2)
        self.tern(bridge, "import", "--from", service.url, "--system-key", "other", "--from-registry", self.NAME,
                  TERN_FROM_TOKEN="project-token", status=1)
        for name in ("theirs", "projects/p/locations/l", self.NAME + "/devices/x", ""):
            self.tern(bridge, "import", "--from", service.url, "--from-registry", name, TERN_FROM_TOKEN="t", status=2)
        self.tern(bridge, "import", "--service-account", self.file("bad.json", "{}"), "--from-registry", self.NAME, status=2)
        self.assertEqual(bridge.seen, [])


class Completion(Remote):
    def test_bash_completes_words_and_options(self):
        with open(os.path.join(self.folder.name, "script"), "w", encoding="ascii") as file:
            subprocess.run([TERN, "completion"], stdout=file, check=True)
        for typed, expected in (("tern ", "device"), ("tern dev", "device"), ("tern device cr", "create"),
                                ("tern config ", "history"), ("tern device create x --ex", "--expires"),
                                ("tern import --dr", "--dry-run"), ("tern telemetry tail --cursor-", "--cursor-file")):
            words = typed.split(" ")
            script = (f"source {self.folder.name}/script; COMP_WORDS=({typed if words[-1] else typed + chr(34) * 2}); "
                      f"COMP_CWORD={len(words) - 1}; _tern; echo ${{COMPREPLY[@]}}")
            said = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
            self.assertEqual(said.stderr, "")
            self.assertIn(expected, said.stdout.split(), typed)


if __name__ == "__main__":
    TERN = sys.argv.pop(1)
    unittest.main()
