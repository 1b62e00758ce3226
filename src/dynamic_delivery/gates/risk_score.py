"""The risk of the change, as ``./dynamic risk show --json`` printed it: the policy may ask for approvals by it."""

import json
from pathlib import Path

from dynamic_base import canonical_json
from dynamic_base.canonical import CanonicalError
from dynamic_delivery.gates.errors import SettingError
from dynamic_delivery.gates.scope import Scoped

_MOST = 100
_TAKEN = ("score", "facts", "calibrated")
_HINT = "write it anew: ./dynamic risk show --json >FILE"


def read_risk(path: Path, scoped: Scoped) -> dict[str, object]:
    """Return the ``risk`` of the policy's input.

    Raises
    ------
    SettingError : the file cannot be read, holds no score from 0 to 100 or what no policy can be given (NaN, a million
        brackets), or is of another change
    """
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise SettingError(f"cannot read {path} ({error})", _HINT) from error
    score = document.get("score") if isinstance(document, dict) else None
    if not isinstance(score, int | float) or isinstance(score, bool) or not 0 <= score <= _MOST:
        raise SettingError(f"{path} holds no score from 0 to {_MOST}", _HINT)
    for key, here in (("base", scoped.base), ("head", scoped.head)):
        if document.get(key) != here:
            raise SettingError(f"{path} is of another change: its {key} is not {here[:12] or 'none'}", _HINT)
    risk = {key: document[key] for key in _TAKEN if key in document}
    try:
        canonical_json(risk)
    except (CanonicalError, RecursionError) as error:
        raise SettingError(f"{path} holds what no policy can be given ({error})", _HINT) from error
    return risk
