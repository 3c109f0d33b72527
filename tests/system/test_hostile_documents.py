# SPDX-License-Identifier: Apache-2.0
"""Manifests, indexes and configs that lie, or only look as if they did."""

import json

import pytest

from lab.lair import Lair
from lab.layout import OCI, digest_of

MIB = 1 << 20


@pytest.fixture
def lair(tmp_path, fother):
    return Lair(tmp_path, fother)


def manifest_of(lair, **fields):
    """A good manifest with other FIELDS; None leaves one out."""
    base = lair.base
    document = {
        "schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json",
        "config": lair.layout.store(json.dumps({
            "architecture": "amd64", "os": "linux", "config": {},
            "rootfs": {"type": "layers", "diff_ids": [base.diff_id]},
        }).encode(), f"{OCI}.config.v1+json"),
        "layers": [lair.layout.store(base.blob, base.media)], **fields}
    return {key: value for key, value in document.items()
            if value is not None}


def bad_document(lair, text, media=f"{OCI}.manifest.v1+json"):
    if isinstance(text, dict):
        text = json.dumps(text)
    if isinstance(text, str):
        text = text.encode()
    lair.layout.add(lair.layout.store(text, media), "bad")
    return f"oci:{lair.layout.folder}:bad"


def test_a_manifest_without_its_media_type(lair):
    lair.reads(bad_document(lair, manifest_of(lair, mediaType=None)), "good")


def test_dockers_media_types(lair):
    docker = "application/vnd.docker"
    base = lair.base
    image = bad_document(lair, manifest_of(
        lair, mediaType=f"{docker}.distribution.manifest.v2+json",
        config=manifest_of(lair)["config"] | {
            "mediaType": f"{docker}.container.image.v1+json"},
        layers=[lair.layout.store(
            base.blob, f"{docker}.image.rootfs.diff.tar.gzip")]),
        f"{docker}.distribution.manifest.v2+json")
    lair.reads(image, "good")


def test_a_manifest_and_an_index_at_once(lair):
    """CVE-2021-41190."""
    lair.refuses_image(bad_document(lair, manifest_of(lair, manifests=[])),
                       "manifest")


def test_a_manifest_that_says_it_is_an_index(lair):
    lair.refuses_image(bad_document(lair, manifest_of(
        lair, mediaType=f"{OCI}.index.v1+json")), "index")


def test_schema_1(lair):
    lair.refuses_image(bad_document(lair, {
        "schemaVersion": 1, "name": "x", "tag": "1", "fsLayers": []},
        "application/vnd.docker.distribution.manifest.v1+prettyjws"),
        "schema 1")


def index_of(manifests):
    return {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json",
            "manifests": manifests}


def nested(lair, depth):
    child = lair.layout.store(
        json.dumps(manifest_of(lair)).encode(), f"{OCI}.manifest.v1+json")
    for _ in range(depth):
        child = lair.layout.store(json.dumps(index_of([child])).encode(),
                                  f"{OCI}.index.v1+json")
    lair.layout.add(child, "bad")
    return f"oci:{lair.layout.folder}:bad"


def test_an_index_in_an_index(lair):
    lair.reads(nested(lair, 1), "good")


def test_indexes_without_end(lair):
    lair.refuses_image(nested(lair, 50), "index|nest")


def test_an_index_of_too_many(lair):
    child = {"mediaType": f"{OCI}.manifest.v1+json",
             "digest": digest_of(b"x"), "size": 1,
             "platform": {"architecture": "amd64", "os": "linux"}}
    lair.refuses_image(bad_document(
        lair, index_of([child] * 100000), f"{OCI}.index.v1+json"),
        "more than|over|larger")


def test_attestations_are_no_platform(lair):
    """What BuildKit writes beside each image."""
    good = lair.layout.store(
        json.dumps(manifest_of(lair)).encode(), f"{OCI}.manifest.v1+json")
    other = lair.layout.store(b"{}", f"{OCI}.manifest.v1+json")
    image = bad_document(lair, index_of([
        other | {"platform": {"architecture": "unknown", "os": "unknown"},
                 "annotations": {"vnd.docker.reference.type":
                                 "attestation-manifest"}},
        good | {"platform": {"architecture": "amd64", "os": "linux"}},
        other | {"platform": {"architecture": "s390x", "os": "linux"}}]),
        f"{OCI}.index.v1+json")
    lair.reads(image, "good")


def test_a_manifest_that_is_not_its_digest(lair):
    descriptor = lair.layout.store(
        json.dumps(manifest_of(lair)).encode(), f"{OCI}.manifest.v1+json",
        digest_of(b"another"))
    lair.layout.add(descriptor, "bad")
    lair.refuses_image(f"oci:{lair.layout.folder}:bad", "digest")


def test_a_config_that_is_not_its_digest(lair):
    config = lair.layout.store(b'{"os":"linux"}', f"{OCI}.config.v1+json",
                               digest_of(b"another"))
    lair.refuses_image(bad_document(lair, manifest_of(lair, config=config)),
                       "digest")


def test_more_layers_than_the_config_has(lair):
    layers = manifest_of(lair)["layers"]
    lair.refuses_image(bad_document(lair, manifest_of(
        lair, layers=layers * 2)), "layers")


def test_a_manifest_of_four_megabytes(lair):
    """As large as registries take; then come 64."""
    padding = {"org.example.padding": "x" * (4 * MIB - 65536)}
    lair.reads(bad_document(lair, manifest_of(lair, annotations=padding)),
               "good")


def test_a_manifest_of_64_megabytes(lair):
    padding = {"org.example.padding": "x" * (64 * MIB)}
    lair.refuses_image(bad_document(lair, manifest_of(
        lair, annotations=padding)), "over|larger|more than")


@pytest.mark.parametrize("change", [
    ('"layers"', '"layers":[],"layers"'),
    ('{"schemaVersion"', '{"a":' + "[" * 5000 + "]" * 5000 +
     ',"schemaVersion"'),
    ('"size": ', '"size": 18446744073709551616'),
    ('"size": ', '"size": -'),
    ('"size": ', '"size": 1e'),
    ('.tar+gzip"', '.tar+gzip\\u0000"'),
    ('.tar+gzip"', '.tar+gzip\udcff"'),
    ('{"schemaVersion"', '\x00{"schemaVersion"'),
    ('"schemaVersion": 2', '"schemaVersion": "2"'),
], ids=["a key twice", "nesting", "overflow", "negative", "a float",
        "a NUL in text", "no UTF-8", "a NUL before", "a number as text"])
def test_json_that_lies(lair, change):
    text = json.dumps(manifest_of(lair))
    assert change[0] in text
    evil = text.replace(*change, 1).encode(errors="surrogateescape")
    lair.refuses_image(bad_document(lair, evil), ".")
