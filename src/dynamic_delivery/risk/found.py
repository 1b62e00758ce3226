"""What the gates found that is new with a change."""

import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from dynamic_delivery.gates.model import Outcome, Severity
from dynamic_delivery.risk.errors import FindingsError
from dynamic_delivery.risk.model import Measure
from dynamic_impact.model import Change

# How sure one new finding of a severity makes it that the change is to be held back.
_SURE = {Severity.CRITICAL: 0.9, Severity.HIGH: 0.5, Severity.MEDIUM: 0.2, Severity.LOW: 0.05, Severity.INFO: 0.0}
_HOW = "write it with './dynamic gate run --json >FILE'"
_SCALE = "1 - product over the findings of (1 - p), p of critical 0.9, high 0.5, medium 0.2, low 0.05, info 0"


@dataclass(frozen=True, slots=True)
class Found:
    """What a run of the gates says of a change.

    Parameters
    ----------
    severities : of the findings that are new, those waived left out
    silent : gates that could not decide
    only : the gates that alone were asked; empty where all were
    base : the commit that the run compared with; None where it looked at everything, or does not say
    """

    severities: tuple[Severity, ...]
    silent: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    base: str | None = None

    def of(self, change: Change) -> "Found":
        """Return this.

        Raises
        ------
        FindingsError : the run was of another change
        """
        if self.base is not None and self.base != change.base:
            of, here = self.base[:12] or "nothing", change.base[:12] or "nothing"
            raise FindingsError(
                f"the findings are of another change: against {of}, and this one is against {here}", _HOW
            )
        return self


def read_findings(path: Path) -> Found:
    """Return what ``./dynamic gate run --json`` printed, as far as it weighs.

    Raises
    ------
    FindingsError : the file cannot be read, or holds no such findings
    """
    try:
        document = json.loads(path.read_bytes())
        change = document.get("change", {})
        return Found(
            tuple(Severity(found["severity"]) for found in document["findings"] if _counts(found)),
            tuple(str(gate["name"]) for gate in document.get("gates", ()) if gate["outcome"] == Outcome.UNDECIDED),
            tuple(map(str, document.get("only") or ())),
            None if change.get("everything") or "against" not in change else str(change["against"]),
        )
    except OSError as error:
        raise FindingsError(f"cannot read {path} ({error.strerror})", _HOW) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FindingsError(f"{path} holds no findings ({type(error).__name__}: {error})", _HOW) from error


def _counts(found: dict[str, object]) -> bool:
    """Say whether a finding is new and not waived; one that does not say is new."""
    return found.get("new", True) is not False and not found.get("waiver")


def findings_measure(found: Found | None) -> Measure:
    """Return how much the new findings weigh; a further one never makes it less.

    That nothing was found is known only where every gate was asked and could decide.
    """
    if found is None:
        why = "no findings were given: name the gates' report with --findings"
        return Measure("new_findings", None, 0.0, _SCALE, why)
    part = ""
    if found.silent:
        part = f", and {', '.join(found.silent)} could not decide"
    elif found.only:
        part = f", and only {', '.join(found.only)} was asked"
    scaled = 1.0 - math.prod(1.0 - _SURE[severity] for severity in sorted(found.severities))
    counts = Counter(found.severities)
    told = ", ".join(f"{counts[severity]} {severity}" for severity in Severity if counts[severity])
    value = None if part and not found.severities else float(len(found.severities))
    return Measure("new_findings", value, scaled, _SCALE, f"new findings: {told or 'none'}{part}")
