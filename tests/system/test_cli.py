# SPDX-License-Identifier: Apache-2.0
"""help, version, and what make promises."""

import subprocess

from lab import SOURCE

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


def test_make_install_honours_destdir_and_prefix(tmp_path):
    subprocess.run(["make", "-s", "-C", SOURCE, "install",
                    f"DESTDIR={tmp_path}", "PREFIX=/usr"],
                   check=True, stdout=subprocess.DEVNULL)
    told = subprocess.run([tmp_path / "usr/bin/fother", "version"],
                          check=True, stdout=subprocess.PIPE, text=True)
    assert "0.1.0" in told.stdout
    worker = [path for path in tmp_path.rglob("fother-worker")]
    assert len(worker) == 1
