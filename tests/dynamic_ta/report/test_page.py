"""What the page says, and that it asks for nothing."""

import json
import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from dynamic_ta.report import HeatMap, ReportError, Run, page
from dynamic_ta.validation import Finding, Skipped, Validation
from tests.dynamic_ta.report.runs import Deal, Figures, Simulated, bars_of, run_of

HOSTILE = '</script><img src="http://example.org/x"><b>&'
DEALS = (
    Deal(3, 8, 101.5, 99.25, 1, 10.0, -22.5),
    Deal(20, 30, 95.0, 90.0, -1, 10.0, 49.0),
    Deal(50, 59, 97.0, 98.0, 1, 10.0, 9.5, open=True),
)
HEAT = HeatMap("fast", "slow", "sharpe", (5, 10), (50, 100, 200), np.array([[1, 2], [np.nan, -4], [5, 6.0]]), (10, 200))


class Reader(HTMLParser):
    """Collects text by element, scripts, and every attribute."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.cells: list[str] = []
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self._inside = ""
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "script":
            self.scripts.append("")
        if tag in {"td", "th"}:
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside in {"td", "th"}:
            self.cells[-1] += data
        elif self._inside != "style":
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def spec(self, name: str) -> dict[str, Any]:
        for script in self.scripts:
            if found := re.fullmatch(rf'vegaEmbed\("#{name}", (.*), {{renderer: "svg", actions: false}}\);', script):
                read: dict[str, Any] = json.loads(found[1])
                return read
        raise AssertionError(name)


def whole(run: Run) -> Reader:
    findings = (Finding("spa", 0.2, 0.05, False, "It may be luck."),)
    released = run_of(bars_of(60, 2, digest="1" * 64), "released", figures=Figures(0.25, 1.0, 0.5, 7, True))
    return Reader(page(run, released, HEAT, Validation(findings, (Skipped("monte-carlo", "needs trades"),)), window=10))


@cache
def shown() -> Reader:
    return whole(run_of(bars_of(60), deals=DEALS))


def test_the_page_loads_nothing_from_anywhere() -> None:
    read = whole(run_of(bars_of(60), HOSTILE, DEALS))
    assert not [item for item in read.attributes if item[1] in {"src", "href", "srcset", "action", "data"}]
    policy = next(value for tag, name, value in read.attributes if (tag, name) == ("meta", "content"))
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy


def test_a_hostile_name_is_text_only() -> None:
    content = page(run_of(bars_of(60, name=HOSTILE), HOSTILE, DEALS))
    read = Reader(content)
    assert len(read.scripts) == 2
    assert not [item for item in read.attributes if item[0] in {"img", "b"}]
    assert read.spec("timeline")["vconcat"][1]["encoding"]["color"]["scale"]["domain"] == [HOSTILE]


def test_every_bar_and_trade_of_a_short_run_is_in_the_plot() -> None:
    run = run_of(bars_of(60), deals=DEALS, start=5)
    sets = Reader(page(run, window=10)).spec("timeline")["datasets"]
    lines, deals = sets["lines"], sets["trades"]
    assert [row["close"] for row in lines] == pytest.approx(run.bars.close.tolist(), rel=1e-6)
    assert [row["growth"] for row in lines] == pytest.approx((run.simulation.equity / 1000).tolist(), rel=1e-6)
    assert [row["exposure"] for row in lines] == [0.0] * 5 + [1.0] * 55
    assert lines[0]["sharpe"] is None
    assert lines[0]["time"] == 946_684_800_000  # 2000-01-01, in milliseconds since 1970
    assert [(row["side"], row["ended"], row["entry"], row["exit"]) for row in deals] == [
        ("long", "loss", 101.5, 99.25),
        ("short", "profit", 95.0, 90.0),
        ("long", "open", 97.0, 98.0),
    ]
    assert deals[0]["until"] - deals[0]["time"] == 5 * 86_400_000


def test_the_released_run_stands_beside_with_the_difference() -> None:
    read = shown()
    start = read.cells.index("total return")
    assert read.cells[start : start + 4] == ["total return", "10.00%", "25.00%", "-15.00%"]
    start = read.cells.index("sharpe")
    assert read.cells[start : start + 4] == ["sharpe", "1.250", "1.000", "+0.250"]
    start = read.cells.index("win rate")
    assert read.cells[start : start + 4] == ["win rate", "-", "50.00%", ""]
    start = read.cells.index("open trade")
    assert read.cells[start : start + 4] == ["open trade", "no", "yes", ""]
    assert any("released was run on other bars (made, 2000-01-01 to 2000-02-29)" in text for text in read.texts)
    assert {row["run"] for row in read.spec("timeline")["datasets"]["lines"]} == {"this", "released"}


def test_the_deepest_drawdown_comes_first() -> None:
    read = shown()
    start = read.cells.index("depth") + 2
    assert read.cells[start : start + 15] == [
        *("start", "2000-01-01", "2000-01-02", "50.00%", "2"),
        *("2000-01-03", "2000-01-06", "2000-01-10", "25.00%", "7"),
        *("2000-01-11", "2000-01-12", "not yet", "12.50%", "49"),
    ]


def test_trades_are_listed_the_newest_first_and_long_lists_say_how_many_are_left_out() -> None:
    read = shown()
    start = read.cells.index("net profit") + 1
    assert read.cells[start : start + 7] == ["2000-02-20", "long", "10", "97", "open", "98", "9.50"]
    many = Reader(page(run_of(bars_of(60), deals=DEALS * 200), window=10))
    assert "and 100 earlier ones" in many.texts
    assert "Show 600 trades" in many.texts


def test_verdicts_and_what_was_skipped_are_told() -> None:
    cells = shown().cells
    assert cells[cells.index("spa") - 1 : cells.index("spa") + 2] == ["no", "spa", "It may be luck."]
    assert cells[cells.index("monte-carlo") + 1] == "needs trades"


def test_each_cell_of_the_sweep_is_in_the_heat_map_and_the_chosen_one_is_outlined() -> None:
    read = shown()
    sets = read.spec("sweep")["datasets"]
    assert [(cell["x"], cell["y"], cell["value"]) for cell in sets["cells"]] == [
        *((5, 50, 1.0), (10, 50, 2.0), (5, 100, None)),
        *((10, 100, -4.0), (5, 200, 5.0), (10, 200, 6.0)),
    ]
    assert sets["chosen"] == [{"x": 10, "y": 200}]
    assert any("5 of 6 cells have a value; the strategy of this page is outlined" in text for text in read.texts)


def test_a_page_does_not_grow_with_the_bars() -> None:
    short, long = (len(page(run_of(bars_of(bars)), window=10)) for bars in (10_000, 100_000))
    assert long < 1.3 * short


def test_one_bar_and_a_lost_account_have_a_page() -> None:
    held = Simulated(Figures(0.0, 0.0, 0.0, 0, False), (), np.array([1000.0]), np.array([0.0]), ())
    alone = Reader(page(Run("one", bars_of(1), held, 1000.0))).spec("timeline")["datasets"]
    assert [row["growth"] for row in alone["lines"]] == [1.0]
    lost = run_of(bars_of(60))
    lost.simulation.equity[30:] = 0.0
    assert Reader(page(lost, window=10)).spec("timeline")["datasets"]["lines"][-1]["sharpe"] is None


def test_what_contradicts_itself_is_refused() -> None:
    run = run_of(bars_of(60))
    with pytest.raises(ReportError, match="the equity of x is not that of its bars: give one value a bar"):
        Run("x", bars_of(59), run.simulation, 1000.0)
    with pytest.raises(ReportError, match="give the cash, above zero"):
        Run("x", run.bars, run.simulation, 0.0)
    with pytest.raises(ReportError, match="both runs are called this: give them different labels"):
        page(run, run_of(bars_of(60)))
    with pytest.raises(ReportError, match="a window of 1 bars: give 2 or more"):
        page(run, window=1)


def test_a_heat_map_must_fit_its_axes_and_a_page() -> None:
    with pytest.raises(ReportError, match="give a row a value of y"):
        HeatMap("a", "b", "c", (1, 2), (3,), np.zeros((2, 1)))
    with pytest.raises(ReportError, match="thin it to 10000, by a step"):
        HeatMap("a", "b", "c", tuple(range(101)), tuple(range(100)), np.zeros((100, 101)))
    with pytest.raises(ReportError, match="leave the heat map out"):
        HeatMap("a", "b", "c", (1,), (2,), np.array([[np.nan]]))
