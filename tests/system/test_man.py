# SPDX-License-Identifier: Apache-2.0
"""The man page and --help say the same."""

import re

from lab import SOURCE

PAGE = (SOURCE / "doc" / "fother.1.scd").read_text()


def test_the_man_page_has_every_command_and_its_options(fother):
    listed = re.findall(r"^  (\w+) ", fother("help").out, re.M)
    assert len(listed) >= 10
    for command in listed:
        entry = re.search(rf"^\*{command}\*(.*)$", PAGE, re.M)
        assert entry, command
        own = fother("help", command).out.split("Options of every")[0]
        for option in re.findall(r"--([a-z-]+)", own):
            assert f"*--{option}*" in entry[1], (command, option)
            assert re.search(rf"^\S*.*\*--{option}\*", PAGE, re.M)


def test_the_man_page_has_no_option_that_is_gone(fother):
    told = "".join(fother("help", command).out
                   for command in re.findall(r"^  (\w+) ",
                                             fother("help").out, re.M))
    for option in set(re.findall(r"\*--([a-z-]+)\*", PAGE)):
        assert f"--{option}" in told, option
