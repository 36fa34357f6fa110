# SPDX-License-Identifier: Apache-2.0
"""The whole chain: bridge, virtual modem and a device that is provisioned and registered."""
import os

from . import certs
from .bridge import PROJECT, REGION, REGISTRY, Bridge
from .broker import Broker, message
from .device import Linux, Qemu, provision
from .modem import Modem

HOST, PORT = "mqtt.tern.example", 8883


def connection_string(device):
    return f"project-id={PROJECT};registry-id={REGISTRY};device-id={device};cloud-region={REGION}"


class Whole:
    """BOARD: "qemu" or "linux".  What a test wants different it passes in; the
    device stays stopped until start().

    chain          certs.Chain that the server presents; made if None
    root           PEM that the device is given; the chain's root if None
    key            the device's key: "p256", "rsa2048", ... are made here; None: the device makes it
    stock          mosquitto in the bridge's place: any token will do, and the device need not be registered
    peer           a peer.Peer in its place; nobody watches what arrives then
    bridge_settings  lines of the bridge's configuration, by key
    modem_options  words for tern-modem's command line
    settings       more "set NAME VALUE" as pairs
    factory_new    the device is left as it was made
    register       called with the bridge and the file of the device's public key in the place of create_device()
    """

    def __init__(self, lab, board, chain=None, root=None, key="p256", stock=False, peer=None, bridge_settings=None,
                 modem_options=(), settings=(), device_id="f103", host=HOST, programs=None, factory_new=False,
                 register=None):
        programs = programs or {}
        self.lab, self.device_id = lab, device_id
        self.chain = chain or certs.Chain(lab.path("certs"), host)
        self.server = peer or self._server(stock, bridge_settings or {}, programs)
        self.modem = Modem(lab, {f"{host}:{PORT}": f"127.0.0.1:{self.server.port}"}, modem_options,
                           **pick(programs, program="modem"))
        self.modem.tail()
        flash = lab.secret("device.flash")
        if os.path.exists(flash):
            os.unlink(flash)
        if board == "qemu":
            self.device = Qemu(lab, self.modem.socket, flash=flash, **pick(programs, image="image"))
        else:
            self.device = Linux(lab, self.modem.socket, flash=flash, **pick(programs, program="device"))
        self.key = certs.make_key(lab.secret("device.key"), key) if key and not factory_new else None
        self.root = lab.path("root.pem")
        with open(self.root, "w", encoding="ascii") as file:
            file.write(root or self.chain.root.pem())
        self.options = ["--host", host, "--port", str(PORT), "--connection", connection_string(device_id),
                        "--root", self.root]
        self.options += [word for name, value in settings for word in ("--set", f"{name}={value}")]
        if not factory_new:
            self.public = lab.path("device.public.pem")
            provision(lab, "unix:" + self.console.line(),
                      [*self.options, "--public", self.public, "--no-start", *(["--key", self.key] if key else [])],
                      **pick(programs, program="tern"))
            if isinstance(self.server, Bridge):
                (register or self._register)(self.server, self.public)

    def _server(self, stock, settings, programs):
        """Started, and watched."""
        if stock:
            broker = Broker(self.lab, self.chain)
            broker.subscribe()
            return broker
        bridge = Bridge(self.lab, self.chain, **pick(programs, program="bridge", tern="tern"), **settings)
        bridge.watch()
        return bridge

    def _register(self, bridge, public):
        bridge.create_registry(logLevel="DEBUG")
        bridge.create_device(self.device_id, certs.read(public))

    @property
    def console(self):
        return self.device.console

    def start(self):
        self.started = self.lab.feed.mark()
        self.console.must("start")

    def topic(self, *parts):
        return "/".join(["", "devices", self.device_id, *parts])

    def configure(self, payload):
        """Sends the device a configuration, as its owner would."""
        if isinstance(self.server, Bridge):
            return self.server.config(self.device_id, payload)
        return self.server.publish(self.topic("config"), payload, retain=True)

    def command(self, payload, subfolder=""):
        if isinstance(self.server, Bridge):
            return self.server.command(self.device_id, payload, subfolder)
        return self.server.publish(self.topic("commands", *([subfolder] if subfolder else [])), payload)

    def telemetry(self, since=0):
        """Payloads of all telemetry since a mark of the feed."""
        got = [message(line) for line in self.lab.feed.lines("cloud", since)]
        return [payload for topic, payload in got if topic.startswith(self.topic("events"))]

    def wait_telemetry(self, count=1, timeout=60, since=0):
        """The first COUNT payloads since a mark."""
        self.lab.wait_until(lambda: len(self.telemetry(since)) >= count, timeout,
                            f"{count} telemetry messages did not arrive")
        return self.telemetry(since)[:count]


def pick(programs, **names):
    return {argument: programs[name] for argument, name in names.items() if name in programs}
