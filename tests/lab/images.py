# SPDX-License-Identifier: Apache-2.0
"""Images to be patched, made in an engine without any network."""

import io
import json
import subprocess
import tarfile

from lab import mirror

SERVE = 'CMD ["busybox", "httpd", "-f", "-p", "80", "-h", "/srv"]'
KEY_PATH = "/usr/share/keyrings/lab.gpg"


def layer(files):
    """A tar of FILES {path: text or bytes}."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for path, content in files.items():
            if isinstance(content, str):
                content = content.encode()
            info = tarfile.TarInfo(path.lstrip("/"))
            info.size = len(content)
            info.mode = 0o644
            tar.addfile(info, io.BytesIO(content))
    return data.getvalue()


def small(engine, name="lab/small:base"):
    """The small Debian, that serves /srv."""
    if not engine.inspect(name, "image"):
        engine.docker("import", "-c", SERVE, "-c", "EXPOSE 80",
                      mirror.small(), name)
    return name


def add(engine, base, name, debs=(), files=None, script="", changes=()):
    """NAME = BASE and one layer: FILES, .DEBS installed by the image's own
    dpkg, and what SCRIPT does."""
    box = engine.docker("create", "--network", "none", base, "sh", "-ec",
                        "if ls /debs/*.deb >/dev/null 2>&1; then "
                        "dpkg -i /debs/*.deb; fi; rm -rf /debs\n" + script)
    try:
        content = {f"/debs/{deb.name}": deb.read_bytes() for deb in debs}
        subprocess.run(
            ["docker", "--host", engine.url, "cp", "-", f"{box}:/"],
            input=layer(content | (files or {})), check=True,
            stderr=subprocess.PIPE)
        engine.docker("start", "-a", box)
        # Commit would take the building command for the image's own.
        command = engine.inspect(base, "image")["Config"]["Cmd"]
        options = [word for change in (f"CMD {json.dumps(command)}", *changes)
                   for word in ("--change", change)]
        engine.docker("commit", *options, box, name)
    finally:
        engine.docker("rm", "-f", box)
    return name


def nginx(engine, name="lab/nginx:1"):
    """Debian as first released, with all its later suites in its sources,
    and nginx on top, whose site is a volume."""
    if engine.inspect(name, "image"):
        return name
    root = mirror.base()
    engine.docker("import", "-c", 'CMD ["bash"]', root, "lab/debian:1")
    debs = sorted(mirror.debs("nginx-light", root).iterdir())
    return add(
        engine, "lab/debian:1", name, debs,
        {"/etc/apt/sources.list": mirror.all_sources()},
        "mkdir -p /site && echo welcome >/site/index.html\n"
        "sed -i 's,root /var/www/html;,root /site;,' "
        "/etc/nginx/sites-available/default\n"
        "rm -f /var/log/dpkg.log",
        ['CMD ["nginx", "-g", "daemon off;"]', "EXPOSE 80",
         "VOLUME /site",
         'LABEL org.example.site="the lab"'])
