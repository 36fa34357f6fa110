#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tern-bridge from `init` to a command's outcome, with stock clients: paho-mqtt,
PyJWT, urllib.  One device, all on loopback.

    test_smoke.py [PATH OF tern-bridge]
"""
import base64
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import jwt
import paho.mqtt.client as mqtt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

PROJECT, REGION, REGISTRY, DEVICE = "my-project", "us-central1", "devices", "pump-7"
PARENT = f"projects/{PROJECT}/locations/{REGION}/registries/{REGISTRY}"
NAME = f"{PARENT}/devices/{DEVICE}"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Key:
    def __init__(self):
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.pem = self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()

    def token(self, audience=PROJECT, age=0, life=3600):
        now = int(time.time()) - age
        return jwt.encode({"iat": now, "exp": now + life, "aud": audience}, self.private, algorithm="ES256")


class Bridge:
    def __init__(self, program, folder):
        self.port, self.admin = free_port(), free_port()
        subprocess.run([program, "init", "localhost", "--directory", folder, "--project", PROJECT, "--region", REGION,
                        "--registry", REGISTRY, "--listen", f"127.0.0.1:{self.port}",
                        "--admin-listen", f"127.0.0.1:{self.admin}"], check=True, stdout=subprocess.DEVNULL)
        self.root = os.path.join(folder, "ca.pem")
        with open(os.path.join(folder, "admin.token"), encoding="ascii") as f:
            self.admin_token = f.read().strip()
        self.process = subprocess.Popen([program, "--config", os.path.join(folder, "tern-bridge.conf"), "--json"],
                                        stdout=subprocess.PIPE, text=True)
        self.lines, self.arrived = [], threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()
        self.line(eventType="START")

    def read(self):
        for line in self.process.stdout:
            with self.arrived:
                self.lines.append(json.loads(line))
                self.arrived.notify_all()

    def line(self, **want):
        """The first line that has all of WANT."""
        def fits():
            return next((x for x in self.lines if all(x.get(k) == v for k, v in want.items())), None)
        with self.arrived:
            assert self.arrived.wait_for(fits, 10), f"no line with {want}: {self.lines}"
            return fits()

    def rest(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.admin}/v1/{path}", method=method,
                                         data=json.dumps(body).encode() if body is not None else None)
        request.add_header("Authorization", f"Bearer {self.admin_token}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def stop(self):
        self.process.terminate()
        return self.process.wait(15)


class Device:
    """paho-mqtt, waited for."""
    def __init__(self, bridge, token, name=NAME):
        self.client = mqtt.Client(client_id=name, clean_session=True)
        self.client.username_pw_set("unused", token)
        self.client.tls_set(ca_certs=bridge.root)
        self.results, self.messages, self.acked, self.gone = [], [], [], []
        self.client.on_connect = lambda c, u, f, rc: self.results.append(rc)
        self.client.on_message = lambda c, u, m: self.messages.append(m)
        self.client.on_publish = lambda c, u, mid: self.acked.append(mid)
        self.client.on_disconnect = lambda c, u, rc: self.gone.append(rc)
        self.client.connect("localhost", bridge.port, keepalive=60)
        self.client.loop_start()
        self.wait(lambda: self.results)

    @staticmethod
    def wait(what, seconds=10):
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.01)

    def publish(self, topic, payload):
        info = self.client.publish(f"/devices/{DEVICE}/{topic}", payload, qos=1)
        self.wait(lambda: info.mid in self.acked)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def run(program, folder):
    bridge = Bridge(program, folder)
    try:
        go_through(bridge)
    finally:
        if bridge.process.poll() is None:
            bridge.process.kill()


def go_through(bridge):
    key, other = Key(), Key()
    bridge.rest("POST", f"{PARENT}/devices",
                {"id": DEVICE, "credentials": [{"publicKey": {"format": "ES256_PEM", "key": key.pem}}]})

    refused = Device(bridge, other.token())
    assert refused.results == [5], refused.results
    refused.close()
    print("refused:", bridge.line(reason="NO_KEY")["sentence"])

    device = Device(bridge, key.token())
    assert device.results == [0], device.results
    print("up:", bridge.line(eventType="CONNECT", severity="INFO")["sentence"])

    device.publish("events/temperature", b'{"t":21}')
    device.publish("state", b"on")
    device.client.subscribe([(f"/devices/{DEVICE}/config", 1), (f"/devices/{DEVICE}/commands/#", 1)])
    device.wait(lambda: device.messages)
    assert device.messages[0].payload == b"", device.messages[0].payload
    version = bridge.rest("POST", f"{NAME}:modifyCloudToDeviceConfig",
                          {"binaryData": base64.b64encode(b"interval=10").decode()})["version"]
    device.wait(lambda: len(device.messages) == 2)
    assert device.messages[1].payload == b"interval=10" and version == "2", version
    bridge.rest("POST", f"{NAME}:sendCommandToDevice",
                {"binaryData": base64.b64encode(b"blink").decode(), "subfolder": "led"})
    device.wait(lambda: len(device.messages) == 3)
    assert device.messages[2].topic == f"/devices/{DEVICE}/commands/led"

    second = Device(bridge, key.token())
    assert second.results == [0]
    print("replaced:", bridge.line(reason="REPLACED")["sentence"])
    device.close()

    end = time.monotonic() + 5
    while True:
        shown = bridge.rest("GET", NAME)
        told = shown.get("lastErrorStatus", {}).get("message", "")
        if {"lastConfigAckTime", "lastStateTime", "lastEventTime"} <= set(shown) and "another active" in told:
            break
        assert time.monotonic() < end, shown
        time.sleep(0.2)
    assert base64.b64decode(bridge.rest("GET", f"{NAME}/states")["deviceStates"][0]["binaryData"]) == b"on"
    assert "another active connection with the same device ID. " in told and told.endswith("[REPLACED]"), shown

    bridge.rest("PATCH", f"{NAME}?updateMask=blocked", {"blocked": True})
    second.wait(lambda: second.gone)
    print("blocked:", bridge.line(reason="BLOCKED")["sentence"])
    second.close()
    try:
        bridge.rest("POST", f"{NAME}:sendCommandToDevice", {"binaryData": ""})
        assert False, "a command to a device that is not there succeeded"
    except urllib.error.HTTPError as e:
        print("command:", json.load(e)["error"]["message"])

    started = time.monotonic()
    assert bridge.stop() == 0, bridge.process.returncode
    print(f"stopped in {time.monotonic() - started:.2f} s")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        run(sys.argv[1] if len(sys.argv) > 1 else os.environ["TERN_BRIDGE"], os.path.join(folder, "bridge"))
    print("all is well")
