import json
import os
import shlex
import shutil
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from dynamic_base import DynamicError, ExitCode, UsageError
from dynamic_tl import CodeError, NodeError, NodePeer, SchemaError
from dynamic_tl.cli import contracts_group
from dynamic_tl.node import find_node
from tests.dynamic_tl.languages import node, schema, write_code

OURS = Path(str(files("dynamic_tl").joinpath("generated")))


def call(*arguments: str) -> object:
    return contracts_group.main(list(arguments), prog_name="contracts", standalone_mode=False)


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return parsed


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    folder = tmp_path / "schemas"
    folder.mkdir()
    members = {"n": {"type": "integer"}, "s": {"type": "string", "maxLength": 5}}
    (folder / "tick.json").write_bytes(schema(members))
    return folder


def test_our_own_messages_pass_and_the_summary_names_both_versions(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("test", "--vectors", "200") == ExitCode.YES
    said = capsys.readouterr()
    assert said.out.startswith(
        f"200 vectors of seed 1 through Python {sys.version.split()[0]} and Node.js {node().version}:"
    )
    assert "0 differences" in said.out
    assert "200/200 vectors" in said.err


def test_the_json_document_counts_every_vector(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("test", "--vectors", "150", "--seed", "9", "--json") == ExitCode.YES
    said = document(capsys)
    assert (said["version"], said["seed"], said["vectors"], said["differing"]) == (1, 9, 150, 0)
    assert said["accepted"] + sum(said["refused"].values()) == 150 == sum(said["kinds"].values())
    assert said["node"]["version"] == node().version


def test_a_folder_of_schemas_is_generated_tested_and_checked(
    schemas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert call("test", "--schemas", str(schemas), "--vectors", "100") == ExitCode.YES
    assert call("generate", "--schemas", str(schemas), "--out", str(out), "--check") == ExitCode.NO
    assert not out.exists()
    assert call("generate", "--schemas", str(schemas), "--out", str(out)) == ExitCode.YES
    assert call("generate", "--schemas", str(schemas), "--out", str(out), "--check") == ExitCode.YES
    assert call("test", "--schemas", str(schemas), "--code", str(out), "--vectors", "100") == ExitCode.YES
    capsys.readouterr()
    (out / "tick.mjs").unlink()
    assert call("generate", "--schemas", str(schemas), "--out", str(out), "--check", "--json") == ExitCode.NO
    assert document(capsys)["differences"] == [{"file": "tick.mjs", "what": "missing"}]


def test_a_difference_exits_1_small_with_hex_and_the_command_that_shows_it_again(
    schemas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    call("generate", "--schemas", str(schemas), "--out", str(out))
    broken = (out / "tick.mjs").read_text().replace("text(0, 5)", "text(0, 6)")
    (out / "tick.mjs").write_text(broken)
    capsys.readouterr()
    options = ("--schemas", str(schemas), "--code", str(out))
    assert call("test", *options, "--vectors", "200", "--seed", "3") == ExitCode.NO
    said = capsys.readouterr().out
    assert "DIFFERENCE in tick" in said
    assert "Python      refused: maxLength at /s" in said
    assert "JavaScript  accepted, written as " in said
    (again,) = {line.split("again")[1].strip() for line in said.splitlines() if line.startswith("  again")}
    assert again.startswith("./dynamic contracts test --seed 3 --vector ")
    assert call(*shlex.split(again)[2:], "--json") == ExitCode.NO
    (found,) = document(capsys)["differences"]
    assert found["python"] == {"verdict": "refused", "code": "maxLength", "pointer": "/s"}
    assert bytes.fromhex(found["javascript"]["hex"]).startswith(b'{"n":')


def test_a_schema_outside_the_subset_exits_3_and_names_the_place(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(schema({"it": {"type": "string", "pattern": "^\\d+$"}}))
    with pytest.raises(SchemaError) as caught:
        call("generate", "--schemas", str(tmp_path), "--out", str(tmp_path / "out"))
    assert str(caught.value) == (
        "bad.json#/properties/it/pattern: \\d does not mean the same in both languages: write [0-9]"
    )
    assert caught.value.exit_code == ExitCode.UNDECIDED
    assert not (tmp_path / "out").exists()


def test_schemas_without_a_folder_to_write_is_wrong_usage(schemas: Path) -> None:
    with pytest.raises(UsageError, match="--out DIR"):
        call("generate", "--schemas", str(schemas))


@pytest.mark.parametrize("named", ["/nowhere/node", sys.executable, "/"])
def test_without_a_node_nothing_is_decided_and_the_remedy_is_named(named: str) -> None:
    with pytest.raises(NodeError, match="--node PATH or DYNAMIC_NODE") as caught:
        call("test", "--vectors", "1", "--node", named)
    assert caught.value.exit_code == ExitCode.UNDECIDED


def test_a_named_node_wins_over_the_variable_and_that_over_the_wheels(tmp_path: Path) -> None:
    wheels = find_node("", {}).path
    link = tmp_path / "node"
    link.symlink_to(wheels)
    assert find_node("", {"DYNAMIC_NODE": str(link)}).path == link
    assert find_node(str(wheels), {"DYNAMIC_NODE": "/nowhere"}).path == wheels


def test_a_node_that_is_too_old_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v16.20.2\n")
    old.chmod(0o755)
    with pytest.raises(NodeError, match=r"v16\.20\.2, and 18 or later"):
        find_node(str(old), {})


@pytest.mark.parametrize("damage", ["syntax", "missing", "empty"])
def test_code_that_cannot_be_run_is_no_verdict(tmp_path: Path, damage: str) -> None:
    code = shutil.copytree(OURS, tmp_path / "code")
    if damage == "syntax":
        (code / "order.py").write_text("def\n")
    elif damage == "missing":
        (code / "__init__.py").unlink()
    else:
        (code / "__init__.py").write_text("")
    with pytest.raises(CodeError, match="contracts generate"):
        call("test", "--code", str(code), "--vectors", "1")


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ("export const MESSAGES = {;", "SyntaxError"),
        ("throw new TypeError('x')", "TypeError: x"),
        ("process.exit(0)", "it said nothing"),
        ("export const MESSAGES = {}; console.log('[]')", "it said nothing"),
    ],
)
def test_javascript_that_does_not_load_is_no_verdict_and_says_why(tmp_path: Path, index: str, said: str) -> None:
    code = shutil.copytree(OURS, tmp_path / "code")
    (code / "index.mjs").write_text(index)
    with pytest.raises(NodeError) as caught:
        call("test", "--code", str(code), "--vectors", "1")
    assert said in caught.value.message
    assert caught.value.exit_code == ExitCode.UNDECIDED


def test_a_node_that_never_answers_is_ended(tmp_path: Path) -> None:
    write_code(tmp_path, tick=schema({"n": {"type": "integer"}}))
    (tmp_path / "index.mjs").write_text("export const MESSAGES = { tick: { read() { for (;;); } } };")
    with NodePeer(node(), tmp_path, limit_s=0.5) as peer:
        peer.send([("tick", b"{}")])
        with pytest.raises(NodeError, match="ended before it answered"):
            peer.receive()


def test_a_node_that_never_reads_is_ended(tmp_path: Path) -> None:
    (tmp_path / "index.mjs").write_text("for (;;);")
    with NodePeer(node(), tmp_path, limit_s=0.5) as peer, pytest.raises(NodeError, match="ended before it answered"):
        # More than a pipe holds, so that writing waits for a reader.
        peer.send([("tick", b" " * 1_000_000)])


def test_code_that_crashes_is_a_difference_and_not_an_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = shutil.copytree(OURS, tmp_path / "code")
    text = (code / "runtime.py").read_text()
    (code / "runtime.py").write_text(
        text.replace('    """Return the message in ``data``, or', '    {}["x"]\n    """', 1)
    )
    assert call("test", "--code", str(code), "--vectors", "20") == ExitCode.NO
    assert "Python      crashed: KeyError: 'x'" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["generate", "test"])
def test_help_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        contracts_group.main([command, "--help"])
    assert f"Example:  ./dynamic contracts {command}" in capsys.readouterr().out


def test_every_failure_has_a_next_step(tmp_path: Path) -> None:
    for arguments in (
        ["test", "--node", "/nowhere"],
        ["test", "--schemas", str(tmp_path)],
        ["test", "--code", str(tmp_path)],
    ):
        with pytest.raises(DynamicError) as caught:
            call(*arguments)
        assert caught.value.hint
        assert "\n" not in str(caught.value)


def test_the_variable_is_read_by_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNAMIC_NODE", os.devnull)
    with pytest.raises(NodeError, match=os.devnull):
        call("test", "--vectors", "1")
