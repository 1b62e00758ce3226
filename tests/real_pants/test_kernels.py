"""The opencl plugin in the generated repository: two kernels with one header."""

import pytest

from tests.dynamic_impact.repositories import Repository
from tests.real_pants.commands import document, selected

SMA, HEADER, EMA = "kernels/rolling/sma.cl", "kernels/common/real.clh", "kernels/rolling/ema.cl"


@pytest.fixture(autouse=True)
def _kernels(repository: Repository) -> None:
    kernels = {
        SMA: '#include "../common/real.clh"\n',
        EMA: '#include "common/real.clh"\n',
        HEADER: "#define REAL float\n",
    }
    users = {f"product/{name}.py": f'KERNEL = load_kernel("rolling/{name}")\n' for name in ("sma", "ema")}
    tests = {f"product/test_{name}.py": f"from product import {name}\n" for name in ("sma", "ema", "none")}
    repository.commit(
        {
            **kernels,
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
    repository.write_all({SMA: '/* edited */\n#include "../common/real.clh"\n'})
    assert selected(capsys, repository, command) == ["product/test_sma.py:tests"]


def test_an_edit_of_a_header_selects_the_tests_of_every_kernel_that_includes_it(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    (repository.root / HEADER).write_text("/* edited */\n")
    assert selected(capsys, repository, command) == ["product/test_ema.py:tests", "product/test_sma.py:tests"]


def test_a_deleted_kernel_that_nothing_loads_any_more_selects_what_loaded_it(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    assert selected(capsys, repository, command) == [], "and this head is read as the base below"
    (repository.root / EMA).unlink()
    repository.write_all({"product/ema.py": "KERNEL = None\n"})
    assert selected(capsys, repository, command) == ["product/test_ema.py:tests"]


def test_a_missing_header_decides_nothing_and_names_who_includes_it(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    (repository.root / HEADER).unlink()
    code, found = document(capsys, repository, command, "run")
    assert code == 3
    assert "common/real.clh" in str(found["said"])
