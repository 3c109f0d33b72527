# SPDX-License-Identifier: Apache-2.0
"""The jail: the image's own dpkg, run on packages that mean no good."""

import gzip
import io
import lzma
import os
import signal
import stat
import subprocess
import tarfile
import time
from pathlib import Path

import pytest

from lab import BUILD, SOURCE, mirror

DRIVER = Path(os.environ.get("JAIL_DRIVER", BUILD / "tests" / "jail_driver"))
EPOCH = 1_790_000_000


@pytest.fixture(scope="session")
def base_rootfs_tar():
    return mirror.small()


@pytest.fixture(scope="session")
def probe(tmp_path_factory):
    """Tries what may not be; static, to be run in any image."""
    path = tmp_path_factory.mktemp("probe") / "probe"
    subprocess.run(["cc", "-static", "-O1", "-o", path,
                    SOURCE / "tests" / "system" / "jail_probe.c"], check=True)
    return path.read_bytes()


class Result:
    def __init__(self, done, layer):
        self.log = done.stderr
        self.ok = done.returncode == 0
        self.kind, _, self.message = done.stdout.strip().partition(": ")
        self.layer = layer
        self.said = f"{done.stdout}\n{done.stderr}"

    def members(self):
        with tarfile.open(self.layer) as tar:
            return {member.name: member for member in tar}

    def names(self):
        with tarfile.open(self.layer) as tar:
            return tar.getnames()

    def read(self, name):
        with tarfile.open(self.layer) as tar:
            return tar.extractfile(name).read().decode()


class Jail:
    def __init__(self, base, folder):
        self.base = base
        self.folder = folder
        self.n = 0

    def path(self, suffix=""):
        self.n += 1
        path = self.folder / str(self.n)
        path.mkdir()
        return path / f"x{suffix}" if suffix else path

    def deb(self, name, version="1", files=None, control="", **scripts):
        """FILES {path: text, bytes, or a dict of os-level extras}."""
        root = self.path()
        (root / "DEBIAN").mkdir()
        text = (f"Package: {name}\nVersion: {version}\nArchitecture: all\n"
                f"Maintainer: Lab <lab@example.org>\n{control}"
                "Description: for a test\n")
        (root / "DEBIAN" / "control").write_text(text)
        for script, body in scripts.items():
            path = root / "DEBIAN" / script
            if script in ("conffiles", "triggers"):
                path.write_text(body)
                continue
            path.write_text(f"#!/bin/sh\n{body}\n")
            path.chmod(0o755)
        for where, content in (files or {}).items():
            path = root / where.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
                path.chmod(0o755)
            else:
                path.write_text(content)
        made = self.path() / f"{name}_{version}_all.deb"
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Znone", "-b", root, made],
            check=True, stdout=subprocess.DEVNULL,
            env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"})
        return made

    def tar(self, *members):
        """A layer of (TarInfo fields, content)."""
        path = self.path(".tar")
        with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
            for fields, content in members:
                info = tarfile.TarInfo(fields["name"])
                for key, value in fields.items():
                    setattr(info, key, value)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return path

    def command(self, debs, layers=None, seconds=60, megabytes=600,
                epoch=EPOCH):
        layer = self.path(".tar")
        layers = [self.base] if layers is None else layers
        return layer, [DRIVER, layer, str(epoch), str(seconds),
                       str(megabytes), *layers, "--", *debs]

    def run(self, *debs, **options):
        layer, command = self.command(debs, **options)
        done = subprocess.run(command, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=120)
        return Result(done, layer)

    def change(self, script, **options):
        """What a package's script changes."""
        return self.run(self.deb("script", postinst="set -e\n" + script),
                        **options)


@pytest.fixture
def jail(base_rootfs_tar, tmp_path):
    yield Jail(base_rootfs_tar, tmp_path)
    assert not mounts()


def mounts():
    """The jail's own; engines beside us come and go."""
    return [line for line in Path("/proc/self/mounts").read_text().split("\n")
            if line.startswith("fother ")]


def processes_with(text):
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if text in (entry / "cmdline").read_bytes().decode():
                found.append(entry.name)
        except OSError:
            continue
    return found


def no_processes_with(text):
    for _ in range(50):
        if not processes_with(text):
            return True
        time.sleep(0.1)
    return False


def works(result):
    assert result.ok, result.said
    return result


# What becomes of a package


def test_an_upgrade_is_the_files_that_differ(jail):
    old = works(jail.run(jail.deb("thing", "1", {
        "/srv/thing/changed": "1\n", "/srv/thing/same": "same\n",
        "/srv/thing/gone": "1\n"})))
    new = works(jail.run(jail.deb("thing", "2", {
        "/srv/thing/changed": "2\n", "/srv/thing/same": "same\n",
        "/srv/thing/new": "2\n"}), layers=[jail.base, old.layer]))

    names = new.names()
    assert [n for n in names if n.startswith("srv")] == [
        "srv", "srv/thing", "srv/thing/.wh.gone", "srv/thing/changed",
        "srv/thing/new"]
    assert names == sorted(names, key=os.fsencode)
    assert new.read("srv/thing/changed") == "2\n"
    assert "Package: thing\nStatus: install ok installed\n" in new.read(
        "var/lib/dpkg/status")
    noise = [n for n in names if "log" in n or n.endswith(("-old", "lock"))
             or n.split("/")[0] in ("run", "tmp", "dev", "proc", "sys")
             or "policy-rc.d" in n]
    assert not noise
    for member in new.members().values():
        assert member.mtime <= EPOCH
        assert (member.uid, member.gid) == (0, 0)
        parent = os.path.dirname(member.name)
        assert not parent or parent in names

    seen = works(jail.change(
        "test ! -e /srv/thing/gone\ncat /srv/thing/*",
        layers=[jail.base, old.layer, new.layer]))
    assert "2\n2\nsame\n" in seen.log


def tree(root):
    """What is in a directory, but what differs from run to run."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if name.startswith(("var/log/", "var/cache/ldconfig", "run/", "dev/",
                            "tmp/")) or name.endswith(("-old", "lock",
                                                       "Lock")):
            continue
        st = path.lstat()
        what = None
        if path.is_symlink():
            what = os.readlink(path)
        elif path.is_file():
            what = path.read_bytes()
        found[name] = (st.st_mode, st.st_uid, st.st_gid, what)
    return found


def unpack(folder, *tars):
    folder.mkdir()
    for tar in tars:
        subprocess.run(["tar", "-C", folder, "--numeric-owner", "-xpf", tar],
                       check=True)
    # Whiteouts, of the layer that came last.
    for mark in list(folder.rglob(".wh.*")):
        hidden = mark.with_name(mark.name.removeprefix(".wh."))
        mark.unlink()
        subprocess.run(["rm", "-r", hidden], check=True)
    return folder


def test_the_layer_is_what_dpkg_does_without_a_jail(jail, tmp_path):
    script = ("set -e\nchown 7:8 /srv/a; chmod 2750 /srv; rm /etc/issue;"
              "ln -s a /srv/l; ln /srv/a /srv/h; rm -r /usr/share/base-files;"
              "mkfifo /srv/p; touch /etc/passwd; mkdir -m 700 -p /srv/e/f")
    deb = jail.deb("all", files={"/srv/a": "a\n", "/etc/c": "c\n"},
                   conffiles="/etc/c\n", postinst=script)
    layer = works(jail.run(deb)).layer
    ours = unpack(tmp_path / "ours", jail.base, layer)
    theirs = unpack(tmp_path / "theirs", jail.base)
    subprocess.run(["cp", deb, theirs / "all.deb"], check=True)
    subprocess.run(["chroot", theirs, "sh", "-c", "umask 022;"
                    "dpkg --force-confold --unpack /all.deb &&"
                    "dpkg --configure -a && rm /all.deb"],
                   check=True, stdout=subprocess.DEVNULL,
                   env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                        "LC_ALL": "C"})
    a, b = tree(ours), tree(theirs)
    assert sorted(a) == sorted(b)
    assert not [name for name in a if a[name] != b[name]]


def test_two_runs_give_the_same_bytes(jail):
    debs = [jail.deb("one", files={"/srv/one": "1\n"},
                     postinst="date +%N >/var/log/dpkg.log; mkdir /srv/d;"
                              "echo 1 >/srv/d/x; ln /srv/d/x /srv/d/y"),
            jail.deb("two", files={"/srv/two": "2\n"})]
    first = works(jail.run(*debs))
    time.sleep(1.1)
    second = works(jail.run(*debs))
    assert first.layer.read_bytes() == second.layer.read_bytes()
    assert first.kind == second.kind


def test_a_removed_directory_that_came_back_hides_what_was_in_it(jail):
    before = works(jail.change(
        "mkdir -p /srv/d/sub; echo a >/srv/d/a; echo b >/srv/d/sub/b"))
    after = works(jail.run(
        jail.deb("again", postinst="rm -r /srv/d; mkdir /srv/d;"
                                   "echo c >/srv/d/c"),
        layers=[jail.base, before.layer]))
    assert [n for n in after.names() if n.startswith("srv/")] == [
        "srv/d", "srv/d/.wh.a", "srv/d/.wh.sub", "srv/d/c"]


def test_a_file_may_become_a_link_and_a_directory_a_file(jail):
    before = works(jail.change(
        "echo a >/srv/file; mkdir /srv/dir; echo b >/srv/dir/b;"
        "ln -s file /srv/link"))
    after = works(jail.run(
        jail.deb("again", postinst="ln -sf elsewhere /srv/file;"
                 "rm -r /srv/dir; echo d >/srv/dir;"
                 "rm /srv/link; mkdir /srv/link; echo l >/srv/link/l"),
        layers=[jail.base, before.layer]))
    members = after.members()
    assert members["srv/file"].issym()
    assert members["srv/file"].linkname == "elsewhere"
    assert members["srv/dir"].isreg()
    assert members["srv/link"].isdir() and "srv/link/l" in members
    assert not [n for n in members if ".wh." in n]
    works(jail.change("test -L /srv/file; test -f /srv/dir; test -d /srv/link;"
                      "test ! -L /srv/link",
                      layers=[jail.base, before.layer, after.layer]))


def test_hard_links_stay_linked(jail):
    before = works(jail.change("echo a >/srv/a"))
    after = works(jail.run(
        jail.deb("again", postinst="ln /srv/a /srv/b; echo c >/srv/d;"
                                   "ln /srv/d /srv/c"),
        layers=[jail.base, before.layer]))
    members = after.members()
    assert members["srv/a"].isreg() and members["srv/b"].islnk()
    assert members["srv/b"].linkname == "srv/a"
    assert members["srv/c"].isreg() and members["srv/d"].islnk()

    touched = works(jail.run(jail.deb("third", postinst="touch /srv/c"),
                             layers=[jail.base, before.layer, after.layer]))
    assert not [n for n in touched.names() if n.startswith("srv")]


def test_owners_modes_and_capabilities_are_kept(jail, probe):
    made = works(jail.run(jail.deb(
        "modes", files={"/usr/bin/probe": probe},
        postinst="set -e\necho x >/srv/x; chown 33:65534 /srv/x;"
                 "chmod 4751 /srv/x;"
                 "echo y >/srv/y; /usr/bin/probe setcap /srv/y")))
    member = made.members()["srv/x"]
    assert (member.uid, member.gid, member.mode) == (33, 65534, 0o4751)
    capability = "SCHILY.xattr.security.capability"
    value = made.members()["srv/y"].pax_headers[capability]
    value = value.encode("utf-8", "surrogateescape")
    assert value == bytes([1, 0, 0, 2, 0, 4]) + bytes(14)

    again = works(jail.run(jail.deb(
        "again", postinst="set -e\nchmod 4750 /srv/x; touch /srv/y"),
        layers=[jail.base, made.layer]))
    assert [n for n in again.names() if n.startswith("srv")] == [
        "srv", "srv/x"]


def test_a_changed_configuration_file_is_kept(jail):
    old = works(jail.run(jail.deb("conf", "1", {"/etc/conf": "1\n"},
                                  conffiles="/etc/conf\n")))
    mine = jail.tar(({"name": "etc/conf", "mode": 0o644}, b"mine\n"))
    new = works(jail.run(jail.deb("conf", "2", {"/etc/conf": "2\n"},
                                  conffiles="/etc/conf\n"),
                         layers=[jail.base, old.layer, mine]))
    names = new.names()
    assert "etc/conf" not in names
    assert new.read("etc/conf.dpkg-dist") == "2\n"


def test_stages_are_configured_one_after_the_other(jail):
    first = jail.deb("first", "2")
    second = jail.deb("second", "2", control="Pre-Depends: first (>= 2)\n",
                      preinst="grep -A1 '^Package: first$' "
                              "/var/lib/dpkg/status | "
                              "grep -q 'ok installed'")
    works(jail.run(f"1:{first}", f"2:{second}"))


def test_a_stage_awaits_no_triggers_of_its_own(jail):
    handler = works(jail.run(jail.deb("handler", "1", postinst="exit 0",
                                      triggers="interest lab-trigger\n")))
    first = jail.deb("first", "2", triggers="activate lab-trigger\n")
    second = jail.deb("second", "2", control="Pre-Depends: first (>= 2)\n")
    works(jail.run(f"1:{first}", f"2:{second}",
                   layers=[jail.base, handler.layer]))


def test_scripts_run_in_a_bare_and_equal_surrounding(jail):
    made = works(jail.change(
        "/usr/sbin/policy-rc.d && exit 1; [ $? = 101 ]\n"
        f"[ $SOURCE_DATE_EPOCH = {EPOCH} ]; [ $DEBIAN_FRONTEND = "
        "noninteractive ]; [ $LC_ALL = C ]; [ $HOME = /root ]\n"
        "[ -z \"$SUDO_USER$SSH_AUTH_SOCK$XDG_RUNTIME_DIR\" ]\n"
        "[ $(umask) = 0022 ]; [ $(uname -n) = fother ]; [ $$ -lt 4096 ]\n"
        "read line && exit 1; [ $(id -u) = 0 ]; [ -w /dev/null ]\n"
        "[ ! -e /sys/kernel ]; echo x >/tmp/x; echo y >/run/y\n"))
    assert not [n for n in made.names() if "policy" in n]


def test_what_the_image_says_of_services_stays(jail):
    policy = b"#!/bin/sh\nexit 42\n"
    layer = jail.tar(({"name": "usr/sbin/policy-rc.d", "mode": 0o755}, policy))
    made = works(jail.change("/usr/sbin/policy-rc.d || [ $? = 101 ]",
                             layers=[jail.base, layer]))
    assert not [n for n in made.names() if "policy" in n]


# What goes wrong


def test_a_script_that_fails_is_named(jail):
    result = jail.run(jail.deb("broken", postinst="echo why it broke; exit 7"))
    assert not result.ok and result.kind == "format"
    assert "dpkg --configure returned 1" in result.message
    assert "broken" in result.message and "exit status 7" in result.message
    assert "why it broke" in result.log


def test_what_dpkg_says_is_made_printable_and_bounded(jail):
    result = jail.run(jail.deb(
        "noisy", postinst="printf '\\033[2Jred\\377\\n';"
        "yes | head -c 3000000; echo last words; exit 1"))
    assert not result.ok
    assert len(result.log) <= 64 * 1024
    assert "last words" in result.log
    assert all(c == "\n" or c == "\t" or " " <= c < "\x7f"
               for c in result.log + result.message)


def test_a_script_without_end_is_ended(jail):
    start = time.monotonic()
    result = jail.run(jail.deb("endless", postinst="sleep 31415"), seconds=3)
    assert not result.ok and result.kind == "timeout", result.said
    assert "not done after 3 s" in result.message
    assert time.monotonic() - start < 10
    assert no_processes_with("31415")


def test_what_is_left_in_the_background_is_ended(jail):
    works(jail.run(jail.deb(
        "daemon", postinst="(setsid sleep 27182 >/dev/null 2>&1 &)")))
    assert no_processes_with("27182")


def test_what_keeps_the_output_open_does_not_hold_us(jail):
    start = time.monotonic()
    works(jail.run(jail.deb("daemon", postinst="setsid sleep 27183 &")))
    assert time.monotonic() - start < 20
    assert no_processes_with("27183")


def test_a_fork_bomb_ends(jail):
    result = jail.run(jail.deb(
        "bomb", postinst="b() { b | b & }; b; sleep 16180"), seconds=8)
    assert not result.ok
    assert result.kind in ("timeout", "format"), result.said
    assert no_processes_with("16180")


def test_a_full_file_system_is_a_limit(jail):
    result = jail.run(jail.deb(
        "filler", postinst="cat /dev/zero >/srv/zero"), megabytes=300)
    assert not result.ok and result.kind == "limit", result.said
    assert "needs more than 300 MB" in result.message


def test_an_image_larger_than_the_memory_is_a_limit(jail):
    result = jail.run(jail.deb("any"), megabytes=20)
    assert not result.ok and result.kind == "limit", result.said
    assert "needs more than 20 MB" in result.message


def test_a_process_that_takes_all_memory_fails(jail):
    result = jail.run(jail.deb("eater", postinst="tail -n 1 /dev/zero"),
                      seconds=30)
    assert not result.ok and result.kind == "format", result.said


def test_files_that_only_seem_large_are_a_limit(jail):
    result = jail.run(jail.deb(
        "sparse", postinst="for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16;"
        "do truncate -s 95M /srv/$i || exit 1; done"), megabytes=100)
    assert not result.ok and result.kind == "limit", result.said


def test_paths_too_long_to_be_opened_are_a_limit(jail):
    result = jail.run(jail.deb(
        "deep", postinst="n=0; d=0123456789012345678901234567890123456789;"
        "d=$d$d$d$d$d; while [ $n -lt 30 ];"
        "do mkdir $d && cd -P $d; n=$((n+1)); done; exit 0"))
    assert not result.ok and result.kind == "limit", result.said
    assert "path is too long" in result.message


def test_scripts_reach_nothing_outside(jail, probe, tmp_path):
    marker = tmp_path / "marker"
    marker.write_text("of the host\n")
    result = jail.run(jail.deb("probe", files={"/usr/bin/probe": probe},
                               postinst=f"/usr/bin/probe {marker}"))
    assert "ALLOWED" not in result.log and "DENIED" not in result.log
    assert "probe: 0 allowed" in result.log
    works(result)


def test_scripts_cannot_kill_outside(jail):
    with subprocess.Popen(["sleep", "60"]) as bystander:
        result = jail.change(f"kill -9 {bystander.pid} && exit 1; kill -9 1;"
                             "kill -9 -1; sleep 60", seconds=20)
        assert not result.ok
        assert "signal 9" in result.message, result.said
        assert bystander.poll() is None
        bystander.kill()


def test_programs_of_the_image_may_be_anything(jail):
    layer = jail.tar(({"name": "usr/bin/dpkg", "mode": 0o755},
                      b"#!/bin/sh\nexit 0\n"))
    works(jail.run(jail.deb("any"), layers=[jail.base, layer]))
    layer = jail.tar(({"name": "usr/bin/dpkg", "mode": 0o755}, b"\x7fELF"))
    result = jail.run(jail.deb("any"), layers=[jail.base, layer])
    assert not result.ok and result.kind == "unsupported"


def test_half_done_packages_are_an_error(jail):
    layer = jail.tar(({"name": "usr/bin/dpkg", "mode": 0o755},
                      b"#!/bin/sh\n[ $1 = --audit ] && echo half done\n"
                      b"exit 0\n"))
    result = jail.run(jail.deb("any"), layers=[jail.base, layer])
    assert not result.ok and "half done" in result.message, result.said


# Layers


def test_whiteouts_hide_the_layers_below_only(jail):
    below = jail.tar(*[({"name": f"srv/{name}"}, b"")
                       for name in ("a", "b", "d/x", "d/y", "e/z")])
    above = jail.tar(*[({"name": f"srv/{name}"}, b"")
                       for name in (".wh.a", "b", ".wh.b", "d/new",
                                    "d/.wh..wh..opq", ".wh.e")])
    works(jail.change(
        "test ! -e /srv/a; test -e /srv/b; test ! -e /srv/d/x;"
        "test ! -e /srv/d/y; test -e /srv/d/new; test ! -e /srv/e",
        layers=[jail.base, below, above]))


def test_layers_may_be_compressed(jail):
    plain = jail.tar(({"name": "srv/x"}, b"x\n"))
    packed = jail.path(".gz")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    other = jail.path(".xz")
    tar = jail.tar(({"name": "srv/y"}, b"y\n"))
    other.write_bytes(lzma.compress(tar.read_bytes()))
    works(jail.change("cat /srv/x /srv/y", layers=[jail.base, packed, other]))


def test_links_of_a_layer_lead_nowhere_outside(jail, tmp_path):
    host = tmp_path / "host"
    host.mkdir()
    layers = [jail.base]
    for i, target in enumerate((str(host), "../../../../../../" + str(host))):
        layers.append(jail.tar(
            ({"name": f"srv/l{i}", "type": tarfile.SYMTYPE,
              "linkname": target}, b""),
            ({"name": f"srv/l{i}/pwned"}, b"pwned\n")))
    jail.run(jail.deb("any"), layers=layers)
    assert not list(host.iterdir())


def test_entries_below_what_is_no_directory_are_a_format_error(jail):
    for below in ({"name": "srv/x", "type": tarfile.SYMTYPE,
                   "linkname": "nowhere"}, {"name": "srv/x"},
                  {"name": "srv/x", "type": tarfile.SYMTYPE,
                   "linkname": "x"}):
        layer = jail.tar((below, b""), ({"name": "srv/x/y"}, b""))
        result = jail.run(jail.deb("any"), layers=[jail.base, layer])
        assert not result.ok and result.kind == "format", result.said
        assert "layer 2: srv/x/y" in result.message


def test_devices_of_a_layer_are_passed_over(jail):
    layer = jail.tar(({"name": "srv/null", "type": tarfile.CHRTYPE,
                       "devmajor": 1, "devminor": 3}, b""),
                     ({"name": "srv/fifo", "type": tarfile.FIFOTYPE}, b""))
    made = works(jail.change("test -f /srv/null; test -p /srv/fifo",
                             layers=[jail.base, layer]))
    assert not [n for n in made.names() if n.startswith("srv")]


def test_owners_beyond_the_jails_are_refused(jail):
    layer = jail.tar(({"name": "srv/high", "uid": 1_000_660_000}, b""))
    result = jail.run(jail.deb("any"), layers=[jail.base, layer])
    assert not result.ok and result.kind == "unsupported"
    assert "srv/high" in result.message and "1000660000" in result.message


def test_an_image_without_dpkg_is_unsupported(jail):
    result = jail.run(jail.deb("any"),
                      layers=[jail.tar(({"name": "srv/x"}, b""))])
    assert not result.ok and result.kind == "unsupported", result.said


def test_mount_points_that_are_links_are_refused(jail):
    layer = jail.tar(({"name": "run", "type": tarfile.SYMTYPE,
                       "linkname": "etc"}, b""))
    result = jail.run(jail.deb("any"), layers=[jail.base, layer])
    assert not result.ok and result.kind == "unsupported"
    assert "/run" in result.message


def test_what_is_no_layer_is_a_format_error(jail):
    path = jail.path(".tar")
    path.write_bytes(b"not a tar at all" * 100)
    result = jail.run(jail.deb("any"), layers=[jail.base, path])
    assert not result.ok and result.kind == "format"
    assert "layer 2" in result.message


# Directories of an engine


def storage(folder, *tars):
    """TARS as overlay2 keeps them: a directory each."""
    kept = []
    for number, tar in enumerate(tars):
        where = folder / f"layer{number}"
        where.mkdir(parents=True)
        subprocess.run(["tar", "-C", where, "--numeric-owner",
                        "--xattrs-include=*", "-xpf", tar], check=True)
        for mark in list(where.rglob(".wh.*")):
            name = mark.name.removeprefix(".wh.")
            mark.unlink()
            if name == ".wh..opq":
                os.setxattr(mark.parent, "trusted.overlay.opaque", b"y")
            else:
                os.mknod(mark.with_name(name), 0o600 | stat.S_IFCHR,
                         os.makedev(0, 0))
        kept.append(f"{where}/")
    return kept


def shape(folder):
    """All that would tell that somebody wrote there."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        st = path.lstat()
        found[path] = (st.st_mode, st.st_uid, st.st_gid, st.st_size,
                       st.st_mtime_ns, st.st_ctime_ns, st.st_nlink)
    return found


def test_directories_give_what_layers_give(jail, tmp_path, probe):
    below = works(jail.run(jail.deb(
        "below", files={"/srv/gone": "1\n", "/srv/kept": "1\n",
                        "/srv/d/old": "1\n", "/usr/bin/probe": probe},
        postinst="set -e\nchown 33:44 /srv/kept; chmod 2750 /srv/d;"
                 "ln /srv/kept /srv/link; ln -s kept /srv/soft;"
                 "echo y >/srv/cap; /usr/bin/probe setcap /srv/cap"))).layer
    above = works(jail.run(jail.deb(
        "above", files={"/srv/new": "2\n"},
        postinst="rm /srv/gone; rm -r /srv/d; mkdir /srv/d; echo >/srv/d/x"),
        layers=[jail.base, below])).layer
    deb = jail.deb(
        "last", files={"/srv/last": "3\n"},
        postinst="set -e\ntest ! -e /srv/gone; test ! -e /srv/d/old;"
                 "cat /srv/d/x; chmod 640 /srv/link; echo 4 >>/srv/kept;"
                 "touch /srv/cap /srv/new; rm /srv/soft; chown 1 /srv/d")
    kept = storage(tmp_path / "kept", jail.base, below, above)
    before = shape(tmp_path / "kept")
    ours = works(jail.run(deb, layers=kept))
    theirs = works(jail.run(deb, layers=[jail.base, below, above]))
    assert (ours.kind, ours.layer.read_bytes()) == (
        theirs.kind, theirs.layer.read_bytes())
    assert "srv/.wh.soft" in ours.names()
    assert shape(tmp_path / "kept") == before


def test_scripts_do_not_get_at_directories_of_an_engine(jail, tmp_path):
    kept = storage(tmp_path / "kept", jail.base)
    host = tmp_path / "host"
    host.mkdir()
    layer = tmp_path / "kept" / "layer1"
    (layer / "srv").mkdir(parents=True)
    (layer / "srv" / "out").symlink_to(host)
    (layer / "srv" / "null").symlink_to("/dev/null")
    kept.append(f"{layer}/")
    before = shape(tmp_path / "kept")
    jail.change("set +e\necho pwned >/srv/out/pwned;"
                "for f in /etc/passwd /srv/new /bin/sh; do echo x >>$f; done;"
                "mount -o remount,rw /; rm -rf /etc /srv", layers=kept)
    assert not list(host.iterdir())
    assert shape(tmp_path / "kept") == before


def test_mount_points_of_directories_that_are_links_are_refused(
        jail, tmp_path):
    kept = storage(tmp_path / "kept", jail.base)
    layer = tmp_path / "kept" / "layer1"
    layer.mkdir()
    (layer / "run").symlink_to("etc")
    result = jail.run(jail.deb("any"), layers=[*kept, f"{layer}/"])
    assert not result.ok and result.kind == "unsupported", result.said
    assert "/run" in result.message


def test_a_file_system_without_mapped_owners_is_unsupported(jail, tmp_path):
    """proc is one; the caller then takes the layers themselves."""
    kept = storage(tmp_path / "kept", jail.base)
    result = jail.run(jail.deb("any"), layers=[*kept, "/proc/self/"])
    assert not result.ok and result.kind == "unsupported", result.said


# Ends


@pytest.mark.parametrize("delay", [0.02, 0.1, 0.3, 1.5])
def test_nothing_is_left_when_we_are_killed(jail, delay):
    deb = jail.deb("endless", postinst="sleep 14142")
    _, command = jail.command([deb])
    with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as driver:
        time.sleep(delay)
        driver.send_signal(signal.SIGKILL)
    assert no_processes_with("14142")
    assert no_processes_with("jail_driver")


def test_nothing_is_left_when_the_jail_is_killed(jail):
    deb = jail.deb("endless", postinst="sleep 14143")
    _, command = jail.command([deb])
    with subprocess.Popen(command, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as driver:
        time.sleep(1.5)
        children = Path(f"/proc/{driver.pid}/task/{driver.pid}/children")
        os.kill(int(children.read_text().split()[0]), signal.SIGKILL)
        assert driver.wait(10) == 1
    assert no_processes_with("14143")
    assert no_processes_with("jail_driver")


def test_without_root_it_is_refused():
    command = [DRIVER, "/dev/null", "0", "10", "100", "/dev/null", "--"]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                              user=65534, group=65534, extra_groups=())
    except PermissionError:
        pytest.skip("only root can run what is built here")
    assert done.returncode == 1
    assert done.stdout == "denied: a jail needs root\n"
