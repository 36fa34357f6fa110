#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make run: the whole chain on this machine, until Ctrl-C or for a time.

    run.py [--board qemu|linux] [--sink log|mqtt] [--duration SECONDS] [--interval SECONDS]

Starts tern-bridge on certificates made on the spot, the virtual modem and the
device; makes it one with `tern provision`, over its console, and known to the
bridge with `tern device create`; prints each message as the bridge's log has it,
and what bridge, modem and device say; when telemetry flows, sends the device a
config.  With --sink mqtt the bridge also passes all on to a mosquitto.  Status 0
if telemetry arrived, 1 with the reason if not.
"""
import argparse
import datetime
import fcntl
import json
import os
import re
import shutil
import signal
import sys
import time

from ternlab.bridge import REGISTRY
from ternlab.broker import Broker, message
from ternlab.lab import TOP, Failure, Lab
from ternlab.whole import HOST, Whole

FIRST_TELEMETRY_S = 60
DEVICE = "f103"

# When so many messages have arrived, the device gets this config.
CONFIG_AFTER = 2
CONFIG = '{"LedOn":true,"TelemetryInterval":%d}'

COLOURS = {"cloud": "1;32", "mqtt": "32", "bridge": "33", "device": "36", "modem": "2", "tern": "1"}


class Screen:
    """Columns: who, what.  Colour on a terminal only, and not with NO_COLOR."""

    def __init__(self, out):
        terminal = out.isatty()
        self._out, self._colour = out, terminal and not os.environ.get("NO_COLOR")
        self._width = shutil.get_terminal_size().columns if terminal else 0

    def line(self, source, text):
        text = "".join(c if c.isprintable() else " " for c in text.replace("\t", " "))
        if source not in ("cloud", "mqtt") and self._width > 20:
            room = self._width - 9
            text = text if len(text) <= room else text[:room - 1] + "…"
        line = f"{source:<6} │ {text}"
        if self._colour:
            line = f"\033[{COLOURS.get(source, '0')}m{line}\033[0m"
        try:
            self._out.write(line + "\n")
            self._out.flush()
        except BrokenPipeError:
            # Whoever read this has gone: end in order.
            self._out = open(os.devnull, "w", encoding="utf-8")
            os.kill(os.getpid(), signal.SIGTERM)

    def show(self, line):
        if line.source in ("cloud", "mqtt"):
            self.line(line.source, describe(line))
        elif line.source == "bridge":
            for text in journal_line(line.text):
                self.line("bridge", text)
        elif line.source == "modem":
            for text in modem_line(line.text):
                self.line("modem", text)
        elif line.text.strip() and not re.fullmatch(r"\S+> ", line.text):
            self.line(line.source, line.text)


def describe(line):
    """A message as one line: time, topic, payload."""
    topic, payload = message(line)
    text = payload if isinstance(payload, str) else json.dumps(payload, separators=(",", ":"))
    return f"{datetime.datetime.now():%H:%M:%S} {topic} {text}"


def modem_line(text):
    """The modem's log without times, empty lines and the dumps of what was sent: those are in the log."""
    match = re.fullmatch(r"\d+\.\d+ (<-|->|--) (?:\\r|\\n)*(.*?)(?:\\r|\\n)*", text)
    if match and match[2]:
        yield f"{match[1]} {match[2]}"


def journal_line(text):
    """What the bridge says, without what is the same in every line."""
    try:
        entry = json.loads(text)
    except ValueError:
        entry = {"sentence": text}
    device = entry.get("resourceName", "").rpartition("/")[2]
    event, topic = entry.get("eventType"), entry.get("publishToDeviceTopicType")
    words = [device, event, topic if topic != event else None, f"version {entry['version']}" if "version" in entry else None,
             entry.get("sentence"), entry.get("change")]
    # Telemetry is shown as the log has it; of the admin's calls those that change something.
    if event != "PUBLISH" and (event != "ADMIN" or "change" in entry):
        yield " ".join(word for word in words if word)


def is_telemetry(line):
    return "/events" in message(line)[0]


def work_folder(board):
    """build/run/BOARD, ours alone while we run."""
    folder = os.path.join(TOP, "build/run", board)
    os.makedirs(folder, exist_ok=True)
    lock = open(os.path.join(folder, "lock"), "w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Failure(f"another 'make run BOARD={board}' is at work in {folder}") from None
    shutil.rmtree(os.path.join(folder, "bridge"), ignore_errors=True)      # each run begins with an empty registry
    return folder, lock


def bring_up(lab, arguments, say):
    """Everything from certificates to a device that was told to start."""
    def register(bridge, public):
        for words in (["registry", "create", REGISTRY, "--log-level", "debug"], ["device", "create", DEVICE, "--key", public]):
            say("$ tern " + " ".join(os.path.relpath(word, lab.folder) if word == public else word for word in words))
            bridge.tern(*words, source="tern")

    settings = {"sink": ["log"]}
    if arguments.sink == "mqtt":
        broker = Broker(lab, None, name="mosquitto", topics="tern/#")
        broker.subscribe(topics=("tern/#",), source="mqtt")
        settings = {"sink": ["log", "mqtt"], "mqtt_host": "127.0.0.1", "mqtt_port": broker.port}
        say(f"mosquitto: on 127.0.0.1:{broker.port}, the bridge's second sink")
    say("certificates, bridge, modem and device are started; 'tern provision' gives the device seed, root and settings "
        "over its console, and has it make its key")
    whole = Whole(lab, arguments.board, key=None, settings=[("interval", arguments.interval)], device_id=DEVICE,
                  bridge_settings=settings, register=register)
    say(f"bridge: {HOST} for the device, 127.0.0.1:{whole.server.port} here; its admin interface is "
        f"http://127.0.0.1:{whole.server.admin_port}")
    whole.start()
    return whole


def watch(lab, arguments, whole, started, say):
    """Until the time is over (None: for ever); true if telemetry arrived."""
    first, warned, configured = None, False, False
    duration = arguments.duration
    while duration is None or time.monotonic() - started < duration:
        lab.check()
        arrived = [line for line in lab.feed.lines("cloud") if is_telemetry(line)]
        if first is None and arrived:
            first = arrived[0].when
            say(f"first telemetry {first - started:.1f} s after the start" + ("" if duration else "; Ctrl-C ends this"))
        if not configured and len(arrived) >= CONFIG_AFTER:
            configured = True
            send_config(whole.server, CONFIG % max(1, arguments.interval // 2), say)
        if first is None and not warned and time.monotonic() - started > FIRST_TELEMETRY_S:
            warned = True
            say(f"no telemetry yet after {FIRST_TELEMETRY_S} s; logs are in {lab.folder}")
        time.sleep(0.1)
    return first is not None


def send_config(bridge, config, say):
    """By the command line, which waits for the device's acknowledgement and shows it."""
    say(f"$ tern config set {DEVICE} '{config}' --wait 20")
    try:
        bridge.tern("config", "set", DEVICE, config, "--wait", "20", source="tern")
    except Failure as failure:
        say(f"{failure}")


def why_not(lab, since):
    """The device's last word on what is wrong."""
    told = [line.text for line in lab.feed.lines("device", since) if re.match("(error|diagnosis): ", line.text)]
    return told[-1] if told else "the device reported no error"


def interrupted(number, _):
    raise KeyboardInterrupt(number)


def main():
    parser = argparse.ArgumentParser(description="the whole chain on this machine")
    parser.add_argument("--board", choices=["qemu", "linux"], default="qemu")
    parser.add_argument("--sink", choices=["log", "mqtt"], default="log")
    parser.add_argument("--duration", type=int, help="seconds; default: until Ctrl-C")
    parser.add_argument("--interval", type=int, default=5, help="seconds between two telemetry messages (default 5)")
    arguments = parser.parse_args()
    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        signal.signal(getattr(signal, name), interrupted)
    sys.stdout.reconfigure(errors="replace")    # a locale need not know every character
    screen = Screen(sys.stdout)

    def say(text):
        screen.line("tern", text)

    started = time.monotonic()
    try:
        folder, _lock = work_folder(arguments.board)
        with Lab(folder, screen.show) as lab:
            try:
                whole = bring_up(lab, arguments, say)
                arrived = watch(lab, arguments, whole, started, say)
            except KeyboardInterrupt:
                arrived = any(is_telemetry(line) for line in lab.feed.lines("cloud"))
                say("ending")
                if not arrived:
                    return 130
        count = sum(1 for line in lab.feed.lines("cloud") if is_telemetry(line))
        if arrived:
            say(f"{count} telemetry {'message' if count == 1 else 'messages'} in {time.monotonic() - started:.0f} s; logs are in {folder}")
            return 0
        say(f"no telemetry arrived in {arguments.duration} s: {why_not(lab, whole.started)}; logs are in {folder}")
        return 1
    except (Failure, RuntimeError, OSError) as failure:
        say(f"failed: {failure}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
