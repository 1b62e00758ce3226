"""One HTML file that needs no network."""

import json
from functools import lru_cache
from html import escape

import numpy as np

from dynamic_ta.report.charts import Spec, heat_map, timeline
from dynamic_ta.report.errors import ReportError
from dynamic_ta.report.model import HeatMap, Run
from dynamic_ta.report.tables import (
    day,
    drawdowns_table,
    statistics_table,
    terms_table,
    trades_table,
    validation_table,
)
from dynamic_ta.validation import Validation

# Even if a text slipped past the escapes, a browser would load nothing from anywhere. Vega compiles its expressions.
_POLICY = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:"
_GLOBAL = "window.vegaEmbed = vegaEmbed;"
_STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; margin: 24px auto; max-width: 1040px; padding: 0 16px; color: #1f2328 }
h1 { font-size: 22px; margin: 0 0 4px } h2 { font-size: 16px; margin: 28px 0 8px }
p { margin: 4px 0; color: #57606a } .warn { color: #9a4b00 }
.side { display: flex; flex-wrap: wrap; gap: 8px 48px; align-items: flex-start }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: 2px 12px 2px 0; text-align: right; border-bottom: 1px solid #e3e7eb; vertical-align: top }
th { font-weight: 600; color: #57606a } th:first-child, td:first-child { text-align: left }
.terms thead, .verdicts thead { display: none } .terms td, .verdicts td { text-align: left }
.verdicts td:nth-child(-n+2) { white-space: nowrap } .verdicts .no { color: #c4432b } .verdicts .yes { color: #2c8a4b }
.terms td:first-child { color: #57606a } .terms td { overflow-wrap: anywhere }
summary { cursor: pointer; color: #1f6feb } .plot { overflow-x: auto }
"""


def page(
    run: Run,
    released: Run | None = None,
    heat: HeatMap | None = None,
    validation: Validation | None = None,
    window: int = 63,
) -> bytes:
    """Return the report of ``run``.

    Parameters
    ----------
    released : the run to compare with, on the same or on other bars
    heat : of the sweep that ``run`` was chosen from
    validation : of its returns
    window : bars of the rolling statistics, 2 <= window

    Raises
    ------
    ReportError : both runs have one label, or a window below 2

    Notes
    -----
    Some 1.5 MB, however many bars there are: of more than 3,200 the extremes are drawn, of the trades the last 2,000.
    """
    if released is not None and released.label == run.label:
        raise ReportError(f"both runs are called {run.label}", "give them different labels")
    if window < 2:  # noqa: PLR2004
        raise ReportError(f"a window of {window} bars", "give 2 or more")
    parts = [
        f"<h1>{escape(run.label)}</h1>",
        *_remarks(run, released),
        f"<h2>Price, equity and risk</h2>{_plot('timeline', timeline(run, released, window))}",
        f'<div class="side"><section><h2>Statistics</h2>{statistics_table(run, released)}</section>',
        f"<section><h2>Deepest drawdowns</h2>{drawdowns_table(run)}<h2>Terms</h2>{terms_table(run)}</section></div>",
    ]
    if validation is not None:
        parts.append(f"<h2>Validation</h2>{validation_table(validation)}")
    if heat is not None:
        parts.append(f"<h2>Sweep</h2>{_sweep_text(heat)}{_plot('sweep', heat_map(heat))}")
    count = len(run.simulation.trades)
    parts.append(f"<h2>Trades</h2><details><summary>Show {count} trades</summary>{trades_table(run)}</details>")
    return _document(run.label, "".join(parts)).encode()


def _remarks(run: Run, released: Run | None) -> list[str]:
    told = [f"<p>{escape(_span(run))}</p>"]
    if released is not None and released.bars.digest != run.bars.digest:
        other = (
            f"{released.label} was run on other bars ({_span(released)}), so differences are those of the data, too."
        )
        told.append(f'<p class="warn">{escape(other)}</p>')
    return told


def _span(run: Run) -> str:
    return f"{run.bars.name}, {day(run, 0)} to {day(run, run.bars.n_bars - 1)}"


def _sweep_text(heat: HeatMap) -> str:
    known = f"{int(np.isfinite(heat.values).sum())} of {heat.values.size} cells have a value"
    outlined = "" if heat.chosen is None else "; the strategy of this page is outlined"
    return f"<p>{escape(heat.statistic)} over {escape(heat.x_name)} and {escape(heat.y_name)}: {known}{outlined}.</p>"


def _plot(name: str, spec: Spec) -> str:
    # A text in the data must not end the script.
    told = json.dumps(spec, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return (
        f'<div class="plot"><div id="{name}"></div></div>'
        f'<script>vegaEmbed("#{name}", {told}, {{renderer: "svg", actions: false}});</script>'
    )


def _document(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><style>{_STYLE}</style>'
        f"<script>{_library()}</script></head><body>{body}</body></html>\n"
    )


@lru_cache(maxsize=1)
def _library() -> str:
    """Return Vega, Vega-Lite and its embedder, about 0.9 MB; bundling takes a second."""
    import altair as alt  # both are large, and only a page needs them
    import vl_convert

    version = ".".join(alt.SCHEMA_VERSION.split(".")[:2])
    bundle = vl_convert.javascript_bundle(snippet=_GLOBAL, vl_version=version)
    return bundle.replace("</script", "<\\/script")
