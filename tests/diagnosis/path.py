# SPDX-License-Identifier: Apache-2.0
"""What may lie between a device and its server, and changes or loses what passes."""
import select
import socket
import threading
import time

HANDSHAKE, RECORD_HEADER = 22, 5


def split(record, most):
    """A record of TLS as several, none with more than MOST bytes: what a server does that was asked for short ones."""
    header, body = record[:3], record[RECORD_HEADER:]
    parts = [body[i:i + most] for i in range(0, len(body), most)]
    return b"".join(header + len(part).to_bytes(2, "big") + part for part in parts)


class Path:
    """Between WIRE, where the network is, and the socket INNER, where the server takes its place.

    FRAGMENT: handshake records of the server that are not encrypted have so many bytes at most.
    FORGETS_S: after so long without a byte nothing passes any more, and nobody is told: a relay forgot the flow.
    """

    def __init__(self, wire, fragment=0, forgets_s=0.0):
        self.inner, self._outer = socket.socketpair()
        self._wire, self._fragment, self._forgets_s = wire, fragment, forgets_s
        self._held, self._secret = b"", False
        threading.Thread(target=self._carry, daemon=True).start()

    def _carry(self):
        passed, forgotten = time.monotonic(), False
        try:
            while True:
                ready, _, _ = select.select([self._wire, self._outer], [], [], 300)
                forgotten = forgotten or bool(self._forgets_s and time.monotonic() - passed > self._forgets_s)
                passed = time.monotonic()
                for end in ready:
                    data = end.recv(16384)
                    if not data:
                        return
                    if not forgotten:
                        self._pass(end, data)
        except OSError:
            pass
        finally:
            self._outer.close()
            self._wire.close()

    def _pass(self, end, data):
        if end is self._wire:
            self._outer.sendall(data)
        else:
            self._wire.sendall(self._fragmented(data) if self._fragment else data)

    def _fragmented(self, data):
        """The records that are whole by now."""
        out, self._held = b"", self._held + data
        while len(self._held) >= RECORD_HEADER:
            size = RECORD_HEADER + int.from_bytes(self._held[3:5], "big")
            if len(self._held) < size:
                break
            record, self._held = self._held[:size], self._held[size:]
            self._secret = self._secret or record[0] != HANDSHAKE
            out += record if self._secret else split(record, self._fragment)
        return out
