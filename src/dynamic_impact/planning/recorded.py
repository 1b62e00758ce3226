"""What setups took, out of the records that the ``durations`` plugin of Pants leaves in ``.dynamic/durations``."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from types import MappingProxyType

from dynamic_base import state_folder
from dynamic_impact.locks import name_of
from dynamic_impact.planning.model import Estimate

_LOCK = re.compile(r"(?:Installing|Building) (?P<lock>\S+) for the resolve\b")
_PACKAGES = re.compile(
    r"(?:Extracting|Building) \d+ requirements? (?:to build|for) requirements\.pex from [^:]+: (?P<names>.*)"
)
_SPREAD = 1.5
# Where nothing is on record: what this project's own locks took, rounded (docs/adr/0019).
_LOCK_S = 60.0
_PACKAGES_S = 3.0


@dataclass(frozen=True, slots=True)
class Setups:
    """Seconds of each setup on record.

    Parameters
    ----------
    locks : by the lock's path
    packages : by the set of normalised names
    """

    locks: Mapping[str, tuple[float, ...]] = field(default_factory=lambda: MappingProxyType({}))
    packages: Mapping[frozenset[str], tuple[float, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def lock(self, path: str) -> Estimate:
        """Return how long it takes to install the lock ``path``."""
        return _estimate(self.locks.get(path, ()), [s for each in self.locks.values() for s in each], _LOCK_S)

    def extraction(self, names: frozenset[str]) -> Estimate:
        """Return how long it takes to make an environment of ``names`` out of an installed lock."""
        return _estimate(
            self.packages.get(names, ()), [s for each in self.packages.values() for s in each], _PACKAGES_S
        )


def read_setups(build_root: Path) -> Setups:
    """Return what is on record below ``build_root``; a file that is torn or foreign counts as none."""
    locks: dict[str, list[float]] = {}
    packages: dict[frozenset[str], list[float]] = {}
    for line in _lines(sorted((state_folder(build_root) / "durations").glob("*.jsonl"))):
        try:
            record = json.loads(line)
            told, seconds = str(record["description"]), float(record["duration_s"])
        except (ValueError, KeyError, TypeError):
            continue
        if not (math.isfinite(seconds) and seconds > 0):
            continue
        if found := _LOCK.match(told):
            locks.setdefault(found["lock"], []).append(seconds)
        elif found := _PACKAGES.match(told):
            names = frozenset(filter(None, map(name_of, found["names"].split(", "))))
            packages.setdefault(names, []).append(seconds)
    return Setups({k: tuple(v) for k, v in locks.items()}, {k: tuple(v) for k, v in packages.items()})


def _lines(paths: Iterable[Path]) -> Iterable[str]:
    for path in paths:
        try:
            yield from path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue


def _estimate(own: Iterable[float], others: Iterable[float], prior_s: float) -> Estimate:
    for seconds, source in ((list(own), "history"), (list(others), "siblings")):
        if seconds:
            middle = median(seconds)
            return Estimate(middle, max(max(seconds) if source == "history" else 0.0, middle * _SPREAD), source)
    return Estimate(prior_s, prior_s * _SPREAD, "prior")
