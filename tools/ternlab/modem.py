# SPDX-License-Identifier: Apache-2.0
"""tern-modem, and its control socket."""
import json
import os
import socket

from .feed import Tail
from .lab import TOP, Failure

PROGRAM = os.path.join(TOP, "build/host-release/host/virtual_modem/tern-modem")


class Modem:
    """The virtual modem on a unix socket.  ROUTES: {"host:port": "address:port"}."""

    def __init__(self, lab, routes, options=(), program=PROGRAM, name="modem"):
        self.lab, self.name = lab, name
        self.socket, self.control_socket = lab.socket_path(name), lab.socket_path(name + ".control")
        self.log = lab.path(name + ".wire.log")
        maps = [word for host, address in routes.items() for word in ("--map", f"{host}={address}")]
        self.process = lab.start(name, [program, "--unix", self.socket, "--control", self.control_socket,
                                        "--log", self.log, *maps, *options])
        self._control, self._buffer = None, b""
        lab.at_end(self)
        lab.wait_until(lambda: os.path.exists(self.socket) and os.path.exists(self.control_socket), 10,
                       f"the virtual modem did not open its sockets (log: {self.process.log})")

    def stop(self):
        if self._control is not None:
            self._control.close()
        self.process.stop()

    def tail(self, source="modem"):
        """Both ways of the UART, as the modem's log has them, become lines of SOURCE."""
        return self.lab.at_end(Tail(self.lab.feed, source, self.log))

    def control(self, timeout=5, **request):
        """Sends one JSON object, as control(cmd="fault", what="dead"), and
        returns the answer; Failure if the modem refuses it."""
        if self._control is None:
            self._control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._control.connect(self.control_socket)
        self._control.settimeout(timeout)
        self._control.sendall(json.dumps(request).encode() + b"\n")
        while b"\n" not in self._buffer:
            data = self._control.recv(65536)
            if not data:
                raise Failure("the virtual modem closed its control socket")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        answer = json.loads(line)
        if not answer["ok"]:
            raise Failure(f"the virtual modem refused {request}: {answer['error']}")
        return answer
