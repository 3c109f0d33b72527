# SPDX-License-Identifier: Apache-2.0
"""The man pages, --help and the table of commands say the same."""

import json
import re
import subprocess

import pytest

from lab import BUILD, SOURCE

DOC = SOURCE / "doc"
PAGE = (DOC / "fother.1.scd").read_text()
OWN_PAGES = sorted(path.name.removesuffix(".1.scd").removeprefix("fother-")
                   for path in DOC.glob("fother-*.1.scd"))


@pytest.fixture
def table(fother):
    return json.loads(fother("help", "--json").out)


def told(text):
    return set(re.findall(r"\*--([a-z-]+)\*", text))


def defined(text):
    """The options that TEXT has an entry of."""
    return {name for line in re.findall(r"^\*-.*$", text, re.M)
            for name in told(line)}


def test_the_man_page_has_every_command_and_its_options(table):
    assert len(table["commands"]) >= 10
    for command in table["commands"]:
        entry = re.search(rf"^\*{command['name']}\*(.*)$", PAGE, re.M)
        assert entry, command
        assert told(entry[1]) == {one["name"] for one in command["options"]}


def test_the_man_page_explains_every_option_and_no_other(table):
    options = {one["name"] for one in table["options"]}
    for command in table["commands"]:
        options |= {one["name"] for one in command["options"]}
    assert defined(PAGE) == options
    assert told(PAGE) == options


def test_letters_and_values_are_those_of_the_table(table):
    for option in table["options"]:
        line = re.search(rf"^(?:\*-(\w)\*, )?\*--{option['name']}\*(.*)$",
                         PAGE, re.M)
        assert line[1] == option["letter"], option
        assert bool(line[2].strip()) == bool(option["value"]), option
        if option["value"]:
            assert line[2].strip(" _").startswith(
                option["value"].split("/")[0]), option


@pytest.mark.parametrize("name", OWN_PAGES)
def test_a_page_of_its_own_has_the_options_of_its_command(name, table):
    page = (DOC / f"fother-{name}.1.scd").read_text()
    command, = [one for one in table["commands"] if one["name"] == name]
    own = {one["name"] for one in command["options"]}
    synopsis = re.search(r"# SYNOPSIS\n\n(.*?)\n\n#", page, re.S)[1]
    assert told(synopsis) == own
    assert defined(page) == own
    assert f"*fother-{name}*(1)" in PAGE


def test_pages_are_made_and_shown_without_complaint():
    for name in ["fother", *(f"fother-{one}" for one in OWN_PAGES)]:
        page = BUILD / f"{name}.1"
        shown = subprocess.run(
            ["groff", "-man", "-Tascii", "-ww", page], check=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert not shown.stderr
        assert "SYNOPSIS" in re.sub(r"\x1b\[[0-9;]*m|.\x08", "", shown.stdout)
