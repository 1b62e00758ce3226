"""The optional engines for a test: those that Pants put here as one file, else those on the path."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

_UNPACKED = TemporaryDirectory(prefix="extras-")  # until the process ends


def add_extras() -> None:
    """Put the packages of ``inference.pex`` last on the path, where ``DYNAMIC_EXTRAS`` has them."""
    if find_spec("openvino"):
        return
    pex = Path("inference.pex")
    assert pex.exists(), "no inference.pex here and no openvino on the path: run this test with ./pants"
    done = subprocess.run(
        [sys.executable, pex, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        # Not below Pants' sandbox: coverage would take the packages for ours.
        env={"PATH": "/usr/bin:/bin", "HOME": _UNPACKED.name, "PEX_ROOT": _UNPACKED.name},
        capture_output=True,
        text=True,
        check=True,
    )
    sys.path.append(done.stdout.strip())
    assert find_spec("openvino"), f"{done.stdout} has no openvino"
