"""Commands on a machine without any OpenCL device: one line that says what to install, and exit code 3."""

import os
import subprocess
import sys

import pytest


def run(*words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OCL_ICD_VENDORS": "/nonexistent"}
    return subprocess.run(
        [sys.executable, "-m", "dynamic_cli", *words], env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "words",
    ["devices", "matrix run --kernel rolling/sma --repo .", "backtest cross sweep sp500 --fast 2:4 --slow 10:20:10"],
)
def test_what_needs_a_device_says_what_to_install_and_could_not_decide(words: str) -> None:
    done = run(*words.split())
    assert done.returncode == 3, done.stderr
    assert done.stdout == ""
    assert "pip install pocl-binary-distribution" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_what_needs_none_works() -> None:
    done = run("kernels", "show", "rolling/sum")
    assert (done.returncode, done.stderr) == (0, "")
