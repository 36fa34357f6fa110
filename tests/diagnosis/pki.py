# SPDX-License-Identifier: Apache-2.0
"""The lab's certificates, by name: each is made the first time that a scenario asks for it."""
import os
import threading

from ternlab import certs

HOST = "mqtt.tern.example"

# name: (common name, key, days of its life from and to now)
ROOTS = {
    "root": ("Tern Lab Root", "p256", (-400, 3650)),
    "other": ("Other Lab Root", "p256", (-400, 3650)),
    "third": ("Third Lab Root", "p256", (-400, 3650)),
    "old": ("Tern Lab Old Root", "p256", (-4000, 400)),
    "new": ("Tern Lab New Root", "p256", (-100, 7000)),
    "twin": ("Tern Lab Root", "p256", (-30, 3650)),            # the name of "root", and another key
    "proxy": ("Corporate Inspection CA", "p256", (-100, 3650)),
    "ended": ("Ended Lab Root", "p256", (-4000, -20)),
    "p384": ("Tern Lab Root P-384", "p384", (-400, 3650)),
    "rsa2048": ("Tern Lab Root RSA-2048", "rsa2048", (-400, 3650)),
    "rsa4096": ("Tern Lab Root RSA-4096", "rsa4096", (-400, 3650)),
    "2050": ("Tern Lab Root of 2050", "p256", (-400, 9500)),   # beyond 2038 and 2049
}

# What a server shows.  Left out: by "root" through an intermediate, P-256, for HOST, from yesterday on for 90 days.
#   root     who is at the top                via      key of the intermediate; None: the root signs the leaf
#   leaf     its key                          days     life of the leaf            via_days  of the intermediate
#   names    subject alternative names        digest   of the leaf's signature     via_digest  of the intermediate's
#   send     what is sent, in this order: "leaf", "via", "root", "cross" (the root, vouched for by cross_by)
#   purpose  "client": it is not for a server; "encipherment": its key must not sign
#   via_is   "not-ca": the intermediate must not sign certificates
#   alone    the leaf vouches for itself
CHAINS = {
    "good": {},
    "direct": {"via": None, "send": ["leaf"]},
    "with-root": {"send": ["leaf", "via", "root"]},
    "disordered": {"send": ["leaf", "root", "via"]},
    "other": {"root": "other"},
    "third": {"root": "third"},
    "old": {"root": "old"},
    "new": {"root": "new"},
    "new-crossed": {"root": "new", "send": ["leaf", "via", "cross"], "cross_by": "old"},
    "twin": {"root": "twin"},
    "proxy": {"root": "proxy", "via": None, "send": ["leaf"], "days": (-0.1, 30)},
    "leaf-only": {"send": ["leaf"]},
    "self-signed": {"alone": True},
    "expired": {"days": (-100, -3)},
    "expired-just": {"days": (-90, -0.05)},
    "ends-soon": {"days": (-80, 1)},
    "begins-just": {"days": (-0.01, 90)},
    "future": {"days": (10, 100)},
    "tomorrow": {"days": (1, 90)},
    "expired-via": {"via_days": (-400, -5)},
    "ended": {"root": "ended", "send": ["leaf", "via", "root"]},
    "wrong-name": {"names": ["DNS:other.tern.example", "DNS:www.tern.example"]},
    "wrong-wildcard": {"names": ["DNS:*.other.example"]},
    "wildcard": {"names": ["DNS:*.tern.example"]},
    "many-names": {"names": [f"DNS:host-{n}.tern.example" for n in range(60)] + [f"DNS:{HOST}"]},
    "address": {"names": ["IP:127.0.0.1"]},
    "sha1": {"digest": "sha1"},
    "sha1-via": {"via_digest": "sha1"},
    "rsa1024": {"leaf": "rsa1024"},
    "secp256k1": {"leaf": "secp256k1"},
    "client": {"purpose": "client"},
    "encipherment": {"purpose": "encipherment"},
    "via-not-ca": {"via_is": "not-ca"},
    "leaf-root": {"send": ["leaf", "root"]},
    "ended-crossed": {"send": ["leaf", "via", "cross"], "cross_by": "ended"},
    "p384": {"root": "p384", "via": "p384", "leaf": "p384"},
    "p384-p256": {"root": "p384", "via": "p384", "leaf": "p256"},
    "rsa2048": {"root": "rsa2048", "via": "rsa2048", "leaf": "rsa2048"},
    "rsa4096": {"root": "rsa4096", "via": "rsa4096", "leaf": "rsa2048"},
    "mixed": {"root": "rsa4096", "via": "p384", "leaf": "p256"},
    "huge": {"root": "rsa4096", "via": "rsa4096", "leaf": "rsa4096",
             "names": [f"DNS:{HOST}"] + [f"DNS:n{n:04}.b" for n in range(1000)]},
    "2050": {"root": "2050", "days": (-1, 9400), "via_days": (-1, 9450)},
}


class Shown:
    """What a server needs: its chain and key, as paths."""

    def __init__(self, chain, key):
        self.server_chain, self.server_key = chain, key


class Pki:
    """Roots and chains in FOLDER."""

    def __init__(self, folder):
        self.folder = folder
        self._roots, self._chains, self._lock = {}, {}, threading.RLock()
        os.makedirs(folder, exist_ok=True)

    def root(self, name):
        """The authority at the top."""
        with self._lock:
            if name not in self._roots:
                common, kind, days = ROOTS[name]
                self._roots[name] = certs.Authority(os.path.join(self.folder, "root-" + name), common, kind, days=days)
            return self._roots[name]

    def chain(self, name):
        with self._lock:
            if name not in self._chains:
                self._chains[name] = self._make(name, **CHAINS[name])
            return self._chains[name]

    def _make(self, name, root="root", via="p256", leaf="p256", days=(-1, 90), via_days=(-300, 3000), names=None,
              digest="sha256", via_digest="sha256", send=("leaf", "via"), cross_by=None, purpose="server",
              via_is="authority", alone=False):
        folder = os.path.join(self.folder, name)
        names = names or [f"DNS:{HOST}"]
        if alone:
            own = certs.Authority(folder, HOST, leaf, days=days)
            return self._shown(folder, own.key, own.pem())
        top = self.root(root)
        middle = None
        if via:
            middle = certs.Authority(folder, f"Intermediate {name}", via, top, via_days, via_digest, via_is)
        os.makedirs(folder, exist_ok=True)
        certificate, key = (middle or top).server(HOST, leaf, days, names, digest, purpose, folder)
        parts = {"leaf": lambda: certificate, "via": lambda: middle.pem(), "root": top.pem,
                 "cross": lambda: top.cross_signed(self.root(cross_by))}
        return self._shown(folder, key, *(parts[part]() for part in send))

    @staticmethod
    def _shown(folder, key, *certificates):
        path = os.path.join(folder, "chain.pem")
        with open(path, "w", encoding="ascii") as file:
            file.write("".join(certificates))
        return Shown(path, key)
