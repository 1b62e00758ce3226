"""Only the failure that a row is about becomes an expected one, and the page in docs/ says what the table says."""

import re
from pathlib import Path
from typing import Any

import pytest

from dynamic_engines import Maths, Precision
from dynamic_engines.matrix import Cell, Status
from dynamic_engines.matrix.remediations import REMEDIATIONS, explained, markdown, unexpected_pass
from tests.dynamic_engines.matrix.recorded import cell, worst

PAGE = Path("docs/engines/remediation.md")
# As seen with each driver: Intel's runtime 2026.22 and Oclgrind 21.10.
CRASHED: dict[str, Any] = {
    "kernel": "reductions/extrema",
    "driver": "Intel(R) OpenCL 2026.22.10.0.01_160000",
    "status": Status.FAIL,
    "reason": "the process died (SIGSEGV: 1.\tRunning pass 'Machine InstCombiner' on function '')",
    "cases": 0,
    "worst": None,
    "bound_share": 0.0,
    "deterministic": None,
}
UNKNOWN_NAME: dict[str, Any] = {
    "kernel": "reductions/sum",
    "engine": "oclgrind",
    "device": "Oclgrind Simulator",
    "driver": "Oclgrind Oclgrind 21.10",
    "status": Status.FAIL,
    "reason": "walk of 8193 (): EngineError: OpenCL failed on Oclgrind Simulator (Oclgrind Oclgrind 21.10)"
    " (clCreateKernel failed: INVALID_KERNEL_NAME)",
}
SEEN = [(CRASHED, "intel-inlined-search"), (UNKNOWN_NAME, "oclgrind-noalias-scope")]


@pytest.mark.parametrize(("seen", "row"), SEEN)
def test_a_failure_that_was_seen_and_understood_is_expected_and_linked(seen: dict[str, Any], row: str) -> None:
    found = explained(cell(**seen))
    assert (found.status, found.remediation) == (Status.XFAIL, row)


@pytest.mark.parametrize(("seen", "_"), SEEN)
@pytest.mark.parametrize(
    "other",
    [
        {"kernel": "linalg/gemm"},
        {"engine": "pocl"},
        {"driver": "of another version"},
        {"reason": "walk of 257 bars (20): sma is off by 1.2 times the bound"},
        {"reason": "no answer in 120 s, so the process was killed"},
        {"reason": "the process died (SIGABRT: LLVM ERROR: out of memory)"},
        {"bound_share": 1.5},
        {"deterministic": False},
    ],
)
def test_any_other_failure_of_the_same_kind_of_device_stays_red(
    seen: dict[str, Any], _: str, other: dict[str, Any]
) -> None:
    assert explained(cell(**{**seen, **other})).status is Status.FAIL


@pytest.mark.parametrize(("seen", "row"), SEEN)
def test_another_fault_in_a_later_case_does_not_hide_behind_the_known_one(seen: dict[str, Any], row: str) -> None:
    assert explained(cell(**seen, others=(seen["reason"],))).remediation == row
    other = "flat of 17 bars (20): sma at bar 3 is nan, not 1.0"
    assert explained(cell(**seen, others=(seen["reason"], other))).status is Status.FAIL


@pytest.mark.parametrize(("seen", "row"), SEEN)
def test_a_cell_that_was_to_fail_and_passes_is_news_and_stays_a_pass(seen: dict[str, Any], row: str) -> None:
    passing = cell(**{**seen, "status": Status.PASS, "reason": ""})
    assert unexpected_pass(passing) == row
    assert explained(passing) == passing
    assert unexpected_pass(cell()) == ""
    assert unexpected_pass(cell(**seen)) == ""


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({"engine": "pocl", "driver": "Portable Computing Language 3.0-rc2"}, "pocl-3-wide-vectors"),
        ({"engine": "pocl", "driver": "Portable Computing Language 3.1+debian"}, ""),
    ],
)
def test_a_likely_cause_is_named_and_the_cell_stays_red(changes: dict[str, Any], row: str) -> None:
    found = explained(cell(**{**CRASHED, **changes}))
    assert (found.status, found.remediation) == (Status.FAIL, row)


def off(share: float, **changes: Any) -> Cell:
    return cell(
        status=Status.FAIL,
        reason=f"walk of 257 bars (20): sma is off by {share:.3g} times the bound",
        bound_share=share,
        **{"worst": worst(bound_share=share), **changes},
    )


@pytest.mark.parametrize(
    ("found", "row"),
    [
        (off(2.0), "fma-contraction"),
        (off(2000.0), ""),
        (off(2000.0, maths=Maths.RELAXED), "relaxed-reassociation"),
        (off(3.0, worst=worst(expected=1e-40, got=0.0)), "denormals-flushed"),
        (off(9.0, worst=worst(expected=1e-30, got=0.0)), ""),
        (off(9.0, worst=worst(expected=1e-40, got=0.0), precision=Precision.FLOAT64), ""),
        (off(9.0, engine="openvino", worst=worst(expected=1.0, got=1.0014, error=1.4e-3)), "reduced-precision"),
        (off(9.0, engine="openvino", worst=worst(expected=1.0, got=1.5, error=0.5)), ""),
        (off(9.0, engine="intel-cpu", worst=worst(expected=1.0, got=1.0014, error=1.4e-3)), ""),
    ],
)
def test_numbers_point_to_a_cause_only_if_they_look_like_it(found: Cell, row: str) -> None:
    assert explained(found).remediation == row
    assert explained(found).status is Status.FAIL


@pytest.mark.parametrize("name", ["pocl", "intel-cpu", "rusticl", "oclgrind", "gpu"])
def test_every_opencl_engine_that_is_missing_has_an_entry_of_its_own(name: str) -> None:
    found = explained(cell(engine=name, device="", driver="", status=Status.NOT_PRESENT, reason="get it: …"))
    assert name.split("-", maxsplit=1)[0] in found.remediation
    assert found.status is Status.NOT_PRESENT


@pytest.mark.parametrize(
    ("engine", "driver", "row"),
    [("rusticl", "rusticl 22.3.6", "rusticl-fp64"), ("gpu", "Apple 1.2", "apple-fp64"), ("gpu", "AMD", "fp64-missing")],
)
def test_a_device_without_float64_is_explained(engine: str, driver: str, row: str) -> None:
    reason = "the device does not compute in float64"
    found = explained(cell(engine=engine, driver=driver, status=Status.UNSUPPORTED, reason=reason))
    assert (found.status, found.remediation) == (Status.UNSUPPORTED, row)


def test_the_page_says_what_the_table_says() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == markdown(), "write it anew: ./dynamic matrix remedies > docs/engines/remediation.md"
    anchors = re.findall(r'^## <a id="([a-z0-9-]+)"></a>', text, re.MULTILINE)
    assert anchors == [row.id for row in REMEDIATIONS]
    assert len(set(anchors)) == len(anchors)
    for section in text.split("\n## ")[1:]:
        for word in ("Symptom", "Cell", "Cause", "Mend"):
            assert re.search(rf"^- \*\*{word}:\*\* \S.{{15,}}$", section, re.MULTILINE), section


def test_the_page_has_every_incompatibility_that_was_asked_for() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for wanted in ("float64", "FP_CONTRACT", "enormals", "native_", "reduced", "PoCL", "Intel", "Rusticl", "NVIDIA"):
        assert re.search(rf"^(##|- \*\*(Cell|Cause):).*{wanted}", text, re.MULTILINE), wanted
