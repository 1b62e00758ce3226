"""The values of a scorecard."""

from dataclasses import asdict, dataclass, field

SCHEMA = "dynamic.risk/1"


@dataclass(frozen=True, slots=True)
class Measure:
    """What one fact came to.

    Parameters
    ----------
    value : in the unit that the fact's row states; None where it cannot be told
    scaled : float, 0 (safe) to 1; 0 where it cannot be told
    scale : how ``scaled`` comes from ``value``, for a person
    sentence : what the value says, or why there is none
    """

    name: str
    value: float | None
    scaled: float
    scale: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A measure and what it adds to the score.

    Parameters
    ----------
    weight : float, 0 to 1; those of all facts add up to 1
    contribution : float, points of the score: 100 * weight * scaled
    """

    name: str
    group: str
    unit: str
    value: float | None
    scale: str
    scaled: float
    weight: float
    contribution: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Quality:
    """How well something tells the past changes that failed from those that did not.

    Parameters
    ----------
    auc : float, 0 to 1, the chance that a failed change is scored above one that passed; 0.5 is a coin
    brier : float, 0 to 1, mean squared error of the probability; less is better
    """

    auc: float
    brier: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whose weights are used, and why.

    Parameters
    ----------
    used : bool, the weights were fitted to this repository's history
    changes, failures : int, past changes with a known outcome, and how many of them failed
    by_hand, fitted : cross-validated, of the weights set by hand and of the fitted ones; None where too few are known
    reason : one line for a person
    """

    used: bool
    changes: int
    failures: int
    reason: str
    by_hand: Quality | None = None
    fitted: Quality | None = None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The risk of one change.

    Parameters
    ----------
    score : float, 0 to 100, the sum of the contributions
    most : float, what the score would be if all that cannot be told were at its worst
    facts : in the table's order
    probability : float, 0 to 1, that the change fails; None where the weights are not fitted
    files : float, 0 to 1, by changed file: how risky its own past makes it
    """

    score: float
    most: float
    facts: tuple[Fact, ...]
    calibration: Calibration
    base: str
    head: str
    reason: str
    probability: float | None = None
    files: dict[str, float] = field(default_factory=dict)

    def policy_input(self) -> dict[str, object]:
        """Return the ``risk`` of a policy's input document."""
        facts = [asdict(fact) for fact in self.facts]
        return {"score": self.score, "facts": facts, "calibrated": self.calibration.used}

    def document(self) -> dict[str, object]:
        """Return all of it as plain JSON values."""
        return {
            "schema": SCHEMA,
            "base": self.base,
            "head": self.head,
            "reason": self.reason,
            **self.policy_input(),
            "most": self.most,
            "probability": self.probability,
            "calibration": asdict(self.calibration),
            "files": self.files,
        }
