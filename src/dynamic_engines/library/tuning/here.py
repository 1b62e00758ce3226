"""What ``kernels show`` says of a kernel's sizes: those in use on a device here, and where they are from."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from dynamic_engines.devices import open_device
from dynamic_engines.errors import NoDeviceError
from dynamic_engines.library.model import Kernel
from dynamic_engines.library.stage import Knob, usual_size
from dynamic_engines.library.tuning.errors import TuningWarning
from dynamic_engines.library.tuning.lookup import InUse, in_use
from dynamic_engines.model import DeviceInfo, Maths, Precision


@dataclass(frozen=True, slots=True)
class SizesHere:
    """The sizes in each precision; without a device, the defaults of both kinds. ``problems`` are the files'."""

    info: DeviceInfo | None
    knobs: dict[Precision, tuple[Knob, ...]]
    used: dict[Precision, InUse]
    problems: tuple[str, ...] = ()

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield a line for each knob in each precision."""
        for precision, knobs in self.knobs.items():
            for knob in knobs:
                yield f"knob {knob.name}", f"{precision}: {self._of(knob, precision)}; of {_listed(knob)}"

    def document(self) -> list[dict[str, object]]:
        """Return the same for a program; without a device there is none."""
        if self.info is None:
            return []
        return [
            {
                "name": knob.name,
                "precision": precision,
                "size": self._size(knob, precision, self.info),
                "source": self.used[precision].source,
                "device": self.info.label,
            }
            for precision, knobs in self.knobs.items()
            for knob in knobs
        ]

    def _size(self, knob: Knob, precision: Precision, info: DeviceInfo) -> int:
        return self.used[precision].sizes.get(knob.name, usual_size(knob, info))

    def _of(self, knob: Knob, precision: Precision) -> str:
        if self.info is None:
            return f"{knob.cpu} on a CPU, {knob.gpu} on a GPU; there is no device here"
        used = self.used[precision]
        return f"{self._size(knob, precision, self.info)} on {self.info.name}, {_from(used)}"


def sizes_here(kernel: Kernel, selector: str) -> SizesHere:
    """Look up what a launch in strict maths uses on the device that ``selector`` names, or on the default one.

    Raises
    ------
    NoDeviceError : no device has that name; where none was named and there is none, the defaults are the answer
    """
    knobs = {precision: kernel.knobs(precision) for precision in kernel.precisions}
    try:
        with open_device(selector) as device:
            info = device.info
    except NoDeviceError:
        if selector:
            raise
        return SizesHere(None, knobs, {})
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", TuningWarning)
        used = {each: in_use(kernel.name, knobs[each], info, each, Maths.STRICT) for each in knobs}
    return SizesHere(info, knobs, used, tuple(str(warning.message) for warning in said))


def _from(used: InUse) -> str:
    if used.entry is None:
        return "the default"
    if not used.sizes:
        return f"the default, which nothing beats ({used.source}, measured on {used.entry.date[:10]})"
    return f"{used.source}, measured on {used.entry.date[:10]}: {used.entry.ratio:.3f} of the default's time"


def _listed(knob: Knob) -> str:
    return ", ".join(map(str, knob.choices))
