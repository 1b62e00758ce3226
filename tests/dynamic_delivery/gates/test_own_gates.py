"""The gates over this repository's own rooms: contracts, matrix and harness."""

import copy
import json
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dynamic_base import DynamicError
from dynamic_delivery.gates import contracts, harness, matrix
from dynamic_delivery.gates.compatibility import Break, breakages
from dynamic_delivery.gates.errors import GateError, OutputError
from dynamic_delivery.gates.model import Outcome, Report, Scope, Severity, Tool
from dynamic_engines import load_kernel
from dynamic_engines.matrix import Baseline, Cell, Matrix, Status, accepted, compare, save, save_baseline
from dynamic_tl.errors import SchemaError
from dynamic_tl.subset import parse_message
from dynamic_tl.vectors import Vectors
from tests.dynamic_engines.matrix.recorded import RECORDED, cell

OLD, NEW = Break.OLD_REFUSED, Break.NEW_REFUSED
TRADE: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A trade",
    "type": "object",
    "properties": {
        "id": {"type": "integer", "minimum": 1, "maximum": 1000},
        "side": {"type": "string", "enum": ["buy", "sell"]},
        "note": {"type": "string", "maxLength": 20},
        "venue": {"type": "string", "pattern": "^[A-Z]{4}$"},
        "fees": {"type": "array", "maxItems": 4, "items": {"type": "number", "minimum": 0}},
        "labels": {
            "type": "object",
            "propertyNames": {"minLength": 1, "maxLength": 8},
            "additionalProperties": {"type": "string", "maxLength": 8},
            "maxProperties": 3,
        },
    },
    "required": ["id", "side"],
    "additionalProperties": False,
}
Edit = Callable[[dict[str, Any]], object]
# What an edit of the schema does, by hand.
EDITS: dict[str, tuple[Edit, set[Break]]] = {
    "a title": (lambda s: s.update(title="Another"), set()),
    "a member is gone": (lambda s: s["properties"].pop("note"), {OLD}),
    "an optional member": (lambda s: s["properties"].update(more={"type": "boolean"}), {NEW}),
    "a member is required": (lambda s: s["required"].append("fees"), {OLD}),
    "a member may be absent": (lambda s: s["required"].remove("id"), {NEW}),
    "a value is gone": (lambda s: s["properties"]["side"].update(enum=["buy"]), {OLD}),
    "a value more": (lambda s: s["properties"]["side"].update(enum=["buy", "sell", "short"]), {NEW}),
    "a narrower number": (lambda s: s["properties"]["id"].update(maximum=10), {OLD}),
    "a wider number": (lambda s: s["properties"]["id"].update(minimum=0), {NEW}),
    "a number without an end": (lambda s: s["properties"]["id"].pop("maximum"), {NEW}),
    "a shorter text": (lambda s: s["properties"]["note"].update(maxLength=5), {OLD}),
    "another pattern": (lambda s: s["properties"]["venue"].update(pattern="^[A-Z]{3}$"), {OLD, NEW}),
    "no pattern": (lambda s: s["properties"]["venue"].pop("pattern"), {NEW}),
    "another type": (lambda s: s["properties"].update(note={"type": "integer"}), {OLD, NEW}),
    "fewer items": (lambda s: s["properties"]["fees"].update(maxItems=1), {OLD}),
    "narrower items": (lambda s: s["properties"]["fees"]["items"].update(maximum=5), {OLD}),
    "shorter names": (lambda s: s["properties"]["labels"]["propertyNames"].update(maxLength=2), {OLD}),
    "wider values": (lambda s: s["properties"]["labels"]["additionalProperties"].update(maxLength=9), {NEW}),
    "an integer of numbers": (lambda s: s["properties"]["fees"].update(items={"type": "integer"}), {OLD, NEW}),
}


def edited(names: Iterable[str]) -> dict[str, Any]:
    schema = copy.deepcopy(TRADE)
    for name in names:
        EDITS[name][0](schema)
    return schema


def ways(old: dict[str, Any], new: dict[str, Any]) -> set[Break]:
    messages = [[parse_message("trade.json", json.dumps(schema).encode())] for schema in (old, new)]
    return {each.way for each in breakages(*messages)}


def refuses(reader: dict[str, Any], writer: dict[str, Any]) -> bool:
    """Say whether jsonschema, which shares no code with ours, refuses as ``reader`` what is valid for ``writer``."""
    vectors = Vectors([parse_message("trade.json", json.dumps(writer).encode())], 1)
    drawn = (vectors[index] for index in range(0, 40, 2))
    validator = Draft202012Validator(reader)
    return any(not validator.is_valid(json.loads(each.data)) for each in drawn if each.kind == "valid")


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_a_schema_breaks_whom_a_person_says(name: str) -> None:
    assert ways(TRADE, edited([name])) == EDITS[name][1]


@settings(deadline=None, max_examples=25)
@given(names=st.lists(st.sampled_from(sorted(EDITS)), max_size=3, unique=True))
def test_what_jsonschema_refuses_after_edits_is_told_as_broken(names: list[str]) -> None:
    try:
        new = edited(names)
        told = ways(TRADE, new)
    except (KeyError, ValueError, SchemaError):
        return  # one edit took away what the next one edits

    assert OLD in told or not refuses(new, TRADE)
    assert NEW in told or not refuses(TRADE, new)


@pytest.mark.parametrize(("old", "new"), [(1, True), (True, 1), (0, False), ("1", 1), ("true", True)])
def test_a_constant_of_another_type_breaks_both_ways(old: object, new: object) -> None:
    schemas = (
        {**TRADE, "properties": {"id": {"const": value}, "side": TRADE["properties"]["side"]}} for value in (old, new)
    )

    assert ways(*schemas) == {OLD, NEW}


def test_a_message_that_is_gone_breaks_and_a_new_one_does_not() -> None:
    message = parse_message("trade.json", json.dumps(TRADE).encode())

    assert [each.what for each in breakages([message], [])] == ["the message is gone"]
    assert breakages([], [message]) == ()


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A repository with this one's schemas and generated code."""
    for name in ("schemas", "generated"):
        target = tmp_path / "src/dynamic_tl" / name
        target.mkdir(parents=True)
        for file in files("dynamic_tl").joinpath(name).iterdir():
            if file.name.endswith((".json", ".py", ".mjs")):
                (target / file.name).write_bytes(file.read_bytes())
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "a")
    return tmp_path


def git(root: Path, *words: str) -> None:
    nobody = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}  # who signs commits, or has hooks, is not asked
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *words], cwd=root, env=nobody, check=True)


def contracts_of(room: Path) -> Report:
    return contracts.judge(Scope(room, ("src/dynamic_tl/schemas/order.json",), "HEAD"))


def test_current_contracts_pass(room: Path) -> None:
    report = contracts_of(room)

    assert (report.outcome, report.findings) == (Outcome.PASSED, ())


def test_a_changed_schema_tells_of_its_code_and_of_whom_it_breaks(room: Path) -> None:
    schema = room / "src/dynamic_tl/schemas/order.json"
    schema.write_text(schema.read_text(encoding="utf-8").replace('["buy", "sell"]', '["buy"]'), encoding="utf-8")

    report = contracts_of(room)

    assert {(each.rule, each.severity) for each in report.findings} >= {
        ("changed", Severity.HIGH),
        ("old-refused", Severity.HIGH),
    }
    assert "side: without sell (what was valid at HEAD is refused now)" in {each.message for each in report.findings}


def test_a_schema_outside_of_the_subset_is_a_finding(room: Path) -> None:
    (room / "src/dynamic_tl/schemas/order.json").write_text('{"oneOf": []}', encoding="utf-8")

    (finding,) = contracts_of(room).findings

    assert (finding.rule, finding.place and finding.place.path) == ("schema", "src/dynamic_tl/schemas/order.json")


def test_schemas_below_the_top_of_the_work_tree_are_compared_too(tmp_path: Path, room: Path) -> None:
    top = tmp_path / "top"
    shutil.copytree(room / "src", top / "built/src")
    git(top, "init", "-q")
    git(top, "add", "-A")
    git(top, "commit", "-qm", "a")
    schema = top / "built/src/dynamic_tl/schemas/order.json"
    schema.write_text(schema.read_text(encoding="utf-8").replace('["buy", "sell"]', '["buy"]'), encoding="utf-8")

    assert "old-refused" in {each.rule for each in contracts_of(top / "built").findings}


def test_a_message_that_a_change_only_takes_away_is_told(room: Path) -> None:
    gone = ("src/dynamic_tl/schemas/order.json",)
    (room / gone[0]).unlink()
    scope = Scope(room, (), "HEAD", deleted=gone)

    assert contracts.GATE.wants(scope)
    report = contracts.judge(scope)
    assert ("old-refused", gone[0]) in {(each.rule, each.place.path) for each in report.findings if each.place}
    assert report.read
    assert not contracts.GATE.wants(Scope(room, (), "HEAD", deleted=("src/dynamic_ta/a.py",)))


def test_a_base_whose_schemas_cannot_be_read_is_no_answer(room: Path) -> None:
    schema = room / "src/dynamic_tl/schemas/order.json"
    good = schema.read_bytes()
    schema.write_text('{"oneOf": []}', encoding="utf-8")
    git(room, "commit", "-qam", "b")
    schema.write_bytes(good)

    with pytest.raises(GateError, match=r"HEAD holds schemas that cannot be read.*order\.json#"):
        contracts_of(room)


def test_a_base_without_schemas_breaks_nobody(room: Path) -> None:
    git(room, "rm", "-rq", "--cached", "src")
    git(room, "commit", "-qm", "b", "--allow-empty")

    assert contracts_of(room).outcome is Outcome.PASSED


def compared(before: Iterable[Cell], now: Iterable[Cell], *, partial: str = "") -> Report:
    baseline = Baseline(accepted(Matrix(RECORDED, 7, "2.3.0", tuple(before))).cells)
    run = Matrix(RECORDED, 7, "2.3.0", tuple(now), partial)
    return matrix.answer(compare(baseline, run), Path("now.json"), Tool("dynamic matrix", "2"), ("kernels/a.cl",))


def test_a_cell_that_turned_red_is_a_finding_at_its_kernel() -> None:
    report = compared([cell()], [cell(status=Status.FAIL, reason="got 1.0, not 2.0")])

    (finding,) = report.findings
    assert (report.outcome, finding.severity) == (Outcome.FAILED, Severity.HIGH)
    assert finding.place is not None
    assert finding.place.path == "kernels/rolling/sma.cl"
    assert "got 1.0, not 2.0" in finding.message
    assert "--kernel rolling/sma" in finding.fix


def test_cells_as_accepted_pass() -> None:
    assert compared([cell()], [cell()]).outcome is Outcome.PASSED


@pytest.mark.parametrize("now", [[], [cell(kernel="rolling/ema")]], ids=["nothing", "another kernel"])
def test_an_accepted_cell_that_was_not_asked_about_leaves_it_undecided(now: list[Cell]) -> None:
    report = compared([cell()], now, partial="--kernel rolling/ema")

    assert report.outcome is Outcome.UNDECIDED
    assert report.reason
    assert report.fix


def test_a_red_cell_is_told_even_where_another_leaves_it_undecided() -> None:
    other = cell(kernel="rolling/ema")
    report = compared([cell(), other], [cell(status=Status.FAIL)], partial="--kernel rolling/sma")

    assert (report.outcome, len(report.findings)) == (Outcome.UNDECIDED, 1)


def test_no_record_of_the_matrix_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(DynamicError, match="no matrix was recorded"):
        matrix.judge(Scope(tmp_path, ("kernels/a.cl",)))


def recorded(root: Path, *, days: int) -> Report:
    """Return the gate's report where the newest record is so old and holds one cell, which is as accepted."""
    held = cell(kernel_digest=load_kernel("rolling/sma").digest)
    run = Matrix(datetime.now(UTC) - timedelta(days=days), 7, "2.3.0", (held,))
    save(root, run)
    save_baseline(root / "ci/matrix.json", accepted(run))
    return matrix.judge(Scope(root, ("kernels/rolling/ema.cl",)))


def test_a_kernel_of_which_nobody_asked_leaves_it_undecided(tmp_path: Path) -> None:
    report = recorded(tmp_path, days=0)

    assert report.outcome is Outcome.UNDECIDED
    assert re.search(r"has no cell of \d+ kernels", report.reason)


def test_a_record_of_another_month_leaves_it_undecided(tmp_path: Path) -> None:
    report = recorded(tmp_path, days=31)

    assert (report.outcome, report.reason) == (Outcome.UNDECIDED, "the newest record is 31 days old")


def harnessed(root: Path, exits: Iterable[tuple[str, int]], *, exit_code: int, stderr: str = "") -> Report:
    """Return the gate's report where the harness prints these modules."""
    lines = ", ".join(
        f'{{"module": "{name}", "exit": {code}, "seconds": 1, "log": "dist/verify/{name}.log"}}' for name, code in exits
    )
    script = root / harness.SCRIPT
    script.parent.mkdir(parents=True)
    document = f'{{"schema": "dynamic.verify/1", "modules": [{lines}]}}'
    said = f"[ $1 = --json ] && echo '{document}'\nprintf '{stderr}' >&2"
    script.write_text(f"#!/bin/sh\n{said}\nexit {exit_code}\n", encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return harness.judge(Scope(root, ("src/dynamic_token/ledger.py",)))


def test_a_module_that_says_no_is_a_finding_with_its_own_trial(tmp_path: Path) -> None:
    report = harnessed(tmp_path, [("dynamic_ai", 0), ("dynamic_token", 1)], exit_code=1)

    (finding,) = report.findings
    assert (report.outcome, finding.rule) == (Outcome.FAILED, "dynamic_token")
    assert "dist/verify/dynamic_token.log" in finding.fix
    assert finding.fix.endswith("scripts/verify/dynamic_modules.sh dynamic_token")


def test_modules_that_say_yes_pass(tmp_path: Path) -> None:
    assert harnessed(tmp_path, [("dynamic_ai", 0)], exit_code=0).outcome is Outcome.PASSED


def test_a_module_that_could_not_be_decided_leaves_the_gate_undecided(tmp_path: Path) -> None:
    report = harnessed(tmp_path, [("dynamic_ai", 3), ("dynamic_tl", 127), ("dynamic_token", 1)], exit_code=1)

    assert (report.outcome, [each.rule for each in report.findings]) == (Outcome.UNDECIDED, ["dynamic_token"])
    assert report.reason == "no answer of dynamic_ai (exit 3), dynamic_tl (exit 127)"


@pytest.mark.parametrize(
    ("exits", "exit_code"),
    [([], 0), ([("a", 1)], 0), ([("a", 0)], 1), ([("a", 0)], 3), ([("a", 0), ("a", 0)], 0)],
    ids=["none", "no", "yes", "yes, 3", "twice"],
)
def test_a_harness_whose_lines_and_exit_status_differ_is_no_answer(
    tmp_path: Path, exits: list[tuple[str, int]], exit_code: int
) -> None:
    with pytest.raises(OutputError):
        harnessed(tmp_path, exits, exit_code=exit_code)


def test_what_the_harness_says_besides_its_modules_is_a_finding(tmp_path: Path) -> None:
    told = "dynamic_ai     yes     9 s  dist/verify/dynamic_ai.log\\n    a line of its log\\n"

    report = harnessed(tmp_path, [("dynamic_ai", 0)], exit_code=0, stderr=f"{told}tail: no space left\\n")

    assert [(each.rule, each.message) for each in report.findings] == [("tool-warning", "tail: no space left")]
    assert report.outcome is Outcome.FAILED


def test_the_real_harness_prints_what_the_gate_reads(tmp_path: Path) -> None:
    """The script itself, with a program in place of ./dynamic that accepts all: what must be refused is then a no."""
    script = tmp_path / harness.SCRIPT
    script.parent.mkdir(parents=True)
    shutil.copy(harness.SCRIPT, script)
    (tmp_path / "dynamic").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "dynamic").chmod(0o755)

    report = harness.judge(Scope(tmp_path, ("src/dynamic_tl/cli.py",)))

    assert {each.rule for each in report.findings} >= {"dynamic_ags"}
    assert not [each for each in report.findings if each.rule == "tool-warning"]
    assert "dynamic_tl" not in {each.rule for each in report.findings}


def test_a_workflow_is_of_what_the_harness_tries() -> None:
    """Its permissions are what dynamic_ags judges."""
    assert [path for path in ("docs/a.md", "tests/a.py", ".github/workflows/ci.yml") if harness.looks_at(path)] == [
        ".github/workflows/ci.yml"
    ]
