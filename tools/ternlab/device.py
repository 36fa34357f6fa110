# SPDX-License-Identifier: Apache-2.0
"""The device: the F103 image in QEMU or the Linux build, and its console."""
import json
import os
import re
import socket
import subprocess
import threading

from .lab import TOP, Failure, program

IMAGE = os.path.join(TOP, "build/qemu/app/demo/tern-demo.elf")
LINUX = os.path.join(TOP, "build/host-release/app/demo/tern-device")
TERN = os.path.join(TOP, "build/host-release/host/cli/tern")

# At the end of an answer; lines of the device's own may follow at once.
# What ends an answer: a prompt behind which nothing is typed yet.  Another line
# may have been printed below it since.
PROMPT = rb"(?:^|[\r\n])(?:tern|ca|key|seed|yes/no|erase)> (?=$|[\r\n])"


class Console:
    """Lines to the device and what it answers."""

    def __init__(self, lab, source, receive_fd, send, close=False):
        self._lab, self._source, self._send = lab, source, send
        self._tail, self._lock = b"", threading.Lock()
        self._guest = None
        self._reader = lab.read_from(source, receive_fd, log=lab.path(source + ".console.log"), on_bytes=self._heard,
                                     close=close)

    def ended(self):
        """The device is gone: read what it said last."""
        self._reader.join(5)

    def _heard(self, data):
        with self._lock:
            self._tail += data
            guest = self._guest
        if guest is not None:
            try:
                guest.sendall(data)
            except OSError:
                pass    # it has gone; serve() notices

    def line(self):
        """A unix socket at which one program after another finds this console,
        while the lab goes on listening."""
        path = self._lab.socket_path(self._source + ".line")
        if not os.path.exists(path):
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            listener.bind(path)
            listener.listen()
            threading.Thread(target=self._serve, args=(listener,), daemon=True, name="line " + self._source).start()
        return path

    def _serve(self, listener):
        while True:
            guest, _ = listener.accept()
            with self._lock:
                self._guest = guest
            try:
                while data := guest.recv(4096):
                    self._send(data)
            except OSError:
                pass
            with self._lock:
                self._guest = None
                self._tail = b""
            guest.close()

    def wait_prompt(self, timeout=15, after=""):
        """Waits for a prompt, below the echo of AFTER."""
        pattern = re.compile((re.escape(after.encode()) + rb"\r?\n.*" if after else b"") + PROMPT, re.S)

        def prompted():
            with self._lock:
                return pattern.search(self._tail)
        self._lab.wait_until(prompted, timeout, f"the console of the {self._source} gave no prompt"
                             + (f" after '{after}'" if after else ""))

    def type(self, text):
        """Sends TEXT and waits for nothing."""
        with self._lock:
            self._tail = b""
        self._send(text.encode())

    def command(self, line, timeout=15, echoed=True):
        """Types a line; returns what the device printed until its next prompt."""
        since = self._lab.feed.mark()
        self.type(line + "\n")
        self.wait_prompt(timeout, line if echoed else "")
        return [entry.text for entry in self._lab.feed.lines(self._source, since)]

    def must(self, line, timeout=15, secret=None):
        """The same; Failure if the device answers with an error.  SECRET names
        a line that is not to be shown, and is not echoed."""
        answer = self.command(line, timeout, echoed=secret is None)
        for text in answer:
            if text.startswith("error: "):
                raise Failure(f"the device refused '{secret or line}': {text}")
        return answer

    def paste(self, command, pem):
        """A command that takes PEM, then the PEM."""
        self.must(command)
        self.must(pem.rstrip("\n"), timeout=60, secret="the PEM after " + command)


class Qemu:
    """The F103 image, executed by QEMU."""

    def __init__(self, lab, modem_socket, image=IMAGE, flash=None, name="device"):
        self.lab, self.name, self.image, self.modem_socket = lab, name, image, modem_socket
        self.flash = flash or lab.path(name + ".flash")
        self.start()
        lab.at_end(self)

    def start(self):
        """Power on.  QEMU waits for the console's other end, so that nothing is lost of what is printed."""
        console = self.lab.socket_path(self.name + ".console")
        self._monitor = self.lab.socket_path(self.name + ".monitor")
        if os.path.exists(console):
            os.unlink(console)
        self.process = self.lab.start(self.name, [
            program("qemu-system-arm"), "-M", "netduino2", "-kernel", self.image,
            "-display", "none", "-monitor", "none", "-nodefaults",
            "-qmp", f"unix:{self._monitor},server=on,wait=off",
            "-chardev", f"socket,id=modem,path={self.modem_socket}",
            "-chardev", f"socket,id=console,path={console},server=on,wait=on",
            "-serial", "null", "-serial", "chardev:modem", "-serial", "chardev:console",
            "-semihosting-config", f"enable=on,target=native,arg=fw,arg=nv={self.flash}"])
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.lab.wait_until(lambda: self._connection.connect_ex(console) == 0, 10,
                            f"QEMU did not open its console (log: {self.process.log})")
        self.console = Console(self.lab, self.name, self._connection.fileno(), self._connection.sendall)

    def stop(self):
        self.process.stop()
        self.console.ended()
        self._connection.close()

    def memory(self, address, size):
        """What stands in the chip's memory now."""
        path = self.lab.path(self.name + ".memory")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as monitor:
            monitor.settimeout(10)
            monitor.connect(self._monitor)
            with monitor.makefile("rw", encoding="utf-8") as lines:
                lines.readline()   # its greeting
                for execute, arguments in (("qmp_capabilities", {}),
                                           ("pmemsave", {"val": address, "size": size, "filename": path})):
                    lines.write(json.dumps({"execute": execute, "arguments": arguments}) + "\n")
                    lines.flush()
                    while not {"return", "error"} & set(answer := json.loads(lines.readline())):
                        pass   # an event
                    if "error" in answer:
                        raise Failure(f"QEMU refused {execute}: {answer['error']['desc']}")
        with open(path, "rb") as file:
            return file.read()

    def power_cut(self):
        """Off without warning, and on again with the same flash."""
        self.process.kill()
        self.console.ended()
        self._connection.close()
        self.lab.forget(self.process)
        self.start()


class Linux:
    """The Linux build."""

    def __init__(self, lab, modem_socket, program=LINUX, flash=None, options=(), name="device"):
        self.lab, self.name, self.modem_socket, self.program = lab, name, modem_socket, program
        self.flash, self.options = flash or lab.path(name + ".flash"), options
        self.start()
        lab.at_end(self)

    def start(self):
        self.process = self.lab.start(self.name, [
            self.program, "--modem", self.modem_socket, "--flash", self.flash, *self.options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        pipe = self.process.popen.stdin
        self.console = Console(self.lab, self.name, self.process.output(),
                               lambda data: os.write(pipe.fileno(), data), close=True)

    def stop(self):
        self.process.stop()
        self.console.ended()

    def power_cut(self):
        self.process.kill()
        self.console.ended()
        self.lab.forget(self.process)
        self.start()


def provision(lab, line, options, program=TERN, source="tern"):
    """`tern provision` of LINE with OPTIONS; what it printed.  Failure with its last words unless its status is 0."""
    # A bridge of the person who runs this is not asked.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TERN_")}
    process = lab.start("provision", [program, "provision", line, *options], stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT, env=environment)
    lab.forget(process)
    since = lab.feed.mark()
    reader = lab.read_from(source, process.output())
    try:
        status = process.popen.wait(180)
    finally:
        process.stop()
    reader.join(5)
    told = [entry.text for entry in lab.feed.lines(source, since)]
    if status != 0:
        raise Failure(told[-1] if told else f"{program} provision ended with status {status}")
    return told
