#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tern` against a real bridge: every command, what people see and what scripts
get, imports of hundreds, tails that outlive the bridge."""
import base64
import json
import os
import pty
import re
import signal
import stat
import subprocess
import threading
import time
import unittest

from bridge_test import PROGRAMS, BridgeTest
from device import client_id, token
from ternlab import certs
from ternlab.bridge import PROJECT, REGION, REGISTRY, Bridge, payload
from ternlab.lab import free_port

PLACE = f"projects/{PROJECT}/locations/{REGION}/registries/{REGISTRY}"


class Result:
    def __init__(self, status, out, err):
        self.status, self.raw, self.err = status, out, err
        self.out = out.decode("utf-8", "replace")

    def __str__(self):
        return f"status {self.status}\n{self.out}\n{self.err}"

    def json(self):
        return json.loads(self.out)

    def rows(self):
        """The cells of a table, without its titles."""
        return [re.split(r" {2,}", line) for line in self.out.splitlines()[1:]]


class Cli(BridgeTest):
    """Each test runs `tern` with the environment of the class's bridge."""

    def tern(self, *words, status=0, stdin=b"", environment=None):
        env = {**os.environ, **self.bridge.environment(), **(environment or {})}
        env = {key: value for key, value in env.items() if value is not None}
        done = subprocess.run([PROGRAMS["tern"], *words], input=stdin, capture_output=True, env=env, timeout=120,
                              check=False)
        result = Result(done.returncode, done.stdout, done.stderr.decode())
        self.assertEqual(result.status, status, f"tern {' '.join(words)}: {result}")
        if status:
            self.assertRegex(result.err, "(?m)^tern: |failed$|different")
        return result

    def file(self, name, content, mode=0o600):
        path = os.path.join(self.lab.path("files"), f"{self._testMethodName}-{name}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def path(self, name):
        return os.path.join(os.path.dirname(self.file("x", "")), f"{self._testMethodName}-{name}")


class Registries(Cli):
    def test_registry_create_show_list_delete(self):
        self.tern("registry", "create", "second", "--log-level", "info")
        shown = self.tern("registry", "show", "second")
        self.assertRegex(shown.out, r"(?m)^name +projects/.*/registries/second$")
        self.assertRegex(shown.out, r"(?m)^log level +info$")
        self.assertIn(["second", PROJECT, REGION, "enabled", "info"], self.tern("registry", "list").rows())
        listed = self.tern("registry", "list", "--json").json()["deviceRegistries"]
        self.assertEqual([one["id"] for one in listed][-1], "second")
        self.assertEqual(self.tern("registry", "show", "second", "--json").json(), listed[-1])
        self.tern("registry", "delete", "second")
        self.assertRegex(self.tern("registry", "delete", "second", status=1).err, "is unknown")

    def test_registry_with_devices_is_not_deleted(self):
        self.registered()
        self.assertRegex(self.tern("registry", "delete", REGISTRY, status=1).err, r"(?i)device")

    def test_the_only_registry_is_found_without_a_word(self):
        self.registered()
        nothing = {"TERN_PROJECT": None, "TERN_REGION": None, "TERN_REGISTRY": None}
        self.assertIn(self.id, self.tern("device", "list", environment=nothing).out)
        self.tern("registry", "create", "another")
        refused = self.tern("device", "list", status=2, environment=nothing)
        self.assertRegex(refused.err, "which registry.*several")
        self.tern("registry", "delete", "another")

    def test_all_registries_are_listed_page_by_page(self):
        names = [f"page-{n:03}" for n in range(130)]
        for name in names:
            self.bridge.create_registry(name)
        paged, page = [], ""
        while True:
            answer = self.bridge.rest("GET", f"/v1/registries?pageSize=7{page}")
            paged += [one["id"] for one in answer["deviceRegistries"]]
            if "nextPageToken" not in answer:
                break
            page = "&pageToken=" + answer["nextPageToken"]
        self.assertEqual(paged[-130:], names)
        self.assertEqual(len(paged), len(set(paged)))
        self.assertEqual(self.tern("registry", "list", "--limit", "3").out.count("\n"), 4)
        for name in names:
            self.bridge.rest("DELETE", self.bridge.registry(name))


class Devices(Cli):
    def test_device_from_create_to_delete(self):
        private = self.path("new.pem")
        new = self.tern("key", "new", private, "--public", self.path("public.pem"))
        self.assertEqual(stat.S_IMODE(os.stat(private).st_mode), 0o600)
        self.assertIn("tern provision", new.err)
        fingerprint = re.search(r"fingerprint: ([0-9a-f]{64})", new.err)[1]
        self.assertIn(fingerprint, self.tern("key", "show", self.path("public.pem")).err)
        public = self.file("pub.pem", new.out)
        self.tern("device", "create", "pump+7~a%b", "--key", public, "--expires", "30d", "--metadata", "site=north=1",
                  "--metadata", "x=y", "--log-level", "debug")
        shown = self.tern("device", "show", "pump+7~a%b")
        self.assertRegex(shown.out, rf"(?m)^key +{fingerprint[:16]}  ES256_PEM, expires 20\d\d-")
        self.assertRegex(shown.out, r"(?m)^metadata +site=north=1$")
        self.assertEqual(self.tern("device", "show", "pump+7~a%b", "--json").json(), self.bridge.show("pump+7~a%b"))
        self.tern("device", "update", "pump+7~a%b", "--metadata", "x=", "--metadata", "z=1")
        self.assertEqual(self.bridge.show("pump+7~a%b")["metadata"], {"site": "north=1", "z": "1"})
        self.tern("device", "block", "pump+7~a%b")
        self.assertIn(["pump+7~a%b", "1", "yes", "-", "-"], self.tern("device", "list").rows())
        self.tern("device", "unblock", "pump+7~a%b")
        self.assertFalse(self.bridge.show("pump+7~a%b")["blocked"])
        self.tern("device", "delete", "pump+7~a%b")
        self.assertRegex(self.tern("device", "show", "pump+7~a%b", status=1).err, "is unknown")

    def test_private_key_is_registered_by_its_public_half_and_logs_in(self):
        private = self.path("new.pem")
        self.tern("key", "new", private)
        self.tern("device", "create", self.id, "--key", private)
        self.assertNotIn("PRIVATE", json.dumps(self.bridge.show(self.id)))
        self.login(self.id, key=private).leave()

    def test_key_is_never_written_over(self):
        path = self.file("key.pem", "mine")
        self.assertRegex(self.tern("key", "new", path, status=2).err, "never written over")
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), "mine")

    def test_keys_come_and_go(self):
        keys = [self.new_key(name) for name in "abcd"]
        publics = [self.file(f"{n}.pem", certs.public_key(key)) for n, key in enumerate(keys)]
        self.tern("device", "create", self.id)
        self.tern("credential", "add", self.id, "--key", publics[0], "--key", publics[1], "--expires", "2099-12-31")
        rows = self.tern("credential", "list", self.id).rows()
        self.assertEqual([row[2] for row in rows], ["never", "2099-12-31T23:59:59Z"])
        self.assertRegex(self.tern("credential", "add", self.id, "--key", publics[0], status=1).err, "already")
        self.tern("credential", "add", self.id, "--key", publics[2])
        self.assertRegex(self.tern("credential", "add", self.id, "--key", publics[3], status=1).err, "3 is the most")
        self.tern("credential", "remove", self.id, "--fingerprint", rows[0][0][:12], "--key", publics[2])
        self.assertEqual([row[0] for row in self.tern("credential", "list", self.id).rows()], [rows[1][0]])
        self.assertRegex(self.tern("credential", "remove", self.id, "--key", publics[3], status=1).err, "has no key")

    def test_what_is_no_key_is_named_and_nothing_is_made(self):
        for content, says in (("", "."), ("hello", "."), (certs.public_key(self.key())[:80], ".")):
            bad = self.file("bad.pem", content)
            self.assertRegex(self.tern("device", "create", self.id, "--key", bad, status=2).err, "bad.pem.*" + says)
        self.tern("device", "create", self.id, "--key", self.path("none.pem"), status=2)
        for expires in ("yesterday", "2001-01-01", "2027-02-30", "-5d", "0d", "2027-12-31T25:00:00Z", "2027-12-31x"):
            public = self.file("good.pem", certs.public_key(self.key()))
            self.tern("device", "create", self.id, "--key", public, "--expires", expires, status=2)
        self.tern("device", "show", self.id, status=1)

    def test_250_devices_are_listed_whatever_a_page_holds(self):
        for n in range(250):
            self.bridge.create_device(f"many-{n:03}")
        rows = [row for row in self.tern("device", "list").rows() if row[0].startswith("many-")]
        self.assertEqual([row[0] for row in rows], [f"many-{n:03}" for n in range(250)])
        listed = self.tern("device", "list", "--json").json()["devices"]
        self.assertEqual(len([one for one in listed if one["id"].startswith("many-")]), 250)
        self.assertEqual(len(self.tern("device", "list", "--json", "--limit", "120").json()["devices"]), 120)

    def test_table_fits_eighty_columns_of_a_terminal(self):
        self.registered(name="a-device-with-" + "a-very-" * 20 + "long-name")
        pid, fd = pty.fork()
        if pid == 0:
            os.environ.update(self.bridge.environment(), TERM="xterm", COLUMNS="80")
            os.execv(PROGRAMS["tern"], ["tern", "device", "list"])
        said = b""
        try:
            while data := os.read(fd, 4096):
                said += data
        except OSError:
            pass
        os.waitpid(pid, 0)
        lines = re.sub(r"\x1b\[[0-9;]*m", "", said.decode()).splitlines()
        self.assertTrue(any("a-very-" in line for line in lines))
        self.assertLessEqual(max(map(len, lines)), 80)


class Payloads(Cli):
    settings = {"config_interval_ms": 1}

    def test_config_history_versions_and_conditions(self):
        self.registered()
        self.tern("config", "set", self.id, '{"x":1}')
        self.assertRegex(self.tern("config", "set", self.id, "no", "--if-version", "7", status=1).err, "version 2")
        self.tern("config", "set", self.id, "--file", "-", "--if-version", "2", stdin=b"a\0\x1b[31mb\xff\n")
        self.assertEqual(self.tern("config", "get", self.id).raw, b"a\0\x1b[31mb\xff\n")
        self.assertEqual(self.tern("config", "get", self.id, "--version", "2").raw, b'{"x":1}')
        self.assertEqual([row[0] for row in self.tern("config", "history", self.id).rows()], ["3", "2", "1"])
        self.assertNotIn("\x1b", self.tern("config", "history", self.id).out)
        self.assertEqual(self.tern("config", "get", self.id, "--json").json()["version"], "3")
        self.assertEqual(len(self.tern("config", "history", self.id, "--json").json()["deviceConfigs"]), 3)
        self.tern("config", "get", self.id, "--version", "77", status=1)
        self.tern("config", "set", self.id, "both", "--file", "-", status=2)
        self.tern("config", "set", self.id, status=2)
        self.tern("config", "set", self.id, "--file", "-", status=2, stdin=b"x" * 65537)
        self.tern("config", "set", self.id, "--file", "-", stdin=b"x" * 65536)

    def test_config_is_waited_for(self):
        self.registered()
        late = self.tern("config", "set", self.id, "one", "--wait", "1", status=4)
        self.assertRegex(late.err, "has not acknowledged it within 1 s")
        wire = self.login(self.id)
        wire.subscribe((f"/devices/{self.id}/config", 1))
        wire.message()
        receiver = threading.Thread(target=wire.message)
        receiver.start()
        self.assertRegex(self.tern("config", "set", self.id, "two", "--wait", "10").err, "has acknowledged version 3")
        receiver.join()
        self.assertRegex(self.tern("config", "history", self.id).rows()[0][2], r"^20\d\d-")

    def test_command_is_delivered_or_told_why_not(self):
        self.registered()
        self.assertRegex(self.tern("command", "send", self.id, "x", status=1).err, "not connected")
        wire = self.login(self.id)
        self.assertRegex(self.tern("command", "send", self.id, "x", status=1).err, "not subscribed|subscribed")
        wire.subscribe((f"/devices/{self.id}/commands/#", 1))
        got = []
        receiver = threading.Thread(target=lambda: got.append(wire.message()))
        receiver.start()
        self.tern("command", "send", self.id, "--file", "-", "--subfolder", "a/b", stdin=b"\x00\xff")
        receiver.join()
        self.assertEqual(got, [(f"/devices/{self.id}/commands/a/b", b"\x00\xff", 1)])

    def test_states_are_listed_and_safe(self):
        self.registered()
        wire = self.login(self.id)
        wire.publish(f"/devices/{self.id}/state", b"\x1b]0;owned\x07")
        rows = self.lab.wait_until(lambda: self.tern("state", "list", self.id).rows(), 5, "no state")
        self.assertRegex(rows[0][1], "^base64:")
        told = self.tern("state", "list", self.id, "--json").json()["deviceStates"][0]
        self.assertEqual(base64.b64decode(told["binaryData"]), b"\x1b]0;owned\x07")


class Tail:
    """A `tern ... tail` that runs: its lines as they come."""

    def __init__(self, test, *words):
        env = {**os.environ, **test.bridge.environment()}
        self.lines, self.errors = [], []
        self.process = subprocess.Popen([PROGRAMS["tern"], *words], env=env, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.threads = [threading.Thread(target=self._read, args=pair, daemon=True) for pair in
                        ((self.process.stdout, self.lines), (self.process.stderr, self.errors))]
        for thread in self.threads:
            thread.start()
        test.addCleanup(self.close)

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.append(line.rstrip("\n"))

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for thread in self.threads:
            thread.join()
        self.process.stdout.close()
        self.process.stderr.close()

    def interrupt(self, number=signal.SIGINT):
        self.process.send_signal(number)
        status = self.process.wait(10)
        self.close()
        return status


class Tails(Cli):
    settings = {"stop_s": 0}

    def publish(self, wire, count, start=0):
        for n in range(start, start + count):
            wire.publish(f"/devices/{self.id}/events/sub", f'{{"n":{n}}}'.encode(), number=n % 60000 + 1)

    def numbers(self, tail):
        lines = map(json.loads, tail.lines)
        return [json.loads(payload(line["message"]))["n"] for line in lines if "message" in line]

    def until(self, tail, count):
        self.lab.wait_until(lambda: len(self.numbers(tail)) >= count, 60, f"fewer than {count}: {tail.errors}")

    def test_messages_are_told_to_people_and_ctrl_c_ends_with_130(self):
        self.registered()
        wire = self.login(self.id)
        self.publish(wire, 3)
        listed = self.lab.wait_until(lambda: self.tern("telemetry", "list", self.id).out.splitlines(), 5, "none")
        self.assertRegex(listed[0], rf'^20\d\d-\S+Z {self.id} +event/sub {{"n":0}}$')
        answer = self.tern("telemetry", "list", self.id, "--json", "--limit", "2").json()
        self.assertEqual(len(answer["messages"]), 2)
        behind = self.tern("telemetry", "list", self.id, "--json", "--cursor", answer["nextCursor"]).json()
        self.assertEqual(len(behind["messages"]), 1)
        tail = Tail(self, "telemetry", "tail", self.id, "--cursor", "0")
        self.lab.wait_until(lambda: len(tail.lines) >= 3, 10, "no lines")
        self.assertEqual(tail.interrupt(), 130)
        self.assertEqual(tail.errors, [])

    def test_tail_from_now_on_tells_what_comes_and_nothing_else(self):
        self.registered()
        wire = self.login(self.id)
        self.publish(wire, 2)
        tail = Tail(self, "telemetry", "tail", "--json", "--kind", "event", "--subfolder", "sub", "--limit", "2")
        time.sleep(1)
        self.publish(wire, 2, 2)
        self.assertEqual(tail.process.wait(10), 0)
        self.assertEqual(self.numbers(tail), [2, 3])

    def test_tail_outlives_the_bridge_and_misses_nothing(self):
        self.registered()
        tail = Tail(self, "telemetry", "tail", self.id, "--json", "--cursor", "0")
        for start in (0, 10, 20):
            wire = self.login(self.id)
            self.publish(wire, 5, start)
            self.until(tail, start // 10 * 10 + 5)
            self.publish(wire, 5, start + 5)
            self.bridge.kill()
            self.bridge.start()
        self.until(tail, 30)
        self.assertEqual(self.numbers(tail), list(range(30)))
        self.assertTrue(any("trying again" in line for line in tail.errors), tail.errors)
        self.assertEqual(tail.interrupt(signal.SIGTERM), 130)

    def test_cursor_file_goes_on_where_the_last_ended(self):
        self.registered()
        wire, cursor = self.login(self.id), self.path("cursor")
        first = Tail(self, "telemetry", "tail", self.id, "--json", "--cursor-file", cursor)
        self.lab.wait_until(lambda: os.path.getsize(cursor) if os.path.exists(cursor) else 0, 10, "no cursor file")
        self.publish(wire, 4)
        self.until(first, 4)
        self.assertEqual(first.interrupt(), 130)
        self.publish(wire, 3, 4)
        second = Tail(self, "telemetry", "tail", self.id, "--json", "--cursor-file", cursor)
        self.until(second, 3)
        self.assertEqual(self.numbers(second), [4, 5, 6])
        second.interrupt()
        with open(cursor, "w", encoding="ascii") as file:
            file.write("what is this\n")
        self.assertRegex(self.tern("telemetry", "tail", "--cursor-file", cursor, status=2).err, "no cursor in it")

    def test_what_a_device_tells_of_its_failure_is_shown(self):
        name = self.registered()
        line = "diagnosis: No network was found - technician: check the antenna. [SIGNAL-1 reg=idle]"
        told = json.dumps({"code": "SIGNAL-1", "at": "2026-01-02T03:04:05Z", "times": 3, "line": line})
        watching = Tail(self, "log", "tail")
        time.sleep(1)
        wire = self.login(name)
        wire.publish(f"/devices/{name}/events/diagnosis", b'{"code": "\\u001b[2J", "line": "evil"}', number=1)
        wire.publish(f"/devices/{name}/events/diagnosis", told.encode(), number=2)
        self.lab.wait_until(lambda: any(" DIAGNOSIS " in one and line in one for one in watching.lines), 10, "not told")
        shown = self.lab.wait_until(lambda: (text := self.tern("device", "show", name).out) and "SIGNAL-1" in text and text,
                                    5, "not in device show")
        self.assertRegex(shown, r"(?m)^last diagnosis +2026-01-02[ T]03:04:05Z?, 3 times: " + re.escape(line) + "$")
        kept = self.tern("device", "show", name, "--json").json()["lastDiagnosis"]
        self.assertEqual((kept["code"], kept["deviceTime"], kept["times"], kept["line"]),
                         ("SIGNAL-1", "2026-01-02T03:04:05Z", 3, line))
        self.assertIn(line, self.tern("log", "list", name).out)
        messages = self.tern("telemetry", "list", name, "--subfolder", "diagnosis", "--json").json()["messages"]
        self.assertEqual(base64.b64decode(messages[-1]["data"]), told.encode())   # telemetry all the same
        self.assertEqual(len(messages), 2)

    def test_a_refused_login_is_shown_whole(self):
        name = self.registered()
        self.assertEqual(self.wire().login(client_id(name), token(self.key(), now=time.time() + 3720)), 5)
        shown = self.lab.wait_until(lambda: (text := self.tern("device", "show", name).out) and "last error" in text and text,
                                    5, "no last error")
        self.assertRegex(shown, r"(?m)^last error .*clock is 1 h 0[12] min ahead of this server.*only the time is not - "
                                r"on the device: set its clock.*\[TOKEN_TIME\] \(1 so far\)$")

    def test_log_tells_logins_and_refusals(self):
        self.registered()
        tail = Tail(self, "log", "tail", self.id)
        time.sleep(1)
        self.login(self.id).leave()
        self.lab.wait_until(lambda: any(" CONNECT " in line for line in tail.lines), 10, "no CONNECT")
        self.assertEqual(tail.interrupt(), 130)
        listed = self.tern("log", "list", self.id).out
        self.assertRegex(listed, rf"(?m)^20\S+Z INFO  {self.id} +CONNECT ")
        self.assertTrue(self.tern("log", "list", "--json").json()["logEntries"])


class Import(Cli):
    def exported(self, n, **others):
        """As `gcloud iot devices describe --format=json` printed one."""
        return {"id": f"old-{n:04}", "numId": str(3000000000 + n), "name": f"{PLACE}/devices/{3000000000 + n}",
                "blocked": n % 10 == 0, "lastHeartbeatTime": "2023-08-15T23:59:59.123456Z", "logLevel": "INFO",
                "lastErrorStatus": {"code": 5, "message": "gone"}, "gatewayConfig": {"gatewayType": "NON_GATEWAY"},
                "config": {"version": "9", "cloudUpdateTime": "2023-01-01T00:00:00Z", "binaryData": "_-8="},
                "state": {"updateTime": "2023-01-01T00:00:00Z", "binaryData": "AAAA"}, "metadata": {"n": str(n)},
                "credentials": [{"expirationTime": "1970-01-01T00:00:00Z",
                                 "publicKey": {"format": "ES256_PEM", "key": certs.public_key(self.key())}}], **others}

    def test_300_devices_keep_keys_numbers_and_configs(self):
        export = self.file("devices.json", json.dumps([self.exported(n) for n in range(300)], indent=2))
        dry = self.tern("import", export, "--dry-run")
        self.assertRegex(dry.err, "nothing was changed.*300 created")
        self.assertEqual(self.bridge.call("GET", self.bridge.device("old-0001"))[0], 404)
        self.assertRegex(self.tern("import", export).err, "300 created, 0 the same")
        self.assertRegex(self.tern("import", export).err, "0 created, 300 the same")
        moved = self.bridge.show("old-0003")
        self.assertEqual((moved["numId"], moved["metadata"], moved["logLevel"]), ("3000000003", {"n": "3"}, "INFO"))
        self.assertEqual(self.tern("config", "get", "old-0003").raw, b"\xff\xef")
        self.assertTrue(self.bridge.show("old-0010")["blocked"])
        with self.wire() as wire:
            self.assertEqual(wire.login(client_id("old-0003"), token(self.key())), 0)
        with self.wire() as wire:
            self.assertEqual(wire.login(client_id("3000000005"), token(self.key())), 0)

    def test_each_element_is_judged_on_its_own(self):
        other = self.new_key("other")
        self.bridge.create_device("old-0501", certs.public_key(other))
        elements = [self.exported(500), self.exported(501), self.exported(502, gatewayConfig={"gatewayType": "GATEWAY"}),
                    self.exported(503, credentials=[{"publicKey": {"format": "ES256_PEM", "key": "nonsense"}}]),
                    self.exported(504, metadata={"a": 1}), self.exported(505, config={"binaryData": "%%"}),
                    {"numId": "5"}, 7, self.exported(506, id="x"), self.exported(507, numId=str(3000000500))]
        export = self.file("mixed.json", json.dumps(elements))
        result = self.tern("import", export, "--json", status=5)
        told = {line["id"]: line for line in map(json.loads, result.out.splitlines())}
        self.assertEqual(told["old-0500"]["result"], "created")
        self.assertEqual(told["old-0501"]["result"], "different")
        self.assertRegex(told["old-0501"]["detail"], "keys")
        self.assertEqual(told["old-0502"]["result"], "skipped")
        for name, says in (("old-0503", "key 1"), ("old-0504", "metadata 'a'"), ("old-0505", "config"), ("x", "."),
                           ("old-0507", "(?i)numeric|number|id")):
            self.assertEqual(told[name]["result"], "failed", name)
            self.assertRegex(told[name]["detail"], says)
        self.assertEqual(len(told), 9)

    def test_registry_description_single_object_and_list_without_keys(self):
        described = {"id": "from-google", "name": f"projects/{PROJECT}/locations/{REGION}/registries/from-google",
                     "eventNotificationConfigs": [{"pubsubTopicName": "projects/p/topics/t"}], "logLevel": "NONE",
                     "mqttConfig": {"mqttEnabledState": "MQTT_ENABLED"}, "stateNotificationConfig": {},
                     "httpConfig": {"httpEnabledState": "HTTP_DISABLED"}, "credentials": []}
        self.tern("import", self.file("registry.json", json.dumps(described)))
        self.assertEqual(self.bridge.rest("GET", self.bridge.registry("from-google"))["eventNotificationConfigs"],
                         described["eventNotificationConfigs"])
        listed = [{"id": "bare-1", "numId": "111"}, {"id": "bare-2", "numId": "112"}]
        told = self.tern("import", self.file("list.json", json.dumps(listed)), "--registry", "from-google").err
        self.assertRegex(told, "2 created")
        self.assertRegex(told, "2 devices came without a key")
        self.assertRegex(self.tern("import", self.file("away.json", json.dumps(listed)), "--registry", "nowhere",
                                   status=1).err, "'nowhere' is unknown.*registry create")

    def test_what_is_no_export_is_refused(self):
        for content in (b"", b"not json", b"[", b"{}]", b"7", b'"x"', b"[[[]]]" * 3, b"\xff\xfe", b"null",
                        b'[{"id":"a"' + b",{" * 10):
            self.tern("import", self.file("bad.json", content), status=5 if content.startswith(b"[[[") else 2)
        self.tern("import", self.path("none.json"), status=2)
        self.tern("import", status=2)

    def test_live_from_another_bridge(self):
        source = Bridge(self.lab, self.chain, name="source", **PROGRAMS)
        source.create_registry("moving", logLevel="ERROR")
        for n in range(230):
            source.create_device(f"live-{n:03}", certs.public_key(self.key()), registry="moving", metadata={"n": str(n)})
        words = ["import", "--from", f"http://127.0.0.1:{source.admin_port}", "--from-registry",
                 f"projects/{PROJECT}/locations/{REGION}/registries/moving"]
        self.assertRegex(self.tern(*words, status=2).err, "TERN_FROM_TOKEN")
        self.assertRegex(self.tern(*words, "--from-token-file", source.token_file).err, "231 created")
        self.assertRegex(self.tern(*words, environment={"TERN_FROM_TOKEN": source.token}).err, "0 created, 231 the same")
        theirs, ours = (bridge.show("live-123", registry="moving") for bridge in (source, self.bridge))
        for member in ("numId", "credentials", "metadata", "blocked"):
            self.assertEqual(theirs[member], ours[member])
        self.assertEqual(self.tern("registry", "show", "moving", "--json").json()["logLevel"], "ERROR")


class Wrong(Cli):
    def test_words_that_are_wrong_change_nothing(self):
        for words in (["device"], ["device", "create"], ["device", "create", "a", "b"], ["device", "nothing"],
                      ["device", "list", "--nonsense"], ["device", "list", "--limit", "x"], ["device", "list", "--limit"],
                      ["device", "list", "--json", "--json"], ["config", "set", "x", "y", "--if-version", "-1"],
                      ["registry", "create", "r", "--log-level", "loud"], ["device", "update", "x"],
                      ["credential", "add", "x"], ["credential", "remove", "x", "--fingerprint", "zz"]):
            with self.subTest(words):
                done = subprocess.run([PROGRAMS["tern"], *words], capture_output=True, timeout=20, check=False,
                                      env={**os.environ, **self.bridge.environment()})
                self.assertEqual(done.returncode, 2, done)
                self.assertTrue(done.stderr)
        self.assertEqual(subprocess.run([PROGRAMS["tern"], "device", "--help"], capture_output=True, check=True).stderr, b"")

    def test_a_wrong_token_is_told_with_its_file(self):
        wrong = self.file("token", "wrong\n")
        self.assertRegex(self.tern("device", "list", "--token-file", wrong, status=1).err, re.escape(wrong))
        readable = self.file("readable", "token\n", 0o644)
        os.chmod(readable, 0o644)
        self.assertRegex(self.tern("device", "list", "--token-file", readable, status=2).err, "chmod 640")
        hashed = self.file("hash", "sha256:" + "0" * 64)
        self.assertRegex(self.tern("device", "list", "--token-file", hashed, status=2).err, "hash")
        for content in ("", "two words\n", "caf\u00e9\n"):
            self.tern("device", "list", "--token-file", self.file("odd", content), status=2)

    def test_a_bridge_that_is_not_there(self):
        told = self.tern("device", "list", "--bridge", f"http://127.0.0.1:{free_port()}", status=3)
        self.assertRegex(told.err, "nobody answers.*tern-bridge running")
        self.assertRegex(self.tern("device", "list", "--bridge", "http://192.0.2.1:8080", status=2).err, "without TLS")
        for url in ("ftp://127.0.0.1", "https://u:p@127.0.0.1", "nonsense://", "", "http://127.0.0.1:1?x=1"):
            if url:
                self.tern("device", "list", "--bridge", url, status=2)

    def test_proxies_are_not_used_for_this_computer(self):
        self.tern("device", "list", environment={"http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"})

    def test_output_that_is_full_or_gone(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAMS["tern"], "registry", "list"], stdout=full, stderr=subprocess.PIPE, check=False,
                                  env={**os.environ, **self.bridge.environment()})
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output", done.stderr)
        for n in range(30):
            self.bridge.create_device(f"piped-{n}")
        self.registered(name="a-first")
        piped = subprocess.run(f"'{PROGRAMS['tern']}' device list | head -1; echo ${{PIPESTATUS[0]}}", shell=True, check=False,
                               executable="/bin/bash", capture_output=True, env={**os.environ, **self.bridge.environment()})
        self.assertEqual((piped.stdout.split(b"\n")[-2], piped.stderr), (b"0", b""))


if __name__ == "__main__":
    unittest.main()
