"""One question to the policies, and the record of its answer."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from dynamic_ags.errors import RequestError
from dynamic_ags.model import Manifest
from dynamic_ags.policies import Place, Policies, engine_said
from dynamic_base import Clock, canonical_json

SCHEMA = "dynamic.decision/1"
# What a policy says, all in the form of denials; `deny` it must have.
_SETS = ("deny", "undecided", "warn")
_TEXTS = ("rule", "path", "message", "fix")


class Outcome(StrEnum):
    """What was decided. Only ``ALLOWED`` lets anything through."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Denial:
    """Why not: the rule and where it stands, and the place in the input that it is about."""

    rule: str
    place: Place
    path: str
    value: Any
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer, and everything needed to ask again.

    Parameters
    ----------
    query : the package that was asked, e.g. ``data.dynamic.action``
    policies, manifest, input : SHA-256 of each
    failure : why the policies did not answer; "" where they did. A failure is never a yes.
    undecided : what the policy itself could not decide, in the form of denials; no yes either
    warnings : what stands in nobody's way and should be known
    """

    subject: str
    query: str
    policies: str
    manifest: str
    input: str
    time: datetime
    denials: tuple[Denial, ...]
    failure: str
    undecided: tuple[Denial, ...] = ()
    warnings: tuple[Denial, ...] = ()

    @property
    def outcome(self) -> Outcome:
        if self.failure:
            return Outcome.UNDECIDED
        if self.denials:
            return Outcome.DENIED
        return Outcome.UNDECIDED if self.undecided else Outcome.ALLOWED

    def document(self) -> dict[str, object]:
        """Return the record as JSON's kinds."""
        return {
            "schema": SCHEMA,
            "time": self.time.isoformat(timespec="microseconds"),
            "subject": self.subject,
            "query": self.query,
            "result": self.outcome.value,
            "policies": self.policies,
            "manifest": self.manifest,
            "input": self.input,
            "denials": [_denial_document(denial) for denial in self.denials],
            "failure": self.failure,
            "undecided": [_denial_document(denial) for denial in self.undecided],
            "warnings": [_denial_document(denial) for denial in self.warnings],
        }


class Judge:
    """The policies and a manifest, ready to be asked.

    Parameters
    ----------
    clock : Clock, gives each decision its time
    """

    def __init__(self, policies: Policies, manifest: Manifest, clock: Clock) -> None:
        self._policies = policies
        self._manifest = manifest.digest
        self._clock = clock
        self._engine = policies.engine.clone()
        self._engine.add_data_json(json.dumps({"governance": manifest.document()}))

    def decide(self, policy: str, subject: str, document: Mapping[str, object]) -> Decision:
        """Ask the package ``dynamic.<policy>`` about ``document``, and say no wherever it gives no clear yes.

        Raises
        ------
        RequestError : there is no such policy
        CanonicalError : the input has no canonical JSON form
        """
        package = f"dynamic.{policy}"
        if package not in self._policies.packages:
            raise RequestError(f"there is no policy {policy!r}", f"use one of {', '.join(self._policies.packages)}")
        content = canonical_json(document)
        said, failure = self._ask(package, content.decode())
        return Decision(
            subject,
            f"data.{package}",
            self._policies.digest,
            self._manifest,
            hashlib.sha256(content).hexdigest(),
            self._clock.now(),
            said["deny"],
            failure,
            said["undecided"],
            said["warn"],
        )

    def _ask(self, package: str, document: str) -> tuple[Mapping[str, tuple[Denial, ...]], str]:
        """Return the denials of each set, and why that is no answer; the other two sets are a policy's to have."""
        said: dict[str, tuple[Denial, ...]] = dict.fromkeys(_SETS, ())
        engine = self._engine.clone()
        try:
            engine.set_input_json(document)
            allow = json.loads(engine.eval_rule_as_json(f"data.{package}.allow"))
            sets = {
                name: json.loads(engine.eval_rule_as_json(f"data.{package}.{name}"))
                for name in _SETS
                if name in self._policies.packages[package]
            }
        except RuntimeError as error:
            return said, f"the engine failed ({engine_said(error)})"
        for name, items in sets.items():
            if fault := self._fault(package, items):
                return said, f"data.{package}.{name} {fault}"
            said[name] = tuple(sorted((self._denial(package, item) for item in items), key=_order))
        # Nothing but the very value true is a yes.
        no = bool(said["deny"] or said["undecided"])
        if not no and allow is not True:
            return said, f"data.{package}.allow is not true, and no rule says why"
        if no and allow is True:
            return said, f"data.{package}.allow is true although there are denials"
        return said, ""

    def _fault(self, package: str, items: object) -> str:
        """Return why ``items`` are no denials of the package; "" where they are."""
        # An undefined rule is the text "<undefined>" here.
        if not isinstance(items, list) or not all(map(_is_denial, items)):
            return "is not a set of denials"
        unplaced = [item["rule"] for item in items if (package, item["rule"]) not in self._policies.rules]
        return f"names the rule {unplaced[0]!r}, which stands nowhere in its file" if unplaced else ""

    def _denial(self, package: str, item: dict[str, Any]) -> Denial:
        place = self._policies.rules[package, item["rule"]]
        return Denial(item["rule"], place, item["path"], item["value"], item["message"], item["fix"])


def _is_denial(item: object) -> bool:
    return (
        isinstance(item, dict)
        and item.keys() == {*_TEXTS, "value"}
        and all(isinstance(item[name], str) for name in _TEXTS)
    )


def _order(denial: Denial) -> tuple[str, int, str, str]:
    return denial.place.file, denial.place.line, denial.path, denial.message


def _denial_document(denial: Denial) -> dict[str, object]:
    return {
        "rule": denial.rule,
        "file": denial.place.file,
        "line": denial.place.line,
        "path": denial.path,
        "value": denial.value,
        "message": denial.message,
        "fix": denial.fix,
    }
