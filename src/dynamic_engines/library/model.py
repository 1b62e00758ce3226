"""What every kernel of the library declares."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from dynamic_engines.device import Device
from dynamic_engines.errors import DeviceLostError, EngineError, KernelDomainError
from dynamic_engines.library.stage import Knob, Stage, Work
from dynamic_engines.library.tuning.lookup import InUse, distrust, in_use
from dynamic_engines.matrix.cases import Case, Rng
from dynamic_engines.model import Cost as Cost  # noqa: PLC0414  # the kernels take it from here, as the rest
from dynamic_engines.model import Maths, Precision

F64 = npt.NDArray[np.float64]
Lines = tuple[F64, ...]
Settings = tuple[int | float, ...]


class Feature(StrEnum):
    """What a kernel asks of a device beside OpenCL C 1.2."""

    FP64 = "fp64"
    LOCAL_MEMORY = "local memory"


@dataclass(frozen=True, slots=True)
class Argument:
    """An array that goes in or comes out.

    Parameters
    ----------
    shape : in the letters of the settings and of ``n``, the length of the first input
    dtype : on the device; REAL is float64 or float32. The host's side is always float64, flat, in C order: integers
        below 2**53 are exact there
    unit : ``any`` is the unit of the first input
    """

    name: str
    shape: str
    dtype: str
    unit: str
    doc: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A number that goes in. ``default`` is what the benchmark and an example use; an int is a whole number."""

    name: str
    default: int | float
    least: int | float
    doc: str


@dataclass(frozen=True, slots=True)
class Kernel:
    """One row of the table: the command, the tests, the matrix, the benchmark and the page walk it.

    The functions of a row take what a reader expects, each input and then each setting as an argument of its own; the
    methods take tuples, so that whoever walks the table needs to know none of them.

    Parameters
    ----------
    name : ``<family>/<name>``, the stem of its ``.cl``, its file here, and its test
    check : (precision, *inputs, *settings) -> None; raises KernelDomainError
    compute : (*inputs, *settings) -> lines in float64: the oracle
    place : (stage, *inputs, *settings) -> the work, with its inputs on the device
    most_error : (precision, *inputs, *settings) -> for each output the most that the device may differ from ``compute``
    bound_source : where ``most_error`` comes from
    cost : (bytes of a REAL, *lengths of the inputs, *settings) -> Cost
    draw : (generator, precision) -> hard inputs, fresh for each run
    sample : (generator, share) -> inputs of a useful size for the benchmark; a share of 1 is the whole
    knobs : precision -> the sizes that ``place`` asks its stage for
    maths : the kinds of maths in which ``most_error`` holds, at least for the settings that ``holds`` names
    """

    name: str
    title: str
    inputs: tuple[Argument, ...]
    settings: tuple[Setting, ...]
    outputs: tuple[Argument, ...]
    check: Callable[..., None]
    compute: Callable[..., Lines]
    place: Callable[..., Work]
    most_error: Callable[..., tuple[float | F64, ...]]
    bound_source: str
    cost: Callable[..., Cost]
    draw: Callable[[Rng, Precision], Iterator[Case]]
    sample: Callable[[Rng, float], Case]
    needs: tuple[Feature, ...] = (Feature.LOCAL_MEMORY,)
    maths: tuple[Maths, ...] = (Maths.STRICT,)
    precisions: tuple[Precision, ...] = tuple(Precision)
    knobs: Callable[[Precision], tuple[Knob, ...]] = lambda _: ()
    holds: Callable[[Maths, Settings], bool] = lambda _maths, _settings: True

    @property
    def family(self) -> str:
        return self.name.partition("/")[0]

    @property
    def defaults(self) -> Settings:
        return tuple(setting.default for setting in self.settings)

    def oracle(self, inputs: Lines, settings: Settings) -> Lines:
        """Return the outputs in float64.

        Raises
        ------
        KernelDomainError : more or fewer inputs or settings than the row names, or what ``check`` refuses
        """
        self._check(Precision.FLOAT64, inputs, settings)
        return self.compute(*inputs, *settings)

    def on_device(
        self,
        device: Device,
        inputs: Lines,
        settings: Settings,
        precision: Precision,
        maths: Maths = Maths.STRICT,
        sizes: Mapping[str, int] | None = None,
    ) -> Lines:
        """Return the same outputs from the device. Raises as ``oracle``, and EngineError.

        Parameters
        ----------
        sizes : by knob; {} for the defaults. If not given, those that were tuned for the device, or, should
            they not run, the defaults. No result depends on them
        """
        self._check(precision, inputs, settings)
        if maths not in self.maths or not self.holds(maths, settings):
            raise KernelDomainError(f"{self.name} has no bound in {maths} maths for {settings}", "compute it strictly")
        if sizes is not None:
            return self._run(device, inputs, settings, precision, maths, sizes)
        tuned = self.in_use(device, precision, maths)
        try:
            return self._run(device, inputs, settings, precision, maths, tuned.sizes)
        except DeviceLostError:
            raise
        except EngineError as error:
            if tuned.entry is None or not tuned.sizes:
                raise
            distrust(tuned.entry, error.message)
            return self._run(device, inputs, settings, precision, maths, {})

    def in_use(self, device: Device, precision: Precision, maths: Maths = Maths.STRICT) -> InUse:
        """Return the sizes that ``on_device`` uses there: what a benchmark hands to its stage as ``tuned``."""
        return in_use(self.name, self.knobs(precision), device.info, precision, maths)

    def _run(
        self,
        device: Device,
        inputs: Lines,
        settings: Settings,
        precision: Precision,
        maths: Maths,
        sizes: Mapping[str, int],
    ) -> Lines:
        with device.buffers() as memory:
            work = self.place(Stage(device, memory, precision, maths, sizes), *inputs, *settings)
            work.launch()
            return work.fetch()

    def error_bound(self, inputs: Lines, settings: Settings, precision: Precision) -> tuple[float | F64, ...]:
        """Return, for each output, the most that ``on_device`` may differ from ``oracle``: one number, or many."""
        self._check(precision, inputs, settings)
        return self.most_error(precision, *inputs, *settings)

    def cost_of(self, inputs: Lines, settings: Settings, precision: Precision) -> Cost:
        return self.cost(precision.dtype.itemsize, *(line.size for line in inputs), *settings)

    def _check(self, precision: Precision, inputs: Lines, settings: Settings) -> None:
        for given, wanted, what in ((inputs, self.inputs, "inputs"), (settings, self.settings, "settings")):
            if len(given) != len(wanted):
                names = ", ".join(each.name for each in wanted) or "none"
                raise KernelDomainError(f"{self.name} was given {len(given)} {what}", f"give {names}")
        self.check(precision, *inputs, *settings)
