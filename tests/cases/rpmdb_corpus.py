#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/corpus/rpmdb and tests/corpus/rpm_header: small databases and
headers, each named for what it tries. A database is written by sqlite or by
Berkeley DB's db5.3_load, an NDB and what is wrong with each by this. A file of
tests/corpus/rpmdb is the u32le length of the database, it, and its log. What
Berkeley DB leaves in gaps is other bytes each time.

usage: tests/cases/rpmdb_corpus.py"""

import sqlite3
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lab import wal  # noqa: E402

CORPUS = TESTS / "corpus"

INT32, STRING, BIN, STRINGS, I18N = 4, 6, 7, 8, 9
SIZES = {1: 1, 2: 1, 3: 2, INT32: 4, 5: 8}


# Headers

def value(kind, values):
    if kind in (STRING, STRINGS, I18N):
        return b"".join(text + b"\0" for text in values)
    if kind == BIN:
        return values
    return b"".join(number.to_bytes(SIZES[kind], "big") for number in values)


def entries(tags, data):
    """Of {tag: (type, values)}; data grows by the values."""
    made = b""
    for tag, (kind, values) in tags.items():
        data.extend(b"\0" * (-len(data) % SIZES.get(kind, 1)))
        made += struct.pack(">IIiI", tag, kind, len(data), len(values))
        data.extend(value(kind, values))
    return made


def header(tags, added=None, region=63):
    data = bytearray()
    index = entries(tags, data)
    if region:
        trailer = struct.pack(">IIiI", region, BIN, -len(index) - 16, 16)
        index = struct.pack(">IIiI", region, BIN, len(data), 16) + index
        data += trailer
    index += entries(added or {}, data)
    return struct.pack(">II", len(index) // 16, len(data)) + index + data


def texts(*values):
    return (STRINGS, [value.encode() for value in values])


def text(value):
    return (STRING, [value.encode()])


def package(name, **more):
    tags = {1000: text(name), 1001: text("1.0"), 1002: text("2.fc38"),
            1014: text("MIT"), 1022: text("noarch"),
            1044: text(f"{name}-1.0-2.fc38.src.rpm")}
    for tag, kind in more.items():
        tag = int(tag.lstrip("t"))
        if kind is None:
            del tags[tag]
        else:
            tags[tag] = kind
    return header(dict(sorted(tags.items())))


FILES = {"t1116": (INT32, [1, 0, 1]), "t1117": texts("bin", "a", "b c"),
         "t1118": texts("/usr/", "/")}

PACKAGES = [package("first", **FILES), package("second"),
            package("long", t1014=text("x" * 3000))]

# What rpm stores of a key, and packages that lack what others have.
ODD = [
    package("gpg-pubkey", t1022=None, t1044=text("(none)")),
    package("no-arch", t1022=None),
    package("no-source", t1044=None),
    package("odd-source", t1044=text("odd.src.rpm")),
    package("nosrc", t1044=text("from-a-name-3-4.nosrc.rpm")),
    package("epoch", t1003=(INT32, [4294967295])),
    package("epoch-0", t1003=(INT32, [0])),
    package("vendor", t1011=(STRING, [b"J\xc3\xb6rg\n\\"]),
            t1015=text("not this")),
    package("packager", t1015=text("this")),
    package("old-files", t1027=texts("/etc/a", "/etc/b")),
]


def headers():
    plain = package("first", t5096=text("lab:1:2023:abc"), **FILES)
    yield "package", plain
    yield "nothing", b""
    yield "no-entries", struct.pack(">II", 0, 0)
    yield "cut-off-in-data", plain[:-1]
    yield "cut-off-in-entries", plain[:60]
    yield "more-behind", plain + b"\0"
    yield "claims-four-billion", b"\xff" * 8 + plain[8:]
    yield "without-a-region", header({1000: text("old")}, region=0)
    yield "region-image", header({1000: text("old")}, region=61)
    yield "region-with-more-entries", header(
        {1000: text("a")}).replace(struct.pack(">i", -32),
                                   struct.pack(">i", -48))
    yield "region-that-is-not-whole-entries", header(
        {1000: text("a")}).replace(struct.pack(">i", -32),
                                   struct.pack(">i", -31))
    yield "region-with-another-trailer", header(
        {1000: text("a")})[:-16] + struct.pack(">IIiI", 62, BIN, -32, 16)
    yield "region-outside", header({1000: text("a")})[:16] + \
        struct.pack(">i", 1000) + header({1000: text("a")})[20:]
    yield "added", header({1000: text("a"), 1001: text("1")},
                          {1001: text("2"), 1008: (INT32, [7])})
    yield "added-names-replace-old", header(
        {1000: text("a"), 1027: texts("/old")},
        {1116: (INT32, [0]), 1117: texts("new"), 1118: texts("/")})
    yield "twice-in-the-region", struct.pack(">II", 2, 4) + \
        struct.pack(">IIiI", 1000, STRING, 0, 1) + \
        struct.pack(">IIiI", 1000, STRING, 2, 1) + b"a\0b\0"
    yield "all-types", header({
        1000: text("a"), 2000: (1, [1]), 2001: (2, [1, 2]),
        2002: (3, [1, 2]), 2003: (INT32, [3]), 2004: (5, [4, 5]),
        2005: (BIN, b"bin"), 2006: texts("a", "b"),
        2007: (I18N, [b"C", b"de"])})

    def one(tag, kind, offset, count, data, then=b""):
        return struct.pack(">IIIIII", 1 + len(then) // 16, len(data), tag,
                           kind, offset, count) + then + data

    yield "type-0", one(1000, 0, 0, 1, b"a\0")
    yield "type-10", one(1000, 10, 0, 1, b"a\0")
    yield "count-0", one(1000, STRING, 0, 0, b"a\0")
    yield "two-of-a-string", one(1000, STRING, 0, 2, b"a\0b\0")
    yield "string-without-nul", one(1000, STRING, 0, 1, b"ab")
    yield "strings-too-few", one(1117, STRINGS, 0, 3, b"a\0b\0")
    yield "number-outside", one(1003, INT32, 4, 1, b"\0\0\0\0")
    yield "number-not-aligned", one(1003, INT32, 2, 1, b"\0" * 8)
    yield "numbers-too-many", one(1003, INT32, 0, 3, b"\0" * 8)
    yield "offset-negative", one(1000, STRING, 0xfffffff0, 1, b"a\0")
    yield "name-is-a-number", one(1000, INT32, 0, 1, b"\0\0\0\0")
    yield "epoch-is-a-string", one(1003, STRING, 0, 1, b"1\0")
    yield "tag-99", one(99, STRING, 0, 1, b"a\0")
    yield "overlapping", one(
        1000, STRING, 0, 1, b"abc\0",
        struct.pack(">IIII", 1001, STRING, 2, 1))
    inside = bytearray(header({1000: text("abc")}))
    struct.pack_into(">I", inside, 8 + 16 + 8, 5)
    yield "value-in-the-trailer", bytes(inside)


# NDB

def ndb(blobs, n_pages=1, numbers=None):
    slots = b""
    body = b""
    for at, blob in enumerate(blobs):
        number = numbers[at] if numbers else at + 1
        part = b"BlbS" + struct.pack("<III", number, 1, len(blob)) + blob
        part += b"\0" * (-(len(part) + 12) % 16)
        part += struct.pack("<II", zlib.adler32(part), len(blob)) + b"BlbE"
        place = (n_pages * 4096 + len(body)) // 16
        slots += b"Slot" + struct.pack("<III", number, place,
                                       len(part) // 16)
        body += part
    head = b"RpmP" + struct.pack("<IIII12x", 0, 1, n_pages, len(blobs) + 1)
    room = n_pages * 4096 - len(head) - len(slots)
    return head + slots + (b"Slot" + b"\0" * 12) * (room // 16) + body


def changed(database, place, new):
    made = bytearray(database)
    made[place:place + len(new)] = new
    return bytes(made)


def ndbs():
    plain = ndb(PACKAGES)
    yield "ndb", plain
    yield "ndb-odd", ndb(ODD)
    yield "ndb-empty", ndb([])
    yield "ndb-head-only", plain[:32]
    yield "ndb-cut-off", plain[:-16]
    yield "ndb-cut-off-in-slots", plain[:4000]
    yield "ndb-version-1", changed(plain, 4, b"\1")
    yield "ndb-no-pages", changed(plain, 12, b"\0")
    yield "ndb-four-billion-pages", changed(plain, 12, b"\xff" * 4)
    yield "ndb-slot-without-magic", changed(plain, 48, b"slot")
    yield "ndb-slot-before-the-blobs", changed(plain, 40, b"\1\0\0\0")
    yield "ndb-slot-of-no-blocks", changed(plain, 44, b"\0\0\0\0")
    yield "ndb-number-0", changed(plain, 36, b"\0")
    yield "ndb-twice", ndb(PACKAGES[:2], numbers=[1, 1])
    yield "ndb-wrong-checksum", changed(plain, 4096 + 64, b"\xff")
    yield "ndb-length-all-ones", changed(plain, 4096 + 12, b"\xff" * 4)
    yield "ndb-broken-header", ndb([b"\0\0\0\1\0\0\0\0" + b"\0" * 16])
    yield "ndb-no-name", ndb([package("x", t1000=None)])
    yield "ndb-escape-in-version", ndb([package("x", t1001=text("\x1b[2J"))])
    yield "ndb-space-in-name", ndb([package("a b")])
    yield "ndb-space-in-source", ndb([package("x", t1044=text("a b.rpm"))])
    yield "ndb-long-name", ndb([package("x" * 4097)])
    yield "ndb-directory-outside", ndb(
        [package("x", t1116=(INT32, [1]), t1117=texts("a"),
                 t1118=texts("/"))])
    yield "ndb-directories-too-few", ndb(
        [package("x", t1116=(INT32, [0]), t1117=texts("a", "b"),
                 t1118=texts("/"))])
    yield "ndb-path-not-absolute", ndb(
        [package("x", t1116=(INT32, [0]), t1117=texts("a"),
                 t1118=texts("usr/"))])
    yield "ndb-path-long", ndb(
        [package("x", t1116=(INT32, [0]), t1117=texts("a"),
                 t1118=texts("/" * 4096))])


# Berkeley DB

def bdb(blobs, page_bytes=512, order=1234, duplicates=""):
    keys = [b"\0\0\0\0", *(struct.pack("<I", at + 1)
                           for at in range(len(blobs)))]
    dump = f"VERSION=3\nformat=bytevalue\ntype=hash\n{duplicates}HEADER=END\n"
    for key, blob in zip(keys, [struct.pack("<I", len(blobs)), *blobs]):
        dump += f" {key.hex()}\n {blob.hex()}\n"
        if duplicates:
            dump += f" {key.hex()}\n {blob[:8].hex()}\n"
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "Packages"
        subprocess.run(
            ["db5.3_load", "-c", f"db_pagesize={page_bytes}", "-c",
             f"db_lorder={order}", made], check=True,
            input=(dump + "DATA=END\n").encode())
        data = bytearray(made.read_bytes())
    # The file's id, which is another each time.
    data[52:72] = b"\0" * 20
    return bytes(data)


def bdbs():
    plain = bdb(PACKAGES)
    pages = range(512, len(plain), 512)
    chain = [start for start in pages if plain[start + 25] == 7
             and plain[start + 16] > 0][0]
    bucket = [start for start in pages if plain[start + 25] == 13
              and plain[start + 20] > 2][0]
    yield "bdb", plain
    yield "bdb-big-endian", bdb(PACKAGES, order=4321)
    yield "bdb-values-in-pages", bdb(PACKAGES[:2], page_bytes=4096)
    yield "bdb-many", bdb([package(f"p{n}") for n in range(40)])
    old = bytearray(changed(plain, 16, b"\x08"))
    for start in range(0, len(old), 512):
        if old[start + 25] == 13:
            old[start + 25] = 2
    yield "bdb-unsorted", bytes(old)
    yield "bdb-meta-only", plain[:512]
    yield "bdb-meta-cut-off", plain[:100]
    yield "bdb-cut-off", plain[:-512]
    yield "bdb-version-7", changed(plain, 16, b"\x07")
    yield "bdb-encrypted", changed(plain, 24, b"\x01")
    yield "bdb-checksums", changed(plain, 26, b"\x01")
    yield "bdb-not-a-hash", changed(plain, 25, b"\x09")
    yield "bdb-pages-of-100", changed(plain, 20, b"\x64\x00")
    yield "bdb-pages-of-0", changed(plain, 20, b"\x00\x00")
    yield "bdb-four-billion-buckets", changed(plain, 72, b"\xff" * 4)
    yield "bdb-spares-all-ones", changed(plain, 96, b"\xff" * 128)
    yield "bdb-spares-zero", changed(plain, 96, b"\0" * 128)
    yield "bdb-chain-comes-back", changed(
        plain, chain + 16, struct.pack("<I", chain // 512))
    yield "bdb-chain-into-a-bucket", changed(
        plain, chain + 16, struct.pack("<I", bucket // 512))
    yield "bdb-chain-page-empty", changed(plain, chain + 22, b"\0\0")
    yield "bdb-chain-page-too-full", changed(plain, chain + 22, b"\xff\xff")
    yield "bdb-chain-page-outside", changed(plain, chain + 16, b"\xff" * 4)
    yield "bdb-bucket-comes-back", changed(
        plain, bucket + 16, struct.pack("<I", bucket // 512))
    yield "bdb-page-of-another-number", changed(plain, bucket + 8, b"\x77")
    yield "bdb-page-of-a-tree", changed(plain, bucket + 25, b"\x05")
    yield "bdb-items-odd", changed(plain, bucket + 20, b"\3\0")
    yield "bdb-items-all-ones", changed(plain, bucket + 20, b"\xfe\xff")
    yield "bdb-item-in-the-head", changed(plain, bucket + 26, b"\3\0")
    yield "bdb-bucket-wiped", changed(plain, bucket, b"\0" * 512)
    one = bdb([])
    empty = [start for start in pages if start < len(one)
             and one[start + 20] == 0][0]
    yield "bdb-bucket-never-written", changed(one, empty, b"\0" * 512)
    yield "bdb-duplicates", bdb(PACKAGES[:2], page_bytes=4096,
                                duplicates="duplicates=1\n")


# sqlite

CREATE = ("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,"
          "blob BLOB NOT NULL)")


def sqlite(blobs, *steps, encoding="UTF-8", create=CREATE, log=()):
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "rpmdb.sqlite"
        connection = sqlite3.connect(made)
        connection.executescript(
            f"PRAGMA page_size = 512; PRAGMA encoding = '{encoding}';"
            "CREATE TABLE other (text);")
        if create:
            connection.execute(create)
            connection.executemany("INSERT INTO Packages VALUES (?, ?)",
                                   enumerate(blobs, 1))
        for step in steps:
            connection.execute(step)
        connection.commit()
        connection.close()
        if log:
            wal.write(made, *log)
            return made.read_bytes(), Path(f"{made}-wal").read_bytes()
        return made.read_bytes()


def sqlites():
    plain = sqlite(PACKAGES)
    small = sqlite([package("small")])
    root = 1024
    assert (plain[root], small[root]) == (5, 13)
    cell = root + struct.unpack_from(">H", small, root + 8)[0]
    yield "sqlite", plain
    yield "sqlite-utf16le", sqlite(PACKAGES, encoding="UTF-16le")
    yield "sqlite-utf16be", sqlite(PACKAGES, encoding="UTF-16be")
    yield "sqlite-other-case", sqlite(
        PACKAGES, create=CREATE.replace("Packages", "pACKAGES"))
    yield "sqlite-inner-pages", sqlite(
        [package(f"p{n}") for n in range(40)])
    yield "sqlite-empty", sqlite([])
    yield "sqlite-no-packages", sqlite([], create=None)
    yield "sqlite-view", sqlite(
        [], "CREATE VIEW Packages AS SELECT 1, text FROM other",
        create=None)
    yield "sqlite-without-rowid", sqlite(
        PACKAGES, create="CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, "
        "blob) WITHOUT ROWID")
    yield "sqlite-blob-is-text", sqlite(
        [], "INSERT INTO Packages VALUES (1, 'text')")
    yield "sqlite-one-column", sqlite(
        [], "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY)",
        "INSERT INTO Packages VALUES (1)", create=None)
    yield "sqlite-other-columns", sqlite(
        [], "INSERT INTO Packages VALUES ('x', x'00')",
        create="CREATE TABLE Packages (name, blob)")
    yield "sqlite-first-page-only", plain[:512]
    yield "sqlite-header-cut-off", plain[:50]
    yield "sqlite-cut-off", plain[:-512]
    yield "sqlite-version-3", changed(plain, 19, b"\3")
    yield "sqlite-pages-of-100", changed(plain, 16, b"\0\x64")
    yield "sqlite-all-reserved", changed(plain, 20, b"\xff")
    yield "sqlite-encoding-4", changed(plain, 56, b"\0\0\0\4")
    yield "sqlite-four-billion-pages", changed(plain, 28, b"\xff" * 4)
    yield "sqlite-size-by-an-old-writer", changed(
        changed(plain, 28, b"\0\0\0\x99"), 92, b"\0\0\0\0")
    yield "sqlite-root-comes-back", changed(plain, root + 8, b"\0\0\0\3")
    yield "sqlite-child-outside", changed(plain, root + 8, b"\0\0\0\x99")
    yield "sqlite-child-0", changed(plain, root + 8, b"\0\0\0\0")
    yield "sqlite-root-is-an-index", changed(small, root, b"\x0a")
    yield "sqlite-cells-all-ones", changed(small, root + 3, b"\xff\xff")
    yield "sqlite-cell-outside", changed(small, root + 8, b"\xff\xff")
    yield "sqlite-cell-size-huge", changed(small, cell, b"\xff" * 9)
    yield "sqlite-cell-twice", changed(
        changed(small, root + 3, b"\0\2"), root + 10,
        small[root + 8:root + 10])
    yield "sqlite-cell-many-times", changed(
        changed(small, root + 3, b"\0\x20"), root + 8,
        small[root + 8:root + 10] * 32)
    yield "sqlite-record-head-huge", changed(small, cell + 3,
                                             b"\xff\xff\x7f")
    yield "sqlite-chain-comes-back", chain_back(plain)
    yield "sqlite-deep", deep()


def chain_back(database):
    """Makes the last page of a value that has some lead to its first."""
    made = bytearray(database)
    pages = {start // 512 + 1: struct.unpack_from(">I", made, start)[0]
             for start in range(0, len(made), 512)
             if made[start + 4:start + 512].count(b"x") > 400}
    first, = set(pages) - set(pages.values())
    struct.pack_into(">I", made, (first - 1) * 512, first)
    return bytes(made)


def deep():
    """A tree of inner pages with one child each."""
    made = bytearray(sqlite([package("small")]))
    first = len(made) // 512 + 1
    made[1024:1536] = b"\5" + b"\0" * 7 + struct.pack(">I", first) + \
        b"\0" * 500
    for page in range(first, first + 30):
        made += b"\5" + b"\0" * 7 + struct.pack(">I", page + 1) + b"\0" * 500
    struct.pack_into(">I", made, 28, len(made) // 512)
    return bytes(made)


def logs():
    more = f"INSERT INTO Packages VALUES (9, x'{package('logged').hex()}')"
    main, log = sqlite(PACKAGES, log=[more, "DELETE FROM Packages "
                                      "WHERE hnum = 1"])
    # sqlite's salts are by chance.
    log = wal.summed(changed(log, 12, b"\0\0\0\1\0\0\0\2\0\0\0\3"), 0)
    starts = wal.frames(log)
    commits = [at for at in starts if log[at + 4:at + 8] != b"\0\0\0\0"]
    yield "wal", main, log
    yield "wal-big-endian", main, wal.summed(log, 1)
    yield "wal-one-commit", main, log[:commits[0] + starts.step]
    yield "wal-cut-off", main, log[:-100]
    yield "wal-header-only", main, log[:32]
    yield "wal-header-cut-off", main, log[:31]
    yield "wal-header-wrong-sum", main, changed(log, 24, b"\xff")
    yield "wal-no-log", main, b"no log" * 100
    yield "wal-other-salt", main, changed(log, starts[0] + 8, b"\xff")
    yield "wal-frame-wrong-sum", main, changed(log, starts[0] + 68, b"\xff")
    yield "wal-version-2", main, wal.summed(
        changed(log, 4, b"\0\0\0\2"), 0)
    yield "wal-pages-of-1024", main, wal.summed(
        changed(log, 8, b"\0\0\4\0"), 0)
    yield "wal-page-0", main, wal.summed(
        changed(log, starts[0], b"\0\0\0\0"), 0)
    yield "wal-four-billion-pages", main, wal.summed(
        changed(log, starts[-1] + 4, b"\xff" * 4), 0)
    yield "wal-one-page", main, wal.summed(
        changed(log, starts[-1] + 4, b"\0\0\0\1"), 0)
    yield "wal-alone", b"", log


def main():
    for name, blob in headers():
        (CORPUS / "rpm_header" / name).write_bytes(blob)
    databases = [*ndbs(), *bdbs(), *sqlites(), *logs(),
                 ("nothing", b""), ("no-database", b"x" * 600)]
    for name, database, *log in databases:
        (CORPUS / "rpmdb" / name).write_bytes(
            struct.pack("<I", len(database)) + database + b"".join(log))


main()
