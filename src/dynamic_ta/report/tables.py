"""The tables of a page, as HTML; every text is escaped."""

import math
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from dynamic_ta.report.model import Run
from dynamic_ta.validation import Validation

_PERCENT = frozenset(("total_return", "cagr", "volatility", "max_drawdown", "win_rate", "average_trade", "exposure"))
_WHOLE = frozenset(("trades", "unfilled", "max_drawdown_bars"))
_MOST_TRADES, _MOST_FALLS = 500, 5


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """Return a table; the first cell of a row is text, the others are set to the right."""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<table class="{escape(kind)}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _cell(text: str) -> str:
    verdict = f' class="{text}"' if text in {"yes", "no"} else ""
    return f"<td{verdict}>{escape(text)}</td>"


def terms_table(run: Run) -> str:
    """Return what was traded, by which rules and at which costs."""
    bars = run.bars
    data = f"{bars.name}, {bars.n_bars} bars, {day(run, 0)} to {day(run, bars.n_bars - 1)}"
    return table(("", ""), [("data", data), ("sha256", bars.digest), *run.terms], "terms")


def statistics_table(run: Run, released: Run | None) -> str:
    """Return each statistic, and that of the released run with the difference where there is one."""
    columns = run.simulation.statistics.columns()
    if released is None:
        return table(("", run.label), [(_words(name), _value(name, value)) for name, value in columns])
    others = dict(released.simulation.statistics.columns())
    rows = []
    for name, value in columns:
        other = others.get(name, math.nan)
        rows.append((_words(name), _value(name, value), _value(name, other), _difference(name, value, other)))
    return table(("", run.label, released.label, "difference"), rows)


def drawdowns_table(run: Run) -> str:
    """Return the deepest falls, the deepest first."""
    deepest = sorted(run.simulation.drawdowns, key=lambda fall: -fall.depth)[:_MOST_FALLS]
    rows = [
        (
            "start" if fall.start < 0 else day(run, fall.start),
            day(run, fall.trough),
            "not yet" if fall.end is None else day(run, fall.end),
            f"{fall.depth:.2%}",
            str((run.bars.n_bars - 1 if fall.end is None else fall.end) - fall.start),
        )
        for fall in deepest
    ]
    return table(("peak", "trough", "recovered", "depth", "bars"), rows)


def trades_table(run: Run) -> str:
    """Return the last trades, the newest first."""
    trades = run.simulation.trades
    rows = [
        (
            day(run, trade.entry_bar),
            "long" if trade.side > 0 else "short",
            f"{trade.quantity:.6g}",
            f"{trade.entry_price:.6g}",
            "open" if trade.open else day(run, trade.exit_bar),
            f"{trade.exit_price:.6g}",
            f"{trade.net:,.2f}",
        )
        for trade in reversed(trades[-_MOST_TRADES:])
    ]
    heads = ("entered", "side", "quantity", "at", "left", "at", "net profit")
    more = len(trades) - len(rows)
    return table(heads, rows) + (f"<p>and {more} earlier ones</p>" if more else "")


def validation_table(found: Validation) -> str:
    """Return each check's verdict and sentence."""
    rows = [("yes" if finding.passed else "no", finding.name, finding.explanation) for finding in found.findings]
    rows += [("-", skipped.name, skipped.reason) for skipped in found.skipped]
    return table(("", "check", ""), rows, "verdicts")


def day(run: Run, bar: int) -> str:
    """Return a bar's date; its time of day too, unless all bars are at midnight."""
    time = run.bars.time
    midnight = bool((time == time.astype("datetime64[D]")).all())
    return str(np.datetime_as_string(time[bar], "D" if midnight else "s")).replace("T", " ")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _value(name: str, value: float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if math.isnan(value):
        return "-"
    if name in _WHOLE:
        return f"{value:.0f}"
    return f"{value:.2%}" if name in _PERCENT else f"{value:,.3f}"


def _difference(name: str, value: float, other: float) -> str:
    if isinstance(value, bool) or math.isnan(value) or math.isnan(other):
        return ""
    text = _value(name, value - other)
    return text if text.startswith("-") else f"+{text}"
