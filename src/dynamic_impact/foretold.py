"""How risky each changed file is, told from outside: it moves the tests that the file leads to up or down the order.

Who tells is above this room (`dynamic_delivery.risk`), so it comes as data: ``{"files": {path: 0 … 1}}``.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from dynamic_impact.errors import ForetoldError
from dynamic_impact.graph import FILE
from dynamic_impact.model import Affected, Likelihood, Part
from dynamic_impact.rank import probability

RISK = "risk"
_MIDDLE, _WEIGHT = 0.5, 1.0  # set by hand: a file moves its tests by half a unit of log-odds at most
_HOW = "write it with './dynamic risk show --json >FILE'"


def read_risk(path: Path) -> dict[str, float]:
    """Return how risky each file is, from 0 to 1, by its path from the build root.

    Raises
    ------
    ForetoldError : it cannot be read, or is no such document
    """
    try:
        files = json.loads(path.read_bytes())["files"]
        found = {str(name): float(value) for name, value in files.items()}
    except OSError as error:
        raise ForetoldError(f"cannot read {path} ({error.strerror})", _HOW) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ForetoldError(f"{path} tells no risk of files ({type(error).__name__}: {error})", _HOW) from error
    if wrong := next((name for name, value in found.items() if not 0.0 <= value <= 1.0), None):
        raise ForetoldError(f"{path} tells of {wrong} a risk of {found[wrong]}, not from 0 to 1", _HOW)
    return found


def with_risk(
    likelihoods: Mapping[str, Likelihood], tests: Iterable[Affected], risk: Mapping[str, float]
) -> dict[str, Likelihood]:
    """Return ``likelihoods``, with a part more where ``risk`` tells of the file that the shortest path starts from.

    It is no feature of the fitted order (`dynamic_impact.rank`): those are kept with the results, and this is not.
    """
    found = dict(likelihoods)
    for test in tests:
        value = risk.get(test.path[0].source.removeprefix(FILE))
        if value is not None:
            found[test.address] = _moved(found[test.address], value)
    return found


def _moved(likelihood: Likelihood, value: float) -> Likelihood:
    adds = _WEIGHT * (value - _MIDDLE)
    before = np.log(likelihood.p / (1 - likelihood.p))
    p = float(probability(np.array([before + adds]))[0])
    return replace(likelihood, p=p, parts=(*likelihood.parts, Part(RISK, value, adds)))
