# SPDX-License-Identifier: Apache-2.0
"""Images as the field's tools make them: umoci, skopeo, buildah, podman."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from lab import BUILD, oracle
from lab.engine import on_overlay


def call(*command, **options):
    """What COMMAND says on standard output, stripped."""
    done = subprocess.run([str(word) for word in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: "
                           f"{done.stderr.strip()}")
    return done.stdout.strip()


def skopeo(source, target, *options):
    """Copy an image from one transport to another; the target."""
    call("skopeo", "copy", "--quiet", "--insecure-policy", *options, source,
         target)
    return target


class Layered(oracle.Root):
    """An image that grows in steps, each a layer of what it changed, as umoci
    finds out: the tree is changed, and then committed."""

    def __init__(self, folder, tar=None):
        self.layout = Path(folder)
        self.bundle = Path(tempfile.mkdtemp(prefix="bundle-", dir=BUILD))
        self.path = self.bundle / "rootfs"
        self.n_layers = 0
        call("umoci", "init", "--layout", self.layout)
        call("umoci", "new", "--image", f"{self.layout}:image")
        call("umoci", "unpack", "--image", f"{self.layout}:image",
             self.bundle)
        if tar:
            call("tar", "-x", "--numeric-owner", "-C", self.path,
                 "--exclude=./dev/*", "-f", tar)
            self.commit()

    @property
    def name(self):
        return f"oci:{self.layout}:image"

    def close(self):
        shutil.rmtree(self.bundle, ignore_errors=True)

    def commit(self):
        call("umoci", "repack", "--refresh-bundle", "--image",
             f"{self.layout}:image", self.bundle)
        self.n_layers += 1

    def install(self, *debs):
        """By its own dpkg."""
        folder = self.path / "debs"
        folder.mkdir()
        for deb in debs:
            shutil.copy(deb, folder)
        self.run("dpkg", "-i", *(f"/debs/{deb.name}" for deb in debs))
        shutil.rmtree(folder)

    def squashed(self, tar):
        """The whole tree, as one tar."""
        call("tar", "-c", "--numeric-owner", "-C", self.path, "-f", tar, ".")
        return tar


class Unpacked(oracle.Root):
    """The tree of an image in an OCI layout, as umoci puts it together."""

    def __init__(self, name):
        self.bundle = Path(tempfile.mkdtemp(prefix="bundle-", dir=BUILD))
        self.path = self.bundle / "rootfs"
        call("umoci", "unpack", "--image", name.removeprefix("oci:"),
             self.bundle)

    def close(self):
        shutil.rmtree(self.bundle, ignore_errors=True)


class Storage:
    """A containers-storage for podman and buildah that only we know of."""

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="storage-", dir=BUILD))
        driver = "vfs" if on_overlay(self.home) else "overlay"
        self.options = ["--root", self.home / "root", "--runroot",
                        self.home / "run", "--storage-driver", driver]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        shutil.rmtree(self.home, ignore_errors=True)

    def call(self, tool, *args):
        # What it mounts is gone when it ends.
        return call("unshare", "--mount", tool, *self.options, *args)

    def podman(self, *args):
        return self.call("podman", *args)

    def buildah(self, *args):
        return self.call("buildah", *args)

    def load(self, tar, name):
        """An image of one layer."""
        self.podman("import", "--quiet", tar, name)
        return name
