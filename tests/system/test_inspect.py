# SPDX-License-Identifier: Apache-2.0
"""fother inspect: what an image is, how old, and until when supported."""

import json

from lab import images, layout
from lab.layout import Layer, Layout

BASE = {"org.opencontainers.image.base.name": "docker.io/library/debian:12",
        "org.opencontainers.image.base.digest": "sha256:" + "a" * 64}


def made(tmp_path, **config):
    return Layout(tmp_path / "image").image(
        [Layer(layout.tar(layout.debian("a", release="12"))),
         Layer(layout.tar({"etc/more": "x"}))],
        config={"created": "2026-10-01T12:00:00+02:00"} | config,
        annotations=BASE)


def facts(result, image):
    """{key: [values]} of one image."""
    found = {}
    for key, value, name in result.rows:
        if name == image:
            found.setdefault(key, []).append(value)
    return found


def test_an_image_is_told_of(fother, tmp_path):
    image = made(tmp_path)
    result = fother("inspect", image, "--now", "2026-11-25")
    assert result.code == 0, result
    index = json.loads((tmp_path / "image" / "index.json").read_text())
    digest = index["manifests"][0]["digest"]
    blobs = tmp_path / "image" / "blobs" / "sha256"
    manifest = json.loads((blobs / digest[7:]).read_text())
    told = facts(result, image)
    assert told["digest"] == [digest]
    assert told["id"] == [manifest["config"]["digest"]]
    assert told["platform"] == ["linux/amd64"]
    assert told["created"] == ["2026-10-01T10:00:00Z"]
    assert told["age_days"] == ["54"]
    assert told["base_name"] == ["docker.io/library/debian:12"]
    assert told["base_digest"] == ["sha256:" + "a" * 64]
    assert told["trust"] == ["verified"]
    assert told["os_id"] == ["debian"]
    sizes = [layer["size"] for layer in manifest["layers"]]
    assert told["size_bytes"] == [str(sum(sizes))]
    assert [row.split()[::2] for row in told["layer"]] == \
        [["1", str(sizes[0])], ["2", str(sizes[1])]]
    lines = result.out.splitlines()
    assert lines == sorted(lines)


def test_support_goes_by_the_date(fother, tmp_path):
    """As Debian's own data has it; one table is made of it."""
    image = made(tmp_path)
    phases = {}
    for now in ("2024-01-01", "2027-01-01", "2031-01-01", "2040-01-01"):
        told = facts(fother("inspect", image, "--now", now), image)
        phases[now] = told["support"]
        assert told["support_lts"] == ["2028-06-30"]
        assert told["support_data"][0] > "2026"
    assert list(phases.values()) == [["standard"], ["lts"], ["extended"],
                                     ["ended"]]


def test_json_has_objects_of_its_own_types(fother, tmp_path):
    image = made(tmp_path)
    result = fother("inspect", image, "--output", "json",
                    "--now", "2026-11-25")
    assert result.code == 0, result
    told = json.loads(result.out)
    assert told["schema"] == "fother.inspect/1"
    assert told["errors"] == []
    item, = told["items"]
    assert item["image"] == image
    assert item["age_days"] == 54
    assert [layer["number"] for layer in item["layers"]] == [1, 2]


def test_a_table_has_a_block_an_image(fother, tmp_path):
    image = made(tmp_path)
    result = fother("inspect", image, image, "--output", "table")
    assert result.code == 0, result
    first, second = result.out.split("\n\n")
    assert first.splitlines() == second.splitlines()
    assert first.startswith("image ")
    assert "support standard" in first


def test_what_is_not_there_is_unknown_and_the_rest_is_told(fother, tmp_path):
    image = made(tmp_path)
    gone = f"oci:{tmp_path}/gone"
    result = fother("inspect", gone, image)
    assert result.code == 3, result
    assert facts(result, gone) == {"?": ["-"]}
    assert facts(result, image)["os_id"] == ["debian"]
    assert gone in result.err


def test_an_image_whose_layers_are_broken_is_told_of(fother, tmp_path):
    image = Layout(tmp_path / "image").image(
        [Layer(b"no tar", diff_id=layout.digest_of(b"no tar"))])
    result = fother("inspect", image)
    assert result.code == 3, result
    told = facts(result, image)
    assert told["platform"] == ["linux/amd64"]
    assert told["os"] == ["?"]


def test_an_engines_image_is_dated_as_the_engine_dates_it(engine, fother):
    name = images.small(engine)
    image = f"docker-daemon:{name}"
    told = facts(fother("inspect", image), image)
    known = engine.inspect(name, "image")
    assert told["id"] == [known["Id"]]
    assert told["created"][0][:19] == known["Created"][:19]
    assert told["platform"] == [f"linux/{known['Architecture']}"]


def test_a_name_is_no_terminal_command(fother, tmp_path):
    """What images say is escaped, here and everywhere."""
    image = Layout(tmp_path / "image").image(
        [Layer(layout.tar(layout.debian("a")))], annotations={
            "org.opencontainers.image.base.name": "x\x1b[2Jy"})
    result = fother("inspect", image, "--output", "table")
    assert "\x1b" not in result.out + result.err
