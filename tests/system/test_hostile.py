# SPDX-License-Identifier: Apache-2.0
"""Images that were made to hurt whoever looks at them: one clear error, and
all else is told. What only looks odd, and is honest, is read."""

import hashlib
import json
import os
import re
import shutil
import struct
import subprocess

import threading
import time

import pytest

from lab import layout, mirror, program, watch
from lab.layout import (OCI, TAR_END, Layer, Layout, debian, digest_of, entry,
                        gzipped, members, plain_layer, repeated, zstd_layer)

MIB = 1 << 20
GIB = 1 << 30
STATUS = "var/lib/dpkg/status"

# An image that is refused costs no more than one that is read.
PATIENCE_SEC = 60
MEMORY_KIB = 256 << 10


def files_of(folder):
    return sorted(str(path.relative_to(folder))
                  for path in folder.rglob("*") if path.is_file())


class Lair:
    """A layout with a good image, and bad ones that stand on the same first
    layer."""

    def __init__(self, folder, fother):
        self.fother = fother
        self.layout = Layout(folder / "lair")
        self.base = Layer(layout.tar(debian("good")))
        self.good = self.layout.image([self.base], "good")
        self.listed = fother("packages", self.good)
        assert self.listed.code == 0, self.listed
        self.cached = files_of(fother.cache)

    def bad(self, *layers, **fields):
        return self.layout.image([self.base, *layers], "bad", **fields)

    def run(self, image, timeout=PATIENCE_SEC):
        """fother packages IMAGE GOOD, watched; (result, its memory)."""
        process = self.fother.start("packages", image, self.good)
        seen = watch.Memory(process)
        try:
            return self.fother.finish(process, timeout), seen
        finally:
            seen.stop()

    def judge(self, image, result, reason, where):
        """One error that says what, where and why; the other image is told
        in full; nothing of the bad one is kept."""
        assert result.code == 3, result
        said = result.err.splitlines()
        assert len(said) == 1, result
        assert image in said[0], result
        if where:
            assert re.search(where, said[0]), result
        assert re.search(reason, said[0], re.IGNORECASE), result
        rows = [row for row in result.rows if row[-1] == image]
        assert [row[1] for row in rows] == ["?"], result
        assert "".join(line + "\n" for line in result.out.splitlines()
                       if not line.endswith(f"\t{image}")) == \
            self.listed.out, result
        assert not self.fother.left_running(), result
        assert files_of(self.fother.cache) == self.cached

    def refuses(self, layer, reason, number=2, **fields):
        """The image with LAYER on top is refused, for REASON."""
        image = self.bad(layer, **fields)
        digest = layer.digest or digest_of(layer.blob)
        where = rf"layer {number}\b|{digest[7:19]}"
        self.refuses_image(image, reason, where)

    def refuses_image(self, image, reason, where=None):
        result, seen = self.run(image)
        self.judge(image, result, reason, where)
        assert seen.peak_kib < MEMORY_KIB, f"{seen.peak_kib} KiB"

    def reads(self, image, *names):
        result = self.fother("packages", image)
        assert result.code == 0, result
        assert [row[1] for row in result.rows] == sorted(names), result
        return result


@pytest.fixture
def lair(tmp_path, fother):
    return Lair(tmp_path, fother)


# Bombs


LARGE = r"times as large|larger than|over \d+ (bytes|entries)|too (large|many)"


def test_a_database_that_is_a_bomb(lair):
    """4 GiB of zeroes of a file of 20 GiB, in 4 MB."""
    blob = repeated(entry(STATUS, 20 * GIB), bytes(16 * MIB), 256)
    lair.refuses(Layer(blob=blob), LARGE)


def test_a_file_that_is_a_bomb(lair):
    """Ratio 1000, in a file that nobody reads, of a whole and honest tar."""
    size = 2 * GIB
    head = entry("srv/zeroes", size)
    blob = repeated(head, bytes(16 * MIB), size // (16 * MIB), TAR_END)
    lair.refuses(Layer(blob=blob), LARGE)


def test_a_bomb_of_zstd(lair):
    """8 GiB in blocks of four bytes that stand for 128 KiB of zeroes."""
    size = layout.ZSTD_BLOCK_BYTES
    block = (size << 3 | 2).to_bytes(3, "little") + b"\0"
    head = entry(STATUS, 8 * GIB)
    first = (len(head) << 3).to_bytes(3, "little") + head
    blob = layout.ZSTD_MAGIC + bytes([0, 17 - 10 << 3]) + first + \
        block * (8 * GIB // size - 1) + b"\1\0\0"
    lair.refuses(zstd_layer(b"", blob), LARGE)


def test_endless_entries(lair):
    """8 million, of one name."""
    header = entry("x")
    lair.refuses(Layer(blob=repeated(b"", header * 16384, 512)),
                 LARGE + "|entries")


def test_millions_of_entries_that_matter(lair):
    """Each of another name, in the folders that databases are in."""
    parts = [b"".join(
        entry(f"var/lib/dpkg/status.d/{number:07d}")
        for number in range(at, at + 10000)) for at in range(0, 200000, 10000)]
    lair.refuses(Layer(blob=members(parts + [TAR_END], 1),
                       diff_id=digest_of(b"".join(parts) + TAR_END)),
                 "entries|matter|many")


def long_name(size):
    """A GNU entry whose content is the next one's name."""
    name = b"a/" * (size // 2)
    return entry("././@LongLink", len(name) + 1, b"L") + \
        layout.padded(name + b"\0")


def test_a_name_of_a_gigabyte(lair):
    blob = repeated(entry("././@LongLink", GIB + 1, b"L"), b"a/" * (8 * MIB),
                    GIB // (16 * MIB), TAR_END)
    lair.refuses(Layer(blob=blob), "name|path|header")


def test_a_name_nested_without_end(lair):
    lair.refuses(Layer(long_name(200000) + entry("x") + TAR_END),
                 "name|path|nest")


def test_long_names_without_end(lair):
    """A gigabyte of names, each of which is allowed: read, or refused as too
    much, in little memory."""
    part = b"".join(long_name(4000) + entry("x") for _ in range(1024))
    times = GIB // len(part)
    plain = hashlib.sha256()
    for _ in range(times):
        plain.update(part)
    plain.update(TAR_END)
    image = lair.bad(Layer(blob=repeated(b"", part, times, TAR_END),
                           diff_id="sha256:" + plain.hexdigest()))
    result, seen = lair.run(image)
    assert result.code in (0, 3), result
    assert seen.peak_kib < MEMORY_KIB, f"{seen.peak_kib} KiB"


@pytest.mark.parametrize("log", [28, 31, 41])
def test_a_zstd_window_that_is_too_large(lair, log):
    tar = layout.tar(debian("good", "more"))
    lair.refuses(zstd_layer(tar, layout.zstd_window(tar, log)),
                 "window|memory|too (large|much)|Frame requires")


def test_the_largest_zstd_window(lair):
    tar = layout.tar(debian("good", "more"))
    image = lair.bad(zstd_layer(tar, layout.zstd_window(tar, 27)))
    lair.reads(image, "good", "more")


def test_a_zstd_frame_that_claims_a_terabyte(lair):
    frame = layout.ZSTD_MAGIC + b"\xe0" + struct.pack("<Q", 1 << 40) + \
        b"\1\0\0"
    lair.refuses(zstd_layer(b"", frame),
                 "window|memory|Frame requires|too large|cut off|corrupt")


# A database of 2 GB


def plain_database(folder, size=2 * GIB):
    """A plain layer with a status of SIZE, sparse on disk; (file, digest)."""
    path = folder / "database.tar"
    head = entry(STATUS, size)
    digest = hashlib.sha256(head)
    zeroes = bytes(16 * MIB)
    for _ in range(size // len(zeroes)):
        digest.update(zeroes)
    digest.update(TAR_END)
    path.write_bytes(head)
    os.truncate(path, len(head) + size + len(TAR_END))
    return path, "sha256:" + digest.hexdigest()


def test_a_database_of_two_gigabytes(lair, tmp_path):
    path, digest = plain_database(tmp_path)
    base = lair.base
    stored = [lair.layout.store(base.blob, base.media),
              lair.layout.store_file(path, f"{OCI}.layer.v1.tar", digest)]
    image = lair.layout.image_of(stored, [base.diff_id, digest], "bad")
    lair.refuses_image(image, LARGE + "|larger", "layer 2.*" + digest[7:19])


def test_a_database_of_two_gigabytes_of_packages(lair):
    """Records that are all well, and too many; compressed at a ratio that is
    nothing special."""
    block = "".join(layout.deb(f"p{hashlib.md5(bytes([i, j])).hexdigest()}")
                    for i in range(64) for j in range(256)).encode()
    block += bytes(-len(block) % 512)
    times = 2 * GIB // len(block)
    blob = repeated(entry(STATUS, times * len(block)), block, times, TAR_END,
                    level=1)
    lair.refuses(Layer(blob=blob), LARGE + "|larger")


def test_a_database_that_claims_to_be_sparse(lair):
    """A sparse file of GNU tar: two terabytes, of which nothing is there."""
    header = bytearray(entry(STATUS, 0, b"S"))
    header[483:495] = b"20000000000\0"
    header[148:156] = b" " * 8
    header[148:155] = b"%06o\0" % sum(header)
    lair.refuses(Layer(bytes(header) + TAR_END), "sparse")


# Layers that lie


def test_a_truncated_layer(lair):
    tar = layout.tar(debian("good", "more"))
    blob = gzipped(tar)
    lair.refuses(Layer(tar, blob[:len(blob) // 2]), "cut off|ends")


def test_a_truncated_zstd_layer(lair):
    tar = layout.tar(debian("good", "more"))
    blob = layout.zstandard(tar)
    lair.refuses(zstd_layer(tar, blob[:len(blob) // 2]), "cut off|ends")


def test_a_layer_cut_in_an_entry(lair):
    tar = layout.tar(debian("good", "more"))[:512 + 512 + 512 + 100]
    lair.refuses(plain_layer(tar), "cut off")


def test_a_layer_without_a_byte(lair):
    lair.refuses(Layer(layout.tar(debian("good", "more")), b""),
                 "empty|cut off|diff ID")


def test_garbage_after_the_magic(lair):
    lair.refuses(Layer(blob=b"\x1f\x8b" + b"garbage" * 999), "gzip")


def test_garbage_after_the_stream(lair):
    tar = layout.tar(debian("good", "more"))
    lair.refuses(Layer(tar, gzipped(tar) + b"garbage"), "follows|garbage")


def test_what_is_no_tar(lair):
    tar = b"no tar at all " * 999
    lair.refuses(Layer(tar), "tar")


def test_a_layer_that_is_not_its_digest(lair):
    tar = layout.tar(debian("good", "more"))
    lair.refuses(Layer(tar, digest=digest_of(b"another")), "digest")


def test_a_layer_that_is_not_its_diff_id(lair):
    tar = layout.tar(debian("good", "more"))
    lair.refuses(Layer(tar, diff_id=digest_of(b"another")), "diff ID")


def test_a_plain_layer_that_is_not_its_diff_id(lair):
    layer = plain_layer(layout.tar(debian("good", "more")))
    layer.diff_id = digest_of(b"another")
    lair.refuses(layer, "diff ID")


@pytest.mark.parametrize("more", [-1, 1, 1 << 40])
def test_a_layer_that_is_not_its_size(lair, more):
    tar = layout.tar(debian("good", "more"))
    lair.refuses(Layer(tar, size=len(gzipped(tar)) + more), "bytes|size")


def test_a_layer_that_is_not_there(lair):
    layer = Layer(layout.tar(debian("good", "more")))
    image = lair.bad(layer)
    lair.layout.path(digest_of(layer.blob)).unlink()
    lair.refuses_image(image, "No such file|not there|missing",
                       "layer 2|" + digest_of(layer.blob)[7:19])


def test_foreign_urls_are_never_fetched(lair, repository):
    """The layer is elsewhere, says the manifest: nobody asks there."""
    layer = Layer(layout.tar(debian("good", "more")),
                  fields={"urls": [repository.url + "/layer"]})
    image = lair.bad(layer)
    lair.layout.path(digest_of(layer.blob)).unlink()
    lair.refuses_image(image, "No such file|not there|missing")
    assert not repository.server.asked


def test_an_entry_that_climbs_out(lair, tmp_path):
    lair.refuses(Layer(layout.tar({"../../../../etc/x": "x"})), r"\.\.")


def test_links_that_go_round(lair):
    """The status is a link to itself, over two others."""
    tar = layout.tar({"var/lib/dpkg/.wh.status": "",
                      STATUS: layout.symlink("a"),
                      "var/lib/dpkg/a": layout.symlink("b"),
                      "var/lib/dpkg/b": layout.symlink("status")})
    image = lair.bad(Layer(tar))
    result, _ = lair.run(image)
    assert result.code == 3, result
    assert "links" in result.err, result
    assert lair.listed.out in result.out, result


def test_a_link_out_of_the_image_stays_in_it(lair):
    """The status is this machine's, says a link; it is the image's."""
    tar = layout.tar({"var/lib/dpkg/.wh.status": "",
                      STATUS: layout.symlink("/../../../srv/status"),
                      "srv/status": layout.deb("inside")})
    result, _ = lair.run(lair.bad(Layer(tar)))
    names = {row[1] for row in result.rows if row[-1].endswith(":bad")}
    assert names in ({"inside"}, {"?"}), result


# Text that hurts


def test_a_control_character_is_shown_escaped(lair):
    evil = layout.deb("evil", "1\x1b[2J\x07")
    result, _ = lair.run(lair.bad(Layer(layout.tar(debian("good", evil)))))
    assert not set("\x1b\x07") & set(result.out + result.err), result
    assert result.code in (0, 3), result


def test_a_newline_in_the_name_of_an_entry_stays_one_line(lair):
    name = "var/lib/dpkg/x\nfother: all is well"
    tar = layout.tar({name: "x"})[:-1024] + b"\1" * 512
    lair.refuses(Layer(tar), "tar")


# Documents (trust.md 6: 26 to 31)


def manifest_of(lair, **fields):
    """A good manifest with other FIELDS; None leaves one out."""
    base = lair.base
    document = {
        "schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json",
        "config": lair.layout.store(json.dumps({
            "architecture": "amd64", "os": "linux", "config": {},
            "rootfs": {"type": "layers", "diff_ids": [base.diff_id]},
        }).encode(), f"{OCI}.config.v1+json"),
        "layers": [lair.layout.store(base.blob, base.media)], **fields}
    return {key: value for key, value in document.items()
            if value is not None}


def bad_document(lair, text, media=f"{OCI}.manifest.v1+json"):
    if isinstance(text, dict):
        text = json.dumps(text)
    if isinstance(text, str):
        text = text.encode()
    lair.layout.add(lair.layout.store(text, media), "bad")
    return f"oci:{lair.layout.folder}:bad"


def test_a_manifest_without_its_media_type(lair):
    lair.reads(bad_document(lair, manifest_of(lair, mediaType=None)), "good")


def test_dockers_media_types(lair):
    docker = "application/vnd.docker"
    base = lair.base
    image = bad_document(lair, manifest_of(
        lair, mediaType=f"{docker}.distribution.manifest.v2+json",
        config=manifest_of(lair)["config"] | {
            "mediaType": f"{docker}.container.image.v1+json"},
        layers=[lair.layout.store(
            base.blob, f"{docker}.image.rootfs.diff.tar.gzip")]),
        f"{docker}.distribution.manifest.v2+json")
    lair.reads(image, "good")


def test_a_manifest_and_an_index_at_once(lair):
    """CVE-2021-41190."""
    lair.refuses_image(bad_document(lair, manifest_of(lair, manifests=[])),
                       "manifest")


def test_a_manifest_that_says_it_is_an_index(lair):
    lair.refuses_image(bad_document(lair, manifest_of(
        lair, mediaType=f"{OCI}.index.v1+json")), "index")


def test_schema_1(lair):
    lair.refuses_image(bad_document(lair, {
        "schemaVersion": 1, "name": "x", "tag": "1", "fsLayers": []},
        "application/vnd.docker.distribution.manifest.v1+prettyjws"),
        "schema 1")


def index_of(manifests):
    return {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json",
            "manifests": manifests}


def nested(lair, depth):
    child = lair.layout.store(
        json.dumps(manifest_of(lair)).encode(), f"{OCI}.manifest.v1+json")
    for _ in range(depth):
        child = lair.layout.store(json.dumps(index_of([child])).encode(),
                                  f"{OCI}.index.v1+json")
    lair.layout.add(child, "bad")
    return f"oci:{lair.layout.folder}:bad"


def test_an_index_in_an_index(lair):
    lair.reads(nested(lair, 1), "good")


def test_indexes_without_end(lair):
    lair.refuses_image(nested(lair, 50), "index|nest")


def test_an_index_of_too_many(lair):
    child = {"mediaType": f"{OCI}.manifest.v1+json",
             "digest": digest_of(b"x"), "size": 1,
             "platform": {"architecture": "amd64", "os": "linux"}}
    lair.refuses_image(bad_document(
        lair, index_of([child] * 100000), f"{OCI}.index.v1+json"),
        "more than|over|larger")


def test_attestations_are_no_platform(lair):
    """What BuildKit writes beside each image."""
    good = lair.layout.store(
        json.dumps(manifest_of(lair)).encode(), f"{OCI}.manifest.v1+json")
    other = lair.layout.store(b"{}", f"{OCI}.manifest.v1+json")
    image = bad_document(lair, index_of([
        other | {"platform": {"architecture": "unknown", "os": "unknown"},
                 "annotations": {"vnd.docker.reference.type":
                                 "attestation-manifest"}},
        good | {"platform": {"architecture": "amd64", "os": "linux"}},
        other | {"platform": {"architecture": "s390x", "os": "linux"}}]),
        f"{OCI}.index.v1+json")
    lair.reads(image, "good")


def test_a_manifest_that_is_not_its_digest(lair):
    descriptor = lair.layout.store(
        json.dumps(manifest_of(lair)).encode(), f"{OCI}.manifest.v1+json",
        digest_of(b"another"))
    lair.layout.add(descriptor, "bad")
    lair.refuses_image(f"oci:{lair.layout.folder}:bad", "digest")


def test_a_config_that_is_not_its_digest(lair):
    config = lair.layout.store(b'{"os":"linux"}', f"{OCI}.config.v1+json",
                               digest_of(b"another"))
    lair.refuses_image(bad_document(lair, manifest_of(lair, config=config)),
                       "digest")


def test_more_layers_than_the_config_has(lair):
    layers = manifest_of(lair)["layers"]
    lair.refuses_image(bad_document(lair, manifest_of(
        lair, layers=layers * 2)), "layers")


def test_a_manifest_of_four_megabytes(lair):
    """As large as registries take; then come 64."""
    padding = {"org.example.padding": "x" * (4 * MIB - 65536)}
    lair.reads(bad_document(lair, manifest_of(lair, annotations=padding)),
               "good")


def test_a_manifest_of_64_megabytes(lair):
    padding = {"org.example.padding": "x" * (64 * MIB)}
    lair.refuses_image(bad_document(lair, manifest_of(
        lair, annotations=padding)), "over|larger|more than")


@pytest.mark.parametrize("change", [
    ('"layers"', '"layers":[],"layers"'),
    ('{"schemaVersion"', '{"a":' + "[" * 5000 + "]" * 5000 +
     ',"schemaVersion"'),
    ('"size": ', '"size": 18446744073709551616'),
    ('"size": ', '"size": -'),
    ('"size": ', '"size": 1e'),
    ('.tar+gzip"', '.tar+gzip\\u0000"'),
    ('.tar+gzip"', '.tar+gzip\udcff"'),
    ('{"schemaVersion"', '\x00{"schemaVersion"'),
    ('"schemaVersion": 2', '"schemaVersion": "2"'),
], ids=["a key twice", "nesting", "overflow", "negative", "a float",
        "a NUL in text", "no UTF-8", "a NUL before", "a number as text"])
def test_json_that_lies(lair, change):
    text = json.dumps(manifest_of(lair))
    assert change[0] in text
    evil = text.replace(*change, 1).encode(errors="surrogateescape")
    lair.refuses_image(bad_document(lair, evil), ".")


# Honest streams that look odd


def streams(entries):
    """(name, layer): the same ENTRIES in each way that layers come in."""
    tar = layout.tar(entries)
    third = len(tar) // 3
    yield "plain", plain_layer(tar)
    yield "gzip", Layer(tar)
    yield "gzip of several members", Layer(tar, members(
        [tar[:third], b"", tar[third:2 * third], tar[2 * third:]]))
    yield "gzip with padding", Layer(tar, gzipped(tar) + bytes(1000))
    yield "zstd", zstd_layer(tar)
    yield "zstd of several frames", zstd_layer(
        tar, layout.zstandard(tar[:third]) + layout.zstandard(tar[third:]))
    plain, blob = layout.estargz(entries)
    yield "estargz", Layer(plain, blob)
    plain, blob = layout.zstd_chunked(entries)
    yield "zstd:chunked", zstd_layer(plain, blob)


def test_every_stream_says_the_same(lair):
    entries = debian("good", "more")
    for name, layer in streams(entries):
        image = lair.bad(layer)
        result = lair.reads(image, "good", "more")
        assert {row[6] for row in result.rows} == {"1", "2"}, name
        lair.layout.manifests.pop()


def test_all_streams_in_one_image(lair):
    names, layers = ["good"], []
    for number, (_, layer) in enumerate(list(streams({}))):
        names.append(f"more{number}")
        layers.append(list(streams(debian(*names)))[number][1])
    result = lair.reads(lair.bad(*layers), *names)
    assert {row[1]: row[6] for row in result.rows} == {
        name: str(number + 1) for number, name in enumerate(names)}


def test_one_diff_id_of_two_blobs_is_one_layer(lair):
    tar = layout.tar(debian("good", "more"))
    one = lair.reads(lair.bad(Layer(tar)), "good", "more")
    lair.layout.manifests.pop()
    two = lair.reads(lair.bad(zstd_layer(tar)), "good", "more")
    assert one.out == two.out


def test_the_media_type_of_another_stream(lair):
    """It is the bytes that say, as engines do."""
    tar = layout.tar(debian("good", "more"))
    layer = Layer(tar, layout.zstandard(tar))
    lair.reads(lair.bad(layer), "good", "more")


def test_a_hundred_thousand_files(lair):
    """As a large image has them."""
    parts = [b"".join(entry(f"srv/{at // 1000}/{number}")
                      for number in range(at, at + 1000))
             for at in range(0, 100000, 1000)]
    parts.append(layout.tar(debian("good", "more")))
    tar = b"".join(parts)
    lair.reads(lair.bad(Layer(tar, members(parts, 1))), "good", "more")


# Processes, disks, caches


def large(lair):
    """An image whose layer takes a while: a real root, of 170 MB."""
    tar = mirror.base().read_bytes()
    return lair.layout.image([Layer(tar, gzipped(tar, 1))], "large")


def test_a_worker_that_is_killed(lair):
    image = large(lair)
    process = lair.fother.start("packages", image, lair.good)
    assert watch.kill_worker(process), "no worker was seen"
    result = lair.fother.finish(process, PATIENCE_SEC)
    lair.judge(image, result, "kill|crash|signal|died", "layer 1")
    again = lair.fother("packages", image)
    assert again.code == 0, again
    assert "dpkg" in {row[1] for row in again.rows}


def test_a_parent_that_is_killed_leaves_no_worker(lair):
    process = lair.fother.start("packages", large(lair))
    while not watch.workers(process.pid, "layer"):
        assert process.poll() is None
    process.kill()
    lair.fother.finish(process)
    assert not lair.fother.left_running()
    assert files_of(lair.fother.cache) == lair.cached


def test_a_full_disk_is_no_reason_not_to_answer(lair):
    wrap = program.memory("16k")(lair.fother.cache)
    result = lair.fother("packages", lair.good, wrap=wrap)
    assert result.code == 0, result
    assert result.out == lair.listed.out


def test_a_cache_that_fills_up_on_the_way(lair):
    """Room for some entries; each answer is whole all the same."""
    images, want = [], []
    for number in range(30):
        images.append(lair.layout.image(
            [Layer(layout.tar(debian(*[f"p{number}-{i}" for i in range(99)])))],
            f"filling{number}"))
        want.append(lair.fother("packages", images[-1]).out)
    shutil.rmtree(lair.fother.cache)
    wrap = program.memory("64k")(lair.fother.cache)
    result = lair.fother("packages", *images, wrap=wrap)
    assert result.code == 0, result
    assert sorted(result.out.splitlines()) == \
        sorted("".join(want).splitlines())


def test_a_cache_that_cannot_be(lair):
    """A file is where its folder should be."""
    shutil.rmtree(lair.fother.cache)
    lair.fother.cache.write_text("I was here first")
    result = lair.fother("packages", lair.good)
    assert result.code in (0, 1), result
    if result.code == 0:
        assert result.out == lair.listed.out
    else:
        assert len(result.err.splitlines()) == 1, result
    assert lair.fother.cache.read_text() == "I was here first"


def flipped(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1:]


@pytest.mark.parametrize("damage", [
    flipped, lambda data: data[:len(data) // 2], lambda data: b"",
    lambda data: data + b"more", lambda data: os.urandom(len(data)),
    lambda data: bytes(len(data))],
    ids=["a bit", "cut off", "empty", "more behind", "noise", "zeroes"])
def test_a_damaged_cache_is_a_miss(lair, damage):
    for path in lair.fother.cache.rglob("*"):
        if path.is_file():
            path.write_bytes(damage(path.read_bytes()))
    result = lair.fother("packages", lair.good)
    assert result.code == 0, result
    assert result.out == lair.listed.out and not result.err, result
    # It is whole again: now the layer is not needed.
    lair.layout.path(digest_of(lair.base.blob)).write_bytes(b"")
    os.truncate(lair.layout.path(digest_of(lair.base.blob)),
                len(lair.base.blob))
    again = lair.fother("packages", lair.good)
    assert again.out == lair.listed.out, again


def test_entries_of_the_cache_that_are_no_files(lair, tmp_path):
    """Folders, and links to what must not be written."""
    victim = tmp_path / "victim"
    victim.write_text("kept")
    paths = [path for path in lair.fother.cache.rglob("*") if path.is_file()]
    assert paths
    for number, path in enumerate(paths):
        path.unlink()
        if number % 2:
            path.mkdir()
        else:
            path.symlink_to(victim)
    result = lair.fother("packages", lair.good)
    assert result.code == 0, result
    assert result.out == lair.listed.out
    assert victim.read_text() == "kept"


def test_entries_of_the_cache_under_each_others_names(lair):
    """A whole entry, but of another layer."""
    other = lair.layout.image([Layer(layout.tar(debian("other")))], "other")
    assert lair.fother("packages", other).code == 0
    paths = [path for path in lair.fother.cache.rglob("*") if path.is_file()]
    kept = [path.read_bytes() for path in paths]
    for path, data in zip(paths, kept[1:] + kept[:1]):
        path.write_bytes(data)
    for image, name in ((lair.good, "good"), (other, "other")):
        lair.reads(image, name)


def test_many_at_once_on_one_cache(lair):
    names = [lair.layout.image(
        [Layer(layout.tar(debian("good", f"more{number}")))], f"many{number}")
        for number in range(8)]
    running = [lair.fother.start("packages", *names) for _ in range(8)]
    results = [lair.fother.finish(process) for process in running]
    assert {result.code for result in results} == {0}, results[0]
    assert len({result.out for result in results}) == 1
    before = files_of(lair.fother.cache)
    again = lair.fother("packages", *names)
    assert again.out == results[0].out
    assert files_of(lair.fother.cache) == before


def test_the_cache_is_thrown_away_meanwhile(lair):
    """Its folder vanishes again and again: a miss each time."""
    done = threading.Event()

    def vanish():
        while not done.is_set():
            shutil.rmtree(lair.fother.cache, ignore_errors=True)
            time.sleep(0.001)

    thread = threading.Thread(target=vanish)
    thread.start()
    try:
        for _ in range(10):
            result = lair.fother("packages", lair.good)
            assert result.code == 0, result
            assert result.out == lair.listed.out
    finally:
        done.set()
        thread.join()


# Archives


def test_an_archive_that_was_cut(tmp_path, site, engine, fother):
    archive = tmp_path / "image.tar"
    with open(archive, "wb") as file:
        subprocess.run(["docker", "--host", engine.url, "save", site.IMAGE],
                       stdout=file, check=True)
    whole = fother("packages", f"docker-archive:{archive}")
    assert whole.code == 0, whole
    shutil.rmtree(fother.cache)
    os.truncate(archive, archive.stat().st_size // 2)
    result = fother("packages", f"docker-archive:{archive}")
    assert result.code == 3, result
    assert str(archive) in result.err, result
    assert [row[1] for row in result.rows] == ["?"]
