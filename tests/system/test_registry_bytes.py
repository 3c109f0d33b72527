# SPDX-License-Identifier: Apache-2.0
"""Registries that send us elsewhere, or something else.
The numbers are those of the list of what clients get wrong: "13, 14" at
the head of a test says which of it is tried there."""

import gzip
import json
import signal
import time

import pytest

from lab.puller import (SECRET, SIZE, assert_failed, assert_pulled, cut_off,
                        name_of, noise, stalled, want_password)
from lab.registry import (INDEX, MANIFEST, SCHEMA1, Reply, descriptor, digest,
                          ranged)


# --- redirects (13 to 18) ----------------------------------------------------

def redirect(registry, part, where, status=307):
    registry.rule(lambda asked: Reply(
        status, b"", {"Location": where(asked)}) if part in asked.path
        and (asked.authorization or not registry.realm) else None)


def serve(storage, image, path="/file"):
    """Blobs by digest, as a storage has them."""
    data = {digest(one): one for one in image.blobs}
    storage.rule(lambda asked: ranged(
        asked, data["sha256:" + asked.path.rpartition("/")[2]])
        if asked.path.startswith(path) else None)


def file_url(storage, asked):
    return f"{storage.url}/file/{asked.path.rpartition(':')[2]}?sig={SECRET}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_another_host_gets_no_authorization(
        registry, storage, client, image, status):
    """13"""
    registry.add(image)
    registry.realm = registry.url + "/token"
    redirect(registry, "/blobs/", lambda asked: file_url(storage, asked),
             status)
    serve(storage, image)
    assert_pulled(client("pull", name_of(registry)), image)
    assert len(storage.asked) == 3
    assert {asked.authorization for asked in storage.asked} == {None}


def test_the_same_host_keeps_it(registry, client, image):
    """13"""
    registry.add(image)
    registry.realm = registry.url + "/token"
    redirect(registry, "/blobs/", lambda asked: "/file/" +
             asked.path.rpartition(":")[2])
    serve(registry, image)
    assert_pulled(client("pull", name_of(registry)), image)
    assert {asked.authorization for asked in registry.seen("/file/")} == \
        {"Bearer token-1"}


def test_what_another_host_challenges_with_is_not_answered(
        registry, storage, client, image):
    """13: it could name a token server of its own."""
    registry.add(image)
    want_password(registry)
    client.log_in(registry.host)
    redirect(registry, "/blobs/", lambda asked: file_url(storage, asked))
    storage.always("/file", Reply(401, b"", {
        "WWW-Authenticate": f'Bearer realm="{storage.url}/token"'}))
    assert_failed(client("pull", name_of(registry)), "denied")
    assert {asked.authorization for asked in storage.asked} == {None}
    assert not storage.seen("/token")


def test_no_redirect_from_https_to_http(
        secure, storage, client, image, authority):
    """14"""
    secure.add(image)
    redirect(secure, "/blobs/", lambda asked: file_url(storage, asked))
    serve(storage, image)
    for settings in ({"verify": 0}, {}):
        assert_failed(client("pull", name_of(secure), **settings), "denied",
                      "from https to http")
    assert not storage.asked


@pytest.mark.parametrize("part", ["/manifests/", "/blobs/"])
def test_redirects_come_to_an_end(registry, client, image, part):
    """15"""
    registry.add(image)
    redirect(registry, part, lambda asked: asked.path + "x")
    assert_failed(client("pull", name_of(registry)), "limit", "10 redirects")
    # Of three blobs, side by side, each may have gone so far.
    assert 11 <= registry.count(part) <= (33 if part == "/blobs/" else 11)


def test_a_signed_url_is_shown_without_what_signs_it(
        registry, storage, client, image):
    """16: the fixture looks for the secret."""
    registry.add(image)
    redirect(registry, "/blobs/", lambda asked: file_url(storage, asked))
    storage.always("/file", Reply(500))
    assert client("pull", name_of(registry)).code == 1
    registry.rules.clear()
    for where, kind in ((f"ftp://127.0.0.1/x?x={SECRET}", "denied"),
                        (f"http://lab:{SECRET}@127.0.0.1/", "denied"),
                        (f"http://127.0.0.1:9/?x={SECRET}", "unreachable")):
        registry.rules.clear()
        redirect(registry, "/blobs/", lambda asked, where=where: where)
        assert_failed(client("pull", name_of(registry)), kind)


def test_a_manifest_may_be_elsewhere(registry, storage, client, image):
    """17"""
    registry.add(image)
    redirect(registry, "/manifests/", lambda asked: storage.url + "/m")
    storage.always("/m", Reply(200, image.manifest))
    assert_pulled(client("pull", name_of(registry)), image)


def test_a_signed_url_that_expires_is_asked_for_again(
        registry, storage, client, image):
    """18, 22: at the registry, and only for the rest."""
    registry.add(image)
    redirect(registry, digest(image.layers[0]),
             lambda asked: file_url(storage, asked))
    storage.once("/file", Reply(200, image.layers[0], cut=1_000_000))
    storage.once("/file", Reply(403, b"<Error>expired</Error>"))
    serve(storage, image)
    assert_pulled(client("pull", name_of(registry)), image)
    ranges = [asked.headers.get("range") for asked in storage.asked]
    assert ranges[0] is None and len(ranges) == 3
    assert ranges[1] == ranges[2] != "bytes=0-"
    assert registry.count(digest(image.layers[0])) == 3


# --- whether it is what was asked for (19 to 32) -----------------------------

def test_another_blob_is_refused_and_not_kept(registry, client, image):
    """19"""
    registry.add(image)
    right = image.layers[0]
    registry.blobs[digest(right)] = bytes([right[0] ^ 1]) + right[1:]
    assert_failed(client("pull", name_of(registry)), "untrusted",
                  digest(right))
    assert digest(right)[7:] not in client.blobs
    assert not list((client.cache / "partial").glob(digest(right)[7:]))
    registry.add(image)
    assert_pulled(client("pull", name_of(registry)), image)


@pytest.mark.parametrize("value, works", [
    (None, True), ("", True), ("sha512:" + "ab" * 64, True),
    ("nonsense", True), ("sha256:" + "ab" * 32, False)])
def test_what_a_header_says_of_a_digest(registry, client, image, value, works):
    """20"""
    registry.add(image)
    registry.always("/manifests/", Reply(
        200, image.manifest, {"Content-Type": MANIFEST} |
        ({} if value is None else {"Docker-Content-Digest": value})))
    result = client("pull", name_of(registry))
    if works:
        assert_pulled(result, image)
    else:
        assert_failed(result, "untrusted", "as the registry says")


def test_another_manifest_than_the_digest(registry, client, image):
    """19, 20: and the header lies along."""
    registry.add(image)
    registry.always("/manifests/", Reply(
        200, image.manifest + b" ", {"Docker-Content-Digest": image.digest}))
    assert_failed(
        client("pull", name_of(registry, tag="@" + image.digest)),
        "untrusted", image.digest)
    assert not client.blobs


def test_lengths_that_lie(registry, client, image):
    """21"""
    registry.add(image)
    data = image.layers[0]
    blob = digest(data)
    # Too short: the rest is asked for.
    registry.once(blob, Reply(200, data[:5000], length=5000))
    assert_pulled(client("pull", name_of(registry)), image)
    assert registry.seen(blob)[-1].headers["range"] == "bytes=5000-"
    # Too long: what there is is all there is to have.
    client.forget()
    registry.once(blob, Reply(200, data, length=len(data) + 5, cut=len(data)))
    assert_pulled(client("pull", name_of(registry)), image)
    # Chunked, and up to the end of the connection.
    for reply in (Reply(200, data, chunked=True),
                  Reply(200, data, length=None)):
        client.forget()
        registry.once(blob, reply)
        assert_pulled(client("pull", name_of(registry)), image)


@pytest.mark.parametrize("more", [
    Reply(200, noise(2 * SIZE), length=2 * SIZE),
    Reply(200, noise(2 * SIZE), chunked=True)])
def test_more_bytes_than_the_manifest_says(registry, client, image, more):
    """21, 29, 30"""
    registry.add(image)
    registry.always(digest(image.layers[0]), more)
    assert_failed(client("pull", name_of(registry)), "untrusted",
                  "more than the")


def test_an_endless_blob(registry, client, image):
    """30"""
    def endless(handler):
        while True:
            handler.wfile.write(bytes(65536))
    registry.add(image)
    registry.always(digest(image.layers[0]),
                    Reply(200, endless, length=None))
    assert_failed(client("pull", name_of(registry)), "untrusted",
                  "more than the")


def test_what_breaks_off_is_gone_on_with(registry, client, image):
    """22"""
    registry.add(image)
    data = image.layers[0]
    cuts = [1_000_000, 700_000, 1]
    registry.rule(lambda asked: cut_off(asked, data, cuts.pop(0))
                  if digest(data) in asked.path and cuts else None)
    assert_pulled(client("pull", name_of(registry)), image)
    asked = registry.seen(digest(data))
    assert len(asked) == 4
    assert [one.headers.get("range") for one in asked] == [
        None, "bytes=1000000-", "bytes=1700000-", "bytes=1700001-"]


def test_a_later_run_goes_on(registry, client, image):
    """22: after a failure, and after a kill."""
    registry.add(image)
    data = image.layers[0]
    registry.once(digest(data), Reply(200, data, cut=1_000_000))
    registry.always(digest(data), Reply(404))
    assert client("pull", name_of(registry)).code == 1
    assert digest(data)[7:] not in client.blobs
    registry.rules.clear()
    registry.once(digest(data), lambda asked: stalled(asked, data, 500_000))
    process = client.start("pull", name_of(registry), stall_sec=60)
    end = time.monotonic() + 20
    partial = client.cache / "partial" / digest(data)[7:]
    while partial.stat().st_size < 1_500_000:
        assert time.monotonic() < end
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert digest(data)[7:] not in client.blobs
    registry.asked.clear()
    assert_pulled(client("pull", name_of(registry)), image)
    assert registry.seen(digest(data))[0].headers["range"] == "bytes=1500000-"
    assert not partial.exists()


def test_what_was_damaged_meanwhile_is_fetched_again(registry, client, image):
    """22, 24"""
    registry.add(image)
    data = image.layers[0]
    registry.once(digest(data), Reply(200, data, cut=1_000_000))
    registry.always(digest(data), Reply(404))
    assert client("pull", name_of(registry)).code == 1
    partial = client.cache / "partial" / digest(data)[7:]
    for damage in (b"x" * 1_000_000, b"x" * (len(data) + 10)):
        partial.write_bytes(damage)
        registry.rules.clear()
        assert_pulled(client("pull", name_of(registry)), image)
        client.forget()
        partial.parent.mkdir(parents=True)


def test_servers_that_cannot_send_a_part(registry, client, image):
    """23"""
    registry.add(image)
    data = image.layers[0]

    def broken(reply):
        registry.rules.clear()
        client.forget()
        registry.once(digest(data), Reply(200, data, cut=1_000_000))
        registry.once(digest(data), reply)
        result = client("pull", name_of(registry))
        assert_pulled(result, image)
        return registry.seen(digest(data))
    # All of it instead.
    assert len(broken(Reply(200, data))) == 2
    for content_range in ("bytes 0-999999/%d" % len(data),
                          "bytes 1000000-2999999/5",
                          "bytes 1000001-%d/*" % (len(data) - 1),
                          "bytes 1000000-99999999/*", "lines 1-2/3", "", None):
        registry.asked.clear()
        asked = broken(Reply(206, data[1_000_000:], {} if content_range is None
                             else {"Content-Range": content_range}))
        assert "range" not in asked[-1].headers
    registry.asked.clear()
    assert "range" not in broken(Reply(416))[-1].headers


def test_a_part_that_nobody_asked_for(registry, client, image):
    """23"""
    registry.add(image)
    data = image.layers[0]
    registry.always(digest(data), Reply(206, data[10:], {
        "Content-Range": f"bytes 10-{len(data) - 1}/{len(data)}"}))
    assert_failed(client("pull", name_of(registry)), "format",
                  "another part of it")


def test_416_for_ever(registry, client, image):
    """23"""
    registry.add(image)
    registry.always(digest(image.layers[0]), Reply(416))
    assert_failed(client("pull", name_of(registry)), "unsupported", "416")
    assert registry.count(digest(image.layers[0])) == 2


def test_a_mirror_that_has_other_bytes(registry, client, image):
    """24: the parts do not fit, so all of it is fetched again."""
    registry.add(image)
    data = image.layers[0]
    registry.once(digest(data), Reply(200, noise(len(data), 7),
                                      cut=1_000_000))
    assert_pulled(client("pull", name_of(registry)), image)
    assert [asked.headers.get("range")
            for asked in registry.seen(digest(data))] == \
        [None, "bytes=1000000-", None]


def test_a_label_of_gzip_on_a_blob(registry, client, image):
    """25: as storages put it on layers; and where it is true."""
    registry.add(image)
    data = image.layers[0]
    registry.always(digest(data), Reply(200, data,
                                        {"Content-Encoding": "gzip"}))
    assert_pulled(client("pull", name_of(registry)), image)
    client.forget()
    registry.rules.clear()
    small = image.layers[1]
    registry.always(digest(small), Reply(200, gzip.compress(small),
                                         {"Content-Encoding": "gzip"}))
    assert_failed(client("pull", name_of(registry)), "untrusted")
    assert not any("accept-encoding" in asked.headers
                   for asked in registry.asked)


@pytest.mark.parametrize("kind", [
    MANIFEST + "; charset=utf-8", MANIFEST.upper(), "application/json",
    "text/plain", "application/octet-stream", INDEX, None])
def test_types_of_a_manifest(registry, client, image, kind):
    """26: what it is, it says itself; the header is only a label."""
    registry.add(image)
    registry.always("/manifests/", Reply(
        200, image.manifest, {"Content-Type": kind} if kind else {}))
    assert_pulled(client("pull", name_of(registry)), image)
    accept = registry.seen("/manifests/")[0]
    assert accept.headers["accept"]


def test_a_page_is_no_manifest(registry, client, image):
    """26"""
    registry.add(image)
    registry.always("/manifests/", Reply(
        200, b"<html>Please log in", {"Content-Type": "text/html; x=y"}))
    assert_failed(client("pull", name_of(registry)), "format", "HTML")


def test_both_image_and_index(registry, client, image):
    """26: CVE-2021-41190"""
    both = json.loads(image.manifest)
    both["manifests"] = [descriptor(MANIFEST, image.manifest)]
    body = json.dumps(both).encode()
    registry.manifests["lab/app", "1"] = (MANIFEST, body)
    assert_failed(client("pull", name_of(registry)), "format")


def test_schema_1_is_known_by_name(registry, client):
    """27"""
    body = json.dumps({"schemaVersion": 1, "name": "lab/app", "tag": "1",
                       "fsLayers": [], "history": []}).encode()
    registry.manifests["lab/app", "1"] = (SCHEMA1, body)
    assert_failed(client("pull", name_of(registry)), "unsupported",
                  "schema 1")


@pytest.mark.parametrize("change", [-1, 1, 1 << 40])
def test_a_descriptor_with_another_size(registry, client, image, change):
    """29"""
    registry.add(image)
    data = image.layers[1]
    result = client("blobs", name_of(registry), digest(data),
                    len(data) + change)
    assert_failed(result, "untrusted", digest(data))
    assert digest(data)[7:] not in client.blobs


def test_a_blob_of_nothing(registry, client):
    """29: there is nothing to ask for."""
    name = name_of(registry)
    result = client("blobs", name, digest(b""), 0, digest(b""), 0)
    assert result.code == 0, result
    assert result.out == f"blob {digest(b'')} 0\n" * 2
    assert not registry.asked
    assert_failed(client("blobs", name, digest(b"x"), 0), "untrusted")


def test_the_same_blob_twice_is_fetched_once(registry, client, image):
    registry.add(image)
    data = image.layers[0]
    result = client("blobs", name_of(registry), *[digest(data), len(data)] * 3)
    assert result.out == f"blob {digest(data)} {len(data)}\n" * 3
    assert registry.count("/blobs/") == 1


def test_limits_of_a_manifest(registry, client):
    """30"""
    largest = b'{"x":"' + b"x" * ((4 << 20) - 8) + b'"}'
    assert len(largest) == 4 << 20
    registry.manifests["lab/app", "1"] = (MANIFEST, largest)
    result = client("manifest", name_of(registry))
    assert result.out == f"manifest {digest(largest)} {4 << 20}\n", result
    registry.manifests["lab/app", "2"] = (MANIFEST, largest + b" ")
    assert_failed(client("manifest", name_of(registry, tag=":2")), "limit")

    def endless(handler):
        while True:
            handler.wfile.write(b" " * 65536)
    for status in (200, 500):
        registry.always("/manifests/3",
                        Reply(status, endless, length=None))
        result = client("manifest", name_of(registry, tag=":3"))
        assert result.code == 1, result
        registry.rules.clear()


def test_endless_headers(registry, client):
    """30"""
    registry.always("/manifests/", Reply(200, b"", {
        f"X-{i}": "x" * 900 for i in range(90)}))
    assert_failed(client("manifest", name_of(registry)), "limit", "headers")


@pytest.mark.parametrize("body", [
    b'{"schemaVersion":2,"schemaVersion":2}', b"[" * 100, b'{"a":"\\u0000"}',
    b'{"a":"\xff"}', b'{"schemaVersion":99999999999999999999999}', b"",
    b"null"])
def test_what_is_no_manifest(registry, client, body):
    """31: the bytes are what was asked for; they mean nothing."""
    registry.manifests["lab/app", "1"] = (MANIFEST, body)
    result = client("pull", name_of(registry))
    assert result.code == 1, result
    assert result.out == f"manifest {digest(body)} {len(body)}\n"
