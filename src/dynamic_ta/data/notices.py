"""What looks wrong and may be right: bars that are missing, and jumps that look like splits. Reported, never mended."""

import numpy as np
import numpy.typing as npt

from dynamic_ta.data.model import F64, TIME, Draft, Notice

# A step longer than so many usual ones is a gap: a long weekend is two or three trading days, Easter three.
LONGEST_STEP = 3.0
# New shares for an old one, and the reverse, as companies choose them.
COMMON_SPLITS = (1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0, 50.0, 100.0)
# How far the overnight move may hide a split's ratio, as a share of the price.
_NEAR = 0.03
_DAY_US = 86_400_000_000
_SATURDAY, _SUNDAY = 5, 6
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def gaps(draft: Draft) -> tuple[Notice, ...]:
    """Return each step that is more than LONGEST_STEP times the median of its kind; the row is the one after it.

    Steps within a day and steps that cross midnight are two kinds, each with its own median: a night is not a gap in
    minute bars. Saturdays and Sundays without a single bar are taken out of a step first.
    """
    if draft.time.size < 2:  # noqa: PLR2004  # a step has two ends
        return ()
    step, crosses, weekends = _steps(draft.time)
    found = np.zeros(step.size, np.bool_)
    usual = np.zeros(step.size)
    for kind in (crosses, ~crosses):
        if kind.any():
            usual[kind] = np.median(step[kind])
            found |= kind & (step > LONGEST_STEP * usual)
    return tuple(
        Notice(
            "gap",
            int(draft.rows[at + 1]),
            f"{_words(step[at])}{weekends} after {draft.time[at].astype('datetime64[s]')},"
            f" where {_words(usual[at])} is usual",
        )
        for at in np.flatnonzero(found).tolist()
    )


def jumps(draft: Draft) -> tuple[Notice, ...]:
    """Return each open that is, to 3 %, a common split's ratio away from the close before it."""
    if draft.time.size < 2 or min(draft.numbers["open"].min(), draft.numbers["close"].min()) <= 0:  # noqa: PLR2004
        return ()
    ratio: F64 = draft.numbers["close"][:-1] / draft.numbers["open"][1:]
    notices = []
    for at in np.flatnonzero(np.abs(np.log(ratio)) > np.log(min(COMMON_SPLITS)) - _NEAR).tolist():
        forward = ratio[at] > 1
        size = ratio[at] if forward else 1 / ratio[at]
        near = min(COMMON_SPLITS, key=lambda common: abs(np.log(size / common)))
        if abs(np.log(size / near)) <= _NEAR:
            words = _ratio_words(near, forward=bool(forward))
            day = draft.time[at + 1].astype("datetime64[D]")
            text = f"open {draft.numbers['open'][at + 1]} after a close of {draft.numbers['close'][at]}"
            notices.append(Notice("jump", int(draft.rows[at + 1]), f"{text} looks like split={day}:{words}"))
    return tuple(notices)


def _steps(time: TIME) -> tuple[F64, npt.NDArray[np.bool_], str]:
    """Return microseconds from bar to bar without closed weekend days, if midnight lies between, and words for that."""
    moment = time.astype("datetime64[us]").astype(np.int64)
    day = moment // _DAY_US
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
    step = np.diff(moment).astype(np.float64)
    closed = [one for one in (_SATURDAY, _SUNDAY) if not (weekday == one).any()]
    for one in closed:
        # No bar lies on such a day, so each one between two bars is whole.
        step -= _DAY_US * np.diff((day + 3 - one) // 7)
    return step, np.diff(day) > 0, " without weekends" if closed else ""


def _words(microseconds: float) -> str:
    seconds = microseconds / 1e6
    unit, length = next(((unit, length) for unit, length in _UNITS if seconds >= length), _UNITS[-1])
    count = f"{seconds / length:.4g}"
    return f"{count} {unit}{'' if count == '1' else 's'}"


def _ratio_words(size: float, *, forward: bool) -> str:
    new, old = (round(2 * size), 2) if size % 1 else (round(size), 1)
    return f"{new}:{old}" if forward else f"{old}:{new}"
