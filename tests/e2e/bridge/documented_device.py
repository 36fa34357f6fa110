#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A device as the public documentation of Google IoT Core asked for one, and
nothing that knows of this bridge: paho-mqtt, a JWT by PyJWT, TLS 1.2.

    documented_device.py PROJECT REGION REGISTRY DEVICE KEY ALGORITHM [HOST [ROOT [PORT]]]

HOST and ROOT are what a device changes when it moves; without them they are
those of Google's bridge, which is closed.  Publishes a state, then an event a
second; prints the configuration and the commands that it gets.  A command
"stop" ends it.
"""
import datetime
import json
import ssl
import sys
import time

import jwt
import paho.mqtt.client as mqtt

TOKEN_LIFE = datetime.timedelta(minutes=60)


def create_token(project, key_file, algorithm):
    with open(key_file, encoding="ascii") as file:
        private_key = file.read()
    now = datetime.datetime.now(datetime.timezone.utc)
    return jwt.encode({"iat": now, "exp": now + TOKEN_LIFE, "aud": project}, private_key, algorithm=algorithm)


class Device:
    def __init__(self, project, region, registry, device, key_file, algorithm, host="mqtt.googleapis.com",
                 roots="roots.pem", port="8883"):
        self.device, self.stopped = device, False
        self.client = mqtt.Client(
            client_id=f"projects/{project}/locations/{region}/registries/{registry}/devices/{device}")
        # The user name is not looked at; without one some libraries send no password either.
        self.client.username_pw_set("unused", create_token(project, key_file, algorithm))
        self.client.tls_set(ca_certs=roots, tls_version=ssl.PROTOCOL_TLSv1_2)
        self.client.on_connect = self.on_connect
        self.client.on_message = self.on_message
        self.client.on_disconnect = lambda *rest: print("disconnected", rest[2], flush=True)
        self.client.connect(host, int(port), keepalive=60)

    def on_connect(self, client, _data, _flags, code):
        print("connected", code, flush=True)
        client.subscribe(f"/devices/{self.device}/config", qos=1)
        client.subscribe(f"/devices/{self.device}/commands/#", qos=0)
        client.publish(f"/devices/{self.device}/state", json.dumps({"fan": "off"}), qos=1)

    def on_message(self, _client, _data, message):
        print(message.topic, message.qos, message.payload.decode(), flush=True)
        if message.topic.endswith("/commands") and message.payload == b"stop":
            self.stopped = True

    def run(self):
        self.client.loop_start()
        number = 0
        while not self.stopped:
            number += 1
            self.client.publish(f"/devices/{self.device}/events", json.dumps({"temperature": 20 + number}), qos=1)
            time.sleep(1)
        self.client.disconnect()
        self.client.loop_stop()


if __name__ == "__main__":
    Device(*sys.argv[1:]).run()
