# SPDX-License-Identifier: Apache-2.0
"""What bash and zsh complete: both really do."""

import json
import os
import pty
import re
import select
import subprocess
import time

import pytest

from lab import BUILD, SOURCE

BASH = BUILD / "contrib" / "fother"
ZSH = BUILD / "contrib" / "_fother"

# Completes the line in $1 as readline would, and prints what is offered.
DRIVER = r"""
source "$0"
[[ $(complete -p fother) == *'-F _fother fother' ]] || exit 9
line=$1
read -ra COMP_WORDS <<<"$(sed 's/[:=]/ & /g' <<<"$line")"
[[ $line == *[\ :=] && ! $line == *[:=] ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_LINE=$line COMP_POINT=${#line}
_fother
printf '%s\n' "${COMPREPLY[@]}"
"""


def bash(line, cwd=None):
    told = subprocess.run(["bash", "--norc", "-c", DRIVER, BASH, line],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=True, text=True, cwd=cwd)
    assert not told.stderr, told.stderr
    return told.stdout.split()


@pytest.fixture
def table(fother):
    return json.loads(fother("help", "--json").out)


def flags(options):
    return {f"--{one['name']}" for one in options} | {
        f"-{one['letter']}" for one in options if one["letter"]}


def test_it_is_what_fother_prints(fother):
    assert fother("completion", "bash").out == BASH.read_text()
    assert fother("completion", "zsh").out == ZSH.read_text()
    result = fother("completion", "fish")
    assert result.code == 2
    assert "fish" in result.err


def test_bash_completes_every_command(table):
    names = {one["name"] for one in table["commands"]}
    assert set(bash("fother ")) == names
    assert set(bash("fother --offline -q ")) == names
    assert set(bash("fother --host unix:///x ")) == names
    assert set(bash("fother --host=x ")) == names
    assert bash("fother sb") == ["sbom"]
    assert set(bash("fother help ")) == names


def test_bash_completes_the_options_of_every_command(table):
    for command in table["commands"]:
        offered = set(bash(f"fother {command['name']} -"))
        assert offered == flags(command["options"] + table["options"])
    assert set(bash("fother -")) == flags(table["options"])
    assert bash("fother sbom --fo") == ["--format"]


def test_bash_completes_values(tmp_path):
    (tmp_path / "keys.gpg").touch()
    (tmp_path / "kept").mkdir()
    assert bash("fother sbom --format ") == ["cyclonedx", "spdx"]
    assert bash("fother sbom --format s") == ["spdx"]
    assert bash("fother sbom --format=s") == ["spdx"]
    assert bash("fother packages -o ") == ["table", "tsv", "json"]
    assert bash("fother updates --output=j") == ["json"]
    assert set(bash("fother updates --keyring ke", tmp_path)) == \
        {"kept", "keys.gpg"}
    assert set(bash("fother patch --output=ke", tmp_path)) == \
        {"kept", "keys.gpg"}


def test_bash_completes_names_of_images(tmp_path):
    (tmp_path / "layout").mkdir()
    offered = bash("fother inspect ")
    assert "oci:" in offered and "docker-archive:" in offered
    assert bash("fother inspect contain") == ["containers-storage:"]
    assert bash("fother inspect oci:la", tmp_path) == ["layout"]
    assert bash("fother inspect oci:", tmp_path) == ["layout"]
    assert bash("fother status ") == []


def test_every_transport_is_one(fother):
    """And each that the manual has is offered."""
    page = (SOURCE / "doc" / "fother.1.scd").read_text()
    names = page.split("# NAMES OF IMAGES")[1].split("# TRUST")[0]
    listed = {"host"} | {word for word in re.findall(
        r"_([a-z-]+:(?://)?)[A-Z]", names)}
    assert set(bash("fother packages ")) == listed
    for transport in listed - {"host", "containers-storage:",
                               "docker-daemon:"}:
        result = fother("packages", "--offline", f"{transport}/nowhere/x")
        assert "no transport" not in result.err, result


def test_zsh_takes_it_for_a_script():
    subprocess.run(["zsh", "-f", "-n", ZSH], check=True)


class Terminal:
    """A zsh at a terminal, that completes with what was built."""

    def __init__(self, folder):
        # ^O shows what the line is.
        (folder / ".zshrc").write_text(
            f"fpath=({ZSH.parent} $fpath)\n"
            f"autoload -Uz compinit && compinit -u -d {folder}/dump\n"
            "LISTMAX=0\n"
            'show() { zle -I; print -r -- "LINE<$BUFFER>" }\n'
            "zle -N show; bindkey -e; bindkey '^O' show\n"
            "PS1='READY> '\n")
        self.unread = ""
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ.update(TERM="dumb", COLUMNS="200",
                              ZDOTDIR=str(folder))
            os.execvp("zsh", ["zsh", "-d", "-i"])
        self.wait("READY> ")

    def say(self, text):
        os.write(self.end, text.encode())

    def wait(self, what, patience_sec=60):
        """Until WHAT was shown, after all that was waited for before."""
        until = time.monotonic() + patience_sec
        while what not in self.unread:
            left = until - time.monotonic()
            assert left > 0, f"no {what!r} in {self.unread!r}"
            if select.select([self.end], [], [], left)[0]:
                self.unread += os.read(self.end, 65536).decode(
                    errors="replace")
        self.unread = self.unread.partition(what)[2]

    def close(self):
        os.close(self.end)
        os.waitpid(self.pid, 0)


@pytest.fixture
def zsh(tmp_path):
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.close()


def test_zsh_completes(zsh, tmp_path):
    (tmp_path / "layout").mkdir()
    for typed, wanted in (("fother sbo", "fother sbom "),
                          ("fother --offl", "fother --offline "),
                          ("fother sbom --form", "fother sbom --format="),
                          ("fother sbom --format=sp",
                           "fother sbom --format=spdx "),
                          ("fother packages --output j",
                           "fother packages --output json "),
                          ("fother inspect contain",
                           "fother inspect containers-storage:"),
                          ("fother inspect oci:lay",
                           "fother inspect oci:layout/")):
        zsh.say(typed + "\t\x0f")
        zsh.wait("LINE<" + wanted + ">")
        # It is shown once more; only then it can be dropped.
        zsh.wait("READY> " + wanted.rstrip())
        zsh.say("\x15")
