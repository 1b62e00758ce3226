"""The replay as one page that needs no network: two plots and the table."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from dynamic_impact.model import Mode
from dynamic_impact.simulation.model import ASKED, STOCK, Cost, Replayed

_COLOURS = {
    STOCK: "#9aa4af",
    ASKED: "#5c6670",
    Mode.SAFE.value: "#2c8a4b",
    Mode.PRECISE.value: "#1f6feb",
    Mode.PREDICTIVE.value: "#c98a00",
}
_WIDTH, _HEIGHT, _BAR = 760, 220, 24
_STYLE = """<style>
body { font: 14px system-ui, sans-serif; margin: 24px; color: #1f2328 } h1 { font-size: 20px }
table { border-collapse: collapse; margin: 16px 0 }
th, td { padding: 3px 10px; text-align: right; border-bottom: 1px solid #e3e7eb }
th:first-child, td:first-child { text-align: left; max-width: 420px } td.no { text-align: left; color: #b35900 }
</style>"""


def page(
    title: str,
    remarks: Sequence[str],
    rows: Sequence[Replayed],
    priced: Sequence[Mapping[str, Cost]],
    totals: Mapping[str, Mapping[str, float]],
) -> bytes:
    """Return the page for ``rows``, oldest first, each with its cost by picker (empty where it could not be read)."""
    plot = _plot(rows, priced).to_html(inline=True, fullhtml=False)
    said = "".join(f"<p>{escape(remark)}</p>" for remark in remarks)
    head = f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>{_STYLE}</head>'
    body = f"<h1>{escape(title)}</h1>{said}{_summary(totals)}{plot}{_table(rows, priced)}"
    return f"{head}<body>{body}</body></html>\n".encode()


def _plot(rows: Sequence[Replayed], priced: Sequence[Mapping[str, Cost]]) -> Any:
    import altair as alt  # large, and only a page needs it

    values = [
        {
            "commit": f"{number:03d} {row.commit.id[:8]}",
            "subject": row.commit.subject,
            "picked by": picker,
            "share of tests": cost.tests / row.tests if row.tests else 0.0,
            "tests": cost.tests,
            "makespan, s": cost.makespan_s,
        }
        for number, (row, by_picker) in enumerate(zip(rows, priced, strict=True), 1)
        for picker, cost in by_picker.items()
    ]
    shown = [picker for picker in _COLOURS if any(picker in by_picker for by_picker in priced)]
    scale = alt.Scale(domain=shown, range=[_COLOURS[picker] for picker in shown])
    base = alt.Chart(alt.InlineData(values)).encode(
        x=alt.X("commit:N", sort=None, title="commit, oldest first", axis=alt.Axis(labelAngle=-60)),
        color=alt.Color("picked by:N", scale=scale),
        xOffset=alt.XOffset("picked by:N", scale=alt.Scale(domain=shown)),
        tooltip=["subject:N", "picked by:N", "tests:Q", "makespan, s:Q"],
    )
    share = base.mark_bar().encode(y=alt.Y("share of tests:Q", axis=alt.Axis(format="%"), title="share of all tests"))
    makespan = base.mark_bar().encode(y=alt.Y("makespan, s:Q"))
    size = {"width": max(_WIDTH, _BAR * len(rows)), "height": _HEIGHT}
    return alt.vconcat(share.properties(**size), makespan.properties(**size))


def _summary(totals: Mapping[str, Mapping[str, float]]) -> str:
    lines = "".join(
        f"<tr><td>{escape(picker)}</td><td>{told['tests']:.0f}</td><td>{told['share_mean']:.1%}</td>"
        f"<td>{told['share_p50']:.1%}</td><td>{told['share_p90']:.1%}</td><td>{told['seconds']:.0f}</td>"
        f"<td>{told['makespan_s']:.1f}</td></tr>"
        for picker, told in totals.items()
    )
    heads = ("picked by", "tests", "share, mean", "p50", "p90", "test time, s", "makespan, mean, s")
    return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{lines}</table>"


def _table(rows: Sequence[Replayed], priced: Sequence[Mapping[str, Cost]]) -> str:
    pickers = list(dict.fromkeys(picker for by_picker in priced for picker in by_picker))
    heads = "".join(f"<th>{escape(picker)}</th>" for picker in pickers)
    lines = []
    for row, by_picker in zip(rows, priced, strict=True):
        name = f"<td>{escape(row.commit.id[:8])} {escape(row.commit.subject)}</td>"
        if row.unread:
            lines.append(f'<tr>{name}<td class="no" colspan="{len(pickers) + 2}">{escape(row.unread)}</td></tr>')
            continue
        cells = "".join(f"<td>{by_picker[p].tests if p in by_picker else ''}</td>" for p in pickers)
        lines.append(f"<tr>{name}<td>{row.files}</td><td>{row.tests}</td>{cells}</tr>")
    return f"<table><tr><th>commit</th><th>files</th><th>tests</th>{heads}</tr>{''.join(lines)}</table>"
