# SPDX-License-Identifier: Apache-2.0
"""What every system test may ask for. All of it is private to the run."""

import base64
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lab import FOTHER, images  # noqa: E402
from lab.engine import Engine  # noqa: E402
from lab.program import Program  # noqa: E402
from lab.proxy import Proxy  # noqa: E402
from lab.puller import SECRET, SIZE, Client, noise  # noqa: E402
from lab.registry import (  # noqa: E402
    Authority, Distribution, Image, Scripted)
from lab.repository import Repository  # noqa: E402


def pytest_configure(config):
    if os.geteuid() != 0:
        pytest.exit("the system tests need root: namespaces, mounts, an "
                    "engine of their own", 1)
    if not FOTHER.exists():
        pytest.exit(f"{FOTHER} is not built: run make", 1)
    # As Ctrl-C: the fixtures clean up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def session_engine():
    with Engine() as engine:
        yield engine


@pytest.fixture
def engine(session_engine):
    yield session_engine
    session_engine.remove_containers()
    session_engine.docker("volume", "prune", "-f")


@pytest.fixture(scope="session")
def session_repository():
    repository = Repository()
    yield repository
    repository.close()


@pytest.fixture
def repository(session_repository):
    session_repository.clear()
    return session_repository


@pytest.fixture
def fother(session_engine, session_repository):
    """build/fother with its own state and cache, that trusts the lab's key;
    when the test is over no process of it may be left."""
    program = Program(session_engine.url, session_repository.keyring)
    yield program
    left = program.left_running()
    program.close()
    assert not left, f"still running: {left}"


@pytest.fixture
def proxy(session_engine):
    between = Proxy(session_engine)
    yield between
    between.close()


@pytest.fixture
def site(engine, repository):
    return Site(engine, repository)


class Site:
    """A web server in a container, whose image has two packages that the
    repository has updates for: lab-web (security) and lab-lib (not)."""

    URL = "http://127.0.0.1:8080/"
    IMAGE = "lab/site:1"
    SERVE = "exec busybox httpd -f -p 80 -h /srv\n"

    def __init__(self, engine, repository):
        self.engine = engine
        self.repository = repository
        old = [self.web("stable", "1.0"),
               repository.add("stable", "lab-lib", "1.0", "amd64",
                              files={"/usr/share/lab/lib": "lib 1.0\n"})]
        images.add(engine, images.small(engine), self.IMAGE, old, {
            "/etc/apt/sources.list": repository.sources(),
            images.KEY_PATH: repository.keyring.read_bytes()},
            changes=['CMD ["sh", "/usr/share/lab/serve"]',
                     "ENV GREETING=hello", 'LABEL org.example.site="lab"'])
        self.web("stable-security", "1.0+deb12u1")
        repository.add("stable-updates", "lab-lib", "1.1", "amd64",
                       files={"/usr/share/lab/lib": "lib 1.1\n"})

    def web(self, suite, version, serve=SERVE, health="ok\n", **options):
        """Publish a lab-web: the page, the server, and its health."""
        return self.repository.add(
            suite, "lab-web", version, files={
                "/srv/index.html": f"web {version}\n",
                "/usr/share/lab/serve": serve,
                "/usr/share/lab/health": health}, **options)

    def image(self, name, **how):
        """Another image, made from the site's."""
        return images.add(self.engine, self.IMAGE, name, **how)

    def run(self, name="web", *options, image=IMAGE, port=8080):
        """A container of it, that serves; its id."""
        publish = ["-p", f"{port}:80"] if port else []
        # As a container's first process busybox does not heed SIGTERM.
        made = self.engine.docker(
            "run", "-d", "--name", name, *publish, "-v", f"{name}-data:/data",
            "--stop-signal", "KILL", *options, image)
        if port:
            self.served()
        return made

    def served(self, patience_sec=5):
        """The page, as a client gets it."""
        end = time.monotonic() + patience_sec
        while True:
            try:
                return self.engine.get(self.URL).strip()
            except subprocess.CalledProcessError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def running(self, volume="web-data"):
        """The names of the running containers that have the volume."""
        return [name for name, one in self.engine.containers().items()
                if one["State"]["Running"] and
                any(mount.get("Name") == volume for mount in one["Mounts"])]


# --- registries: tests/system/test_registry*.py ------------------------------

@pytest.fixture
def client():
    home = tempfile.mkdtemp(prefix="client-", dir="/tmp")
    one = Client(home)
    yield one
    shutil.rmtree(home)
    for secret in (SECRET, base64.b64encode(f"lab:{SECRET}".encode())
                   .decode()):
        assert secret not in one.printed


@pytest.fixture
def registry():
    one = Scripted()
    yield one
    one.close()


@pytest.fixture
def storage():
    """Another host, to which registries redirect."""
    one = Scripted()
    yield one
    one.close()


@pytest.fixture(scope="session")
def authority():
    folder = tempfile.mkdtemp(prefix="authority-", dir="/tmp")
    yield Authority(folder)
    shutil.rmtree(folder)


@pytest.fixture
def secure(authority):
    one = Scripted(authority.context("127.0.0.1", "registry-1.docker.io",
                                     "auth.docker.io", "registry.lab.test"))
    yield one
    one.close()


@pytest.fixture
def image():
    return Image(noise(SIZE), noise(1000, 2))


@pytest.fixture(scope="session")
def distribution():
    one = Distribution()
    yield one
    one.close()
