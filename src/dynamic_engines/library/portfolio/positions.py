"""Positions from signals to enter and to leave."""

from collections.abc import Iterator

import numpy as np

from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.chunks import LENGTHS, Chunked, check_series, lane_knobs, rows_of
from dynamic_engines.library.inputs import check_lines, check_same_length, check_whole
from dynamic_engines.library.model import F64, Argument, Cost, Kernel, Lines, Setting
from dynamic_engines.library.scans.segmented_sum import check_flags
from dynamic_engines.library.stage import Stage, Work, known
from dynamic_engines.matrix.cases import Case, Rng
from dynamic_engines.model import Precision

_SAMPLE = 8_000_000
_BOTH = 2  # leaves a position of either side


def positions(enter: F64, leave: F64, series: int, reverse: int) -> Lines:
    """Return the position after each bar, short (-1), flat (0) or long (1), and where it changes.

    Parameters
    ----------
    enter : float64[series * bars], 1 to go long, -1 to go short, else 0; series after series, oldest first
    leave : float64[series * bars], 1 to leave a long position, -1 a short one, 2 either, else 0
    series : int, at least 1
    reverse : 1 if an entry against the position turns it around at that bar, 0 if it is ignored

    Returns
    -------
    two float64[series * bars]: the position, and 1 where it is another than before, which is flat at first

    Notes
    -----
    Only a flat position obeys ``enter``, but for ``reverse``; so a bar that leaves does not enter again, and a bar that
    does both from flat enters. The position after bar t is known at its close, and earns bar t + 1: it is what
    ``portfolio/equity`` takes as weights. ``changed`` is the flags of ``scans/segmented_sum``.
    """
    held, changed = np.zeros(enter.size), np.zeros(enter.size)
    rows = (rows_of(line, series) for line in (enter, leave, held, changed))
    for signals, exits, out, moves in zip(*rows, strict=True):
        position = 0.0
        for t, (signal, exit_) in enumerate(zip(signals.tolist(), exits.tolist(), strict=True)):
            before = position
            if position == 0 or (reverse and signal == -position):
                position = signal
            elif exit_ in (position, _BOTH):
                position = 0.0
            out[t], moves[t] = position, position != before
    return held, changed


def _check(_: Precision, enter: F64, leave: F64, series: float, reverse: float) -> None:
    check_lines(enter=enter, leave=leave)
    check_same_length(enter=enter, leave=leave)
    check_series(series, enter=enter)
    check_whole("reverse", reverse, 0, 1)
    check_flags("enter", enter, -1, 0, 1)
    check_flags("leave", leave, -1, 0, 1, _BOTH)


def _place(stage: Stage, enter: F64, leave: F64, series: int, reverse: int) -> Work:
    if not enter.size:
        return known(np.zeros(0), np.zeros(0))
    program = stage.program(load_kernel("portfolio/positions"), lane_knobs(stage.precision), REVERSE=int(reverse))
    chunked = Chunked(stage, program, series, enter.size // series)
    signals = [
        stage.memory.upload(name, line.astype(np.int8), np.int8) for name, line in (("enter", enter), ("leave", leave))
    ]
    ends, before = (stage.room(chunked.total, dtype=np.uint32) for _ in range(2))
    found = [stage.room(enter.size, dtype=np.int8) for _ in range(2)]

    def launch() -> None:
        if chunked.chunks > 1:
            chunked.each("positions_ends", *signals, ends)
            chunked.carry(ends, before)
        chunked.each("positions", *signals, before, *found).wait()

    return Work(launch, lambda: stage.fetch(*found))


def _signals(rng: Rng, size: int, often: float) -> Lines:
    """Return signals of which a share ``often`` says something."""
    rare = (1 - often, often / 3)
    enter = rng.choice([0.0, 1.0, -1.0], size, p=[1 - often, often / 2, often / 2])
    return enter, rng.choice([0.0, 1.0, -1.0, 2.0], size, p=[rare[0], *[rare[1]] * 3])


def _draw(rng: Rng, _: Precision) -> Iterator[Case]:
    for size in LENGTHS:
        for often, said in ((0.9, "busy"), (0.1, "some"), (0.002, "rare"), (0.0, "silent")):
            several = next((n for n in (7, 5, 3) if size % n == 0), 1)
            for settings in ((1, 0), (several, 1)):
                yield Case(f"{said} signals of {size}", _signals(rng, size, often), settings)
    spoilt = _signals(rng, 1009, 0.1)
    spoilt[0][500] = np.nan
    yield Case("one NaN", spoilt, (1, 0))
    yield Case("a signal of 3", (np.full(9, 3.0), np.zeros(9)), (1, 0))


def _sample(rng: Rng, share: float) -> Case:
    count = max(1, int(_SAMPLE * share))
    return Case(f"{count} bars", _signals(rng, count, 0.05), (1, 0))


POSITIONS = Kernel(
    name="portfolio/positions",
    title="Positions from signals",
    inputs=(
        Argument("enter", "n", "char", "", "1 to go long, -1 to go short, else 0"),
        Argument("leave", "n", "char", "", "1 to leave a long position, -1 a short one, 2 either, else 0"),
    ),
    settings=(
        Setting("series", 1, 1, "series, one after the other; it divides n"),
        Setting("reverse", 0, 0, "1: an entry against the position turns it around; 0: it is ignored"),
    ),
    outputs=(
        Argument("position", "n", "char", "", "-1, 0 or 1 after the bar"),
        Argument("changed", "n", "char", "", "1 where the position is another than before"),
    ),
    check=_check,
    compute=positions,
    place=_place,
    most_error=lambda *_: (0.0, 0.0),
    bound_source="exact: maps of three positions",
    cost=lambda _, n, *__: Cost(4 * n, 2 * n),
    draw=_draw,
    sample=_sample,
    knobs=lane_knobs,
)
