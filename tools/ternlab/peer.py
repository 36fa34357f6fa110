# SPDX-License-Identifier: Apache-2.0
"""A server of our own where mosquitto cannot be made to misbehave: TLS and just
enough MQTT 3.1.1 to answer a device, with a chosen CONNACK and with the device's
token at hand."""
import base64
import json
import os
import socket
import ssl
import subprocess
import tempfile
import threading

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGREQ, PINGRESP, DISCONNECT = 1, 2, 3, 4, 8, 9, 12, 13, 14


class Peer:
    """Listens on a loopback port; stop() ends it.  Read by the test: logins,
    published, handshakes (of each: TLS version, resumed or not)."""

    def __init__(self, chain, connack=0, version=None, greeting=b""):
        self.connack, self.greeting = connack, greeting
        self.logins, self.published, self.handshakes = [], [], []
        self._tls = None
        if chain is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(chain.server_chain, chain.server_key)
            if version is not None:
                self._tls.minimum_version = self._tls.maximum_version = version
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open, self._lock = [], threading.Lock()
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def stop(self):
        # Closing alone would leave accept() waiting, on a descriptor that the next peer may get.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        self.cut()

    def cut(self):
        """Closes every connection."""
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, raw):
        stream = raw
        try:
            raw.settimeout(120)
            if self._tls is not None:
                # From here on RAW is an empty shell: cut() needs what took its place.
                stream = self._tls.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
                with self._lock:
                    self._open[self._open.index(raw)] = stream
                stream.do_handshake()
                self.handshakes.append((stream.version(), stream.session_reused))
            stream.sendall(self.greeting)
            while self._answer(stream, *read_packet(stream)):
                pass
        except (OSError, EOFError):
            pass
        finally:
            with self._lock:
                self._open.remove(stream)
            stream.close()

    def _answer(self, stream, first, body):
        """Answers a packet; false when the connection is over."""
        kind = first >> 4
        if kind == CONNECT:
            self.logins.append(login_of(body))
            stream.sendall(bytes([CONNACK << 4, 2, 0, self.connack]))
            return self.connack == 0
        if kind == SUBSCRIBE:
            granted = subscribed(body)
            stream.sendall(bytes([SUBACK << 4, 2 + len(granted)]) + body[:2] + granted)
        elif kind == PUBLISH:
            end = 2 + int.from_bytes(body[:2], "big")
            qos = first >> 1 & 3
            self.published.append((body[2:end].decode(), body[end + (2 if qos else 0):]))
            if qos:
                stream.sendall(bytes([PUBACK << 4, 2]) + body[end:end + 2])
        elif kind == PINGREQ:
            stream.sendall(bytes([PINGRESP << 4, 0]))
        return kind != DISCONNECT


def read_exactly(stream, count):
    data = b""
    while len(data) < count:
        more = stream.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def read_packet(stream):
    first, length, shift = read_exactly(stream, 1)[0], 0, 0
    while True:
        byte = read_exactly(stream, 1)[0]
        length |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return first, read_exactly(stream, length)


def subscribed(body):
    """The QoS of each filter of a SUBSCRIBE (3.8.3)."""
    at, granted = 2, b""
    while at < len(body):
        at += 2 + int.from_bytes(body[at:at + 2], "big") + 1
        granted += body[at - 1:at]
    return granted


def login_of(body):
    """(client id, user name, password) of a CONNECT without a will (3.1)."""
    at, texts = 10, []
    while at < len(body):
        end = at + 2 + int.from_bytes(body[at:at + 2], "big")
        texts.append(body[at + 2:end].decode())
        at = end
    return tuple(texts)


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_token(token):
    """(header, claims) of a token, unverified."""
    header, claims, _ = token.split(".")
    return json.loads(decode(header)), json.loads(decode(claims))


def der_integer(raw):
    raw = raw.lstrip(b"\0") or b"\0"
    raw = b"\0" + raw if raw[0] & 0x80 else raw
    return bytes([2, len(raw)]) + raw


def token_verifies(token, public_pem):
    """Whether OpenSSL finds the token signed by this key (ES256 or RS256, RFC 7518)."""
    signed, _, signature = token.rpartition(".")
    raw = decode(signature)
    if read_token(token)[0]["alg"] == "ES256":
        if len(raw) != 64:
            return False
        both = der_integer(raw[:32]) + der_integer(raw[32:])
        raw = bytes([0x30, len(both)]) + both
    with tempfile.TemporaryDirectory() as folder:
        key, sig = os.path.join(folder, "key"), os.path.join(folder, "sig")
        with open(key, "w", encoding="ascii") as file:
            file.write(public_pem)
        with open(sig, "wb") as file:
            file.write(raw)
        return subprocess.run(["openssl", "dgst", "-sha256", "-verify", key, "-signature", sig], input=signed.encode(),
                              capture_output=True, timeout=20, check=False).returncode == 0
