"""What a launch uses: this user's entry for just this kernel and driver, else the shipped one, else the default."""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from dynamic_engines.caches import cache_folder
from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.stage import Knob
from dynamic_engines.library.tuning.database import Found, parse, read
from dynamic_engines.library.tuning.errors import TuningWarning
from dynamic_engines.library.tuning.model import Entry, Key, fits, key_of
from dynamic_engines.model import DeviceInfo, Maths, Precision

VARIABLE = "DYNAMIC_TUNING"
OFF = "off"
_distrusted: set[Key] = set()


@dataclass(frozen=True, slots=True)
class InUse:
    """The sizes that override the defaults, and where they are from: ``yours``, ``shipped``, or ``default``."""

    sizes: Mapping[str, int] = field(default_factory=dict)
    source: str = "default"
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Layers:
    """The entries of this user, and those that came with the code."""

    yours: Found
    shipped: Found


def own_path(environ: Mapping[str, str]) -> Path:
    """Return this user's file: what ``DYNAMIC_TUNING`` names, or ``tuning.jsonl`` in the cache folder of this room."""
    chosen = environ.get(VARIABLE, "")
    return Path(chosen) if chosen not in {"", OFF} else cache_folder(environ) / "tuning.jsonl"


def layers(environ: Mapping[str, str]) -> Layers:
    """Read both files."""
    return Layers(read(own_path(environ)), shipped())


def shipped() -> Found:
    """Read the entries that came with the code."""
    text = files("dynamic_engines.library.tuning").joinpath("shipped.jsonl").read_bytes()
    return parse(text, "shipped.jsonl")


def in_use(
    kernel: str,
    knobs: Sequence[Knob],
    info: DeviceInfo,
    precision: Precision,
    maths: Maths,
    environ: Mapping[str, str] | None = None,
) -> InUse:
    """Return what a launch uses. The files are read once in a process, at its first launch.

    ``DYNAMIC_TUNING=off`` leaves every device its defaults. So does relaxed maths: a compiler may sum in one order for
    one width there, and in another for the next. A line that is none is said once, as a TuningWarning.
    """
    environ = os.environ if environ is None else environ
    if not knobs or maths is not Maths.STRICT or environ.get(VARIABLE) == OFF:
        return InUse()
    key = key_of(kernel, _digest(kernel), info, precision, maths)
    known = _cached(environ.get(VARIABLE, ""), environ.get("XDG_CACHE_HOME", ""), environ.get("HOME", ""))
    for source, found in (("yours", known.yours), ("shipped", known.shipped)):
        entry = found.entries.get(key)
        if entry is not None and key not in _distrusted and fits(entry.sizes, knobs):
            return InUse(entry.sizes, source, entry)
    return InUse()


def distrust(entry: Entry, reason: str) -> None:
    """Use ``entry`` no more in this process: its sizes do not run here. Its device may only be called like this one."""
    _distrusted.add(entry.key)
    warnings.warn(
        f"{entry.key.kernel} does not run with its tuned sizes {dict(entry.sizes)}, so it gets the defaults: {reason}",
        TuningWarning,
        stacklevel=3,
    )


def forget() -> None:
    """Read the files again at the next launch."""
    _cached.cache_clear()
    _distrusted.clear()


@lru_cache(maxsize=8)
def _cached(chosen: str, xdg: str, home: str) -> Layers:
    environ = {VARIABLE: chosen, "XDG_CACHE_HOME": xdg, "HOME": home}
    known = layers({name: value for name, value in environ.items() if value})
    for problem in (*known.yours.problems, *known.shipped.problems):
        warnings.warn(f"{problem}; it is not used, see './dynamic kernels tune --list'", TuningWarning, stacklevel=4)
    return known


@lru_cache(maxsize=1024)
def _digest(kernel: str) -> str:
    """A kernel that is edited while a process runs keeps its sizes until the next: no result depends on them."""
    return load_kernel(kernel).digest
