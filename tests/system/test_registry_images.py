# SPDX-License-Identifier: Apache-2.0
"""fother packages, of images in registries.
The numbers are those of the list of what clients get wrong: "13, 14" at
the head of a test says which of it is tried there."""

import base64
import json
import time

import pytest

from lab import images, mirror
from lab.program import Program
from lab.puller import SECRET, name_of, want_password
from lab.registry import INDEX, LAYER, MANIFEST, Image, descriptor, digest


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


ETC = """
    mkdir {home}/upper {home}/work
    layers=lowerdir=/etc,upperdir={home}/upper,workdir={home}/work
    mount -t overlay -o $layers overlay /etc
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
