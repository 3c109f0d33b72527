# SPDX-License-Identifier: Apache-2.0
"""Every way that a layer may come in says the same."""

import pytest

from lab import layout
from lab.lair import Lair
from lab.layout import (Layer, debian, entry, gzipped, members, plain_layer,
                        zstd_layer)


@pytest.fixture
def lair(tmp_path, fother):
    return Lair(tmp_path, fother)


def streams(entries):
    """(name, layer): the same ENTRIES in each way that layers come in."""
    tar = layout.tar(entries)
    third = len(tar) // 3
    yield "plain", plain_layer(tar)
    yield "gzip", Layer(tar)
    yield "gzip of several members", Layer(tar, members(
        [tar[:third], b"", tar[third:2 * third], tar[2 * third:]]))
    yield "gzip with padding", Layer(tar, gzipped(tar) + bytes(1000))
    yield "zstd", zstd_layer(tar)
    yield "zstd of several frames", zstd_layer(
        tar, layout.zstandard(tar[:third]) + layout.zstandard(tar[third:]))
    plain, blob = layout.estargz(entries)
    yield "estargz", Layer(plain, blob)
    plain, blob = layout.zstd_chunked(entries)
    yield "zstd:chunked", zstd_layer(plain, blob)


def test_every_stream_says_the_same(lair):
    entries = debian("good", "more")
    for name, layer in streams(entries):
        image = lair.bad(layer)
        result = lair.reads(image, "good", "more")
        assert {row[6] for row in result.rows} == {"1", "2"}, name
        lair.layout.manifests.pop()


def test_all_streams_in_one_image(lair):
    names, layers = ["good"], []
    for number, (_, layer) in enumerate(list(streams({}))):
        names.append(f"more{number}")
        layers.append(list(streams(debian(*names)))[number][1])
    result = lair.reads(lair.bad(*layers), *names)
    assert {row[1]: row[6] for row in result.rows} == {
        name: str(number + 1) for number, name in enumerate(names)}


def test_one_diff_id_of_two_blobs_is_one_layer(lair):
    tar = layout.tar(debian("good", "more"))
    one = lair.reads(lair.bad(Layer(tar)), "good", "more")
    lair.layout.manifests.pop()
    two = lair.reads(lair.bad(zstd_layer(tar)), "good", "more")
    assert one.out == two.out


def test_the_media_type_of_another_stream(lair):
    """It is the bytes that say, as engines do."""
    tar = layout.tar(debian("good", "more"))
    layer = Layer(tar, layout.zstandard(tar))
    lair.reads(lair.bad(layer), "good", "more")


def test_a_hundred_thousand_files(lair):
    """As a large image has them."""
    parts = [b"".join(entry(f"srv/{at // 1000}/{number}")
                      for number in range(at, at + 1000))
             for at in range(0, 100000, 1000)]
    parts.append(layout.tar(debian("good", "more")))
    tar = b"".join(parts)
    lair.reads(lair.bad(Layer(tar, members(parts, 1))), "good", "more")
