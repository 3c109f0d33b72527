# SPDX-License-Identifier: Apache-2.0
"""Packages and files of every kind of database, as its own tools tell."""

import contextlib
import io
import shutil
import sqlite3
import subprocess
import tarfile
from pathlib import Path

import pytest

from lab import SOURCE, images, layout, mirror, oracle
from lab import rpm as rpms
from lab.layout import Layer, Layout, deb, debian
from lab.makers import Layered
from lab.rpm import Rpm

CORPUS = SOURCE / "tests" / "corpus"
# What apk 3.0.6 wrote; how is told in tests/unit/test_apkdb.c.
APK = (CORPUS / "apkdb" / "two-packages-of-apk-3").read_text()
STATUS = "var/lib/dpkg/status"
DEV = "/dev/"


def image(folder, *layers, **options):
    """The name of an image of these layers, {path: content} each."""
    return Layout(folder / "image").image(
        [Layer(layout.tar(layer)) for layer in layers], **options)


def listed(result):
    assert result.code == 0, result
    return {tuple(row[1:6]) for row in result.rows}


def named(result):
    assert result.code == 0, result
    return sorted(tuple(row[:3]) for row in result.rows)


def owners(result):
    """{path: set of its owners}, of which there may be none."""
    assert result.code == 0, result
    found = {}
    for path, owner, _ in result.rows:
        found.setdefault(path, set())
        if owner != "-":
            found[path].add(owner)
    return found


@pytest.fixture(scope="module")
def session_root():
    with oracle.Root(mirror.base()) as root:
        yield root


@pytest.fixture
def root(session_root):
    """A Debian of one's own."""
    with oracle.Root() as copy:
        subprocess.run(["cp", "-a", f"{session_root.path}/.", copy.path],
                       check=True)
        yield copy


def make_deb(root, name, arch, files, **fields):
    """A package of FILES, {path: text}, in the root's tmp; its path there."""
    folder = root.path / "tmp" / f"{name}-{arch}"
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    control = {"Package": name, "Version": "1", "Architecture": arch,
               "Maintainer": "Jörg <j@example.org>", "Description": "x",
               **{key.replace("_", "-"): value
                  for key, value in fields.items()}}
    (folder / "DEBIAN").mkdir(exist_ok=True)
    (folder / "DEBIAN" / "control").write_text(
        "".join(f"{key}: {value}\n" for key, value in control.items()))
    root.run("dpkg-deb", "--root-owner-group", "-b",
             f"/tmp/{folder.name}", f"/tmp/{folder.name}.deb")
    shutil.rmtree(folder)
    return f"/tmp/{folder.name}.deb"


def resolved(root, paths):
    """{path: where it lies}, of those that are there: the directories above
    each followed, as the root's own realpath does."""
    above = sorted({str(Path(path).parent) for path in paths})
    asked = root.path / "tmp" / "above"
    asked.write_text("".join(f"{folder}\n" for folder in above))
    text = root.run("sh", "-c", "while read -r dir; do "
                    'realpath -e "$dir" 2>/dev/null || echo; done '
                    "</tmp/above")
    asked.unlink()
    where = dict(zip(above, text.splitlines(), strict=True))
    found = {}
    for path in paths:
        folder = where[str(Path(path).parent)]
        if folder:
            found[path] = f"{folder.rstrip('/')}/{Path(path).name}"
    return found


def dpkg_owners(root):
    """{path: owners}, by dpkg-query -L of each package, which tells where a
    diverted file went, and by realpath."""
    packages = root.run("dpkg-query", "-W", "-f",
                        "${binary:Package}\n").split()
    claims = []
    for package in packages:
        path = None
        for line in root.run("dpkg-query", "-L", package).splitlines():
            if line.startswith(("diverted by ", "locally diverted ")):
                # It is of the file above, which is another package's.
                claims[-1] = (line.split(" to: ")[1], package)
                continue
            if line.startswith("package diverts others to: "):
                continue
            path = line
            claims.append((path, package))
    where = resolved(root, {path for path, _ in claims})
    found = {}
    for path, package in claims:
        if path in where:
            # dpkg leaves the architecture out where there is one only.
            found.setdefault(where[path], set()).add(package)
    return found


def tree_files(root):
    """All that is no directory."""
    text = subprocess.run(
        ["find", ".", "!", "-type", "d", "-printf", "/%P\\0"],
        cwd=root.path, check=True, stdout=subprocess.PIPE).stdout.decode()
    return {path for path in text.split("\0")[:-1]
            if not path.startswith(DEV)}


def check_dpkg_owners(root, told):
    files = tree_files(root)
    expected = dpkg_owners(root)
    assert {path for path in told if not path.startswith(DEV)} == files
    for path in files:
        plain = {owner.split(":")[0] for owner in told[path]}
        assert plain == {owner.split(":")[0]
                         for owner in expected.get(path, set())}, path


# dpkg


def test_files_of_an_engine_are_those_of_its_export(engine, fother):
    name = f"docker-daemon:{images.small(engine)}"
    stored = fother("packages", "--files", name)
    told = owners(stored)
    assert told["/bin/sh" if "/bin/sh" in told else "/usr/bin/sh"] == \
        {"dash"}
    assert fother("packages", "--files", "--verify", name).out == stored.out


def test_files_are_those_of_dpkg_query(fother, root):
    root.run("dpkg-divert", "--add", "--rename", "--divert",
             "/usr/bin/perl.real", "/usr/bin/perl")
    told = owners(fother("packages", "--files", f"rootfs:{root.path}"))
    check_dpkg_owners(root, told)
    assert told["/usr/bin/ls"] == {"coreutils"}, "dpkg says /bin/ls"
    assert told["/usr/bin/perl.real"] == {"perl-base"}
    assert told["/etc/apt/sources.list"] == set()


def test_unowned_are_those_without_an_owner(fother, root):
    every = owners(fother("packages", "--files", f"rootfs:{root.path}"))
    result = fother("packages", "--unowned", f"rootfs:{root.path}")
    assert {row[0] for row in result.rows} == \
        {path for path, of in every.items() if not of}
    assert {row[1] for row in result.rows} == {"-"}


def test_several_architectures_share_a_file(fother, root):
    root.run("dpkg", "--add-architecture", "i386")
    shared = {"usr/share/doc/lab/copyright": "Format: x\nLicense: MIT\n"}
    for arch, folder in (("amd64", "x86_64"), ("i386", "i386")):
        root.run("dpkg", "-i", make_deb(
            root, "lab", arch, {f"usr/lib/{folder}-linux-gnu/lab.so": "",
                                **shared}, Multi_Arch="same"))
    name = f"rootfs:{root.path}"
    assert listed(fother("packages", name)) == root.packages()
    told = owners(fother("packages", "--files", name))
    text = root.run("dpkg-query", "-S", "/usr/share/doc/lab/copyright")
    assert told["/usr/share/doc/lab/copyright"] == \
        set(text.split(": ")[0].split(", ")) == {"lab:amd64", "lab:i386"}
    assert told["/usr/lib/i386-linux-gnu/lab.so"] == {"lab:i386"}


def test_held_removed_and_half_installed_packages(fother, root):
    root.run("dpkg", "-i", make_deb(root, "lab-gone", "all",
                                    {"etc/lab-gone.conf": "x"}))
    root.run("dpkg", "-r", "lab-gone")
    root.run("apt-mark", "hold", "tar")
    root.run("dpkg", "--unpack", make_deb(root, "lab-new", "all",
                                          {"usr/bin/lab-new": "x"}))
    told = listed(fother("packages", f"rootfs:{root.path}"))
    names = {row[0] for row in told}
    assert "tar" in names
    assert "lab-new" in names
    assert "lab-gone" not in names
    assert {row for row in told if row[0] != "lab-new"} == \
        {row for row in root.packages() if row[0] != "lab-new"}


def test_dpkg_that_has_not_come_to_its_end(fother, tmp_path):
    """dpkg-query counts what lies beside the status; a list without that is
    not the list of what is installed."""
    folder = tmp_path / "root" / "var/lib/dpkg"
    (folder / "updates").mkdir(parents=True)
    (folder / "status").write_text(deb("a"))
    (folder / "updates" / "tmp.i").write_text("")
    name = f"rootfs:{tmp_path / 'root'}"
    assert named(fother("packages", name)) == [("deb", "a", "1")]
    (folder / "updates" / "0000").write_text(deb("b"))
    asked = subprocess.run(
        ["dpkg-query", "--admindir", folder, "-W", "-f", "${Package} "],
        check=True, capture_output=True, text=True)
    assert asked.stdout == "a b "
    result = fother("packages", name)
    assert result.code == 3, result
    assert "var/lib/dpkg/updates/0000" in result.err, result
    assert [row[1] for row in result.rows] == ["?"]


def to_status_d(root, with_sums):
    """Make of a root what distroless images have: no dpkg, and its records
    as they were in the packages, in a file each."""
    dpkg = root.path / "var/lib/dpkg"
    (dpkg / "status.d").mkdir()
    for stanza in (dpkg / "status").read_text().split("\n\n"):
        lines = [line for line in stanza.strip().split("\n")
                 if not line.startswith("Status:")]
        if lines == [""]:
            continue
        package = lines[0].removeprefix("Package: ")
        (dpkg / "status.d" / package).write_text("\n".join(lines) + "\n")
        sums = [*(dpkg / "info").glob(f"{package}.md5sums"),
                *(dpkg / "info").glob(f"{package}:*.md5sums")]
        if with_sums and sums:
            shutil.copy(sums[0], dpkg / "status.d" / f"{package}.md5sums")
    (dpkg / "status").unlink()
    shutil.rmtree(dpkg / "info")


@pytest.mark.parametrize("with_sums", (False, True))
def test_distroless_has_a_file_for_each_package(fother, root, with_sums):
    expected = root.packages()
    to_status_d(root, with_sums)
    name = f"rootfs:{root.path}"
    assert listed(fother("packages", name)) == expected
    told = owners(fother("packages", "--files", name))
    assert (told["/usr/bin/bash"] == {"bash"}) == with_sums
    result = fother("updates", name)
    assert result.code == 3, result
    assert "status.d" in result.err


def test_distroless_records_are_of_their_layers(fother, tmp_path):
    name = image(
        tmp_path,
        {"var/lib/dpkg/status.d/a": "Package: a\nVersion: 1\n"
         "Architecture: amd64\n", **debian()},
        {"var/lib/dpkg/status.d/b": "Package: b\nVersion: 1\n"
         "Architecture: amd64\n"})
    result = fother("packages", name)
    assert result.code == 0, result
    assert [(row[1], row[6]) for row in result.rows] == \
        [("a", "1"), ("b", "2")]


# apk


def test_apk_is_read_where_it_was_and_where_it_is(fother, tmp_path):
    for number, path in enumerate(("lib/apk/db/installed",
                                   "usr/lib/apk/db/installed")):
        (tmp_path / str(number)).mkdir()
        name = image(tmp_path / str(number), {
            path: APK, "etc/alpine-release": "3.19.1\n",
            "usr/lib/liba.so.1": "a", "etc/tool.conf": "y",
            "etc/nobody": "z"})
        assert listed(fother("packages", name)) == {
            ("liba1", "1.2.3-r4", "x86_64", "a", "1.2.3-r4"),
            ("tool", "0.9_rc1-r0", "noarch", "tool", "0.9_rc1-r0")}
        told = owners(fother("packages", "--files", name))
        assert told["/usr/lib/liba.so.1"] == {"liba1"}
        assert told["/etc/tool.conf"] == {"tool"}
        assert told["/etc/nobody"] == set()


def test_a_link_to_the_database_is_no_second_one(fother, tmp_path):
    name = image(tmp_path, {
        "usr/lib/apk/db/installed": APK, "lib": layout.symlink("usr/lib")})
    result = fother("packages", name)
    assert len(result.rows) == 2, result
    assert "several" not in result.err


def test_apk_records_are_of_their_layers(fother, tmp_path):
    first, second = APK.split("\n\n")[:2]
    name = image(
        tmp_path,
        {"lib/apk/db/installed": first + "\n\n"},
        {"lib/apk/db/installed": first + "\n\n" + second + "\n\n"},
        {"lib/apk/db/installed": APK.replace("1.2.3-r4", "1.2.3-r5")},
        {"lib/apk/db/installed": APK.replace("1.2.3-r4", "1.2.3-r5")})
    result = fother("packages", name)
    assert result.code == 0, result
    assert [(row[1], row[6]) for row in result.rows] == \
        [("liba1", "3"), ("tool", "2")]


# rpm


def test_rpm_is_read_with_its_files(fother, tmp_path):
    rpm = Rpm("sqlite", None, str(tmp_path / "db"))
    rpm.folder.mkdir()
    inside = tmp_path / "packages"
    shutil.copytree(rpms.packages(), inside)
    rpm.install(*(path for path in inside.glob("*.rpm")
                  if "crowd" not in path.name))
    content = (rpm.folder / "rpmdb.sqlite").read_bytes()
    log = rpm.folder / "rpmdb.sqlite-wal"
    files = {"var/lib/rpm/rpmdb.sqlite": content,
             "usr/share/lab-split": "", "opt/x": "",
             "etc/redhat-release": "Fedora release 38 (Thirty Eight)\n"}
    if log.exists():
        files["var/lib/rpm/rpmdb.sqlite-wal"] = log.read_bytes()
    name = image(tmp_path, files)
    assert listed(fother("packages", name)) == \
        {tuple(row[:5]) for row in rpm.packages()}
    told = owners(fother("packages", "--files", name))
    assert told["/usr/share/lab-split"] == {"lab-split"}
    assert told["/opt/x"] == set()


def rpm_sqlite(tmp_path, *without):
    """The one file of a database of packages, but those WITHOUT."""
    rpm = Rpm("sqlite", None, str(tmp_path / "db"))
    rpm.folder.mkdir()
    inside = tmp_path / "packages"
    shutil.copytree(rpms.packages(), inside)
    rpm.install(*(path for path in inside.glob("*.rpm")
                  if not path.name.startswith(("lab-crowd", *without))))
    whole = tmp_path / "whole.sqlite"
    with contextlib.closing(
            sqlite3.connect(rpm.folder / "rpmdb.sqlite")) as source, \
            contextlib.closing(sqlite3.connect(whole)) as copy:
        source.backup(copy)
    return whole.read_bytes()


def test_no_format_of_rpm_hides_another(fother, tmp_path):
    """An rpm that reads only Packages would see what is in there."""
    (tmp_path / "few").mkdir()
    (tmp_path / "all").mkdir()
    few = rpm_sqlite(tmp_path / "few", "lab-split")
    name = image(tmp_path, {
        "var/lib/rpm/rpmdb.sqlite": few,
        "var/lib/rpm/Packages": rpm_sqlite(tmp_path / "all"),
        "etc/redhat-release": "Fedora release 38 (Thirty Eight)\n"})
    result = fother("packages", name)
    assert "lab-split" in {row[1] for row in result.rows}, result
    assert "several databases of packages: rpm (" in result.err, result


@pytest.mark.parametrize("journal, code", [(b"\xd9\xd5\x05\xf9", 3),
                                           (bytes(4), 0), (b"", 0)])
def test_a_journal_of_sqlite_is_not_passed_over(
        fother, tmp_path, journal, code):
    name = image(tmp_path, {
        "var/lib/rpm/rpmdb.sqlite": rpm_sqlite(tmp_path),
        "var/lib/rpm/rpmdb.sqlite-journal": journal})
    result = fother("packages", name)
    assert result.code == code, result
    assert ("rpmdb.sqlite-journal" in result.err) == (code == 3), result


def test_the_log_beside_a_link_is_nobodys(fother, tmp_path):
    """sqlite looks beside the file."""
    real = "usr/lib/sysimage/rpm/rpmdb.sqlite"
    name = image(tmp_path, {
        real: rpm_sqlite(tmp_path), f"{real}-wal": b"\x37\x7f\x06\x82",
        "var/lib/rpm/rpmdb.sqlite": layout.symlink(f"/{real}"),
        "var/lib/rpm/rpmdb.sqlite-journal": b"\xd9"})
    result = fother("packages", name)
    assert result.code == 0, result
    assert "several" not in result.err
    other = tmp_path / "other"
    other.mkdir()
    result = fother("packages", image(other, {
        "usr/lib/sysimage/rpm/Packages.db": rpm_sqlite(other),
        "var/lib/rpm/rpmdb.sqlite": layout.symlink(
            "/usr/lib/sysimage/rpm/Packages.db")}))
    assert result.code == 3, result
    assert "another name" in result.err, result


def test_a_log_of_another_layer_counts(fother, tmp_path):
    rpm = Rpm("sqlite", None, str(tmp_path / "db"))
    rpm.folder.mkdir()
    inside = tmp_path / "packages"
    shutil.copytree(rpms.packages(), inside)
    rpm.install(*(path for path in inside.glob("*.rpm")
                  if "crowd" not in path.name))
    main = tmp_path / "rpmdb.sqlite"
    with contextlib.closing(
            sqlite3.connect(rpm.folder / "rpmdb.sqlite")) as source, \
            contextlib.closing(sqlite3.connect(main)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = WAL")
    before = main.read_bytes()
    with contextlib.closing(sqlite3.connect(main)) as change:
        first = change.execute("SELECT min(hnum) FROM Packages").fetchone()
        change.execute("DELETE FROM Packages WHERE hnum = ?", first)
        change.commit()
        log = Path(f"{main}-wal").read_bytes()
        assert main.read_bytes() == before
    folder = "usr/lib/sysimage/rpm"
    link = layout.symlink("../../" + folder)
    whole = {f"{folder}/rpmdb.sqlite": before, "var/lib/rpm": link}
    (tmp_path / "one").mkdir()
    every = fother("packages", image(tmp_path / "one", whole))
    result = fother("packages", image(
        tmp_path, whole, {f"{folder}/rpmdb.sqlite-wal": log}))
    assert result.code == 0, result
    assert len(result.rows) == len(every.rows) - 1 > 1
    assert {row[6] for row in result.rows} == {"1"}


def test_azure_linux_has_a_manifest_instead(fother, tmp_path):
    name = image(tmp_path, {
        "var/lib/rpmmanifest/container-manifest-2":
        (CORPUS / "rpmmanifest" / "two-packages").read_bytes()})
    assert listed(fother("packages", name)) == {
        ("zlib", "1.3.1-1.azl3", "x86_64", "zlib", "1.3.1-1.azl3"),
        ("openssl-libs", "1:3.3.0-1.azl3", "x86_64", "openssl",
         "3.3.0-1.azl3")}


# pacman


def pacman_package(folder, name, version, files, **fields):
    """A package that pacman installs."""
    info = {"pkgname": name, "pkgver": version, "arch": "x86_64",
            "pkgdesc": "x", "packager": "Jörg <j@example.org>", "size": "1",
            "builddate": "1700000000", **fields}
    path = folder / f"{name}-{version}-x86_64.pkg.tar"
    with tarfile.open(path, "w") as tar:
        for member, text in {".PKGINFO": "".join(
                f"{key} = {one}\n" for key, value in info.items()
                for one in (value if isinstance(value, list) else [value])),
                **files}.items():
            entry = tarfile.TarInfo(member)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return path


@pytest.fixture
def arch_root(tmp_path):
    """A root with two packages, installed by pacman."""
    root = tmp_path / "root"
    (root / "var/lib/pacman").mkdir(parents=True)
    config = tmp_path / "pacman.conf"
    config.write_text("[options]\nArchitecture = x86_64\n"
                      "SigLevel = Never\nLocalFileSigLevel = Never\n")

    def pacman(*args):
        return subprocess.run(
            ["pacman", "--config", config, "--root", root, "--dbpath",
             root / "var/lib/pacman", "--logfile", "/dev/null",
             "--noconfirm", *args], check=True, stdout=subprocess.PIPE,
            text=True).stdout

    packages = [
        pacman_package(tmp_path, "lab-lib", "1:1.0-1",
                       {"usr/lib/lab.so": "x", "usr/share/a b": "y"},
                       pkgbase="lab", license=["MIT", "custom:BSD"]),
        pacman_package(tmp_path, "lab-tool", "2.0-3",
                       {"usr/bin/lab-tool": "x"}, depend="lab-lib")]
    pacman("-U", "--asdeps", packages[0])
    pacman("-U", packages[1])
    return root, pacman


def test_pacman_lists_the_same(fother, arch_root):
    root, pacman = arch_root
    (root / "usr/bin/mine").write_text("x")
    name = f"rootfs:{root}"
    result = fother("packages", name)
    assert {tuple(row[1:3]) for row in result.rows} == \
        {tuple(line.split()) for line in pacman("-Q").splitlines()}
    assert {row[0] for row in result.rows} == {"alpm"}
    assert {row[4] for row in result.rows} == {"lab", "lab-tool"}
    expected = set()
    for line in pacman("-Ql").splitlines():
        owner, path = line.split(" ", 1)
        if not path.endswith("/"):
            expected.add(("/" + str(Path(path).relative_to(root)), owner))
    told = owners(fother("packages", "--files", name))
    assert {(path, owner) for path, of in told.items()
            for owner in of} == expected
    assert told["/usr/bin/mine"] == set()


def test_what_pacman_calls_inconsistent_is_an_error(fother, arch_root):
    root, _ = arch_root
    (root / "var/lib/pacman/local/lab-tool-2.0-3").rename(
        root / "var/lib/pacman/local/lab-tool-2.0-4")
    result = fother("packages", f"rootfs:{root}")
    assert result.code == 3, result
    assert "lab-tool-2.0-4" in result.err
    assert [row[1] for row in result.rows] == ["?"]


# None, and several


def program(folder, *notes):
    """ELF programs that say of which package they are."""
    made = []
    for number, note in enumerate(notes):
        path = folder / f"program-{number}"
        subprocess.run(
            ["gcc", "-nostdlib", "-static", "-x", "c", "-", "-o", path,
             "-Xlinker", f"--package-metadata={note}"],
            input="void _start(void) { for (;;); }", text=True, check=True)
        made.append(path.read_bytes())
    return made


def test_no_database_is_said(fother, tmp_path):
    name = image(tmp_path, {"etc/passwd": "x"})
    result = fother("packages", name)
    assert result.code == 3, result
    assert "no database of packages" in result.err
    assert [row[1] for row in result.rows] == ["?"]
    assert result.rows[0][-1] == name
    result = fother("packages", "--unowned", name)
    assert result.code == 3, result
    assert [row[0] for row in result.rows] == ["?"]
    result = fother("updates", name)
    assert result.code == 3, result


def test_without_a_database_programs_tell(fother, tmp_path):
    one = ('{"type":"deb","name":"coreutils","version":"9.7-3",'
           '"architecture":"amd64"}')
    other = '{"type":"rpm","name":"systemd","version":"249-1.fc34"}'
    made = program(tmp_path, one, one, other, "broken")
    name = image(tmp_path, {"usr/bin/a": made[0], "bin/b": made[2]},
                 {"usr/bin/c": made[1], "usr/bin/d": made[3]})
    result = fother("packages", name)
    assert result.code == 0, result
    assert [row[:7] for row in result.rows] == [
        ["deb", "coreutils", "9.7-3", "amd64", "coreutils", "9.7-3", "2"],
        ["rpm", "systemd", "249-1.fc34", "-", "systemd", "249-1.fc34", "1"]]
    assert "no database of packages" in result.err
    assert "notes" in result.err
    result = fother("updates", name)
    assert result.code == 3, result


def test_a_database_counts_more_than_programs(fother, tmp_path):
    made = program(tmp_path, '{"type":"rpm","name":"x","version":"1"}')
    name = image(tmp_path, {"bin/x": made[0], **debian("a")})
    result = fother("packages", name)
    assert named(result) == [("deb", "a", "1")]
    assert result.err == ""


def test_several_databases_are_all_listed_and_said(fother, tmp_path):
    name = image(tmp_path, {"lib/apk/db/installed": APK, **debian("a")})
    result = fother("packages", name)
    assert named(result) == [("apk", "liba1", "1.2.3-r4"),
                             ("apk", "tool", "0.9_rc1-r0"),
                             ("deb", "a", "1")]
    assert "several databases" in result.err
    assert fother("updates", name).code == 3


def test_an_empty_database_beside_another_is_none(fother, tmp_path):
    name = image(tmp_path, {"lib/apk/db/installed": APK, STATUS: ""})
    result = fother("packages", name)
    assert {row[0] for row in result.rows} == {"apk"}
    assert "several" not in result.err


def test_one_broken_database_is_not_left_out(fother, tmp_path):
    name = image(tmp_path, {"lib/apk/db/installed": "P:a\n",
                            **debian("a")})
    result = fother("packages", name)
    assert result.code == 3, result
    assert "lib/apk/db/installed" in result.err
    assert [row[1] for row in result.rows] == ["?"]


# Layers


def test_a_package_changed_and_back_is_of_the_last_layer(fother, tmp_path):
    name = image(tmp_path, debian(deb("a", "1"), "b"),
                 debian(deb("a", "2"), "b"), debian(deb("a", "1"), "b"))
    result = fother("packages", name)
    assert [(row[1], row[6]) for row in result.rows] == \
        [("a", "3"), ("b", "1")]


def test_each_architecture_has_its_layer(fother, tmp_path):
    both = {"Multi_Arch": "same"}
    one = deb("a", "1", "amd64", **both)
    other = deb("a", "1", "i386", **both)
    name = image(tmp_path, debian(one), debian(one, other))
    result = fother("packages", name)
    assert [(row[3], row[6]) for row in result.rows] == \
        [("amd64", "1"), ("i386", "2")]


def test_owners_come_from_all_layers(fother, tmp_path):
    made = Layered(tmp_path / "layout", mirror.base())
    try:
        made.run("dpkg", "-i", make_deb(
            made, "lab", "all", {"opt/lab": "x"}))
        made.commit()
        told = owners(fother("packages", "--files", made.name))
        check_dpkg_owners(made, told)
        assert told["/opt/lab"] == {"lab"}
        result = fother("packages", made.name)
        assert {row[1]: row[6] for row in result.rows}["lab"] == "2"
    finally:
        made.close()
