"""How often the strategy that was best in one half of history is below the median in the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np

from dynamic_ta.data.model import F64
from dynamic_ta.validation.draws import CHUNK
from dynamic_ta.validation.errors import SampleError, SettingError
from dynamic_ta.validation.model import Check, Finding, Sample, Settings


@dataclass(frozen=True, slots=True, eq=False)
class Overfitting:
    """What combinatorially symmetric cross-validation found.

    Parameters
    ----------
    probability : PBO, the share of splits whose logit is 0 or less
    logits : float64[n_splits], ln(w / (1 - w)), w = rank out of sample / (n_strategies + 1) of the best in sample
    in_sample, out_of_sample : float64[n_splits], its Sharpe ratio a period in the half that chose it, and in the other
    slope, intercept : of the line of ``out_of_sample`` over ``in_sample``, by least squares
    loss_probability : the share of splits with a negative Sharpe ratio out of sample
    """

    probability: float
    logits: F64
    in_sample: F64
    out_of_sample: F64
    slope: float
    intercept: float
    loss_probability: float


def overfitting(trials: F64, blocks: int) -> Overfitting:
    """Return what CSCV says of choosing the best Sharpe ratio of ``trials``.

    Parameters
    ----------
    trials : float64[n_periods, n_strategies], finite, n_strategies >= 2
    blocks : even, 2 to 20; the oldest n_periods % blocks periods are left out

    Raises
    ------
    SettingError : an odd or too large number of blocks
    SampleError : fewer than two strategies, blocks of fewer than 2 periods, or returns that stand still at another
        value than 0 for half of the blocks

    Notes
    -----
    A half in which a strategy never has a return counts as a Sharpe ratio of 0. Equal strategies share a rank. Every
    half is the union of blocks, so that sums of blocks suffice: O(splits * n_strategies * blocks), with a few
    copies of the input and 64 MiB.

    References
    ----------
    .. [1] D. H. Bailey, J. Borwein, M. Lopez de Prado and Q. J. Zhu, The probability of backtest overfitting, Journal
       of Computational Finance 20, 2017, sections 3 and 4
    """
    parts = _parts(trials, blocks)
    there, back = [], []
    for mask in _halves(blocks, parts.total.shape[1]):
        one, other = _sharpe(mask, parts), _sharpe(1 - mask, parts)
        there.append(_choose(one, other))
        back.append(_choose(other, one)[:, ::-1])
    inside, outside, logits = np.concatenate(there + back[::-1], axis=1)
    slope, intercept = _line(inside, outside)
    return Overfitting(
        float((logits <= 0).mean()), logits, inside, outside, slope, intercept, float((outside < 0).mean())
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Sums of each block, float64[blocks, n_strategies], of returns less ``centre``, which keeps digits."""

    size: int
    centre: F64
    total: F64
    square: F64
    active: F64


def _parts(trials: F64, blocks: int) -> _Parts:
    if blocks not in range(2, 21, 2):
        raise SettingError(f"{blocks} blocks", "give an even number, 2 to 20, so that both halves are as long")
    if trials.ndim != 2 or trials.shape[1] < 2:  # noqa: PLR2004
        raise SampleError("fewer than 2 strategies were tried", "give a column for each that was looked at")
    size = trials.shape[0] // blocks
    if size < 2:  # noqa: PLR2004
        raise SampleError(f"{trials.shape[0]} periods in {blocks} blocks", f"give {2 * blocks} periods or fewer blocks")
    cut = trials[trials.shape[0] - size * blocks :].reshape(blocks, size, -1)
    still = (np.ptp(cut, axis=1) == 0) & (cut[:, 0] != 0)
    stuck = np.flatnonzero(2 * still.sum(axis=0) >= blocks)
    if stuck.size:
        raise SampleError(
            f"strategy {stuck[0] + 1} has the same return for half of the time",
            "leave it out, or check its data",
        )
    centre = cut.mean(axis=(0, 1))
    moved = cut - centre
    return _Parts(size, centre, moved.sum(axis=1), (moved**2).sum(axis=1), (cut != 0).sum(axis=1).astype(np.float64))


def _halves(blocks: int, strategies: int) -> Iterator[F64]:
    """Yield float64[some, blocks], 1 where a block is in sample, for each half of the blocks that has the first one.

    The other halves are their complements, and in the order of ``combinations`` the last is that of the first.
    """
    choices = ((0, *rest) for rest in combinations(range(1, blocks), blocks // 2 - 1))
    while some := list(islice(choices, max(1, CHUNK // strategies))):
        mask = np.zeros((len(some), blocks))
        np.put_along_axis(mask, np.array(some), 1.0, axis=1)
        yield mask


def _choose(inside: F64, outside: F64) -> F64:
    """Return float64[3, n_splits]: the best Sharpe ratio inside, that strategy's outside, and its logit."""
    best = inside.argmax(axis=1)[:, None]
    chosen = np.take_along_axis(outside, best, axis=1)
    rank = (outside < chosen).sum(axis=1) + ((outside == chosen).sum(axis=1) + 1) / 2
    share = rank / (outside.shape[1] + 1)
    return np.stack((np.take_along_axis(inside, best, axis=1)[:, 0], chosen[:, 0], np.log(share / (1 - share))))


def _sharpe(mask: F64, parts: _Parts) -> F64:
    periods = parts.size * mask.shape[1] // 2
    total = mask @ parts.total
    variance = (mask @ parts.square - total**2 / periods) / (periods - 1)
    idle = mask @ parts.active == 0
    deviation = np.sqrt(np.where(idle, 1.0, np.maximum(variance, np.finfo(np.float64).tiny)))
    return np.where(idle, 0.0, (total / periods + parts.centre) / deviation)


def _line(x: F64, y: F64) -> tuple[float, float]:
    """Return slope and intercept; slope 0 where all ``x`` are the same."""
    moved = x - x.mean()
    square = float(moved @ moved)
    slope = float(moved @ y) / square if square > 0 else 0.0
    return slope, float(y.mean()) - slope * float(x.mean())


def _check(sample: Sample, settings: Settings) -> Finding:
    found = overfitting(sample.all_trials(), settings.blocks)
    passed = found.probability <= settings.significance
    return Finding(
        "overfitting",
        found.probability,
        settings.significance,
        passed,
        f"In {found.probability:.1%} of {found.logits.size} splits the best strategy of one half was below the median "
        f"in the other, and {settings.significance:.0%} are borne.",
        details=(
            ("degradation_slope", found.slope),
            ("degradation_intercept", found.intercept),
            ("loss_probability", found.loss_probability),
        ),
    )


OVERFITTING = Check(
    "overfitting",
    "Does choosing the best of history choose what is good afterwards?",
    ("trials",),
    _check,
    "Bailey, Borwein, Lopez de Prado and Zhu 2017",
)
