"""Many series at once, on a device: the entry for whoever wants an indicator fast."""

import math
from dataclasses import dataclass, field
from itertools import combinations
from typing import Self

import numpy as np
import numpy.typing as npt

from dynamic_engines import Device, DeviceInfo, Program, build, load_kernel
from dynamic_ta.errors import IndicatorInputError
from dynamic_ta.indicators.model import F64, Indicator, Lines, PanelKernel, Settings

_STAGE = 16  # bars: two lines of a cache, and a multiple of what kernels/common/steps.clh means by it
_NEVER = 2**32 - 1
_FLOAT64 = np.dtype(np.float64)
_MOST_PLANS = 256  # that are kept
_MARKS = 17  # where they begin in the notes
# 256 bits. A second vector would fill the time in which the first waits for its operations, but twice the lanes are
# more streams of memory than a core (Ice Lake) fetches ahead: it was slower for all but three rows.
_CPU_WIDTH, _CPU_VECTORS = 4, 1


@dataclass(frozen=True, slots=True)
class Cut:
    """What ``kernels/common/panel.clh`` is given.

    Parameters
    ----------
    tiles : lanes that a series is cut into
    stride : bars from the begin of a lane to that of the next
    length : bars that a lane walks, the last of a series fewer
    lead : bars that all but the first lane of a series do not write
    seam : the bar of a lane, a multiple of 16, before which it must know what the lane before it knows there
    """

    tiles: int
    stride: int
    length: int
    lead: int
    seam: int


def cut(kernel: PanelKernel, settings: Settings, warm_up: int, series: int, bars: int, wanted: int) -> Cut:
    """Return how to cut each series so that there are about ``wanted`` lanes, none with more lead than half its bars.

    A panel that has so many series is not cut.
    """
    settles = kernel.settles(*settings)
    if settles is None or wanted < 2 * series:
        return _uncut(bars)
    step = math.lcm(_STAGE, kernel.blocks(*settings))
    seam = _up(settles + warm_up, step)
    lead = _up(seam + kernel.reaches(*settings), step)
    tiles = min(wanted // series, (bars - lead) // max(lead, step))
    if tiles <= 1:
        return _uncut(bars)
    stride = _up(-(-(bars - lead) // tiles), step)
    return Cut(-(-(bars - lead) // stride), stride, lead + stride, lead, seam if settles else _NEVER)


def _uncut(bars: int) -> Cut:
    return Cut(1, bars, bars, 0, _NEVER)


@dataclass(frozen=True, slots=True)
class Plan:
    """A launch without its arrays.

    Parameters
    ----------
    series, items, words : int, see ``kernels/common/panel.clh``
    begins, ends : which notes hold what a lane, not the first of its series, knows at its seam, and what the one before
        it knows there; none where there are no seams
    opening : float64[n_notes], what the notes are at first, with room for marks and for both sides of the seams
    """

    series: int
    items: int
    words: int
    begins: npt.NDArray[np.intp]
    ends: npt.NDArray[np.intp]
    opening: F64

    def marks(self, notes: F64) -> F64:
        """Return a mark for each series: not 0 where it is for the oracle."""
        return notes[_MARKS : _MARKS + self.series]

    def seams_hold(self, notes: F64) -> bool:
        """Return whether each lane began with what the one before it knew."""
        if not self.begins.size:
            return True
        bits = notes.view(np.int64)
        return not np.count_nonzero(bits[self.begins] != bits[self.ends])


def _planned(
    row: Indicator, kernel: PanelKernel, settings: Settings, shape: tuple[int, int], machine: tuple[int, int, int]
) -> tuple[Plan, Plan] | None:
    """Return how to compute the panel, and how without cutting a series; None where it is for the oracle to refuse.

    ``machine`` is how many items are wanted, how many share a group, and how many lanes an item has.
    """
    series, bars = shape
    settings = row.checked(settings)
    if not series or not bars or _refuses(row, settings):
        return None
    warm_up = max(row.warm_up(settings))
    if warm_up >= bars:
        return None
    parts = cut(kernel, settings, warm_up, series, bars, machine[0] * machine[2])
    return _plan(kernel, settings, shape, machine, parts), _plan(kernel, settings, shape, machine, _uncut(bars))


def _plan(
    kernel: PanelKernel, settings: Settings, shape: tuple[int, int], machine: tuple[int, int, int], parts: Cut
) -> Plan:
    (series, bars), (_, local, width) = shape, machine
    lanes = series * parts.tiles
    items = _up(-(-lanes // width), local)
    words = kernel.words(*settings)
    takes = kernel.takes(*settings)
    layout = (lanes, parts.tiles, bars, parts.stride, parts.length, parts.lead, parts.seam, words, series)
    later = np.flatnonzero(np.arange(lanes) % parts.tiles) if parts.seam != _NEVER else np.empty(0, np.intp)
    states = kernel.states if later.size else 0
    begins = (np.arange(states)[:, np.newaxis] * (items * width) + later).ravel() + _MARKS + series
    opening = np.zeros(_MARKS + series + 2 * states * items * width)
    opening[: len(layout) + len(takes)] = (*layout, *takes)
    return Plan(series, items, max(words, 1), begins, begins - 1 + states * items * width, opening)


@dataclass(frozen=True, slots=True)
class Panel:
    """An indicator, compiled for a device, that takes many series at once.

    What comes back are the oracle's values, bit for bit. Where there are few series they are cut into lanes all the
    same: a lane begins so early that its means should have forgotten it, and what it knows then is compared with what
    the lane before it knows. Where that ever differs, the series are walked again from their first bars.
    """

    device: Device
    row: Indicator
    kernel: PanelKernel
    program: Program
    width: int
    _plans: dict[tuple[Settings, tuple[int, int]], tuple[Plan, Plan]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def of(cls, device: Device, row: Indicator) -> Self:
        """Compile ``row`` for ``device``.

        Raises
        ------
        IndicatorInputError : the row has no panel kernel
        KernelBuildError : the compiler refused it; a device without float64 does
        """
        if row.panel is None:
            raise IndicatorInputError(f"{row.name} has no panel kernel", "compute series by series, by its oracle")
        width, vectors = _sizes(device.info)
        macros = {"REAL_BITS": 64, "GROUP": _group(device.info), "WIDTH": width, "VECTORS": vectors}
        program = build(device, load_kernel(row.panel.file.removesuffix(".cl")), macros)
        return cls(device, row, row.panel, program, width * vectors)

    def compute(self, lines: Lines, settings: Settings, out: Lines | None = None) -> Lines:
        """Return each output of each series.

        Parameters
        ----------
        lines : float64[n_series, n_bars] each, or float64[n_bars] for a single series: what the row's ``inputs`` name
        out : arrays like the outputs to be, C-contiguous, to be written and returned; new ones otherwise. Writing to
            memory that was used before is faster

        Raises
        ------
        IndicatorInputError : what the oracle refuses of any series, which is named, or arrays that do not fit
        EngineError : the device has no room, or failed
        """
        shape = _shape(self.row, lines)
        if out is not None:
            _check_out(self.row, lines, out, shape)
        found = out if out is not None else tuple(np.empty(shape) for _ in self.row.outputs)
        series, bars = (1, *shape)[-2:]
        plans = self._planned(settings, (series, bars))
        marks = self._run(lines, found, plans) if plans else np.ones(series)
        if np.count_nonzero(marks):  # a tenth of the time of marks.any()
            for number in np.flatnonzero(marks):
                self._ask_oracle(int(number), lines, settings, found, (series, bars))
        return found

    def _planned(self, settings: Settings, shape: tuple[int, int]) -> tuple[Plan, Plan] | None:
        """Return what ``_planned`` of the module does, which is kept: it takes as long as a small launch."""
        key = settings, shape
        kept = self._plans.get(key)
        if kept is not None:
            return kept
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        machine = (self.device.info.compute_units, _group(self.device.info), self.width)
        plans = _planned(self.row, self.kernel, settings, shape, machine)
        if plans is not None:
            self._plans[key] = plans
        return plans

    def _run(self, lines: Lines, found: Lines, plans: tuple[Plan, Plan]) -> F64:
        """Fill ``found`` and return the marks."""
        local = _group(self.device.info)
        with self.device.buffers() as memory:
            lines_in = [memory.share(np.ascontiguousarray(line)) for line in lines]
            lines_out = [memory.share(line) for line in found]
            for plan in plans:
                # One array for all that is small: each one costs some 10 us.
                notes = plan.opening.copy()
                shared = memory.share(notes)
                scratch = memory.empty((plan.items, plan.words, self.width), _FLOAT64)
                self.program.run(plan.items, *lines_in, *lines_out, scratch, shared, local=local)
                memory.receive(shared, notes)
                if plan.seams_hold(notes):
                    break
            for buffer, line in zip(lines_out, found, strict=True):
                memory.receive(buffer, line)
        return plan.marks(notes)

    def _ask_oracle(self, number: int, lines: Lines, settings: Settings, found: Lines, shape: tuple[int, int]) -> None:
        """Put into ``found`` what the oracle gives for a series, unless it refuses that."""
        try:
            wanted = self.row.oracle(tuple(line.reshape(shape)[number] for line in lines), settings)
        except IndicatorInputError as error:
            raise IndicatorInputError(f"series {number}: {error.message}", error.hint) from error
        for line, values in zip(found, wanted, strict=True):
            line.reshape(shape)[number] = values


def _sizes(info: DeviceInfo) -> tuple[int, int]:
    """Return how wide a vector is and how many an item has: a GPU's item takes a single lane."""
    return (_CPU_WIDTH, _CPU_VECTORS) if info.type == "cpu" else (1, 1)


def _group(info: DeviceInfo) -> int:
    return 1 if info.type == "cpu" else info.local_size


def _up(count: int, step: int) -> int:
    return -(-count // step) * step


def _refuses(row: Indicator, settings: Settings) -> bool:
    """Whether the settings make no sense for any series: the oracle says why."""
    try:
        row.start(settings)
    except IndicatorInputError:
        return True
    return False


def _shape(row: Indicator, lines: Lines) -> tuple[int, ...]:
    if len(lines) != len(row.inputs):
        raise IndicatorInputError(f"{len(lines)} input lines, not {len(row.inputs)}", f"give {', '.join(row.inputs)}")
    for name, line in zip(row.inputs, lines, strict=True):
        if line.dtype != _FLOAT64 or line.ndim not in (1, 2):
            raise IndicatorInputError(
                f"{name} is {line.dtype}{list(line.shape)}", "give it as float64[n_series, n_bars] or float64[n_bars]"
            )
        if line.shape != lines[0].shape:
            raise IndicatorInputError(
                f"{name} is {list(line.shape)}, {row.inputs[0]} {list(lines[0].shape)}", "give one value a bar in each"
            )
    return lines[0].shape


def _check_out(row: Indicator, lines: Lines, out: Lines, shape: tuple[int, ...]) -> None:
    wanted = all(
        line.dtype == _FLOAT64 and line.shape == shape and line.flags.c_contiguous and line.flags.writeable
        for line in out
    )
    if len(out) != len(row.outputs) or not wanted:
        raise IndicatorInputError(
            "out does not fit", f"give {len(row.outputs)} C-contiguous, writable float64{list(shape)}"
        )
    if any(np.may_share_memory(line, target) for line in lines for target in out):
        raise IndicatorInputError("out overlaps an input", "give it memory of its own")
    if any(np.may_share_memory(one, other) for one, other in combinations(out, 2)):
        raise IndicatorInputError("two of out overlap", "give each memory of its own")
