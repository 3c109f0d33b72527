# SPDX-License-Identifier: Apache-2.0
"""The order of versions, judged by dpkg and rpm themselves: on all versions of
tests/cases/version, each against others, and on such as chance makes of what
they are made of. Debian has no apk."""

import random
import re
import subprocess

import pytest

from lab import BUILD, SOURCE

SEED = 4
CASES = SOURCE / "tests" / "cases" / "version"
COMPARE = BUILD / "tests" / "run_versions"
SIGN = {"-1": "<", "0": "=", "1": ">"}

# Each comparison by dpkg is a process; rpm does many in one.
DPKG_PAIRS = 1200
RPM_PAIRS = 20000
RPM_AT_ONCE = 500

VALID_FOR_DPKG = re.compile(
    r"([0-9]{1,9}:)?[0-9][A-Za-z0-9.+~:-]*?(-[A-Za-z0-9.+~]+)?")


def versions(*names):
    seen = {}
    for name in names:
        for line in (CASES / name).read_text().splitlines():
            if line and not line.startswith("#"):
                a, _, b = line.split()
                seen[a] = seen[b] = None
    return list(seen)


def of_chance(rng, alphabet):
    """Two that have much in common, as an update and what is installed."""
    def some(n):
        return "".join(rng.choice(alphabet) for _ in range(n))
    stem = some(rng.randrange(5))
    return ("1" + stem + some(rng.randrange(4)),
            "1" + stem + some(rng.randrange(4)))


def pairs(known, alphabet, n):
    rng = random.Random(SEED)
    for _ in range(n // 2):
        yield rng.choice(known), rng.choice(known)
        yield of_chance(rng, alphabet)


def ours(kind, asked):
    text = "".join(f"{kind}\t{a}\t{b}\n" for a, b in asked)
    return subprocess.run([COMPARE], input=text, text=True, check=True,
                          capture_output=True).stdout.split()


def differences(kind, asked, theirs):
    got = ours(kind, asked)
    assert len(got) == len(asked) == len(theirs)
    return [f"{a} {we} {b}, {kind}'s own: {they}"
            for (a, b), we, they in zip(asked, got, theirs) if we != they]


def by_dpkg(a, b):
    for sign, relation in (("<", "lt"), ("=", "eq"), (">", "gt")):
        done = subprocess.run(["dpkg", "--compare-versions", a, relation, b],
                              capture_output=True, text=True)
        if done.returncode == 0:
            return sign
        assert done.returncode == 1, done.stderr
    raise AssertionError(f"dpkg finds no order between {a} and {b}")


def test_orders_as_dpkg():
    known = [v for v in versions("dpkg.cases")
             if VALID_FOR_DPKG.fullmatch(v)]
    assert len(known) > 60
    asked = [(a, b) for a, b in pairs(known, "019ab.+~-", 2 * DPKG_PAIRS)
             if VALID_FOR_DPKG.fullmatch(a) and VALID_FOR_DPKG.fullmatch(b)
             and not a.endswith("-") and not b.endswith("-")]
    assert len(asked) > DPKG_PAIRS
    theirs = [by_dpkg(a, b) for a, b in asked]
    assert differences("deb", asked, theirs) == []


def by_rpm(asked):
    lua = " ".join(f'print(rpm.vercmp("{a}", "{b}") .. " ")'
                   for a, b in asked)
    done = subprocess.run(["rpm", "--eval", "%{lua:" + lua + "}"],
                          capture_output=True, text=True, check=True)
    assert not done.stderr
    return [SIGN[order] for order in done.stdout.split()]


def test_orders_as_rpm():
    known = versions("rpm.cases", "rpm-hostile.cases")
    assert len(known) > 100
    asked = list(pairs(known, "019abZ.+_~^-:", RPM_PAIRS))
    theirs = []
    for i in range(0, len(asked), RPM_AT_ONCE):
        theirs += by_rpm(asked[i:i + RPM_AT_ONCE])
    assert differences("rpm", asked, theirs) == []


@pytest.mark.parametrize("version, valid", [
    ("1", True), ("0:1", True), ("2147483647:1", True), ("1:2:3-4", True),
    ("1-2-3", True), ("1.0~rc1+dfsg-1+deb12u1", True),
    (":1", False), ("1:", False), ("a:1", False), ("1-", False),
    ("2147483648:1", False), ("a1", False), ("1_2", False), ("1-2:3", False)])
def test_valid_as_the_unit_test_has_it(version, valid):
    done = subprocess.run(["dpkg", "--validate-version", version],
                          capture_output=True, text=True)
    assert (done.returncode == 0) == valid
