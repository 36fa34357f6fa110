#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records the server's side of what bench.c does, to recording/.

    record.py       builds bench_live for QEMU, runs it against a TLS server here

Needed again whenever the client's bytes change: another mbedTLS, other
extensions, another order in which random bytes are drawn.  The server's keys
are made for the occasion and forgotten; its certificates have the shapes and
about the sizes of Google's:

    P-256 leaf 1140 B <- RSA-2048 1299 B <- RSA-4096 root, cross-signed 1371 B

One more server has a leaf of 5 KB, so that its certificates are one record of 8 KB.
"""
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RECORDING = os.path.join(HERE, "recording")
sys.path.insert(0, os.path.join(ROOT, "tools"))

import machine
from ternlab import certs, peer

HOST = "mqtt.bench.example"
VALID = ("20260101000000Z", "20460101000000Z")

# URLs and the list of signed certificate timestamps (240 bytes) are there for their size.
EXTENSIONS = """
[ca]
default_ca = this
[this]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
unique_subject = no
policy = any
[any]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
CN = replaced by -subj
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
authorityInfoAccess = OCSP;URI:http://ocsp.pki.bench.example/gts1c3, caIssuers;URI:http://pki.bench.example/repo/certs/gts1c3.der
subjectAltName = DNS:{host}, DNS:*.bench.example, DNS:mqtt-mtls.bench.example
certificatePolicies = 2.23.140.1.2.1, 1.3.6.1.4.1.11129.2.5.3
crlDistributionPoints = URI:http://crls.pki.bench.example/gts1c3/QOvJ0N1sT2A.crl
1.3.6.1.4.1.11129.2.4.2 = DER:0481F0{sct}
[intermediate]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, digitalSignature, keyCertSign, cRLSign
extendedKeyUsage = serverAuth, clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
authorityInfoAccess = caIssuers;URI:http://pki.bench.example/repo/certs/root-r1.der
crlDistributionPoints = URI:http://crl.pki.bench.example/root-r1/root-r1.crl
certificatePolicies = 2.23.140.1.2.1, 2.23.140.1.2.2, 1.3.6.1.4.1.11129.2.5.3.2, 1.3.6.1.4.1.11129.2.5.3.3
[cross]
basicConstraints = critical, CA:TRUE
keyUsage = critical, digitalSignature, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
authorityInfoAccess = OCSP;URI:http://ocsp.pki.bench.example/gsr1, caIssuers;URI:http://pki.bench.example/gsr1.crt
crlDistributionPoints = URI:http://crl.pki.bench.example/gsr1/gsr1.crl
certificatePolicies = 2.23.140.1.2.1, 2.23.140.1.2.2
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""

# An extension that nobody knows.
LARGE = 4096
LARGE_LEAF = """
[large]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:{host}
1.3.6.1.4.1.11129.2.4.9 = DER:0482{size:04X}{unknown}
"""

INTERMEDIATE = ("intermediate", "/C=US/O=Bench Trust Services LLC/CN=BTS CA 1C3")
R1 = ("r1", "/C=US/O=Bench Trust Services LLC/CN=BTS Root R1")
OLD = ("old", "/C=BE/O=BenchSign nv-sa/OU=Root CA/CN=BenchSign Root CA")


class GoogleLike:
    """The chain; what peer.Peer wants of one."""
    SENT = "leaf", "intermediate", "cross"

    def __init__(self, folder, host):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.config = os.path.join(folder, "openssl.cnf")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(EXTENSIONS.format(folder=folder, host=host, sct=os.urandom(240).hex()))
            file.write(LARGE_LEAF.format(host=host, size=LARGE, unknown=bytes(LARGE).hex()))
        for name, kind in ("leaf", "p256"), ("intermediate", "rsa2048"), ("r1", "rsa4096"), ("old", "rsa2048"):
            certs.make_key(self._file(name + ".key"), kind)
        self._sign("root", "r1.pem", R1, None)
        self._sign("root", "old.pem", OLD, None)
        self._sign("cross", "cross.pem", R1, OLD)
        self._sign("intermediate", "intermediate.pem", INTERMEDIATE, R1)
        self._sign("leaf", "leaf.pem", ("leaf", f"/CN={host}"), INTERMEDIATE)
        self.server_key = self._file("leaf.key")
        self.server_chain = self._chain("chain.pem", self.SENT)

    def use_large_leaf(self):
        self._sign("large", "large.pem", ("leaf", f"/CN={HOST}"), INTERMEDIATE)
        self.server_chain = self._chain("large_chain.pem", ("large",) + self.SENT[1:])

    def _chain(self, out, names):
        with open(self._file(out), "w", encoding="ascii") as file:
            for name in names:
                file.write(self.pem(name))
        return self._file(out)

    def pem(self, name):
        return certs.read(self._file(name + ".pem"))

    def _file(self, name):
        return os.path.join(self.folder, name)

    def der(self, name):
        return certs.openssl("x509", "-in", self._file(name + ".pem"), "-outform", "DER")

    def _sign(self, section, out, subject, issuer):
        open(self._file("index.txt"), "w", encoding="ascii").close()
        key = self._file(subject[0] + ".key")
        certs.openssl("req", "-new", "-config", self.config, "-key", key, "-subj", subject[1],
                      "-out", self._file("request.pem"))
        by = ["-keyfile", self._file(issuer[0] + ".key"), "-cert", self._file(issuer[0] + ".pem")] if issuer else \
             ["-selfsign", "-keyfile", key]
        certs.openssl("ca", "-batch", "-notext", "-md", "sha256", "-config", self.config, "-extensions", section, *by,
                      "-preserveDN", "-startdate", VALID[0], "-enddate", VALID[1], "-in", self._file("request.pem"),
                      "-out", self._file(out))


class Server(peer.Peer):
    """Answers a message to "large" with a record of 16 KB."""

    def _answer(self, stream, first, body):
        again = super()._answer(stream, first, body)
        if self.published and self.published[-1][0] == "large":
            self.published.pop()
            stream.sendall(bytes(range(256)) * 64)
        return again


class Bridge:
    """The modem's line of the machine to TCP ports, the next of them at each open()."""

    def __init__(self, line, ports):
        self.line, self.ports, self.connection = line, iter(ports), None
        threading.Thread(target=self._up, daemon=True).start()

    def open(self):
        if self.connection:
            self.connection.close()
        self.connection = socket.create_connection(("127.0.0.1", next(self.ports)))
        threading.Thread(target=self._down, args=(self.connection,), daemon=True).start()

    def _up(self):
        while True:
            data = self.line.read_some()
            if not data:
                return
            try:
                self.connection.sendall(data)
            except OSError:
                pass    # close_notify to a server that is gone

    def _down(self, connection):
        try:
            while data := connection.recv(4096):
                self.line.send(data)
        except OSError:
            pass


def converse(image, ports, root):
    """Runs IMAGE, bench_live, against the servers at PORTS with the anchor ROOT: {phase: bytes}, {figure: value}."""
    phases, phase, figures = {}, None, {}
    with tempfile.TemporaryDirectory() as folder, machine.Machine(image, os.path.join(folder, "nv")) as m:
        bridge = Bridge(m.modem, ports)
        while True:
            word, *rest = m.console.read_until(b"\n", 60).decode().split()
            if word == "root":
                m.console.send(len(root).to_bytes(2, "big") + root)
            elif word == "open":
                bridge.open()
            elif word == "phase":
                phase = phases.setdefault(rest[0], bytearray())
            elif word == "rx":
                phase += bytes.fromhex(rest[0])
            elif word == "figure":
                figures[rest[0]] = int(rest[1])
            elif word == "done":
                return phases, figures
            else:
                raise RuntimeError(" ".join([word, *rest]))


class Servers:
    """Two of one TLS version, with a chain of the usual length and a long one; three connections in a row."""

    def __init__(self, folder, version):
        chain = GoogleLike(folder, HOST)
        for name in chain.SENT:
            print(f"{name}: {len(chain.der(name))} bytes")
        self.root = chain.der("r1")
        usual = Server(chain, version=version)
        chain.use_large_leaf()
        long = Server(chain, version=version)
        self.all = usual, long
        self.ports = usual.port, usual.port, long.port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self.all:
            server.stop()

    def handshakes(self, count):
        """(version, resumed) of each; the servers may be a little behind the client."""
        limit = time.monotonic() + 10
        while True:
            found = [one for server in self.all for one in server.handshakes]
            if len(found) >= count or time.monotonic() > limit:
                return found
            time.sleep(0.05)


def build(board, target):
    subprocess.run([sys.executable, os.path.join(HERE, "build_images.py"), board, target], check=True)
    return os.path.join(ROOT, "build", board, "tests", "bench", target + ".elf")


def write(name, data):
    with open(os.path.join(RECORDING, name + ".bin"), "wb") as file:
        file.write(data)
    print(f"recording/{name}.bin: {len(data)} bytes")


def main():
    os.makedirs(RECORDING, exist_ok=True)
    image = build("qemu", "bench_live")
    with tempfile.TemporaryDirectory() as folder, Servers(folder, ssl.TLSVersion.TLSv1_2) as servers:
        write("root", servers.root)
        phases, _ = converse(image, servers.ports, servers.root)
    for name, data in phases.items():
        write(name, data)


if __name__ == "__main__":
    main()
