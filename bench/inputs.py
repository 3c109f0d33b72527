# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks read: made once, and kept under build/fixtures."""

import bisect
import hashlib
import itertools
import shutil
import struct
import subprocess
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab import FIXTURES, layout, mirror

SECTOR = layout.SECTOR

# The large layer is so many minimal Debians, each in a folder of its own: at
# 32 KiB of window no copy knows of another, so it is as compressible as one.
COPIES = 12
# The image of many layers: 680 MB, as those that have so many layers.
LAYERS = 60
LAYERS_COPIES = 4
MANY_ENTRIES = 100_000


def kept(kind, make):
    """The layout KIND, made by make(layout, tar) of the minimal Debian when
    it is not there."""
    root = mirror.base()
    folder = FIXTURES / f"oci-{kind}{root.stem}"
    with mirror.fixtures_lock():
        if not folder.is_dir():
            part = folder.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            make(layout.Layout(part), root.read_bytes())
            part.rename(folder)
    return folder


def make_base(made, tar):
    made.image([layout.Layer(tar)])


def base():
    """One gzip layer of 170 MB: a minimal Debian."""
    return kept("", make_base)


def blob(folder):
    """The largest blob of a layout: its one layer."""
    return max((folder / "blobs" / "sha256").iterdir(),
               key=lambda path: path.stat().st_size)


def entries(tar):
    """The entries of a tar, each with what stands before it for it: bytes
    that another tar may begin or go on with."""
    at = begin = 0
    while at + SECTOR <= len(tar) and tar[at:at + SECTOR].strip(b"\0"):
        size = int(tar[at + 124:at + 135], 8)
        kind = tar[at + 156:at + 157]
        at += SECTOR + size + -size % SECTOR
        if kind not in b"xLK":
            yield tar[begin:at]
            begin = at


def moved(piece, folder):
    """An entry, below FOLDER: by ustar's prefix, which GNU's own headers
    lack. Those with long names stay where they are."""
    if piece[156:157] in b"xLK" or piece[345:SECTOR].strip(b"\0"):
        return piece
    head = bytearray(piece[:SECTOR])
    head[257:265] = b"ustar\x0000"
    head[345:500] = folder.ljust(155, b"\0")
    head[148:156] = b" " * 8
    head[148:155] = b"%06o\0" % sum(head)
    return bytes(head) + piece[SECTOR:]


def copies(tar, n):
    """N tars without an end: TAR, and the same below folders."""
    pieces = list(entries(tar))
    yield b"".join(pieces)
    for number in range(1, n):
        folder = b"copy%d" % number
        yield b"".join(moved(piece, folder) for piece in pieces)


def deflated(part):
    """A part of a deflate stream, to be followed by another."""
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
    return squeeze.compress(part) + squeeze.flush(zlib.Z_FULL_FLUSH)


def write_gzip(path, parts):
    """One gzip member of PARTS, deflated side by side; the diff ID."""
    digest, crc, size = hashlib.sha256(), 0, 0
    with open(path, "wb") as file, ThreadPoolExecutor(2) as pool:
        file.write(b"\x1f\x8b\x08" + bytes(6) + b"\xff")
        ahead = []

        def take():
            file.write(ahead.pop(0).result())

        for part in parts:
            ahead.append(pool.submit(deflated, part))
            digest.update(part)
            crc = zlib.crc32(part, crc)
            size += len(part)
            if len(ahead) > 2:
                take()
        while ahead:
            take()
        file.write(b"\3\0" + struct.pack("<II", crc, size & 0xffffffff))
    return "sha256:" + digest.hexdigest()


def make_large(made, tar):
    path = made.folder / "layer"
    diff_id = write_gzip(path, itertools.chain(copies(tar, COPIES),
                                               [layout.TAR_END]))
    told = subprocess.run(["sha256sum", path], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    layer = made.store_file(path, f"{layout.OCI}.layer.v1.tar+gzip",
                            "sha256:" + told.split()[0])
    made.image_of([layer], [diff_id])


def large():
    """One gzip layer of 2 GB (760 MB compressed)."""
    return kept("large-", make_large)


def make_layers(made, tar):
    pieces = [piece for part in copies(tar, LAYERS_COPIES)
              for piece in entries(part)]
    ends = list(itertools.accumulate(map(len, pieces)))
    cuts = [bisect.bisect(ends, number * ends[-1] // LAYERS)
            for number in range(LAYERS)] + [len(pieces)]
    tars = [b"".join(pieces[begin:end]) + layout.TAR_END
            for begin, end in itertools.pairwise(cuts)]
    with ThreadPoolExecutor(2) as pool:
        blobs = list(pool.map(layout.gzipped, tars))
    made.image(list(map(layout.Layer, tars, blobs)))


def layers():
    """An image of 60 layers."""
    return kept("layers-", make_layers)


def make_many(made, _):
    files = {f"usr/share/doc/package-{number // 20}/file-{number}.txt":
             f"line {number}\n" * 20 for number in range(MANY_ENTRIES - 2)}
    made.image([layout.Layer(layout.tar(files | layout.debian("lab")))])


def many():
    """One gzip layer of 100,000 entries."""
    return kept("entries-", make_many)


def tree(folder):
    """The minimal Debian, unpacked into FOLDER."""
    folder = Path(folder)
    folder.mkdir()
    subprocess.run(["tar", "-x", "--numeric-owner", "-C", folder,
                    "--exclude=./dev/*", "-f", mirror.base()], check=True)
    return folder
