"""What the results on record say of one test."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dynamic_impact.model import Observation

_MANY = 10
_SLOWER = 1.25


@dataclass(frozen=True, slots=True)
class Summary:
    """One test.

    Parameters
    ----------
    runs : int, results on record that were run, not taken from a cache
    flaky_rate : float, 0 to 1, the share of them that failed and then passed on the same files
    p50_s, p95_s : float, s; None where none was run
    trend : "slower", "faster", "failing more", "failing less", joined by ", "; "" for no change or fewer than 10 runs.
        The newer half of the runs is held beside the older: a median 25 % apart, twice or half the failures.
    """

    address: str
    runs: int
    failures: int
    flaky: int
    flaky_rate: float
    p50_s: float | None
    p95_s: float | None
    last: str
    trend: str


def summarise(address: str, results: Sequence[Observation]) -> Summary:
    """Return the summary of ``results``, oldest first, at least one."""
    real = [result for result in results if not result.cached]
    seconds = [result.seconds for result in real if np.isfinite(result.seconds)]
    flaky = sum(result.outcome == "flaky" for result in real)
    p50, p95 = (float(quantile) for quantile in np.quantile(seconds, (0.5, 0.95))) if seconds else (None, None)
    return Summary(
        address=address,
        runs=len(real),
        failures=sum(result.outcome == "fail" for result in real),
        flaky=flaky,
        flaky_rate=flaky / len(real) if real else 0.0,
        p50_s=p50,
        p95_s=p95,
        last=results[-1].outcome,
        trend=_trend(real),
    )


def worst_first(found: Mapping[str, Sequence[Observation]], addresses: Iterable[str]) -> tuple[Summary, ...]:
    """Return the summaries: most failures first, then most flaky, then slowest, then by address."""
    told = [summarise(address, found[address]) for address in addresses]
    return tuple(sorted(told, key=lambda one: (-one.failures, -one.flaky, -(one.p50_s or 0.0), one.address)))


def _trend(real: Sequence[Observation]) -> str:
    if len(real) < _MANY:
        return ""
    old, new = real[: len(real) // 2], real[len(real) // 2 :]
    before, after = (np.median([result.seconds for result in half]) for half in (old, new))
    words = []
    if before > 0 and after > _SLOWER * before:
        words.append("slower")
    elif after > 0 and before > _SLOWER * after:
        words.append("faster")
    was, now = (sum(result.outcome == "fail" for result in half) / len(half) for half in (old, new))
    if now > 2 * was:
        words.append("failing more")
    elif was > 2 * now:
        words.append("failing less")
    return ", ".join(words)
