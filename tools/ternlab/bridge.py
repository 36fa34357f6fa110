# SPDX-License-Identifier: Apache-2.0
"""tern-bridge, and its admin interface: by REST, as the contract has it, and by `tern`."""
import base64
import hashlib
import http.client
import json
import os
import secrets
import socket
import subprocess
import threading
import time
from urllib.parse import quote, urlencode

from . import certs
from .lab import TOP, Failure, free_port

PROGRAM = os.path.join(TOP, "build/host-release/host/bridge/tern-bridge")
TERN = os.path.join(TOP, "build/host-release/host/cli/tern")
PROJECT, REGION, REGISTRY = "tern-demo-1", "europe-west1", "bench"


class Bridge:
    """tern-bridge on free loopback ports, in a folder of its own.

    CHAIN is what it shows to devices; SETTINGS are lines of its configuration
    (a list: the key once for each), in the place of those below.  Its journal
    becomes lines of the source NAME.
    """

    def __init__(self, lab, chain, name="bridge", program=PROGRAM, tern=TERN, grace=15, **settings):
        self.lab, self.chain, self.name, self.grace = lab, chain, name, grace
        self.program, self.cli = program, tern
        self.folder = lab.path(name)
        os.makedirs(os.path.join(self.folder, "data"), mode=0o700, exist_ok=True)
        self.port, self.admin_port = free_port(), free_port()
        self.token = secrets.token_urlsafe(32)
        self.token_file = lab.secret(name + ".token")
        self._write(self.token_file, self.token + "\n")
        self._write(self.path("token.sha256"), f"sha256:{hashlib.sha256(self.token.encode()).hexdigest()}\n")
        self.settings = {"listen": f"127.0.0.1:{self.port}", "certificate": os.path.abspath(chain.server_chain),
                         "key": os.path.abspath(chain.server_key), "data": "data", "stop_s": 1, "sink": "log",
                         "connections_max": 1000, "admin_listen": f"127.0.0.1:{self.admin_port}", "admin_token_file": "token.sha256",
                         **settings}
        self.config_file = self.path("tern-bridge.conf")
        self.configure()
        self.process = self._reader = None
        self.start()
        lab.at_end(self)

    def path(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def _write(path, text):
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)

    def configure(self, **settings):
        """Writes the configuration, changed by SETTINGS (None: the line is left out), for the next start or reload."""
        self.settings.update(settings)
        lines = [f"{key} = {one}\n" for key, value in self.settings.items() if value is not None
                 for one in (value if isinstance(value, (list, tuple)) else [value])]
        self._write(self.config_file, "".join(lines))

    # ---- the process ---------------------------------------------------------

    def start(self):
        """Starts it, again on the same ports and with the same data."""
        self.process = self.lab.start(self.name, [self.program, "--config", self.config_file], stdout=subprocess.PIPE)
        self.process.grace = self.grace
        self._reader = self.lab.read_from(self.name, self.process.output(), log=self.path("journal.jsonl"))
        self.lab.wait_until(self.healthy, 20, f"tern-bridge did not come up (log: {self.process.log})")

    def stop(self):
        """In order, as a system stops it; its exit status."""
        status = self.process.stop()
        self._ended()
        return status

    def kill(self):
        """Without warning, as a power cut would; start() begins it anew."""
        self.process.kill()
        self._ended()

    def _ended(self):
        self._reader.join(5)
        self.lab.forget(self.process)

    def healthy(self):
        """Whether it answers and all is well; Failure if it has ended."""
        self.process.check()
        try:
            return self.call("GET", "/healthz", token="")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def said(self, pattern, since=0, timeout=10):
        """The journal's first line that matches, read as JSON."""
        return json.loads(self.lab.wait(self.name, pattern, timeout, since).text)

    # ---- REST ----------------------------------------------------------------

    def call(self, method, path, body=None, token=None, timeout=70):
        """(HTTP status, answer) of a call; TOKEN: another than ours, "" for none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=timeout)
        token = self.token if token is None else token
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None,
                               {"Content-Type": "application/json",
                                **({"Authorization": "Bearer " + token} if token else {})})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else {}
        finally:
            connection.close()

    def rest(self, method, path, body=None, **options):
        """The answer; Failure unless the call succeeds."""
        status, answer = self.call(method, path, body, **options)
        if status != 200:
            raise Failure(f"{method} {path}: {status}, {answer.get('error', answer)}")
        return answer

    @staticmethod
    def registries(project=PROJECT, region=REGION):
        return f"/v1/projects/{project}/locations/{region}/registries"

    def registry(self, registry=REGISTRY):
        return f"{self.registries()}/{quote(registry, safe='')}"

    def device(self, device, registry=REGISTRY):
        return f"{self.registry(registry)}/devices/{quote(device, safe='')}"

    def create_registry(self, registry=REGISTRY, **members):
        return self.rest("POST", self.registries(), {"id": registry, **members})

    def create_device(self, device, *keys, registry=REGISTRY, **members):
        """KEYS: public keys or certificates, as PEM or as credential()."""
        credentials = [key if isinstance(key, dict) else credential(key) for key in keys]
        return self.rest("POST", self.registry(registry) + "/devices",
                         {"id": device, "credentials": credentials, **members})

    def patch_device(self, device, registry=REGISTRY, **members):
        return self.rest("PATCH", f"{self.device(device, registry)}?updateMask={','.join(members)}", members)

    def show(self, device, registry=REGISTRY):
        return self.rest("GET", self.device(device, registry))

    def config(self, device, data, registry=REGISTRY):
        """A new config, at the latest when its second is over; its version."""
        path, body = self.device(device, registry) + ":modifyCloudToDeviceConfig", {"binaryData": encode(data)}
        end = time.monotonic() + 5
        while (answer := self.call("POST", path, body))[0] == 429 and time.monotonic() < end:
            time.sleep(0.1)
        if answer[0] != 200:
            raise Failure(f"the config was not taken: {answer[1].get('error', answer)}")
        return int(answer[1]["version"])

    def command(self, device, data, subfolder="", registry=REGISTRY):
        """Sends a command; Failure says why it did not arrive."""
        return self.rest("POST", self.device(device, registry) + ":sendCommandToDevice",
                         {"binaryData": encode(data), "subfolder": subfolder})

    def read(self, cursor=0, path="/v1", **query):
        """(messages, next cursor): one page of what lies behind CURSOR."""
        answer = self.rest("GET", f"{path}/messages?" + urlencode({"cursor": cursor, "max": 200, **query}))
        return answer.get("messages", []), int(answer["nextCursor"])

    def messages(self, path="/v1", **query):
        """Everything that is kept."""
        found, cursor = [], 0
        while True:
            page, cursor = self.read(cursor, path, **query)
            if not page:
                return found
            found += page

    # ---- the command line ----------------------------------------------------

    def environment(self):
        """What `tern` needs to find this bridge and the registry of the tests."""
        return {"TERN_BRIDGE_URL": f"http://127.0.0.1:{self.admin_port}", "TERN_BRIDGE_TOKEN_FILE": self.token_file,
                "TERN_PROJECT": PROJECT, "TERN_REGION": REGION, "TERN_REGISTRY": REGISTRY}

    def tern(self, *words, source=None):
        """Runs `tern WORDS`; what it printed, which becomes lines of SOURCE too.  Failure unless its status is 0."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("TERN_")}
        result = subprocess.run([self.cli, *words], env={**others, **self.environment()}, text=True, timeout=120,
                                capture_output=True, check=False, stdin=subprocess.DEVNULL)
        told = (result.stdout + result.stderr).splitlines()
        for line in told if source else ():
            self.lab.feed.add(source, line)
        if result.returncode != 0:
            raise Failure(f"'tern {' '.join(words)}' ended with status {result.returncode}"
                          + (": " + told[-1] if told else ""))
        return told

    def watch(self, source="cloud"):
        """Each message of a device becomes a line of SOURCE, as mosquitto_sub -F %j would print it."""
        return self.lab.at_end(Watch(self, source))


class Watch(threading.Thread):
    """Reads a bridge's messages by cursor; a bridge that is away is waited for."""

    def __init__(self, bridge, source):
        super().__init__(daemon=True, name="watch " + source)
        self._bridge, self._source = bridge, source
        self._ended, self._connection = threading.Event(), None
        self.start()

    def run(self):
        cursor = 0
        while not self._ended.is_set():
            try:
                cursor = self._read(cursor)
            except (OSError, http.client.HTTPException, ValueError, KeyError, AttributeError):
                self._connection = None
                self._ended.wait(0.1)

    def _read(self, cursor):
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._bridge.admin_port, timeout=30)
        self._connection.request("GET", f"/v1/messages?cursor={cursor}&wait=10",
                                 headers={"Authorization": "Bearer " + self._bridge.token})
        answer = json.loads(self._connection.getresponse().read())
        for message in answer["messages"]:
            self._bridge.lab.feed.add(self._source, json.dumps(as_published(message)))
        return int(answer["nextCursor"])

    def stop(self):
        self._ended.set()
        try:
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        except (AttributeError, OSError):
            pass
        self.join(5)


def as_published(message):
    """A message of the log as the device published it: topic, qos, payload."""
    attributes, kind = message["attributes"], message["kind"]
    folder = attributes.get("subFolder", "")
    topic = f"/devices/{attributes['deviceId']}/" + ("state" if kind == "state" else "events")
    return {"topic": topic + ("/" + folder if folder else ""), "qos": message.get("qos", 0),
            "payload": payload(message).decode("utf-8", "replace")}


def payload(message):
    return base64.b64decode(message.get("data", ""))


def encode(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def credential(pem, expires=None):
    """A device's credential in the contract's JSON; what PEM is decides on the format."""
    certificate = "BEGIN CERTIFICATE" in pem
    text = certs.openssl_text(pem, "x509" if certificate else "pkey")
    family = "ES256" if "ASN1 OID: prime256v1" in text else "RSA"
    credential_of = {"publicKey": {"format": f"{family}_{'X509_' if certificate else ''}PEM", "key": pem}}
    if expires is not None:
        credential_of["expirationTime"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires))
    return credential_of
