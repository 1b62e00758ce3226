"""All checks over one sample."""

from collections.abc import Sequence

import numpy.typing as npt

from dynamic_ta.validation.errors import SettingError
from dynamic_ta.validation.inputs import sample_of
from dynamic_ta.validation.model import Check, Finding, Progress, Sample, Settings, Skipped, Validation, silent
from dynamic_ta.validation.table import CHECKS

_DEFAULTS = Settings()


def validate(
    returns: npt.ArrayLike,
    trials: npt.ArrayLike | None = None,
    trades: npt.ArrayLike | None = None,
    settings: Settings = _DEFAULTS,
    *,
    benchmark: npt.ArrayLike | None = None,
    costs: npt.ArrayLike | None = None,
    names: Sequence[str] = (),
    checks: Sequence[Check] = CHECKS,
    progress: Progress = silent,
) -> Validation:
    """Run every check that the given data allow.

    Parameters
    ----------
    returns, trials, trades, benchmark, costs, names : as in ``Sample``; ``returns`` is a column of ``trials``
    checks : which, in order
    progress : is told before each check, and at the end

    Raises
    ------
    SampleError : data that no check can use, or that one of ``checks`` cannot decide from
    """
    sample = sample_of(returns, trials, trades, benchmark=benchmark, costs=costs, names=names)
    return validate_sample(sample, settings, checks, progress)


def validate_sample(
    sample: Sample, settings: Settings = _DEFAULTS, checks: Sequence[Check] = CHECKS, progress: Progress = silent
) -> Validation:
    """Return what ``validate`` does, of a sample that is checked already."""
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    for done, check in enumerate(checks):
        progress(done, len(checks), check.name)
        missing = [need for need in check.needs if getattr(sample, need) is None]
        if missing:
            skipped.append(Skipped(check.name, f"needs {' and '.join(missing)}"))
        else:
            findings.append(check.run(sample, settings))
    progress(len(checks), len(checks), "")
    return Validation(tuple(findings), tuple(skipped))


def find_checks(names: Sequence[str]) -> tuple[Check, ...]:
    """Return the rows with these names in the table's order; all rows for no name.

    Raises
    ------
    SettingError : a name that is no row's
    """
    known = [check.name for check in CHECKS]
    for name in names:
        if name not in known:
            raise SettingError(f"there is no check {name!r}", f"choose of {', '.join(known)}")
    return tuple(check for check in CHECKS if not names or check.name in names)
