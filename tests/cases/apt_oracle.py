#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Asks apt what it would upgrade in a case of run_updates.

usage: apt_oracle.py CASE...            prints "NAME OLD NEW SUITES upgrade|keep"
       apt_oracle.py --random N RUNNER  makes N cases and compares with RUNNER

Works in a root of its own, with sources of file: URIs and trusted=yes.
"""

import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HASH = "0123456789abcdef" * 4


def stanzas(text, extra):
    for stanza in re.split(r"\n{2,}", text.strip()):
        if not stanza:
            continue
        names = {line.split(":")[0] for line in stanza.split("\n")}
        name = re.search(r"^Package: (.*)", stanza, re.M).group(1)
        version = re.search(r"^Version: (.*)", stanza, re.M).group(1)
        for key, value in extra.items():
            if key not in names:
                value = value.format(name=name, version=version)
                stanza += f"\n{key}: {value}"
        yield stanza + "\n"


def sections(text):
    for part in re.split(r"^== ", text, flags=re.M)[1:]:
        head, _, body = part.partition("\n")
        yield head, body


def prepare(root, text):
    """Lays out a root for apt; returns apt's options."""
    sources = []
    common = {"Architecture": "amd64", "Maintainer": "A <a@b.c>",
              "Description": "x"}
    for directory in ("etc/apt/apt.conf.d", "etc/apt/preferences.d",
                      "var/lib/apt/lists/partial", "var/lib/dpkg/updates",
                      "var/cache/apt/archives/partial", "var/log/apt"):
        (root / directory).mkdir(parents=True)
    for head, body in sections(text):
        words = head.split()
        if words[0] == "installed":
            extra = dict(common, Status="install ok installed")
            (root / "var/lib/dpkg/status").write_text(
                "\n".join(stanzas(body, extra)))
        elif words[0] == "index":
            repo = root / f"repo{len(sources)}/dists/x/main/binary-amd64"
            repo.mkdir(parents=True)
            extra = dict(common, Filename="pool/{name}_{version}.deb",
                         Size="1", SHA256=HASH)
            (repo / "Packages").write_text("\n".join(stanzas(body, extra)))
            write_release(root / f"repo{len(sources)}/dists/x", words)
            sources.append(f"deb [trusted=yes] file:{root}/repo"
                           f"{len(sources)} x main\n")
    (root / "etc/apt/sources.list").write_text("".join(sources))
    return ["-o", f"Dir={root}", "-o", f"Dir::State::status={root}"
            "/var/lib/dpkg/status", "-o", "APT::Architecture=amd64",
            "-o", "APT::Architectures=amd64", "-o", "Debug::NoLocking=1",
            "-o", "APT::Sandbox::User=root", "-o",
            "APT::Install-Recommends=true", "-o", "Acquire::Languages=none"]


def write_release(where, words):
    fields = f"Suite: {words[1]}\nCodename: x\nOrigin: T\nLabel: T\n"
    if "priority=1" in words or "priority=100" in words:
        fields += "NotAutomatic: yes\n"
    if "priority=100" in words:
        fields += "ButAutomaticUpgrades: yes\n"
    packages = (where / "main/binary-amd64/Packages").read_bytes()
    digest = subprocess.run(["sha256sum"], input=packages, check=True,
                            capture_output=True).stdout.split()[0].decode()
    (where / "Release").write_text(
        fields + "Architectures: amd64\nComponents: main\n"
        "Date: Sat, 21 Nov 2026 00:53:02 UTC\nSHA256:\n"
        f" {digest} {len(packages)} main/binary-amd64/Packages\n")


def run(*args):
    env = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"}
    return subprocess.run(args, check=True, env=env, capture_output=True,
                          text=True).stdout


def ask(text):
    with tempfile.TemporaryDirectory() as directory:
        options = prepare(Path(directory), text)
        run("apt-get", *options, "-qq", "update")
        listed = run("apt", *options, "-qq", "list", "--upgradable")
        upgrade = run("apt-get", *options, "-s", "upgrade")
    chosen = set(re.findall(r"^Inst (\S+)", upgrade, re.M))
    rows = []
    for line in listed.split("\n"):
        match = re.match(
            r"(\S+)/(\S*) (\S+) \S+ \[upgradable from: (\S+)\]", line)
        if match:
            name, suites, new, old = match.groups()
            verdict = "upgrade" if name in chosen else "keep"
            rows.append(f"{name} {old} {new} {suites} {verdict}")
    return sorted(rows)


def relation(rng, names, versions):
    name = rng.choice(names + ["virt", "gone"])
    if rng.random() < 0.5:
        return name
    return (f"{name} ({rng.choice(['<<', '<=', '=', '>=', '>>'])} "
            f"{rng.choice(versions)})")


def relations(rng, names, versions, likely):
    lines = []
    for field, chance in (("Depends", 0.4), ("Pre-Depends", 0.1),
                          ("Breaks", 0.15), ("Conflicts", 0.1),
                          ("Recommends", 0.1)):
        if rng.random() > chance * likely:
            continue
        groups = [" | ".join(relation(rng, names, versions)
                             for _ in range(rng.choice([1, 1, 2])))
                  for _ in range(rng.choice([1, 1, 2]))]
        if field in ("Breaks", "Conflicts"):
            groups = [group.split(" | ")[0] for group in groups]
        lines.append(f"{field}: {', '.join(groups)}")
    if rng.random() < 0.15:
        lines.append("Provides: virt" + rng.choice(["", " (= 2)"]))
    return lines


def random_case(rng):
    names = [f"p{i}" for i in range(rng.randint(2, 8))]
    versions = ["1", "1.5", "2", "2~rc1", "3"]
    text = "# random\n== installed\n"
    known = {}  # one version has the same relations wherever it is
    for name in names:
        version = rng.choice(versions[:3])
        known[(name, version)] = relations(rng, names, versions, 0.25)
        lines = [f"Package: {name}", f"Version: {version}"]
        if rng.random() < 0.08:
            lines.append("Status: hold ok installed")
        text += "\n".join(lines + known[(name, version)]) + "\n\n"
    for suite in ("stable", "stable-security security", "other priority=100",
                  "exp priority=1"):
        text += f"== index {suite}\n"
        for name in names:
            if rng.random() < 0.5:
                version = rng.choice(versions)
                lines = known.setdefault(
                    (name, version),
                    relations(rng, names, versions, 0.6))
                text += "\n".join([f"Package: {name}",
                                   f"Version: {version}", *lines]) + "\n\n"
    return text + "== expected\n"


def short(output):
    rows = []
    for line in output.strip().split("\n"):
        words = line.split(" ")
        if len(words) > 5:
            verdict = "upgrade" if words[6] == "stage" else "keep"
            rows.append(" ".join([words[0], words[2], words[3], words[4],
                                  verdict]))
    return sorted(rows)


def compare(n, runner):
    bad = broken = 0
    for seed in range(int(n)):
        text = random_case(random.Random(seed))
        with tempfile.NamedTemporaryFile("w", suffix=".case") as file:
            file.write(text)
            file.flush()
            ours = short(run(runner, "--print", file.name))
        try:
            theirs = ask(text)
        except subprocess.CalledProcessError:
            broken += 1  # what is installed is at odds with itself
            continue
        if ours != theirs:
            bad += 1
            print(f"seed {seed}:\n  ours   {ours}\n  theirs {theirs}")
    print(f"{n} cases: {bad} differ, apt refused {broken}")
    return 1 if bad else 0


def main():
    if sys.argv[1] == "--random":
        return compare(sys.argv[2], sys.argv[3])
    for path in sys.argv[1:]:
        print("\n".join([path, *ask(Path(path).read_text())]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
