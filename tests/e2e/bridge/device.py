# SPDX-License-Identifier: Apache-2.0
"""Devices that are not ours: tokens as others make them, and MQTT 3.1.1 by hand
where a stock client would not do what a test wants."""
import base64
import json
import socket
import ssl
import time

import jwt
from cryptography.hazmat.primitives import serialization

from ternlab.bridge import PROJECT, REGION, REGISTRY
from ternlab.peer import CONNACK, CONNECT, DISCONNECT, PINGREQ, PUBACK, PUBLISH, SUBACK, SUBSCRIBE, read_packet

UNSUBSCRIBE = 10
ALGORITHM = {"p256": "ES256", "rsa2048": "RS256"}


def client_id(device, project=PROJECT, region=REGION, registry=REGISTRY):
    return f"projects/{project}/locations/{region}/registries/{registry}/devices/{device}"


def read_key(path):
    with open(path, "rb") as file:
        return serialization.load_pem_private_key(file.read(), None)


# ---- tokens -------------------------------------------------------------------

def claims(now=None, life=3600, audience=PROJECT, **others):
    now = int(time.time() if now is None else now)
    return {"iat": now, "exp": now + life, "aud": audience, **others}


def token(key, algorithm="ES256", header=None, **options):
    """As PyJWT makes it: strict.  KEY: a file, or what read_key() gives."""
    return jwt.encode(claims(**options), read_key(key) if isinstance(key, str) else key, algorithm, headers=header)


def base64url(data, padded=False):
    text = base64.urlsafe_b64encode(data).decode()
    return text if padded else text.rstrip("=")


def lenient_token(key, algorithm="ES256", padded=True, strings=True, **options):
    """As X-CUBE-GCP (padding, numbers as strings) and Google's SDK for C (padding) made it."""
    body = {name: str(value) if strings and name != "aud" else value for name, value in claims(**options).items()}
    signed = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode(), padded)
                      for part in ({"alg": algorithm, "typ": "JWT"}, body))
    signature = jwt.get_algorithm_by_name(algorithm).sign(signed.encode(), read_key(key))
    return signed + "." + base64url(signature, padded)


# ---- packets ------------------------------------------------------------------

def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return len(value).to_bytes(2, "big") + value


def packet(first, body=b""):
    length, left = b"", len(body)
    while True:
        left, low = left >> 7, left & 0x7f
        length += bytes([low | (0x80 if left else 0)])
        if not left:
            return bytes([first]) + length + body


def connect(identity, password, user="unused", keepalive=60, flags=0xc2, level=4, name="MQTT", behind=b""):
    """CONNECT with user name, password and a clean session; BEHIND stands between client id and user name."""
    return packet(CONNECT << 4, text(name) + bytes([level, flags]) + keepalive.to_bytes(2, "big") + text(identity) + behind
                  + (text(user) if flags & 0x80 else b"") + (text(password) if flags & 0x40 else b""))


def publish(topic, payload=b"", qos=1, number=1, retain=False, dup=False):
    first = PUBLISH << 4 | dup << 3 | qos << 1 | retain
    return packet(first, text(topic) + (number.to_bytes(2, "big") if qos else b"") + payload)


def subscribe(*filters, number=1):
    """FILTERS: (filter, QoS)."""
    return packet(SUBSCRIBE << 4 | 2, number.to_bytes(2, "big") + b"".join(text(f) + bytes([qos]) for f, qos in filters))


def puback(number):
    return packet(PUBACK << 4, number.to_bytes(2, "big"))


class Closed(Exception):
    """The bridge ended the connection."""


class Wire:
    """A TLS connection to the bridge, packet by packet."""

    def __init__(self, bridge, timeout=15, source=None, handshake=True):
        context = ssl.create_default_context(cafile=bridge.chain.root.certificate)
        raw = socket.create_connection(("127.0.0.1", bridge.port), timeout, (source, 0) if source else None)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = context.wrap_socket(raw, server_hostname="127.0.0.1", do_handshake_on_connect=handshake)

    def send(self, data):
        try:
            self.stream.sendall(data)
        except OSError as error:
            raise Closed(str(error)) from None

    def receive(self):
        """(first byte, body) of the next packet; Closed if there is none."""
        try:
            return read_packet(self.stream)
        except socket.timeout:
            raise
        except (OSError, EOFError) as error:
            raise Closed(str(error)) from None

    def until_closed(self):
        """Reads what comes; the packets."""
        packets = []
        try:
            while True:
                packets.append(self.receive())
        except Closed:
            return packets

    def close(self):
        self.stream.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def login(self, identity, password, **options):
        """CONNACK's return code; None: the connection was closed without one."""
        self.send(connect(identity, password, **options))
        try:
            first, body = self.receive()
        except Closed:
            return None
        assert first == CONNACK << 4, first
        return body[1]

    def publish(self, topic, payload=b"", qos=1, number=1, **options):
        """Sends it, and waits for the PUBACK of QoS 1."""
        self.send(publish(topic, payload, qos, number, **options))
        if qos == 1:
            self.expect(PUBACK << 4, number.to_bytes(2, "big"))

    def subscribe(self, *filters, number=1):
        """What was granted."""
        self.send(subscribe(*filters, number=number))
        while True:
            first, body = self.receive()
            if first == SUBACK << 4:
                return list(body[2:])

    def ping(self):
        self.send(packet(PINGREQ << 4))
        self.expect(13 << 4, b"")

    def expect(self, first, body):
        got = self.receive()
        assert got == (first, body), f"{got} in the place of {(first, body)}"

    def message(self, acknowledge=True):
        """(topic, payload, QoS) of the next message from the bridge."""
        first, body = self.receive()
        assert first >> 4 == PUBLISH, first
        qos, end = first >> 1 & 3, 2 + int.from_bytes(body[:2], "big")
        if qos and acknowledge:
            self.send(puback(int.from_bytes(body[end:end + 2], "big")))
        return body[2:end].decode(), body[end + (2 if qos else 0):], qos

    def leave(self):
        self.send(packet(DISCONNECT << 4))
        self.until_closed()
        self.close()
