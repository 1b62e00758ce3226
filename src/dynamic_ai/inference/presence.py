"""What the files of the engines share. Whether a package is here is answered without importing it."""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from dynamic_ai.errors import EngineFailedError, EngineMissingError
from dynamic_ai.inference.graph import Model

EXTRAS = "start with DYNAMIC_EXTRAS=inference ./dynamic …; see docs/engines/inference.md"


def installed(module: str, distribution: str = "") -> str:
    """Return the distribution (by default called like ``module``) with its version, or "" where it is not here."""
    name = distribution or module
    if find_spec(module) is None:
        return ""
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return name


def imported(module: str, remedy: str = EXTRAS) -> Any:
    """Return ``module``. By name: the type checker and the build know only what every installation has.

    Raises
    ------
    EngineMissingError : it is not here, or it cannot be loaded
    """
    try:
        return import_module(module)
    except (ImportError, OSError) as error:
        said = (str(error).splitlines() or ["no message"])[0]
        raise EngineMissingError(f"{module.partition('.')[0]} cannot be imported ({said})", remedy) from error


def first_line(error: Exception) -> str:
    """Return what an engine said, in one line."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def check_width(model: Model, features: npt.NDArray[np.float32]) -> None:
    """Return if ``features`` are rows of the model's width.

    Raises
    ------
    EngineFailedError : they are not
    """
    if features.shape[1:] != (model.graph.width,):
        raise EngineFailedError(
            f"the model takes {model.graph.width} features, not {list(features.shape)}", "use the model's own data"
        )
