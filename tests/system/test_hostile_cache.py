# SPDX-License-Identifier: Apache-2.0
"""Killed processes, full disks, damaged caches: an answer is whole, or there
is none."""

import os
import shutil
import threading
import time

import pytest

from lab import layout, mirror, program, watch
from lab.lair import PATIENCE_SEC, Lair, files_of
from lab.layout import Layer, debian, digest_of, gzipped


@pytest.fixture
def lair(tmp_path, fother):
    return Lair(tmp_path, fother)


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
