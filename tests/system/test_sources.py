# SPDX-License-Identifier: Apache-2.0
"""One image through every source gives the same bytes of output; and what is
between a name and its image: archives, indexes, tags, digests, the cache."""

import gzip
import hashlib
import http.server
import io
import json
import os
import re
import shutil
import socketserver
import tarfile
import threading
import time
import urllib.parse

import pytest

from lab import layout, makers, mirror, program
from lab.layout import OCI, Layer, Layout, debian, digest_of
from lab.makers import call, skopeo
from lab.registry import Distribution


def answer(result):
    """All that was told of an image, but its name."""
    assert result.code == 0, result
    assert not result.err, result
    assert result.rows
    return [row[:-1] for row in result.rows]


def blob(folder, digest):
    return folder / "blobs" / "sha256" / digest.removeprefix("sha256:")


def document(folder, digest):
    return json.loads(blob(folder, digest).read_bytes())


def only_manifest(folder):
    index = json.loads((folder / "index.json").read_text())
    return index["manifests"][0]["digest"]


def pack(path, members):
    """A tar of MEMBERS {name: bytes, or a string: a symbolic link}."""
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return path


def as_docker_25(folder, path, tag="lab/story:1"):
    """What docker save writes since Docker 25 of an image in an OCI layout:
    the layout, and a manifest.json that names its blobs."""
    manifest = document(folder, only_manifest(folder))
    members = {
        f"blobs/sha256/{one.name}": one.read_bytes()
        for one in (folder / "blobs" / "sha256").iterdir()}

    def name(descriptor):
        return "blobs/sha256/" + descriptor["digest"][7:]

    members["index.json"] = (folder / "index.json").read_bytes()
    members["manifest.json"] = json.dumps([{
        "Config": name(manifest["config"]), "RepoTags": [tag],
        "Layers": [name(one) for one in manifest["layers"]],
        "LayerSources": {}}]).encode()
    members["oci-layout"] = b'{"imageLayoutVersion":"1.0.0"}'
    members["repositories"] = b"{}"
    return pack(path, members)


def as_docker_24(config, tars, path, tag="lab/story:1"):
    """What docker save wrote before: a folder a layer, with VERSION and json;
    a layer that was there already is a link."""
    members, names, seen = {}, [], {}
    for number, tar in enumerate(tars):
        folder = hashlib.sha256(b"%d" % number).hexdigest()
        members[f"{folder}/VERSION"] = b"1.0"
        members[f"{folder}/json"] = json.dumps({"id": folder}).encode()
        digest = digest_of(tar)
        members[f"{folder}/layer.tar"] = \
            f"../{seen[digest]}/layer.tar" if digest in seen else tar
        seen.setdefault(digest, folder)
        names.append(f"{folder}/layer.tar")
    config_name = digest_of(config)[7:] + ".json"
    members[config_name] = config
    members["manifest.json"] = json.dumps([{
        "Config": config_name, "RepoTags": [tag], "Layers": names}]).encode()
    members["repositories"] = json.dumps(
        {"lab/story": {"1": folder}}).encode()
    return pack(path, members)


class Story:
    """An image of three layers that umoci made of a Debian."""

    def __init__(self, folder, engine):
        self.folder = folder
        image = makers.Layered(folder / "umoci", mirror.small())
        try:
            (image.path / "etc/motd").write_text("hello\n")
            image.commit()
            image.run("dpkg", "--purge", "--force-all", "busybox")
            image.commit()
        finally:
            image.close()
        self.engine = engine
        self.archive = folder / "skopeo.tar"
        skopeo(image.name, f"docker-archive:{self.archive}:lab/story:1")
        engine.docker("load", "-i", self.archive)
        self.umoci = image.name
        self.layout = folder / "layout"
        skopeo(f"docker-archive:{self.archive}", f"oci:{self.layout}:1")

    def tars(self):
        manifest = document(self.layout, only_manifest(self.layout))
        return [gzip.decompress(blob(self.layout, one["digest"]).read_bytes())
                for one in manifest["layers"]]

    def config(self):
        manifest = document(self.layout, only_manifest(self.layout))
        return blob(self.layout, manifest["config"]["digest"]).read_bytes()


@pytest.fixture(scope="module")
def story(session_engine, tmp_path_factory):
    return Story(tmp_path_factory.mktemp("story"), session_engine)


@pytest.fixture
def told(story, fother):
    return answer(fother("packages", story.umoci))


# The same image


def test_the_story_is_worth_telling(told):
    """Packages, but for the one that the last layer took away."""
    names = {row[1] for row in told}
    assert "dpkg" in names and "busybox" not in names


def copies(story, tmp_path):
    """{what it is: a name of it}"""
    source = f"oci:{story.layout}:1"
    zstd = tmp_path / "zstd"
    skopeo(source, f"oci:{zstd}:1", "--dest-compress-format", "zstd")
    plain = tmp_path / "plain"
    skopeo(source, f"oci:{plain}:1", "--dest-decompress")
    saved = tmp_path / "saved.tar"
    story.engine.docker("save", "-o", saved, "lab/story:1")
    return {
        "a layout of skopeo": source,
        "a layout of zstd": f"oci:{zstd}:1",
        "a plain layout": f"oci:{plain}",
        "an archive of a layout":
            skopeo(source, f"oci-archive:{tmp_path}/a.tar:web:1"),
        "an archive that umoci made":
            "oci-archive:" + str(tar_of(story.folder / "umoci",
                                        tmp_path / "umoci.tar")),
        "a directory": skopeo(source, f"dir:{tmp_path}/dir"),
        "an archive of skopeo": f"docker-archive:{story.archive}",
        "what this docker saves": f"docker-archive:{saved}:lab/story:1",
        "what docker 24 saved": "docker-archive:" + str(as_docker_24(
            story.config(), story.tars(), tmp_path / "24.tar")),
        "what docker 25 saves": "docker-archive:" + str(as_docker_25(
            plain, tmp_path / "25.tar")) + ":lab/story:1",
        "what it saves of containerd": "docker-archive:" + str(as_docker_25(
            story.layout, tmp_path / "25-gzip.tar")),
        "the same as a layout": f"oci-archive:{tmp_path}/25-gzip.tar",
        "an engine": "docker-daemon:lab/story:1",
        "a bare name": "lab/story:1",
    }


def tar_of(folder, path):
    call("tar", "-c", "-C", folder, "-f", path, ".")
    return path


def test_it_is_the_same_through_every_source(story, tmp_path, fother, told):
    for what, name in copies(story, tmp_path).items():
        # From its bytes, and then from the cache.
        shutil.rmtree(fother.cache, ignore_errors=True)
        assert answer(fother("packages", "--verify", name)) == told, what
        assert answer(fother("packages", "--verify", name)) == told, what


def test_it_is_the_same_from_a_registry(story, fother, told):
    registry = Distribution()
    try:
        for source, name in ((f"oci:{story.layout}:1", "lab/story:1"),
                             (story.umoci, "lab/story:umoci")):
            registry.push(source, name)
            name = f"docker://{registry.host}/{name}"
            for options in ((), ("--offline",)):
                assert answer(fother("packages", "--tls-verify=false",
                                     *options, name)) == told
            # A bare name, which no engine has.
            assert answer(fother("packages", "--tls-verify=false",
                                 name.removeprefix("docker://"))) == told
    finally:
        registry.close()


def test_unpacked_it_has_the_same_packages(story, fother, told):
    """A root file system is no image, and its packages are of no layer."""
    tree = makers.Unpacked(story.umoci)
    try:
        rows = answer(fother("packages", f"rootfs:{tree.path}"))
    finally:
        tree.close()
    assert [row[:6] for row in rows] == [row[:6] for row in told]


@pytest.mark.parametrize("squeeze", [
    lambda data: gzip.compress(data, 1), layout.zstandard],
    ids=["gzip", "zstd"])
def test_archives_may_be_compressed(story, tmp_path, fother, told, squeeze):
    oci = skopeo(f"oci:{story.layout}:1", f"oci-archive:{tmp_path}/a.tar:web")
    path = tmp_path / "a.tar"
    (tmp_path / "a.tar.x").write_bytes(squeeze(path.read_bytes()))
    (tmp_path / "d.tar.x").write_bytes(squeeze(story.archive.read_bytes()))
    assert oci
    for name in (f"oci-archive:{tmp_path}/a.tar.x:web",
                 f"docker-archive:{tmp_path}/d.tar.x",
                 f"docker-archive:{tmp_path}/d.tar.x:lab/story:1"):
        assert answer(fother("packages", name)) == told
    assert not [one for one in fother.cache.iterdir()
                if one.name not in ("named", "trimmed")]


def test_what_buildah_makes(story, tmp_path, fother, told):
    with makers.Storage() as storage:
        storage.buildah("pull", "-q", f"docker-archive:{story.archive}")
        box = storage.buildah("from", "lab/story:1")
        storage.buildah("config", "--label", "a=b", box)
        storage.buildah("commit", "-q", box, f"oci:{tmp_path}/oci:new")
    assert [row[:6] for row in answer(
        fother("packages", f"oci:{tmp_path}/oci:new"))] == \
        [row[:6] for row in told]


# Archives


def small(folder, *names):
    """A layout with small Debians, each with a package of its own name."""
    store = Layout(folder)
    for name in names:
        store.image([Layer(layout.tar(debian(name)))], name)
    return store


def names_of(result):
    assert result.code == 0, result
    return [row[1] for row in result.rows]


def refused(result, reason):
    assert result.code == 3, result
    assert len(result.err.splitlines()) == 1, result
    assert re.search(reason, result.err), result
    assert [row[1] for row in result.rows] == ["?"], result


def test_the_images_of_an_archive_have_tags(tmp_path, fother):
    small(tmp_path / "store", "one", "two")
    path = tar_of(tmp_path / "store", tmp_path / "store.tar")
    assert names_of(fother("packages", f"oci-archive:{path}:two")) == ["two"]
    refused(fother("packages", f"oci-archive:{path}:three"),
            'no image is called "three"')
    refused(fother("packages", f"oci-archive:{path}"), "several images")


def test_an_archive_may_have_one_layer_twice(tmp_path, fother):
    """Then the second is a link."""
    one = layout.tar(debian("one"))
    tars = [one, layout.tar(debian("two")), one]
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "rootfs": {
            "type": "layers",
            "diff_ids": [digest_of(tar) for tar in tars]}}).encode()
    path = as_docker_24(config, tars, tmp_path / "twice.tar")
    result = fother("packages", f"docker-archive:{path}")
    assert [(row[1], row[6]) for row in result.rows] == [("one", "3")]
    refused(fother("packages", f"docker-archive:{path}:lab/other:1"),
            'no image has the tag "lab/other:1"')


def test_an_archive_of_compressed_layers_without_digests(tmp_path, fother):
    """As other tools than docker write it."""
    tar = layout.tar(debian("one"))
    config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {
        "type": "layers", "diff_ids": [digest_of(tar)]}}).encode()
    path = pack(tmp_path / "crane.tar", {
        "layer.tar.gz": gzip.compress(tar), digest_of(config): config,
        "manifest.json": json.dumps([{
            "Config": digest_of(config), "RepoTags": ["x:1"],
            "Layers": ["layer.tar.gz"]}]).encode()})
    for _ in range(2):
        assert names_of(fother("packages", f"docker-archive:{path}")) == \
            ["one"]


def test_an_archive_that_lies_about_its_layers(tmp_path, fother):
    store = small(tmp_path / "store", "one")
    path = as_docker_25(store.folder, tmp_path / "25.tar")
    data = path.read_bytes()
    layer = document(store.folder, only_manifest(
        store.folder))["layers"][0]["digest"]
    good = blob(store.folder, layer).read_bytes()
    path.write_bytes(data.replace(good, layout.gzipped(
        layout.tar(debian("two")))[:len(good)].ljust(len(good), b"\0")))
    refused(fother("packages", f"docker-archive:{path}"), "layer 1")


def test_an_archive_of_docker_1_9(tmp_path, fother):
    path = pack(tmp_path / "old.tar", {
        "abc/VERSION": b"1.0", "abc/json": b"{}", "abc/layer.tar": b"",
        "repositories": b'{"x":{"1":"abc"}}'})
    refused(fother("packages", f"docker-archive:{path}"),
            "Docker before 1.10")


def test_archives_of_the_other_sort_are_named(tmp_path, fother):
    small(tmp_path / "store", "one")
    path = tar_of(tmp_path / "store", tmp_path / "store.tar")
    refused(fother("packages", f"docker-archive:{path}"),
            "not an archive of docker save")
    refused(fother("packages", "oci-archive:/bin/true"), "tar")
    refused(fother("packages", "oci-archive:/nowhere.tar"), "No such file")
    refused(fother("packages", f"dir:{tmp_path}/store"), "manifest.json")
    refused(fother("packages", f"oci:{tmp_path}"), "index.json")


def test_a_bad_image_does_not_hide_the_others(tmp_path, fother):
    store = small(tmp_path / "store", "one", "two")
    bad = store.image([Layer(layout.tar(debian("bad")),
                             diff_id=digest_of(b""))], "bad")
    names = [f"oci:{store.folder}:one", bad, "oci-archive:/nowhere",
             f"oci:{store.folder}:two"]
    result = fother("packages", *names)
    assert result.code == 3, result
    assert {(row[1], row[-1]) for row in result.rows} == {
        ("one", names[0]), ("?", bad), ("?", names[2]), ("two", names[3])}
    said = result.err.splitlines()
    assert len(said) == 2, result
    assert bad in said[0] and "layer 1" in said[0] and "diff ID" in said[0]


# Names


def test_a_digest_wins_over_a_tag(tmp_path, fother):
    store = small(tmp_path / "store", "one", "two")
    one = store.manifests[0]["digest"]
    result = fother("packages", f"oci:{store.folder}:two@{one}")
    assert names_of(result) == ["one"]
    assert "the tag two means" in result.err, result
    result = fother("packages", f"oci:{store.folder}:one@{one}")
    assert names_of(result) == ["one"] and not result.err, result
    path = tar_of(store.folder, tmp_path / "store.tar")
    assert names_of(fother("packages", f"oci-archive:{path}@{one}")) == \
        ["one"]
    refused(fother("packages", f"oci:{store.folder}@{digest_of(b'')}"),
            "No such file")


def test_a_bare_name_says_where_it_was_looked_for(fother):
    result = fother("packages", "--offline", "lab/nowhere:1")
    refused(result, "docker-daemon: .*; containers-storage: .*; docker: .*")
    assert "lab/nowhere:1" in result.err


def test_of_each_place_the_reason_is_whole(fother):
    """Where there is no engine at all."""
    result = fother("packages", "--offline", "lab/nowhere:1", env={
        "CONTAINER_HOST": "unix:///run/lab-no/podman.sock",
        "CONTAINERS_STORAGE_CONF": "/dev/null"},
        host="unix:///run/lab-no/docker.sock")
    refused(result, "docker-daemon: .*")
    reasons = result.err.removeprefix("fother: lab/nowhere:1: ").split("; ")
    assert reasons[0].endswith("/docker.sock: No such file or directory")
    assert reasons[-2].endswith("/podman.sock: No such file or directory")
    assert reasons[-1].startswith("docker: docker.io/lab/nowhere")


# Platforms


ARM = {"os": "linux", "architecture": "arm"}


def indexed(folder, *platforms):
    """A layout whose only entry is an index of images, each with a package of
    the name of its platform, and an attestation."""
    store = Layout(folder)
    for number, platform in enumerate(platforms):
        name = f"p{number}"
        store.image([Layer(layout.tar(debian(name)))],
                    platform=platform,
                    config={key: platform[key] for key in platform})
    attest = store.store(b"{}", f"{OCI}.manifest.v1+json", annotations={
        "vnd.docker.reference.type": "attestation-manifest"},
        platform={"os": "unknown", "architecture": "unknown"})
    index = json.dumps({
        "schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json",
        "manifests": [*store.manifests, attest]}).encode()
    store.manifests = []
    store.add(store.store(index, f"{OCI}.index.v1+json"), "web")
    return f"oci:{store.folder}:web"


def platform(text):
    return dict(zip(("os", "architecture", "variant"), text.split("/")))


@pytest.mark.parametrize("wanted, got", [
    ("linux/arm64", "p1"), ("linux/arm/v7", "p3"), ("linux/arm", "p3"),
    ("linux/arm/v6", "p2"), ("linux/amd64", "p0"), ("linux/386", "p4")])
def test_the_image_for_a_platform(tmp_path, fother, wanted, got):
    name = indexed(tmp_path / "x", *map(platform, (
        "linux/amd64", "linux/arm64/v8", "linux/arm/v5", "linux/arm/v7",
        "linux/386", "linux/amd64")))
    assert names_of(fother("packages", "--platform", wanted, name)) == [got]


def test_without_one_it_is_this_machines(tmp_path, fother):
    name = indexed(tmp_path / "x", *map(platform, (
        "linux/s390x", "linux/arm64", "linux/amd64")))
    here = {"x86_64": "p2", "aarch64": "p1"}[os.uname().machine]
    assert names_of(fother("packages", name)) == [here]


def test_a_platform_that_is_not_there(tmp_path, fother):
    name = indexed(tmp_path / "x", platform("linux/amd64"),
                   platform("linux/arm/v7"))
    refused(fother("packages", "--platform", "linux/riscv64", name),
            "no image for linux/riscv64, only for linux/amd64 linux/arm/v7$")
    store = small(tmp_path / "store", "one")
    refused(fother("packages", "--platform", "linux/arm64",
                   f"oci:{store.folder}"),
            "no image for linux/arm64, only for linux/amd64$")
    assert fother("packages", "--platform", "arm64", name).code == 2


def test_an_index_of_buildah(tmp_path, fother):
    """Of a real tool, with both its images, through a directory too."""
    store = small(tmp_path / "store", "amd")
    store.image([Layer(layout.tar(debian("arm")))], "arm",
                config={"architecture": "arm64", "variant": "v8"})
    with makers.Storage() as storage:
        storage.buildah("manifest", "create", "lab/index")
        for tag in ("amd", "arm"):
            storage.buildah("manifest", "add", "lab/index",
                            f"oci:{store.folder}:{tag}")
        for where in (f"oci:{tmp_path}/all:web", f"dir:{tmp_path}/dir"):
            storage.buildah("manifest", "push", "--all", "lab/index", where)
            for wanted, got in (("linux/amd64", "amd"),
                                ("linux/arm64", "arm")):
                assert names_of(fother("packages", "--platform", wanted,
                                       where)) == [got]


# Engines that keep images in containerd


class Containerd(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """An engine whose ID of an image is that of its manifest: Docker with
    containerd's image store, as far as an image is asked for."""

    daemon_threads = True

    def __init__(self, path, folder, archive, id_=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def address_string(self):
                return "local"

            def do_GET(self):
                path_ = urllib.parse.urlparse(self.path).path
                if path_.endswith("/version"):
                    return self.reply(json.dumps(
                        {"ApiVersion": "1.41", "MinAPIVersion": "1.12",
                         "Os": "linux"}).encode())
                if path_.endswith("/json"):
                    return self.reply(json.dumps(inspect).encode())
                if path_.endswith("/get"):
                    return self.reply(archive.read_bytes())
                return self.reply(b'{"message":"no"}', 404)

            def reply(self, data, status=200):
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        manifest = document(folder, only_manifest(folder))
        config = document(folder, manifest["config"]["digest"])
        inspect = {
            "Id": id_ or only_manifest(folder), "RepoTags": ["lab/story:1"],
            "RepoDigests": [f"lab/story@{only_manifest(folder)}"],
            "Os": "linux", "Architecture": "amd64",
            "RootFS": {"Type": "layers",
                       "Layers": config["rootfs"]["diff_ids"]},
            "GraphDriver": {"Data": None, "Name": "overlayfs"}}
        super().__init__(str(path), Handler)
        self.url = f"unix://{path}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *args):
        self.shutdown()
        super().__exit__(*args)


def test_an_engine_with_containerds_store(story, tmp_path, fother, told):
    archive = as_docker_25(story.layout, tmp_path / "export.tar")
    with Containerd(tmp_path / "sock", story.layout, archive) as engine:
        name = "docker-daemon:lab/story:1"
        assert answer(fother("packages", name, host=engine.url)) == told
        # What leads to the layers is known by now: nothing is exported.
        archive.unlink()
        assert answer(fother("packages", name, host=engine.url)) == told
        shutil.rmtree(fother.cache)
        refused(fother("packages", name, host=engine.url), "export")


def test_an_engine_that_exports_another_image(story, tmp_path, fother):
    archive = as_docker_25(story.layout, tmp_path / "export.tar")
    with Containerd(tmp_path / "sock", story.layout, archive,
                    digest_of(b"another")) as engine:
        refused(fother("packages", "docker-daemon:lab/story:1",
                       host=engine.url),
                "another image than was asked for")


# The cache


def test_what_was_read_is_not_read_again(tmp_path, fother):
    store = small(tmp_path / "store", "one")
    name = f"oci:{store.folder}"
    told = answer(fother("packages", name))
    layer = document(store.folder, only_manifest(
        store.folder))["layers"][0]["digest"]
    blob(store.folder, layer).unlink()
    assert answer(fother("packages", name)) == told


def test_one_tar_in_two_blobs_is_kept_once(tmp_path, fother):
    tar = layout.tar(debian("one"))
    store = Layout(tmp_path / "store")
    names = [store.image([Layer(tar)], "gzip"),
             store.image([layout.zstd_layer(tar)], "zstd"),
             store.image([layout.plain_layer(tar)], "plain")]
    for name in names:
        assert names_of(fother("packages", name)) == ["one"]
    # The inventory, and a small entry for each blob.
    sizes = sorted(one.stat().st_size
                   for one in (fother.cache / "named").iterdir())
    assert len(sizes) == 4 and sizes[:3] == [96] * 3


def test_a_lie_is_told_though_the_layer_is_cached(tmp_path, fother):
    tar = layout.tar(debian("one"))
    store = Layout(tmp_path / "store")
    good = store.image([Layer(tar)], "good")
    bad = store.image([Layer(tar, diff_id=digest_of(b"x"))], "bad")
    assert names_of(fother("packages", good)) == ["one"]
    for _ in range(2):
        refused(fother("packages", bad), "layer 1 .*diff ID")


def bytes_of(folder):
    return sum((one.stat().st_size + 4095) // 4096 * 4096
               for one in folder.rglob("*") if one.is_file())


def test_the_cache_keeps_to_its_size(tmp_path, fother):
    names = [f"p{number}" for number in range(12)]
    store = small(tmp_path / "store", *names)
    images = [f"oci:{store.folder}:{name}" for name in names]
    first = fother("packages", *images)
    assert names_of(first) == sorted(names)
    # An hour later all are used but the first.
    hour_ago = time.time() - 3600
    for one in (fother.cache / "named").iterdir():
        os.utime(one, (hour_ago, hour_ago))
    fother("packages", *images[1:])
    fother("packages", "--cache-size", "96K", images[1])
    assert bytes_of(fother.cache / "named") <= 96 << 10
    assert bytes_of(fother.cache / "named") >= 80 << 10
    again = fother("packages", "--cache-size", "0", *images)
    assert again.out == first.out and not again.err, again
    assert not list((fother.cache / "named").iterdir())
    assert fother("packages", "--cache-size", "much", *images).code == 2


def test_many_at_once_in_a_cache_that_is_too_small(tmp_path, fother):
    names = [f"p{number}" for number in range(8)]
    store = small(tmp_path / "store", *names)
    images = [f"oci:{store.folder}:{name}" for name in names]
    want = fother("packages", *images).out
    for _ in range(3):
        running = [fother.start("packages", "--cache-size", size, *images)
                   for size in ("0", "16K", "40K", "2G")]
        for process in running:
            result = fother.finish(process)
            assert result.code == 0, result
            assert result.out == want and not result.err, result


def test_a_full_disk_costs_time_only(story, fother, told):
    wrap = program.memory("32k")(fother.cache)
    result = fother("packages", f"oci:{story.layout}", wrap=wrap)
    assert answer(result) == told


def test_an_archive_too_large_for_the_disk_is_refused(story, tmp_path,
                                                      fother):
    path = tmp_path / "d.tar.gz"
    path.write_bytes(gzip.compress(story.archive.read_bytes(), 1))
    wrap = program.memory("1m")(fother.cache)
    result = fother("packages", f"docker-archive:{path}", wrap=wrap)
    refused(result, "No space left")
    assert str(path) in result.err
