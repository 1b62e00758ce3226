"""The page as a browser takes it apart: what is in it, what is first, and that no name can get out of its place."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dynamic_base import ExitCode, TickingClock
from dynamic_cli.main import main
from dynamic_delivery.matrix.page import SIGNS, page
from dynamic_delivery.matrix.rows import kernel_rows
from dynamic_delivery.matrix.stale import stale_whys
from dynamic_engines import Maths, Precision, devices, load_kernel
from dynamic_engines.matrix import Cell, Matrix, Status, Timing, load, save
from dynamic_engines.matrix.remediations import markdown
from tests.dynamic_engines.matrix.recorded import RECORDED, cell, worst

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> \" ' & @@DATA@@ \u202eevil"
TIMING = Timing(0.7, 0.03, 2e-3, 5, 4.5e9, 1.25e10, 0.62, "memory", "8,000,000 values", "cpu", True, 7.2e9, 1.1e11)
EMPTY = Timing(None, None, 2e-3, 5, None, None, None, "")


class Parsed(HTMLParser):
    """Elements with their attributes, and the text below each."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[int] = []
        self.feed(content.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))
        if tag not in {"meta", "input", "br", "wbr"}:
            self._open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self.elements[self._open.pop()][0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for place in self._open:
            self.elements[place][2].append(data)

    def texts(self, tag: str, **wanted: str) -> list[str]:
        return [
            " ".join("".join(text).split())
            for name, attributes, text in self.elements
            if name == tag
            and all((attributes.get(key.rstrip("_")) or "").find(said) >= 0 for key, said in wanted.items())
        ]

    def values(self, tag: str, attribute: str) -> list[str]:
        return [attrs[attribute] or "" for name, attrs, _ in self.elements if name == tag and attribute in attrs]


def matrix(*cells: Cell, partial: str = "") -> Matrix:
    return Matrix(RECORDED, 7, "2.4.0", cells, partial)


def parsed(*cells: Cell, stale: dict[int, str] | None = None) -> Parsed:
    return Parsed(page(matrix(*cells), [(stale or {}).get(n, "") for n in range(len(cells))], "a.json"))


def one_of_each() -> list[Cell]:
    return [
        cell(status=Status.PASS),
        cell(kernel="rolling/sum", status=Status.UNSUPPORTED, reason="no", worst=None),
        cell(kernel="linalg/gemm", status=Status.XFAIL, remediation="intel-inlined-search"),
        cell(kernel="signals/cross", status=Status.FAIL, reason="sma is off by 3 times the bound"),
        cell(engine="gpu", device="", driver="", status=Status.NOT_PRESENT, reason="get it: a GPU"),
    ]


def test_every_cell_is_there_once_with_a_sign_for_its_status() -> None:
    cells = one_of_each()
    found = parsed(*cells).texts("summary")
    assert len(found) == len(cells)
    for one in cells:
        assert any(text.startswith(f"{SIGNS[one.status]} {one.status} {one.kernel}") for text in found), one.status
    assert len(set(SIGNS.values())) == len(Status)


def test_red_comes_first_in_every_part() -> None:
    found = parsed(*one_of_each())
    assert found.texts("summary")[0].startswith("✗ fail signals/cross")
    assert found.texts("th", scope="row")[0] == "signals/cross"
    assert found.texts("ul", id="news") == [
        "✗ signals/cross on intel-cpu (AMD EPYC) in float32, strict: sma is off by 3 times the bound"
    ]
    assert found.texts("p", id="verdict") == ["1 of 3 judged cells are red; 1 fails as expected."]


def test_no_red_cell_is_said_too() -> None:
    found = parsed(cell())
    assert found.texts("p", id="verdict") == ["No red cell of 1 judged."]
    assert found.texts("ul", id="news") == [""]


def test_a_cell_tells_what_is_known_of_it() -> None:
    red = {"status": Status.FAIL, "reason": "walk: off", "others": ("flat: <nan>",)}
    told = parsed(cell(timing=TIMING, first_divergence="bar 17: buys, not holds", **red)).texts("details")[0]
    for said in (
        "flat: <nan>",
        "2.5 ULP, 1e-07: sma[256] of walk of 257 bars, settings (20,)",
        "100.5, 100.25",
        "1.0, 2.0, 3.0, 4.0",
        "25.000%",
        "the same bits",
        "700 ms, 30 ms",
        "2 ms, processor time, best of 5: 8,000,000 values",
        "4.5 GB/s of 7.2 measured",
        "12.5 GFLOP/s of 110 measured",
        "62.0%, bound by memory",
        "bar 17: buys, not holds",
    ):
        assert said in told, said


def test_a_closed_cell_shows_its_error_and_its_speed() -> None:
    line = parsed(cell(timing=TIMING)).texts("summary")[0]
    assert "2.5 ULP, 25.0% of the bound; 4.5 GB/s; 62% of the roof" in line
    busy = parsed(cell(timing=replace(TIMING, bound_by="arithmetic"))).texts("summary")[0]
    assert "12.5 GFLOP/s; 62% of the roof" in busy
    assert "GB/s" not in busy
    assert "roof" not in parsed(cell(timing=EMPTY)).texts("summary")[0]


def test_what_is_not_known_is_left_out_and_never_a_zero() -> None:
    told = parsed(cell(timing=EMPTY, worst=None, deterministic=None)).texts("details")[0]
    assert "not known, not known" in told
    assert not re.search("GB/s|GFLOP|ULP|roof|same bits|expected, got", told)


def test_a_stale_cell_is_marked_and_says_why() -> None:
    found = parsed(cell(), cell(kernel="rolling/sum"), stale={1: "41 days old"})
    assert ["stale: 41 days old" in text for text in found.texts("summary")] == [False, True]
    assert len(found.texts("td", class_="stale")) == 1
    assert "1 is stale" in found.texts("p", id="verdict")[0]


def test_an_unexpected_pass_and_other_bits_are_news_though_the_cell_passes() -> None:
    mended = cell(kernel="reductions/extrema", driver="Intel(R) OpenCL 2026.22.10")
    found = parsed(mended, cell(deterministic=False, nondeterminism="walk: sma[3] is 1.0, then 2.0"))
    news = found.texts("li", class_="pass")
    assert any("passes, though intel-inlined-search expects it to fail: the row may go" in line for line in news)
    assert any("not the same again: walk: sma[3] is 1.0, then 2.0" in line for line in news)
    assert "1 passes unexpectedly; 1 gives other bits again" in found.texts("p", id="verdict")[0]


def test_every_link_leads_to_a_place_on_the_page() -> None:
    found = parsed(*one_of_each())
    places = {attributes["id"] for _, attributes, _ in found.elements if "id" in attributes}
    links = found.values("a", "href")
    assert "#remedy-intel-inlined-search" in links
    assert {link.removeprefix("#") for link in links} <= places


def test_the_head_dates_it_and_says_how_to_do_it_again() -> None:
    partial = matrix(cell(), partial="--kernel rolling/sma --precision float32 it did not come to its end")
    head = Parsed(page(partial, [""], "a.json")).texts("header")[0]
    for said in (
        "2026-11-01 12:00",
        "seed7",
        "NumPy 2.4.0",
        "Intel(R) OpenCL 2026.22.10",
        "it did not come to its end",
    ):
        assert said in head, said
    assert "./dynamic matrix run --seed 7 --kernel rolling/sma --precision float32" in head


def hostile() -> Cell:
    return cell(
        kernel=HOSTILE,
        engine=HOSTILE,
        device=HOSTILE,
        driver=HOSTILE,
        status=Status.FAIL,
        reason=HOSTILE,
        remediation=HOSTILE,
        nondeterminism=HOSTILE,
        deterministic=False,
        first_divergence=HOSTILE,
        kernel_digest=HOSTILE,
        worst=worst(case=HOSTILE, output=HOSTILE),
        timing=replace(TIMING, case=HOSTILE, clock=HOSTILE, bound_by=HOSTILE),
    )


def test_no_name_adds_an_element_or_ends_a_script() -> None:
    plain = replace(
        hostile(), kernel="x", engine="x", device="x", driver="x", reason="x", nondeterminism="x", remediation="x"
    )
    tags = [
        [(tag, *attributes) for tag, attributes, _ in parsed(one, stale={0: HOSTILE}).elements if tag != "wbr"]
        for one in (hostile(), plain)
    ]  # a wbr is after each slash of a name
    assert tags[0] == tags[1]
    names = [tag for tag, *_ in tags[0]]
    assert names.count("script") == 2  # the record, and the page's own
    assert "img" not in names
    missing = parsed(replace(hostile(), status=Status.NOT_PRESENT, device=""))
    assert [tag for tag, _, _ in missing.elements].count("script") == 2


def test_the_record_in_the_page_is_the_record() -> None:
    for held in (matrix(*one_of_each()), matrix(hostile(), cell(worst=worst(got=float("nan"))))):
        content = page(held, [""] * len(held.cells), "a.json")
        found = [text for tag, attrs, text in Parsed(content).elements if attrs.get("id") == "data"]
        document = json.loads("".join(found[0]))
        assert document.pop("stale") == [""] * len(held.cells)
        assert document == held.document()


def test_the_page_asks_no_network() -> None:
    content = page(matrix(*one_of_each()), [""] * 5, "a.json")
    found = Parsed(content)
    assert b"http://" not in content
    assert b"https://" not in content
    assert not found.values("script", "src") + found.values("link", "href") + found.values("img", "src")
    assert found.values("meta", "content")[-1].startswith("default-src 'none';")


def test_the_grid_has_a_column_for_each_device_precision_and_maths() -> None:
    forms = [cell(precision=p, maths=m, device=d) for p in Precision for m in Maths for d in ("a", "b")]
    found = parsed(*forms, cell(kernel="rolling/sum", device="a"))
    form = [text for text in found.texts("th", scope="col") if text.startswith("float")]
    assert form == ["float32strict", "float32relaxed", "float64strict", "float64relaxed"] * 2
    assert len(found.texts("td")) == 2 * len(forms)
    assert len(found.values("td", "data-n")) == len(forms) + 1


def recorded_here(tmp_path: Path) -> Path:
    info = devices()[0]
    here = cell(engine="pocl", device=info.name, driver=info.driver, kernel_digest=load_kernel("rolling/sma").digest)
    return save(tmp_path, Matrix(TickingClock().now(), 7, "2.4.0", (here,)))


def test_the_command_writes_the_page_of_the_newest_record(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = recorded_here(tmp_path)
    assert main(["matrix", "html", "--repo", str(tmp_path), "--output", str(tmp_path / "a.html")]) == ExitCode.YES
    assert "a.html: 1 cells, 0 red, 0 unexpected, 1 stale" in capsys.readouterr().out  # of January 2026
    assert "rolling/sma" in Parsed((tmp_path / "a.html").read_bytes()).texts("summary")[0]
    words = ["matrix", "html", str(path), "--max-age-days", "36500", "--json"]
    assert main(words) == ExitCode.YES
    shown = json.loads(capsys.readouterr().out)
    assert (shown["page"], shown["stale"]) == (str(path.with_suffix(".html")), 0)


def test_the_command_says_what_it_cannot_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    torn = tmp_path / "torn.json"
    torn.write_bytes(b'{"schema": "dynamic.matrix/2", "cells": [')
    assert main(["matrix", "html", str(torn)]) == ExitCode.UNDECIDED
    assert main(["matrix", "html", "--repo", str(tmp_path)]) == ExitCode.UNDECIDED
    said = capsys.readouterr().err
    assert "torn.json is no matrix" in said
    assert "no matrix was recorded" in said
    assert not torn.with_suffix(".html").exists()


def test_age_is_measured_by_the_clock_that_is_given(tmp_path: Path) -> None:
    held = load(recorded_here(tmp_path))
    assert stale_whys(held, 30, TickingClock(at=held.time, step=timedelta(days=29))) == [""]
    assert stale_whys(held, 30, TickingClock(at=held.time, step=timedelta(days=31))) == ["31 days old"]


def test_the_remedies_are_printed_as_they_stand_in_the_docs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matrix", "remedies"]) == ExitCode.YES
    assert capsys.readouterr().out == markdown()
    assert main(["matrix", "remedies", "--json"]) == ExitCode.YES
    assert {row["id"] for row in json.loads(capsys.readouterr().out)["remedies"]} >= {"fp64-missing", "fma-contraction"}


def test_no_kernel_calls_a_function_without_a_promised_accuracy() -> None:
    """As the entry native-functions promises; the texts hold their headers."""
    for row in kernel_rows():
        source = load_kernel(row.kernel)
        assert "__kernel" in source.text
        assert not re.search(r"\b(native|half)_\w+\s*\(", source.text), row.kernel
