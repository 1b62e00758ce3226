"""One small generated repository and one daemon for all tests of this folder; nothing is fetched.

Its tests are shell commands, since those need no Python environment.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dynamic_impact.repositories import Repository, new_repository

TOML = """\
[GLOBAL]
pants_version = "2.17.1"
backend_packages = ["pants.backend.experimental.visibility", "pants.backend.python", "pants.backend.shell", "opencl"]
pythonpath = ["%(buildroot)s/plugins"]
ignore_warnings = ["DEPRECATED: Running Pants in an external Python interpreter"]

[anonymous-telemetry]
enabled = false

[source]
root_patterns = ["/", "/src"]

[python]
interpreter_constraints = ["CPython>=3.9"]
enable_resolves = true
default_resolve = "products"
resolves_generate_lockfiles = false

[python.resolves]
products = "third/products.lock"

[python-infer]
use_rust_parser = true
"""


def shell_test(name: str, command: str, dependency: str) -> str:
    return (
        f'experimental_test_shell_command(name="{name}", command="{command}", tools=["grep"], '
        f'execution_dependencies=["{dependency}"])\n'
    )


LOCK = """\
parser==3.0
    # via web
tool==5.0
    # via -r third/wanted.txt
web==1.0
    # via -r third/wanted.txt
"""

FILES = {
    "pants.toml": TOML,
    ".gitignore": "/.pants.d/\n/.pids/\n/dist/\n",
    "a b/BUILD": 'files(name="data", sources=["*.txt"])\n' + shell_test("test_é", "grep -q one one.txt", ":data"),
    "a b/one.txt": "one\n",
    "lib/BUILD": "python_sources()\n",
    "lib/__init__.py": "",
    "lib/core.py": "X = 1\n",
    "lib/user.py": "from lib.core import X\n",
    "check/BUILD": shell_test("user", "grep -q core ../lib/user.py", "lib/user.py")
    + shell_test("other", "grep -q two two.txt", ":two")
    + 'file(name="two", source="two.txt")\n',
    "check/two.txt": "two\n",
    "third/BUILD": 'python_requirements(source="wanted.txt")\n',
    "third/wanted.txt": "web==1.0\ntool==5.0\n",
    "third/products.lock": LOCK,
    "app/BUILD": "python_sources()\n"
    + shell_test("web", "grep -q web ../app/page.py", "app/page.py")
    + shell_test("tool", "grep -q tool ../app/job.py", "app/job.py"),
    "app/page.py": "import web\n",
    "app/job.py": "import tool\n",
}


def python_39() -> str:
    """Return a Python 3.9, where the launcher looks for it too."""
    homes = [os.environ.get("PYENV_ROOT", ""), os.environ.get("HOME", "") + "/.pyenv"]
    found = [str(path) for home in homes if home for path in sorted(Path(home).glob("versions/3.9.*/bin/python3.9"))]
    python = shutil.which("python3.9") if not found else found[-1]
    assert python, "Pants 2.17.1 runs under Python 3.9: install one, for example with pyenv"
    return python


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A program that starts Pants, away from this machine's home."""
    home = tmp_path_factory.mktemp("home")
    script = home / "pants"
    pex = Path("pants.pex").resolve()
    script.write_text(
        # A clean environment: the sandbox's own import path would make each edit of a source restart the daemon.
        f'#!/bin/sh\nexec env -i HOME="{home}" PATH=/usr/bin:/bin PEX_ROOT="{home}/pex" LC_ALL=C.UTF-8 '
        f'"{python_39()}" "{pex}" "$@"\n'
    )
    script.chmod(0o755)
    return str(script)


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    made = new_repository(tmp_path_factory.mktemp("répo sitory"))
    shutil.copytree("tools/pants_plugins/opencl", made.root / "plugins" / "opencl")
    made.commit({**FILES, "src/BUILD": Path("src/BUILD").read_text(encoding="utf-8")})
    yield made
    for pid in made.root.glob(".pids/*/pantsd/pid"):
        os.kill(int(pid.read_text()), signal.SIGTERM)


@pytest.fixture(autouse=True)
def _clean(repository: Repository) -> Iterator[None]:
    yield
    repository.git("checkout", "--quiet", ".")
    repository.git("clean", "--quiet", "--force", "-d")
