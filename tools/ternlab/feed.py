# SPDX-License-Identifier: Apache-2.0
"""What everybody said, line by line, in the order in which it came."""
import os
import re
import threading
import time
from typing import NamedTuple


class Line(NamedTuple):
    when: float     # time.monotonic()
    source: str     # "device", "modem", "cloud", ...
    text: str


class Timeout(Exception):
    """What was waited for did not come."""


class Feed:
    """Collects lines from threads; others wait for one that matches."""

    def __init__(self, show=None):
        self._lines, self._ready, self._show = [], threading.Condition(), show

    def add(self, source, text):
        line = Line(time.monotonic(), source, text)
        with self._ready:
            self._lines.append(line)
            if self._show is not None:
                self._show(line)
            self._ready.notify_all()

    def mark(self):
        """A position: wait(since=mark) looks at what comes later only."""
        with self._ready:
            return len(self._lines)

    def lines(self, source=None, since=0):
        with self._ready:
            return [line for line in self._lines[since:] if source in (None, line.source)]

    def find(self, source, pattern, since=0):
        return [line for line in self.lines(source, since) if re.search(pattern, line.text)]

    def wait(self, source, pattern, timeout, since=0, alive=None):
        """The first line of SOURCE that matches PATTERN; Timeout after TIMEOUT
        seconds.  ALIVE, called now and then, raises when waiting has become
        pointless."""
        end = time.monotonic() + timeout
        position = since
        while True:
            with self._ready:
                for line in self._lines[position:]:
                    if line.source == source and re.search(pattern, line.text):
                        return line
                position = len(self._lines)
                left = end - time.monotonic()
                if left <= 0:
                    raise Timeout(f"{source} did not say /{pattern}/ within {timeout:g} s")
                self._ready.wait(min(left, 0.25))
            if alive is not None:
                alive()


class Reader(threading.Thread):
    """Reads a file descriptor to its end and feeds its lines; all bytes go to
    LOG too.  ON_BYTES sees every piece as it comes, before its lines."""

    def __init__(self, feed, source, fd, log=None, on_bytes=None, close=True):
        super().__init__(daemon=True, name="read " + source)
        self._feed, self._source, self._fd, self._log = feed, source, fd, log
        self._on_bytes, self._close = on_bytes, close
        self.start()

    def run(self):
        rest = b""
        log = open(self._log, "ab") if self._log else None
        while True:
            try:
                data = os.read(self._fd, 65536)
            except OSError:
                data = b""
            if not data:
                break
            if log:
                log.write(data)
                log.flush()
            if self._on_bytes is not None:
                self._on_bytes(data)
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._feed.add(self._source, line.decode("utf-8", "replace").rstrip("\r"))
        if rest:
            self._feed.add(self._source, rest.decode("utf-8", "replace"))
        if log:
            log.close()
        if self._close:
            os.close(self._fd)


class Tail(threading.Thread):
    """Feeds the lines of a file that another program writes."""

    def __init__(self, feed, source, path):
        super().__init__(daemon=True, name="tail " + source)
        self._feed, self._source, self._path = feed, source, path
        self._ended = threading.Event()
        self.start()

    def run(self):
        rest, file = b"", None
        while True:
            last = self._ended.is_set()
            if file is None and os.path.exists(self._path):
                file = open(self._path, "rb")
            data = file.read() if file else b""
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._feed.add(self._source, line.decode("utf-8", "replace"))
            if last:
                break
            if not data:
                self._ended.wait(0.05)
        if file:
            file.close()

    def stop(self):
        self._ended.set()
        self.join(2)
