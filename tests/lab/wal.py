# SPDX-License-Identifier: Apache-2.0
"""sqlite's write-ahead logs: left by a writer that was killed, and with sums
of either byte order."""

import struct
import subprocess
import sys

# Never moves the log into the database, and ends as one that is killed.
WRITER = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode = WAL").fetchall()
database.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
for step in sys.argv[2:]:
    database.execute(step).fetchall()
os._exit(0)
"""

HEAD_BYTES = 32
FRAME_HEAD_BYTES = 24


def write(database, *steps):
    """Does the steps of SQL; what they change is in DATABASE-wal."""
    subprocess.run([sys.executable, "-c", WRITER, database, *steps],
                   check=True)


def frames(wal):
    """Where each whole frame begins."""
    page_bytes, = struct.unpack_from(">I", wal, 8)
    size = FRAME_HEAD_BYTES + page_bytes
    return range(HEAD_BYTES, len(wal) - size + 1, size)


def summed(wal, big_endian):
    """The log of one piece, with sums over words of that byte order."""
    made = bytearray(wal)
    struct.pack_into(">I", made, 0, 0x377f0682 | big_endian)
    sums = add((0, 0), made[:24], big_endian)
    struct.pack_into(">II", made, 24, *sums)
    for start in frames(made):
        page = start + FRAME_HEAD_BYTES
        made[start + 8:start + 16] = made[16:24]
        sums = add(sums, made[start:start + 8], big_endian)
        sums = add(sums, made[page:page + frames(made).step -
                              FRAME_HEAD_BYTES], big_endian)
        struct.pack_into(">II", made, start + 16, *sums)
    return bytes(made)


def add(sums, part, big_endian):
    s0, s1 = sums
    words = struct.unpack(f"{'>' if big_endian else '<'}{len(part) // 4}I",
                          part)
    for a, b in zip(words[::2], words[1::2]):
        s0 = (s0 + a + s1) & 0xffffffff
        s1 = (s1 + b + s0) & 0xffffffff
    return s0, s1
