"""The opencl plugin in the generated repository, over this project's own kernels and one more of the same header."""

from pathlib import Path

import pytest
from tests.dynamic_impact.repositories import Repository
from tests.real_pants.commands import document, selected

KERNELS = Path("kernels")
SMA, HEADER, EMA = "rolling/sma.cl", "common/real.clh", "rolling/ema.cl"


@pytest.fixture(autouse=True)
def _kernels(repository: Repository) -> None:
    own = {f"kernels/{name}": (KERNELS / name).read_text(encoding="utf-8") for name in (SMA, HEADER)}
    users = {f"product/{name}.py": f'KERNEL = load_kernel("rolling/{name}")\n' for name in ("sma", "ema")}
    tests = {f"product/test_{name}.py": f"from product import {name}\n" for name in ("sma", "ema", "none")}
    repository.commit(
        {
            **own,
            f"kernels/{EMA}": '#include "common/real.clh"\n',
            "kernels/rolling/BUILD": "opencl_sources()\n",
            "kernels/common/BUILD": "opencl_sources()\n",
            "product/BUILD": 'python_sources()\npython_tests(name="tests")\n',
            "product/none.py": "",
            **users,
            **tests,
        }
    )


def test_an_edit_of_a_kernel_selects_exactly_its_tests(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    kernel = repository.root / KERNELS / SMA
    kernel.write_text(f"/* edited */\n{kernel.read_text()}")
    assert selected(capsys, repository, command) == ["product/test_sma.py:tests"]


def test_an_edit_of_a_header_selects_the_tests_of_every_kernel_that_includes_it(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    (repository.root / KERNELS / HEADER).write_text("/* edited */\n")
    assert selected(capsys, repository, command) == ["product/test_ema.py:tests", "product/test_sma.py:tests"]


def test_a_deleted_kernel_that_nothing_loads_any_more_selects_what_loaded_it(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    assert selected(capsys, repository, command) == [], "and this head is read as the base below"
    (repository.root / KERNELS / EMA).unlink()
    repository.write_all({"product/ema.py": "KERNEL = None\n"})
    assert selected(capsys, repository, command) == ["product/test_ema.py:tests"]


def test_a_missing_header_decides_nothing_and_names_who_includes_it(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    (repository.root / KERNELS / HEADER).unlink()
    code, found = document(capsys, repository, command, "run")
    assert code == 3
    assert "common/real.clh" in str(found["said"])
