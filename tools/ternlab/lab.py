# SPDX-License-Identifier: Apache-2.0
"""A work folder and the programs that run in it; nothing is left behind."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from .feed import Feed, Reader, Timeout

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
# Debian keeps daemons such as mosquitto outside the PATH of users.
PATH = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"


class Failure(Exception):
    """Something did not come up or ended; the message is for a person."""


def program(name):
    """The path of a program of this system."""
    path = shutil.which(name, path=PATH)
    if path is None:
        raise Failure(f"the program {name} is not installed; tools/setup.sh run installs it")
    return path


def free_port():
    """A TCP port on loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def last_lines(path, count=5):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return "".join("    " + line for line in file.read().splitlines(True)[-count:]).rstrip()
    except OSError:
        return ""


class Process:
    """A program with its output in a log.  It ends with us, however we end."""

    def __init__(self, name, command, log, **options):
        self.name, self.log, self.grace = name, log, 3
        # setpriv asks the kernel to end the program when this process is gone,
        # even after kill -9.  Its own session keeps a Ctrl-C at the terminal
        # from reaching it before us.
        with open(log, "ab") as output:
            options = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output, **options}
            self.popen = subprocess.Popen([program("setpriv"), "--pdeathsig", "KILL", "--", *command],
                                          start_new_session=True, **options)
        self.pid = self.popen.pid

    def output(self):
        """The reading end of its output, for one Reader, which closes it."""
        descriptor = os.dup(self.popen.stdout.fileno())
        self.popen.stdout.close()
        return descriptor

    def alive(self):
        return self.popen.poll() is None

    def check(self):
        """Raises Failure if it has ended."""
        if not self.alive():
            tail = last_lines(self.log)
            raise Failure(f"{self.name} ended with status {self.popen.returncode}; its log is {self.log}"
                          + (":\n" + tail if tail else ""))

    def stop(self):
        if self.alive():
            self.popen.terminate()
            try:
                self.popen.wait(self.grace)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        if self.popen.stdin:
            self.popen.stdin.close()
        return self.popen.returncode

    def kill(self):
        """Without warning, as a power cut would."""
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait()


class Lab:
    """Use as a context manager: on the way out everything started is stopped,
    last things first."""

    def __init__(self, folder, show=None):
        os.makedirs(folder, exist_ok=True)
        self.folder = os.path.abspath(folder)
        for name in os.listdir(folder):
            if name.endswith(".log"):
                os.unlink(self.path(name))
        # Names of unix sockets hold 107 bytes at most: not in a deep folder.
        self.sockets = tempfile.mkdtemp(prefix="tern-")
        self.feed = Feed(show)
        self._ends, self._secrets, self._readers = [], [], []

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def socket_path(self, name):
        return os.path.join(self.sockets, name)

    def secret(self, name):
        """A file that is deleted at the end."""
        self._secrets.append(self.path(name))
        return self._secrets[-1]

    def start(self, name, command, **options):
        process = Process(name, command, self.path(name + ".log"), **options)
        self._ends.append(process)
        return process

    def at_end(self, thing):
        """THING.stop() is called on the way out."""
        self._ends.append(thing)
        return thing

    def forget(self, process):
        """PROCESS has ended as intended: check() is not to complain."""
        if process in self._ends:
            self._ends.remove(process)

    def read_from(self, source, fd, **options):
        self._readers.append(Reader(self.feed, source, fd, **options))
        return self._readers[-1]

    def check(self):
        """Raises Failure if one of the programs has ended by itself."""
        for thing in self._ends:
            if isinstance(thing, Process):
                thing.check()

    def wait(self, source, pattern, timeout, since=0):
        """Waits for a line; Failure if it does not come or a program ends."""
        try:
            return self.feed.wait(source, pattern, timeout, since, self.check)
        except Timeout as timeout_reached:
            raise Failure(str(timeout_reached)) from None

    def wait_until(self, condition, timeout, message):
        """Polls CONDITION until it is true; Failure with MESSAGE after TIMEOUT."""
        end = time.monotonic() + timeout
        while True:
            result = condition()
            if result:
                return result
            self.check()
            if time.monotonic() > end:
                raise Failure(f"{message} within {timeout:g} s")
            time.sleep(0.02)

    def stop(self):
        # It takes a few seconds at most; an impatient second Ctrl-C must not leave half of it running.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
        while self._ends:
            self._ends.pop().stop()
        for reader in self._readers:
            reader.join(2)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        shutil.rmtree(self.sockets, ignore_errors=True)
        for path in self._secrets:
            if os.path.exists(path):
                os.unlink(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
