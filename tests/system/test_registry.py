# SPDX-License-Identifier: Apache-2.0
"""The registry client, with registries that are slow, hidden or gone.
The numbers are those of the list of what clients get wrong: "13, 14" at
the head of a test says which of it is tried there."""

import email.utils
import signal
import subprocess
import time

import pytest

from lab.program import Result
from lab.puller import (DRIVER, SECRET, assert_failed, assert_pulled, cut_off,
                        expect, name_of, noise)
from lab.registry import Distribution, Image, Reply, digest, error


# --- patience (33 to 38) -----------------------------------------------------

def http_date(seconds):
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


@pytest.mark.parametrize("value, least, most", [
    ("1", 1, 3), ("-1", 0, 1.5), ("soon", 0, 1.5), (None, 0, 1.5),
    ("99999999999999999999999", 0, 1.5)])
@pytest.mark.parametrize("part", ["/manifests/", "/blobs/"])
def test_a_registry_that_wants_a_pause(
        registry, client, image, part, value, least, most):
    """33"""
    registry.add(image)
    registry.once(part, Reply(429, error("TOOMANYREQUESTS", "slow down"),
                              {"Retry-After": value} if value else {}))
    started = time.monotonic()
    assert_pulled(client("pull", name_of(registry), pause_ms=2000), image)
    assert least <= time.monotonic() - started < most + 1


def test_a_pause_up_to_a_date(registry, client, image):
    """33: by the server's clock, which may be wrong."""
    registry.add(image)
    registry.once("/manifests/", lambda _: Reply(503, b"", {
        "Retry-After": http_date(2)}))
    started = time.monotonic()
    assert_pulled(client("pull", name_of(registry), pause_ms=5000), image)
    assert 0.9 <= time.monotonic() - started < 5


def test_a_pause_of_a_day_is_cut_short_and_said(registry, client, image):
    """33"""
    registry.add(image)
    registry.once("/manifests/", Reply(429, b"", {"Retry-After": "86400"}))
    result = client("pull", name_of(registry), pause_ms=300)
    assert_pulled(result, image)
    assert "say: " in result.err and "86400 s" in result.err


def test_too_many_requests_for_ever(registry, client, image):
    """33"""
    registry.add(image)
    registry.always("/manifests/", Reply(429, error("TOOMANYREQUESTS",
                                                    "pull rate limit")))
    assert_failed(client("pull", name_of(registry)), "unreachable", "429",
                  "TOOMANYREQUESTS: pull rate limit")
    assert registry.count("/manifests/") == 5


def test_a_tag_that_has_not_moved_costs_a_head(registry, client, image):
    """34"""
    registry.add(image)
    assert_pulled(client("pull", name_of(registry)), image)
    registry.asked.clear()
    assert_pulled(client("pull", name_of(registry)), image)
    assert [asked.method for asked in registry.seen("/v2/lab")] == ["HEAD"]
    other = registry.add(Image(b"other"))
    assert_pulled(client("pull", name_of(registry)), other)
    # By a digest that is there: nothing at all.
    registry.asked.clear()
    result = client("pull", name_of(registry, tag="@" + image.digest))
    assert_pulled(result, image)
    assert not registry.asked


def test_what_head_says_is_not_believed_over_bytes(registry, client, image):
    """20, 34"""
    registry.add(image)
    assert_pulled(client("pull", name_of(registry)), image)
    # A digest that we do not have: then the bytes have to be asked for.
    registry.rule(lambda asked: Reply(200, b"", {
        "Docker-Content-Digest": digest(b"nothing")})
        if asked.method == "HEAD" else None)
    assert_pulled(client("pull", name_of(registry)), image)
    # Damage in the cache is as if it were not there.
    registry.rules.clear()
    (client.cache / "blobs" / image.digest[7:]).write_bytes(b"{}")
    assert_pulled(client("pull", name_of(registry)), image)


def test_a_registry_without_head(registry, client, image):
    """34"""
    registry.add(image)
    for status in (404, 405):
        registry.rule(lambda asked, status=status: Reply(status)
                      if asked.method == "HEAD" else None)
        assert_pulled(client("pull", name_of(registry)), image)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("part", ["/manifests/", "/blobs/"])
def test_a_registry_in_trouble_is_asked_again(
        registry, client, image, part, status):
    """35"""
    registry.add(image)
    registry.once(part, Reply(status), 2)
    assert_pulled(client("pull", name_of(registry)), image)
    registry.always(part, Reply(status))
    client.forget()
    assert_failed(client("pull", name_of(registry)), "unreachable",
                  str(status))


def test_a_token_is_not_asked_for_by_post_again(registry, client, image):
    """35"""
    registry.add(image)
    registry.realm = registry.url + "/token"
    client.save(".docker/config.json", {"auths": {registry.host: {
        "identitytoken": SECRET}}})
    registry.always("/token", Reply(503))
    assert_failed(client("pull", name_of(registry)), "unreachable", "503")
    assert registry.count("/token") == 1


def test_what_stalls_is_asked_for_again(registry, client, image):
    """36"""
    registry.add(image)
    data = image.layers[0]
    registry.once(digest(data), Reply(200, data, cut=1_000_000, stall=True))
    started = time.monotonic()
    assert_pulled(client("pull", name_of(registry)), image)
    assert time.monotonic() - started < 10
    assert registry.seen(digest(data))[-1].headers["range"] == \
        "bytes=1000000-"


def test_what_stalls_for_ever(registry, client, image):
    """36"""
    registry.add(image)
    registry.always(digest(image.layers[0]),
                    Reply(200, image.layers[0], cut=0, stall=True))
    started = time.monotonic()
    assert_failed(client("pull", name_of(registry), stall_sec=1), "timeout")
    assert time.monotonic() - started < 12


def test_a_blob_that_drips(registry, client, image):
    """36: a byte a connection is no progress that is worth waiting for."""
    registry.add(image)
    data = image.layers[0]
    registry.rule(lambda asked: cut_off(asked, data, 1)
                  if digest(data) in asked.path else None)
    assert_failed(client("pull", name_of(registry), pause_ms=1),
                  "unreachable")
    assert registry.count(digest(data)) <= 50


def test_four_at_a_time(registry, client):
    """37"""
    image = registry.add(Image(*[noise(20_000, i) for i in range(12)]))

    @registry.rule
    def slow(asked):
        if "/blobs/" in asked.path:
            time.sleep(0.1)
    started = time.monotonic()
    assert_pulled(client("pull", name_of(registry)), image)
    assert 2 <= registry.most_running <= 4
    assert time.monotonic() - started < 1.2


def test_a_warning_is_shown_once(registry, client, image):
    """38"""
    registry.add(image)
    decent = registry.decent

    def warn(asked):
        reply = decent(asked)
        reply.headers["Warning"] = ['299 - "this tag goes away"',
                                    '199 - "of a proxy"']
        return reply
    registry.decent = warn
    result = client("pull", name_of(registry))
    assert_pulled(result, image)
    said = [line for line in result.err.splitlines() if "warns" in line]
    assert len(said) == 1 and "this tag goes away" in said[0]


def test_it_is_said_when_few_requests_are_left(registry, client, image):
    """34"""
    registry.add(image)
    decent = registry.decent
    left = [12]

    def count(asked):
        reply = decent(asked)
        left[0] -= "/manifests/" in asked.path
        reply.headers["ratelimit-remaining"] = f"{left[0]};w=21600"
        return reply
    registry.decent = count
    assert "say: " not in client("pull", name_of(registry)).err
    left[0] = 10
    result = client("pull", name_of(registry))
    assert_pulled(result, image)
    said, = [line for line in result.err.splitlines() if "say: " in line]
    assert "9 more" in said


# --- names (39 to 41) --------------------------------------------------------

@pytest.mark.parametrize("repository", [
    "manifests", "blobs", "a/blobs/b", "referrers/tags", "a__b/c-d.e"])
def test_repositories_with_names_of_paths(registry, client, repository):
    """40"""
    image = registry.add(Image(b"tar"), repository, "sha256-" + "a" * 64)
    name = name_of(registry, repository, ":sha256-" + "a" * 64)
    assert_pulled(client("pull", name), image)


@pytest.mark.parametrize("name", [
    "HOST/../x:1", "HOST/a/../b:1", "HOST/a//b:1", "HOST/a%2fb:1",
    "HOST/UPPER:1", "HOST/a:" + "t" * 129, "HOST/a@sha256:abc",
    "HOST/a:1?x=y", "HOST/a:1#x", "HOST/a b:1", "user@HOST/a:1"])
def test_names_that_are_none_are_never_asked_for(registry, client, name):
    """39"""
    result = client("manifest", name.replace("HOST", registry.host))
    assert result.code == 1, result
    assert not registry.asked


def test_a_digest_wins_over_a_tag(registry, client, image):
    """41"""
    registry.add(image)
    moved = registry.add(Image(b"moved"))
    result = client("pull", name_of(registry, tag=":1@" + image.digest))
    assert_pulled(result, image)
    assert f"say: {name_of(registry)} is {moved.digest} by now" in result.err
    result = client("pull", name_of(registry, tag=":1@" + moved.digest))
    assert_pulled(result, moved)
    assert "say" not in result.err


# --- the cache ---------------------------------------------------------------

def test_offline_is_what_was_seen_last(registry, client, image):
    registry.add(image)
    name = name_of(registry)
    assert_failed(client("pull", name, offline=1), "not-found", "offline")
    assert client("manifest", name).code == 0
    assert client("manifest", name, offline=1).code == 0
    assert_failed(client("pull", name, offline=1), "not-found", "offline",
                  digest(image.config))
    assert_pulled(client("pull", name), image)
    registry.asked.clear()
    assert_pulled(client("pull", name, offline=1), image)
    assert_pulled(client("pull", name_of(registry, tag="@" + image.digest),
                         offline=1), image)
    assert not registry.asked


def test_many_may_pull_at_once(registry, client):
    image = registry.add(Image(*[noise(200_000, i) for i in range(6)]))
    running = [client.start("pull", name_of(registry)) for _ in range(6)]
    for process in running:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert out == expect(image)
    assert {digest(data)[7:] for data in image.blobs} <= client.blobs
    assert not list((client.cache / "partial").iterdir())


def test_a_damaged_blob_is_fetched_again(registry, client, image):
    registry.add(image)
    assert_pulled(client("pull", name_of(registry)), image)
    path = client.cache / "blobs" / digest(image.layers[0])[7:]
    for damage in (b"", b"x", bytes(len(image.layers[0]))):
        path.write_bytes(damage)
        assert_pulled(client("pull", name_of(registry)), image)


def test_a_full_disk_is_said(registry, client, image):
    registry.add(image)
    process = subprocess.run(
        ["prlimit", "--fsize=500000", str(DRIVER), str(client.cache), "pull",
         name_of(registry)], env=client.env, text=True, timeout=60,
        preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert_failed(Result(process.returncode, process.stdout, process.stderr),
                  "system", "too large")
    assert digest(image.layers[0])[7:] not in client.blobs
    assert_pulled(client("pull", name_of(registry)), image)


# --- the field's own registry ------------------------------------------------

def test_what_skopeo_pushed(distribution, client, image):
    source = image.layout(client.home / "layout", "1")
    distribution.push(source, "lab/app:1")
    assert_pulled(client("pull", f"{distribution.host}/lab/app:1"), image)
    assert_pulled(client("pull",
                         f"{distribution.host}/lab/app@{image.digest}"), image)
    assert_failed(client("pull", f"{distribution.host}/lab/app:2"),
                  "not-found", "lab/app")


def test_a_registry_with_users_and_certificates(client, image, authority):
    """2, 59"""
    key, cert = authority.issue("distribution", "127.0.0.1")
    one = Distribution(users={"lab": SECRET}, tls=(key, cert))
    try:
        one.push(image.layout(client.home / "layout", "1"), "lab/app:1",
                 f"lab:{SECRET}")
        name = f"{one.host}/lab/app:1"
        client.save(f"certs/{one.host}/ca.crt", authority.cert.read_text())
        settings = {"verify": 1, "certs": client.home / "certs"}
        assert_failed(client("pull", name, **settings), "denied",
                      "no credentials", "UNAUTHORIZED")
        subprocess.run(
            ["skopeo", "login", "--tls-verify=false", "--username", "lab",
             "--password-stdin", "--authfile", client.home / "auth.json",
             one.host], check=True, input=SECRET.encode(),
            stdout=subprocess.PIPE)
        assert_pulled(client("pull", name, auth=client.home / "auth.json",
                             **settings), image)
    finally:
        one.close()
