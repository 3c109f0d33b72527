# SPDX-License-Identifier: Apache-2.0
"""Packages made by rpmbuild, rpms of three Debian releases to install them
with, and what those say that they have installed.

Each release's rpm writes what another does not: bullseye's Berkeley DB,
trixie's NDB, and all of them sqlite."""

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

from lab import FIXTURES, mirror

# Long enough for a text to be in many pages.
LONG_LICENCE = " AND ".join(f"Licence-{number}" for number in range(500))

SPECS = {
    "lab-epoch": """
Name: lab-epoch
Epoch: 2
Version: 1.0~rc1
Release: 3.fc38
Summary: Has an epoch
License: MIT
Vendor: Jörg \\ Söhne
BuildArch: noarch
%description
.
%files
%ghost /var/lib/lab-epoch.state
%dir "/opt/lab epoch"
%install
mkdir -p "%{{buildroot}}/opt/lab epoch"
""",
    "lab-zero": """
Name: lab-zero
Epoch: 0
Version: 5
Release: 1
Summary: Has an epoch that counts as none
License: {long_licence}
Packager: A Packager <packager@example.org>
%description
.
%files
""",
    "lab-split": """
Name: lab-split
Version: 1.2
Release: 7.el9
Summary: Its parts have names and versions of their own
License: GPLv2+
ModularityLabel: lab:1:20231101:abcdef
BuildArch: noarch
%description
.
%package -n lab-part
Version: 9.9
Summary: A part
%description -n lab-part
.
%files
/usr/share/lab-split
%files -n lab-part
/usr/share/lab-part
%install
mkdir -p %{{buildroot}}/usr/share
touch %{{buildroot}}/usr/share/lab-split %{{buildroot}}/usr/share/lab-part
""",
    "lab-files": """
Name: lab-files
Version: 1
Release: 1
Summary: Has thousands of files
License: BSD
BuildArch: noarch
%description
.
%files
/usr/share/lab-files
%install
for d in $(seq 100); do
    mkdir -p %{{buildroot}}/usr/share/lab-files/directory-$d
    (cd %{{buildroot}}/usr/share/lab-files/directory-$d
     touch $(seq -f file-of-some-length-%g 40) 'with space' 'ümlaut')
done
""",
    # So many that their table has pages above its leaves.
    "lab-crowd": """
Name: lab-crowd
Version: 1
Release: 1
Summary: Is many
License: Public Domain
BuildArch: noarch
%description
.
{crowd}
%files
""",
}

CROWD = 300
ONE_OF_CROWD = """
%package -n lab-crowd-{number}
Summary: One of many
%description -n lab-crowd-{number}
.
%files -n lab-crowd-{number}
%ghost /var/lib/lab-crowd/{number}
"""


def spec(name):
    crowd = "".join(ONE_OF_CROWD.format(number=number)
                    for number in range(CROWD))
    return SPECS[name].format(long_licence=LONG_LICENCE, crowd=crowd)


def packages():
    """A folder of packages; made once, and kept under build/fixtures."""
    key = hashlib.sha256(
        "".join(spec(name) for name in SPECS).encode()).hexdigest()[:12]
    folder = FIXTURES / f"rpms-{key}"
    with mirror.fixtures_lock():
        if not folder.is_dir():
            make_packages(folder)
    return folder


def make_packages(folder):
    with tempfile.TemporaryDirectory(dir=FIXTURES) as work:
        work = Path(work)
        for name in SPECS:
            path = work / f"{name}.spec"
            path.write_text(spec(name))
            made = subprocess.run(
                ["rpmbuild", "-bb", "--quiet", "--target", "noarch"
                 if "BuildArch: noarch" in SPECS[name] else "x86_64",
                 "--define", f"_topdir {work}", path],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if made.returncode != 0:
                raise RuntimeError(f"rpmbuild {name}: {made.stdout[-2000:]}")
        done = work / "done"
        done.mkdir()
        for path in (work / "RPMS").glob("*/*.rpm"):
            path.rename(done / path.name)
        os.chmod(done, 0o755)
        done.rename(folder)


def public_key():
    """The armored text of a key that rpm can be told to trust."""
    with tempfile.TemporaryDirectory() as home:
        return subprocess.run(
            ["gpg", "--homedir", home, "--no-default-keyring", "--keyring",
             "/usr/share/keyrings/debian-archive-bookworm-automatic.gpg",
             "--armor", "--export"],
            check=True, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL).stdout


class Rpm:
    """An rpm, of this machine or of another release in a root of its own,
    and one database of it."""

    def __init__(self, backend, root=None, database="/var/lib/rpm"):
        self.backend = backend
        self.root = root
        self.database = database

    @property
    def folder(self):
        return Path(f"{self.root or ''}{self.database}")

    def path(self, path):
        """What a file is called inside."""
        return f"/{path.relative_to(self.root)}" if self.root else str(path)

    def __call__(self, *args):
        command = ["chroot", self.root] if self.root else []
        done = subprocess.run(
            [*command, "rpm", "--dbpath", self.database,
             "--define", f"_db_backend {self.backend}", *args],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=os.environ | {"LC_ALL": "C.UTF-8"})
        if done.returncode != 0:
            raise RuntimeError(f"rpm {args[0]}: {done.stderr.decode()}")
        return done.stdout

    def install(self, *paths):
        self("-i", "--nodeps", "--noscripts", "--justdb", "--nosignature",
             "--ignorearch", "--ignoreos", *map(self.path, paths))

    def erase(self, *names):
        self("-e", "--nodeps", "--noscripts", "--justdb", *names)

    def query(self, form):
        """The lines of rpm -qa as fields, without the public keys."""
        lines = self("-qa", "--qf", form).split(b"\n")
        rows = [line.split(b"\t") for line in lines if line]
        return [row for row in rows if row[0] != b"gpg-pubkey"]

    def packages(self):
        """As fother's parser should tell of them."""
        rows = self.query(
            "%{NAME}\t%{EPOCHNUM}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\t"
            "%{SOURCERPM}\t%{LICENSE}\t%{VENDOR}\t%{PACKAGER}\n")
        return sorted(
            (row[0].decode(), version(row[1:4]), row[4].decode(),
             *source(row), escaped(row[6]),
             escaped(row[7] if row[7] != b"(none)" else row[8]))
            for row in rows)

    def files(self):
        rows = self.query(
            "[%{=NAME}\t%{=EPOCHNUM}\t%{=VERSION}\t%{=RELEASE}\t%{=ARCH}\t"
            "%{FILENAMES}\n]")
        return sorted((row[0].decode(), version(row[1:4]), row[4].decode(),
                       row[5]) for row in rows)


def version(row):
    epoch, text, release = (field.decode() for field in row)
    return f"{epoch}:{text}-{release}" if epoch != "0" else \
        f"{text}-{release}"


def source(row):
    name, text, release = row[5].decode().removesuffix(".src.rpm") \
        .rsplit("-", 2)
    return name, f"{text}-{release}"


def escaped(field):
    if field == b"(none)":
        return ""
    return "".join(chr(byte) if 0x20 <= byte < 0x7f and byte != 0x5c
                   else f"\\x{byte:02x}" for byte in field)


# Most of the roots, and nothing that rpm -i or -qa needs.
NOT_NEEDED = ["*perl*", "*libicu*", "*gconv*", "*magic.mgc", "./usr/share/*"]


def release(suite, folder):
    """A root in FOLDER with the rpm of another Debian release, where nothing
    else runs."""
    root = folder / suite
    root.mkdir()
    tar = mirror.rootfs(f"rpm-{suite}", "--variant=extract",
                        "--include=rpm,base-files",
                        "--dpkgopt=path-exclude=/usr/share/doc/*",
                        "--dpkgopt=path-exclude=/usr/share/locale/*",
                        "--dpkgopt=path-exclude=/usr/share/man/*",
                        release=suite)
    subprocess.run(["tar", "-xf", tar, "-C", root,
                    *(f"--exclude={name}" for name in NOT_NEEDED)],
                   check=True)
    return root
