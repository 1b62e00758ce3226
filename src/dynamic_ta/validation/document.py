"""A validation as a JSON document."""

import math
from dataclasses import asdict

from dynamic_ta.validation.model import Finding, Settings, Validation

SCHEMA = "dynamic.validation/1"


def validation_document(
    source: str, chosen: str, periods: int, settings: Settings, validation: Validation
) -> dict[str, object]:
    """Return every finding; JSON has no NaN and no infinity, so what is undefined is null."""
    return {
        "schema": SCHEMA,
        "data": {"source": source, "strategy": chosen, "periods": periods},
        "settings": asdict(settings),
        "passed": validation.passed,
        "findings": [_finding(finding) for finding in validation.findings],
        "skipped": [asdict(skipped) for skipped in validation.skipped],
    }


def _finding(finding: Finding) -> dict[str, object]:
    interval = finding.interval
    return {
        "name": finding.name,
        "passed": finding.passed,
        "value": _number(finding.value),
        "threshold": _number(finding.threshold),
        "interval": None
        if interval is None
        else {"low": _number(interval.low), "high": _number(interval.high), "confidence": interval.confidence},
        "explanation": finding.explanation,
        "details": {name: _number(value) for name, value in finding.details},
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
