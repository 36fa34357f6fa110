# SPDX-License-Identifier: Apache-2.0
"""Keys and certificate chains, made by openssl on the spot."""
import datetime
import os
import subprocess

KEY_OPTIONS = {
    "p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "rsa1024": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    "rsa2048": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa3072": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
    "rsa4096": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
    "secp256k1": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    "ed25519": ["-algorithm", "ED25519"],
}

CONFIG = """
[ca]
default_ca = this
[this]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
unique_subject = no
policy = any
email_in_dn = no
[any]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
CN = replaced by -subj
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = {names}
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectAltName = {names}
[encipherment]
basicConstraints = critical, CA:FALSE
keyUsage = critical, keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = {names}
[not-ca]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
"""


def openssl(*arguments, **options):
    """Runs openssl; raises RuntimeError with what it said."""
    options = options if "input" in options else {"stdin": subprocess.DEVNULL, **options}
    result = subprocess.run(["openssl", *arguments], capture_output=True, timeout=120, check=False, **options)
    if result.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: " + result.stderr.decode(errors="replace").strip())
    return result.stdout


def make_key(path, kind="p256"):
    """A private key, PKCS#8 PEM, readable by its owner only."""
    pem = openssl("genpkey", *KEY_OPTIONS[kind])
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(pem)
    return path


def public_key(path):
    """The public half of a private key, PEM."""
    return openssl("pkey", "-in", path, "-pubout").decode()


def self_signed(path, key, subject="/CN=device"):
    """A certificate around the key of a device, PEM: no more than a key with a name."""
    openssl("req", "-x509", "-new", "-key", key, "-subj", subject, "-days", "3650", "-out", path)
    return read(path)


def openssl_text(pem, kind):
    """What a certificate (KIND x509) or a public key (pkey) holds, in words."""
    options = ["-noout"] if kind == "x509" else ["-pubin", "-noout"]
    return openssl(kind, *options, "-text", input=pem.encode()).decode()


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


class Authority:
    """A certificate authority: a key and a certificate, self-signed or signed by PARENT.  EXTENSIONS: "not-ca"
    for one that only behaves as if it was."""

    def __init__(self, folder, name, kind="p256", parent=None, days=(-30, 3650), digest="sha256",
                 extensions="authority"):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.name = folder, name
        self.key = make_key(self._file("key"), kind)
        self.certificate = self._file("pem")
        self._sign(self.key, f"/CN={name}", extensions, self.certificate, days, parent, digest=digest)

    def _file(self, ending):
        return os.path.join(self.folder, self.name.replace(" ", "-").lower() + "." + ending)

    def pem(self):
        return read(self.certificate)

    def cross_signed(self, other, days=(-30, 3650)):
        """This authority's name and key, vouched for by another root; PEM."""
        path = self._file("by-" + other.name.replace(" ", "-").lower() + ".pem")
        self._sign(self.key, f"/CN={self.name}", "authority", path, days, other)
        return read(path)

    def server(self, host, kind="p256", days=(-1, 90), names=None, digest="sha256", purpose="server",
               folder=None):
        """(certificate PEM, key file) of a server HOST, in FOLDER or beside the authority.  The names
        beside HOST let a subscriber on this machine check the same certificate."""
        names = names or [f"DNS:{host}", "DNS:localhost", "IP:127.0.0.1"]
        folder = folder or self.folder
        key = make_key(os.path.join(folder, f"server-{kind}.key"), kind)
        path = os.path.join(folder, f"server-{kind}.pem")
        self._sign(key, f"/CN={host}", purpose, path, days, self, ", ".join(names), digest)
        return read(path), key

    def _sign(self, key, subject, extensions, path, days, issuer, names="DNS:unused.example", digest="sha256"):
        """A certificate valid from DAYS[0] to DAYS[1], counted from now; ISSUER None: self-signed."""
        folder = os.path.join(self.folder, "ca")
        os.makedirs(folder, exist_ok=True)
        config = os.path.join(folder, "openssl.cnf")
        with open(config, "w", encoding="ascii") as file:
            file.write(CONFIG.format(folder=folder, names=names))
        open(os.path.join(folder, "index.txt"), "w", encoding="ascii").close()
        request = os.path.join(folder, "request.pem")
        openssl("req", "-new", "-config", config, "-key", key, "-subj", subject, "-out", request)
        now = datetime.datetime.now(datetime.timezone.utc)
        start, end = ((now + datetime.timedelta(days=day)).strftime("%Y%m%d%H%M%SZ") for day in days)
        by = ["-selfsign", "-keyfile", key] if issuer is None else ["-keyfile", issuer.key, "-cert", issuer.certificate]
        openssl("ca", "-batch", "-notext", "-md", digest, "-config", config, "-extensions", extensions, *by,
                "-startdate", start, "-enddate", end, "-in", request, "-out", path)


class Chain:
    """A root, an intermediate and a server certificate for HOST."""

    def __init__(self, folder, host, root="p256", intermediate="p256", leaf="p256", days=(-1, 90), names=None):
        self.root = Authority(folder, "Tern test root", root)
        self.intermediate = Authority(folder, "Tern test intermediate", intermediate, parent=self.root)
        certificate, self.server_key = self.intermediate.server(host, leaf, days, names)
        self.server_chain = os.path.join(folder, "server-chain.pem")
        self.present(certificate, self.intermediate.pem())

    def present(self, *certificates):
        """What the server sends: its certificate and those between it and the root."""
        with open(self.server_chain, "w", encoding="ascii") as file:
            file.write("".join(certificates))
