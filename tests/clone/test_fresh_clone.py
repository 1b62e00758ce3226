"""The documents' own commands, on a fresh clone with an empty home: cold, warm, and offline."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dynamic_base import ExitCode
from dynamic_cli.commands import COMMANDS
from dynamic_cli.main import dynamic
from tests.clone.clone import Clone, can_go_offline
from tests.docs.fences import fences, run_in_one_clone

# Each product, and the one file of it that is edited.
_PRODUCTS = {
    "dynamic_agi": "errors.py",
    "dynamic_ags": "errors.py",
    "dynamic_ai": "errors.py",
    "dynamic_ta": "errors.py",
    "dynamic_tl": "errors.py",
    "dynamic_token": "errors.py",
}
# What the delivery room joins of a product is tried by its tests too.
_JOINED_IN = {
    "dynamic_ai": ("tests/dynamic_delivery/datasets/", "tests/dynamic_cli:dynamic_delivery.datasets"),
    "dynamic_ta": ("tests/dynamic_delivery/", "tests/dynamic_cli:dynamic_delivery."),
}
_RESULT = re.compile(r"(?m)^[✓✕] (?P<test>\S+) (?:succeeded|failed)(?: in [\d.]+s)?(?: \((?P<source>[^)]*)\))?\.$")


def _commands(clone: Clone, document: str) -> list[str]:
    blocks = [fence for fence in fences(clone.path, document) if fence.is_run]
    return [line for block in blocks for _, line in block.commands()]


def _keep(name: str, seconds: dict[str, float]) -> None:
    """Leave figures where Pants brings them to dist/."""
    folder = Path("extra-output")
    folder.mkdir(exist_ok=True)
    (folder / f"fresh-clone-{name}.json").write_text(json.dumps(seconds, indent=2) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    made = Clone(tmp_path_factory.mktemp("fresh"))
    yield made
    made.end_daemon()


def test_the_documents_commands_pass_in_their_order(clone: Clone) -> None:
    seconds: dict[str, float] = {}
    for document in run_in_one_clone(clone.path):
        commands = _commands(clone, document)
        assert commands, f"{document} has no commands"
        for command in commands:
            seconds[f"{document}: {command}"] = round(clone.run(command).passed().seconds, 1)
    _keep("commands", seconds)
    assert list((clone.path / "dist/test/reports").glob("*.xml"))
    assert list((clone.folder / "home").glob(".cache/*")) == []
    clone.run("rm -r dist/sp500").passed()  # a snapshot goes into a new folder, here and in its help's example


def _examples() -> Iterator[str]:
    """Yield the example of each command's help, in the order of the table."""
    for row in COMMANDS:
        command = dynamic.get_command(click.Context(dynamic), row.name)
        for leaf in command.commands.values() if isinstance(command, click.Group) else [command]:
            yield (leaf.epilog or "" if leaf else "").partition("Example:")[2].strip()


@pytest.mark.parametrize("example", _examples())
def test_the_example_in_a_commands_help_works_when_pasted(clone: Clone, example: str) -> None:
    said = clone.run(example)
    assert said.exit_code in {ExitCode.YES, ExitCode.NO}, said.output


def test_a_warm_run_repeats_no_test(clone: Clone) -> None:
    said = clone.run("./pants test ::").passed()
    _keep("warm", {"./pants test ::": round(said.seconds, 1)})
    results = list(_RESULT.finditer(said.output))
    assert results
    assert [result["test"] for result in results if not result["source"]] == []


@pytest.mark.skipif(not can_go_offline(), reason="this machine does not let us cut a process off from the network")
def test_offline_the_same_commands_pass(clone: Clone) -> None:
    clone.end_daemon()
    for command in _commands(clone, "README.md"):
        clone.run(command, offline=True).passed()
    clone.end_daemon()


def test_the_slow_suite_is_left_out_by_default_and_seen_by_the_linters(clone: Clone) -> None:
    listed = clone.run("./pants --tag=slow list ::").passed().output
    assert "tests/clone/test_fresh_clone.py" in listed
    assert not list((clone.path / "dist/test/reports").glob("tests.clone*")), "the clone's own run took the slow suite"


def test_an_edit_of_a_kernel_selects_exactly_the_tests_that_pants_says_depend_on_it(clone: Clone) -> None:
    kernel = "kernels/rolling/sma.cl"
    listed = clone.run(f"./pants dependents --transitive {kernel} 2>/dev/null").passed().output.split()
    tests = "./pants --filter-target-type=python_test --tag=-slow list :: 2>/dev/null"
    expected = sorted(set(listed) & set(clone.run(tests).passed().output.split()))
    clone.run(f"echo '/* edited */' >>{kernel}").passed()
    said = clone.run("./dynamic impact select --since HEAD --json 2>/dev/null").passed().output
    clone.run(f"git checkout --quiet -- {kernel}").passed()
    assert "tests/dynamic_ta/indicators/test_sma.py" in expected
    assert sorted(item["address"] for item in json.loads(said)["selected"] if item["test"]) == expected


@pytest.mark.parametrize("product", sorted(_PRODUCTS))
def test_an_edit_in_one_product_selects_that_products_tests_alone(clone: Clone, product: str) -> None:
    file = f"src/{product}/{_PRODUCTS[product]}"
    clone.run(f"echo '# edited' >>{file}").passed()
    said = clone.run("./dynamic impact select --since HEAD --json 2>/dev/null").passed().output
    clone.run(f"git checkout --quiet -- {file}").passed()
    tests = [item["address"] for item in json.loads(said)["selected"] if item["test"]]
    own = (f"tests/{product}/", f"tests/dynamic_cli:{product}")
    assert any(address.startswith(own) for address in tests)
    joined = _JOINED_IN.get(product, ())
    assert [address for address in tests if not address.startswith((*own, *joined))] == []


def test_the_clone_is_left_clean(clone: Clone) -> None:
    assert clone.run("git status --porcelain").passed().output == ""
    assert not Path(clone.folder, "home", ".pex").exists()
