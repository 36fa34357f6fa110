# SPDX-License-Identifier: Apache-2.0
"""One scenario at work: its server, its modem, its device, and what the device says."""
import itertools
import json
import os
import re
import secrets
import socket
import subprocess
import threading
import time
from typing import NamedTuple

from endpoint import Endpoint
from pki import HOST
from ternlab import certs
from ternlab.bridge import PROJECT, REGION, REGISTRY, Bridge, credential
from ternlab.device import Linux
from ternlab.lab import Failure, Lab
from ternlab.modem import Modem

PORT, DEVICE = 8883, "dev-1"
LINE = re.compile(r"diagnosis: (?P<sentence>.*?) ?\[(?P<code>[A-Z]+[A-Z0-9-]*)(?P<facts>(?: [^\]]*)?)\]\s*$")
SENTENCE_MAX = 400

# Not from the range that the system gives to those who do not ask; no two scenarios at once have the same.
# Another run on this machine begins elsewhere.
_ports, _ports_lock = (21000 + n % 8000 for n in itertools.count(os.getpid() * 397)), threading.Lock()


def own_port():
    with _ports_lock:
        while True:
            port = next(_ports)
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue


def lines_of(path):
    return certs.read(path).splitlines()


def encrypted(path):
    return certs.openssl("pkcs8", "-topk8", "-in", path, "-passout", "pass:secret").decode()


def certificate(path):
    return certs.self_signed(path + ".crt", path)


# What a person pastes where the private key of PATH belongs.
MANGLED = {
    "key": certs.read,
    "key-crlf": lambda path: "\r\n".join(lines_of(path)) + "\r\n",
    "key-one-line": lambda path: "".join(lines_of(path)),
    "key-backslash-n": lambda path: "\\n".join(lines_of(path)),
    "key-without-end": lambda path: "\n".join(lines_of(path)[:-1]) + "\n\n",
    "key-line-lost": lambda path: "\n".join(lines_of(path)[:2] + lines_of(path)[3:]),
    "key-letter-wrong": lambda path: certs.read(path).replace(lines_of(path)[1][20:22], "*~", 1),
    "key-encrypted": encrypted,
    "public": certs.public_key,
    "certificate": certificate,
}


class Verdict(NamedTuple):
    """A line that the device printed."""
    code: str
    sentence: str
    facts: str

    @property
    def line(self):
        return f"{self.sentence} [{self.code}{self.facts}]"


class Bench:
    """Use as a context manager.  PARTS: [device], [modem] and [server] of a scenario."""

    def __init__(self, folder, parts, pki, programs):
        self.lab, self.pki, self.programs = Lab(folder), pki, programs
        self.parts, self.secrets = parts, {}
        self.port, self.server, self.since = own_port(), None, 0
        self.answers = []    # of the console, that a scenario asked for

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self.lab.stop()
            raise
        return self

    def __exit__(self, *_):
        self.lab.stop()
        if isinstance(self.server, Endpoint):
            self.server.stop()

    # ---- building --------------------------------------------------------------

    def _build(self):
        device, modem = self.parts["device"], self.parts["modem"]
        hurry = str(device.get("hurry", 1))
        clock = ["--hurry-file", self._fresh("hurry")] if hurry != "1" else []
        self.key = certs.make_key(self.lab.secret("device.key"), self._key_kind(device.get("key", "p256")))
        self.public = self.lab.path("device.public.pem")
        with open(self.public, "w", encoding="ascii") as file:
            file.write(certs.public_key(self.key))
        self._serve(dict(self.parts["server"]))
        self.elsewhere = own_port()      # where another host of the Internet listens
        listener = socket.create_server(("127.0.0.1", self.elsewhere))
        self.lab.at_end(_Closer(listener))
        self.closed = own_port()         # and where nobody does
        targets = {"server": self.port, "elsewhere": self.elsewhere, "closed": self.closed}
        maps = {**{f"{HOST}:{PORT}": "server"}, **modem.get("maps", {})}
        maps = {name: f"127.0.0.1:{targets[where]}" for name, where in maps.items() if where}
        requests = [word for request in modem.get("do", []) for word in ("--do", json.dumps(request))]
        self.modem = Modem(self.lab, maps, [*clock, *modem.get("options", []), *requests],
                           program=self.programs["modem"])
        options = ["--no-led", *clock, *(["--hurry", hurry] if clock else []), *device.get("options", [])]
        options = [self.modem.control_socket if word == "CONTROL" else word for word in options]
        self.device = Linux(self.lab, self.modem.socket, program=self.programs["device"], options=options,
                            flash=self._fresh("device.flash"))
        self.plain_options = options
        self._provision(device)

    def _fresh(self, name):
        path = self.lab.secret(name)
        if os.path.exists(path):
            os.unlink(path)
        return path

    @staticmethod
    def _key_kind(kind):
        return kind if kind in certs.KEY_OPTIONS else "p256"

    @property
    def console(self):
        return self.device.console

    def _provision(self, device):
        self.console.wait_prompt()
        settings = {"host": HOST, "project": PROJECT, "region": REGION, "registry": REGISTRY, "device": DEVICE,
                    **device.get("settings", {})}
        for name, value in settings.items():
            if value != "":
                hidden = name in ("pin", "apn-password")
                self.console.must(f"set {name} {value}", secret=f"set {name}" if hidden else None)
                if hidden:
                    self.secrets[name] = value
        for root in device.get("roots", ["root"]):
            self._paste(self.pki.root(root).pem())
        if device.get("seed", True):
            seed = secrets.token_hex(32)
            self.secrets["seed"] = seed
            self.console.must("seed")
            self.console.must(seed, secret="the seed")
        if device.get("key", "p256"):
            self._paste(certs.read(self.key))
            self._keep_secret(self.key)

    def _keep_secret(self, path):
        lines = certs.read(path).splitlines()
        self.secrets["key"] = lines[1][8:]

    def _paste(self, pem):
        """As a person pastes: its markers say what it is."""
        return self.console.must(pem.rstrip("\n"), timeout=60, secret="what is pasted")

    def _serve(self, words):
        """Starts the server that WORDS describe, in the place of the one before."""
        kind, shown = words.pop("kind", "bridge"), self.pki.chain(words.pop("chain", "good"))
        mine = shown if kind == "mqtt" else None
        if isinstance(self.server, Endpoint) and kind in ("mqtt", "plain"):
            self.server.become(mine, words)
            return
        if self.server is not None:
            self.server.stop()
            self.server = None
        if kind == "bridge":
            self.server = self._bridge(shown, words)
        elif kind in ("mqtt", "plain"):
            self.server = Endpoint(self.port, mine, words, self.public, PROJECT)
        elif kind != "closed":
            raise Failure(f"'{kind}' is not bridge, mqtt, plain or closed")

    def _bridge(self, shown, words):
        bridge = Bridge(self.lab, shown, program=self.programs["bridge"], tern=self.programs["tern"],
                        name=f"bridge{len(self.lab.feed.lines())}", listen=f"127.0.0.1:{self.port}",
                        **words.get("settings", {}))
        bridge.create_registry(logLevel="DEBUG")
        state = words.get("device", "registered")
        if state != "unknown":
            key = certs.read(self.public)
            if state == "other key":
                key = certs.public_key(certs.make_key(self.lab.secret("other.key"), "p256"))
            bridge.create_device(DEVICE, key, **({"blocked": True} if state == "blocked" else {}))
        return bridge

    # ---- steps -----------------------------------------------------------------

    def run(self, steps):
        for step in steps:
            self._step(dict(step))

    def _step(self, step):
        within, answers, times = step.pop("within", 60), step.pop("answers", None), step.pop("times", 1)
        (verb, value), = step.items()
        for number in range(1, times + 1):
            what = value.replace("{n}", str(number)) if isinstance(value, str) else value
            answer = getattr(self, "_do_" + verb)(what, within)
        if answers is None:
            return
        said = [line for line in answer or () if re.search(answers, line)]
        if not said:
            raise Failure(f"{verb} {value!r} was answered by {answer}, not by /{answers}/")
        self.answers += said[:1]

    def _do_console(self, line, within):
        return self.console.command(line, within)

    def _do_paste(self, what, within):
        """One of MANGLED, or the text itself."""
        text = MANGLED[what](self.key) if what in MANGLED else what
        self._keep_secret(self.key)
        return self.console.command(text.rstrip("\n"), within, echoed=False)

    def _do_secret(self, line, within):
        """A line that is not echoed."""
        self.secrets[line.split()[1]] = line.split()[2]
        return self.console.command(line, within, echoed=False)

    def _do_roots(self, names, _):
        self.console.must("ca clear")
        for name in names:
            self._paste(self.pki.root(name).pem())

    def _do_key(self, kind, _):
        path = certs.make_key(self.lab.secret("second.key"), kind)
        return self.console.command(certs.read(path).rstrip("\n"), 60, echoed=False)

    def _do_wait(self, pattern, within):
        line = self.lab.wait("device", pattern, within, self.since)
        self.since = 1 + self.lab.feed.lines().index(line)

    def _do_verdict(self, code, within):
        self.wait_verdict(code, within)

    def _do_online(self, _, within):
        self._do_wait(r"device: online", within)

    def _do_modem(self, request, _):
        self.modem.control(**request)

    def _do_server(self, words, _):
        self._serve({**self.parts["server"], **words} if "kind" not in words else dict(words))

    def _do_cut(self, _, __):
        self.server.cut()

    def _do_bridge(self, change, _):
        bridge, path = self.server, self.server.device(DEVICE)
        if change == "delete":
            bridge.rest("DELETE", path)
        elif change == "register":
            bridge.create_device(DEVICE, certs.read(self.public))
        elif change in ("key", "other key"):
            pem = certs.read(self.public)
            if change == "other key":
                pem = certs.public_key(certs.make_key(self.lab.secret("third.key"), "p256"))
            bridge.patch_device(DEVICE, credentials=[credential(pem)])
        elif change == "restart":
            bridge.stop()
            bridge.start()
        elif change == "stop":
            bridge.stop()
        elif change == "start":
            bridge.start()
        else:
            bridge.patch_device(DEVICE, blocked=change == "block")

    def _do_power_cut(self, _, __):
        self.device.power_cut()

    def _do_config(self, size, _):
        """The device's owner sends it a configuration of SIZE bytes."""
        self.server.config(DEVICE, b"c" * size)

    def _do_restart(self, cause, _):
        """Without warning, as a power cut; the board says that it was for CAUSE."""
        self.device.options = [*self.plain_options, "--reset", cause]
        self.device.power_cut()

    def _do_sleep(self, seconds, _):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.lab.check()
            time.sleep(0.05)

    def _do_tern(self, words, within):
        """PORT in a word is the server's, ROOTS a file with the device's roots."""
        words = [word.replace("PORT", str(self.port)).replace("ROOTS", self._roots_file()) for word in words]
        if isinstance(self.server, Bridge):
            return self.server.tern(*words)
        done = subprocess.run([self.programs["tern"], *words], capture_output=True, text=True, timeout=within,
                              check=False)
        return (done.stdout + done.stderr).splitlines()

    def _roots_file(self):
        path = self.lab.path("roots.pem")
        with open(path, "w", encoding="ascii") as file:
            file.write("".join(self.pki.root(root).pem() for root in self.parts["device"].get("roots", ["root"])))
        return path

    # ---- what was said ---------------------------------------------------------

    def verdicts(self):
        """All lines of the diagnosis so far, in their order."""
        found = [LINE.search(line.text) for line in self.lab.feed.lines("device")]
        return [Verdict(m["code"], m["sentence"], m["facts"]) for m in found if m]

    def wait_verdict(self, code, within, first=False):
        """The first verdict CODE; FIRST: Failure as soon as another one has come before it."""
        def there():
            said = self.verdicts()
            if first and said and said[0].code != code:
                raise Failure(f"no {code}, but {said[0].line}")
            return next((v for v in said if v.code == code), None)
        try:
            return self.lab.wait_until(there, within, "")
        except Failure as failure:
            if first and self.verdicts():
                raise
            said = ", ".join(v.code for v in self.verdicts()) or "nothing"
            last = [line.text for line in self.lab.feed.lines("device")][-4:]
            raise Failure(f"no {code} within {within} s, but {said}; last: {' | '.join(last)} {failure}") from None

    def complaints(self):
        """What no line of any run may have: a secret, too long a sentence, none at all."""
        found = []
        for v in self.verdicts():
            if len(v.sentence) > SENTENCE_MAX:
                found.append(f"{v.code}: {len(v.sentence)} characters")
            if len(v.sentence) < 20:
                found.append(f"{v.code}: no sentence")
        said = "\n".join(line.text for line in self.lab.feed.lines() if line.source != "modem")
        for name, value in self.secrets.items():
            if re.search(rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])", said):
                found.append(f"the {name} was printed")
        if re.search(r"eyJ[\w-]{20,}\.[\w-]{10,}\.[\w-]{10,}", said):
            found.append("a token was printed")
        return found


class _Closer:
    def __init__(self, listener):
        self._listener = listener

    def stop(self):
        self._listener.close()
