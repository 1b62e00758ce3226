"""Runs test files one by one, each in a fresh fork of a process that has the third parties loaded; stands alone.

It is started as ``python worker.py TREE PRELOAD...``, reads ``{"test": path, "timeout_s": n}`` a line (and, if wanted,
``plugins`` for pytest, ``path`` for imports and ``environment``), and answers
``{"test": path, "status": n, "seconds": n, "timeout": bool}`` a line. It imports nothing of the tree itself, so what a
fork sees is what stands in the files at that time.
"""

import contextlib
import gc
import importlib
import json
import os
import signal
import sys
import tempfile
import time
from typing import Any


def preload(names: list[str]) -> None:
    """Load what each test would load from outside the tree, once."""
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    # One run over an empty file loads what pytest loads late.
    with tempfile.TemporaryDirectory() as folder:
        empty = os.path.join(folder, "test_empty.py")  # noqa: PTH118
        with open(empty, "w", encoding="utf-8"):  # noqa: PTH123
            pass
        with open(os.devnull, "w", encoding="utf-8") as quiet, contextlib.redirect_stdout(quiet):  # noqa: PTH123
            run_pytest(empty, [f"--rootdir={folder}"])
    gc.collect()
    gc.freeze()


def run_pytest(test: str, plugins: list[str]) -> int:
    """Run one test file to its first failure, without randomness and without a deadline on examples."""
    import pytest  # its cost is paid before the fork

    options = ["-q", "-x", "--import-mode=importlib", "-p", "no:cacheprovider", *plugins]
    with contextlib.suppress(ImportError):
        from hypothesis import settings

        settings.register_profile("study", deadline=None, derandomize=True, database=None)
        settings.load_profile("study")
        options += ["-p", "_hypothesis_pytestplugin"]
    return int(pytest.main([*options, test]))


def in_fork(asked: dict[str, Any]) -> None:
    """Become the test: quiet, in a process group of its own, so that a timeout ends all that it started."""
    os.setpgid(0, 0)
    quiet = os.open(os.environ.get("STUDY_LOG", os.devnull), os.O_RDWR | os.O_CREAT | os.O_APPEND)
    for descriptor in (0, 1, 2):
        os.dup2(quiet, descriptor)
    status = 70
    try:
        os.environ.update(asked.get("environment", {}))
        sys.path[:0] = asked.get("path", [])
        status = run_pytest(asked["test"], asked.get("plugins", []))
    finally:
        sys.stdout.flush()
        os._exit(status)


def wait(child: int, timeout_s: float) -> tuple[int | None, float]:
    """Return the exit status of ``child`` and its processor time, s; None, and all of its group gone, on timeout."""
    end = time.monotonic() + timeout_s
    pause = 0.002
    while time.monotonic() < end:
        done, status, used = os.wait4(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
        time.sleep(pause)
        pause = min(pause * 1.5, 0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    used = os.wait4(child, 0)[2]
    return None, used.ru_utime + used.ru_stime


def main(words: list[str]) -> None:
    """Answer until the input ends."""
    tree, *names = words
    os.chdir(tree)
    roots = [os.path.join(tree, "src"), tree]  # noqa: PTH118  # no imports that a test would not have
    # Looking for plugins costs more than a small test; the one that the tests use is named.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ["PYTHONPATH"] = os.pathsep.join(roots)
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    sys.path[:] = [*roots, *(path for path in sys.path if os.path.abspath(path) not in (here, *roots))]  # noqa: PTH100
    preload(["pytest", "_pytest.assertion.rewrite", "hypothesis", *names])
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            in_fork(asked)
        status, seconds = wait(child, asked["timeout_s"])
        answer = {
            "test": asked["test"],
            "status": 124 if status is None else status,
            "seconds": round(seconds, 3),
            "timeout": status is None,
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
