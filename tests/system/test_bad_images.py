# SPDX-License-Identifier: Apache-2.0
"""Images that were made to hurt whoever looks at them."""

import gzip
import hashlib
import json
import resource
import subprocess
import tarfile
import time
import zlib

import pytest

from lab import images


def store(folder, data):
    digest = hashlib.sha256(data).hexdigest()
    (folder / "blobs/sha256").mkdir(parents=True, exist_ok=True)
    (folder / "blobs/sha256" / digest).write_bytes(data)
    return {"digest": f"sha256:{digest}", "size": len(data)}


def oci(folder, blob, diff_id, media="tar+gzip"):
    """An OCI layout with one image of one layer."""
    config = store(folder, json.dumps({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [diff_id]}}).encode())
    kind = "application/vnd.oci.image"
    layer = store(folder, blob)
    manifest = store(folder, json.dumps({
        "schemaVersion": 2,
        "config": config | {"mediaType": f"{kind}.config.v1+json"},
        "layers": [layer | {"mediaType": f"{kind}.layer.v1.{media}"}]
    }).encode())
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({
        "schemaVersion": 2, "manifests": [
            manifest | {"mediaType": f"{kind}.manifest.v1+json"}]}))
    return f"oci:{folder}"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def refused(fother, image):
    """One error, quickly, and in little memory."""
    before = time.monotonic()
    result = fother("packages", image, timeout=120)
    assert result.code in (1, 3), result
    assert result.err.strip(), result
    assert not [row for row in result.rows if row[0] != "?"
                and row[1] != "?"], result
    assert time.monotonic() - before < 60
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert used < 2 << 20, "KiB"
    return result.err


@pytest.fixture
def whole():
    return images.layer({"var/lib/dpkg/status": (
        "Package: a\nStatus: install ok installed\nVersion: 1\n"
        "Architecture: all\nMaintainer: x\nDescription: x\n\n"),
        "etc/os-release": "ID=debian\nVERSION_ID=12\n"})


def test_a_whole_layer_is_read(tmp_path, fother, whole):
    image = oci(tmp_path, gzip.compress(whole), digest_of(whole))
    result = fother("packages", image)
    assert result.code == 0, result
    assert [row[1] for row in result.rows] == ["a"]


def test_a_truncated_layer(tmp_path, fother, whole):
    data = gzip.compress(whole)
    refused(fother, oci(tmp_path, data[:len(data) // 2], digest_of(whole)))


def test_a_layer_cut_between_two_entries(tmp_path, fother, whole):
    refused(fother, oci(tmp_path, whole[:1024 + 512], digest_of(whole),
                        "tar"))


def test_a_layer_that_is_not_its_digest(tmp_path, fother, whole):
    image = oci(tmp_path, gzip.compress(whole), digest_of(whole))
    largest = max((tmp_path / "blobs/sha256").iterdir(),
                  key=lambda path: path.read_bytes()[:2] == b"\x1f\x8b")
    largest.write_bytes(gzip.compress(
        whole.replace(b"Version: 1", b"Version: 2")))
    refused(fother, image)


def test_a_layer_that_is_not_its_diff_id(tmp_path, fother, whole):
    refused(fother, oci(tmp_path, gzip.compress(whole), digest_of(b"other")))


def test_a_layer_that_is_a_bomb(tmp_path, fother):
    """4 GiB of zeroes of a file of 20 GiB, in 4 MB."""
    info = tarfile.TarInfo("var/lib/dpkg/status")
    info.size = 20 << 30
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = [squeeze.compress(info.tobuf(tarfile.GNU_FORMAT))]
    zeroes = bytes(1 << 24)
    for _ in range((4 << 30) // len(zeroes)):
        data.append(squeeze.compress(zeroes))
    data.append(squeeze.flush())
    refused(fother, oci(tmp_path, b"".join(data), digest_of(b"")))


def test_a_layer_with_endless_entries(tmp_path, fother):
    header = tarfile.TarInfo("x").tobuf(tarfile.GNU_FORMAT)
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = header * 16384
    data = [squeeze.compress(block) for _ in range(512)]
    data.append(squeeze.flush())
    refused(fother, oci(tmp_path, b"".join(data), digest_of(b"")))


def test_garbage(tmp_path, fother):
    refused(fother, oci(tmp_path, b"\x1f\x8b" + b"garbage" * 999,
                        digest_of(b"")))


def test_an_archive_that_was_cut(tmp_path, site, engine, fother):
    archive = tmp_path / "image.tar"
    with open(archive, "wb") as file:
        subprocess.run(["docker", "--host", engine.url, "save", site.IMAGE],
                       stdout=file, check=True)
    result = fother("packages", f"docker-archive:{archive}")
    assert result.code == 0, result
    whole_size = archive.stat().st_size
    with open(archive, "r+b") as file:
        file.truncate(whole_size // 2)
    refused(fother, f"docker-archive:{archive}")


def test_a_control_character_in_a_name_is_shown_escaped(tmp_path, fother,
                                                        whole):
    evil = whole.replace(b"Version: 1", b"Version: \x1b")
    result = fother("packages", oci(tmp_path, gzip.compress(evil),
                                    digest_of(evil)))
    assert "\x1b" not in result.out + result.err
