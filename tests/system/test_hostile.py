# SPDX-License-Identifier: Apache-2.0
"""Layers that were made to hurt whoever looks at them: one clear error, and
all else is told."""

import hashlib
import json
import os
import shutil
import struct
import subprocess

import pytest

from lab import layout
from lab.lair import MEMORY_KIB, Lair
from lab.layout import (OCI, TAR_END, Layer, debian, digest_of, entry, gzipped,
                        members, plain_layer, repeated, zstd_layer)

MIB = 1 << 20
GIB = 1 << 30
STATUS = "var/lib/dpkg/status"


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


def test_more_packages_than_a_distribution_has(lair):
    """A file each, as distroless has them."""
    parts = [b"".join(
        layout.member(f"var/lib/dpkg/status.d/p{number}",
                      f"Package: p{number}\nVersion: 1\nArchitecture: all\n")
        for number in range(at, at + 1000)) for at in range(0, 150000, 1000)]
    parts.append(TAR_END)
    lair.refuses_image(
        lair.bad(Layer(b"".join(parts), members(parts, 1))),
        r"too many packages|entries that matter", keeps=True)


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


def test_layers_that_are_large_together(lair, fother):
    """Each may be what it is; of all of them nothing near is held at once, be
    they read now or kept from before."""
    layers = []
    for number in range(12):
        content = b"".join(os.urandom(16) + bytes(4080)
                           for _ in range(100 * 256))
        layers.append(Layer(layout.tar(
            {f"var/lib/dpkg/status.d/p{number}": content})))
    image = lair.bad(*layers)
    for _ in range(2):
        result, seen = lair.run(image)
        lair.judge(image, result, LARGE, r"layer \d+", keeps=True)
        assert seen.peak_kib < 800 << 10, f"{seen.peak_kib} KiB"
    for layer in layers:
        assert fother("packages", lair.layout.image([layer])).code == 3
    result, seen = lair.run(image)
    lair.judge(image, result, LARGE, r"layer \d+", keeps=True)
    assert seen.peak_kib < 800 << 10, f"{seen.peak_kib} KiB"


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


@pytest.mark.parametrize("what", ["index", "manifest", "config", "layer"])
@pytest.mark.parametrize("make", [
    os.mkfifo, lambda path: path.symlink_to("/dev/zero"), os.mkdir])
def test_a_layout_with_what_is_no_file(tmp_path, fother, what, make):
    """A FIFO that nobody writes to, a device: nobody waits, nothing is read
    without end."""
    made = layout.Layout(tmp_path / "layout")
    layer = Layer(layout.tar(debian("good")))
    image = made.image([layer])
    manifest = made.path(made.manifests[0]["digest"])
    config = json.loads(manifest.read_text())["config"]["digest"]
    path = {"index": made.folder / "index.json", "manifest": manifest,
            "config": made.path(config),
            "layer": made.path(digest_of(layer.blob))}[what]
    path.unlink()
    make(path)
    result = fother("packages", image, timeout=20)
    assert result.code == 3, result
    assert f"{path}: not a regular file" in result.err, result


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
