"""How long each test takes: two quantiles from what is on record, and a sane guess for what is not."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median

from dynamic_impact.model import Observation
from dynamic_impact.planning.model import Estimate

# Half of the weight lies on the last three results: after a test has become slower for good, its P95 follows with the
# first result and its P50 with the third.
_HALF_LIFE = 3.0
_WINDOW = 24
_ENOUGH = 5  # results from which a P95 of its own can be told
_SPREAD = 1.5  # P95 over P50, where no test on record has enough results to tell
_FLOOR_S = 0.001
_PRIOR_S = 5.0
_SHORTEST_S, _LONGEST_S = 1e-9, 366 * 86400.0  # what lies outside is no duration, and its ratios would overflow


def estimate(types: Mapping[str, str], past: Mapping[str, Sequence[Observation]], machine: str) -> dict[str, Estimate]:
    """Return the duration of each test of ``types`` on a machine of class ``machine``.

    Parameters
    ----------
    types : address -> target type
    past : address -> its results, oldest first; of any test, also of some that are not in ``types``

    Returns
    -------
    address -> Estimate; finite, positive, ``p50_s <= p95_s``

    Notes
    -----
    Quantiles are weighted, the newest result most. Results of another class of machine count only where there are none
    of this one, times the median ratio of the tests that both have run. A test without results takes the median of its
    folder, else of its type, else of all, else a constant. O(results) and a sort of at most 24 for each test.
    """
    clean = {address: kept for address, results in past.items() if (kept := tuple(_usable(results)))}
    scale = _scales(clean, machine)
    seconds = {address: _on(machine, results, scale) for address, results in clean.items()}
    known = dict(_known(seconds))
    folders = _medians((folder_of(address), each) for address, each in known.items())
    by_type = _medians((types[address], each) for address, each in known.items() if address in types)
    overall = _medians(("", each) for each in known.values())
    found = {}
    for address, kind in types.items():
        guesses = (
            (known.get(address), "history"),
            (folders.get(folder_of(address)), "siblings"),
            (by_type.get(kind), "type"),
            (overall.get(""), "all"),
            ((_PRIOR_S, _PRIOR_S * _SPREAD), "prior"),
        )
        found[address] = next(Estimate(*pair, source) for pair, source in guesses if pair is not None)
    return found


def weighted_quantile(values: Sequence[float], weights: Sequence[float], share: float) -> float:
    """Return the smallest of ``values`` at or below which ``share`` of the weight lies."""
    ranked = sorted(zip(values, weights, strict=True))
    wanted, sum_ = share * math.fsum(weights), 0.0
    for value, weight in ranked:
        sum_ += weight
        if sum_ >= wanted * (1 - 1e-12):
            return value
    return ranked[-1][0]


def folder_of(address: str) -> str:
    """Return the folder of ``address``, whether it names a file (``a/t.py:x``) or a folder (``a:x``)."""
    path = address.partition(":")[0].partition("@")[0].removeprefix("//")
    folder, _, last = path.rpartition("/")
    return folder if "." in last else path


def _usable(results: Sequence[Observation]) -> Iterator[Observation]:
    """Yield the results that tell a duration: real runs, and failed ones only where nothing passed."""
    real = [each for each in results if not each.cached and _SHORTEST_S <= each.seconds <= _LONGEST_S]
    return iter([each for each in real if each.outcome != "fail"] or real)


def _scales(past: Mapping[str, Sequence[Observation]], machine: str) -> dict[str, float]:
    """Return, for each other class, how many times longer ``machine`` takes: the median over the tests of both."""
    ratios: dict[str, list[float]] = {}
    for results in past.values():
        ours = [each.seconds for each in results if each.machine == machine]
        if not ours:
            continue
        for other in {each.machine for each in results} - {machine}:
            theirs = median(each.seconds for each in results if each.machine == other)
            ratios.setdefault(other, []).append(median(ours) / theirs)
    return {other: median(found) for other, found in ratios.items()}


def _on(machine: str, results: Sequence[Observation], scale: Mapping[str, float]) -> list[float]:
    ours = [each.seconds for each in results if each.machine == machine]
    return ours or [each.seconds * scale.get(each.machine, 1.0) for each in results]


def _known(seconds: Mapping[str, Sequence[float]]) -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield P50 and P95 of each test on record; one with few results borrows its spread from the others."""
    raw = {address: _quantiles(each[-_WINDOW:]) for address, each in seconds.items()}
    spreads = [high / low for address, (low, high) in raw.items() if len(seconds[address]) >= _ENOUGH]
    spread = median(spreads) if spreads else _SPREAD
    for address, (low, high) in raw.items():
        enough = len(seconds[address]) >= _ENOUGH
        yield address, (low, high if enough else max(high, low * spread))


def _quantiles(seconds: Sequence[float]) -> tuple[float, float]:
    weights = [0.5 ** (age / _HALF_LIFE) for age in range(len(seconds) - 1, -1, -1)]
    low, high = (max(weighted_quantile(seconds, weights, share), _FLOOR_S) for share in (0.5, 0.95))
    return low, high


def _medians(pairs: Iterable[tuple[str, tuple[float, float]]]) -> dict[str, tuple[float, float]]:
    groups: dict[str, list[tuple[float, float]]] = {}
    for key, pair in pairs:
        groups.setdefault(key, []).append(pair)
    return {key: (median(low for low, _ in found), median(high for _, high in found)) for key, found in groups.items()}
