# SPDX-License-Identifier: Apache-2.0
"""A tiny signed apt repository, and a server that can be told to lie."""

import email.utils
import hashlib
import http.server
import lzma
import os
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

# What a server may do with a path instead of answering it.
MISSING = "missing"
HTML = "html"
TRUNCATED = "truncated"
ENDLESS = "endless"
SLOW = "slow"
WRONG_BYTES = "wrong bytes"
DROPPED = "dropped"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked.append(self.path)
        path = self.server.root / self.path.lstrip("/")
        fault = next((fault for part, fault in self.server.faults.items()
                      if part in self.path), None)
        if fault == MISSING or not path.is_file():
            return self.reply(404, b"no such file\n")
        if fault == DROPPED:
            self.close_connection = True
            return None
        if fault == HTML:
            return self.reply(200, b"<html><body>Please log in</body></html>")
        if fault == ENDLESS:
            return self.endless()
        data = path.read_bytes()
        if fault == WRONG_BYTES:
            data = data[:-8] + bytes(byte ^ 0x55 for byte in data[-8:])
        if fault == TRUNCATED:
            self.close_connection = True
            return self.reply(200, data[:len(data) // 2], len(data))
        if fault == SLOW:
            return self.slow(data)
        return self.reply(200, data)

    def head(self, status, length):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()

    def reply(self, status, data, length=None):
        self.head(status, len(data) if length is None else length)
        self.wfile.write(data)

    def endless(self):
        self.head(200, None)
        block = b"Package: a\n" * 8192
        while not self.server.closing.is_set():
            self.wfile.write(block)

    def slow(self, data):
        self.head(200, len(data))
        for byte in data:
            if self.server.closing.wait(1):
                break
            self.wfile.write(bytes([byte]))
            self.wfile.flush()


class Server(http.server.ThreadingHTTPServer):
    """Serves ROOT on the loopback. faults: {part of a path: what to do}."""

    daemon_threads = True

    def __init__(self, root):
        super().__init__(("127.0.0.1", 0), Handler)
        self.root = Path(root)
        self.faults = {}
        self.asked = []
        self.closing = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.05,),
                         daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that hangs up on us is what half of the faults are for."""

    def close(self):
        self.closing.set()
        self.shutdown()
        self.server_close()


class Keys:
    """GnuPG keys that nobody else has."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="gnupg-", dir="/tmp")
        self.names = {}

    def gpg(self, *args, input=None):
        return subprocess.run(
            ["gpg", "--homedir", self.home, "--batch", "--quiet", "--yes",
             "--passphrase", "", "--pinentry-mode", "loopback", *args],
            input=input, check=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE).stdout

    def make(self, name, algorithm="ed25519", expires="never", since=None):
        at = ["--faked-system-time", since] if since else []
        self.gpg(*at, "--quick-generate-key", f"{name} <{name}@example.org>",
                 algorithm, "sign", expires)
        self.names[name] = f"{name}@example.org"

    def public(self, *names):
        return self.gpg("--export", *[self.names[name] for name in names])

    def sign(self, text, *names, options=()):
        """TEXT as a clear-signed message, as InRelease is."""
        users = [word for name in names
                 for word in ("--local-user", self.names[name])]
        return self.gpg(*options, *users, "--clear-sign", input=text)

    def close(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"],
                       check=False)
        shutil.rmtree(self.home, ignore_errors=True)


def build_deb(folder, name, version, architecture="all", files=None,
              scripts=None, **fields):
    """A .deb under FOLDER. files: {path: text}; scripts: {postinst: text}."""
    control = {"Package": name, "Version": version,
               "Architecture": architecture,
               "Maintainer": "Nobody <nobody@example.org>",
               **{key.replace("_", "-"): value
                  for key, value in fields.items()},
               "Description": f"{name} for tests"}
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    plain = version.split(":")[-1]
    deb = folder / f"{name}_{plain}_{architecture}.deb"
    with tempfile.TemporaryDirectory() as work:
        tree = Path(work) / "tree"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN" / "control").write_text(
            "".join(f"{key}: {value}\n" for key, value in control.items()))
        for script, text in (scripts or {}).items():
            path = tree / "DEBIAN" / script
            path.write_text(text)
            path.chmod(0o755 if script != "conffiles" else 0o644)
        for path, text in (files or {}).items():
            path = tree / path.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        tree.chmod(0o755)
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", tree, deb],
            check=True, stdout=subprocess.DEVNULL)
    return deb, control


class Repository:
    """A repository with the suites stable and stable-security, signed by the
    key "archive"; keys "other" and "expired" exist for wrong signatures."""

    LABELS = {"stable": "Debian", "stable-updates": "Debian",
              "stable-security": "Debian-Security"}

    def __init__(self):
        self.root = Path(tempfile.mkdtemp(prefix="repository-", dir="/tmp"))
        self.packages = {suite: [] for suite in self.LABELS}
        self.keys = Keys()
        self.keys.make("archive")
        self.keys.make("classic", "rsa3072")
        self.keys.make("other")
        self.keyring = self.root / "lab.gpg"
        self.keyring.write_bytes(self.keys.public("archive", "classic"))
        self.www = self.root / "www"
        self.www.mkdir()
        self.server = Server(self.www)
        self.url = self.server.url
        self.faults = self.server.faults
        for suite in self.LABELS:
            self.publish(suite)

    def close(self):
        self.server.close()
        self.keys.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def clear(self):
        """As new: no package, no fault, nothing asked."""
        self.faults.clear()
        self.server.asked.clear()
        shutil.rmtree(self.www)
        self.www.mkdir()
        for suite in self.LABELS:
            self.packages[suite] = []
            self.publish(suite)

    def sources(self, url=None):
        return "".join(
            f"deb [signed-by=/usr/share/keyrings/lab.gpg] {url or self.url} "
            f"{suite} main\n" for suite in self.LABELS)

    def add(self, suite, name, version, architecture="all", **options):
        """Build a package into the pool, and list it in SUITE."""
        deb, control = build_deb(self.www / "pool", name, version,
                                 architecture, **options)
        self.list(suite, deb, control)
        self.publish(suite)
        return deb

    def take(self, suite, debs):
        """List .debs that somebody else has built."""
        pool = self.www / "pool"
        pool.mkdir(exist_ok=True)
        for deb in debs:
            text = subprocess.run(
                ["dpkg-deb", "-f", deb], check=True, text=True,
                stdout=subprocess.PIPE).stdout
            # A field with its continuation lines, of which we keep none.
            control = dict(line.split(": ", 1) for line in text.splitlines()
                           if line[:1] not in " \t" and ": " in line)
            # A mirror knows no escapes in the names of its files.
            copy = pool / deb.name.replace("%3a", ".")
            shutil.copyfile(deb, copy)
            self.list(suite, copy, control)
        self.publish(suite)

    def list(self, suite, deb, control):
        data = deb.read_bytes()
        control |= {"Filename": f"pool/{deb.name}", "Size": str(len(data)),
                    "SHA256": hashlib.sha256(data).hexdigest()}
        self.packages[suite].append(control)

    def publish(self, suite, signers=("archive",), date=None,
                valid_until=None, change=None, sign_options=(), **fields):
        """Write the suite's indexes. change: what to do with the signed
        InRelease before it is stored."""
        folder = self.www / "dists" / suite
        shutil.rmtree(folder, ignore_errors=True)
        binary = folder / "main" / "binary-amd64"
        by_hash = binary / "by-hash" / "SHA256"
        by_hash.mkdir(parents=True)
        text = "\n".join(
            "".join(f"{key}: {value}\n" for key, value in control.items())
            for control in self.packages[suite]).encode()
        hashes = []
        for name, data in (("Packages", text),
                           ("Packages.xz", lzma.compress(text))):
            (binary / name).write_bytes(data)
            digest = hashlib.sha256(data).hexdigest()
            (by_hash / digest).write_bytes(data)
            hashes.append(
                f" {digest} {len(data)} main/binary-amd64/{name}\n")
        now = time.time() if date is None else date
        release = {
            "Origin": "Debian", "Label": self.LABELS[suite], "Suite": suite,
            "Codename": suite.replace("stable", "lab"),
            "Date": email.utils.formatdate(now, usegmt=True)
                .replace("GMT", "UTC"),
            "Acquire-By-Hash": "yes", "Architectures": "all amd64",
            "Components": "main", **fields}
        if valid_until is not None:
            release["Valid-Until"] = email.utils.formatdate(
                valid_until, usegmt=True).replace("GMT", "UTC")
        text = "".join(f"{key}: {value}\n" for key, value in release.items())
        text = (text + "SHA256:\n" + "".join(hashes)).encode()
        signed = self.keys.sign(text, *signers, options=sign_options) \
            if signers else text
        if change:
            signed = change(signed)
        (folder / "InRelease").write_bytes(signed)
        os.utime(folder / "InRelease", (now, now))
