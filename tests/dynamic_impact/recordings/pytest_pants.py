"""A Pants port that runs the real pytest in copies of a repository, and lays its extra output down as Pants does.

Its targets: each ``test_*.py`` is a test and each other ``*.py`` a source; a line ``# needs: a.py b.txt`` names what
one depends on. Each ``*.txt`` is a resource.
"""

import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.dynamic_impact.recordings.programs import PYTHON

_NEEDS = re.compile(r"^# needs: (.*)$", re.MULTILINE)


@dataclass(slots=True)
class PytestPants:
    """The port.

    Parameters
    ----------
    batch : all tests of a call share one process
    ran : the tests that were run, in order
    meanwhile : called after the tests ran, before Pants ends
    """

    batch: bool = False
    ran: list[str] = field(default_factory=list)
    meanwhile: Callable[[], object] = bool

    def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
        del daemon
        paths = [path for path in sorted(build_root.rglob("*")) if path.suffix in {".py", ".txt"} and path.is_file()]
        return [
            _document(build_root, path)
            for path in paths
            if not {"dist", ".dynamic"} & set(path.relative_to(build_root).parts)
        ]

    def run_goal(
        self,
        build_root: Path,
        goal: str,
        addresses: Sequence[str],
        options: Sequence[str],
        on_line: Callable[[str], None],
    ) -> int:
        if goal == "roots":
            on_line("12:00:00.00 [INFO] a word of Pants")
            on_line(".")
            return 0
        assert goal == "test"
        self.ran.extend(addresses)
        groups = [tuple(addresses)] if self.batch else [(address,) for address in addresses]
        status = max([_run(build_root, group, options, on_line) for group in groups], default=0)
        self.meanwhile()
        return status


def _document(build_root: Path, path: Path) -> dict[str, Any]:
    name = path.relative_to(build_root).as_posix()
    kind = "resource" if path.suffix == ".txt" else "python_test" if path.name.startswith("test_") else "python_source"
    needs = [word for line in _NEEDS.findall(path.read_text(encoding="utf-8")) for word in line.split()]
    present = [word for word in needs if (build_root / word).is_file()]
    return {"address": name, "target_type": kind, "sources": [name], "dependencies": present}


def _run(build_root: Path, tests: tuple[str, ...], options: Sequence[str], on_line: Callable[[str], None]) -> int:
    arguments = [word for value in _values(options, "--pytest-args=") for word in shlex.split(value)]
    variables = dict(value.split("=", 1) for value in _values(options, "--test-extra-env-vars="))
    paths = variables.pop("PEX_EXTRA_SYS_PATH", "")
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Path(folder) / "sandbox"
        shutil.copytree(build_root, sandbox, ignore=shutil.ignore_patterns(".git", ".dynamic", "dist"))
        (sandbox / "extra-output").mkdir()
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": paths, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **variables}
        done = subprocess.run(
            [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, *tests],
            cwd=sandbox,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        for line in done.stdout.splitlines():
            on_line(line)
        name = tests[0].replace("/", ".") + (f"+{len(tests) - 1}" if len(tests) > 1 else "")
        shutil.copytree(sandbox / "extra-output", build_root / "dist" / "test" / name, dirs_exist_ok=True)
    on_line(f"{'✕' if done.returncode else '✓'} {name} {'failed' if done.returncode else 'succeeded'} in 0.10s.")
    return done.returncode


def _values(options: Sequence[str], name: str) -> list[str]:
    return [option.removeprefix(name) for option in options if option.startswith(name)]
