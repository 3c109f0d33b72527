# SPDX-License-Identifier: Apache-2.0
"""fother patch: the same image and one layer, with exactly what is pending."""

import io
import json
import random
import subprocess
import tarfile

import pytest

from lab import images, oracle, proxy as lab_proxy, repository as lab
from lab.program import memory

NEW = "lab/patched:1"


def patch(fother, image, new=NEW, **options):
    return fother("patch", f"docker-daemon:{image}", "--output",
                  f"docker-daemon:{new}", **options)


@pytest.fixture(autouse=True)
def no_image_before(engine):
    engine.docker("rmi", "-f", NEW, check=False)


def refused(result, engine, code=1):
    """One clear error, and nothing was written."""
    assert result.code == code, result
    assert result.err.strip(), result
    assert not result.out, result
    assert engine.inspect(NEW, "image") is None


def top_layer(engine, image):
    """The members of the image's last layer: {path: TarInfo}, and data."""
    saved = subprocess.run(["docker", "--host", engine.url, "save", image],
                           check=True, stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(saved)) as outer:
        manifest = json.load(outer.extractfile("manifest.json"))
        data = outer.extractfile(manifest[0]["Layers"][-1]).read()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {member.name.lstrip("./"): member for member in tar}


def test_one_layer_brings_exactly_what_was_pending(site, engine, fother):
    before = oracle.packages(engine, site.IMAGE)
    result = patch(fother, site.IMAGE)
    assert result.code == 0, result

    old = engine.inspect(site.IMAGE, "image")
    new = engine.inspect(NEW, "image")
    [(image_id, name)] = result.rows
    assert image_id == new["Id"]
    assert NEW in name
    assert new["RootFS"]["Layers"][:-1] == old["RootFS"]["Layers"]

    after = oracle.packages(engine, NEW)
    assert before - after == {
        ("lab-web", "1.0", "all", "lab-web", "1.0"),
        ("lab-lib", "1.0", "amd64", "lab-lib", "1.0")}
    assert after - before == {
        ("lab-web", "1.0+deb12u1", "all", "lab-web", "1.0+deb12u1"),
        ("lab-lib", "1.1", "amd64", "lab-lib", "1.1")}
    for key in ("Cmd", "Entrypoint", "Env", "ExposedPorts", "Volumes",
                "WorkingDir", "User", "StopSignal", "Healthcheck"):
        assert new["Config"].get(key) == old["Config"].get(key), key
    for label, value in old["Config"]["Labels"].items():
        assert new["Config"]["Labels"][label] == value


def test_the_packages_are_whole_for_dpkg(site, engine, fother):
    assert patch(fother, site.IMAGE).code == 0
    run = ["run", "--rm", "--network", "none", NEW]
    assert engine.docker(*run, "dpkg", "--audit") == ""
    assert engine.docker(*run, "dpkg", "--verify", "lab-web",
                         "lab-lib") == ""
    assert engine.docker(*run, "cat", "/srv/index.html") == "web 1.0+deb12u1"
    assert engine.docker(*run, "cat", "/usr/share/lab/lib") == "lib 1.1"


def test_the_layer_holds_no_noise(site, engine, fother):
    assert patch(fother, site.IMAGE).code == 0
    members = top_layer(engine, NEW)
    files = {name for name, member in members.items() if member.isfile()}
    assert "srv/index.html" in files
    assert "var/lib/dpkg/status" in files
    assert not [name for name in files
                if name.startswith(("var/log/", "var/cache/", "tmp/", "run/",
                                    "dev/", "proc/", "sys/"))
                or name.endswith(".deb")]
    assert not [name for name, member in members.items()
                if any("overlay" in key for key in member.pax_headers)]
    assert not [name for name in files if "dpkg/info/dpkg" in name], \
        "what did not change is not in it"


def test_the_same_input_makes_the_same_bytes(site, engine, fother):
    first = patch(fother, site.IMAGE)
    assert first.code == 0, first
    engine.docker("rmi", NEW)
    fother.close()
    second = patch(fother, site.IMAGE)
    assert second.code == 0, second
    assert second.out == first.out


def test_afterwards_nothing_is_pending(site, engine, fother):
    assert patch(fother, site.IMAGE).code == 0
    updates = fother("updates", f"docker-daemon:{NEW}")
    assert updates.code == 0, updates
    assert updates.out == ""


def test_nothing_pending_writes_nothing(site, engine, fother):
    assert patch(fother, site.IMAGE).code == 0
    again = patch(fother, NEW, "lab/patched:2")
    assert again.code == 0, again
    assert not again.out
    assert again.err.strip()
    assert engine.inspect("lab/patched:2", "image") is None


def test_a_held_package_stays(site, engine, fother):
    image = site.image(
        "lab/held:1", script="echo lab-web hold | dpkg --set-selections")
    result = patch(fother, image)
    assert result.code == 0, result
    versions = {name: version for name, version, *_ in
                oracle.packages(engine, NEW)}
    assert versions["lab-web"] == "1.0"
    assert versions["lab-lib"] == "1.1"


def test_a_changed_conffile_stays(site, engine, fother):
    def conf(version):
        return {"files": {"/etc/lab.conf": f"made for {version}\n"},
                "scripts": {"conffiles": "/etc/lab.conf\n"}}
    old = site.repository.add("stable", "lab-conf", "1", **conf("1"))
    site.repository.add("stable-security", "lab-conf", "2", **conf("2"))
    image = site.image("lab/conf:1", debs=[old])
    image = images.add(engine, image, "lab/conf:2",
                       script="echo mine >/etc/lab.conf")
    assert patch(fother, image).code == 0
    assert engine.docker("run", "--rm", NEW, "cat", "/etc/lab.conf") == "mine"


PROBE = """#!/bin/sh
{
    cat /proc/self/uid_map
    busybox nc -w 2 127.0.0.1 PORT </dev/null && echo "reached the host"
    mknod /probe b 8 0 2>/dev/null && echo "made a device"
    mount -t tmpfs none /mnt 2>/dev/null && umount /mnt && echo "mounted"
    echo 1 2>/dev/null >/proc/sys/vm/drop_caches && echo "wrote to /proc/sys"
    echo "processes: $(ls -d /proc/[0-9]* | wc -l)"
} >/usr/share/lab/probe 2>/dev/null
exit 0
"""


def test_the_sandbox_has_no_host_in_it(site, engine, fother):
    port = str(site.repository.server.server_port)
    site.web("stable-security", "1.0+deb12u2",
             scripts={"postinst": PROBE.replace("PORT", port)})
    result = patch(fother, site.IMAGE)
    assert result.code == 0, result
    told = engine.docker("run", "--rm", "--network", "none", NEW, "cat",
                         "/usr/share/lab/probe").splitlines()
    maps = [line.split() for line in told if line[0] in " 0123456789"]
    assert maps
    for inside, outside, _ in maps:
        assert outside != "0", "root inside is root outside"
    words = "\n".join(told)
    assert "reached the host" not in words
    assert "made a device" not in words
    assert "wrote to /proc/sys" not in words
    processes = int(words.split("processes: ")[1].split()[0])
    assert processes < 20


def test_a_package_that_cannot_be_configured(site, engine, fother):
    site.web("stable-security", "1.0+deb12u2",
             scripts={"postinst": "#!/bin/sh\necho no way >&2\nexit 7\n"})
    result = patch(fother, site.IMAGE)
    refused(result, engine)
    assert "lab-web" in result.err


@pytest.mark.parametrize("fault", [
    lab.WRONG_BYTES, lab.TRUNCATED, lab.MISSING, lab.HTML, lab.ENDLESS,
    lab.DROPPED])
def test_a_deb_that_is_not_what_was_signed(site, engine, fother, fault):
    site.repository.faults["pool/lab-web_1.0+deb12u1"] = fault
    refused(patch(fother, site.IMAGE), engine)
    site.repository.faults.clear()
    assert patch(fother, site.IMAGE).code == 0, "nothing bad was cached"


def test_an_index_that_is_not_signed(site, engine, fother):
    site.repository.publish("stable-security", signers=("other",))
    result = patch(fother, site.IMAGE)
    assert result.code in (1, 3), result
    assert engine.inspect(NEW, "image") is None


@pytest.mark.parametrize("size", ["64k", "512k", "4m"])
def test_a_full_disk(site, engine, fother, size):
    """Wherever it fills up: the indexes, the packages, the image's copy."""
    site.repository.add("stable-updates", "lab-lib", "1.2", "amd64", files={
        "/usr/share/lab/lib": random.Random(1).randbytes(3 << 19).hex()})
    result = patch(fother, site.IMAGE, wrap=memory(size)(fother.home))
    assert result.code in (1, 3), result
    assert result.err.strip(), result
    assert engine.inspect(NEW, "image") is None
    assert patch(fother, site.IMAGE).code == 0, "and works when there is room"


def test_an_engine_that_does_not_take_it(site, engine, fother, proxy):
    proxy.reset(1, lab_proxy.FAIL,
                lambda method, path: "/images/load" in path)
    result = patch(fother, site.IMAGE, host=proxy.url)
    refused(result, engine)
    assert "the lab says no" in result.err


def test_a_missing_operand_is_wrong_usage(fother):
    assert fother("patch").code == 2
    assert fother("patch", "docker-daemon:x").code == 2


def test_a_real_debian(engine, fother):
    image = images.nginx(engine)
    pending = {row[0]: row[3] for row in
               fother("updates", f"docker-daemon:{image}").rows}
    before = oracle.packages(engine, image)
    result = patch(fother, image)
    assert result.code == 0, result
    after = oracle.packages(engine, NEW)
    changed = {name: version for name, version, *_ in after - before}
    assert changed == pending
    assert engine.docker("run", "--rm", NEW, "dpkg", "--audit") == ""
    assert "successful" in subprocess.run(
        ["docker", "--host", engine.url, "run", "--rm", NEW, "nginx", "-t"],
        stderr=subprocess.PIPE, text=True, check=True).stderr
