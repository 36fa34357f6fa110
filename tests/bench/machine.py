# SPDX-License-Identifier: Apache-2.0
"""An image in QEMU's netduino2, its two serial lines as sockets."""
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time

QEMU = "qemu-system-arm"


def missing():
    """What stands in the way of running images, or None."""
    return None if shutil.which(QEMU) else f"{QEMU} is not installed (Debian: apt-get install qemu-system-arm)"


class Line:
    """One serial line: a thread takes in all that comes, so that QEMU never waits for us."""

    def __init__(self, path):
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(1)
        self._listener.settimeout(20)
        self._data = bytearray()
        self._news = threading.Condition()
        self._ended = False

    def accept(self):
        self._socket, _ = self._listener.accept()
        self._listener.close()
        threading.Thread(target=self._take_in, daemon=True).start()

    def _take_in(self):
        while True:
            try:
                part = self._socket.recv(65536)
            except OSError:
                part = b""
            with self._news:
                self._data += part
                self._ended = not part
                self._news.notify_all()
            if not part:
                return

    def send(self, data):
        """From a thread of its own if it is more than the guest reads at once."""
        self._socket.sendall(data)

    def read_until(self, end, timeout=20):
        """All up to and including END; an error if it does not come."""
        limit = time.monotonic() + timeout
        with self._news:
            while end not in self._data:
                if self._ended or not self._news.wait(limit - time.monotonic()):
                    raise TimeoutError(f"no {end!r} within {timeout} s; so far: {bytes(self._data)!r}")
            n = self._data.index(end) + len(end)
            got = bytes(self._data[:n])
            del self._data[:n]
        return got

    def read_exactly(self, n, timeout=60):
        limit = time.monotonic() + timeout
        with self._news:
            while len(self._data) < n:
                if self._ended or not self._news.wait(limit - time.monotonic()):
                    raise TimeoutError(f"{len(self._data)} of {n} bytes within {timeout} s")
            got = bytes(self._data[:n])
            del self._data[:n]
        return got

    def read_some(self):
        """What has come, at least one byte; b"" at the end."""
        with self._news:
            while not self._data and not self._ended:
                self._news.wait()
            got = bytes(self._data)
            self._data.clear()
        return got

    def read_rest(self, timeout=20):
        """Everything until the machine ends."""
        limit = time.monotonic() + timeout
        with self._news:
            while not self._ended:
                if not self._news.wait(limit - time.monotonic()):
                    raise TimeoutError(f"still running after {timeout} s; so far: {bytes(self._data)!r}")
            return bytes(self._data)

    def close(self):
        self._listener.close()
        if hasattr(self, "_socket"):
            self._socket.close()


class Machine:
    """Runs IMAGE; NV is the flash file, None for no such argument.  Use it in a with statement."""

    def __init__(self, image, nv, extra=()):
        self.folder = tempfile.mkdtemp(prefix="tern-machine-")
        self.modem = Line(os.path.join(self.folder, "modem"))
        self.console = Line(os.path.join(self.folder, "console"))
        semihosting = "enable=on,target=native,arg=tern"
        if nv is not None:
            semihosting += ",arg=nv=" + str(nv).replace(",", ",,")
        self.process = subprocess.Popen(
            [QEMU, "-M", "netduino2", "-kernel", str(image), "-display", "none", "-monitor", "none",
             "-serial", "null",
             "-chardev", f"socket,id=modem,path={self.folder}/modem", "-serial", "chardev:modem",
             "-chardev", f"socket,id=console,path={self.folder}/console", "-serial", "chardev:console",
             "-semihosting-config", semihosting, *extra],
            stdin=subprocess.DEVNULL)

    def __enter__(self):
        try:
            self.modem.accept()
            self.console.accept()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.kill()
        self.modem.close()
        self.console.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
