"""A scorecard for a person."""

from rich.markup import escape
from rich.table import Table

from dynamic_delivery.risk.model import Fact, Scorecard

_COLUMNS = {"fact": False, "value": True, "scaled": True, "weight": True, "adds": True, "": False}  # to the right


def headline(card: Scorecard) -> str:
    """Return the score in one line."""
    against = f"{card.base[:12]}, " if card.base else ""
    most = f", up to {card.most:.1f} with what cannot be told" if card.most > card.score else ""
    chance = f"; {card.probability:.0%} of such changes fail" if card.probability is not None else ""
    return f"risk {card.score:.1f} of 100{most}{chance} ({against}{escape(card.reason)})"


def facts_table(card: Scorecard) -> Table:
    """Return a line a fact: what adds most comes first."""
    table = Table(box=None, pad_edge=False)
    for heading, right in _COLUMNS.items():
        table.add_column(heading, justify="right" if right else "left")
    for fact in sorted(card.facts, key=lambda fact: -fact.contribution):
        table.add_row(fact.name, *_figures(fact), escape(fact.sentence), style="dim" if fact.value is None else "")
    return table


def _figures(fact: Fact) -> tuple[str, str, str, str]:
    if fact.value is None:
        return "?", "?", f"{fact.weight:.3f}", "?"
    return f"{fact.value:.4g}", f"{fact.scaled:.3f}", f"{fact.weight:.3f}", f"{fact.contribution:.1f}"
