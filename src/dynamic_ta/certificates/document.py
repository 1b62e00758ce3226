"""The certificate: one canonical JSON document, known by the digest of its payload.

``signatures`` stands outside the payload and is empty: who signs, signs the digest.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from dynamic_base import canonical_json, digest
from dynamic_base.canonical import CanonicalError
from dynamic_base.sealed import sha256
from dynamic_engines import Precision, load_kernel
from dynamic_ta.certificates.code import indicators_of, reached_code
from dynamic_ta.certificates.engines import versions
from dynamic_ta.certificates.errors import CertificateFileError
from dynamic_ta.certificates.model import Case, DataSource, Measured, ParityRun, Spec
from dynamic_ta.data import Bars
from dynamic_ta.indicators import INDICATORS
from dynamic_ta.simulation import Divergence
from dynamic_ta.strategies import compile_strategy
from dynamic_ta.strategies.bind import bind, warm_up
from dynamic_ta.validation import Finding

SCHEMA = "dynamic.certificate/1"
CERTIFIED, REFUSED = "certified", "refused"
_KERNEL = "simulation/simulate"
_SHOWN = 20
_PARTS = ("spec", "strategy", "code", "kernels", "engines", "cases", "envelope", "verdict", "reasons", "made_at")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate, as it was made or read.

    Parameters
    ----------
    digest : SHA-256 of the canonical bytes of ``payload``, as the document says it; see ``is_whole``
    signatures : by others, on the digest
    read : the bytes that it was read from; empty for one that was just made
    """

    payload: Mapping[str, Any] = field(repr=False)
    digest: str
    signatures: tuple[Mapping[str, Any], ...] = ()
    read: bytes = field(default=b"", repr=False)

    @property
    def certified(self) -> bool:
        return bool(self.payload["verdict"] == CERTIFIED)

    @property
    def is_whole(self) -> bool:
        """Whether the payload has the digest that the document says, and the document the one form that it can have.

        A key that stands twice is read as the first by some programs and as the last by others.
        """
        try:
            return digest(self.payload) == self.digest and self.read in (b"", self.content())
        except CanonicalError:
            return False  # NaN, infinity, integers beyond 2**53: nothing that was ever sealed

    def content(self) -> bytes:
        """Return the document's bytes."""
        return canonical_json({"payload": self.payload, "digest": self.digest, "signatures": list(self.signatures)})


def seal_certificate(spec: Spec, cases: Sequence[Case], held: Sequence[Measured], now: datetime) -> Certificate:
    """Return the certificate of a finished run."""
    reasons = [
        *(reason for source, case in zip(spec.data, cases, strict=True) for reason in _case_reasons(source, case)),
        *(_breach(spec, cases, measured) for measured in held if not measured.kept),
    ]
    payload = {
        "schema": SCHEMA,
        "name": spec.name,
        "made_at": now.isoformat(timespec="seconds"),
        "spec": {"file": str(spec.path), "sha256": spec.digest},
        "strategy": {
            "file": spec.strategy_source,
            "name": spec.strategy.name,
            "sha256": spec.strategy.digest,
            "opencl_sha256": sha256(compile_strategy(spec.strategy).source.encode()),
            "parameters": dict(bind(spec.strategy, spec.parameters).values),
            "indicators": list(indicators_of(spec.strategy)),
            "warm_up_bars": warm_up(spec.strategy, spec.parameters),
            "account": asdict(spec.strategy.account),
        },
        "code": reached_code(spec.strategy),
        # With the header of rules that lies there; the strategy's own text has a digest of its own.
        "kernels": {name: load_kernel(name).digest for name in (_KERNEL, *_panels(spec))},
        "engines": versions(),
        "validation": {"trials": max(1, len(spec.trials)), "hold": spec.hold, **asdict(spec.settings)},
        "cases": [_case(source, case) for source, case in zip(spec.data, cases, strict=True)],
        "envelope": [_measured(spec, cases, measured) for measured in held],
        "reasons": reasons,
        "verdict": REFUSED if reasons else CERTIFIED,
    }
    return Certificate(payload, digest(payload))


def read_certificate(path: Path) -> Certificate:
    """Return the certificate in ``path``, whether it was edited or not.

    Raises
    ------
    CertificateFileError : not there, no JSON, of another schema, or parts are missing
    """
    try:
        content = path.read_bytes()
        document = json.loads(content)
    except OSError as error:
        raise CertificateFileError(f"cannot read {path} ({error.strerror})", "name an existing certificate") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CertificateFileError(f"{path} is no JSON ({error})", "certify again") from error
    payload = document.get("payload") if isinstance(document, dict) else None
    if not isinstance(payload, dict) or payload.get("schema") != SCHEMA:
        raise CertificateFileError(f"{path} is no certificate of {SCHEMA}", "certify again")
    missing = [part for part in _PARTS if part not in payload]
    signatures = document.get("signatures")
    if missing or not isinstance(document.get("digest"), str) or not isinstance(signatures, list):
        lacks = ", ".join(missing) or "its digest or signatures"
        raise CertificateFileError(f"{path} lacks {lacks}", "certify again")
    return Certificate(payload, document["digest"], tuple(signatures), content)


def _case(source: DataSource, case: Case) -> dict[str, object]:
    bars, origin = case.reading.bars, case.reading.origin
    return {
        "data": {
            "source": source.name,
            "sha256": bars.digest,
            "file_sha256": origin.digest,
            "licence": origin.licence,
            "mending": [applied.document() for applied in case.reading.applied],
            "notices": len(case.reading.notices),
            "first_notices": [str(notice) for notice in case.reading.notices[:_SHOWN]],
            "bars": bars.n_bars,
            "first": str(bars.time[0]),
            "last": str(bars.time[-1]),
        },
        "statistics": {name: number(value) for name, value in case.simulation.statistics.columns()},
        "looks_ahead": case.looks_ahead,
        "decisions": f"{case.simulation.totals.checksum:016x}",
        "parity": [_parity(bars, run) for run in case.parity],
        "validation": [_finding(finding) for finding in case.validation.findings],
        "undecided": dict(case.undecided),
    }


def _parity(bars: Bars, run: ParityRun) -> dict[str, object]:
    found = run.divergence
    return {
        "device": run.device,
        "driver": run.driver,
        "precision": run.precision.value,
        "trades": run.trades,
        "divergence": None if found is None else _divergence(bars, found),
    }


def _divergence(bars: Bars, found: Divergence) -> dict[str, object]:
    time = str(bars.time[found.bar])
    return {"trade": found.trade, "bar": found.bar, "time": time, "oracle": found.oracle, "device": found.device}


def _finding(finding: Finding) -> dict[str, object]:
    interval = finding.interval
    return {
        "name": finding.name,
        "value": number(finding.value),
        "interval": None if interval is None else [number(interval.low), number(interval.high)],
        "passed": finding.passed,
        "explanation": finding.explanation,
        "details": {name: number(value) for name, value in finding.details},
    }


def _measured(spec: Spec, cases: Sequence[Case], measured: Measured) -> dict[str, object]:
    return {
        "data": measured.data,
        "limit": measured.limit.measure,
        "least": measured.limit.least,
        "most": measured.limit.most,
        "value": number(measured.value),
        "kept": measured.kept,
        "bar": measured.bar,
        "time": _time(spec, cases, measured),
        "trade": measured.trade,
        "explanation": measured.explanation,
    }


def _time(spec: Spec, cases: Sequence[Case], measured: Measured) -> str | None:
    if measured.bar is None:
        return None
    case = next(case for source, case in zip(spec.data, cases, strict=True) if source.name == measured.data)
    return str(case.reading.bars.time[measured.bar])


def _breach(spec: Spec, cases: Sequence[Case], measured: Measured) -> dict[str, object]:
    value = "undefined" if math.isnan(measured.value) else f"{measured.value:.6g}"
    where = f", at bar {measured.bar} ({_time(spec, cases, measured)})" if measured.bar is not None else ""
    trade = f", trade {measured.trade}" if measured.trade is not None else ""
    text = f"{measured.data}: {measured.limit.measure} is {value}, the limit is {measured.limit}{where}{trade}"
    return {"kind": "envelope", "limit": measured.limit.measure, "text": f"{text}: {measured.explanation}"}


def _panels(spec: Spec) -> tuple[str, ...]:
    """Return the kernels that a device computes the strategy's indicators by, which it does in float64."""
    if Precision.FLOAT64 not in spec.precisions:
        return ()
    read = indicators_of(spec.strategy)
    return tuple(row.panel.file.removesuffix(".cl") for row in INDICATORS if row.name in read and row.panel is not None)


def _case_reasons(source: DataSource, case: Case) -> list[dict[str, object]]:
    bars = case.reading.bars
    reasons: list[dict[str, object]] = []
    for run in case.parity:
        found = run.divergence
        if found is not None:
            text = (
                f"{source.name}: {run.precision} on {run.device} ({run.driver}) takes another decision in trade"
                f" {found.trade}, at bar {found.bar} ({bars.time[found.bar]}): the oracle {found.oracle};"
                f" the device {found.device}"
            )
            reasons.append({"kind": "parity", "limit": "parity", "text": text})
    if case.looks_ahead is not None:
        bar = case.looks_ahead
        text = f"{source.name}: what is decided at bar {bar} ({bars.time[bar]}) changes where later bars are left out"
        reasons.append({"kind": "look-ahead", "limit": "look-ahead", "text": text})
    gone = case.simulation.equity <= 0
    if gone.any():
        bar = int(gone.argmax())
        text = f"{source.name}: no equity is left at bar {bar} ({bars.time[bar]}), so nothing else was measured"
        reasons.append({"kind": "ruin", "limit": "equity", "text": text})
    return reasons


def number(value: float) -> float | None:
    """Return ``value`` as JSON has it: what is undefined or infinite is null."""
    return value if isinstance(value, int) or math.isfinite(value) else None
