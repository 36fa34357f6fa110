# SPDX-License-Identifier: Apache-2.0
"""Reads scenario files; what is wrong with one is said by file and name.  The format stands in diagnose.py."""
import copy
import glob
import os
import tomllib

from endpoint import Endpoint
from pki import CHAINS, ROOTS

SECTIONS = {
    "device": {"roots", "key", "seed", "hurry", "options", "settings", "start"},
    "modem": {"options", "do", "maps"},
    "server": {"kind", "chain", "device", "settings"} | set(Endpoint.WORDS),
    "expect": {"code", "must", "must_not", "within", "console", "first", "never"},
    "recovery": {"steps", "within", "none", "says", "must", "online"},
    "also": {"device", "modem", "server", "steps", "code", "must", "must_not", "within", "console", "first", "recover"},
    "near_miss": {"device", "modem", "server", "steps", "ends", "hold", "others", "must", "must_not", "within"},
}
TOP = {"case", "title", "steps"} | set(SECTIONS)
VERBS = {"console", "paste", "roots", "key", "wait", "verdict", "online", "modem", "server", "bridge", "power_cut",
         "sleep", "tern", "secret", "config", "answers", "within", "cut", "restart", "times"}
HEALTHY_TOP = {"title", "steps", "device", "modem", "server", "hold", "must", "console"}


class Wrong(Exception):
    """A scenario that cannot be run as it is written."""


def _known(place, names, known):
    for name in names:
        if name not in known:
            raise Wrong(f"{place}: '{name}' is not one of {', '.join(sorted(known))}")


def _check_steps(place, steps):
    for number, step in enumerate(steps, 1):
        _known(f"{place}, step {number}", step, VERBS)


def _check_parts(place, part):
    for section in ("device", "modem", "server"):
        _known(f"{place} [{section}]", part.get(section, {}), SECTIONS[section])
    server = part.get("server", {})
    if server.get("chain", "good") not in CHAINS:
        raise Wrong(f"{place}: '{server['chain']}' is not a chain of pki.py")
    for name in part.get("device", {}).get("roots", []):
        if name not in ROOTS:
            raise Wrong(f"{place}: '{name}' is not a root of pki.py")
    _check_steps(place, part.get("steps", []))


def _listed(read, section):
    found = read.get(section, [])
    return found if isinstance(found, list) else [found]


class Scenario:
    """One file: what is run to see a sentence, and its near misses."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.read = tomllib.load(file)
        self.path, self.name = path, os.path.splitext(os.path.basename(path))[0]
        healthy = os.path.basename(os.path.dirname(path)) == "healthy"
        _known(path, self.read, HEALTHY_TOP if healthy else TOP)
        _check_parts(path, self.read)
        if not healthy:
            _known(f"{path} [expect]", self.read.get("expect", {}), SECTIONS["expect"])
            _known(f"{path} [recovery]", self.read.get("recovery", {}), SECTIONS["recovery"])
            _check_steps(f"{path} [recovery]", self.read.get("recovery", {}).get("steps", []))
            for section in ("also", "near_miss"):
                for part in _listed(self.read, section):
                    _known(f"{path} [{section}]", part, SECTIONS[section])
                    _check_parts(f"{path} [{section}]", part)
            if not self.read.get("case") or "expect" not in self.read:
                raise Wrong(f"{path}: needs case and [expect]")
        self.case, self.title = self.read.get("case", "healthy"), self.read.get("title", self.name)
        self.expect, self.recovery = self.read.get("expect", {}), self.read.get("recovery")
        self.healthy = healthy

    def parts(self, near=None):
        """What is run: the scenario's own, with what a near miss changes."""
        parts = {name: copy.deepcopy(self.read.get(name, {})) for name in ("device", "modem", "server")}
        parts["steps"] = self.read.get("steps", [])
        if near is not None:
            for name in ("device", "modem", "server"):
                change = near.get(name, {})
                if "kind" in change:
                    parts[name] = dict(change)
                else:
                    settings = {**parts[name].get("settings", {}), **change.get("settings", {})}
                    parts[name].update(change)
                    if settings:
                        parts[name]["settings"] = settings
            parts["steps"] = near.get("steps", parts["steps"])
        return parts

    def near_misses(self):
        return _listed(self.read, "near_miss")

    def siblings(self):
        """Other ways to the same sentence, or to one of its family: (what is different, what is expected)."""
        for also in _listed(self.read, "also"):
            yield also, {**self.expect, **{k: v for k, v in also.items() if k in SECTIONS["expect"]}}


def load(folder, only=None):
    """All scenarios of FOLDER, in order; ONLY: those whose name or case begins so."""
    found = [Scenario(path) for path in sorted(glob.glob(os.path.join(folder, "*.toml")))]
    return [one for one in found if only is None or one.name.startswith(only) or one.case == only]
