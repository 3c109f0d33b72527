# SPDX-License-Identifier: Apache-2.0
"""The published schemas of bills of materials and the field's own readers of
them, from the package index, in an environment of their own below build/."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys

from lab import BUILD, mirror

PACKAGES = ("cyclonedx-python-lib[json-validation]==11.12.0",
            "packageurl-python==0.17.6",
            "spdx-tools==0.8.5")

# What each says of the file in argv[1], as JSON: a list of complaints.
CYCLONEDX = """
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
text = open(sys.argv[1]).read()
fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
found = [str(fault)] if fault else []
for one in json.loads(text).get("components", []):
    purl = one.get("purl")
    if purl and PackageURL.from_string(purl).to_string() != purl:
        found.append("not canonical: " + purl)
print(json.dumps(found))
"""
SPDX = """
import json, sys
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import (
    validate_full_spdx_document)
found = validate_full_spdx_document(parse_file(sys.argv[1]))
print(json.dumps([one.validation_message for one in found]))
"""


def environment():
    """Its python; made at first."""
    key = hashlib.sha256(repr((PACKAGES, sys.version)).encode()).hexdigest()
    home = BUILD / "venv" / f"sbom-{key[:12]}"
    home.parent.mkdir(parents=True, exist_ok=True)
    with open(home.parent / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "complete").exists():
            make(home)
    return home / "bin" / "python"


def make(home):
    shutil.rmtree(home, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    subprocess.run(
        [home / "bin" / "pip", "install", "--quiet", "--no-input",
         "--disable-pip-version-check", *PACKAGES],
        check=True, env=mirror.environment())
    (home / "complete").touch()


def complaints(script, file):
    # It may need what the tests themselves were started with, but no more.
    told = subprocess.run([environment(), "-c", script, file], check=True,
                          stdout=subprocess.PIPE, text=True,
                          env=dict(os.environ) | {"PYTHONPATH": ""})
    return json.loads(told.stdout)
