"""What the gates found that is new with a change."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from dynamic_delivery.gates.model import Severity
from dynamic_delivery.risk.errors import FindingsError
from dynamic_delivery.risk.model import Measure

# How sure one new finding of a severity makes it that the change is to be held back.
_SURE = {Severity.CRITICAL: 0.9, Severity.HIGH: 0.5, Severity.MEDIUM: 0.2, Severity.LOW: 0.05, Severity.INFO: 0.0}
_HOW = "write it with './dynamic gate run --json >FILE'"
_SCALE = "1 - product over the findings of (1 - p), p of critical 0.9, high 0.5, medium 0.2, low 0.05, info 0"


def read_findings(path: Path) -> tuple[Severity, ...]:
    """Return the severities of the new findings in what ``./dynamic gate run --json`` printed, those waived left out.

    Raises
    ------
    FindingsError : the file cannot be read, or holds no such findings
    """
    try:
        document = json.loads(path.read_bytes())
        findings = document["findings"]
        return tuple(Severity(found["severity"]) for found in findings if _counts(found))
    except OSError as error:
        raise FindingsError(f"cannot read {path} ({error.strerror})", _HOW) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FindingsError(f"{path} holds no findings ({type(error).__name__}: {error})", _HOW) from error


def _counts(found: dict[str, object]) -> bool:
    """Say whether a finding is new and not waived; one that does not say is new."""
    return found.get("new", True) is not False and not found.get("waiver")


def findings_measure(severities: Sequence[Severity] | None) -> Measure:
    """Return how much the new findings weigh; a further one never makes it less."""
    if severities is None:
        why = "no findings were given: name the gates' report with --findings"
        return Measure("new_findings", None, 0.0, _SCALE, why)
    scaled = 1.0 - math.prod(1.0 - _SURE[severity] for severity in sorted(severities))
    counts = Counter(severities)
    told = ", ".join(f"{counts[severity]} {severity}" for severity in Severity if counts[severity])
    return Measure("new_findings", float(len(severities)), scaled, _SCALE, f"new findings: {told or 'none'}")
