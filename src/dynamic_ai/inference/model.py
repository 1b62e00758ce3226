"""What an inference engine is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ai.errors import EngineMissingError
from dynamic_ai.inference.graph import Model

F32 = npt.NDArray[np.float32]

# float32[n_rows, n_features] -> float32[n_rows], whatever the model says, NaN too.
Session = Callable[[F32], F32]


def _the_processor() -> tuple[str, ...]:
    return ("cpu",)


@dataclass(frozen=True, slots=True)
class Engine:
    """One row of the table of engines.

    Parameters
    ----------
    version : () -> the version that is present here, or "" where there is none
    start : (model, device) -> a session, on one thread where the engine leaves the choice; "" is the engine's own first
        device. Raises EngineMissingError, EngineFailedError, or EngineUnsupportedError with the reason
    devices : () -> what ``start`` may be given; it may import the engine
    remedy : how to get it
    optional : it is no part of the installation, so a validation is decided without it
    """

    name: str
    version: Callable[[], str]
    start: Callable[[Model, str], Session]
    devices: Callable[[], tuple[str, ...]] = _the_processor
    remedy: str = "./dynamic installs it"
    optional: bool = False

    def found(self) -> tuple[str, ...]:
        """Return the devices; none where the engine is installed and cannot be loaded."""
        try:
            return self.devices() if self.version() else ()
        except EngineMissingError:
            return ()

    def open(self, model: Model, device: str = "") -> Session:
        """Return a session for ``model``; raises as ``start``."""
        return self.start(model, device)
