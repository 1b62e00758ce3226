"""The pinned programs, for tests: those that Pants put into the sandbox, else those of the machine. Never none."""

import os
import shutil
import sys
from pathlib import Path

# In the sandbox, which environment holds a program: 3rdparty/python/BUILD makes them.
_PEX = {"bandit": "bandit.pex", "ruff": "ruff.pex"}
_SCANNERS = "scanners.pex"


def program(name: str, folder: Path) -> Path:
    """Return a file that starts ``name``; ``folder`` may keep a script for it.

    In Pants' sandbox a pex starts it: one environment for all scanners, unpacked once for the test's process.
    """
    pex = Path(_PEX.get(name, _SCANNERS)).absolute()
    if pex.exists():
        script = folder / name
        root = Path(".pex").absolute()
        script.write_text(
            f'#!/bin/sh\nPEX_ROOT={root} PEX_SCRIPT={name} exec {sys.executable} {pex} "$@"\n', encoding="utf-8"
        )
        script.chmod(0o755)
        return script
    named = os.environ.get(f"DYNAMIC_TOOL_{name.upper()}") or shutil.which(name)
    assert named, (
        f"no {pex.name} here and no {name} on PATH: run this test with ./pants, or set DYNAMIC_TOOL_{name.upper()}"
    )
    return Path(named)
