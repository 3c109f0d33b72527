# SPDX-License-Identifier: Apache-2.0
"""The registry client alone (tests/system/registry_driver.c), and what is
asked of it again and again."""

import base64
import json
import os
import random
import shutil
import subprocess
from pathlib import Path

from lab import BUILD
from lab.program import Result
from lab.registry import ConnectProxy, Reply, digest, error, ranged

DRIVER = Path(os.environ.get("REGISTRY_DRIVER",
                             BUILD / "tests" / "registry_driver"))
SECRET = "s3cr3t-of-the-lab"
SIZE = 3_000_000


def noise(size, seed=1):
    """What does not compress: as large in a layer as it is here."""
    return random.Random(seed).randbytes(size)


class Client:
    """The driver, with a home, a cache and helpers of its own. What it
    printed, also what it was started with, is kept for a look at secrets."""

    def __init__(self, home):
        self.home = Path(home)
        self.cache = self.home / "cache"
        self.bin = self.home / "bin"
        self.bin.mkdir()
        self.env = {"PATH": f"{self.bin}:{os.environ['PATH']}",
                    "HOME": str(self.home),
                    "XDG_RUNTIME_DIR": str(self.home / "run")}
        self.printed = ""

    def start(self, *args, **settings):
        defaults = {"pause_ms": 20, "stall_sec": 2}
        line = [str(DRIVER), str(self.cache),
                *[f"{name}={value}" for name, value in
                  (defaults | settings).items()], *map(str, args)]
        assert SECRET not in " ".join(line)
        return subprocess.Popen(
            line, env=self.env, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __call__(self, *args, **settings):
        process = self.start(*args, **settings)
        try:
            out, err = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError("the client hangs") from None
        self.printed += out + err
        return Result(process.returncode, out, err)

    def save(self, path, content, mode=0o600):
        path = self.home / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str)
                        else json.dumps(content))
        path.chmod(mode)
        return path

    def log_in(self, host, user="lab", password=SECRET,
               path=".docker/config.json"):
        return self.save(path, {"auths": {host: {"auth": base64.b64encode(
            f"{user}:{password}".encode()).decode()}}})

    def helper(self, name, script):
        """docker-credential-NAME, a shell script."""
        return self.save(f"bin/docker-credential-{name}",
                         "#!/bin/sh\n" + script, 0o755)

    def forget(self):
        shutil.rmtree(self.cache, ignore_errors=True)

    @property
    def blobs(self):
        return {path.name for path in (self.cache / "blobs").glob("*")}


def name_of(registry, repository="lab/app", tag=":1"):
    return f"{registry.host}/{repository}{tag}"


def expect(image):
    return "".join(
        [f"manifest {image.digest} {len(image.manifest)}\n"] +
        [f"blob {digest(data)} {len(data)}\n" for data in image.blobs])


def assert_pulled(result, image):
    assert result.code == 0, result
    assert result.out == expect(image)


def assert_failed(result, kind, *words):
    """Failed as it should, with all of WORDS in the message."""
    last = result.err.splitlines()[-1] if result.err else ""
    assert result.code == 1 and last.startswith(kind + ": "), result
    for word in words:
        assert word in last, result


def basic(user="lab", password=SECRET):
    return "Basic " + base64.b64encode(
        f"{user}:{password}".encode()).decode()


def want_password(registry, right=None):
    registry.rule(lambda asked: Reply(
        401, error("UNAUTHORIZED", "who are you"),
        {"WWW-Authenticate": 'Basic realm="lab"'})
        if asked.authorization != (right or basic()) else None)


def hub(client, secure, authority, *args, **settings):
    """Asks what Docker Hub would be, through a proxy that leads here."""
    proxy = ConnectProxy(secure.port)
    client.save("certs/docker.io/ca.crt", authority.cert.read_text())
    client.env["HTTPS_PROXY"] = proxy.url
    try:
        return client(*args, certs=client.home / "certs", **settings), proxy
    finally:
        proxy.close()


def cut_off(asked, data, at):
    reply = ranged(asked, data)
    reply.cut = at
    return reply


def stalled(asked, data, at):
    reply = ranged(asked, data)
    reply.cut, reply.stall = at, True
    return reply
