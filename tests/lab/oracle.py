# SPDX-License-Identifier: Apache-2.0
"""What apt and dpkg themselves say of an image: the judges."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from lab import BUILD, mirror

FORMAT = ("${db:Status-Abbrev}\t${Package}\t${Version}\t${Architecture}"
          "\t${source:Package}\t${source:Version}\n")


def packages(engine, image):
    """{(name, version, arch, source, source version)} of what is installed,
    as the image's own dpkg-query tells."""
    text = engine.docker("run", "--rm", "--network", "none", "--entrypoint",
                         "dpkg-query", image, "-W", "-f", FORMAT)
    return installed(text)


def installed(text):
    """Those of dpkg-query's records, in FORMAT, that are installed."""
    return {tuple(line.split("\t")[1:]) for line in text.splitlines()
            if line[1] == "i"}


class Root:
    """The files of an image, in a folder of their own, to run its programs
    in. tar: what to fill it with."""

    def __init__(self, tar=None):
        self.path = Path(tempfile.mkdtemp(prefix="tree-", dir=BUILD))
        self.path.chmod(0o755)
        if tar:
            # Its device nodes are not needed: run() makes some.
            subprocess.run(["tar", "-x", "--numeric-owner", "-C", self.path,
                            "--exclude=./dev/*", "-f", tar], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)

    def run(self, *command):
        """COMMAND in the tree, in mount and pid namespaces of its own, with
        this machine's network."""
        script = """
            for file in etc/resolv.conf etc/hosts; do
                [ -e "/$file" ] || continue
                touch "$0/$file"
                mount --bind "/$file" "$0/$file"
            done
            mount -t proc proc "$0/proc"
            mount -t tmpfs -o mode=0755 tmpfs "$0/dev"
            for node in null zero random urandom; do
                touch "$0/dev/$node"
                mount --bind "/dev/$node" "$0/dev/$node"
            done
            exec chroot "$0" "$@"
        """
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child",
             "sh", "-ec", script, str(self.path), *map(str, command)],
            env=mirror.environment() | {"LC_ALL": "C",
                                        "DEBIAN_FRONTEND": "noninteractive"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr}")
        return done.stdout

    def packages(self):
        """As packages(), by the tree's own dpkg-query."""
        return installed(self.run("dpkg-query", "-W", "-f", FORMAT))

    def records(self):
        """{(name, arch): text} of what its dpkg has written down."""
        text = (self.path / "var/lib/dpkg/status").read_text()
        found = {}
        for record in text.strip().split("\n\n"):
            fields = dict(re.findall(r"^([\w-]+): (.*)$", record, re.M))
            found[fields["Package"], fields["Architecture"]] = record
        return found

    def apt_mark(self, *args):
        """What this machine's apt-mark says, or does, of the tree."""
        path = self.path
        (path / "var/lib/apt").mkdir(parents=True, exist_ok=True)
        foreign = path / "var/lib/dpkg/arch"
        known = foreign.read_text().split() if foreign.exists() else ["amd64"]
        options = [f"Dir::State={path}/var/lib/apt",
                   f"Dir::State::status={path}/var/lib/dpkg/status",
                   "Dir::Cache::pkgcache=", "Dir::Cache::srcpkgcache=",
                   *(f"APT::Architectures::={arch}" for arch in known)]
        return subprocess.run(
            ["apt-mark", *(word for option in options
                           for word in ("-o", option)), *args],
            check=True, stdout=subprocess.PIPE, text=True).stdout.split()


class Tree(Root):
    """The files of an engine's image."""

    def __init__(self, engine, image):
        super().__init__()
        box = engine.docker("create", image, "true")
        export = subprocess.Popen(
            ["docker", "--host", engine.url, "export", box],
            stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "--numeric-owner", "-C", self.path],
                       stdin=export.stdout, check=True)
        export.stdout.close()
        if export.wait() != 0:
            raise RuntimeError(f"cannot export {image}")
        engine.docker("rm", box)

    def upgradable(self):
        """{(name, arch): (installed, candidate, security?)}, as `apt list
        --upgradable` tells after a verified `apt-get update`."""
        self.run("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "update")
        text = self.run("apt", "-qq", "list", "--upgradable")
        found = {}
        for line in text.splitlines():
            match = re.match(r"(\S+?)/(\S+) (\S+) (\S+) "
                             r"\[upgradable from: (\S+)\]", line)
            if match:
                name, suites, new, arch, old = match.groups()
                found[name, arch] = (old, new, "security" in suites)
        return found
