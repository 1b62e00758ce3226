"""The floors of src/BUILD, copied into the generated repository and broken there."""

import pytest

from tests.dynamic_impact.repositories import Repository
from tests.real_pants.commands import document


def room(repository: Repository, name: str, imports: str) -> None:
    repository.write_all({f"src/{name}/BUILD": "python_sources()\n", f"src/{name}/__init__.py": imports})


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("dynamic_base", "dynamic_events"),
        ("dynamic_events", "dynamic_engines"),
        ("dynamic_ta", "dynamic_impact"),
        ("dynamic_impact", "dynamic_cli"),
    ],
    ids=["a floor above", "a sibling", "a sibling product", "the command line"],
)
def test_a_forbidden_import_fails_and_names_both_ends(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str, importer: str, imported: str
) -> None:
    room(repository, imported, "")
    room(repository, importer, f"import {imported}\n")
    code, found = document(capsys, repository, command, "impact", "select", "--since", "HEAD")
    assert code == 3
    assert f"src/{importer}/__init__.py" in str(found["said"])


def test_an_import_that_goes_down_is_allowed(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    room(repository, "dynamic_base", "")
    room(repository, "dynamic_impact", "import dynamic_base\n")
    code, _ = document(capsys, repository, command, "impact", "select", "--since", "HEAD")
    assert code == 0
