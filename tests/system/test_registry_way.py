# SPDX-License-Identifier: Apache-2.0
"""Plain http, certificates and proxies on the way to a registry.
The numbers are those of the list of what clients get wrong: "13, 14" at
the head of a test says which of it is tried there."""

import time

from lab.puller import assert_failed, assert_pulled, hub, name_of
from lab.registry import ConnectProxy, Scripted


def test_plain_http_only_where_it_is_allowed(registry, client, image):
    """59: on the loopback, as docker has it, or when the person says so."""
    registry.add(image)
    assert_pulled(client("pull", name_of(registry)), image)
    registry.asked.clear()
    result = client("pull", name_of(registry), verify=1)
    assert_failed(result, "unreachable", "https://")
    assert not registry.asked
    assert_pulled(client("pull", f"localhost:{registry.port}/lab/app:1"),
                  image)


def lab_test(client, server, *args, **settings):
    proxy = ConnectProxy(server.port)
    client.env["HTTPS_PROXY"] = proxy.url
    try:
        return client(*args, **settings)
    finally:
        proxy.close()


def test_certificates_of_a_registry(secure, client, image, authority):
    """59, and --tls-verify"""
    secure.add(image)
    name = "registry.lab.test/lab/app:1"
    assert_failed(lab_test(client, secure, "pull", name), "untrusted",
                  "certificate")
    assert not secure.asked
    assert_pulled(lab_test(client, secure, "pull", name, verify=0), image)
    client.forget()
    client.save("certs/registry.lab.test/lab.crt",
                authority.cert.read_text())
    client.save("certs/registry.lab.test/README", "no certificate")
    certs = client.home / "certs"
    assert_pulled(lab_test(client, secure, "pull", name, certs=certs), image)
    # Those of one registry are not for another.
    client.forget()
    assert_failed(lab_test(client, secure, "pull", "other.lab.test/lab/app:1",
                           certs=certs), "untrusted")
    # The name counts too.
    client.save("certs/other.lab.test/lab.crt", authority.cert.read_text())
    assert_failed(lab_test(client, secure, "pull", "other.lab.test/lab/app:1",
                           certs=certs), "untrusted")


def test_a_client_certificate(client, image, authority):
    """59"""
    server = Scripted(authority.context("127.0.0.1",
                                        client_ca=authority.cert))
    try:
        server.add(image)
        folder = f"certs/{server.host}"
        client.save(f"{folder}/ca.crt", authority.cert.read_text())
        certs = client.home / "certs"
        result = client("pull", name_of(server), verify=1, certs=certs)
        assert result.code == 1 and not server.asked, result
        key, cert = authority.issue("client", usage="clientAuth")
        client.save(f"{folder}/client.cert", cert.read_text())
        assert_failed(client("pull", name_of(server), verify=1, certs=certs),
                      "format", "client.cert", "client.key")
        client.save(f"{folder}/client.key", key.read_text())
        assert_pulled(client("pull", name_of(server), verify=1, certs=certs),
                      image)
        (client.home / folder / "client.cert").unlink()
        assert_failed(client("pull", name_of(server), verify=1, certs=certs),
                      "format", "client.key", "client.cert")
    finally:
        server.close()


def test_proxies(secure, client, image, authority):
    """59"""
    secure.add(image, "library/app")
    result, proxy = hub(client, secure, authority, "pull", "app:1")
    assert_pulled(result, image)
    assert set(proxy.asked) == {"registry-1.docker.io:443"}
    client.forget()
    client.env["NO_PROXY"] = "docker.io"
    result, proxy = hub(client, secure, authority, "pull",
                        "nowhere.invalid/app:1")
    assert proxy.asked
    client.env["NO_PROXY"] = "nowhere.invalid"
    result, proxy = hub(client, secure, authority, "pull",
                        "nowhere.invalid/app:1")
    assert_failed(result, "unreachable")
    assert not proxy.asked


def test_the_loopback_needs_no_proxy(registry, client, image):
    """59: as in docker, whatever is set."""
    registry.add(image)
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        client.env[name] = "http://127.0.0.1:9"
    assert_pulled(client("pull", name_of(registry)), image)


def test_a_registry_that_is_not_there(client):
    started = time.monotonic()
    assert_failed(client("pull", "127.0.0.1:9/lab/app:1"), "unreachable")
    assert_failed(client("pull", "nowhere.invalid/lab/app:1"), "unreachable")
    assert time.monotonic() - started < 10
