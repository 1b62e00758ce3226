"""The pinned programs, for tests: those that Pants put into the sandbox, else those of the machine. Never none."""

import os
import shutil
import sys
from functools import cache
from pathlib import Path

# In the sandbox, which environment holds a program: 3rdparty/python/BUILD makes them.
_PEX = {"bandit": "bandit.pex", "ruff": "ruff.pex"}
_SCANNERS = "scanners.pex"


@cache
def program(name: str, folder: Path | None = None) -> Path:
    """Return a file that starts ``name``.

    In Pants' sandbox it is a script in ``folder``, or else beside the pex, whose environment is unpacked once for the
    test's process.
    """
    pex = Path(_PEX.get(name, _SCANNERS)).absolute()
    if pex.exists():
        script = (folder or pex.parent) / f"start-{name}"
        # The variable is of the test's own pex; this one would warn of it.
        start = f'PEX_ROOT={pex.parent}/.pex PEX_SCRIPT={name} exec {sys.executable} {pex} "$@"'
        script.write_text(f"#!/bin/sh\nunset __PEX_EXTRA_SYS_PATH__\n{start}\n", encoding="utf-8")
        script.chmod(0o755)
        return script
    variable = f"DYNAMIC_TOOL_{name.upper()}"
    named = os.environ.get(variable) or shutil.which(name)
    assert named, f"no {pex.name} here and no {name} on PATH: run this test with ./pants, or set {variable}"
    return Path(named)
