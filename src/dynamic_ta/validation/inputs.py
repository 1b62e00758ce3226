"""What returns must be, before anything is computed from them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dynamic_ta.data.model import F64
from dynamic_ta.validation.errors import SampleError
from dynamic_ta.validation.model import Sample

LEAST_PERIODS = 20


def sample_of(
    returns: npt.ArrayLike,
    trials: npt.ArrayLike | None = None,
    trades: npt.ArrayLike | None = None,
    *,
    benchmark: npt.ArrayLike | None = None,
    costs: npt.ArrayLike | None = None,
    names: Sequence[str] = (),
) -> Sample:
    """Check and freeze what a validation reads; see ``Sample``.

    Raises
    ------
    SampleError : another shape, fewer than LEAST_PERIODS periods, a value that is not finite, a return below -1,
        returns or a trial that never change, a negative cost, or returns that are no column of the trials
    """
    series = series_of("the returns", returns, LEAST_PERIODS)
    check_varies("the returns", series)
    matrix, chosen = None, 0
    if trials is not None:
        matrix = matrix_of(trials, names)
        check_periods("the trials", matrix, series)
        chosen = _column_of(matrix, series)
    if benchmark is not None:
        benchmark = series_of("the benchmark", benchmark, LEAST_PERIODS)
        check_periods("the benchmark", benchmark, series)
    if costs is not None:
        costs = series_of("the costs", costs, LEAST_PERIODS)
        check_periods("the costs", costs, series)
        if costs.min() < 0:
            raise SampleError(f"a cost of {costs.min()}", "give what was paid as a positive share of the account")
    deals = None if trades is None else series_of("the trades", trades, 2)
    return Sample(series, matrix, deals, benchmark, costs, column_names(matrix, names), chosen)


def series_of(what: str, values: npt.ArrayLike, least: int) -> F64:
    """Return ``values`` as a read-only float64[n], n >= ``least``, every one finite and at least -1."""
    series = np.array(values, np.float64)
    if series.ndim != 1:
        raise SampleError(f"{what} have {series.ndim} dimensions", "give one number a period")
    if series.size < least:
        raise SampleError(f"{what} are {series.size} numbers", f"give {least} or more")
    _check_values(what, series[:, None], ("",))
    series.setflags(write=False)
    return series


def matrix_of(values: npt.ArrayLike, names: Sequence[str] = ()) -> F64:
    """Return ``values`` as a read-only float64[n_periods, n_strategies], every column varying.

    Raises
    ------
    SampleError : as ``sample_of``, or fewer than two strategies
    """
    matrix = np.array(values, np.float64)
    if matrix.ndim != 2:  # noqa: PLR2004
        raise SampleError(f"the trials have {matrix.ndim} dimensions", "give a row a period and a column a strategy")
    if matrix.shape[0] < LEAST_PERIODS:
        raise SampleError(f"the trials have {matrix.shape[0]} periods", f"give {LEAST_PERIODS} or more")
    if matrix.shape[1] < 2:  # noqa: PLR2004
        raise SampleError(f"{matrix.shape[1]} strategy was tried", "give 2 or more, all that were looked at")
    labels = column_names(matrix, names)
    _check_values("the trials", matrix, labels)
    still = np.flatnonzero(np.ptp(matrix, axis=0) == 0)
    if still.size:
        raise SampleError(
            f"the returns of {labels[still[0]]} never change ({still.size} such of {len(labels)})",
            "leave out strategies that never traded",
        )
    matrix.setflags(write=False)
    return matrix


def column_names(matrix: F64 | None, names: Sequence[str]) -> tuple[str, ...]:
    """Return a name for each column: those given, else ``strategy 1`` and so on."""
    if matrix is None:
        return ()
    if names and len(names) != matrix.shape[1]:
        raise SampleError(f"{len(names)} names for {matrix.shape[1]} strategies", "give one name a column")
    return tuple(names) or tuple(f"strategy {column}" for column in range(1, matrix.shape[1] + 1))


def check_varies(what: str, series: F64) -> None:
    """Raise SampleError if all values are the same, so that no variance can be estimated."""
    if np.ptp(series) == 0:
        raise SampleError(f"{what} never change", "give returns of a strategy that traded")


def check_periods(what: str, values: F64, returns: F64) -> None:
    """Raise SampleError unless both have as many periods."""
    if values.shape[0] != returns.size:
        raise SampleError(f"{what} have {values.shape[0]} periods, the returns {returns.size}", "give the same periods")


def _check_values(what: str, matrix: F64, labels: Sequence[str]) -> None:
    for wrong, reason, fix in (
        (~np.isfinite(matrix), "not a finite number", "fill or drop these periods in every column"),
        (matrix < -1, "below -1, more than everything", "give returns as shares, 0.01 for one percent"),
    ):
        if wrong.any():
            row, column = np.argwhere(wrong)[0].tolist()
            where = f"period {row + 1}" + (f" of {labels[column]}" if labels[column] else "")
            raise SampleError(f"{what} are {matrix[row, column]} in {where}, {reason} ({wrong.sum()} such)", fix)


def _column_of(matrix: F64, series: F64) -> int:
    same = np.flatnonzero((matrix == series[:, None]).all(axis=0))
    if not same.size:
        raise SampleError("the returns are no column of the trials", "add them: what was chosen was tried as well")
    return int(same[0])
