# SPDX-License-Identifier: Apache-2.0
"""kill -9 at every step: never two of a pair running, never none after the
resume, nothing lost."""

import itertools
import time

import pytest

from lab import proxy as lab_proxy
from lab.program import kill_at_sync

KILLED = -9
APPLY = ("apply", "web", "--yes", "--settle", "1")


@pytest.fixture
def ready(site, fother, tmp_path):
    """Everything is fetched and the patched image is in the engine: what is
    left to die in is the replacing itself."""
    patched = fother("patch", f"docker-daemon:{site.IMAGE}", "--output",
                     "docker-daemon:lab/patched:1")
    assert patched.code == 0, patched
    fother.save(tmp_path / "ready")

    def again():
        site.engine.remove_containers()
        fother.restore(tmp_path / "ready")
        old_id = site.run()
        site.engine.docker("exec", "web", "sh", "-c", "echo kept >/data/file")
        return old_id
    return again


def resumed(site, fother, proxy, old_id, where):
    """What must be true after the kill, and after the resume."""
    engine = site.engine
    assert not fother.left_running(), where
    assert len(site.running()) <= 1, where
    everything = {one["Id"] for one in engine.containers().values()}
    assert old_id in everything, where

    result = fother("apply", "--resume", "--settle", "1")
    assert result.code in (0, 4), f"{where}: {result}"
    assert site.running() == ["web"], where
    page = site.served()
    web = engine.inspect("web")
    expected = "web 1.0" if web["Id"] == old_id else "web 1.0+deb12u1"
    assert page == expected, where
    assert engine.inspect(old_id), where
    assert engine.docker("exec", "web", "cat", "/data/file") == "kept", where

    names = set(engine.containers())
    assert len(names) <= 2, f"{where}: {names}"
    proxy.reset()
    again = fother("apply", "--resume", host=proxy.url)
    assert again.code == 0 and not proxy.counted, f"{where}: {again}"


def test_killed_at_every_sync_of_the_journal(site, fother, proxy, ready):
    for number in itertools.count(1):
        old_id = ready()
        result = fother(*APPLY, env=kill_at_sync(number))
        if result.code != KILLED:
            break
        resumed(site, fother, proxy, old_id, f"killed at sync {number}")
    assert result.code == 0, result
    assert number > 10, "the journal hardly syncs"


@pytest.mark.parametrize("act", [lab_proxy.KILL_BEFORE, lab_proxy.KILL_AFTER])
def test_killed_at_every_change_in_the_engine(site, fother, proxy, ready,
                                              act):
    for number in itertools.count(1):
        old_id = ready()
        proxy.reset(number, act)
        process = fother.start(*APPLY, host=proxy.url)
        proxy.victim = process.pid
        result = fother.finish(process)
        proxy.victim = None
        if result.code != KILLED:
            break
        step = " ".join(proxy.counted[-1])
        resumed(site, fother, proxy, old_id, f"{act} {step}")
    assert result.code == 0, result
    assert number > 4, "an apply changes more than that"


def test_killed_at_every_change_of_a_rollback(site, fother, proxy, ready,
                                              tmp_path):
    for number in itertools.count(1):
        old_id = ready()
        assert fother(*APPLY).code == 0
        proxy.reset(number, lab_proxy.KILL_AFTER)
        process = fother.start("rollback", "web", "--yes", "--settle", "1",
                               host=proxy.url)
        proxy.victim = process.pid
        result = fother.finish(process)
        proxy.victim = None
        if result.code != KILLED:
            break
        resumed(site, fother, proxy, old_id, f"rollback {number}")
    assert result.code == 0, result
    assert engine_serves_old(site, old_id)


def engine_serves_old(site, old_id):
    return site.engine.inspect("web")["Id"] == old_id and \
        site.served() == "web 1.0"


def test_killed_while_a_killed_one_is_resumed(site, fother, proxy, ready):
    """The resume itself dies at each of its syncs."""
    for number in itertools.count(1):
        old_id = ready()
        proxy.reset(1, lab_proxy.KILL_AFTER, lambda method, path:
                    path.split("?")[0].endswith("/stop"))
        process = fother.start(*APPLY, host=proxy.url)
        proxy.victim = process.pid
        assert fother.finish(process).code == KILLED
        proxy.victim = None
        result = fother("apply", "--resume", "--settle", "1",
                        env=kill_at_sync(number))
        if result.code != KILLED:
            break
        resumed(site, fother, proxy, old_id, f"resume, sync {number}")
    assert result.code in (0, 4), result
    assert site.running() == ["web"]


def test_killed_while_patching_leaves_nothing(site, engine, fother):
    """At any moment of the long part; no worker, no mount, no image."""
    for delay in (0.05, 0.2, 0.5, 1.0, 1.5):
        engine.docker("rmi", "-f", "lab/patched:1", check=False)
        fother.close()
        process = fother.start(
            "patch", f"docker-daemon:{site.IMAGE}", "--output",
            "docker-daemon:lab/patched:1")
        time.sleep(delay)
        process.kill()
        fother.finish(process)
        assert not fother.left_running(), delay
    result = fother("patch", f"docker-daemon:{site.IMAGE}", "--output",
                    "docker-daemon:lab/patched:1")
    assert result.code == 0, result
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        assert str(fother.home) not in mounts.read()


@pytest.mark.parametrize("step", ["create", "stop", "rename", "start"])
def test_the_engine_is_killed(site, fother, proxy, ready, step):
    """Its daemon crashes under an apply, and comes back."""
    engine = site.engine
    old_id = ready()
    killed = []

    def kill_engine(_method, path):
        if not killed and path.split("?")[0].endswith("/" + step):
            killed.append(path)
            engine.kill()

    proxy.reset(hook=kill_engine)
    try:
        result = fother(*APPLY, "--quiet", host=proxy.url)
    finally:
        if killed:
            engine.start()
    assert killed, proxy.requests
    assert result.code != 0, result
    said = result.err.splitlines()
    assert 1 <= len(said) <= 3 and len(set(said)) == len(said), result
    resumed(site, fother, proxy, old_id, f"engine killed at {step}")


def test_two_at_once(site, fother, ready):
    """The second of two applies waits, or says that one is under way."""
    ready()
    first = fother.start(*APPLY)
    second = fother.start(*APPLY)
    results = [fother.finish(first), fother.finish(second)]
    assert min(result.code for result in results) == 0, results
    assert site.running() == ["web"]
    assert site.served() == "web 1.0+deb12u1"
    assert len(site.engine.containers()) == 2
