"""What an inference engine is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ai.inference.graph import Model

F32 = npt.NDArray[np.float32]

# float32[n_rows, n_features] -> float32[n_rows], whatever the model says, NaN too.
Session = Callable[[F32], F32]


@dataclass(frozen=True, slots=True)
class Engine:
    """One row of the table of engines.

    Parameters
    ----------
    version : () -> the version that is present here, or "" where there is none
    open : model -> a session on one thread; raises EngineMissingError or EngineFailedError
    """

    name: str
    version: Callable[[], str]
    open: Callable[[Model], Session]
