# SPDX-License-Identifier: Apache-2.0
"""What a connection costs on the air and in memory: the whole chain with the demo image, counted by the virtual
modem and read from the machine."""
import os
import re
import ssl
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))

import footprint
import record
from ternlab.lab import Failure, Lab
from ternlab.peer import PUBLISH, Peer
from ternlab.whole import HOST, Whole

COUNTED = "up", "down", "round_trips"


def traffic(whole, since):
    """The counters of the one socket, once the device says that its first message has arrived."""
    whole.lab.wait("device", r"acknowledged", 90, since)
    sockets = whole.modem.control(cmd="counters")["counters"]["sockets"]
    used = [one for one in sockets if one["up"] > 0]
    if len(used) != 1:
        raise Failure(f"one socket should have been used, not {len(used)}")
    return used[0]


def stack_used(device):
    """Bytes of the program's stack that were ever written: the rest shows its paint."""
    symbols = footprint.Elf(device.image).symbols
    bottom, top = symbols["ld_stack_bottom"][0], symbols["ld_stack_top"][0]
    stack = device.memory(bottom, top - bottom)
    paint, unused = stack[:4], 0
    while stack[unused:unused + 4] == paint:
        unused += 4
    return len(stack) - unused


def programs(image, modem):
    """What the chain is made of; `tern` was built beside the modem."""
    return {"image": image, "modem": modem, "tern": os.path.join(os.path.dirname(modem), "../cli/tern")}


def stack_figures(image, modem):
    """{"stack_demo_...": bytes}: from power-on through provisioning and login to telemetry and "status"."""
    found = {}
    for key in "p256", "rsa2048":
        with tempfile.TemporaryDirectory() as folder, Lab(folder) as lab:
            whole = Whole(lab, "qemu", key=key, stock=True, settings=[("interval", 1)], programs=programs(image, modem))
            whole.start()
            lab.wait("device", r"acknowledged 2", 90)
            whole.console.command("status")
            found["stack_demo_" + key] = stack_used(whole.device)
    return found


class LargeCommand(Peer):
    """Answers the first message with a command that fills a record of 16 KB, which no inbox takes."""
    sent = False

    def _answer(self, stream, first, body):
        again = super()._answer(stream, first, body)
        if first >> 4 == PUBLISH and not self.sent:
            self.sent = True
            topic = self.published[-1][0].split("/events")[0].encode() + b"/commands"
            packet = b"\x30\xfd\x7f" + len(topic).to_bytes(2, "big") + topic
            stream.sendall(packet.ljust(16384, b"x"))
        return again


def ram_figures(image, modem):
    """{"ram_...": bytes}: everything static, the arena, and of the program's stack what was ever used; the other
    stacks as they are reserved."""
    with tempfile.TemporaryDirectory() as folder, Lab(folder) as lab:
        chain = record.GoogleLike(lab.path("certs"), HOST)
        peer = lab.at_end(LargeCommand(chain, version=ssl.TLSVersion.TLSv1_2))
        whole = Whole(lab, "qemu", chain=chain, root=chain.pem("r1"), peer=peer, settings=[("interval", 1)],
                      programs=programs(image, modem))
        whole.start()
        lab.wait("device", r"acknowledged 3", 90)
        text = "\n".join(whole.console.must("status"))
        used, peak = map(int, re.search(r"TLS arena (\d+) of \d+ bytes, at most (\d+)", text).groups())
        if peer.handshakes != [("TLSv1.2", False)]:
            raise Failure(f"one full handshake was expected, not {peer.handshakes}")
        size = footprint.footprint(image)
        rest = size["ram"] - size["arena"] - size["stack"] + stack_used(whole.device)
    return {"ram_reserved": size["ram"], "ram_peak": rest + peak, "ram_idle": rest + used}


def figures(image, modem):
    """{"full_up": bytes, ...}: a first connection, then one that resumes it."""
    found = {}
    with tempfile.TemporaryDirectory() as folder, Lab(folder) as lab:
        chain = record.GoogleLike(lab.path("certs"), HOST)
        peer = lab.at_end(Peer(chain, version=ssl.TLSVersion.TLSv1_2))
        whole = Whole(lab, "qemu", chain=chain, root=chain.pem("r1"), peer=peer,
                      programs=programs(image, modem))
        since = lab.feed.mark()
        whole.start()
        for name, resumed in ("full", False), ("resumed", True):
            counted = traffic(whole, since)
            if peer.handshakes[-1] != ("TLSv1.2", resumed):
                raise Failure(f"the handshake was not {name}: {peer.handshakes[-1]}")
            found.update((f"{name}_{what}", counted[what]) for what in COUNTED)
            since = lab.feed.mark()
            whole.modem.control(cmd="reset-counters")
            peer.cut()
    return found
