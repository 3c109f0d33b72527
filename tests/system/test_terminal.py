# SPDX-License-Identifier: Apache-2.0
"""What is different at a terminal: tables, their width, and progress."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
import time

import pytest

from lab import layout
from lab.layout import Layout
from lab.program import slow_read
from lab.puller import noise
from lab.registry import Image, Reply, digest

PROGRESS = "reading layers"


class Screen:
    """A pseudo terminal, and all that is written to it."""

    def __init__(self, columns=100):
        self.far, self.near = pty.openpty()
        fcntl.ioctl(self.near, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, columns, 0, 0))
        self.data = b""
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        try:
            while part := os.read(self.far, 65536):
                self.data += part
        except OSError:
            pass  # the other end was closed

    def text(self):
        """All of it, once nobody writes any more."""
        os.close(self.near)
        self.reader.join(20)
        os.close(self.far)
        return self.data.decode()


def run(fother, screen, *args, on="err", env=None):
    """(exit status, what was not written to the screen)"""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    pipes["stdout" if on == "out" else "stderr"] = screen.near
    if on == "both":
        pipes = {"stdout": screen.near, "stderr": screen.near}
    process = subprocess.Popen(
        fother.command(*args), stdin=subprocess.DEVNULL, text=True,
        env=fother.env | {"TERM": "xterm"} | (env or {}), **pipes)
    out, err = process.communicate(timeout=120)
    return process.returncode, (out or "") + (err or "")


@pytest.fixture
def image(tmp_path):
    return Layout(tmp_path / "image").image(
        [layout.plain_layer(layout.tar(layout.debian("a", "b")))])


def throttled(folder):
    """(an image of 4 MB, an environment in which to read it takes 2 s)"""
    files = layout.debian("a") | {"srv/file": bytes(4 << 20)}
    image = Layout(folder / "image").image(
        [layout.plain_layer(layout.tar(files))])
    return image, slow_read(30)


def test_a_table_is_for_terminals(fother, image):
    screen = Screen()
    code, _ = run(fother, screen, "packages", image, on="out")
    assert code == 0
    lines = screen.text().replace("\r", "").splitlines()
    assert lines[0].startswith("\x1b[1mTYPE ")
    assert lines[0].endswith("IMAGE\x1b[0m")
    assert lines[1].split()[:3] == ["deb", "a", "1"]
    # And tsv is for all else.
    assert fother("packages", image).rows[0][:3] == ["deb", "a", "1"]


def test_no_color_is_honoured(fother, image):
    screen = Screen()
    run(fother, screen, "packages", image, on="out", env={"NO_COLOR": "1"})
    assert "\x1b" not in screen.text()


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_a_table_is_no_wider_than_the_terminal(fother, image, columns):
    screen = Screen(columns)
    run(fother, screen, "packages", image, on="out", env={"NO_COLOR": "1"})
    lines = screen.text().replace("\r", "").splitlines()
    # Seven short columns cannot be narrower than their titles.
    least = len("TYPE      NAME      VERSION   ARCH      SOURCE    "
                "SOURCE_VERSION  LAYER     ") + len("IMAGE") + 8
    assert max(map(len, lines)) <= max(columns, least)
    if columns < 200:
        assert any(line.endswith("…") for line in lines[1:])


def test_a_table_that_is_asked_for_elsewhere_is_whole(fother, image):
    result = fother("packages", image, "--output", "table")
    assert image in result.out
    assert "\x1b" not in result.out


def test_progress_is_shown_and_taken_away(fother, tmp_path):
    image, env = throttled(tmp_path)
    screen = Screen()
    code, out = run(fother, screen, "packages", image, env=env)
    assert code == 0
    assert out.startswith("deb\t")
    shown = screen.text()
    assert PROGRESS in shown
    assert " MB/s" in shown and " MB of " in shown
    # What is left on the line is nothing.
    assert shown.endswith("\r\x1b[K")
    assert max(len(line) for line in
               shown.replace("\x1b[K", "").split("\r")) < 100


@pytest.mark.parametrize("how", ["quiet", "no-color", "dumb", "pipe"])
def test_progress_is_not_where_it_is_not_wanted(how, fother, tmp_path):
    image, env = throttled(tmp_path)
    args = ["packages", image] + (["--quiet"] if how == "quiet" else [])
    env |= {"no-color": {"NO_COLOR": "1"}, "dumb": {"TERM": "dumb"}}.get(
        how, {})
    if how == "pipe":
        result = fother(*args, env=env)
        assert result.code == 0, result
        assert result.err == ""
        return
    screen = Screen()
    code, _ = run(fother, screen, *args, env=env)
    assert code == 0
    assert screen.text() == ""


def test_a_quick_answer_has_no_progress(fother, image):
    screen = Screen()
    code, _ = run(fother, screen, "packages", image)
    assert code == 0
    assert screen.text() == ""


def test_a_download_says_how_much_is_to_come(fother, registry):
    image = registry.add(Image(layout.tar(
        layout.debian("a") | {"srv/file": noise(4_000_000)})))
    data = image.layers[0]

    def slowly(handler):
        for i in range(0, len(data), 200_000):
            handler.wfile.write(data[i:i + 200_000])
            time.sleep(0.12)
    registry.once(digest(data), Reply(200, slowly, length=len(data)))
    screen = Screen()
    code, out = run(fother, screen, "packages",
                    f"docker://{registry.host}/lab/app:1")
    assert code == 0 and out.startswith("deb\ta\t")
    shown = screen.text()
    assert " MB of 4.0 MB" in shown and shown.endswith("\r\x1b[K")
