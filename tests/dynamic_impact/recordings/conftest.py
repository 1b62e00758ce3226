"""A maker of programs for each test."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.dynamic_impact.recordings.programs import Program, new_program

MakeProgram = Callable[[Mapping[str, str]], Program]


@pytest.fixture
def program(tmp_path: Path) -> MakeProgram:
    """Makes a program of files."""
    return lambda files: new_program(tmp_path, files)
