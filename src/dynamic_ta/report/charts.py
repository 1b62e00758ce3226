"""The plots of a page, as Vega-Lite documents."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dynamic_ta.report.model import HeatMap, Run
from dynamic_ta.report.sampling import drawdown, kept_bars, rolling

WIDTH = 920
_AXIS = 56  # pixels, the same for each plot, so that their times stand below each other
_BLUE, _GREY, _GREEN, _RED, _INK = "#1f6feb", "#8c959f", "#2c8a4b", "#c4432b", "#57606a"
_MOST_TRADES = 2000
_DIGITS = 7
_MINUTE = "utcyearmonthdatehoursminutes"
# A trade that began before the span that is looked at belongs to it too.
_SEEN = "!isValid(span.time) || (datum.until >= span.time[0] && datum.time <= span.time[1])"
Spec = dict[str, Any]


def timeline(run: Run, released: Run | None, window: int) -> Spec:
    """Return price with trades, growth, drawdown, exposure and rolling statistics, over one axis of time.

    Parameters
    ----------
    window : bars of the rolling statistics, at least 2
    """
    import altair as alt  # large, and only a page needs it

    runs = [run] if released is None else [run, released]
    brush = alt.selection_interval(encodings=["x"], name="span")
    # As UTC: a browser elsewhere would show the bars of a day at the evening before.
    scale = alt.Scale(type="utc", domain=brush)
    time = alt.X("time:T", title=None, scale=scale, axis=alt.Axis(grid=False, labelOverlap=True))
    rows = [row for each in runs for row in _lines(each, window)]
    every = alt.Chart(alt.NamedData("lines")).transform_filter(brush)  # so that each y axis fits what is seen
    own = every.transform_filter(alt.datum.run == run.label)

    def line(field: str, title: str, height: int, form: str, *, legend: bool = False) -> Any:
        shown = every.mark_line(strokeWidth=1.2, clip=True).encode(
            x=time,
            y=_y(alt, field, title, form),
            color=_colours(alt, runs, legend=legend),
            tooltip=_tips(alt, field, form),
        )
        return shown.properties(width=WIDTH, height=height)

    price = alt.layer(
        own.mark_line(strokeWidth=1, color=_INK, clip=True).encode(x=time, y=_y(alt, "close", "price", ",.7~g")),
        *_trade_marks(alt, time),
    ).properties(width=WIDTH, height=280)
    fallen = every.mark_area(opacity=0.35, clip=True, line={"strokeWidth": 1}).encode(
        x=time,
        y=alt.Y("drawdown:Q", stack=None, title="drawdown", axis=_axis(alt, "%")),
        color=_colours(alt, runs, legend=False),
        tooltip=_tips(alt, "drawdown", ".2%"),
    )
    held = own.mark_area(interpolate="step-after", color=_BLUE, opacity=0.5, clip=True).encode(
        x=time, y=_y(alt, "exposure", "exposure", "%", zero=True)
    )
    whole = alt.Chart(alt.NamedData("lines")).transform_filter(alt.datum.run == run.label)
    overview = whole.mark_area(color=_GREY, opacity=0.4).encode(
        x=alt.X(
            "time:T",
            title="drag here to look at a part; double-click for all",
            scale=alt.Scale(type="utc"),
            axis=alt.Axis(grid=False),
        ),
        y=alt.Y("growth:Q", title=None, axis=_axis(alt, "~s", ticks=2)),
    )
    return _spec(
        alt.vconcat(
            price,
            line("growth", "growth of 1", 200, ".3~f", legend=True),
            fallen.properties(width=WIDTH, height=110),
            held.properties(width=WIDTH, height=60),
            line("sharpe", f"Sharpe, {window} bars", 110, ".2~f"),
            line("volatility", f"volatility, {window} bars", 110, "~%"),
            overview.properties(width=WIDTH, height=50).add_params(brush),
            spacing=8,
        ).resolve_scale(color="independent", shape="independent"),
        {"lines": rows, "trades": _deals(run)},
    )


def heat_map(heat: HeatMap) -> Spec:
    """Return the plot of a sweep; blue is high, red is below zero where both occur, a cell without a value is grey."""
    import altair as alt  # large, and only a page needs it

    values = heat.values
    known = values[np.isfinite(values)]
    both = known.min() < 0 < known.max()
    scale = (
        alt.Scale(scheme="redblue", domain=[-float(np.abs(known).max()), float(np.abs(known).max())])
        if both
        else alt.Scale(scheme="blues", reverse=bool(known.max() <= 0))
    )
    cells = [
        {"x": x, "y": y, "value": _number(values[row, column])}
        for row, y in enumerate(heat.y)
        for column, x in enumerate(heat.x)
    ]
    axes = {
        "x": alt.X("x:O", title=heat.x_name, sort=list(heat.x), axis=alt.Axis(labelOverlap=True, labelAngle=0)),
        "y": alt.Y("y:O", title=heat.y_name, sort=list(reversed(heat.y)), axis=alt.Axis(labelOverlap=True)),
    }
    size = {"width": min(WIDTH, max(240, 26 * len(heat.x))), "height": min(480, max(160, 22 * len(heat.y)))}
    base = alt.Chart(alt.NamedData("cells")).properties(**size)
    tips = [
        alt.Tooltip("x:O", title=heat.x_name),
        alt.Tooltip("y:O", title=heat.y_name),
        alt.Tooltip("value:Q", title=heat.statistic, format=".4~g"),
    ]
    layers = [
        base.transform_filter("!isValid(datum.value)").mark_rect(color="#e3e7eb").encode(**axes, tooltip=tips[:2]),
        base.transform_filter("isValid(datum.value)")
        .mark_rect()
        .encode(**axes, color=alt.Color("value:Q", title=heat.statistic, scale=scale), tooltip=tips),
    ]
    chosen = [] if heat.chosen is None else [{"x": heat.chosen[0], "y": heat.chosen[1]}]
    outline = alt.Chart(alt.NamedData("chosen")).mark_rect(filled=False, stroke="#1f2328", strokeWidth=2)
    return _spec(alt.layer(*layers, outline.encode(**axes)), {"cells": cells, "chosen": chosen})


def _spec(chart: Any, datasets: dict[str, list[Spec]]) -> Spec:
    """Return the plot with its data, which goes in last: altair would check every row of it against a schema."""
    told = chart.configure_view(stroke="#d0d7de").configure_axis(
        labelFontSize=11, titleFontSize=11, titleFontWeight="normal", labelColor=_INK, titleColor=_INK
    )
    spec: Spec = told.to_dict()
    return {**spec, "datasets": datasets}


def _colours(alt: Any, runs: Sequence[Run], *, legend: bool) -> Any:
    labels = [run.label for run in runs]
    return alt.Color(
        "run:N",
        title=None,
        scale=alt.Scale(domain=labels, range=[_BLUE, _GREY][: len(labels)]),
        legend=alt.Legend(orient="top", labelLimit=400) if legend and len(runs) > 1 else None,
    )


def _axis(alt: Any, form: str, ticks: int = 4) -> Any:
    return alt.Axis(format=form, minExtent=_AXIS, maxExtent=_AXIS, tickCount=ticks, gridOpacity=0.5)


def _y(alt: Any, field: str, title: str, form: str, *, zero: bool = False) -> Any:
    return alt.Y(f"{field}:Q", title=title, axis=_axis(alt, form), scale=alt.Scale(zero=zero))


def _tips(alt: Any, field: str, form: str) -> list[Any]:
    return [
        alt.Tooltip("run:N"),
        alt.Tooltip("time:T", timeUnit=_MINUTE, title="time", format="%Y-%m-%d %H:%M"),
        alt.Tooltip(f"{field}:Q", format=form),
    ]


def _lines(run: Run, window: int) -> list[Spec]:
    growth, fall = run.growth, drawdown(run.growth)
    at = kept_bars((run.bars.close, growth, fall))
    ratio, volatility = rolling(growth, window, run.periods_per_year, at)
    lines = {
        "close": run.bars.close[at],
        "growth": growth[at],
        "drawdown": fall[at],
        "exposure": run.simulation.exposure[at],
        "sharpe": ratio,
        "volatility": volatility,
    }
    times = moments(run.bars.time[at])
    return [
        {"run": run.label, "time": time, **{name: _number(line[place]) for name, line in lines.items()}}
        for place, time in enumerate(times)
    ]


def _deals(run: Run) -> list[Spec]:
    trades = run.simulation.trades[-_MOST_TRADES:]
    begun = moments(run.bars.time[np.array([trade.entry_bar for trade in trades], np.int64)])
    ended = moments(run.bars.time[np.array([trade.exit_bar for trade in trades], np.int64)])
    return [
        {
            "time": start,
            "until": stop,
            "entry": trade.entry_price,
            "exit": trade.exit_price,
            "side": "long" if trade.side > 0 else "short",
            "ended": "open" if trade.open else "profit" if trade.net > 0 else "loss",
            "net": trade.net,
        }
        for trade, start, stop in zip(trades, begun, ended, strict=True)
    ]


def _trade_marks(alt: Any, time: Any) -> list[Any]:
    """Return a line from each entry to its exit, and a mark at the entry."""
    base = alt.Chart(alt.NamedData("trades")).transform_filter(_SEEN)
    ended_colour = alt.Color(
        "ended:N",
        title=None,
        scale=alt.Scale(domain=["profit", "loss", "open"], range=[_GREEN, _RED, _BLUE]),
        legend=alt.Legend(orient="top"),
    )
    tips = [
        "side:N",
        alt.Tooltip("time:T", timeUnit=_MINUTE, title="from", format="%Y-%m-%d %H:%M"),
        alt.Tooltip("until:T", timeUnit=_MINUTE, title="until", format="%Y-%m-%d %H:%M"),
        alt.Tooltip("entry:Q", format=".6~g"),
        alt.Tooltip("exit:Q", format=".6~g"),
        alt.Tooltip("net:Q", format=",.2f"),
    ]
    price = alt.Y("entry:Q", title="price")
    path = base.mark_rule(strokeWidth=1.5, clip=True).encode(
        x=time, x2="until:T", y=price, y2="exit:Q", color=ended_colour, tooltip=tips
    )
    shape = alt.Shape(
        "side:N",
        title=None,
        scale=alt.Scale(domain=["long", "short"], range=["triangle-up", "triangle-down"]),
        legend=alt.Legend(orient="top"),
    )
    mark = base.mark_point(size=36, filled=True, clip=True).encode(
        x=time, y=price, shape=shape, color=ended_colour, tooltip=tips
    )
    return [path, mark]


def moments(times: npt.NDArray[np.datetime64]) -> list[int]:
    """Return milliseconds since 1970, as a browser counts."""
    counted: list[int] = times.astype("datetime64[ms]").astype(np.int64).tolist()
    return counted


def _number(value: float) -> float | None:
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
