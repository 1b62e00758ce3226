"""Why one finding of a run blocks or does not: the rules about it, where they stand, and what would waive it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from dynamic_ags import Decision, Denial, Policies
from dynamic_base import UsageError
from dynamic_delivery.gates.errors import GateError
from dynamic_delivery.gates.waivers import FILE

_SETTINGS = "data.dynamic.gates.settings"
_LAST = date(2099, 12, 31)  # the policy knows no later day
_RUN = "run the gates again: ./dynamic gate run"


class Standing(StrEnum):
    """How a finding stands under the policy."""

    BLOCKS = "blocks"
    KNOWN = "known from the baseline"
    WAIVED = "waived"
    HARMLESS = "no rule is about it"


@dataclass(frozen=True, slots=True)
class Explained:
    """A finding, as the run's document has it, and the denials that are about it.

    Parameters
    ----------
    denials : of the finding itself, of its waivers, and of its gate
    waivable : no denial is of its gate: one that must pass does not, whatever is waived
    """

    finding: Mapping[str, Any]
    standing: Standing
    denials: tuple[Denial, ...]
    waivable: bool


def read_run(path: Path) -> dict[str, Any]:
    """Read what a run has left, or what its ``--json`` printed.

    Raises
    ------
    GateError : there is none, or it is not whole
    """
    try:
        document = json.loads(path.read_bytes())
        if all(isinstance(row["fingerprint"], str) for row in document["findings"]):
            return dict(document)
    except OSError as error:
        raise GateError(f"no run to explain ({error})", _RUN) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise GateError(f"{path} is no run of the gates ({error})", _RUN) from error
    raise GateError(f"{path} is no run of the gates", _RUN)


def explain(document: Mapping[str, Any], decision: Decision, fingerprint: str) -> Explained:
    """Return how the finding stands of which ``fingerprint`` is the beginning.

    Parameters
    ----------
    decision : what the policy says of ``document``

    Raises
    ------
    UsageError : no finding of the run has it, or several have
    GateError : the policy did not answer, or not about findings, so that nobody can tell
    """
    found = [(i, row) for i, row in enumerate(document["findings"]) if row["fingerprint"].startswith(fingerprint)]
    if len({row["fingerprint"] for _, row in found}) != 1:
        said = "several findings begin" if found else "no finding of the last run begins"
        raise UsageError(f"{said} with {fingerprint!r}", "copy a whole fingerprint from ./dynamic gate run --json")
    # The rules on findings are asked only of a document that is whole.
    faults = [denial for denial in decision.denials if denial.place.file.endswith("gates_input.rego")]
    if decision.failure or faults:
        raise GateError(f"nothing can be told ({decision.failure or faults[0].message})", _RUN)
    (i, row) = found[0]
    of_gate = _beginnings(document, "gates", "name", row["gate"])
    about = (f"findings[{i}].", *of_gate, *_beginnings(document, "waivers", "fingerprint", row["fingerprint"]))
    denials = tuple(denial for denial in decision.denials if denial.path.startswith(about))
    waivable = not any(denial.path.startswith(of_gate) for denial in denials)
    return Explained(row, _standing(row, bool(denials)), denials, waivable)


def _beginnings(document: Mapping[str, Any], key: str, name: str, value: str) -> tuple[str, ...]:
    """Return with what the paths of denials begin that are about the entries of ``key`` called ``value``."""
    return tuple(f"{key}[{i}]." for i, entry in enumerate(document[key]) if entry[name] == value)


def _standing(row: Mapping[str, Any], denied: bool) -> Standing:
    if denied:
        return Standing.BLOCKS
    if not row["new"]:
        return Standing.KNOWN
    return Standing.WAIVED if row["waiver"] else Standing.HARMLESS


def waiver_text(row: Mapping[str, Any], policies: Policies, today: date) -> str:
    """Return the lines that would waive a finding for as long as the policy lets one stand."""
    days = json.loads(policies.engine.clone().eval_rule_as_json(_SETTINGS))["waiver_days"]
    left = max(0, min(int(days), (_LAST - today).days))
    owner = str(row["owner"]).split(" ")[0] or "who answers for it"
    return (
        f"# {FILE}\n[[waiver]]\n"
        f'fingerprint = "{row["fingerprint"]}"\n'
        'reason = "why it may stand"\n'
        f"owner = {json.dumps(owner, ensure_ascii=False)}\n"
        f"expires = {today + timedelta(days=left)}"
    )
