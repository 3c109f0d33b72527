# SPDX-License-Identifier: Apache-2.0
"""The registry client against registries that are decent and such that are
not. The numbers are those of the list of what clients get wrong: "13, 14"
at the head of a test says which of it is tried there."""

import base64
import email.utils
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from lab import BUILD, images, mirror
from lab.program import Program, Result
from lab.registry import (INDEX, LAYER, MANIFEST, SCHEMA1, Authority, ConnectProxy,
                          Distribution, Image, Reply, Scripted, descriptor,
                          digest, error, ranged)

DRIVER = Path(os.environ.get("REGISTRY_DRIVER",
                             BUILD / "tests" / "registry_driver"))
SECRET = "s3cr3t-of-the-lab"
SIZE = 3_000_000


def noise(size, seed=1):
    """What does not compress: as large in a layer as it is here."""
    return random.Random(seed).randbytes(size)


class Client:
    """The driver, with a home, a cache and helpers of its own. What it
    printed, also what it was started with, is kept for a look at secrets."""

    def __init__(self, home):
        self.home = Path(home)
        self.cache = self.home / "cache"
        self.bin = self.home / "bin"
        self.bin.mkdir()
        self.env = {"PATH": f"{self.bin}:{os.environ['PATH']}",
                    "HOME": str(self.home),
                    "XDG_RUNTIME_DIR": str(self.home / "run")}
        self.printed = ""

    def start(self, *args, **settings):
        defaults = {"pause_ms": 20, "stall_sec": 2}
        line = [str(DRIVER), str(self.cache),
                *[f"{name}={value}" for name, value in
                  (defaults | settings).items()], *map(str, args)]
        assert SECRET not in " ".join(line)
        return subprocess.Popen(
            line, env=self.env, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __call__(self, *args, **settings):
        process = self.start(*args, **settings)
        try:
            out, err = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError("the client hangs") from None
        self.printed += out + err
        return Result(process.returncode, out, err)

    def save(self, path, content, mode=0o600):
        path = self.home / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str)
                        else json.dumps(content))
        path.chmod(mode)
        return path

    def log_in(self, host, user="lab", password=SECRET,
               path=".docker/config.json"):
        return self.save(path, {"auths": {host: {"auth": base64.b64encode(
            f"{user}:{password}".encode()).decode()}}})

    def helper(self, name, script):
        """docker-credential-NAME, a shell script."""
        return self.save(f"bin/docker-credential-{name}",
                         "#!/bin/sh\n" + script, 0o755)

    def forget(self):
        shutil.rmtree(self.cache, ignore_errors=True)

    @property
    def blobs(self):
        return {path.name for path in (self.cache / "blobs").glob("*")}


@pytest.fixture
def client():
    home = tempfile.mkdtemp(prefix="client-", dir="/tmp")
    one = Client(home)
    yield one
    shutil.rmtree(home)
    for secret in (SECRET, base64.b64encode(f"lab:{SECRET}".encode())
                   .decode()):
        assert secret not in one.printed


@pytest.fixture
def registry():
    one = Scripted()
    yield one
    one.close()


@pytest.fixture
def storage():
    """Another host, to which registries redirect."""
    one = Scripted()
    yield one
    one.close()


@pytest.fixture(scope="session")
def authority():
    folder = tempfile.mkdtemp(prefix="authority-", dir="/tmp")
    yield Authority(folder)
    shutil.rmtree(folder)


@pytest.fixture
def secure(authority):
    one = Scripted(authority.context("127.0.0.1", "registry-1.docker.io",
                                     "auth.docker.io", "registry.lab.test"))
    yield one
    one.close()


@pytest.fixture
def image():
    return Image(noise(SIZE), noise(1000, 2))


def name_of(registry, repository="lab/app", tag=":1"):
    return f"{registry.host}/{repository}{tag}"


def expect(image):
    return "".join(
        [f"manifest {image.digest} {len(image.manifest)}\n"] +
        [f"blob {digest(data)} {len(data)}\n" for data in image.blobs])


def assert_pulled(result, image):
    assert result.code == 0, result
    assert result.out == expect(image)


def assert_failed(result, kind, *words):
    """Failed as it should, with all of WORDS in the message."""
    last = result.err.splitlines()[-1] if result.err else ""
    assert result.code == 1 and last.startswith(kind + ": "), result
    for word in words:
        assert word in last, result


def basic(user="lab", password=SECRET):
    return "Basic " + base64.b64encode(
        f"{user}:{password}".encode()).decode()


# --- who is asking (1 to 12) -------------------------------------------------

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


def want_password(registry, right=None):
    registry.rule(lambda asked: Reply(
        401, error("UNAUTHORIZED", "who are you"),
        {"WWW-Authenticate": 'Basic realm="lab"'})
        if asked.authorization != (right or basic()) else None)


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


def hub(client, secure, authority, *args, **settings):
    """Asks what Docker Hub would be, through a proxy that leads here."""
    proxy = ConnectProxy(secure.port)
    client.save("certs/docker.io/ca.crt", authority.cert.read_text())
    client.env["HTTPS_PROXY"] = proxy.url
    try:
        return client(*args, certs=client.home / "certs", **settings), proxy
    finally:
        proxy.close()


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


def test_a_helper_is_asked_once_for_a_registry(registry, fother, client,
                                               debian):
    """11"""
    for repository in ("lab/one", "lab/two", "other"):
        registry.add(debian, repository)
    want_password(registry)
    client.save(".docker/config.json", {"credsStore": "lab"})
    client.helper("lab", f"""
        echo >>$HOME/asked
        echo '{{"Username":"lab","Secret":"{SECRET}"}}'""")
    result = fother("packages", *[
        f"docker://{name_of(registry, repository)}"
        for repository in ("lab/one", "lab/two", "other")],
        env={"PATH": client.env["PATH"]})
    assert result.code == 0, result
    assert len((client.home / "asked").read_text().splitlines()) == 1


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


def cut_off(asked, data, at):
    reply = ranged(asked, data)
    reply.cut = at
    return reply


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


def stalled(asked, data, at):
    reply = ranged(asked, data)
    reply.cut, reply.stall = at, True
    return reply


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


# --- the way there (59) ------------------------------------------------------

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


ETC = """
    mkdir {home}/upper {home}/work
    mount -t overlay -o lowerdir=/etc,upperdir={home}/upper,workdir={home}/work \
        overlay /etc
    cp -r {home}/etc/. /etc
    exec "$@"
"""


@pytest.mark.parametrize("place", [
    "etc/docker/certs.d", "etc/containers/certs.d",
    ".config/containers/certs.d"])
def test_where_certificates_are(
        secure, fother, client, debian, authority, place):
    """59: in an /etc of its own."""
    secure.add(debian)
    name = f"docker://{name_of(secure)}"
    client.save(f"{place}/{secure.host}/ca.crt", authority.cert.read_text())
    (client.home / "etc").mkdir(exist_ok=True)
    wrap = ["unshare", "--mount", "sh", "-ec",
            ETC.format(home=client.home), "sh"]
    result = fother("packages", "--tls-verify=true", name, wrap=wrap)
    assert packages(result) == ["lab-one", "lab-two"]
    elsewhere = fother("packages", "--tls-verify=true",
                       name.replace("127.0.0.1", "localhost"),
                       env={"HOME": "/nowhere"})
    assert elsewhere.code in (1, 3), elsewhere
    assert "certificate" in elsewhere.err


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

@pytest.fixture(scope="session")
def distribution():
    one = Distribution()
    yield one
    one.close()


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


# --- fother itself -----------------------------------------------------------

def tar(files):
    return images.layer(files)


OS = {"etc/os-release": "ID=debian\nVERSION_ID=12\n"}


def status(*names):
    return {"var/lib/dpkg/status": "".join(
        f"Package: {name}\nStatus: install ok installed\nVersion: 1.0\n"
        f"Architecture: amd64\nMaintainer: x\nDescription: y\n\n"
        for name in names)}


@pytest.fixture
def fother(client):
    one = Program()
    one.env |= {"HOME": client.env["HOME"],
                "XDG_RUNTIME_DIR": client.env["XDG_RUNTIME_DIR"]}
    yield one
    left = one.left_running()
    one.close()
    assert not left


def packages(result):
    assert result.code == 0, result
    return [row[1] for row in result.rows]


@pytest.fixture
def debian():
    return Image(tar(OS | status("lab-one")), tar(status("lab-one",
                                                         "lab-two")))


def test_packages_of_an_image_in_a_registry(registry, fother, debian):
    registry.add(debian)
    registry.realm = registry.url + "/token"
    name = f"docker://{name_of(registry)}"
    assert packages(fother("packages", name)) == ["lab-one", "lab-two"]
    assert registry.count("/blobs/") == 3
    # What is known is not fetched again, wherever it is.
    registry.asked.clear()
    assert packages(fother("packages", name)) == ["lab-one", "lab-two"]
    assert [asked.method for asked in registry.seen("/v2/lab")
            if asked.authorization] == ["HEAD"]
    assert packages(fother("packages", "--offline", name)) == \
        ["lab-one", "lab-two"]


def test_only_layers_that_are_new_are_fetched(registry, fother):
    base = tar(OS | status("lab-one"))
    registry.add(Image(base, tar(status("lab-two"))))
    other = registry.add(Image(base, tar(status("lab-three"))), tag="2")
    assert packages(fother("packages", f"docker://{name_of(registry)}"))
    registry.asked.clear()
    result = fother("packages", f"docker://{name_of(registry, tag=':2')}")
    assert packages(result) == ["lab-three"]
    assert sorted(asked.path.rpartition("/")[2]
                  for asked in registry.seen("/blobs/")) == \
        sorted([digest(other.config), digest(other.layers[1])])


def test_a_real_debian_by_skopeo_and_distribution(
        distribution, fother, client):
    """All of the way, and the same as from a directory."""
    image = Image(mirror.small().read_bytes())
    source = image.layout(client.home / "layout", "1")
    distribution.push(source, "lab/debian:1")
    here = fother("packages", source)
    there = fother("packages", f"docker://{distribution.host}/lab/debian:1")
    assert len(here.rows) > 20, here
    assert [row[:-1] for row in there.rows] == [row[:-1] for row in here.rows]
    # By its digest, and for another program with an empty cache.
    other = Program()
    try:
        result = other(
            "packages",
            f"docker://{distribution.host}/lab/debian@{image.digest}")
        assert [row[:-1] for row in result.rows] == \
            [row[:-1] for row in here.rows]
    finally:
        other.close()


def index(*children):
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX,
                       "manifests": list(children)}).encode()


def child(image, architecture="amd64", **more):
    return descriptor(MANIFEST, image.manifest, platform={
        "os": "linux", "architecture": architecture}, **more)


def add_index(registry, body, tag="1"):
    for reference in (tag, digest(body)):
        registry.manifests["lab/app", reference] = (INDEX, body)


def test_an_index_of_platforms(registry, fother, debian):
    """28: attestations are none, the same one twice is one."""
    arm = registry.add(Image(tar(OS | status("lab-arm")),
                             architecture="arm64"))
    note = Image(tar({"x": "y"}))
    registry.add(debian)
    attestation = descriptor(
        MANIFEST, note.manifest,
        platform={"os": "unknown", "architecture": "unknown"},
        annotations={"vnd.docker.reference.type": "attestation-manifest"})
    add_index(registry, index(attestation, child(arm, "arm64"),
                              child(debian), child(debian), attestation))
    name = f"docker://{name_of(registry)}"
    assert packages(fother("packages", "--platform", "linux/arm64", name)) \
        == ["lab-arm"]
    assert packages(fother("packages", "--platform", "linux/amd64", name)) \
        == ["lab-one", "lab-two"]
    assert not registry.seen(digest(note.manifest))
    result = fother("packages", "--platform", "linux/s390x", name)
    assert result.code in (1, 3) and "s390x" in result.err, result


def test_indexes_without_end(registry, fother, debian):
    """28"""
    registry.add(debian)
    body = index(child(debian))
    for i in range(8):
        add_index(registry, body, str(i))
        body = index(descriptor(INDEX, body))
    assert packages(fother("packages", "--platform", "linux/amd64",
                           f"docker://{name_of(registry, tag=':1')}"))
    result = fother("packages", "--platform", "linux/amd64",
                    f"docker://{name_of(registry, tag=':7')}")
    assert result.code in (1, 3) and "without end" in result.err, result
    # One that is not what it is named for cannot be made, only sent.
    lying = index(descriptor(INDEX, body))
    add_index(registry, lying, "8")
    registry.manifests["lab/app", digest(body)] = (INDEX, lying)
    result = fother("packages", f"docker://{name_of(registry, tag=':8')}")
    assert result.code in (1, 3) and digest(body) in result.err, result


def test_an_index_of_more_than_anybody_needs(registry, fother, debian):
    """28"""
    registry.add(debian)
    add_index(registry, index(*[child(debian, f"a{i}")
                                for i in range(10001)]))
    started = time.monotonic()
    result = fother("packages", f"docker://{name_of(registry)}")
    assert result.code in (1, 3), result
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("change, words", [
    (lambda it: it["layers"][0].update(urls=["http://127.0.0.1:9/x"],
                                       mediaType=LAYER.replace(
                                           "layer", "layer.nondistributable")),
     ""),
    (lambda it: it["layers"][0].update(size=5), "than the"),
    (lambda it: it["layers"].pop(), "layers"),
    (lambda it: it["config"].update(digest="sha512:" + "ab" * 64), "sha512"),
    (lambda it: it["config"].update(size=1 << 40), ""),
    (lambda it: it.update(mediaType=INDEX), "")])
def test_manifests_that_lie(registry, fother, debian, change, words):
    """26, 29: foreign layers, sizes, counts, digests, types."""
    registry.add(debian)
    manifest = json.loads(debian.manifest)
    change(manifest)
    body = json.dumps(manifest).encode()
    registry.manifests["lab/app", "1"] = (MANIFEST, body)
    result = fother("packages", f"docker://{name_of(registry)}")
    assert result.code in (1, 3) and words in result.err, result
    assert "lab-one" not in result.out


def test_a_layer_that_is_not_what_the_config_says(registry, fother, debian):
    """32"""
    debian.config = debian.config.replace(
        digest(tar(OS | status("lab-one")))[7:].encode(), b"0" * 64)
    manifest = json.loads(debian.manifest)
    manifest["config"] = descriptor(manifest["config"]["mediaType"],
                                    debian.config)
    debian.manifest = json.dumps(manifest).encode()
    debian.digest = digest(debian.manifest)
    debian.blobs[0] = debian.config
    registry.add(debian)
    result = fother("packages", f"docker://{name_of(registry)}")
    assert result.code in (1, 3), result
    assert "lab-one" not in result.out


def test_descriptors_with_data_are_fetched_all_the_same(
        registry, fother, debian):
    """29: what a descriptor brings along is not looked at."""
    registry.add(debian)
    manifest = json.loads(debian.manifest)
    manifest["config"]["data"] = base64.b64encode(b"{}").decode()
    body = json.dumps(manifest).encode()
    registry.manifests["lab/app", "1"] = (MANIFEST, body)
    assert packages(fother("packages", f"docker://{name_of(registry)}")) == \
        ["lab-one", "lab-two"]


def test_the_other_images_are_listed(registry, fother, debian):
    registry.add(debian)
    result = fother("packages", f"docker://{name_of(registry, tag=':gone')}",
                    f"docker://{name_of(registry)}")
    assert result.code == 3, result
    assert "gone" in result.err
    assert "lab-one" in result.out


def test_options_of_registries(registry, fother, client, debian):
    registry.add(debian)
    name = f"docker://{name_of(registry)}"
    assert fother("packages", "--tls-verify", "maybe", name).code == 2
    result = fother("packages", "--tls-verify=true", name)
    assert result.code in (1, 3) and not registry.asked, result
    assert packages(fother("packages", "--tls-verify=false", name))
    want_password(registry)
    result = fother("packages", "--verbose", name)
    assert result.code in (1, 3) and "no credentials" in result.err, result
    named = client.log_in(registry.host, path="named.json")
    result = fother("packages", "--verbose", "--authfile", named, name)
    assert packages(result)
    client.printed += result.out + result.err
