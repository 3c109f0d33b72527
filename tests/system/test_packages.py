# SPDX-License-Identifier: Apache-2.0
"""fother packages: what is in an image, as its own dpkg would tell."""

import json

from lab import images, oracle


def listed(result):
    return {(name, version, arch, source, source_version)
            for _, name, version, arch, source, source_version, _, _
            in result.rows}


def test_they_equal_dpkg_query_of_a_real_debian(engine, fother):
    image = images.nginx(engine)
    result = fother("packages", f"docker-daemon:{image}")
    assert result.code == 0, result
    assert listed(result) == oracle.packages(engine, image)
    assert {row[0] for row in result.rows} == {"deb"}


def test_each_names_the_layer_that_brought_it(site, engine, fother):
    result = fother("packages", f"docker-daemon:{site.IMAGE}")
    assert result.code == 0, result
    assert listed(result) == oracle.packages(engine, site.IMAGE)
    brought = {row[1]: row[6] for row in result.rows}
    assert brought["lab-web"] == "2"
    assert brought["dpkg"] == "1"


def test_records_are_sorted_and_end_with_the_image(site, fother):
    result = fother("packages", f"docker-daemon:{site.IMAGE}")
    assert result.code == 0, result
    lines = result.out.splitlines()
    assert lines
    assert [line.encode() for line in lines] == \
        sorted(line.encode() for line in lines)
    assert all(site.IMAGE in row[-1] for row in result.rows)


def test_a_package_that_was_removed_is_not_there(site, engine, fother):
    image = site.image("lab/removed:1", script="dpkg -r lab-lib")
    result = fother("packages", f"docker-daemon:{image}")
    assert result.code == 0, result
    assert listed(result) == oracle.packages(engine, image)
    assert "lab-lib" not in {row[1] for row in result.rows}


def test_json_has_its_schema(site, fother):
    result = fother("packages", "--output", "json",
                    f"docker-daemon:{site.IMAGE}")
    assert result.code == 0, result
    answer = json.loads(result.out)
    assert answer["schema"] == "fother.packages/1"
    assert answer["errors"] == []


def test_json_has_the_diff_id_of_each_layer(site, engine, fother):
    layers = engine.inspect(site.IMAGE, "image")["RootFS"]["Layers"]
    result = fother("packages", "--output", "json",
                    f"docker-daemon:{site.IMAGE}")
    items = json.loads(result.out)["items"]
    assert {(one["layer"], one["diff_id"]) for one in items} == \
        {("1", layers[0]), ("2", layers[1])}
    result = fother("packages", "--output", "json", "host")
    assert {(one["layer"], one["diff_id"])
            for one in json.loads(result.out)["items"]} == {(None, None)}


def test_nothing_is_asked_of_the_engine_but_the_bytes(site, fother, proxy):
    result = fother("packages", f"docker-daemon:{site.IMAGE}", host=proxy.url)
    assert result.code == 0, result
    assert proxy.requests
    assert not proxy.counted, "only GET"


def test_the_beginning_of_an_id_is_enough(site, engine, fother):
    short = engine.inspect(site.IMAGE, "image")["Id"][7:19]
    named = fother("packages", f"docker-daemon:{site.IMAGE}")
    result = fother("packages", f"docker-daemon:{short}")
    assert result.code == 0, result
    assert [row[:-1] for row in result.rows] == \
        [row[:-1] for row in named.rows]


def test_an_image_that_is_not_there_is_an_error(fother):
    result = fother("packages", "docker-daemon:lab/nowhere:1")
    assert result.code in (1, 3), result
    assert "lab/nowhere" in result.err


def test_an_engine_that_is_not_there_is_an_error(fother):
    result = fother("packages", "docker-daemon:lab/site:1",
                    host="unix:///nowhere/sock")
    assert result.code in (1, 3), result
    assert result.err.strip()


def test_no_image_at_all_is_wrong_usage(fother):
    assert fother("packages").code == 2
    assert fother("packages", "--no-such-option", "x").code == 2
    assert fother("no-such-command").code == 2
