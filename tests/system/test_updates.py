# SPDX-License-Identifier: Apache-2.0
"""fother updates: what is pending, from signed indexes only."""

import time

import pytest

from lab import images, oracle, repository as lab

DAY = 86400


def pending(result):
    return {(row[0], row[1]): (row[2], row[3], row[5] == "yes")
            for row in result.rows}


def unknown(result):
    """Said as unknown: a record for it, the reason, its own status; and of
    the rest nothing is said to be no security update."""
    assert result.code == 3, result
    assert "?" in [row[0] for row in result.rows], result
    assert "no" not in [row[5] for row in result.rows], result
    assert result.err.strip(), result
    return result.err


def ask(fother, image, *options):
    return fother("updates", *options, f"docker-daemon:{image}")


def test_they_equal_apt_list_upgradable_of_a_real_debian(engine, fother):
    image = images.nginx(engine)
    with oracle.Tree(engine, image) as tree:
        expected = tree.upgradable()
    assert expected, "the image is not behind"
    result = ask(fother, image)
    assert result.code == 0, result
    assert pending(result) == expected


def test_security_is_told_from_other_updates(site, engine, fother):
    result = ask(fother, site.IMAGE)
    assert result.code == 0, result
    assert pending(result) == {
        ("lab-web", "all"): ("1.0", "1.0+deb12u1", True),
        ("lab-lib", "amd64"): ("1.0", "1.1", False)}
    suites = {row[0]: row[4] for row in result.rows}
    assert "security" in suites["lab-web"]
    with oracle.Tree(engine, site.IMAGE) as tree:
        assert "lab-web" in tree.run("dpkg-query", "-W")


def test_there_is_something_to_do_has_its_own_status(site, fother):
    assert ask(fother, site.IMAGE, "--exit-code").code == 10


def test_a_held_package_is_said_to_be_held(site, fother):
    image = site.image(
        "lab/held:1", script="echo lab-web hold | dpkg --set-selections")
    result = ask(fother, image)
    assert result.code == 0, result
    held = {row[0]: row[6] for row in result.rows}
    assert held == {"lab-web": "yes", "lab-lib": "no"}


def test_offline_answers_from_what_was_fetched(site, repository, fother):
    first = ask(fother, site.IMAGE)
    repository.server.asked.clear()
    second = ask(fother, site.IMAGE, "--offline")
    assert second.code == 0, second
    assert second.out == first.out
    assert not repository.server.asked


def test_offline_without_a_cache_is_unknown(site, repository, fother):
    unknown(ask(fother, site.IMAGE, "--offline"))
    assert not repository.server.asked


def flip(signed):
    """One letter of the signed text changed."""
    return signed.replace(b"Origin: Debian", b"Origin: Debiam", 1)


def without_armor(signed):
    return signed.split(b"-----BEGIN PGP SIGNATURE")[0]


def appended(signed):
    return signed + b"Suite: stable\nSHA256:\n " + b"0" * 64 + b" 1 x\n"


def prepended(signed):
    return b"Suite: evil\n" + signed


SIGNATURES = {
    "bad": {"change": flip},
    "missing": {"signers": ()},
    "cut off": {"change": without_armor},
    "foreign": {"signers": ("other",)},
    "followed by unsigned text": {"change": appended},
    "preceded by unsigned text": {"change": prepended},
    "too weak a digest": {"sign_options": ("--digest-algo", "SHA1"),
                          "signers": ("classic",)},
}


@pytest.mark.parametrize("how", SIGNATURES)
def test_a_signature_that_does_not_hold_is_unknown(site, repository, fother,
                                                   how):
    repository.publish("stable-security", **SIGNATURES[how])
    unknown(ask(fother, site.IMAGE))


def test_a_second_signature_by_a_stranger_does_no_harm(site, repository,
                                                       fother):
    repository.publish("stable-security", signers=("other", "archive"))
    assert ask(fother, site.IMAGE).code == 0


def test_an_rsa_signature_is_as_good(site, repository, fother):
    repository.publish("stable-security", signers=("classic",))
    result = ask(fother, site.IMAGE)
    assert result.code == 0, result
    assert len(result.rows) == 2


def test_a_key_of_the_image_raises_no_trust(site, repository, fother):
    key = repository.keys.public("other")
    image = site.image("lab/own-key:1", files={
        images.KEY_PATH: key, "/etc/apt/trusted.gpg.d/own.gpg": key})
    repository.publish("stable-security", signers=("other",))
    unknown(ask(fother, image))


@pytest.mark.parametrize("fault", [
    lab.MISSING, lab.HTML, lab.TRUNCATED, lab.WRONG_BYTES, lab.DROPPED,
    lab.ENDLESS])
@pytest.mark.parametrize("what", ["stable-security/InRelease",
                                  "stable-security/main"])
def test_an_index_that_is_not_whole_is_unknown(site, repository, fother,
                                               what, fault):
    repository.faults[what] = fault
    unknown(ask(fother, site.IMAGE))


def test_a_packages_file_of_another_day_is_unknown(site, repository, fother):
    """Well-formed, but not what the signed index names."""
    folder = repository.www / "dists/stable-security/main/binary-amd64"
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes((repository.www / "dists/stable/main"
                              / "binary-amd64/Packages.xz").read_bytes())
    unknown(ask(fother, site.IMAGE))


def test_an_index_that_ran_out_is_unknown(site, repository, fother):
    now = time.time()
    repository.publish("stable-security", date=now - 20 * DAY,
                       valid_until=now - 10 * DAY)
    unknown(ask(fother, site.IMAGE))


def test_now_sets_the_clock(site, repository, fother):
    now = time.time()
    repository.publish("stable-security", valid_until=now + 7 * DAY)
    assert ask(fother, site.IMAGE).code == 0
    later = time.strftime("%Y-%m-%d", time.gmtime(now + 30 * DAY))
    unknown(ask(fother, site.IMAGE, "--now", later))


def test_an_index_of_another_suite_is_unknown(site, repository, fother):
    """A mirror that passes off one signed suite as another."""
    dists = repository.www / "dists"
    (dists / "stable-security" / "InRelease").write_bytes(
        (dists / "stable" / "InRelease").read_bytes())
    unknown(ask(fother, site.IMAGE))


NOT_YET = {
    "preferences": {"files": {
        "/etc/apt/preferences.d/pin": "Package: *\nPin: release a=stable\n"
                                      "Pin-Priority: 1001\n"}},
    "several architectures": {"script": "dpkg --add-architecture i386"},
    "not Debian": {"files": {
        "/usr/lib/os-release": "ID=alpine\nVERSION_ID=3.20\n",
        "/etc/os-release": "ID=alpine\nVERSION_ID=3.20\n"}},
    "no sources": {"script": "rm -f /etc/apt/sources.list"},
    "sources that cannot be read": {"files": {
        "/etc/apt/sources.list": "deb nonsense\n"}},
}


@pytest.mark.parametrize("what", NOT_YET)
def test_what_cannot_be_judged_is_unknown_with_the_reason(site, fother, what):
    image = site.image("lab/odd:1", **NOT_YET[what])
    unknown(ask(fother, image))


def test_one_unknown_image_does_not_hide_the_others(site, fother):
    odd = site.image("lab/odd:1", **NOT_YET["not Debian"])
    result = fother("updates", f"docker-daemon:{odd}",
                    f"docker-daemon:{site.IMAGE}")
    assert result.code == 3, result
    assert sorted(row[0] for row in result.rows) == \
        ["?", "lab-lib", "lab-web"]
