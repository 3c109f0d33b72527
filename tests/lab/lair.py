# SPDX-License-Identifier: Apache-2.0
"""Where bad images live, beside a good one, and how fother must take them."""

import re

from lab import layout, watch
from lab.layout import Layer, Layout, debian, digest_of

# An image that is refused costs no more than one that is read.
PATIENCE_SEC = 60
MEMORY_KIB = 256 << 10


def files_of(folder):
    return sorted(str(path.relative_to(folder))
                  for path in folder.rglob("*") if path.is_file())


class Lair:
    """A layout with a good image, and bad ones that stand on the same first
    layer."""

    def __init__(self, folder, fother):
        self.fother = fother
        self.layout = Layout(folder / "lair")
        self.base = Layer(layout.tar(debian("good")))
        self.good = self.layout.image([self.base], "good")
        self.listed = fother("packages", self.good)
        assert self.listed.code == 0, self.listed
        self.cached = files_of(fother.cache)

    def bad(self, *layers, **fields):
        return self.layout.image([self.base, *layers], "bad", **fields)

    def run(self, image, timeout=PATIENCE_SEC):
        """fother packages IMAGE GOOD, watched; (result, its memory)."""
        process = self.fother.start("packages", image, self.good)
        seen = watch.Memory(process)
        try:
            return self.fother.finish(process, timeout), seen
        finally:
            seen.stop()

    def judge(self, image, result, reason, where, keeps=False):
        """One error that says what, where and why; the other image is told
        in full; nothing of the bad one is kept, unless its layers are fine
        each by itself."""
        assert result.code == 3, result
        said = result.err.splitlines()
        assert len(said) == 1, result
        assert image in said[0], result
        if where:
            assert re.search(where, said[0]), result
        assert re.search(reason, said[0], re.IGNORECASE), result
        rows = [row for row in result.rows if row[-1] == image]
        assert [row[1] for row in rows] == ["?"], result
        assert "".join(line + "\n" for line in result.out.splitlines()
                       if not line.endswith(f"\t{image}")) == \
            self.listed.out, result
        assert not self.fother.left_running(), result
        assert keeps or files_of(self.fother.cache) == self.cached

    def refuses(self, layer, reason, number=2, **fields):
        """The image with LAYER on top is refused, for REASON."""
        image = self.bad(layer, **fields)
        digest = layer.digest or digest_of(layer.blob)
        where = rf"layer {number}\b|{digest[7:19]}"
        self.refuses_image(image, reason, where)

    def refuses_image(self, image, reason, where=None, keeps=False):
        result, seen = self.run(image)
        self.judge(image, result, reason, where, keeps)
        assert seen.peak_kib < MEMORY_KIB, f"{seen.peak_kib} KiB"

    def reads(self, image, *names):
        result = self.fother("packages", image)
        assert result.code == 0, result
        assert [row[1] for row in result.rows] == sorted(names), result
        return result
