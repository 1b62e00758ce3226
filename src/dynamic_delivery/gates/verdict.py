"""The verdict on a change: what the gates found, judged by the Rego policy ``dynamic.gates``.

``judge_gates(document: Mapping[str, object], policies: Policies, manifest: Manifest, clock: Clock) -> Decision``

- ``policies = gate_policies(root)``, ``manifest = load_manifest(root)`` of ``dynamic_ags``; ``clock`` gives the day
  that waivers are held against.
- ``document`` is ``dynamic.gates/1``, whose keys the head of ``ci/policies/gates.rego`` names. ``completed`` adds those
  that a caller may leave out: ``today``, ``only`` (null: every gate was asked), ``author`` and ``approvals``
  (nobody's), and of each finding ``fixed_in`` (null: not said, so a fix is assumed); and it writes people and owners in
  the one form that the manifest has them in. Every other key must be there; one that is missing or of another kind is
  a denial that names it.
- The answer: ``decision.outcome`` is ALLOWED, DENIED or UNDECIDED; ``exit_code(decision)`` is 0, 1 or 3.
  ``decision.denials`` say why not; ``decision.undecided`` are gates that could not decide; ``decision.failure`` is why
  the policy itself did not answer; ``decision.warnings`` block nothing (known and waived findings, unused waivers).
  Each names its rule, the policy's file and line, the path in the document, and the value there.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from dynamic_ags import Decision, Judge, Manifest, Outcome, Policies, PolicyError, read_policies
from dynamic_ags.schema import handle
from dynamic_base import Clock, ExitCode

POLICY = "gates"
SCHEMA = "dynamic.gates/1"

_EXIT_CODES = {Outcome.ALLOWED: ExitCode.YES, Outcome.DENIED: ExitCode.NO, Outcome.UNDECIDED: ExitCode.UNDECIDED}


def gate_policies(root: Path) -> Policies:
    """Return the policies of ``root``, among which is the one on gates.

    Raises
    ------
    UnreadableError, PolicyError : they cannot be read or loaded, or there is none on gates: nobody can say yes
    """
    policies = read_policies(root)
    if f"dynamic.{POLICY}" not in policies.packages:
        raise PolicyError(f"{root} has no policy on gates", "restore ci/policies/gates.rego and its parts")
    return policies


def judge_gates(document: Mapping[str, object], policies: Policies, manifest: Manifest, clock: Clock) -> Decision:
    """Decide whether the change that ``document`` tells of may go on.

    Raises
    ------
    RequestError : the policies hold no ``gates``
    CanonicalError : the document has no canonical JSON form
    """
    return Judge(policies, manifest, clock).decide(POLICY, "gates", completed(document, clock))


def completed(document: Mapping[str, object], clock: Clock) -> dict[str, object]:
    """Return the policy's whole input: ``document``, with the keys that its maker may leave out, and names in one form.

    What is of another kind than it should be stays as it is, for the policy to name.
    """
    optional: dict[str, object] = {"today": clock.now().date().isoformat(), "only": None, "author": "", "approvals": []}
    whole = {**optional, **document}
    whole["author"] = _person(whole["author"])
    changes: Mapping[str, Callable[[object], object]] = {"approvals": _person, "findings": _finding, "waivers": _cover}
    for key, change in changes.items():
        items = whole.get(key)
        if isinstance(items, list | tuple):
            whole[key] = [change(item) for item in items]
    return whole


def _person(name: object) -> object:
    return handle(name) if isinstance(name, str) else name


def _finding(finding: object) -> object:
    if not isinstance(finding, Mapping):
        return finding
    whole = {"fixed_in": None, **finding}
    return {**whole, "waiver": _cover(whole["waiver"])} if "waiver" in whole else whole


def _cover(cover: object) -> object:
    """Return who answers for a finding, the owner in lower case: GitHub's teams and people know no case."""
    owner = cover.get("owner") if isinstance(cover, Mapping) else None
    return {**cover, "owner": owner.lower()} if isinstance(cover, Mapping) and isinstance(owner, str) else cover


def exit_code(decision: Decision) -> ExitCode:
    """Return what a command that asks for the verdict ends with."""
    return _EXIT_CODES[decision.outcome]
