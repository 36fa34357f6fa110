#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make bench-bridge: tern-bridge beside mosquitto and beside OpenSSL alone, under the same load, in one run.

    run.py [--build FOLDER] [--seconds SECONDS] [--connections N] [--only logins|messages|memory]

Load and servers share this machine: compare the columns of one run, and no two runs.
"""
import argparse
import http.client
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tools"))

from ternlab import certs
from ternlab.bridge import PROJECT, REGION, REGISTRY, Bridge, credential
from ternlab.broker import Broker
from ternlab.lab import TOP, Failure, Lab, free_port

PARENT = f"projects/{PROJECT}/locations/{REGION}/registries/{REGISTRY}"
FAST = {"messages_per_s": 1000000, "bytes_per_s": 1000000000, "bad_logins_per_minute": 1000000, "stop_s": 2,
        "connections_max": 15000}
DEVICES, IN_FLIGHT, SIZE = 100, 8, 128
FOLDER = os.path.join(TOP, "build/bench-bridge")
QUIET_RATE = 1000        # messages a second of all devices


class Alone:
    """OpenSSL and epoll, and nothing behind them: a handshake, and the check of one signature."""

    def __init__(self, lab, chain, crowd, key):
        self.port = free_port()
        self.process = lab.start("alone", [crowd, "serve", "--port", str(self.port), "--certificate", chain.server_chain,
                                           "--server-key", chain.server_key, "--key", key])
        time.sleep(0.5)


class Bench:
    def __init__(self, lab, build, seconds):
        self.lab, self.seconds = lab, seconds
        self.programs = {"program": os.path.join(build, "host/bridge/tern-bridge"),
                         "tern": os.path.join(build, "host/cli/tern")}
        self.crowd = os.path.join(build, "tests/bench/bridge/tern-crowd")
        self.chain = certs.Chain(lab.path("certs"), "bridge.tern.example")
        self.key = certs.make_key(lab.secret("device.key"))

    def bridge(self, name, devices, **settings):
        bridge = Bridge(self.lab, self.chain, name=name, **self.programs, **{**FAST, **settings})
        bridge.create_registry(logLevel="NONE")
        create_devices(bridge, devices, certs.public_key(self.key))
        return bridge

    def broker(self, name, tls=True, **options):
        return Broker(self.lab, self.chain if tls else None, "max_inflight_messages 0\nmax_queued_messages 0\n"
                      "max_queued_bytes 0\nautosave_interval 1", name=name, folder=self.lab.path(name), **options)

    def command(self, what, server, **options):
        words = [word for name, value in options.items() for word in ("--" + name.replace("_", "-"), str(value))]
        return [self.crowd, what, "--port", str(server.port), "--key", self.key, "--project", PROJECT, "--parent", PARENT,
                *words]

    def run(self, what, server, **options):
        """What the load generator found, with the server's time on the processor (cpu_s)."""
        before = cpu_s(server.process.pid)
        result = subprocess.run(self.command(what, server, seconds=self.seconds, **options), capture_output=True, text=True,
                                timeout=300, check=False)
        if result.returncode != 0:
            raise Failure(result.stderr.strip())
        found = json.loads(result.stdout.splitlines()[-1])
        found["cpu_s"] = cpu_s(server.process.pid) - before
        if found["failures"]:
            raise Failure(f"{what}: {found['failures']} connections failed; {result.stderr.strip()}")
        return found

    # ---- what is measured --------------------------------------------------

    def logins(self):
        """Full handshakes with a token each; three rounds, the median of each."""
        servers = {"bridge": self.bridge("bridge", DEVICES), "mosquitto": self.broker("mosquitto"),
                   "openssl": Alone(self.lab, self.chain, self.crowd, self.key)}
        found = {name: [] for name in servers}
        for _ in range(3):
            for name, server in servers.items():
                found[name].append(self.run("logins", server, devices=DEVICES, at_once=16))
        rate = {name: statistics.median(one["logins"] / one["seconds"] for one in runs) for name, runs in found.items()}
        cost = {name: statistics.median(one["cpu_s"] / one["logins"] * 1e6 for one in runs) for name, runs in found.items()}
        row("logins/s, full TLS handshake and ES256", rate, "{:,.0f}", rate["bridge"] / rate["openssl"])
        row("  the server's processor, us a login", cost, "{:,.0f}")
        self.end(servers.values())

    def messages(self):
        broker = self.broker("behind", tls=False, topics="tern/#")
        servers = {"bridge": self.bridge("bridge-log", DEVICES), "mosquitto": self.broker("mosquitto"),
                   "mqtt sink": self.bridge("bridge-mqtt", DEVICES, sink="mqtt", mqtt_host="127.0.0.1",
                                            mqtt_port=broker.port)}
        listeners = [self.lab.start(f"listener-{server.name}", [*server._client("mosquitto_sub"), "-q", "1", "-c", "-i",
                                                                "listener", "-t", topic], stdout=subprocess.DEVNULL)
                     for server, topic in ((servers["mosquitto"], "/devices/#"), (broker, "tern/#"))]
        found = {name: [] for name in servers}
        quiet = {name: [] for name in servers}
        for _ in range(3):
            for name, server in servers.items():
                found[name].append(self.run("publish", server, devices=DEVICES, in_flight=IN_FLIGHT, size=SIZE))
                quiet[name].append(self.run("publish", server, devices=DEVICES, in_flight=IN_FLIGHT, size=SIZE,
                                            rate=QUIET_RATE))
        rate = {name: statistics.median(one["messages"] / one["seconds"] for one in runs) for name, runs in found.items()}
        row(f"QoS 1 messages/s, {DEVICES} devices, {IN_FLIGHT} in flight, {SIZE} bytes", rate, "{:,.0f}",
            rate["bridge"] / rate["mosquitto"])
        for title, runs in (("  to PUBACK, ms, at that rate", found), (f"  to PUBACK, ms, at {QUIET_RATE}/s", quiet)):
            for part in "p50", "p99":
                row(f"{title}, {part}", {name: statistics.median(one[part + "_us"] for one in some) / 1000
                                         for name, some in runs.items()}, "{:,.2f}")
        for listener in listeners:
            listener.stop()
            self.lab.forget(listener)
        self.end([*servers.values(), broker])

    def memory(self, connections):
        servers = {"bridge": self.bridge("bridge-memory", connections), "mosquitto": self.broker("mosquitto"),
                   "openssl": Alone(self.lab, self.chain, self.crowd, self.key)}
        used = {}
        for name, server in servers.items():
            before = rss_kb(server.process.pid)
            crowd = subprocess.Popen(self.command("idle", server, devices=connections), stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True)
            up = json.loads(crowd.stdout.readline() or "{}").get("up")
            if up != connections:
                raise Failure(f"{name}: {up} of {connections} connections were made")
            time.sleep(2)
            used[name] = (rss_kb(server.process.pid) - before) / connections
            crowd.communicate("")
        row(f"KB a connection, {connections:,} idle", used, "{:,.1f}")
        row("  beyond OpenSSL's own", {name: kb - used["openssl"] for name, kb in used.items() if name != "openssl"},
            "{:,.1f}")
        self.end(servers.values())

    def end(self, servers):
        for server in servers:
            server.stop() if hasattr(server, "stop") else server.process.stop()
            self.lab.forget(server.process)


def create_devices(bridge, count, public):
    """device-0 ...: by one connection, since they may be many."""
    connection = http.client.HTTPConnection("127.0.0.1", bridge.admin_port, timeout=60)
    body = {"credentials": [credential(public)], "logLevel": "NONE"}
    for number in range(count):
        connection.request("POST", bridge.registry() + "/devices", json.dumps({**body, "id": f"device-{number}"}),
                           {"Authorization": "Bearer " + bridge.token, "Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise Failure(f"device-{number} was not created: {text.decode()}")
    connection.close()


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


COLUMNS = "bridge", "mosquitto", "openssl", "mqtt sink"


def row(title, values, form, ratio=None):
    cells = [form.format(values[name]) if name in values else "" for name in COLUMNS]
    print(f"{title:<58}" + "".join(f"{cell:>12}" for cell in cells) + (f"{ratio:>8.2f}" if ratio else ""), flush=True)


def main():
    parser = argparse.ArgumentParser(description="tern-bridge beside mosquitto and OpenSSL alone")
    parser.add_argument("--build", default=os.path.join(TOP, "build/host-release"))
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=10000)
    parser.add_argument("--only", choices=["logins", "messages", "memory"])
    arguments = parser.parse_args()
    # Descriptors: those of the crowd, and as many of the server.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < arguments.connections + 500:
        print(f"the system allows {hard} open files: {hard - 500} connections are measured")
        arguments.connections = hard - 500
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(f"{os.cpu_count()} processors for load and servers together; bridge: with the message log, synced")
    print(f"{'':<58}" + "".join(f"{name:>12}" for name in COLUMNS) + f"{'ratio':>8}")
    try:
        shutil.rmtree(FOLDER, ignore_errors=True)
        with Lab(FOLDER) as lab:
            bench = Bench(lab, arguments.build, arguments.seconds)
            for name in "logins", "messages", "memory":
                if arguments.only in (None, name):
                    getattr(bench, name)(*([arguments.connections] if name == "memory" else []))
    except Failure as failure:
        sys.exit(f"bench-bridge: {failure}")


if __name__ == "__main__":
    main()
