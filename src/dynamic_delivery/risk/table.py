"""The facts of a scorecard: adding one is a row here and what measures it in a file of its group."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One fact.

    Parameters
    ----------
    weight : float, 0 to 1, set by hand; docs/adr/0044 says after what
    replayed : bool, it can be told of a past change too, so that history can say what it is worth
    """

    name: str
    group: str
    unit: str
    weight: float
    replayed: bool


FACTS = (
    Row("lines", "size", "lines", 0.12, True),
    Row("files", "size", "files", 0.06, True),
    Row("languages", "size", "languages", 0.02, True),
    Row("affected_share", "spread", "share of targets", 0.12, True),
    Row("centrality", "spread", "closeness", 0.08, True),
    Row("past_changes", "history", "commits", 0.05, True),
    Row("authors", "history", "people", 0.05, True),
    Row("past_failures", "history", "share of runs", 0.08, True),
    Row("past_fixes", "history", "commits", 0.06, True),
    Row("age", "history", "days", 0.04, True),
    Row("owner_groups", "ownership", "groups", 0.04, True),
    Row("foreign_files", "ownership", "share of files", 0.03, False),
    Row("untested_files", "test gap", "share of code files", 0.08, False),
    Row("unexecuted_lines", "test gap", "share of written lines", 0.05, False),
    Row("new_findings", "findings", "findings", 0.12, False),
)
REPLAYED = tuple(row.name for row in FACTS if row.replayed)
