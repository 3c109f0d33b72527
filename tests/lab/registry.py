# SPDX-License-Identifier: Apache-2.0
"""Registries on the loopback: the field's own, and one that can be told to
misbehave in any way."""

import gzip
import hashlib
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse
import warnings
from dataclasses import dataclass, field
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(kind, data, **more):
    return {"mediaType": kind, "digest": digest(data), "size": len(data),
            **more}


class Image:
    """An image of plain TARS, made here."""

    def __init__(self, *tars, architecture="amd64"):
        self.layers = [gzip.compress(tar, 1, mtime=0) for tar in tars]
        self.config = json.dumps({
            "architecture": architecture, "os": "linux", "config": {},
            "rootfs": {"type": "layers",
                       "diff_ids": [digest(tar) for tar in tars]}}).encode()
        self.manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": descriptor(CONFIG, self.config),
            "layers": [descriptor(LAYER, data) for data in self.layers]},
        ).encode()
        self.digest = digest(self.manifest)
        self.blobs = [self.config, *self.layers]

    def layout(self, folder, tag):
        """The image as an OCI layout, for skopeo."""
        blobs = Path(folder) / "blobs" / "sha256"
        blobs.mkdir(parents=True)
        for data in (self.manifest, *self.blobs):
            (blobs / digest(data)[7:]).write_bytes(data)
        (Path(folder) / "oci-layout").write_text(
            '{"imageLayoutVersion":"1.0.0"}')
        (Path(folder) / "index.json").write_text(json.dumps({
            "schemaVersion": 2, "manifests": [
                descriptor(MANIFEST, self.manifest, annotations={
                    "org.opencontainers.image.ref.name": tag})]}))
        return f"oci:{folder}:{tag}"


class Authority:
    """Issues certificates that nobody else trusts."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.key, self.cert = self._make("ca", "-x509", "-addext",
                                         "keyUsage=critical,keyCertSign")

    def _make(self, name, *options):
        key = self.folder / f"{name}.key"
        cert = self.folder / f"{name}.crt"
        subprocess.run(
            ["openssl", "req", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN=lab {name}",
             "-days", "30", "-keyout", key, "-out", cert, *options],
            check=True, stderr=subprocess.PIPE)
        return key, cert

    def issue(self, name, *hosts, usage="serverAuth"):
        """(key, certificate) for HOSTS."""
        names = ",".join(("IP:" if host[0].isdigit() else "DNS:") + host
                         for host in hosts)
        key, request = self._make(f"{name}-request")
        cert = self.folder / f"{name}.pem"
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"extendedKeyUsage={usage}\n" + (
            f"subjectAltName={names}\n" if names else ""))
        subprocess.run(
            ["openssl", "x509", "-req", "-in", request, "-CA", self.cert,
             "-CAkey", self.key, "-CAcreateserial", "-days", "30",
             "-extfile", extensions, "-out", cert],
            check=True, stderr=subprocess.PIPE)
        return key, cert

    def context(self, *hosts, client_ca=None):
        """What a server for HOSTS speaks TLS with."""
        key, cert = self.issue(f"server-{len(list(self.folder.iterdir()))}",
                               *hosts)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        if client_ca:
            context.load_verify_locations(client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


class Distribution:
    """A docker-registry. users: {name: password}; tls: (key, certificate)."""

    def __init__(self, users=None, tls=None):
        self.home = Path(tempfile.mkdtemp(prefix="registry-", dir="/tmp"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        config = {"version": 0.1, "log": {"level": "error",
                                          "accesslog": {"disabled": True}},
                  "storage": {"filesystem": {
                      "rootdirectory": str(self.home / "data")}},
                  "http": {"addr": self.host}}
        if tls:
            config["http"]["tls"] = {"key": str(tls[0]),
                                     "certificate": str(tls[1])}
        if users:
            (self.home / "htpasswd").write_text("".join(
                f"{name}:" + crypt.crypt(
                    password, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)
                ).replace("$2b$", "$2y$") + "\n"
                for name, password in users.items()))
            config["auth"] = {"htpasswd": {
                "realm": "the lab", "path": str(self.home / "htpasswd")}}
        # YAML holds JSON.
        (self.home / "config.yml").write_text(json.dumps(config))
        self.process = subprocess.Popen(
            ["docker-registry", "serve", self.home / "config.yml"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home)})
        self._wait()

    def _wait(self, patience_sec=20):
        end = time.monotonic() + patience_sec
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.05)

    def push(self, source, name, creds=None):
        """As skopeo pushes: SOURCE in one of its transports."""
        options = ["--dest-creds", creds] if creds else []
        subprocess.run(
            ["skopeo", "copy", "--quiet", "--insecure-policy",
             "--preserve-digests", "--dest-tls-verify=false", *options,
             source, f"docker://{self.host}/{name}"],
            check=True, stderr=subprocess.PIPE)

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


@dataclass
class Asked:
    method: str
    path: str
    query: dict
    headers: dict
    body: bytes = b""
    host: str = ""

    @property
    def authorization(self):
        return self.headers.get("authorization")


@dataclass
class Reply:
    """What a scripted registry answers. length: what it says of the body, if
    that is not the truth; None with chunked."""
    status: int = 200
    body: bytes = b""
    headers: dict = field(default_factory=dict)
    length: object = True
    cut: int = -1        # hang up after so many bytes of the body
    stall: bool = False  # ...or say nothing more
    chunked: bool = False


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_any(self):
        server = self.server.script
        url = urllib.parse.urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        asked = Asked(self.command, url.path,
                      urllib.parse.parse_qs(url.query),
                      {name.lower(): value
                       for name, value in self.headers.items()},
                      self.rfile.read(length), self.headers.get("Host"))
        with server.lock:
            server.asked.append(asked)
            server.n_running += 1
            server.most_running = max(server.most_running, server.n_running)
        try:
            self.answer(server.answer(asked))
        except OSError:
            self.close_connection = True
        finally:
            with server.lock:
                server.n_running -= 1

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = handle_any

    def answer(self, reply):
        body = reply.body
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            for one in value if isinstance(value, list) else [value]:
                self.send_header(name, one)
        if reply.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif reply.length is True:
            self.send_header("Content-Length", str(len(body)))
        elif reply.length is not None:
            self.send_header("Content-Length", str(reply.length))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        if callable(body):
            self.close_connection = True
            return body(self)
        if reply.cut >= 0:
            body = body[:reply.cut]
        if reply.chunked:
            for i in range(0, len(body), 1000):
                part = body[i:i + 1000]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            if reply.cut < 0:
                self.wfile.write(b"0\r\n\r\n")
        else:
            self.wfile.write(body)
        self.wfile.flush()
        if reply.stall:
            self.server.closing.wait(60)
        if reply.cut >= 0 or reply.stall or reply.length is not True:
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, script, context):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script
        self.closing = script.closing
        self.context = context
        threading.Thread(target=self.serve_forever, args=(0.05,),
                         daemon=True).start()

    def finish_request(self, request, client_address):
        if self.context:
            request.settimeout(30)
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        """Clients hang up, and do not trust us: that is what we are for."""


class Scripted:
    """A registry, a token server and a storage in one, as told. rules: each
    is asked for a Reply, before the decent answer, with what was asked; None
    leaves it to the next."""

    def __init__(self, context=None):
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.manifests = {}  # (repository, tag or digest): (type, bytes)
        self.blobs = {}
        self.rules = []
        self.asked = []
        self.n_running = self.most_running = 0
        self.tokens = {}     # what is good for more than nothing
        self.realm = None    # a token is wanted, from there
        self.token_reply = {}
        self.n_tokens = 0
        self.server = Server(self, context)
        self.port = self.server.server_port
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"{'https' if context else 'http'}://{self.host}"

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def add(self, image, repository="lab/app", tag="1"):
        for reference in (tag, image.digest):
            self.manifests[repository, reference] = (MANIFEST, image.manifest)
        for data in image.blobs:
            self.blobs[digest(data)] = data
        return image

    def rule(self, function):
        self.rules.append(function)
        return function

    def once(self, part, reply, times=1):
        """Answer what has PART in its path so, TIMES times."""
        left = [times]

        def rule(asked):
            if part in asked.path and left[0] > 0:
                left[0] -= 1
                return reply(asked) if callable(reply) else reply
            return None
        return self.rule(rule)

    def always(self, part, reply):
        return self.once(part, reply, 1 << 30)

    def count(self, part, method=None):
        return len(self.seen(part, method))

    def seen(self, part, method=None):
        return [asked for asked in self.asked if part in asked.path and
                method in (None, asked.method)]

    def answer(self, asked):
        for rule in list(self.rules):
            reply = rule(asked)
            if reply is not None:
                return reply
        return self.decent(asked)

    def challenge(self, repository, **more):
        values = {"realm": self.realm, "service": "lab",
                  "scope": f"repository:{repository}:pull", **more}
        return {"WWW-Authenticate": "Bearer " + ",".join(
            f'{name}="{value}"' for name, value in values.items() if value)}

    def decent(self, asked):
        if asked.path == "/token":
            with self.lock:
                self.n_tokens += 1
                token = f"token-{self.n_tokens}"
                self.tokens[token] = asked.query.get("scope", [])
            return Reply(200, json.dumps(
                {"token": token, **self.token_reply}).encode())
        parts = asked.path.split("/")
        if parts[1] != "v2":
            return Reply(404)
        if asked.path == "/v2/":
            return Reply(200, b"{}")
        repository, kind, which = "/".join(parts[2:-2]), parts[-2], parts[-1]
        if self.realm and (asked.authorization or "").removeprefix(
                "Bearer ") not in self.tokens:
            return Reply(401, error("UNAUTHORIZED", "authentication required"),
                         self.challenge(repository))
        if kind == "manifests":
            found = self.manifests.get((repository, which))
            if not found:
                return Reply(404, error("MANIFEST_UNKNOWN", "no such thing"))
            return Reply(200, found[1], {
                "Content-Type": found[0],
                "Docker-Content-Digest": digest(found[1])})
        if which not in self.blobs:
            return Reply(404, error("BLOB_UNKNOWN", "no such thing"))
        return ranged(asked, self.blobs[which])


def ranged(asked, data, headers=None):
    """DATA, or the part of it that is asked for."""
    wanted = asked.headers.get("range")
    if not wanted:
        return Reply(200, data, dict(headers or {}))
    start = int(wanted.removeprefix("bytes=").removesuffix("-"))
    if start >= len(data):
        return Reply(416, b"", {"Content-Range": f"bytes */{len(data)}"})
    return Reply(206, data[start:], {
        "Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}",
        **(headers or {})})


def error(code, message):
    return json.dumps({"errors": [{"code": code,
                                   "message": message}]}).encode()


class ConnectProxy:
    """A proxy for https, for which every host is PORT here."""

    def __init__(self, port):
        self.port = port
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self.listener.close()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,),
                             daemon=True).start()

    def _connect(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            data = client.recv(4096)
            if not data:
                return
            head += data
        self.asked.append(head.split()[1].decode())
        server = socket.create_connection(("127.0.0.1", self.port))
        client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        back = threading.Thread(target=self._copy, args=(server, client),
                                daemon=True)
        back.start()
        self._copy(client, server)

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(1 << 16):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
