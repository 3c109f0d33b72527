# SPDX-License-Identifier: Apache-2.0
"""OCI layouts of any layers, honest or lying: tars, the streams that layers
come in, and the documents around them."""

import hashlib
import json
import shutil
import struct
import subprocess
import tarfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

OCI = "application/vnd.oci.image"
DOCKER = "application/vnd.docker"

# Sector of a tar; two of zeroes end it.
SECTOR = 512
TAR_END = bytes(2 * SECTOR)


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


# Tars


@dataclass
class Special:
    """An entry that is no plain file: its type, and where it leads."""
    kind: bytes
    target: str = ""
    mode: int = 0o755


FOLDER = Special(tarfile.DIRTYPE)


def symlink(target):
    return Special(tarfile.SYMTYPE, target)


def hardlink(target):
    return Special(tarfile.LNKTYPE, target)


def entry(path, size=0, kind=tarfile.REGTYPE, target="", mode=0o644):
    """The header of one entry, that may claim any SIZE."""
    info = tarfile.TarInfo(path)
    info.size = size
    info.type = kind
    info.linkname = target
    info.mode = mode
    return info.tobuf(tarfile.GNU_FORMAT)


def padded(data):
    return data + bytes(-len(data) % SECTOR)


def member(path, content):
    """One entry: text or bytes of a file, or a Special."""
    if isinstance(content, Special):
        return entry(path, 0, content.kind, content.target, content.mode)
    if isinstance(content, str):
        content = content.encode()
    return entry(path, len(content)) + padded(content)


def tar(entries):
    """A tar of ENTRIES, {path: content} or pairs where a path comes twice."""
    pairs = entries.items() if isinstance(entries, dict) else entries
    return b"".join(member(path, content)
                    for path, content in pairs) + TAR_END


# Streams: what turns a tar into a blob


def gzipped(data, level=6):
    return members([data], level)


def members(parts, level=6):
    """One gzip member for each of PARTS."""
    out = []
    for part in parts:
        squeeze = zlib.compressobj(level, zlib.DEFLATED, 31)
        out.append(squeeze.compress(part) + squeeze.flush())
    return b"".join(out)


def repeated(head, block, times, tail=b"", level=9):
    """HEAD, BLOCK as often as TIMES, and TAIL, each a gzip member: gigabytes
    in the time that one block takes."""
    return members([head], level) + members([block], level) * times + \
        (members([tail], level) if tail else b"")


def zstandard(data, *options):
    return subprocess.run(["zstd", "-q", "-c", *(options or ("-3",))],
                          input=data, check=True,
                          stdout=subprocess.PIPE).stdout


ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
ZSTD_BLOCK_BYTES = 128 * 1024


def zstd_window(data, window_log):
    """DATA, stored, in a frame that asks for a window of 2^WINDOW_LOG bytes
    (RFC 8878, section 3.1.1)."""
    out = [ZSTD_MAGIC, b"\0", bytes([(window_log - 10) << 3])]
    blocks = [data[at:at + ZSTD_BLOCK_BYTES]
              for at in range(0, len(data), ZSTD_BLOCK_BYTES)]
    for number, block in enumerate(blocks):
        last = number == len(blocks) - 1
        out.append((len(block) << 3 | last).to_bytes(3, "little") + block)
    return b"".join(out)


def zstd_skippable(data, number=0):
    return struct.pack("<II", 0x184d2a50 + number, len(data)) + data


def table_of_contents(entries):
    return json.dumps({"version": 1, "entries": [
        {"name": path, "type": "reg", "size": len(content)}
        for path, content in entries.items()
        if not isinstance(content, Special)]}).encode()


def estargz(entries):
    """(tar, blob) in estargz: each entry is a gzip member, the last entry is
    a table of them, and an empty member whose extra field says where that
    member begins ends the blob."""
    parts = [member(path, content) for path, content in entries.items()]
    head = members(parts)
    toc = member("stargz.index.json", table_of_contents(entries)) + TAR_END
    extra = f"{len(head):016x}STARGZ".encode()
    field_ = b"SG" + struct.pack("<H", len(extra)) + extra
    footer = (b"\x1f\x8b\x08\x04" + bytes(4) + b"\0\xff" +
              struct.pack("<H", len(field_)) + field_ +
              b"\x01\0\0\xff\xff" + bytes(8))
    return b"".join(parts) + toc, head + members([toc]) + footer


def zstd_chunked(entries):
    """(tar, blob) in zstd:chunked: each entry is a frame; table and footer
    are skippable frames, which a plain decoder passes over."""
    parts = [member(path, content) for path, content in entries.items()]
    parts.append(TAR_END)
    head = b"".join(zstandard(part) for part in parts)
    toc = zstandard(table_of_contents(entries))
    footer = struct.pack("<QQQQ", len(head) + 8, len(toc),
                         len(table_of_contents(entries)), 1) + b"GNUlInUx"
    return (b"".join(parts),
            head + zstd_skippable(toc) + zstd_skippable(footer))


# Documents


@dataclass
class Layer:
    """A layer of an image. What is not given is the truth."""
    tar: bytes = b""
    blob: bytes = None       # TAR, in gzip
    media: str = f"{OCI}.layer.v1.tar+gzip"
    diff_id: str = None      # in the config
    digest: str = None       # in the manifest, and the blob's name
    size: int = None         # in the manifest
    fields: dict = field(default_factory=dict)  # more of its descriptor

    def __post_init__(self):
        if self.blob is None:
            self.blob = gzipped(self.tar)
        if self.diff_id is None:
            self.diff_id = digest_of(self.tar)


def zstd_layer(data, blob=None):
    return Layer(data, blob or zstandard(data),
                 f"{OCI}.layer.v1.tar+zstd")


def plain_layer(data):
    return Layer(data, data, f"{OCI}.layer.v1.tar")


class Layout:
    """An OCI layout in FOLDER, to which images are added."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.blobs = self.folder / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)
        self.manifests = []
        (self.folder / "oci-layout").write_text(
            '{"imageLayoutVersion":"1.0.0"}')
        self.write_index()

    def path(self, digest):
        """The file of a blob."""
        return self.blobs / digest.removeprefix("sha256:")

    def store(self, data, media, digest=None, size=None, **more):
        """A descriptor of DATA, which is stored as DIGEST."""
        digest = digest or digest_of(data)
        self.path(digest).write_bytes(data)
        return {"mediaType": media, "digest": digest,
                "size": len(data) if size is None else size, **more}

    def store_file(self, source, media, digest):
        """The same of a file, whose DIGEST is known; it becomes the blob."""
        size = Path(source).stat().st_size
        shutil.move(source, self.path(digest))
        return {"mediaType": media, "digest": digest, "size": size}

    def image(self, layers, tag=None, platform=None, config=None, **fields):
        """Add an image of LAYERS; its name. config, fields: what else is to
        be in the config and in the manifest."""
        descriptors = [
            self.store(one.blob, one.media, one.digest, one.size,
                       **one.fields) for one in layers]
        return self.image_of(descriptors, [one.diff_id for one in layers],
                             tag, platform, config, **fields)

    def image_of(self, descriptors, diff_ids, tag=None, platform=None,
                 config=None, **fields):
        """The same of layers that are stored already."""
        document = {"architecture": "amd64", "os": "linux", "config": {},
                    "rootfs": {"type": "layers", "diff_ids": diff_ids}}
        manifest = {
            "schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json",
            "config": self.store(
                json.dumps(document | (config or {})).encode(),
                f"{OCI}.config.v1+json"),
            "layers": descriptors, **fields}
        self.add(self.store(json.dumps(manifest).encode(),
                            manifest["mediaType"] or OCI), tag, platform)
        return f"oci:{self.folder}" + (f":{tag}" if tag else "")

    def add(self, descriptor, tag=None, platform=None):
        """Add an entry to index.json."""
        if tag:
            descriptor["annotations"] = {
                "org.opencontainers.image.ref.name": tag}
        if platform:
            descriptor["platform"] = platform
        self.manifests.append(descriptor)
        self.write_index()

    def write_index(self):
        (self.folder / "index.json").write_text(json.dumps(
            {"schemaVersion": 2, "manifests": self.manifests}))


def deb(name, version="1", arch="all", status="install ok installed",
        **fields):
    """A record of dpkg's status."""
    record = {"Package": name, "Status": status, "Architecture": arch,
              "Version": version, "Maintainer": "x <x@example.org>",
              "Description": "x",
              **{key.replace("_", "-"): value
                 for key, value in fields.items()}}
    return "".join(f"{key}: {value}\n" for key, value in record.items()) + \
        "\n"


def debian(*packages, release="12"):
    """The files of a Debian with these records, or names, of packages."""
    return {"etc/os-release": f"ID=debian\nVERSION_ID={release}\n",
            "var/lib/dpkg/status": "".join(
                one if one.startswith("Package:") else deb(one)
                for one in packages)}
