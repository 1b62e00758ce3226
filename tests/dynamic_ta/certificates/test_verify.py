"""A certificate stands until it is edited, or anything that it stands on changes; each is told by its own kind."""

import contextlib
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynamic_base import DynamicError, ExitCode, TickingClock, canonical_json, digest
from dynamic_engines.kernels import kernels_from
from dynamic_ta.certificates import CertificateFileError, certify, read_certificate, read_spec, verify
from dynamic_ta.certificates import code as reached
from tests.dynamic_ta.certificates.made import SPEC, STRATEGY, copy_kernels, walk, write_bars, write_spec

Paths = tuple[Path, Path]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """Return the paths of a specification and of its certificate, which a test may read only."""
    spec = write_spec(tmp_path_factory.mktemp("first"))
    certificate = spec.with_name("certificate.json")
    certificate.write_bytes(certify(read_spec(spec), TickingClock()).content())
    return spec, certificate


@pytest.fixture
def made(tmp_path: Path, first: Paths) -> Paths:
    """Return the paths of copies of both, of which the certificate names the copied specification."""

    def move(payload: dict[str, Any]) -> None:
        assert payload["spec"]["file"] == str(first[0])
        payload["spec"]["file"] = str(tmp_path / first[0].name)

    shutil.copytree(first[0].parent, tmp_path, dirs_exist_ok=True)
    spec, certificate = tmp_path / first[0].name, tmp_path / first[1].name
    rewritten(certificate, move, sealed=True)
    return spec, certificate


def kinds(certificate: Path) -> set[str]:
    found = verify(certificate, TickingClock())
    assert not found.stands
    return {change.kind for change in found.changes}


def test_a_certificate_that_nothing_happened_to_stands(made: Paths) -> None:
    found = verify(made[1], TickingClock(at=datetime(2031, 1, 1, tzinfo=UTC)))
    assert found.changes == ()
    assert found.notes == ()
    assert found.stands


def test_a_certificate_says_what_it_stands_on(first: Paths) -> None:
    document = json.loads(first[1].read_bytes())
    payload = document["payload"]
    assert first[1].read_bytes() == canonical_json(document)
    assert document["digest"] == digest(payload)
    assert document["signatures"] == []
    assert payload["schema"] == "dynamic.certificate/1"
    assert payload["made_at"] == "2026-01-01T00:00:01+00:00"
    assert payload["strategy"]["parameters"] == {"period": 5}
    assert payload["strategy"]["indicators"] == ["sma"]
    (case,) = payload["cases"]
    assert (case["data"]["source"], case["data"]["licence"], case["data"]["bars"]) == ("bars.csv", "CC0-1.0", 300)
    (limit,) = payload["envelope"]
    assert (limit["limit"], limit["most"], limit["kept"]) == ("max_drawdown", 0.9, True)
    assert limit["value"] == case["statistics"]["max_drawdown"]
    assert payload["verdict"] == "certified"
    assert {run["precision"] for run in case["parity"]} == {"float32", "float64"}


def _edit(payload: dict[str, Any]) -> None:
    payload["envelope"][0]["most"] = 0.95


def _forge_data(payload: dict[str, Any]) -> None:
    payload["cases"][0]["data"]["sha256"] = "0" * 64


def _forge_result(payload: dict[str, Any]) -> None:
    payload["cases"][0]["statistics"]["sharpe"] += 0.5


def rewritten(path: Path, edit: Callable[[dict[str, Any]], None], *, sealed: bool) -> None:
    document = json.loads(path.read_bytes())
    edit(document["payload"])
    if sealed:
        document["digest"] = digest(document["payload"])
    path.write_bytes(canonical_json(document))


@pytest.mark.parametrize("edit", [_edit, _forge_data, _forge_result])
def test_an_edited_certificate_is_told_before_anything_is_run(
    made: Paths, edit: Callable[[dict[str, Any]], None]
) -> None:
    rewritten(made[1], edit, sealed=False)
    made[0].unlink()
    assert kinds(made[1]) == {"certificate"}


@pytest.mark.parametrize(("edit", "kind"), [(_edit, "results"), (_forge_data, "data"), (_forge_result, "results")])
def test_one_that_was_edited_and_sealed_anew_is_found_by_running_it(
    made: Paths, edit: Callable[[dict[str, Any]], None], kind: str
) -> None:
    rewritten(made[1], edit, sealed=True)
    assert kinds(made[1]) == {kind}


def test_a_key_that_stands_twice_is_an_edit(made: Paths) -> None:
    content = made[1].read_bytes()
    made[1].write_bytes(content.replace(b'"verdict":"certified"', b'"verdict":"refused","verdict":"certified"'))
    assert json.loads(made[1].read_bytes()) == json.loads(content)
    assert kinds(made[1]) == {"certificate"}


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_byte_of_a_certificate_can_be_changed_unseen(made: Paths, data: st.DataObject) -> None:
    content = bytearray(made[1].read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path = made[1].with_name("edited.json")
    path.write_bytes(content)
    with contextlib.suppress(CertificateFileError):
        assert not read_certificate(path).is_whole


@pytest.mark.parametrize("number", [b"1e999", b"NaN", b"9007199254740993"])
def test_a_number_that_no_certificate_has_is_an_edit(made: Paths, number: bytes) -> None:
    made[1].write_bytes(made[1].read_bytes().replace(b'"bars":300', b'"bars":' + number))
    assert kinds(made[1]) == {"certificate"}


@pytest.mark.parametrize("part", ["spec", "strategy", "code", "kernels", "engines", "cases"])
def test_one_of_another_shape_is_undecided(made: Paths, part: str) -> None:
    def deform(payload: dict[str, Any]) -> None:
        payload[part] = 3

    rewritten(made[1], deform, sealed=True)
    with pytest.raises(CertificateFileError, match="has not the shape of a certificate"):
        verify(made[1], TickingClock())


def test_other_bars_are_other_data_and_other_results(made: Paths) -> None:
    write_bars(made[0].parent / "bars.csv", walk(seed=2))
    assert kinds(made[1]) == {"data", "results"}


def test_bars_that_decide_the_same_are_other_data_only(made: Paths) -> None:
    path = made[0].parent / "bars.csv"
    path.write_text(path.read_text().replace(",100\n", ",101\n"))
    assert kinds(made[1]) == {"data"}


def test_another_strategy_is_told(made: Paths) -> None:
    (made[0].parent / "strategy.toml").write_text(STRATEGY.replace("most = 20", "most = 30"))
    assert kinds(made[1]) == {"strategy"}
    (made[0].parent / "strategy.toml").write_text(f"# a comment\n{STRATEGY}")
    assert verify(made[1], TickingClock()).stands


def test_another_specification_is_told(made: Paths) -> None:
    made[0].write_text(SPEC.replace("0.9", "0.8"))
    assert kinds(made[1]) == {"spec", "results"}


def test_other_code_is_told_by_its_module(made: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = reached._source
    edited = "dynamic_ta.indicators.sma"
    monkeypatch.setattr(reached, "_source", lambda name: plain(name) + (b"# edited\n" if name == edited else b""))
    found = verify(made[1], TickingClock())
    assert [(change.kind, change.text.split()[0]) for change in found.changes] == [("code", edited)]


def test_code_that_the_strategy_does_not_reach_is_no_change(made: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = reached._source
    edited = "dynamic_ta.indicators.rsi"
    monkeypatch.setattr(reached, "_source", lambda name: plain(name) + (b"# edited\n" if name == edited else b""))
    assert verify(made[1], TickingClock()).stands


def test_another_kernel_is_told(made: Paths) -> None:
    folder = made[0].parent / "kernels"
    copy_kernels(folder)
    kernel = folder / "simulation" / "simulate.cl"
    kernel.write_text(f"/* edited */\n{kernel.read_text()}")
    with kernels_from(folder):
        assert kinds(made[1]) == {"kernels"}


def test_another_version_of_an_engine_is_a_note(made: Paths) -> None:
    def older(payload: dict[str, Any]) -> None:
        payload["engines"]["numpy"] = "1.0.0"
        payload["cases"][0]["parity"][0]["driver"] = "another 1.0"

    rewritten(made[1], older, sealed=True)
    found = verify(made[1], TickingClock())
    assert found.stands
    assert len(found.notes) == 2
    assert found.notes[0].startswith("numpy 1.0.0 then, ")


@pytest.mark.parametrize(("factor", "stands"), [(1 + 1e-11, True), (1 - 1e-11, True), (1 + 1e-6, False)])
def test_a_figure_may_differ_in_its_last_digits_only(made: Paths, factor: float, stands: bool) -> None:
    def nudge(payload: dict[str, Any]) -> None:
        payload["cases"][0]["statistics"]["cagr"] *= factor

    rewritten(made[1], nudge, sealed=True)
    assert verify(made[1], TickingClock()).stands is stands


def test_a_decision_may_not_differ_at_all(made: Paths) -> None:
    def nudge(payload: dict[str, Any]) -> None:
        payload["cases"][0]["decisions"] = f"{int(payload['cases'][0]['decisions'], 16) ^ 1:016x}"

    rewritten(made[1], nudge, sealed=True)
    assert kinds(made[1]) == {"results"}


def test_a_refusal_is_verified_and_does_not_stand(made: Paths) -> None:
    made[0].write_text(SPEC.replace("most = 0.9", "most = 0.01"))
    made[1].write_bytes(certify(read_spec(made[0]), TickingClock()).content())
    found = verify(made[1], TickingClock())
    assert found.changes == ()
    assert not found.stands


@pytest.mark.parametrize("missing", ["bars.csv", "strategy.toml", "spec.toml", "certificate.json"])
def test_a_missing_file_leaves_it_undecided(made: Paths, missing: str) -> None:
    (made[0].parent / missing).unlink()
    with pytest.raises(DynamicError) as caught:
        verify(made[1], TickingClock())
    assert caught.value.exit_code == ExitCode.UNDECIDED
    assert missing in caught.value.message


def test_a_specification_that_was_moved_is_named(made: Paths) -> None:
    moved = made[0].rename(made[0].with_name("moved.toml"))
    assert verify(made[1], TickingClock(), moved).stands


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"payload":{"schema":"dynamic.backtest/1"}}',
        b'{"payload":{"schema":"dynamic.certificate/1"}}',
    ],
)
def test_what_is_no_certificate_is_undecided(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(content)
    with pytest.raises(CertificateFileError) as caught:
        read_certificate(path)
    assert caught.value.exit_code == ExitCode.UNDECIDED


def test_a_ruined_account_refuses_and_names_the_bar(tmp_path: Path) -> None:
    # Three times the equity in a market that loses nine tenths in a day.
    terms = '[account]\nleverage = 3\nsize = 3\nexecution = "close"\n[validation]\nchecks = ["stress"]\n'
    path = write_spec(tmp_path, SPEC + terms)
    close = np.asarray(100 * 1.01 ** np.arange(60), np.float64)
    close[30:] *= 0.1
    write_bars(tmp_path / "bars.csv", close)
    made = certify(read_spec(path), TickingClock())
    assert [reason["kind"] for reason in made.payload["reasons"]] == ["ruin"]
    assert "no equity is left at bar 30" in made.payload["reasons"][0]["text"]
