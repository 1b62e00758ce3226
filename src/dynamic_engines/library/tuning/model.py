"""What tuning knows: a choice of sizes, what trying it showed, and the entry that is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from dynamic_engines.library.stage import Knob, usual_size
from dynamic_engines.model import DeviceInfo, Maths, Precision

_DIGITS = 16  # of a kernel's digest: enough to tell versions of one kernel apart, and readable
Choice = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What an entry is for. ``digest`` is that of the kernel and its headers: another text, another entry."""

    kernel: str
    precision: Precision
    maths: Maths
    platform: str
    device: str
    driver: str
    digest: str

    @property
    def place(self) -> tuple[str, ...]:
        """The key without the digest: an entry takes the place of the one for the kernel as it was."""
        return self.kernel, self.precision, self.maths, self.platform, self.device, self.driver


def key_of(kernel: str, digest: str, info: DeviceInfo, precision: Precision, maths: Maths) -> Key:
    return Key(kernel, precision, maths, info.platform, info.name, info.driver_version, digest[:_DIGITS])


@dataclass(frozen=True, slots=True)
class Entry:
    """What a search found, once it was complete.

    Parameters
    ----------
    sizes : of the choice that is kept; empty if none beats the default
    ratio : the choice's time over the default's, by ``clock``: the median of paired rounds; 1 if none is kept
    wall_ratio : the same by the wall's clock
    clock : ``cpu`` (processor time of all threads) or ``wall``
    share : of the benchmark's size, at which it was measured
    compute_units : of the device that it was measured on; its name may not tell
    date : UTC, ISO 8601
    refused : choices that the device cannot build or launch, each with the kind of reason
    """

    key: Key
    sizes: Mapping[str, int]
    ratio: float
    wall_ratio: float
    clock: str
    rounds: int
    share: float
    compute_units: int
    date: str
    refused: Mapping[str, str]


class Verdict(StrEnum):
    """What trying a choice showed."""

    SAME = "same"
    REFUSED = "refused"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Probe:
    """``reason`` says why a choice was refused, or where its result differs from the default's."""

    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds of one measurement, or of a clock's reading."""

    wall_s: float
    cpu_s: float

    def __sub__(self, other: "Sample") -> "Sample":
        return Sample(self.wall_s - other.wall_s, self.cpu_s - other.cpu_s)

    def of(self, clock: str) -> float:
        return self.cpu_s if clock == "cpu" else self.wall_s


def named(choice: Choice) -> str:
    """Return a choice as a person reads it: ``GROUP=1 WIDTH=8``."""
    return " ".join(f"{name}={size}" for name, size in choice)


def usual(knobs: Sequence[Knob], info: DeviceInfo) -> Choice:
    """Return the default for a device."""
    return tuple((knob.name, usual_size(knob, info)) for knob in knobs)


def choices_of(knobs: Sequence[Knob], info: DeviceInfo) -> tuple[Choice, ...]:
    """Return every combination of the knobs' choices, the device's default first."""
    first = usual(knobs, info)
    every = product(*([(knob.name, size) for size in knob.choices] for knob in knobs))
    return (first, *(choice for choice in every if choice != first))


def fits(sizes: Mapping[str, int], knobs: Sequence[Knob]) -> bool:
    """Return whether each size is one that its knob may have."""
    allowed = {knob.name: {*knob.choices, knob.cpu, knob.gpu} for knob in knobs}
    return all(size in allowed.get(name, ()) for name, size in sizes.items())
