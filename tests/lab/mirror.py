# SPDX-License-Identifier: Apache-2.0
"""The Debian mirror that this machine is configured for, as apt knows it, and
root filesystems of any release made from it."""

import contextlib
import fcntl
import hashlib
import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from lab import FIXTURES

CODENAME = "bookworm"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

# Small enough to be copied in a second: dpkg, what its scripts call, and a
# web server (busybox has one).
SMALL = ("dpkg,dash,coreutils,busybox,diffutils,base-files,base-passwd,"
         "libc-bin,sed,grep,tar,debianutils")


def targets(release=CODENAME):
    """{suite: uri} of the main component of RELEASE's suites: from where apt
    gets those of this Debian."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format",
         "$(RELEASE) $(COMPONENT) $(REPO_URI)", "Identifier: Packages"],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True).stdout
    found = {}
    for line in listed.splitlines():
        suite, component, uri = line.split()
        if component == "main" and suite.split("-")[0] == CODENAME:
            found.setdefault(release + suite.removeprefix(CODENAME),
                             uri.rstrip("/"))
    if release not in found:
        raise RuntimeError(f"apt's sources name no suite {CODENAME}")
    return found


def sources(suites, release=CODENAME):
    """The lines of a sources.list with these of RELEASE's suites."""
    known = targets(release)
    return "".join(f"deb [signed-by={KEYRING}] {known[suite]} {suite} main\n"
                   for suite in suites if suite in known)


def all_sources():
    return sources([CODENAME, f"{CODENAME}-updates", f"{CODENAME}-security"])


def environment():
    """Ours, with the proxy that apt is configured for, if it is."""
    env = dict(os.environ)
    told = subprocess.run(
        ["apt-config", "shell", "http_proxy", "Acquire::http::Proxy",
         "https_proxy", "Acquire::https::Proxy"],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    for setting in shlex.split(told.replace(";", " ")):
        name, _, value = setting.partition("=")
        if value and value != "DIRECT":
            env[name] = value
    return env


@contextlib.contextmanager
def fixtures_lock():
    """Held while a fixture is made: tests run side by side."""
    FIXTURES.mkdir(parents=True, exist_ok=True)
    with open(FIXTURES / "lock", "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def rootfs(name, *options, release=CODENAME):
    """A tar of Debian as first released, without its later fixes: made once,
    and kept under build/fixtures by all that it depends on."""
    source = sources([release], release)
    key = hashlib.sha256(repr((source, options)).encode()).hexdigest()[:12]
    path = FIXTURES / f"{name}-{key}.tar"
    with fixtures_lock():
        if not path.exists():
            make_rootfs(path, release, source, options)
    return path


def make_rootfs(path, release, source, options):
    part = path.with_suffix(".part")
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
            dir=memory if memory.is_dir() else None) as work:
        made = subprocess.run(
            ["mmdebstrap", "--quiet", "--mode=root", "--format=tar", *options,
             release, str(part), source.strip()],
            env=environment() | {"TMPDIR": work},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode != 0:
        part.unlink(missing_ok=True)
        raise RuntimeError(f"mmdebstrap: {made.stdout[-2000:]}")
    part.rename(path)


def base():
    """The minimal Debian with apt, as docker's own image has it."""
    return rootfs("base", "--variant=minbase")


def small(release=CODENAME):
    return rootfs(
        "small", "--variant=custom", f"--include={SMALL}",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        release=release)


def debs(package, root):
    """A folder with the .debs that PACKAGE needs on top of the rootfs tar
    ROOT, from the first release only."""
    return download(f"{package}-on-{root.stem}", root, sources([CODENAME]),
                    ["install", package])


def upgrades(root):
    """A folder with the .debs that are pending for the rootfs tar ROOT."""
    return download(f"upgrades-of-{root.stem}", root, all_sources(),
                    ["upgrade"])


def download(name, root, source, command):
    """What apt would fetch for COMMAND in ROOT with these sources; made once,
    and kept under build/fixtures."""
    folder = FIXTURES / name
    with fixtures_lock():
        if not folder.is_dir():
            make_download(folder, root, source, command)
    return folder


def make_download(folder, root, source, command):
    with tempfile.TemporaryDirectory(dir=FIXTURES) as work:
        work = Path(work)
        (work / "lists").mkdir()
        (work / "archives" / "partial").mkdir(parents=True)
        (work / "sources").write_text(source)
        subprocess.run(["tar", "-xf", root, "-C", work,
                        "./var/lib/dpkg/status"], check=True)
        apt = ["apt-get", "-qq"] + [word for option in (
            f"Dir::State::status={work}/var/lib/dpkg/status",
            f"Dir::State::Lists={work}/lists",
            f"Dir::State::extended_states={work}/extended_states",
            f"Dir::Cache={work}",
            f"Dir::Cache::archives={work}/archives",
            f"Dir::Etc::SourceList={work}/sources",
            "Dir::Etc::SourceParts=/dev/null",
            "Dir::Etc::PreferencesParts=/dev/null",
            "Dir::Etc::Preferences=/dev/null",
            "APT::Sandbox::User=root",
            "Acquire::Languages=none") for word in ("-o", option)]
        subprocess.run([*apt, "update"], check=True)
        subprocess.run([*apt, "-y", "--no-install-recommends",
                        "--download-only", *command],
                       check=True, stdout=subprocess.DEVNULL)
        (work / "archives" / "partial").rmdir()
        (work / "archives" / "lock").unlink(missing_ok=True)
        os.chmod(work / "archives", 0o755)
        (work / "archives").rename(folder)
