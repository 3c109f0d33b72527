# SPDX-License-Identifier: Apache-2.0
"""Who a registry wants to know that we are, and whom we tell.
The numbers are those of the list of what clients get wrong: "13, 14" at
the head of a test says which of it is tried there."""

import base64
import json
import time

import pytest

from lab.puller import (SECRET, assert_failed, assert_pulled, basic, hub,
                        name_of, want_password)
from lab.registry import Reply, error


def test_a_token_is_fetched_when_it_is_asked_for(registry, client, image):
    """1, 7"""
    registry.add(image)
    registry.realm = registry.url + "/token"
    assert_pulled(client("pull", name_of(registry)), image)
    assert registry.seen("/manifests/")[0].authorization is None
    assert registry.count("/token") == 1
    asked = registry.seen("/token")[0]
    assert asked.query == {"service": ["lab"],
                           "scope": ["repository:lab/app:pull"]}
    assert asked.authorization is None


@pytest.mark.parametrize("headers", [
    ["Basic realm=\"lab\"", "Bearer realm=\"{}\",service=\"lab\""],
    ["bearer Realm = \"{}\" , SERVICE=lab"],
    ["BEARER realm={},service=lab"],
    ["Negotiate YII=, Basic realm=lab, Bearer realm=\"{}\""],
    ["Negotiate", "Bearer realm=\"{}\",error=\"invalid_token\""],
    [", ,Bearer  realm=\"{}\",, service=\"l\\ab\""],
])
def test_challenges_are_read_however_they_are_written(
        registry, client, image, headers):
    """2"""
    registry.add(image)
    registry.rule(lambda asked: Reply(401, b"", {
        "WWW-Authenticate": [header.format(registry.url + "/token")
                             for header in headers]})
        if "/v2/lab" in asked.path and not asked.authorization else None)
    assert_pulled(client("pull", name_of(registry)), image)
    assert registry.count("/token") == 1


@pytest.mark.parametrize("header, kind", [
    ("Negotiate", "denied"), ("Digest realm=\"x\",nonce=\"y\"", "denied"),
    ("Bearer service=\"lab\"", "format"), ("Bearer realm=\"x", "format"),
    ("Bearer realm=\"a\",realm=\"b\"", "format"), ("", "denied"),
])
def test_challenges_that_nobody_can_answer(
        registry, client, image, header, kind):
    """2"""
    registry.add(image)
    registry.always("/manifests/", Reply(
        401, b"", {"WWW-Authenticate": header} if header else {}))
    assert_failed(client("pull", name_of(registry)), kind)
    assert registry.count("/manifests/") == 1


def test_a_token_server_may_be_another_host(
        registry, storage, client, image):
    """3: that is where the credentials for the registry go."""
    registry.add(image)
    registry.realm = storage.url + "/token"
    registry.tokens = storage.tokens
    client.log_in(registry.host)
    assert_pulled(client("pull", name_of(registry)), image)
    assert [asked.authorization for asked in storage.asked] == [basic()]
    assert basic() not in [asked.authorization for asked in registry.asked]


def test_no_password_goes_from_https_to_a_plain_token_server(
        secure, storage, client, image, authority):
    """3"""
    secure.add(image)
    secure.realm = storage.url + "/token"
    secure.tokens = storage.tokens
    certs = client.home / "certs"
    client.save(f"certs/{secure.host}/ca.crt", authority.cert.read_text())
    client.log_in(secure.host)
    assert_failed(client("pull", name_of(secure), verify=1, certs=certs),
                  "denied", "no credentials go to", "from https to http")
    assert not storage.asked
    # Who has nothing to lose may ask.
    (client.home / ".docker/config.json").unlink()
    assert_pulled(client("pull", name_of(secure), verify=1, certs=certs),
                  image)


@pytest.mark.parametrize("realm", [
    "/token", "token", "//127.0.0.1/token", "file:///etc/passwd",
    "http://user:word@127.0.0.1/token"])
def test_no_token_is_asked_for_at_odd_places(registry, client, image, realm):
    """3"""
    registry.add(image)
    registry.realm = realm
    for _ in range(2):
        result = client("pull", name_of(registry))
        assert result.code == 1, result
        assert result.err.split(":")[0] in ("format", "denied"), result
        assert registry.count("/token") == 0
        client.log_in(registry.host)


@pytest.mark.parametrize("reply", [
    {"token": "t"}, {"access_token": "t"}, {"token": "", "access_token": "t"},
    {"token": "t", "access_token": "other"},
    {"token": "t", "expires_in": 300, "issued_at": "1970-01-01T00:00:00Z"},
    {"token": "t", "issued_at": "2999-01-01T00:00:00Z"},
    {"token": "t", "expires_in": -1}, {"token": "t", "expires_in": "soon"},
    {"token": "t", "expires_in": 1 << 80}])
def test_a_token_under_either_name_and_for_any_time(
        registry, client, image, reply):
    """4"""
    registry.add(image)
    registry.realm = registry.url + "/token"
    registry.tokens = {"t": []}
    registry.always("/token", Reply(200, json.dumps(reply).encode()))
    assert_pulled(client("pull", name_of(registry)), image)
    assert registry.count("/token") == 1


@pytest.mark.parametrize("body, kind", [
    (b"{}", "format"), (b"", "format"), (b"[]", "format"),
    (b'{"token": 1}', "format"), (b'{"token": "a\\r\\nX-Evil: 1"}', "format"),
    (b'{"token": "%s"}' % (b"x" * 60000), "limit"),
    (b'{"token": "t", "x": "%s"}' % (b"x" * 300_000), "limit")])
def test_what_is_no_token(registry, client, image, body, kind):
    """4, 30"""
    registry.add(image)
    registry.realm = registry.url + "/token"
    registry.always("/token", Reply(200, body))
    assert_failed(client("pull", name_of(registry)), kind, "token")


def test_a_token_that_expires_on_the_way_is_renewed_once(
        registry, client, image):
    """5"""
    registry.add(image)
    registry.realm = registry.url + "/token"
    done = []

    @registry.rule
    def expire(asked):
        if "/blobs/" in asked.path and not done:
            done.append(1)
            registry.tokens.clear()
    assert_pulled(client("pull", name_of(registry)), image)
    assert registry.count("/token") == 2


def test_a_token_that_is_never_good_is_not_asked_for_for_ever(
        registry, client, image):
    """5, 9"""
    registry.add(image)
    registry.realm = registry.url + "/token"
    registry.always("/v2/lab", lambda asked: Reply(
        401, error("DENIED", "not for you"), registry.challenge("lab/app")))
    assert_failed(client("pull", name_of(registry)), "denied",
                  "no credentials", "not for you")
    assert registry.count("/token") == 1


def test_more_rights_are_asked_for_when_they_are_wanted(
        registry, client, image):
    """6"""
    registry.add(image)
    registry.realm = registry.url + "/token"
    wide = "repository:lab/base:pull"
    registry.rule(lambda asked: Reply(401, b"", registry.challenge(
        "lab/app", scope=wide, error="insufficient_scope"))
        if "/v2/lab" in asked.path and wide not in registry.tokens.get(
            (asked.authorization or "")[7:], []) and asked.authorization
        else None)
    assert_pulled(client("pull", name_of(registry)), image)
    assert [asked.query["scope"] for asked in registry.seen("/token")] == [
        ["repository:lab/app:pull"], ["repository:lab/app:pull", wide]]


def test_credentials_go_to_who_asks_for_them(registry, client, image):
    """7: nothing is sent to a registry that does not want to know."""
    registry.add(image)
    client.log_in(registry.host)
    assert_pulled(client("pull", name_of(registry)), image)
    assert {asked.authorization for asked in registry.asked} == {None}


def test_basic_and_what_is_not_good_enough(registry, client, image):
    """2, 9"""
    registry.add(image)
    want_password(registry)
    assert_failed(client("pull", name_of(registry)), "denied",
                  "no credentials", "who are you")
    client.log_in(registry.host, password="wrong")
    assert_failed(client("pull", name_of(registry)), "denied",
                  "with the credentials", "who are you")
    assert registry.count("/manifests/") == 3
    client.log_in(registry.host)
    assert_pulled(client("pull", name_of(registry)), image)


def test_an_identity_token_is_exchanged(registry, client, image):
    """8"""
    registry.add(image)
    registry.realm = registry.url + "/token"
    client.save(".docker/config.json", {"auths": {registry.host: {
        "identitytoken": SECRET}}})
    assert_pulled(client("pull", name_of(registry)), image)
    asked, = registry.seen("/token")
    assert asked.method == "POST" and not asked.query
    assert dict(part.split("=") for part in asked.body.decode().split("&")) \
        == {"grant_type": "refresh_token", "client_id": "fother",
            "service": "lab", "refresh_token": SECRET,
            "scope": "repository%3Alab%2Fapp%3Apull"}


def test_a_token_server_that_refuses(registry, client, image):
    """8, 9"""
    registry.add(image)
    registry.realm = registry.url + "/token"
    client.log_in(registry.host)
    registry.always("/token", Reply(401, b'{"details":"wrong password"}'))
    assert_failed(client("pull", name_of(registry)), "denied", "token", "401")
    assert registry.count("/token") == 1


@pytest.mark.parametrize("status, kind", [
    (403, "denied"), (404, "not-found"), (400, "unsupported"),
    (410, "not-found"), (451, "unsupported")])
def test_what_a_registry_refuses_is_not_asked_twice(
        registry, client, image, status, kind):
    """9, 35"""
    registry.add(image)
    registry.always("/manifests/", Reply(status, error("LAB", "go away")))
    assert_failed(client("pull", name_of(registry)), kind)
    assert registry.count("/manifests/") == 1


def test_credentials_of_the_nearest_namespace(registry, client, image):
    """10"""
    for repository in ("lab/app", "lab/app/deep", "lab/apple", "other"):
        registry.add(image, repository)
    want_password(registry, "nobody's")
    auths = {registry.host: "host", f"{registry.host}/lab": "lab",
             f"{registry.host}/lab/app": "app",
             f"https://{registry.host}/v1/": "old",
             "example.org": "example"}
    client.save(".docker/config.json", {"auths": {
        key: {"auth": base64.b64encode(f"{user}:x".encode()).decode()}
        for key, user in auths.items()}})
    for repository, user in (("lab/app", "app"), ("lab/app/deep", "app"),
                             ("lab/apple", "lab"), ("other", "host")):
        registry.asked.clear()
        assert client("manifest", name_of(registry, repository)).code == 1
        assert registry.asked[-1].authorization == basic(user, "x")


@pytest.mark.parametrize("key", [
    "https://index.docker.io/v1/", "docker.io", "index.docker.io",
    "docker.io/library"])
def test_docker_hub_by_its_short_name_and_its_key(
        secure, client, image, authority, key):
    """10, 39, 59"""
    secure.add(image, "library/app")
    secure.realm = "https://auth.docker.io/token"
    client.log_in(key)
    result, proxy = hub(client, secure, authority, "pull", "app:1")
    assert_pulled(result, image)
    assert set(proxy.asked) == {"registry-1.docker.io:443",
                                "auth.docker.io:443"}
    assert secure.seen("/token")[0].authorization == basic()


def test_a_credential_helper(registry, client, image):
    """11, 12: before what the file itself says."""
    registry.add(image)
    want_password(registry)
    client.log_in(registry.host, password="wrong")
    config = client.home / ".docker/config.json"
    client.save(".docker/config.json", json.loads(config.read_text()) | {
        "credHelpers": {registry.host: "lab"}})
    client.helper("lab", f"""
        [ "$*" = get ] && [ "$(cat)" = {registry.host} ] || exit 9
        echo '{{"ServerURL":"x","Username":"lab","Secret":"{SECRET}"}}'
        echo complaint {SECRET} >&2""")
    assert_pulled(client("pull", name_of(registry)), image)


def test_a_credential_store_with_an_identity_token(
        secure, client, image, authority):
    """8, 10, 11"""
    secure.add(image, "library/app")
    secure.realm = "https://auth.docker.io/token"
    client.save(".docker/config.json", {
        "auths": {"https://index.docker.io/v1/": {}}, "credsStore": "lab"})
    client.helper("lab", f"""
        [ "$(cat)" = https://index.docker.io/v1/ ] || exit 9
        echo '{{"Username":"<token>","Secret":"{SECRET}"}}'""")
    result, _ = hub(client, secure, authority, "pull", "app:1")
    assert_pulled(result, image)
    assert secure.seen("/token")[0].method == "POST"


@pytest.mark.parametrize("script, kind, words", [
    (None, "denied", "docker-credential-lab"),
    (f"echo {SECRET}; exit 1", "denied", "it failed"),
    (f"echo {SECRET}", "format", "not a credential"),
    (f"echo '{{\"Username\":\"{SECRET}\"}}'", "format", "not a credential"),
    ("yes", "limit", "docker-credential-lab"),
    ("sleep 60", "timeout", "does not answer"),
    ("exec >&-; sleep 60", "denied", "it failed"),
    ("kill -9 $$", "denied", "it failed")])
def test_helpers_that_do_not_help(
        registry, client, image, script, kind, words):
    """11"""
    registry.add(image)
    want_password(registry)
    client.save(".docker/config.json",
                {"credHelpers": {registry.host: "lab"}})
    if script:
        client.helper("lab", script)
    started = time.monotonic()
    assert_failed(client("pull", name_of(registry), helper_ms=700), kind,
                  words)
    assert time.monotonic() - started < 10


def test_a_helper_that_has_nothing(registry, client, image):
    """11: then it is as if nobody had logged in."""
    registry.add(image)
    want_password(registry)
    client.save(".docker/config.json", {"credsStore": "lab"})
    client.helper("lab", "echo credentials not found in native keychain\n"
                         "exit 1")
    assert_failed(client("pull", name_of(registry)), "denied",
                  "no credentials")


@pytest.mark.parametrize("name", ["../evil", "a/b", "", "a b", "-"])
def test_a_helper_is_a_name_and_no_path(registry, client, image, name):
    """11"""
    registry.add(image)
    want_password(registry)
    client.save("evil", "#!/bin/sh\ntouch $HOME/ran", 0o755)
    client.save(".docker/config.json",
                {"credHelpers": {registry.host: name}})
    assert client("pull", name_of(registry)).code == 1
    assert not (client.home / "ran").exists()


def test_the_order_of_the_files(registry, client, image):
    """12"""
    registry.add(image)
    want_password(registry, "nobody's")
    places = [(".docker/config.json", {}),
              ("docker/config.json",
               {"DOCKER_CONFIG": client.home / "docker"}),
              (".config/containers/auth.json", {}),
              ("xdg/containers/auth.json",
               {"XDG_CONFIG_HOME": client.home / "xdg"}),
              ("run/containers/auth.json", {}),
              ("named.json",
               {"REGISTRY_AUTH_FILE": client.home / "named.json"})]
    for i, (path, env) in enumerate(places):
        client.log_in(registry.host, f"user{i}", "x", path)
        client.env |= {name: str(value) for name, value in env.items()}
        registry.asked.clear()
        assert client("manifest", name_of(registry)).code == 1
        assert registry.asked[-1].authorization == basic(f"user{i}", "x")
    # One that was named on the command line is the only one.
    registry.asked.clear()
    named = client.log_in(registry.host, "mine", "x", "mine.json")
    assert client("manifest", name_of(registry), auth=named).code == 1
    assert registry.asked[-1].authorization == basic("mine", "x")
    # A file that has nothing for it leaves it to the next.
    del client.env["REGISTRY_AUTH_FILE"]
    client.save("run/containers/auth.json", {"auths": {"example.org": {}}})
    assert client("manifest", name_of(registry)).code == 1
    assert registry.asked[-1].authorization == basic("user3", "x")


@pytest.mark.parametrize("content, kind", [
    ("{", "format"), ("[]", "format"), ("", "format"),
    ('{"auths": {"HOST": {"auth": "%s"}}}' % SECRET, "format"),
    ('{"auths": {"HOST": {"auth": "bGFi"}}}', "format"),
    ('{"auths": {"HOST": {"username": "lab"}}}', "format")])
def test_a_damaged_file_is_said(registry, client, image, content, kind):
    """12: not taken for one that has nothing."""
    registry.add(image)
    want_password(registry)
    client.save(".docker/config.json", content.replace("HOST", registry.host))
    assert_failed(client("pull", name_of(registry)), kind, "credentials",
                  ".docker/config.json")


def test_an_unreadable_file_is_said(registry, client, image):
    """12"""
    registry.add(image)
    want_password(registry)
    (client.home / ".docker/config.json").mkdir(parents=True)
    assert_failed(client("pull", name_of(registry)), "system", "credentials",
                  ".docker/config.json")
    missing = client.home / "missing.json"
    assert_failed(client("pull", name_of(registry), auth=missing),
                  "not-found", "missing.json")
