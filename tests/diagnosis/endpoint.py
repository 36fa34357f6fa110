# SPDX-License-Identifier: Apache-2.0
"""Servers that misbehave as servers in the field do: real TLS, and just enough MQTT 3.1.1.

An endpoint is made of words of a scenario's [server]; see diagnose.py.
"""
import re
import socket
import ssl
import threading
import time

from path import Path
from ternlab import certs, peer

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3, "1.1": ssl.TLSVersion.TLSv1_1}


class Endpoint:
    """Listens on PORT of loopback until stop()."""

    #            word            what it does
    WORDS = {
        # TLS
        "tls_min": "",           # the lowest version that is accepted
        "tls_max": "",           # the highest
        "ciphers": "",           # OpenSSL's list for TLS 1.2
        "curve": "",             # the only curve for the key exchange
        "client_cert": False,    # a certificate of the client is demanded
        "name_alert": 0,         # the alert that answers the name in the ClientHello
        "plain_alert": 0,        # sent in the place of a ServerHello
        "cut": "",               # "accept", "hello" or "middle": when the connection is closed
        "fragment": 0,           # bytes that a handshake record that is not encrypted has at most
        "forgets_s": 0.0,        # a relay before it forgets a flow that was idle for so long, and tells nobody
        # other services
        "says": "",              # text in answer to the first bytes (or at once, with greets)
        "greets": False,
        "mute": False,           # takes everything and answers nothing
        # login
        "connack": 0,
        "login": "",             # "close", "silence" or "garbage" in the place of CONNACK
        "login_s": 0.0,          # how long that takes
        "checks": "",            # "5" or "close": the answer to a token that is not good, as IoT Core has it
        # the session
        "close_on": "",          # a topic, as a regular expression: closes after a publish to it
        "session_s": 0.0,        # closes each session so long after its login
        "kicks": False,          # a login ends the session that has the same client id
        "pings": True, "acks": True,
        "suback": 0,             # 128: refused
        "exp_close": False,      # closes when the token expires
        "slow_ms": 0,            # before each answer
        "times": 0,              # misbehaves so often only; 0: always
    }

    def __init__(self, port, shown, words, public=None, project=None):
        self.words, self._tls = {**self.WORDS, **words}, None
        self.port, self.public, self.project = port, public, project
        self.logins, self.published, self.said = [], [], []
        self._tls = self._context(shown) if shown is not None else None
        self._open, self._sessions, self._lock, self._done = [], {}, threading.Lock(), 0
        self._listener = socket.create_server(("127.0.0.1", port))
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def become(self, shown, words):
        """Another server from now on; its port is never closed meanwhile, as it would not be in the field."""
        self.words = {**self.WORDS, **words}
        self._tls = self._context(shown) if shown is not None else None
        with self._lock:
            self._done = 0
        self.cut()

    def _context(self, shown):
        words, tls = self.words, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.set_ciphers((words["ciphers"] or "DEFAULT") + "@SECLEVEL=0")
        if words["tls_min"] or words["tls_max"]:
            tls.minimum_version = VERSIONS[words["tls_min"] or "1.1"]
            tls.maximum_version = VERSIONS[words["tls_max"] or "1.3"]
        if words["curve"]:
            tls.set_ecdh_curve(words["curve"])
        tls.load_cert_chain(shown.server_chain, shown.server_key)
        if words["client_cert"]:
            tls.load_verify_locations(shown.server_chain)
            tls.verify_mode = ssl.CERT_REQUIRED
        if words["name_alert"]:
            tls.sni_callback = lambda *_: words["name_alert"]
        return tls

    def stop(self):
        # Closing alone would leave accept() waiting, on a descriptor that the next one may get.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        self.cut()

    def cut(self):
        """Closes every connection."""
        with self._lock:
            for connection in self._open:
                shut(connection)

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _misbehaves(self, word):
        """Whether WORD is set, and is to be done (once more)."""
        if not self.words[word]:
            return False
        with self._lock:
            self._done += 1
            return not self.words["times"] or self._done <= self.words["times"]

    def _behind_path(self, raw):
        """RAW, or what takes its place behind a path that loses or changes what passes."""
        words = self.words
        if not words["fragment"] and not words["forgets_s"]:
            return raw
        inner = Path(raw, words["fragment"], words["forgets_s"]).inner
        with self._lock:
            self._open[self._open.index(raw)] = inner
        return inner

    def _serve(self, raw):
        stream = raw
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = raw = self._behind_path(raw)
            raw.settimeout(300)
            if not self._before_tls(raw):
                return
            if self._tls is not None:
                # From here on RAW is an empty shell: cut() needs what took its place.
                stream = self._tls.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
                with self._lock:
                    self._open[self._open.index(raw)] = stream
                stream.do_handshake()
            self._session(stream)
        except (OSError, EOFError, ValueError, IndexError) as error:
            self.said.append(str(error))
        finally:
            with self._lock:
                self._open.remove(stream)
            stream.close()

    def _before_tls(self, raw):
        """Whether TLS is to follow."""
        words = self.words
        if words["greets"]:
            raw.sendall(words["says"].encode())
        if words["cut"] == "accept" and self._misbehaves("cut"):
            return False
        if words["mute"]:
            while raw.recv(4096):
                pass
            return False
        if words["says"] or words["plain_alert"] or words["cut"] in ("hello", "middle"):
            raw.recv(4096)
            if words["says"] and not words["greets"]:
                raw.sendall(words["says"].encode())
                raw.shutdown(socket.SHUT_WR)
            if words["plain_alert"]:
                raw.sendall(bytes([21, 3, 3, 0, 2, 2, words["plain_alert"]]))
            if words["cut"] == "middle":
                raw.sendall(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03" + bytes(40))
            time.sleep(0.2 if words["says"] else 0.05)
            return False
        return True

    def _session(self, stream):
        first, body = peer.read_packet(stream)
        if first >> 4 != peer.CONNECT:
            return
        login = peer.login_of(body)
        self.logins.append(login)
        if not self._login(stream, login):
            return
        ends = [time.time() + self.words["session_s"]] if self._misbehaves("session_s") else []
        if self.words["exp_close"]:
            ends.append(peer.read_token(login[2])[1]["exp"])
        if ends:
            timer = threading.Timer(max(0, min(ends) - time.time()), shut, [stream])
            timer.daemon = True
            timer.start()
        while self._answer(stream, *peer.read_packet(stream)):
            pass

    def _login(self, stream, login):
        words, code = self.words, self.words["connack"]
        time.sleep(words["login_s"])
        if words["login"] and self._misbehaves("login"):
            if words["login"] == "silence":
                while stream.recv(4096):
                    pass
            if words["login"] == "garbage":
                stream.sendall(b"+OK ready\r\n")
            return False
        if words["checks"] and not self._good(login):
            if words["checks"] == "close":
                return False
            code = int(words["checks"])
        if code and not self._misbehaves("connack") and words["connack"]:
            code = 0
        if words["kicks"] and not code:
            with self._lock:
                before, self._sessions[login[0]] = self._sessions.get(login[0]), stream
            if before is not None:
                shut(before)
        stream.sendall(bytes([peer.CONNACK << 4, 2, 0, code]))
        return code == 0

    def _good(self, login):
        """Would IoT Core take this token?"""
        claims = peer.read_token(login[2])[1]
        now = time.time()
        return (claims["aud"] == self.project and claims["iat"] <= now + 600 and claims["exp"] >= now - 600
                and peer.token_verifies(login[2], certs.read(self.public)))

    def _answer(self, stream, first, body):
        """Answers a packet; false when the connection is over."""
        kind, words = first >> 4, self.words
        time.sleep(words["slow_ms"] / 1000)
        if kind == peer.SUBSCRIBE:
            granted = peer.subscribed(body)
            if words["suback"]:
                granted = bytes([words["suback"]] * len(granted))
            stream.sendall(bytes([peer.SUBACK << 4, 2 + len(granted)]) + body[:2] + granted)
        elif kind == peer.PUBLISH:
            end = 2 + int.from_bytes(body[:2], "big")
            topic, qos = body[2:end].decode(), first >> 1 & 3
            self.published.append((topic, body[end + (2 if qos else 0):]))
            if words["close_on"] and re.search(words["close_on"], topic) and self._misbehaves("close_on"):
                return False
            if qos and words["acks"]:
                stream.sendall(bytes([peer.PUBACK << 4, 2]) + body[end:end + 2])
        elif kind == peer.PINGREQ and words["pings"]:
            stream.sendall(bytes([peer.PINGRESP << 4, 0]))
        return kind != peer.DISCONNECT


def shut(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
