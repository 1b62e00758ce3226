"""Exponential mean of many series, by span."""

from collections.abc import Sequence

from dynamic_engines.errors import KernelDomainError
from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.chunks import LENGTHS, lane_knobs
from dynamic_engines.library.draws import line_cases, walks
from dynamic_engines.library.inputs import check_whole
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines, Setting, Settings
from dynamic_engines.library.recursive.smoothing import check_smoothing, place_smoothing, smoothed, smoothing_error
from dynamic_engines.library.stage import Stage, Work
from dynamic_engines.matrix.cases import Rng
from dynamic_engines.model import Precision

_LONGEST = 2.0**31


def exponential(x: F64, series: int, span: float, seeded: int) -> Lines:
    """Return y += 2 / (span + 1) * (x - y) for each of ``series`` series.

    Parameters
    ----------
    x : float64[series * bars], series after series, oldest first, finite
    series : int, at least 1
    span : bars, 1 <= span; a weight a is the span 2 / a - 1
    seeded : 1 starts from the plain mean of the first ``span`` values (a whole number then, at most bars), as TA-Lib's
        EMA does; 0 from the first value, as ``pandas.Series.ewm(span=span, adjust=False)``

    Returns
    -------
    float64[series * bars]; with ``seeded``, NaN for the first ``span - 1`` of each series (warm-up)
    """
    return (smoothed(x, series, _weight(span), _seed(span, seeded)),)


def _weight(span: float) -> float:
    return 2 / (span + 1)


def _seed(span: float, seeded: int) -> int:
    return int(span) if seeded else 1


def _check(precision: Precision, x: F64, series: float, span: float, seeded: float) -> None:
    check_whole("seeded", seeded, 0, 1)
    if not 1 <= span <= _LONGEST:
        raise KernelDomainError(f"span is {span}", f"use 1 <= span <= {_LONGEST:.0f}")
    if seeded:
        check_whole("span", span, 1, _LONGEST)
    check_smoothing(precision, x, series, "span", _seed(span, int(seeded)))


def _place(stage: Stage, x: F64, series: int, span: float, seeded: int) -> Work:
    return place_smoothing(stage, load_kernel("recursive/exponential"), x, series, _weight(span), _seed(span, seeded))


def _most_error(precision: Precision, x: F64, series: int, span: float, seeded: int) -> Lines:
    return (smoothing_error(precision, x, series, _weight(span), _seed(span, seeded)),)


def _settings(rng: Rng, size: int) -> Sequence[Settings]:
    several = next((n for n in (7, 5, 3) if size % n == 0), 1)
    long = min(300, max(1, size // several))  # a seed of more than one chunk, where there is room
    return [
        (1, 20, 1),
        (several, round(float(rng.uniform(1, 400)), 3), 0),
        (several, long, 1),
        (1, 1, int(rng.integers(2))),
        (1, max(1, size), 1),
    ]


EXPONENTIAL = Kernel(
    name="recursive/exponential",
    title="Exponential mean",
    inputs=(Argument("x", "n", "REAL", "any", "the values, series after series, oldest first"),),
    settings=(
        Setting("series", 1, 1, "series, one after the other; it divides n"),
        Setting("span", 20, 1, "bars; the newest value weighs 2 / (span + 1)"),
        Setting("seeded", 1, 0, "1: from the plain mean of the first span values; 0: from the first value"),
    ),
    outputs=(Argument("mean", "n", "REAL", "any", "NaN in the warm-up: the first span - 1 values where seeded"),),
    check=_check,
    compute=exponential,
    place=_place,
    most_error=_most_error,
    bound_source="compensated Horner, whose magnitudes never exceed the largest value: one rounding, and u^2 terms",
    cost=lambda size, n, *_: Cost(2 * size * n, 3 * n),
    draw=line_cases(settings=_settings, lengths=LENGTHS),
    sample=walks(8_000_000, settings=(1, 20, 1)),
    knobs=lane_knobs,
)
