# SPDX-License-Identifier: Apache-2.0
"""rpm's database in its three formats, as rpm itself would tell of it.

What no writer here makes is made from what one has written: a hash of another
byte order by Berkeley DB's own db5.3_load, an old hash by the numbers that
tell it from a new one, and a write-ahead log with sums of the other byte order
by summing again; sqlite reads the last, and says what is in it."""

import collections
import random
import shutil
import sqlite3
import struct
import subprocess
import tempfile
from pathlib import Path

import pytest

from lab import BUILD, wal
from lab import rpm as lab
from lab.rpm import Rpm

READER = BUILD / "tests" / "run_rpmdb"

BACKENDS = {
    "sqlite": ("sqlite", None, "rpmdb.sqlite"),
    "old-sqlite": ("sqlite", "bullseye", "rpmdb.sqlite"),
    "bdb": ("bdb", "bullseye", "Packages"),
    "ndb": ("ndb", "trixie", "Packages.db"),
}

# What the header of a public key has.
KEY = b"gpg-pubkey\0"

Case = collections.namedtuple("Case", "rpm main")


def ask(what, *files):
    return subprocess.run([READER, what, *files], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)


def read(what, *files):
    done = ask(what, *files)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    return [line.split(b"\t") for line in done.stdout.split(b"\n")[:-1]]


def packages(*files):
    return sorted(tuple(field.decode("ascii") for field in row)
                  for row in read("packages", *files))


def files_of(*files):
    return sorted((*(field.decode("ascii") for field in row[:3]), row[3])
                  for row in read("files", *files))


def reason(*files):
    done = ask("packages", *files)
    assert done.returncode == 1, done
    assert done.stdout == b""
    return done.stderr.decode("ascii").strip()


@pytest.fixture(scope="module")
def place():
    """In memory: a transaction of rpm's waits for the disk again and again."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
            dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def cases(place):
    """Of each backend a database of all packages, where some had been erased
    and are there again, and one was erased for good."""
    made = {}
    for name, (backend, suite, main) in BACKENDS.items():
        root = None
        if suite:
            root = place / suite
            if not root.exists():
                root = lab.release(suite, place)
        database = f"/{name}" if root else f"{place}/{name}"
        rpm = Rpm(backend, root, database)
        rpm.folder.mkdir()
        inside = (root or place) / f"{name}-packages"
        shutil.copytree(lab.packages(), inside)
        key = inside / "key"
        key.write_bytes(lab.public_key())
        everything = sorted(inside.glob("*.rpm"))
        again = [path for path in everything if "-1" in path.name][::3]
        rpm("--import", rpm.path(key))
        rpm.install(*everything)
        rpm.erase(*(path.name.rsplit("-", 2)[0] for path in again))
        rpm.install(*again)
        rpm.erase("lab-crowd-17")
        shutil.rmtree(inside)
        made[name] = Case(rpm, rpm.folder / main)
    return made


@pytest.fixture(params=BACKENDS)
def case(request, cases):
    return cases[request.param]


@pytest.fixture
def folder(tmp_path):
    yield tmp_path
    shutil.rmtree(tmp_path)


def test_packages_are_those_of_rpm(case):
    told = packages(case.main)
    assert told == case.rpm.packages()
    assert len(told) == len(list(lab.packages().glob("*.rpm"))) - 1
    named = {row[0]: row for row in told}
    assert named["lab-epoch"][1:5] == \
        ("2:1.0~rc1-3.fc38", "noarch", "lab-epoch", "1.0~rc1-3.fc38")
    assert named["lab-epoch"][6] == "J\\xc3\\xb6rg \\x5c S\\xc3\\xb6hne"
    assert named["lab-zero"][1:3] == ("5-1", "x86_64")
    assert named["lab-zero"][5] == lab.LONG_LICENCE
    assert named["lab-part"][1:5] == \
        ("9.9-7.el9", "noarch", "lab-split", "1.2-7.el9")
    assert "lab-crowd-17" not in named


def test_public_keys_are_no_packages(case):
    listed = case.rpm("-qa", "--qf", "%{NAME} %{ARCH}\n").split(b"\n")
    assert b"gpg-pubkey (none)" in listed
    assert "gpg-pubkey" not in {row[0] for row in packages(case.main)}


def test_files_are_those_of_rpm(case):
    told = files_of(case.main)
    assert told == case.rpm.files()
    owners = {row[3]: row[0] for row in told}
    assert owners["/var/lib/lab-epoch.state".encode()] == "lab-epoch"
    assert owners["/opt/lab epoch".encode()] == "lab-epoch"
    assert owners["/usr/share/lab-files/directory-9/ümlaut".encode()] == \
        "lab-files"
    assert len(told) > 4000


def test_what_is_cut_off_is_damage(case, folder):
    whole = case.main.read_bytes()
    part = folder / "part"
    for eighths in range(8):
        part.write_bytes(whole[:len(whole) * eighths // 8])
        assert reason(part).startswith("format: rpm database")


def flipped(whole, damaged, times=150):
    """Damages a file in one bit after the other, and gives our answers."""
    rng = random.Random(3)
    for _ in range(times):
        part = bytearray(whole)
        part[rng.randrange(len(part))] ^= 1 << rng.randrange(8)
        damaged.write_bytes(part)
        done = ask("packages", damaged)
        assert done.returncode in (0, 1), done
        yield done


def test_ndb_is_right_or_damaged(cases, folder):
    main = cases["ndb"].main
    whole = ask("packages", main).stdout
    answers = list(flipped(main.read_bytes(), folder / "damaged"))
    assert {done.stdout for done in answers} <= {whole, b""}
    assert b"" in {done.stdout for done in answers}


def test_damaged_sqlite_has_as_many_packages_as_sqlite_says(cases, folder):
    damaged = folder / "damaged"
    n_refused = 0
    for done in flipped(cases["sqlite"].main.read_bytes(), damaged):
        if done.returncode == 1:
            n_refused += 1
            continue
        connection = sqlite3.connect(damaged)
        try:
            found = connection.execute("SELECT blob FROM Packages").fetchall()
        except sqlite3.DatabaseError:
            continue
        finally:
            connection.close()
        assert done.stdout.count(b"\n") == \
            len([blob for blob, in found if KEY not in blob])
    assert n_refused > 0


def test_damaged_hash_has_as_many_packages_as_its_library_says(cases, folder):
    damaged = folder / "damaged"
    n_refused = 0
    for done in flipped(cases["bdb"].main.read_bytes(), damaged, 40):
        if done.returncode == 1:
            n_refused += 1
            continue
        told = subprocess.run(["db5.3_dump", damaged], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=60)
        if told.returncode == 0:
            # Keys and values in turn; the first is no header but a number.
            lines = told.stdout.split(b"HEADER=END\n")[1].split(b"\n")
            found = [line for line in lines[1::2] if len(line) > 9]
            assert done.stdout.count(b"\n") == \
                len([line for line in found
                     if KEY.hex().encode() not in line])
    assert n_refused > 0


def test_ndb_checks_each_byte_of_a_header(cases, folder):
    whole = bytearray(cases["ndb"].main.read_bytes())
    whole[whole.index(b"lab-files\0")] ^= 1
    damaged = folder / "Packages.db"
    damaged.write_bytes(whole)
    assert reason(damaged).endswith("its checksum is wrong")


@pytest.mark.parametrize("order", ["1234", "4321"])
@pytest.mark.parametrize("page_bytes", [512, 4096, 65536])
def test_berkeley_db_of_any_page_and_byte_order(cases, folder, order,
                                                page_bytes):
    """A page of 512 bytes has nearly all values in chains, one of 65536
    nearly none."""
    case = cases["bdb"]
    dump = subprocess.run(["db5.3_dump", case.main], check=True,
                          stdout=subprocess.PIPE).stdout
    head, data = dump.split(b"HEADER=END\n")
    made = folder / "Packages"
    subprocess.run(
        ["db5.3_load", "-c", f"db_pagesize={page_bytes}",
         "-c", f"db_lorder={order}", made],
        check=True, input=b"VERSION=3\nformat=bytevalue\ntype=hash\n"
        b"HEADER=END\n" + data)
    magic = made.read_bytes()[12:16]
    assert magic == (b"\x61\x15\x06\x00" if order == "1234"
                     else b"\x00\x06\x15\x61")
    assert packages(made) == case.rpm.packages()
    assert files_of(made) == case.rpm.files()


def test_berkeley_db_of_old_releases(cases, folder):
    """Version 8 had another number for its pages, which were not sorted."""
    case = cases["bdb"]
    old = bytearray(case.main.read_bytes())
    page_bytes, = struct.unpack_from("<I", old, 20)
    struct.pack_into("<I", old, 16, 8)
    for start in range(0, len(old), page_bytes):
        if old[start + 25] == 13:
            old[start + 25] = 2
    made = folder / "Packages"
    made.write_bytes(old)
    assert packages(made) == case.rpm.packages()


def test_berkeley_db_whose_chain_comes_back_ends(cases, folder):
    whole = bytearray(cases["bdb"].main.read_bytes())
    page_bytes, = struct.unpack_from("<I", whole, 20)
    chained = [start for start in range(0, len(whole), page_bytes)
               if whole[start + 25] == 7 and whole[start + 16:start + 20]
               != b"\0\0\0\0"]
    struct.pack_into("<I", whole, chained[0] + 16, chained[0] // page_bytes)
    made = folder / "Packages"
    made.write_bytes(whole)
    assert "is in two places" in reason(made)


# sqlite

def rows_of(case):
    """The table as sqlite has it, and sqlite's own way to make one."""
    connection = sqlite3.connect(f"file:{case.main}?mode=ro", uri=True)
    schema, = connection.execute(
        "SELECT sql FROM sqlite_schema WHERE name = 'Packages'").fetchone()
    rows = connection.execute("SELECT hnum, blob FROM Packages").fetchall()
    connection.close()
    return schema, rows


def reserve(path, n):
    """Reserves bytes in each page of a database without tables."""
    page = bytearray(path.read_bytes())
    page[20] = n
    size, = struct.unpack_from(">H", page, 105)
    struct.pack_into(">H", page, 105, ((size or 65536) - n) % 65536)
    path.write_bytes(page)


@pytest.mark.parametrize("page_bytes", [512, 1024, 4096, 65536])
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
@pytest.mark.parametrize("reserved", [0, 24])
def test_sqlite_of_any_page_and_encoding(cases, folder, page_bytes, encoding,
                                         reserved):
    case = cases["sqlite"]
    schema, rows = rows_of(case)
    made = folder / "rpmdb.sqlite"
    connection = sqlite3.connect(made)
    connection.executescript(
        f"PRAGMA page_size = {page_bytes}; PRAGMA encoding = '{encoding}';"
        "CREATE TABLE x (y); DROP TABLE x; VACUUM;")
    connection.close()
    assert made.stat().st_size == page_bytes
    reserve(made, reserved)
    connection = sqlite3.connect(made)
    connection.execute("CREATE TABLE other (text)")
    connection.execute(schema)
    connection.executemany("INSERT INTO Packages VALUES (?, ?)", rows)
    connection.commit()
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert made.read_bytes()[20] == reserved
    assert packages(made) == case.rpm.packages()


ERASE = "DELETE FROM Packages WHERE hnum % 7 = 3"
MORE = ("INSERT INTO Packages (blob) SELECT blob FROM Packages "
        "WHERE hnum % 5 = 1")
MOVE = "PRAGMA wal_checkpoint(RESTART)"


def written(case, folder, *steps):
    """A database and its log, as a writer that was killed left them."""
    main = folder / "rpmdb.sqlite"
    shutil.copy(case.main, main)
    wal.write(main, *steps)
    return main, folder / "rpmdb.sqlite-wal"


def sqlite_says(main, log, blobs):
    """What sqlite finds in copies of them: the packages, or nothing when it
    refuses them. blobs: what our reader says of each."""
    with tempfile.TemporaryDirectory() as copy:
        copied = Path(copy) / "rpmdb.sqlite"
        shutil.copy(main, copied)
        shutil.copy(log, f"{copied}-wal")
        connection = sqlite3.connect(copied)
        try:
            found = connection.execute("SELECT blob FROM Packages").fetchall()
        except sqlite3.DatabaseError:
            return None
        finally:
            connection.close()
    return sorted(blobs[blob] for blob, in found if blob in blobs)


@pytest.fixture(scope="module")
def blobs(cases):
    """{blob: package} of all that is in the database of the cases."""
    _, rows = rows_of(cases["sqlite"])
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder) / "one"
        connection = sqlite3.connect(one)
        connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, "
                           "blob)")
        connection.executemany("INSERT INTO Packages VALUES (?, ?)", rows)
        connection.commit()
        connection.close()
        told = [tuple(field.decode("ascii") for field in row)
                for row in read("packages", one)]
    return dict(zip((blob for _, blob in rows
                     if KEY not in blob), told, strict=True))


def test_sqlite_has_what_is_only_in_its_log(cases, folder, blobs):
    main, log = written(cases["sqlite"], folder, ERASE, MORE)
    told = packages(main, log)
    assert told == sqlite_says(main, log, blobs)
    assert told != packages(main)
    # The same by rpm itself.
    assert told == Rpm("sqlite", None, folder).packages()


def test_sqlite_forgets_what_was_not_committed(cases, folder, blobs):
    main, log = written(cases["sqlite"], folder, ERASE, "BEGIN", MORE,
                        "PRAGMA cache_spill = 1", "PRAGMA cache_size = 1",
                        "UPDATE Packages SET blob = blob")
    told = packages(main, log)
    assert told == sqlite_says(main, log, blobs)
    assert len(told) < len(packages(main))


def test_sqlite_shrinks_as_its_log_says(cases, folder, blobs):
    main, log = written(cases["sqlite"], folder,
                        "DELETE FROM Packages WHERE hnum > 100", "VACUUM")
    told = packages(main, log)
    assert told == sqlite_says(main, log, blobs)
    assert 0 < len(told) < 101


def test_sqlite_knows_old_frames_from_new(cases, folder, blobs):
    """A log that began anew has the frames of before behind its own."""
    main, log = written(cases["sqlite"], folder, ERASE, MORE, MOVE,
                        "DELETE FROM Packages WHERE hnum = 9")
    told = packages(main, log)
    assert told == sqlite_says(main, log, blobs)
    whole = log.read_bytes()
    assert len({whole[at + 8:at + 16] for at in wal.frames(whole)}) == 2


def test_sqlite_logs_are_damaged_as_sqlite_has_it(cases, folder, blobs):
    """Of a damaged log counts what is of one piece: any byte may be wrong,
    and the log may end anywhere."""
    main, log = written(cases["sqlite"], folder, ERASE, MORE,
                        "DELETE FROM Packages WHERE hnum % 3 = 1")
    whole = log.read_bytes()
    rng = random.Random(5)
    told = set()
    for turn in range(60):
        part = bytearray(whole)
        if turn % 3 == 0:
            part = part[:rng.randrange(len(part))]
        elif turn % 3 == 1:
            part[rng.randrange(len(part))] ^= 1 << rng.randrange(8)
        else:
            part[rng.randrange(64)] ^= 1 << rng.randrange(8)
        log.write_bytes(part)
        expected = sqlite_says(main, log, blobs)
        done = ask("packages", main, log)
        if expected is None:
            assert done.returncode == 1, turn
            continue
        assert packages(main, log) == expected, turn
        told.add(tuple(expected))
    assert len(told) > 2


@pytest.mark.parametrize("big_endian", [False, True])
def test_sqlite_logs_of_both_byte_orders(cases, folder, blobs, big_endian):
    main, log = written(cases["sqlite"], folder, ERASE, MORE)
    told = packages(main, log)
    again = wal.summed(log.read_bytes(), big_endian)
    assert big_endian == (again != log.read_bytes())
    log.write_bytes(again)
    assert packages(main, log) == told == sqlite_says(main, log, blobs)


def test_sqlite_logs_of_another_database_are_ignored(cases, folder, blobs):
    """As sqlite does when the log is none, or its header is not whole."""
    main, log = written(cases["sqlite"], folder, ERASE)
    for text in (b"", b"\0" * 5000, b"not a log" * 1000):
        log.write_bytes(text)
        assert packages(main, log) == packages(main) == \
            sqlite_says(main, log, blobs)


def test_sqlite_logs_of_other_pages_are_no_answer(cases, folder, blobs):
    main, _ = written(cases["sqlite"], folder, ERASE)
    other = folder / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.executescript("PRAGMA page_size = 1024; CREATE TABLE x (y);")
    connection.close()
    wal.write(other, "INSERT INTO x VALUES (zeroblob(9000))")
    log = folder / "other.sqlite-wal"
    assert sqlite_says(main, log, blobs) in (None, [])
    assert reason(main, log)


def test_sqlite_without_packages_is_damage(folder):
    made = folder / "rpmdb.sqlite"
    connection = sqlite3.connect(made)
    connection.execute("CREATE TABLE Name (key, hnum, idx)")
    connection.commit()
    connection.close()
    assert reason(made).endswith("there is no table Packages")


def test_what_is_no_database_is_said():
    assert reason("/dev/null") == \
        "format: rpm database: in none of the formats that rpm has"
