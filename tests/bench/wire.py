# SPDX-License-Identifier: Apache-2.0
"""What a connection costs on the air: the whole chain, counted by the virtual modem."""
import os
import ssl
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))

import footprint
import record
from ternlab.lab import Failure, Lab
from ternlab.peer import Peer
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
            whole = Whole(lab, "qemu", key=key, settings=[("interval", 1)], programs=programs(image, modem))
            whole.start()
            lab.wait("device", r"acknowledged 2", 90)
            whole.console.command("status")
            found["stack_demo_" + key] = stack_used(whole.device)
    return found


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
