# SPDX-License-Identifier: Apache-2.0
"""What the system tests, the demo and the benchmarks are made of: engines,
images, apt repositories and clients that exist only for them."""

import os
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("FOTHER_BUILD", SOURCE / "build"))
FIXTURES = BUILD / "fixtures"
FOTHER = BUILD / "fother"
