# SPDX-License-Identifier: Apache-2.0
"""Devices that publish as fast as they are acknowledged, and know what they were promised."""
import collections
import select
import socket
import ssl
import threading
import time

import device
from ternlab.peer import PUBACK, read_packet

IN_FLIGHT = 20


class Publisher(threading.Thread):
    """A device whose messages are numbered.  Whatever happens to the connection,
    what was not acknowledged is sent again, marked as that, on the next one.

    sent[number]: how often; acknowledged: the numbers, in the order of their PUBACKs
    """

    def __init__(self, bridge, name, key, size=64):
        super().__init__(daemon=True, name="publisher " + name)
        self.bridge, self.device, self.key, self.size = bridge, name, device.read_key(key), size
        self.sent, self.acknowledged = collections.Counter(), []
        self.connections, self.error = 0, None
        self._in_flight, self._next = collections.OrderedDict(), 0     # number -> packet id, oldest first
        self._stopping = threading.Event()
        self.start()

    def run(self):
        try:
            while not self._stopping.is_set():
                try:
                    with device.Wire(self.bridge, timeout=10) as wire:
                        self._serve(wire)
                except (OSError, ssl.SSLError, device.Closed, EOFError):
                    time.sleep(0.02)
        except Exception as error:      # the test is to see it
            self.error = error

    def _serve(self, wire):
        code = wire.login(device.client_id(self.device), device.token(self.key))
        if code is None:
            raise device.Closed("at the login")
        if code != 0:
            raise AssertionError(f"login refused with {code}")
        self.connections += 1
        for number in list(self._in_flight):
            self._publish(wire, number, dup=True)
        while not self._stopping.is_set() or self._in_flight:
            while len(self._in_flight) < IN_FLIGHT and not self._stopping.is_set():
                self._next += 1
                self._publish(wire, self._next - 1)
            self._acknowledge(wire)
        wire.leave()

    def _publish(self, wire, number, dup=False):
        packet_id = number % 65535 + 1
        self._in_flight[number] = packet_id
        self.sent[number] += 1
        payload = f"{self.device} {number} ".encode().ljust(self.size, b".")
        wire.send(device.publish(f"/devices/{self.device}/events", payload, 1, packet_id, dup=dup))

    def _acknowledge(self, wire):
        """One PUBACK: it must be the oldest's (4.6)."""
        first, body = read_packet(wire.stream)
        number, packet_id = next(iter(self._in_flight.items()))
        if first != PUBACK << 4 or int.from_bytes(body, "big") != packet_id:
            raise AssertionError(f"PUBACK {packet_id} was to come, not {first:#x} {body.hex()}")
        del self._in_flight[number]
        self.acknowledged.append(number)

    def stop(self, timeout=30):
        """Waits until all that is in flight is acknowledged."""
        self._stopping.set()
        self.join(timeout)
        if self.error is not None:
            raise self.error
        assert not self.is_alive(), f"{self.device}: {len(self._in_flight)} messages are still not acknowledged"


def number_of(payload):
    """(device, number) of a message."""
    name, number, _ = payload.decode().split(" ", 2)
    return name, int(number)


class Recorder(threading.Thread):
    """Stands between a bridge and its broker and writes down which payloads the
    broker has acknowledged: what a PUBACK to a device may stand on."""

    def __init__(self, broker_port):
        super().__init__(daemon=True, name="recorder")
        self._broker_port, self._listener = broker_port, socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.acknowledged, self._lock = set(), threading.Lock()
        self.start()

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self.join(5)
        self._listener.close()

    def run(self):
        while True:
            try:
                ours, _ = self._listener.accept()
            except OSError:
                return
            try:
                theirs = socket.create_connection(("127.0.0.1", self._broker_port), 5)
            except OSError:
                ours.close()
                continue
            threading.Thread(target=self._carry, args=(ours, theirs), daemon=True).start()

    def _carry(self, ours, theirs):
        waiting, parts = {}, {ours: Packets(), theirs: Packets()}
        try:
            while True:
                for source in select.select([ours, theirs], [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    for first, body in parts[source].feed(data):
                        self._note(waiting, source is ours, first, body)
                    (theirs if source is ours else ours).sendall(data)
        except OSError:
            pass
        finally:
            ours.close()
            theirs.close()

    def _note(self, waiting, from_bridge, first, body):
        if from_bridge and first >> 4 == 3 and first & 6:
            at = 2 + int.from_bytes(body[:2], "big")
            packet_id = int.from_bytes(body[at:at + 2], "big")
            length, used = variable(body, at + 2)
            waiting[packet_id] = body[at + 2 + used + length:]
        elif not from_bridge and first >> 4 == PUBACK:
            payload = waiting.pop(int.from_bytes(body[:2], "big"))
            if len(body) < 3 or body[2] < 0x80:
                with self._lock:
                    self.acknowledged.add(number_of(payload))


def variable(data, at):
    """A variable byte integer (2.2.3): its value and length."""
    value = shift = 0
    for used in range(1, 5):
        byte = data[at + used - 1]
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return value, used
    raise ValueError("five bytes")


class Packets:
    """MQTT packets out of a stream."""

    def __init__(self):
        self._rest = b""

    def feed(self, data):
        self._rest += data
        while True:
            try:
                length, used = variable(self._rest, 1)
            except IndexError:
                return
            end = 1 + used + length
            if len(self._rest) < end:
                return
            yield self._rest[0], self._rest[1 + used:end]
            self._rest = self._rest[end:]
