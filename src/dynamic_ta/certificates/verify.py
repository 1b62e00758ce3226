"""Whether a certificate still stands: it is whole, and running it again gives the same.

Decisions must be the same, and the verdict. Other figures may differ by a billionth: NumPy's powers and logarithms
differ in their last digit between processors.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dynamic_base import Clock
from dynamic_ta.certificates.document import Certificate, read_certificate
from dynamic_ta.certificates.errors import CertificateFileError, SpecError
from dynamic_ta.certificates.run import Say, certify, silent
from dynamic_ta.certificates.spec import read_spec
from dynamic_ta.data import UnknownSourceError
from dynamic_ta.strategies import UnknownStrategyError

TOLERANCE = 1e-9
_RESULTS = ("cases", "envelope", "verdict")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is no longer as the certificate says. ``kind`` is a row of KINDS."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying found. ``notes`` do not count: other engines, since each is held to the oracle."""

    certificate: Certificate
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    @property
    def stands(self) -> bool:
        return not self.changes and self.certificate.certified


def verify(path: Path, clock: Clock, spec: Path | None = None, say: Say = silent) -> Verdict:
    """Run the certificate in ``path`` again, and compare.

    Parameters
    ----------
    spec : the specification, where it is not at the place that the certificate says

    Raises
    ------
    CertificateFileError : the certificate, or a file that the run needs, is missing or cannot be read
    DataError, StrategyError, EngineError : the suite cannot be run to its end any more
    """
    certificate = read_certificate(path)
    if not certificate.is_whole:
        text = f"it does not have the digest {certificate.digest[:12]}…, or not the canonical form: it was edited"
        return Verdict(certificate, (Change("certificate", text),))
    try:
        place = spec or Path(certificate.payload["spec"]["file"])
    except (KeyError, TypeError) as error:
        raise _misshapen(path, error) from error
    try:
        again = certify(read_spec(place), clock, say)
    except (SpecError, UnknownSourceError, UnknownStrategyError) as error:
        # Wrong usage for who certifies; here it is the certificate that cannot be judged.
        raise CertificateFileError(error.message, error.hint) from error
    try:
        return _compared(certificate, again)
    except (AttributeError, KeyError, TypeError) as error:
        raise _misshapen(path, error) from error


def _misshapen(path: Path, error: Exception) -> CertificateFileError:
    return CertificateFileError(f"{path} has not the shape of a certificate ({error!r})", "certify again")


def _compared(certificate: Certificate, again: Certificate) -> Verdict:
    was, now = certificate.payload, again.payload
    return Verdict(certificate, tuple(change for find in KINDS.values() for change in find(was, now)), _notes(was, now))


def _spec(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    return _digests("spec", {"the specification": was["spec"]["sha256"]}, {"the specification": now["spec"]["sha256"]})


def _strategy(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    old, new = (
        {f"the strategy {was['strategy']['name']}": one["sha256"], "its OpenCL C": one["opencl_sha256"]}
        for one in (was["strategy"], now["strategy"])
    )
    return _digests("strategy", old, new)


def _data(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    old, new = ({case["data"]["source"]: case["data"]["sha256"] for case in one["cases"]} for one in (was, now))
    return _digests("data", old, new)


def _code(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    return _digests("code", was["code"], now["code"])


def _kernels(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    return _digests("kernels", was["kernels"], now["kernels"])


def _results(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    return [
        Change("results", f"{where}: was {old!r}, is {new!r}")
        for part in _RESULTS
        for where, old, new in _differences(part, _comparable(was[part]), _comparable(now[part]))
    ]


# Each way in which a certificate can cease to be true, and what finds it.
KINDS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], list[Change]]] = {
    "spec": _spec,
    "strategy": _strategy,
    "data": _data,
    "code": _code,
    "kernels": _kernels,
    "results": _results,
}


def _digests(kind: str, was: Mapping[str, str], now: Mapping[str, str]) -> list[Change]:
    changes = []
    for name in sorted({*was, *now}):
        if name not in now:
            changes.append(Change(kind, f"{name} is not reached any more"))
        elif name not in was:
            changes.append(Change(kind, f"{name} is new"))
        elif was[name] != now[name]:
            changes.append(Change(kind, f"{name} was {was[name][:12]}…, is {now[name][:12]}…"))
    return changes


def _comparable(part: Any) -> Any:
    """Return ``part`` without what has a kind of its own, or may differ from machine to machine."""
    if not isinstance(part, list):
        return part
    own = {"data", "parity"}
    return [
        {
            **{key: value for key, value in one.items() if key not in own},
            "parity": [(run["precision"], run["trades"], run["divergence"]) for run in one.get("parity", [])],
            "data": one["data"]["source"] if isinstance(one["data"], dict) else one["data"],
        }
        for one in part
    ]


def _differences(where: str, was: Any, now: Any) -> list[tuple[str, Any, Any]]:
    """Return each leaf that differs, with its place; numbers within TOLERANCE are the same."""
    if isinstance(was, dict) and isinstance(now, dict):
        return [
            found
            for key in sorted({*was, *now})
            for found in _differences(f"{where}.{key}", was.get(key), now.get(key))
        ]
    if isinstance(was, list | tuple) and isinstance(now, list | tuple) and len(was) == len(now):
        return [
            found for n, pair in enumerate(zip(was, now, strict=True)) for found in _differences(f"{where}[{n}]", *pair)
        ]
    if isinstance(was, float) or isinstance(now, float):
        same = _close(was, now)
    elif where.endswith(("explanation", ".text")):
        same = True  # words on the numbers that are compared
    else:
        same = was == now
    return [] if same else [(where, was, now)]


def _close(was: Any, now: Any) -> bool:
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (was, now))
    return numbers and abs(was - now) <= TOLERANCE * max(1.0, abs(was))


def _notes(was: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    old, new = was["engines"], now["engines"]
    changed = [f"{name} {old.get(name)} then, {new.get(name)} now" for name in new if old.get(name) != new[name]]
    devices = [
        sorted({f"{run['device']} ({run['driver']})" for case in one["cases"] for run in case["parity"]})
        for one in (was, now)
    ]
    return (*changed, *([f"on {devices[0]} then, on {devices[1]} now"] if devices[0] != devices[1] else []))
