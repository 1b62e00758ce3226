"""What a validation is asked, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dynamic_ai.errors import ValidationInputError

_LEAST_RESAMPLES = 199
_LEAST_ROUNDS = 9


class Verdict(StrEnum):
    """Findings, not failures: UNDECIDED says that the data do not show the one or the other."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What is asked of a candidate.

    Parameters
    ----------
    accuracy_margin : the share of right decisions that may be lost
    brier_margin : what the Brier score may rise by
    confidence : of each two-sided interval. Those of a bootstrap of dependent days are too narrow: of 1500 samples each
        of 740 rows at the margin, 0.98 was wrong on a side in 1.3 to 2.1 %, 0.95 in 2.3 to 4.1 %
    resamples, block_rows, seed : of the moving-block bootstrap; a block is ten trading days, two weeks
    latency_tolerance : the share of the baseline's time that may be added
    rounds, calls, latency_rows : rounds of baseline, candidate, candidate, baseline; inferences in each quarter of a
        round; rows of one inference. Of many short rounds, other work on the machine hits few, and the median stays
    most_error : how far float32 may be from float64, by a bound that holds for any engine and is some fifty times what
        is seen, before a model is refused as ill-conditioned
    """

    accuracy_margin: float = 0.02
    brier_margin: float = 0.01
    confidence: float = 0.98
    resamples: int = 9999
    block_rows: int = 10
    seed: int = 0
    latency_tolerance: float = 0.25
    rounds: int = 501
    calls: int = 5
    latency_rows: int = 64
    most_error: float = 1e-2

    def __post_init__(self) -> None:
        if not 0 < self.confidence < 1:
            raise ValidationInputError(f"a confidence of {self.confidence}", "give it between 0 and 1, as 0.95")
        margins = (self.accuracy_margin, self.brier_margin, self.latency_tolerance, self.most_error)
        if not all(0 <= margin < float("inf") for margin in margins):
            raise ValidationInputError(f"a margin of {min(margins)}", "margins and tolerances are finite, 0 or more")
        if self.resamples < _LEAST_RESAMPLES or self.rounds < _LEAST_ROUNDS:
            least = f"{_LEAST_RESAMPLES} resamples and {_LEAST_ROUNDS} rounds"
            raise ValidationInputError("too few repetitions for an interval", f"give at least {least}")
        if min(self.block_rows, self.calls, self.latency_rows) < 1 or self.seed < 0:
            raise ValidationInputError("blocks, calls, rows or the seed are out of range", "give 1 or more, a seed 0")


@dataclass(frozen=True, slots=True)
class Check:
    """One answer, with the sentence that explains it and the figures behind it."""

    name: str
    verdict: Verdict
    statement: str
    figures: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """All answers about one candidate. ``engine`` ran it; ``notes`` are facts that decide nothing."""

    candidate: str
    baseline: str
    data: str
    engine: str
    checks: tuple[Check, ...]
    notes: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """NO if any check says no, else UNDECIDED if any does, else YES."""
        found = {check.verdict for check in self.checks}
        return next((verdict for verdict in (Verdict.NO, Verdict.UNDECIDED) if verdict in found), Verdict.YES)
