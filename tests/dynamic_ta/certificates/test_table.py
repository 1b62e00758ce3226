"""Every specification under ci/certificates has a test target of its own, with the strategy that it names."""

import tomllib
from pathlib import Path

import pytest

FOLDER = Path("ci/certificates")
BUILD = Path("tests/dynamic_ta/certificates/BUILD")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_a_specification_has_a_target_that_depends_on_its_strategy(path: Path) -> None:
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    strategy = Path(document["strategy"]).stem if "/" in document["strategy"] else ""
    assert document["name"] == path.stem
    assert f'    "{path.stem}": "{strategy}",\n' in BUILD.read_text(encoding="utf-8")


def test_the_folder_has_specifications() -> None:
    assert list(FOLDER.glob("*.toml"))
