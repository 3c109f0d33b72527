# SPDX-License-Identifier: Apache-2.0
"""Images and file systems that are read where they lie: in an engine's
storage, in Podman's, in a directory. What is exported is the judge, and the
image's own dpkg."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from lab import images, layout, oracle
from lab.engine import Engine
from lab.layout import Layer, Layout

MARK = "unverified (engine storage)"


def packages(result):
    """The records without the image's name, which is not the same."""
    assert result.code == 0, result
    return [row[:-1] for row in result.rows]


def within(engine):
    """A wrap for a fother that sees what the engine sees: its storage may be
    a file system of its own."""
    return ["nsenter", "-t", engine.init, "-m", "-p", "--"]


def both(fother, engine, image):
    """The records by storage, having checked that the export says the same."""
    name = f"docker-daemon:{image}"
    stored = fother("packages", name, wrap=within(engine))
    assert MARK in stored.err, stored
    exported = fother("packages", "--verify", name)
    assert MARK not in exported.err, exported
    assert packages(stored) == packages(exported)
    return stored


def layers(engine, image):
    """The directories of its layers, as seen from here, highest first."""
    data = engine.inspect(image, "image")["GraphDriver"]["Data"]
    paths = [data["UpperDir"], *data.get("LowerDir", "").split(":")]
    return [Path(f"/proc/{engine.init}/root{path}") for path in paths if path]


def listed(result):
    return {tuple(row[1:6]) for row in result.rows}


@pytest.fixture
def build(engine, tmp_path):
    """docker build of a Dockerfile's lines on top of the small Debian."""
    made = []

    def build(name, *lines):
        base = images.small(engine)
        text = "\n".join([f"FROM {base}", *lines, ""])
        subprocess.run(
            ["docker", "--host", engine.url, "build", "--quiet",
             "--network", "none", "--tag", name, "-"],
            input=text.encode(), check=True, stdout=subprocess.PIPE,
            env=os.environ | {"DOCKER_BUILDKIT": "0"})
        made.append(name)
        return name

    yield build
    for name in made:
        engine.docker("rmi", "-f", name)


def test_an_engines_image_is_read_from_its_storage(site, engine, fother):
    name = f"docker-daemon:{site.IMAGE}"
    answer = fother("packages", "-o", "json", "--quiet", name)
    assert json.loads(answer.out)["unverified"] == [name]
    result = both(fother, engine, site.IMAGE)
    assert listed(result) == oracle.packages(engine, site.IMAGE)
    answer = fother("packages", "-o", "json", "--quiet", name)
    assert json.loads(answer.out)["unverified"] == []


def test_what_was_verified_once_stays_so(site, engine, fother):
    name = f"docker-daemon:{site.IMAGE}"
    fother("packages", "--verify", name)
    again = fother("packages", name, wrap=within(engine))
    assert again.code == 0 and MARK not in again.err, again


def test_what_was_not_verified_is_not_kept(site, engine, fother):
    name = f"docker-daemon:{site.IMAGE}"
    for _ in range(2):
        result = fother("packages", name, wrap=within(engine))
        assert MARK in result.err, result
    assert not [path for path in fother.cache.rglob("*") if path.is_file()]


def test_an_image_for_another_platform_is_not_taken(site, engine, fother):
    result = fother("packages", "--platform", "linux/s390x",
                    f"docker-daemon:{site.IMAGE}", wrap=within(engine))
    assert result.code == 3, result
    assert "no image for linux/s390x" in result.err


def test_storage_that_is_not_here_is_exported(fother):
    """The engine names directories that are others, or none, out here."""
    with Engine(data_size="600m") as engine:
        image = images.small(engine)
        result = fother("packages", "--verbose", f"docker-daemon:{image}",
                        host=engine.url)
        assert MARK not in result.err, result
        assert "not read from the engine's storage" in result.err
        assert listed(result) == oracle.packages(engine, image)


def test_a_removed_file_is_hidden(build, engine, fother):
    image = build("lab/gone:1", "RUN rm /var/lib/dpkg/status /etc/os-release")
    assert (layers(engine, image)[0] / "var/lib/dpkg/status") \
        .is_char_device(), "a whiteout"
    name = f"docker-daemon:{image}"
    stored = fother("packages", name, wrap=within(engine))
    exported = fother("packages", "--verify", name)
    assert (stored.code, stored.out) == (exported.code, exported.out)
    assert stored.code == 3, stored


OPAQUE = ("RUN cp -a /var/lib/dpkg /tmp/dpkg && rm -rf /var/lib/dpkg && "
          "mkdir /var/lib/dpkg && cp -a /tmp/dpkg/info /var/lib/dpkg/ && "
          "sed '/^Package: busybox$/,/^$/d' /tmp/dpkg/status "
          ">/var/lib/dpkg/status && rm -rf /tmp/dpkg")


def test_an_opaque_directory_hides_what_is_below(build, engine, fother):
    image = build("lab/opaque:1", "RUN touch /var/lib/dpkg/arch", OPAQUE)
    top = layers(engine, image)[0]
    assert os.getxattr(top / "var/lib/dpkg", "trusted.overlay.opaque") == b"y"
    result = both(fother, engine, image)
    assert "busybox" not in {row[1] for row in result.rows}
    assert listed(result) == oracle.packages(engine, image)


def test_a_link_of_one_layer_leads_into_another(build, engine, fother):
    image = build(
        "lab/linked:1",
        "RUN mkdir /var/lib/dpkg/status.d && "
        "mv /var/lib/dpkg/status /var/lib/dpkg/status.d/real",
        "RUN ln -s ../../../var/lib/dpkg/status.d/real /var/lib/dpkg/status",
        "RUN sed -i '/^Package: busybox$/,/^$/d' "
        "/var/lib/dpkg/status.d/real")
    result = both(fother, engine, image)
    assert "busybox" not in {row[1] for row in result.rows}
    assert listed(result) == oracle.packages(engine, image)


def test_usr_is_merged_across_layers(build, engine, fother):
    """lib becomes a link to usr/lib in a layer above the one that has it."""
    image = build(
        "lab/merged:1",
        "RUN mkdir -p /srv/lib && cp /etc/os-release /srv/lib/os-release.txt",
        "RUN rm /etc/os-release && "
        "ln -s ../usr/lib/os-release /etc/os-release",
        "RUN cp /usr/lib/os-release /usr/lib/os-release.new && "
        "mv /usr/lib/os-release.new /usr/lib/os-release")
    both(fother, engine, image)


def test_a_directory_is_a_file_system(engine, fother):
    image = images.small(engine)
    with oracle.Tree(engine, image) as tree:
        result = fother("packages", f"rootfs:{tree.path}")
        assert listed(result) == oracle.packages(engine, image)
        assert {row[6] for row in result.rows} == {"-"}
        assert MARK not in result.err


def test_a_hostile_directory_is_not_left(fother, tmp_path):
    root = tmp_path / "root"
    (root / "var/lib/dpkg").mkdir(parents=True)
    (root / "etc").mkdir()
    os.mkfifo(root / "var/lib/dpkg/status")
    (root / "etc/os-release").symlink_to("/etc/os-release")
    (root / "usr").symlink_to("/usr")
    result = fother("packages", f"rootfs:{root}", timeout=20)
    assert result.code == 3, result
    (root / "var/lib/dpkg/status").unlink()
    (root / "var/lib/dpkg/status").symlink_to("/var/lib/dpkg/status")
    result = fother("packages", f"rootfs:{root}", timeout=20)
    assert result.code == 3, result
    shutil.rmtree(root / "var")
    (root / "var").symlink_to("/var")
    result = fother("packages", f"rootfs:{root}", timeout=20)
    assert result.code == 3, result


def test_a_file_system_without_packages_says_so(fother, tmp_path):
    result = fother("packages", f"rootfs:{tmp_path}")
    assert result.code == 3, result
    assert result.rows[0][1] == "?"


def test_the_host_is_a_file_system_too(fother):
    result = fother("packages", "host")
    said = subprocess.run(["dpkg-query", "-W", "-f", oracle.FORMAT],
                          check=True, stdout=subprocess.PIPE, text=True)
    assert listed(result) == {tuple(line.split("\t")[1:])
                              for line in said.stdout.splitlines()
                              if line[1] == "i"}


class Podman:
    """Podman with a storage of its own; it runs no container."""

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="podman-", dir="/dev/shm"))
        self.conf = self.home / "storage.conf"
        self.conf.write_text(
            f'[storage]\ndriver = "overlay"\n'
            f'graphroot = "{self.home}/root"\nrunroot = "{self.home}/run"\n')
        self.env = {"CONTAINERS_STORAGE_CONF": str(self.conf)}

    def __call__(self, *args):
        done = subprocess.run(
            ["podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs",
             *map(str, args)], env=os.environ | self.env,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def serve(self, socket):
        return subprocess.Popen(
            ["podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs",
             "system", "service", "--time", "0", f"unix://{socket}"],
            env=os.environ | self.env, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def close(self):
        # It leaves a mount of its own behind, for the overlays.
        for place in ("root/overlay", "root"):
            subprocess.run(["umount", "--lazy", self.home / place],
                           check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.home, ignore_errors=True)


@pytest.fixture(scope="session")
def podman():
    engine = Podman()
    yield engine
    engine.close()


@pytest.fixture
def podman_image(podman, site, engine, tmp_path):
    """The site's image, loaded into Podman under a name of its own."""
    archive = tmp_path / "image.tar"
    engine.docker("save", "-o", archive, site.IMAGE)
    podman("load", "-i", archive)
    archive.unlink()
    for image in json.loads(podman("images", "--format", "json")):
        for name in image.get("Names") or []:
            if "site" in name:
                podman("tag", name, "localhost/lab/of-podman:1")
                return "lab/of-podman:1"
    raise AssertionError("podman loaded nothing")


def test_podmans_image_is_read_from_its_storage(
        podman, podman_image, site, engine, fother):
    result = fother("packages", f"containers-storage:{podman_image}",
                    env=podman.env)
    assert MARK in result.err, result
    assert listed(result) == oracle.packages(engine, site.IMAGE)
    exported = fother("packages", "--verify", f"docker-daemon:{site.IMAGE}")
    assert packages(result) == packages(exported)


def test_podmans_whiteouts_are_read(podman, build, engine, fother, tmp_path):
    image = build("lab/opaque:2", OPAQUE,
                  "RUN rm /usr/lib/os-release && touch /var/lib/dpkg/arch")
    archive = tmp_path / "image.tar"
    engine.docker("save", "-o", archive, image)
    podman("load", "-i", archive)
    archive.unlink()
    result = fother("packages", f"containers-storage:{image}", env=podman.env)
    assert MARK in result.err, result
    assert "busybox" not in {row[1] for row in result.rows}
    assert listed(result) == oracle.packages(engine, image)


def test_podmans_names_and_ids_are_found(podman, podman_image, fother):
    identity = podman("images", "--quiet", "--no-trunc", podman_image)
    for name in (podman_image, f"localhost/{podman_image}", "of-podman:1",
                 identity, identity.removeprefix("sha256:")[:12]):
        result = fother("packages", f"containers-storage:{name}",
                        env=podman.env)
        assert result.code == 0 and len(result.rows) > 5, result


BASE = {"org.opencontainers.image.base.name": "docker.io/library/debian:12",
        "org.opencontainers.image.base.digest": "sha256:" + "a" * 64}


def told(fother, name, **how):
    """What inspect tells of an image, but for its name and the sizes: of a
    directory those are not known."""
    result = fother("inspect", "--output", "json", name, **how)
    assert result.code == 0, result
    item, = json.loads(result.out)["items"]
    for layer in item["layers"]:
        del layer["size_bytes"]
    for key in ("image", "size_bytes", "trust"):
        del item[key]
    return item


@pytest.fixture
def annotated(podman, tmp_path):
    """An image in Podman's storage, and the layout that it was pulled from."""
    origin = Layout(tmp_path / "layout").image(
        [Layer(layout.tar(layout.debian("a", release="12")))],
        config={"created": "2026-10-01T12:00:00Z"}, annotations=BASE)
    pulled = podman("pull", "--quiet", origin)
    podman("tag", pulled, "localhost/lab/annotated:1")
    yield "containers-storage:lab/annotated:1", origin
    podman("rmi", "--force", pulled)


def test_podmans_image_is_told_of_as_where_it_came_from(
        podman, annotated, fother):
    name, origin = annotated
    item = told(fother, name, env=podman.env)
    assert item["platform"] == "linux/amd64"
    assert item["created"] == "2026-10-01T12:00:00Z"
    assert item["base_name"] == BASE["org.opencontainers.image.base.name"]
    assert item == told(fother, origin)


def test_a_bill_of_a_stored_image_has_its_date(podman, annotated, fother):
    result = fother("sbom", annotated[0], env=podman.env)
    assert result.code == 0, result
    assert json.loads(result.out)["metadata"]["timestamp"] == \
        "2026-10-01T12:00:00Z"


def test_podman_without_the_image_says_so(podman, podman_image, fother):
    for name in ("lab/of-podman:2", f"docker.io/{podman_image}", "0123456789"):
        result = fother("packages", f"containers-storage:{name}",
                        env=podman.env)
        assert result.code == 3, result
        assert "no such image" in result.err


def test_a_storage_of_another_driver_is_named(podman, fother, tmp_path):
    (tmp_path / "vfs-images").mkdir()
    conf = tmp_path / "storage.conf"
    conf.write_text(f'[storage]\ngraphroot = "{tmp_path}"\n')
    result = fother("packages", "containers-storage:lab/any:1", env={
        "CONTAINERS_STORAGE_CONF": str(conf),
        "CONTAINER_HOST": f"unix://{tmp_path}/none.sock"})
    assert result.code == 3, result
    assert "no images of the driver overlay; then: podman: GET /version: " \
        f"{tmp_path}/none.sock: No such file" in result.err


def test_podmans_image_is_exported_over_its_socket(
        podman, podman_image, site, fother, tmp_path):
    socket = podman.home / "socket"
    service = podman.serve(socket)
    try:
        env = podman.env | {"CONTAINER_HOST": f"unix://{socket}"}
        for _ in range(100):
            if socket.exists():
                break
            subprocess.run(["sleep", "0.1"], check=True)
        name = f"containers-storage:{podman_image}"
        verified = fother("packages", "--verify", name, env=env)
        assert MARK not in verified.err, verified
        stored = fother("packages", name, env=podman.env | {
            "XDG_CACHE_HOME": str(tmp_path)})
        assert packages(verified) == packages(stored)
        # Of a storage that it cannot read, it is the only way.
        elsewhere = tmp_path / "storage.conf"
        elsewhere.write_text(f'[storage]\ngraphroot = "{tmp_path}/none"\n')
        env |= {"CONTAINERS_STORAGE_CONF": str(elsewhere)}
        name = f"containers-storage:localhost/{podman_image}"
        assert packages(fother("packages", name, env=env)) == \
            packages(verified)
        # What the cache does not know, Podman is asked, not Docker.
        item = told(fother, name, env=env)
        identity = podman("images", "--quiet", "--no-trunc", podman_image)
        assert item["id"] == identity and item["created"]
    finally:
        service.terminate()
        service.wait(30)


def test_every_source_says_the_same(
        podman, podman_image, site, engine, fother):
    with oracle.Tree(engine, site.IMAGE) as tree:
        answers = [
            fother("packages", f"docker-daemon:{site.IMAGE}",
                   wrap=within(engine)),
            fother("packages", f"containers-storage:{podman_image}",
                   env=podman.env),
            fother("packages", f"rootfs:{tree.path}"),
            fother("packages", "--verify", f"docker-daemon:{site.IMAGE}"),
        ]
    assert all(answer.code == 0 for answer in answers), answers
    first, *rest = [listed(answer) for answer in answers]
    assert all(one == first for one in rest)
