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
    return {tuple(line.split("\t")[1:]) for line in text.splitlines()
            if line[1] == "i"}


class Tree:
    """The files of an image, in a folder, to run its apt in."""

    def __init__(self, engine, image):
        self.path = Path(tempfile.mkdtemp(prefix="tree-", dir=BUILD))
        box = engine.docker("create", image)
        export = subprocess.Popen(
            ["docker", "--host", engine.url, "export", box],
            stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "--numeric-owner", "-C", self.path],
                       stdin=export.stdout, check=True)
        export.stdout.close()
        if export.wait() != 0:
            raise RuntimeError(f"cannot export {image}")
        engine.docker("rm", box)

    def __enter__(self):
        return self

    def __exit__(self, *_):
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
             "sh", "-ec", script, str(self.path), *command],
            env=mirror.environment() | {"LC_ALL": "C",
                                        "DEBIAN_FRONTEND": "noninteractive"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
        return done.stdout

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
