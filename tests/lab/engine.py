# SPDX-License-Identifier: Apache-2.0
"""A Docker engine that leaves nothing behind.

It runs in network, mount and pid namespaces of its own: bridges, iptables
rules, overlay mounts and every process of every container vanish with the
namespaces' first process, which the kernel kills when we end, however we end.
"""

import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from lab import BUILD

# First process of the namespaces: it only reaps.
INIT = """
ip link set lo up
if [ -n "$2" ]; then
    mount -t tmpfs -o "size=$2,mode=0711" tmpfs "$1/data"
fi
echo ready
while :; do sleep 3600 & wait; done
"""


def on_overlay(folder):
    """overlay2 cannot stand on an overlay: then memory must do."""
    kind = subprocess.run(
        ["stat", "-f", "-c", "%T", folder], check=True,
        stdout=subprocess.PIPE, text=True).stdout.strip()
    return kind in ("overlayfs", "UNKNOWN (0x794c7630)")


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=120):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Engine:
    """data_size: let the engine's storage be a tmpfs of that size ("400m")."""

    def __init__(self, data_size=None):
        BUILD.mkdir(exist_ok=True)
        # Short, since a socket's path may have 107 bytes.
        self.home = Path(tempfile.mkdtemp(prefix="engine-", dir="/tmp"))
        self.data = Path(tempfile.mkdtemp(prefix="engine-", dir=BUILD))
        (self.data / "data").mkdir()
        self.socket = self.home / "sock"
        self.url = f"unix://{self.socket}"
        self.cgroup = self.home.name
        self.log = self.data / "log"
        if data_size is None and on_overlay(self.data):
            data_size = "8g"
        self._enter(data_size or "")
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _enter(self, data_size):
        self.holder = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount",
             "--pid", "--fork", "--kill-child", "--mount-proc",
             "sh", "-c", INIT, "sh", str(self.data), data_size],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        if self.holder.stdout.readline() != b"ready\n":
            raise RuntimeError("cannot make namespaces for an engine")
        children = Path(
            f"/proc/{self.holder.pid}/task/{self.holder.pid}/children")
        self.init = children.read_text().split()[0]

    def inside(self, *command, **options):
        """The command line that runs COMMAND where the engine runs."""
        return ["nsenter", "-t", self.init, "-n", "-m", "-p", "--",
                *map(str, command)]

    def start(self):
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(
                self.inside(
                    "dockerd", "--data-root", self.data / "data",
                    "--exec-root", self.home / "exec",
                    "--pidfile", self.home / "pid", "--host", self.url,
                    "--storage-driver", "overlay2", "--live-restore",
                    "--cgroup-parent", self.cgroup),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for _ in range(300):
            if self.daemon.poll() is not None:
                break
            try:
                if self.api("GET", "/_ping")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError("dockerd does not start:\n" +
                           self.log.read_text(errors="replace")[-4000:])

    def kill(self):
        """As a crash: the daemon is gone, its containers run on."""
        pid = (self.home / "pid").read_text().strip()
        subprocess.run(self.inside("kill", "-9", pid), check=True)
        self.daemon.wait(30)
        (self.home / "pid").unlink(missing_ok=True)

    def close(self):
        if self.holder.poll() is None:
            try:
                # Let go of volumes and cgroups in order, where it can.
                subprocess.run(
                    self.inside("sh", "-c", 'kill $(cat "$0")',
                                self.home / "pid"),
                    check=False, stderr=subprocess.DEVNULL)
                self.daemon.wait(15)
            except subprocess.TimeoutExpired:
                pass
            self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()
        self.daemon.wait(30)
        self._remove_cgroups()
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)

    def _remove_cgroups(self):
        """Docker's parent group is below ours, wherever that is."""
        for _ in range(20):
            left = list(Path("/sys/fs/cgroup").rglob(self.cgroup))
            if not left:
                return
            for top in left:
                for folder, _, _ in os.walk(top, topdown=False):
                    try:
                        os.rmdir(folder)
                    except OSError:
                        pass
            time.sleep(0.1)

    def docker(self, *args, check=True, input=None):
        """docker ARGS; what it says on standard output, stripped."""
        done = subprocess.run(
            ["docker", "--host", self.url, *map(str, args)],
            input=input, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        if check and done.returncode != 0:
            raise RuntimeError(f"docker {' '.join(map(str, args))}: "
                               f"{done.stderr.strip()}")
        return done.stdout.strip()

    def api(self, method, path, body=None):
        connection = UnixConnection(self.socket)
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            connection.request(
                method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def inspect(self, name, kind="container"):
        found = self.docker("inspect", "--type", kind, name, check=False)
        found = json.loads(found or "[]")
        return found[0] if found else None

    def containers(self):
        """All containers, of any state: {name: inspect}."""
        ids = self.docker("ps", "-aq", "--no-trunc").split()
        if not ids:
            return {}
        found = json.loads(self.docker("inspect", *ids))
        return {one["Name"].lstrip("/"): one for one in found}

    def remove_containers(self):
        ids = self.docker("ps", "-aq", "--no-trunc").split()
        if ids:
            self.docker("rm", "-f", "-v", *ids)

    def get(self, url, timeout=5):
        """The body of URL, asked from the network of the engine's host."""
        return subprocess.run(
            ["nsenter", "-t", self.init, "-n", "--", "curl", "-sSf",
             "--noproxy", "*", "--max-time", str(timeout), url],
            check=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True).stdout
