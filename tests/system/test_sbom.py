# SPDX-License-Identifier: Apache-2.0
"""fother sbom: valid against the published schemas, and always the same."""

import json
import shutil

import pytest

from lab import SOURCE, layout, mirror, validators
from lab.layout import Layer, Layout

FORMATS = {"cyclonedx": validators.CYCLONEDX, "spdx": validators.SPDX}
CREATED = "2026-10-01T12:30:00.123456789Z"


@pytest.fixture
def image(tmp_path):
    """Two layers: a small Debian's packages, and two more of them."""
    first = layout.debian(
        layout.deb("libc6", "2.36-9+deb12u13", "amd64", Source="glibc"),
        layout.deb("dpkg", "1.21.22", "amd64", Pre_Depends="libc6"))
    second = {"var/lib/dpkg/status": first["var/lib/dpkg/status"] +
              layout.deb("openssl", "3.0.17-1", "amd64",
                         Depends="libc6 (>= 2.34), libgone | dpkg",
                         Maintainer="Team \\ \"quoted\" <a@b.example>") +
              layout.deb("libstdc++6", "1:12.2.0-14~x", "amd64",
                         Source="gcc-12 (12.2.0-14)")}
    return Layout(tmp_path / "image").image(
        [Layer(layout.tar(first)), Layer(layout.tar(second))], "1.0",
        config={"created": CREATED}, annotations={
            "org.opencontainers.image.base.name": "docker.io/library/x:1",
            "org.opencontainers.image.base.digest": "sha256:" + "a" * 64})


def document(fother, image, form, *options):
    result = fother("sbom", "--format", form, image, *options)
    assert result.code == 0, result
    assert not result.err, result
    assert result.out.count("\n") == 1
    return result.out


def checked(text, form, tmp_path):
    file = tmp_path / f"{form}.json"
    file.write_text(text)
    assert validators.complaints(FORMATS[form], file) == []
    return json.loads(text)


@pytest.mark.parametrize("form", FORMATS)
def test_a_real_debian_is_valid(form, fother, tmp_path):
    data = mirror.base().read_bytes()
    name = Layout(tmp_path / "image").image([layout.plain_layer(data)])
    told = checked(document(fother, name, form), form, tmp_path)
    listed = fother("packages", name).rows
    assert len(listed) > 80
    packages = told["packages" if form == "spdx" else "components"]
    assert {one["name"] for one in packages} >= {row[1] for row in listed}
    extra = 2 if form == "spdx" else 1  # the image, the system
    assert len(packages) == len(listed) + extra


def test_cyclonedx_tells_what_is_known(fother, image, tmp_path):
    told = checked(document(fother, image, "cyclonedx"), "cyclonedx",
                   tmp_path)
    # It is what is written without --format, too.
    assert json.loads(fother("sbom", image).out) == told
    meta = told["metadata"]
    assert meta["timestamp"] == "2026-10-01T12:30:00Z"
    assert meta["component"]["name"] == "image:1.0"
    facts = meta["component"]["properties"]
    assert {"name": "fother:image:base.name",
            "value": "docker.io/library/x:1"} in facts
    assert len([one for one in facts
                if one["name"] == "fother:image:layer.diffID"]) == 2
    by_name = {one["name"]: one for one in told["components"]}
    assert by_name["debian"]["type"] == "operating-system"
    assert by_name["openssl"]["purl"] == \
        "pkg:deb/debian/openssl@3.0.17-1?arch=amd64&distro=debian-12"
    assert by_name["libstdc++6"]["purl"] == (
        "pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14~x?arch=amd64"
        "&distro=debian-12&upstream=gcc-12%4012.2.0-14")
    layers = {name: [one["value"] for one in by_name[name]["properties"]
                     if one["name"] == "fother:package:layer"]
              for name in ("libc6", "openssl")}
    assert layers == {"libc6": ["1"], "openssl": ["2"]}
    needs = {one["ref"]: one["dependsOn"] for one in told["dependencies"]}
    ref = {name: one["bom-ref"] for name, one in by_name.items()}
    assert sorted(needs[ref["openssl"]]) == sorted(
        [ref["dpkg"], ref["libc6"]])
    assert needs[ref["dpkg"]] == [ref["libc6"]]
    assert needs[ref["libc6"]] == []


def test_spdx_tells_what_is_known(fother, image, tmp_path):
    told = checked(document(fother, image, "spdx"), "spdx", tmp_path)
    assert told["creationInfo"]["created"] == "2026-10-01T12:30:00Z"
    by_name = {one["name"]: one for one in told["packages"]}
    assert by_name["openssl"]["externalRefs"][0]["referenceLocator"] == \
        "pkg:deb/debian/openssl@3.0.17-1?arch=amd64&distro=debian-12"
    related = {(one["spdxElementId"], one["relationshipType"],
                one["relatedSpdxElement"]) for one in told["relationships"]}
    ids = {name: one["SPDXID"] for name, one in by_name.items()}
    assert ("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Image") in related
    assert ("SPDXRef-Image", "CONTAINS", ids["openssl"]) in related
    assert (ids["openssl"], "DEPENDS_ON", ids["libc6"]) in related


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_image_is_the_same_bytes(form, fother, image, tmp_path):
    """Whatever the clock, the cache, the directory and the time zone say."""
    first = document(fother, image, form)
    assert document(fother, image, form, "--now", "2031-01-01") == first
    shutil.rmtree(fother.cache)
    fother.env["TZ"] = "Pacific/Kiritimati"
    fother.env["LC_ALL"] = "tr_TR.UTF-8"
    shutil.copytree(tmp_path / "image", tmp_path / "elsewhere" / "image")
    assert document(fother, f"oci:{tmp_path}/elsewhere/image:1.0",
                    form) == first


def test_another_image_has_another_serial_number(fother, image, tmp_path):
    first = json.loads(document(fother, image, "cyclonedx"))
    other = Layout(tmp_path / "image2").image(
        [Layer(layout.tar(layout.debian("a", "b")))])
    second = json.loads(document(fother, other, "cyclonedx"))
    assert first["serialNumber"] != second["serialNumber"]


@pytest.mark.parametrize("form", FORMATS)
def test_an_image_without_a_date_is_valid_too(form, fother, tmp_path):
    name = Layout(tmp_path / "image").image(
        [Layer(mirror.small().read_bytes())])
    checked(document(fother, name, form), form, tmp_path)


@pytest.mark.parametrize("form", FORMATS)
def test_an_alpine_is_valid(form, fother, tmp_path):
    recorded = SOURCE / "tests" / "system" / "recorded" / "apk" / "first"
    name = Layout(tmp_path / "image").image([Layer(layout.tar({
        "lib/apk/db/installed": (recorded / "installed").read_bytes(),
        "etc/os-release": (recorded / "os-release").read_bytes()}))])
    text = document(fother, name, form)
    checked(text, form, tmp_path)
    for kind, package, version, arch, *_ in fother("packages", name).rows:
        assert kind == "apk"
        assert f"pkg:apk/alpine/{package}@{version}?arch={arch}" \
               f"&distro=alpine-" in text.replace("%2B", "+")


@pytest.mark.parametrize("form", FORMATS)
def test_a_root_file_system_is_valid(form, fother, tmp_path):
    root = tmp_path / "root"
    for path, content in layout.debian("a", "b").items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    told = checked(document(fother, f"rootfs:{root}", form), form, tmp_path)
    assert str(tmp_path) not in json.dumps(told)


def test_what_cannot_be_read_has_no_document(fother, tmp_path):
    broken = Layout(tmp_path / "image").image(
        [Layer(b"not a tar", diff_id=layout.digest_of(b"not a tar"))])
    result = fother("sbom", broken)
    assert result.code == 3, result
    assert result.out == ""
    assert broken in result.err


def test_another_format_is_wrong_usage(fother, image):
    result = fother("sbom", "--format", "swid", image)
    assert result.code == 2, result
    assert "cyclonedx|spdx" in result.err
