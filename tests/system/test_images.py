# SPDX-License-Identifier: Apache-2.0
"""Real images, made by the field's tools, against what the distribution's own
tools say of the same tree."""

import json
import re

import pytest

from lab import SOURCE, images, layout, makers, mirror, oracle, repository
from lab.layout import Layer, Layout

RELEASES = ["bullseye", "bookworm", "trixie"]
RECORDED = SOURCE / "tests" / "system" / "recorded"


def listed(result):
    """As the oracle tells it: (name, version, arch, source, its version)."""
    assert result.code == 0, result
    # What was read where an engine keeps it was not hashed: that is said.
    assert all(line.endswith(": unverified (engine storage)") and
               line.startswith("docker-daemon:")
               for line in result.err.splitlines()), result
    assert all(len(row) == 8 for row in result.rows), result
    return {tuple(row[1:6]) for row in result.rows}


def layers(result):
    """{(name, arch): number of the layer}"""
    return {(row[1], row[3]): int(row[6]) for row in result.rows}


def details(result):
    """{(name, arch): what the json tells}"""
    assert result.code == 0, result
    answer = json.loads(result.out)
    assert answer["schema"] == "fother.packages/1"
    assert answer["errors"] == []
    return {(one["name"], one["arch"]): one for one in answer["items"]}


def said(value):
    return value in (True, "yes", "true")


def sorted_in_c(result):
    keys = [tuple(column.encode() for column in row[:4])
            for row in result.rows]
    return keys == sorted(keys)


def of_tar(folder, tar):
    """An image of one layer."""
    data = tar if isinstance(tar, bytes) else tar.read_bytes()
    return Layout(folder / "image").image([Layer(data,
                                                 layout.gzipped(data, 1))])


# Debian's releases


@pytest.mark.parametrize("release", RELEASES)
def test_a_minimal_debian(tmp_path, fother, release):
    """bullseye and bookworm are not usr-merged here, trixie is."""
    root = mirror.small(release)
    image = of_tar(tmp_path, root)
    result = fother("packages", image)
    with oracle.Root(root) as tree:
        assert listed(result) == tree.packages()
        assert len(result.rows) > 15
    assert {row[0] for row in result.rows} == {"deb"}
    assert set(layers(result).values()) == {1}
    assert {row[7] for row in result.rows} == {image}
    assert sorted_in_c(result)


def test_several_images_at_once(tmp_path, fother):
    """Each tells its own, also where the same layer is in two."""
    names, want = [], set()
    store = Layout(tmp_path / "store")
    for release in RELEASES:
        data = mirror.small(release).read_bytes()
        names.append(store.image([Layer(data, layout.gzipped(data, 1))],
                                 release))
    names.append(store.image([Layer(data, layout.gzipped(data, 1))], "again"))
    for name in names:
        want |= {tuple(row) for row in fother("packages", name).rows}
    result = fother("packages", *names)
    assert result.code == 0, result
    assert {tuple(row) for row in result.rows} == want
    assert len(result.rows) == len(want)
    assert sorted_in_c(result)


# Layers that real tools made


class Story:
    """A Debian that packages came to, went from, and changed in, a layer
    each:

    1 the small Debian
    2 lab-lib of two architectures, lab-tool, lab-conf, lab-gone, lab-web
    3 lab-tool is upgraded; lab-conf is removed and leaves its settings
    4 lab-gone is purged, lab-web is held, lab-lib is there for others only
    5 nothing of packages"""

    def __init__(self, folder):
        self.image = makers.Layered(folder / "story", mirror.small())
        self.debs = folder / "debs"
        before = self.records()
        self.wrote = {key: 1 for key in before}
        for step in (self.two, self.three, self.four, self.five):
            step()
            self.image.commit()
            now = self.records()
            for key, record in now.items():
                if before.get(key) != record:
                    self.wrote[key] = self.image.n_layers
            before = now

    def records(self):
        """What dpkg wrote down, but not what somebody wants of it: to hold a
        package is not to bring it."""
        return {key: re.sub("^Status: [a-z]+ ", "", record, flags=re.M)
                for key, record in self.image.records().items()}

    def deb(self, name, version, arch="all", **options):
        return repository.build_deb(self.debs, name, version, arch,
                                    **options)[0]

    def two(self):
        self.image.run("dpkg", "--add-architecture", "i386")
        same = {"Source": "lab-source (2:1.0-1)", "Multi_Arch": "same"}
        self.image.install(
            self.deb("lab-lib", "1.0", "amd64", **same),
            self.deb("lab-lib", "1.0", "i386", **same),
            self.deb("lab-tool", "1.0", "amd64"),
            self.deb("lab-conf", "1.0", files={"/etc/lab.conf": "x\n"},
                     scripts={"conffiles": "/etc/lab.conf\n"}),
            self.deb("lab-gone", "1:1.0~rc1+b2"),
            self.deb("lab-web", "1.0-1", Source="lab-site"))

    def three(self):
        self.image.install(self.deb("lab-tool", "1.1-2+deb12u1", "amd64"))
        self.image.run("dpkg", "-r", "lab-conf")

    def four(self):
        self.image.run("dpkg", "-P", "lab-gone")
        self.image.run("sh", "-c",
                       "echo lab-web hold | dpkg --set-selections")
        self.image.apt_mark("auto", "lab-lib", "lab-lib:i386")

    def five(self):
        (self.image.path / "srv/note").write_text("x\n")


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    told = Story(tmp_path_factory.mktemp("story"))
    yield told
    told.image.close()


def test_packages_by_layers(story, fother):
    result = fother("packages", story.image.name)
    assert listed(result) == story.image.packages()
    names = {row[1] for row in result.rows}
    assert {"lab-lib", "lab-tool", "lab-web"} < names
    assert not {"lab-gone", "lab-conf"} & names


def test_the_layer_that_last_wrote_each_record(story, fother):
    result = fother("packages", story.image.name)
    there = {(name, arch) for name, _, arch, _, _ in story.image.packages()}
    assert layers(result) == {key: number for key, number
                              in story.wrote.items() if key in there}
    assert set(layers(result).values()) == {1, 2, 3}


def test_a_package_of_two_architectures(story, fother):
    result = fother("packages", story.image.name)
    assert [row[3:6] for row in result.rows if row[1] == "lab-lib"] == [
        ["amd64", "lab-source", "2:1.0-1"], ["i386", "lab-source", "2:1.0-1"]]


def test_what_is_held(story, fother):
    found = details(fother("packages", "--output", "json", story.image.name))
    held = story.image.run("dpkg", "--get-selections")
    held = set(re.findall(r"^(\S+)\s+hold$", held, re.M))
    assert held == {"lab-web"}
    assert {name for (name, _), one in found.items()
            if said(one.get("held"))} == held


def test_what_is_there_for_others_only(story, fother):
    found = details(fother("packages", "--output", "json", story.image.name))
    auto = {name.split(":")[0] for name in story.image.apt_mark("showauto")}
    assert "lab-lib" in auto and "lab-tool" not in auto
    assert {name for (name, _), one in found.items()
            if said(one.get("automatic"))} == auto


def test_squashed_it_is_the_same(story, tmp_path, fother):
    tar = story.image.squashed(tmp_path / "all.tar")
    result = fother("packages", of_tar(tmp_path, tar))
    assert listed(result) == story.image.packages()
    assert set(layers(result).values()) == {1}


@pytest.mark.parametrize("target, options", [
    ("oci:{}/copy:1", []),
    ("oci:{}/zstd:1", ["--dest-compress-format", "zstd"]),
    ("oci:{}/schema2:1", ["--format", "v2s2"]),
    ("oci-archive:{}/copy.tar", []),
    ("oci-archive:{}/tagged.tar:1", []),
    ("docker-archive:{}/docker.tar", []),
    ("docker-archive:{}/named.tar:lab/story:1", []),
    ("dir:{}/folder", [])],
    ids=["oci", "zstd", "schema 2", "oci-archive", "oci-archive with a tag",
         "docker-archive", "docker-archive with a name", "dir"])
def test_copied_by_skopeo_it_is_the_same(story, tmp_path, fother, target,
                                         options):
    (tmp_path / "folder").mkdir()
    copy = makers.skopeo(story.image.name, target.format(tmp_path), *options)
    result = fother("packages", copy)
    assert result.code == 0, result
    assert [row[:7] for row in result.rows] == \
        [row[:7] for row in fother("packages", story.image.name).rows]
    assert {row[7] for row in result.rows} == {copy}


def test_loaded_by_docker_it_is_the_same(story, tmp_path, engine, fother):
    archive = tmp_path / "docker.tar"
    makers.skopeo(story.image.name, f"docker-archive:{archive}:lab/story:1")
    engine.docker("load", "-i", archive)
    result = fother("packages", "docker-daemon:lab/story:1")
    assert [row[:7] for row in result.rows] == \
        [row[:7] for row in fother("packages", story.image.name).rows]


# Recipes


def recipe(folder, base, *debs):
    """A folder with a Dockerfile of two steps over BASE."""
    folder.mkdir()
    for deb in debs:
        (folder / deb.name).write_bytes(deb.read_bytes())
    (folder / "Dockerfile").write_text(
        f"FROM {base}\nCOPY *.deb /debs/\n"
        "RUN dpkg -i /debs/*.deb && rm -r /debs\n"
        "RUN dpkg -r lab-conf\nLABEL org.example.lab=1\n")
    return folder


@pytest.fixture
def context(tmp_path):
    debs = tmp_path / "debs"
    return recipe(
        tmp_path / "context", "lab/small:base",
        repository.build_deb(debs, "lab-tool", "1.0", "amd64")[0],
        repository.build_deb(debs, "lab-conf", "1.0",
                             files={"/etc/lab.conf": "x\n"},
                             scripts={"conffiles": "/etc/lab.conf\n"})[0])


def is_the_recipe(result, want):
    """Layers: the base, the COPY, and the two RUNs."""
    assert listed(result) == want
    assert {row[1]: row[6] for row in result.rows}["lab-tool"] == "3"
    assert "lab-conf" not in {row[1] for row in result.rows}


def test_built_by_docker(context, engine, tmp_path, fother):
    engine.docker("import", mirror.small(), "lab/small:base")
    engine.docker("build", "--quiet", "--network", "none", "--tag",
                  "lab/built:1", context)
    want = oracle.packages(engine, "lab/built:1")
    archive = tmp_path / "saved.tar"
    engine.docker("save", "-o", archive, "lab/built:1")
    is_the_recipe(fother("packages", "docker-daemon:lab/built:1"), want)
    is_the_recipe(fother("packages", f"docker-archive:{archive}"), want)
    is_the_recipe(fother("packages", makers.skopeo(
        f"docker-archive:{archive}", f"oci:{tmp_path}/oci:1")), want)


def test_built_by_podman(context, tmp_path, fother):
    with makers.Storage() as storage:
        storage.load(mirror.small(), "lab/small:base")
        storage.podman("build", "--quiet", "--isolation", "chroot",
                       "--layers", "--tag", "lab/built:1", context)
        for kind in ("oci-archive", "docker-archive", "oci-dir",
                     "docker-dir"):
            storage.podman("save", "--quiet", "--format", kind, "-o",
                           tmp_path / kind, "lab/built:1")
    copy = makers.skopeo(f"oci-archive:{tmp_path}/oci-archive",
                         f"oci:{tmp_path}/oci:1")
    with makers.Unpacked(copy) as tree:
        want = tree.packages()
    is_the_recipe(fother("packages", copy), want)
    for name in ("docker-archive:{}/docker-archive",
                 "oci-archive:{}/oci-archive", "oci:{}/oci-dir",
                 "dir:{}/docker-dir"):
        is_the_recipe(fother("packages", name.format(tmp_path)), want)


def test_built_by_buildah(context, tmp_path, fother):
    with makers.Storage() as storage:
        storage.load(mirror.small(), "lab/small:base")
        storage.buildah("bud", "--quiet", "--isolation", "chroot", "--layers",
                        "--tag", "lab/built:1", context)
        storage.buildah("push", "--quiet", "lab/built:1",
                        f"oci:{tmp_path}/oci:1")
    with makers.Unpacked(f"oci:{tmp_path}/oci:1") as tree:
        is_the_recipe(fother("packages", f"oci:{tmp_path}/oci:1"),
                      tree.packages())


def test_from_scratch_by_buildah(tmp_path, fother):
    """No recipe: a tree is copied into nothing."""
    with makers.Storage() as storage:
        box = storage.buildah("from", "scratch")
        storage.buildah("add", "--quiet", box, mirror.small(), "/")
        storage.buildah("commit", "--quiet", "--rm", box,
                        f"oci:{tmp_path}/oci:1")
    with oracle.Root(mirror.small()) as tree:
        assert listed(fother("packages", f"oci:{tmp_path}/oci:1")) == \
            tree.packages()


# Databases that move and vanish


MOVED = "mv /var/lib /srv/lib && ln -s /srv/lib /var/lib"
BACK = "rm /var/lib && mv /srv/lib /var/lib"


def test_a_folder_that_became_a_link(engine, fother):
    """It may lead to where nobody looks in a layer: then that is said."""
    image = images.add(engine, images.small(engine), "lab/moved:1",
                       script=MOVED)
    result = fother("packages", f"docker-daemon:{image}")
    if result.code == 0:
        assert listed(result) == oracle.packages(engine, image)
    else:
        assert result.code == 3 and "link leads to" in result.err, result
        assert [row[1] for row in result.rows] == ["?"]


def test_a_link_that_became_a_folder_again(engine, fother):
    image = images.add(engine, images.small(engine), "lab/moved:2",
                       script=MOVED)
    image = images.add(engine, image, "lab/moved:3",
                       script=BACK + "; dpkg --force-all -r busybox")
    result = fother("packages", f"docker-daemon:{image}")
    assert listed(result) == oracle.packages(engine, image)
    assert "busybox" not in {row[1] for row in result.rows}


@pytest.fixture
def grown(tmp_path):
    image = makers.Layered(tmp_path / "grown", mirror.small())
    yield image
    image.close()


def test_whiteouts_below_a_link_are_not_guessed(grown, fother):
    """umoci writes the link and then a whiteout of each file that was below
    it: followed through the link, as some engines do, they would remove what
    the link leads to."""
    grown.run("sh", "-c", MOVED)
    grown.commit()
    result = fother("packages", grown.name)
    assert result.code == 3, result
    assert [row[1] for row in result.rows] == ["?"]
    assert re.search(r"layer 2\b.*var/lib", result.err), result


def test_a_folder_that_was_made_anew(grown, fother):
    """umoci writes a whiteout and the folder, docker an opaque one: what was
    below must not shine through."""
    grown.run("sh", "-c", "cp -a /var/lib/dpkg /srv/dpkg && "
                          "rm -rf /var/lib/dpkg && mkdir /var/lib/dpkg")
    grown.commit()
    result = fother("packages", grown.name)
    assert result.code == 3, result
    assert [row[1] for row in result.rows] == ["?"]
    assert re.search("database", result.err), result
    grown.run("sh", "-c", "rm -rf /var/lib/dpkg && "
                          "mv /srv/dpkg /var/lib/dpkg")
    grown.commit()
    assert listed(fother("packages", grown.name)) == grown.packages()


def test_an_image_without_packages_is_unknown(tmp_path, fother):
    """A program and nothing else: that is said, and is not "up to date"."""
    result = fother("packages", of_tar(tmp_path, layout.tar(
        {"app": "#!/bin/true\n"})))
    assert result.code == 3, result
    assert [row[1] for row in result.rows] == ["?"]
    assert len(result.err.splitlines()) == 1, result


# distroless: a folder with a file for each package, and no dpkg


def distroless(tree, md5sums):
    """The files of an image as distroless makes them, from a real tree."""
    files = {"etc/os-release":
             (tree.path / "etc/os-release").read_bytes()}
    for (name, arch), record in tree.records().items():
        control = "".join(
            line + "\n" for line in record.splitlines()
            if not line.startswith(("Status:", "Conffiles:", " /")))
        files[f"var/lib/dpkg/status.d/{name}"] = control
        sums = [path for path in (
            tree.path / f"var/lib/dpkg/info/{name}.md5sums",
            tree.path / f"var/lib/dpkg/info/{name}:{arch}.md5sums")
            if path.exists()]
        if md5sums and sums:
            files[f"var/lib/dpkg/status.d/{name}.md5sums"] = \
                sums[0].read_bytes()
    return files


@pytest.mark.parametrize("md5sums", [True, False])
def test_a_distroless_image(tmp_path, fother, md5sums):
    with oracle.Root(mirror.small()) as tree:
        want = tree.packages()
        files = distroless(tree, md5sums)
    assert any(path.endswith(".md5sums") for path in files) == md5sums
    image = of_tar(tmp_path, layout.tar(files))
    assert listed(fother("packages", image)) == want


def test_a_distroless_image_of_a_layer_each(tmp_path, fother):
    """As its build rules put it together; one is replaced later, one has
    gone."""
    parts = [{"etc/os-release": "ID=debian\nVERSION_ID=12\n"}]
    for name, version in (("a", "1"), ("b", "1"), ("c", "1"), ("b", "2")):
        parts.append({f"var/lib/dpkg/status.d/{name}":
                      f"Package: {name}\nVersion: {version}\n"
                      "Architecture: amd64\nMaintainer: x\nDescription: x\n"})
    parts.append({"var/lib/dpkg/status.d/.wh.c": ""})
    image = Layout(tmp_path / "image").image(
        [Layer(layout.tar(part)) for part in parts])
    result = fother("packages", image)
    assert listed(result) == {("a", "1", "amd64", "a", "1"),
                              ("b", "2", "amd64", "b", "2")}
    assert layers(result) == {("a", "amd64"): 2, ("b", "amd64"): 5}


def test_status_and_status_d_side_by_side(tmp_path, fother):
    """A distroless base, on which somebody unpacked a Debian."""
    files = layout.debian(layout.deb("a"))
    files["var/lib/dpkg/status.d/b"] = (
        "Package: b\nVersion: 1\nArchitecture: amd64\n")
    result = fother("packages", of_tar(tmp_path, layout.tar(files)))
    assert {row[1] for row in result.rows} == {"a", "b"}, result


@pytest.mark.parametrize("status, there", [
    ("installed", True), ("triggers-pending", True),
    ("triggers-awaited", True), ("unpacked", True),
    ("half-configured", True), ("half-installed", True),
    ("config-files", False), ("not-installed", False)])
@pytest.mark.parametrize("wanted", ["install ok", "hold ok", "deinstall ok",
                                    "install reinstreq"])
def test_files_that_are_there_are_told(tmp_path, fother, wanted, status,
                                       there):
    """A hole in a program that is not set up yet is one all the same."""
    files = layout.debian("lab", layout.deb("x", status=f"{wanted} {status}"))
    result = fother("packages", of_tar(tmp_path, layout.tar(files)))
    assert result.code == 0, result
    assert ("x" in {row[1] for row in result.rows}) == there, result


# Two architectures of one image


def test_the_platform_of_an_index(tmp_path, fother):
    store = Layout(tmp_path / "image")
    for arch in ("amd64", "arm64"):
        store.image([Layer(layout.tar(layout.debian(
            layout.deb("lab", "1", arch))))],
            platform={"architecture": arch, "os": "linux"},
            config={"architecture": arch})
    name = f"oci:{store.folder}"
    for arch in ("amd64", "arm64"):
        result = fother("packages", "--platform", f"linux/{arch}", name)
        assert result.code == 0, result
        assert [row[3] for row in result.rows] == [arch]
    result = fother("packages", "--platform", "linux/s390x", name)
    assert result.code == 3, result
    assert "s390x" in result.err


# Alpine, as apk told it once (recorded/apk/README)


def apk_told(name):
    """The oracle's form of "apk list -I": NAME-VERSION ARCH {ORIGIN} ..."""
    found = set()
    text = (RECORDED / "apk" / name / "list").read_text()
    for line in text.splitlines():
        full, arch, origin, _ = re.match(
            r"(\S+) (\S+) \{(\S+)\} \((.*)\) \[installed\]$", line).groups()
        package, version, revision = full.rsplit("-", 2)
        version += f"-{revision}"
        found.add((package, version, arch, origin, version))
    return found


def apk_files(name, folder="lib"):
    read = RECORDED / "apk"
    return {"etc/os-release": (read / "first/os-release").read_bytes(),
            f"{folder}/apk/db/installed":
            (read / name / "installed").read_bytes()}


@pytest.mark.parametrize("folder", ["lib", "usr/lib"])
def test_an_alpine(tmp_path, fother, folder):
    image = of_tar(tmp_path, layout.tar(apk_files("first", folder)))
    result = fother("packages", image)
    assert listed(result) == apk_told("first")
    assert {row[0] for row in result.rows} == {"apk"}
    assert sorted_in_c(result)


def test_an_alpine_that_lost_packages_in_a_layer(tmp_path, fother):
    image = Layout(tmp_path / "image").image(
        [Layer(layout.tar(apk_files("first"))),
         Layer(layout.tar(apk_files("second")))])
    result = fother("packages", image)
    assert listed(result) == apk_told("second")
    assert set(layers(result).values()) == {1}


def test_an_alpine_that_is_usr_merged(tmp_path, fother):
    """lib is a link: the database is one, and not two."""
    files = apk_files("first", "usr/lib") | {"lib": layout.symlink("usr/lib")}
    result = fother("packages", of_tar(tmp_path, layout.tar(files)))
    assert listed(result) == apk_told("first")
    assert len(result.rows) == len(apk_told("first"))


def test_two_databases_are_said(tmp_path, fother):
    """dpkg's and apk's in one image: both are told, and that there are
    two."""
    files = layout.debian("lab") | {
        "lib/apk/db/installed": apk_files("first")["lib/apk/db/installed"]}
    result = fother("packages", of_tar(tmp_path, layout.tar(files)))
    assert {row[0] for row in result.rows} == {"deb", "apk"}, result
    assert len(result.rows) == 1 + len(apk_told("first"))
