# SPDX-License-Identifier: Apache-2.0
"""Debian's mosquitto with TLS, and a subscriber that watches it."""
import json
import os
import pwd
import socket
import subprocess

from .lab import free_port, program

# The contract's topics are all that is open, or, behind the bridge, its own.
# Any user name and password will do: mosquitto cannot check a device's token.
CONFIG = """
per_listener_settings false
allow_anonymous true
acl_file {acl}
persistence {persistence}
persistence_location {folder}/
# Started by root it would become another user, who cannot read our files.
user {user}
log_type error
log_type warning
log_type notice
log_type information
log_type subscribe
log_type unsubscribe
connection_messages true

listener {port} 127.0.0.1
{tls}
{extra}
"""

TLS = """
certfile {chain}
keyfile {key}
"""


class Broker:
    """mosquitto on a free loopback port.  CHAIN: certs.Chain, or None for plain
    text.  FOLDER: what it has acknowledged survives a stop there."""

    def __init__(self, lab, chain, extra="", port=None, name="broker", topics="/devices/#", folder=None):
        self.lab, self.chain, self.name = lab, chain, name
        self.extra, self.topics, self.folder = extra, topics, folder
        self.port = port or free_port()
        self.process = None
        if folder:
            os.makedirs(folder, exist_ok=True)
        self.start()

    def start(self):
        """Starts it, again on the same port."""
        lab, config, acl = self.lab, self.lab.path(self.name + ".conf"), self.lab.path(self.name + ".acl")
        tls = TLS.format(chain=self.chain.server_chain, key=self.chain.server_key) if self.chain else ""
        with open(acl, "w", encoding="utf-8") as file:
            # "pattern" is for every client; "topic" would be for those without a user name.
            file.write(f"pattern readwrite {self.topics}\n")
        os.chmod(acl, 0o600)
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(port=self.port, tls=tls, extra=self.extra, acl=acl,
                                     persistence="true" if self.folder else "false",
                                     folder=self.folder or lab.folder,
                                     user=pwd.getpwuid(os.getuid()).pw_name))
        self.process = lab.start(self.name, [program("mosquitto"), "-c", config])
        lab.wait_until(self._listens, 10, f"the broker did not open its port {self.port} (log: {self.process.log})")

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.stop()

    def _client(self, tool):
        tls = ["--cafile", self.chain.root.certificate] if self.chain else []
        return [program(tool), "-h", "127.0.0.1", "-p", str(self.port), *tls]

    def subscribe(self, topics=("/devices/+/events/#", "/devices/+/state"), source="cloud"):
        """Each message becomes a line of JSON of SOURCE: topic, payload, qos."""
        names = [word for topic in topics for word in ("-t", topic)]
        process = self.lab.start("subscriber", [*self._client("mosquitto_sub"), "-q", "1", "-F", "%j", *names],
                                 stdout=subprocess.PIPE)
        self.lab.read_from(source, process.output(), log=self.lab.path("messages.log"))
        log = self.process.log
        self.lab.wait_until(lambda: topics[-1].encode() in read(log), 10,
                            f"the subscriber did not get through to the broker (logs: {process.log}, {log})")
        return process

    def publish(self, topic, payload, qos=1, retain=False):
        """Sends a message to a device, as the cloud would."""
        subprocess.run([*self._client("mosquitto_pub"), "-q", str(qos), "-t", topic, "-s",
                        "-u", "unused", "-P", "any", *(["-r"] if retain else [])],
                       input=payload if isinstance(payload, bytes) else payload.encode(), check=True, timeout=20,
                       stderr=subprocess.DEVNULL)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def message(line):
    """(topic, payload) of a line of the subscriber; payload as Python value if it is JSON."""
    outer = json.loads(line.text)
    payload = outer["payload"]
    try:
        payload = json.loads(payload)
    except (TypeError, ValueError):
        pass
    return outer["topic"], payload
