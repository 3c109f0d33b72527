# SPDX-License-Identifier: Apache-2.0
"""help, version, and what make promises."""

import subprocess

import pytest

from lab import FOTHER, SOURCE, layout
from lab.layout import Layer, Layout

COMMANDS = ("packages", "updates", "patch", "status", "plan", "apply",
            "rollback", "history", "version", "help", "sbom", "inspect",
            "completion")


def test_help_lists_every_command(fother):
    result = fother("help")
    assert result.code == 0, result
    for command in COMMANDS:
        assert command in result.out


def test_help_of_each_command(fother):
    for command in COMMANDS:
        result = fother("help", command)
        assert result.code == 0, result
        assert command in result.out


def test_the_version_is_the_projects(fother):
    result = fother("version")
    assert result.code == 0, result
    assert "0.1.0" in result.out


def test_an_unknown_command_is_wrong_usage(fother):
    result = fother("frobnicate")
    assert result.code == 2
    assert "frobnicate" in result.err


def test_options_of_every_command_may_come_first(fother):
    result = fother("--offline", "--now", "2026-11-22", "version")
    assert result.code == 0, result
    assert "0.1.0" in result.out
    result = fother("--offline", "--now", "yesterday", "status")
    assert result.code == 2
    assert "--now" in result.err
    result = fother("--frobnicate", "version")
    assert result.code == 2
    assert "no option --frobnicate" in result.err


def test_without_a_command_it_is_wrong_usage(fother):
    done = subprocess.run([FOTHER], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert not done.stdout
    assert "usage: fother" in done.stderr


@pytest.mark.parametrize("words", [
    ["version"], ["--version"], ["help"], ["--help"], ["help", "sbom"],
    ["sbom", "--help"], ["help", "--json"], ["completion", "bash"],
    ["completion", "zsh"], ["packages"], ["sbom"], ["inspect"]])
def test_an_answer_that_could_not_be_written_is_no_success(words, tmp_path):
    if words[0] in ("packages", "sbom", "inspect") and len(words) == 1:
        words = [*words, Layout(tmp_path / "image").image(
            [Layer(layout.tar(layout.debian("a")))])]
    with open("/dev/full", "w") as full:
        done = subprocess.run([FOTHER, *words], stdout=full,
                              stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1, done
    assert "No space left" in done.stderr


def installed(tmp_path):
    return {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")
            if path.is_file()}


def test_make_install_honours_destdir_and_prefix(tmp_path):
    subprocess.run(["make", "-s", "-C", SOURCE, "install",
                    f"DESTDIR={tmp_path}", "PREFIX=/usr"],
                   check=True, stdout=subprocess.DEVNULL)
    pages = {f"usr/share/man/man1/{path.name.removesuffix('.scd')}"
             for path in (SOURCE / "doc").glob("*.1.scd")}
    assert len(pages) >= 4
    assert installed(tmp_path) == pages | {
        "usr/bin/fother", "usr/libexec/fother/fother-worker",
        "usr/share/bash-completion/completions/fother",
        "usr/share/zsh/site-functions/_fother"}
    # As a package's maker tries it, before it is where it belongs.
    done = subprocess.run([tmp_path / "usr/bin/fother", "packages", "host"],
                          check=True, stdout=subprocess.PIPE, text=True)
    assert "\tdpkg\t" in done.stdout
