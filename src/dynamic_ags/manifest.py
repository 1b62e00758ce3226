"""The manifest's file: read, checked key by key and reference by reference, and turned into the frozen model."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from dynamic_ags.errors import ManifestError, PatternError, Problem
from dynamic_ags.located import KeyPath, Located, read_yaml
from dynamic_ags.model import SCHEMA, Action, JobRule, Manifest, OwnershipRule, Role, Tier, WorkflowRule
from dynamic_ags.patterns import pattern
from dynamic_ags.schema import GovernanceDocument, RoleDocument, WorkflowDocument, handle

MANIFEST = "ci/governance.yaml"
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")

# What a person should do, by pydantic's name of the error; its own message says what is wrong.
_FIXES = {
    "missing": "add the key",
    "literal_error": "use one of those",
    "string_type": "write it as text, in quotes where YAML would read something else",
    "int_type": "write a whole number",
    "bool_type": "write true or false",
    "list_type": "write a list",
    "dict_type": "write a mapping",
    "model_type": "write a mapping",
    "too_short": "name at least one",
    "string_pattern_mismatch": "write it in that form",
}


def load_manifest(root: Path, file: str = MANIFEST) -> Manifest:
    """Read and check ``root/file``.

    Raises
    ------
    UnreadableError : no such file, or no YAML
    ManifestError : it breaks a rule; every problem is named with its line, its key and the fix
    """
    return build_manifest(read_yaml(root, file))


def build_manifest(source: Located) -> Manifest:
    """Return the manifest in ``source``; see ``load_manifest``."""
    try:
        document = GovernanceDocument.model_validate(source.value)
    except ValidationError as error:
        raise ManifestError([_problem(source, item) for item in error.errors()]) from error
    problems = [_at(source, *found) for check in _CHECKS for found in check(document)]
    if problems:
        raise ManifestError(problems)
    return _freeze(source, document)


def _freeze(source: Located, document: GovernanceDocument) -> Manifest:
    rules = enumerate(document.ownership)
    return Manifest(
        source,
        {name: Role(role.team, _people(role)) for name, role in document.roles.items()},
        {name: Tier(tier.approvals, tuple(tier.roles)) for name, tier in document.tiers.by_name().items()},
        {name: Action(action.tier, action.what) for name, action in document.actions.items()},
        tuple(
            OwnershipRule(
                tuple(pattern(text) for text in rule.paths),
                tuple(rule.roles),
                rule.protected,
                source.line(("ownership", i)),
            )
            for i, rule in rules
        ),
        {file: WorkflowRule(tuple(rule.triggers), _jobs(rule)) for file, rule in document.workflows.items()},
        tuple(document.uses),
    )


def _people(role: RoleDocument) -> tuple[str, ...]:
    return tuple(dict.fromkeys(handle(member) for member in role.members))


def _jobs(rule: WorkflowDocument) -> Mapping[str, JobRule]:
    return {
        name: JobRule(tuple(job.actions), dict(job.permissions), job.environment) for name, job in rule.jobs.items()
    }


# Each check yields (key path, what is wrong, what to do).
_Found = Iterator[tuple[KeyPath, str, str]]


def _references(document: GovernanceDocument) -> _Found:
    named: list[tuple[KeyPath, str, str, Mapping[Any, object]]] = []
    for tier, held in document.tiers.by_name().items():
        named += [(("tiers", tier, "roles", i), "role", role, document.roles) for i, role in enumerate(held.roles)]
    for name, action in document.actions.items():
        named.append((("actions", name, "tier"), "tier", action.tier, document.tiers.by_name()))
    for at, rule in enumerate(document.ownership):
        named += [(("ownership", at, "roles", i), "role", role, document.roles) for i, role in enumerate(rule.roles)]
    for file, workflow in document.workflows.items():
        for name, job in workflow.jobs.items():
            key = ("workflows", file, "jobs", name, "actions")
            named += [((*key, i), "action", action, document.actions) for i, action in enumerate(job.actions)]
    for path, kind, name, known in named:
        if name not in known:
            yield path, f"there is no {kind} {name!r}", f"use one of {', '.join(known)}, or define {name} in {kind}s"


def _patterns(document: GovernanceDocument) -> _Found:
    for at, rule in enumerate(document.ownership):
        for i, text in enumerate(rule.paths):
            try:
                pattern(text)
            except PatternError as error:
                yield ("ownership", at, "paths", i), error.message, error.hint


def _tiers(document: GovernanceDocument) -> _Found:
    for (lower, low), (higher, high) in pairwise(document.tiers.by_name().items()):
        if high.approvals < low.approvals:
            yield ("tiers", higher, "approvals"), f"{higher} asks for less than {lower}", f"raise it to {low.approvals}"
    if document.tiers.T0.approvals or document.tiers.T0.roles:
        yield ("tiers", "T0"), "T0 is automatic, and this asks for approvals", "set approvals: 0 and roles: []"


def _satisfiable(document: GovernanceDocument) -> _Found:
    everyone = {person for role in document.roles.values() for person in _people(role)}
    for name, tier in document.tiers.by_name().items():
        if tier.approvals > len(everyone) - 1:
            fix = "lower it, or add members to the roles"
            yield ("tiers", name, "approvals"), f"nobody could get {tier.approvals} approvals from others", fix


def _separate(document: GovernanceDocument) -> _Found:
    """Roles that one tier asks for together are different people: one person could else speak for both."""
    for name, tier in document.tiers.by_name().items():
        for one, other in combinations([role for role in tier.roles if role in document.roles], 2):
            shared = sorted(set(_people(document.roles[one])) & set(_people(document.roles[other])))
            if shared:
                said = f"{shared[0]} is in both {one} and {other}, which {name} asks for as different people"
                yield ("tiers", name, "roles"), said, f"take {shared[0]} out of one of the two roles"


def _teams(document: GovernanceDocument) -> _Found:
    seen: dict[str, str] = {}
    for name, role in document.roles.items():
        if (team := role.team.lower()) in seen:
            yield ("roles", name, "team"), f"{role.team} is the team of {seen[team]} too", "give each role its own team"
        seen[team] = name


def _gated(document: GovernanceDocument) -> _Found:
    asking = {name for name, tier in document.tiers.by_name().items() if tier.approvals}
    gated = {name for name, action in document.actions.items() if action.tier in asking}
    for file, workflow in document.workflows.items():
        for name, job in workflow.jobs.items():
            for action in () if job.environment else sorted(gated & set(job.actions)):
                said = f"{action} needs approvals, and without an environment nothing asks for them"
                yield ("workflows", file, "jobs", name), said, "give the job an environment with reviewers"


_CHECKS: tuple[Callable[[GovernanceDocument], _Found], ...] = (
    _references,
    _patterns,
    _tiers,
    _satisfiable,
    _separate,
    _teams,
    _gated,
)


def _at(source: Located, path: KeyPath, message: str, fix: str) -> Problem:
    return Problem(source.file, source.line(path), _dotted(path), message, fix)


def _problem(source: Located, item: Any) -> Problem:
    path = tuple(part for part in item["loc"] if part != "[key]")
    if item["type"] == "extra_forbidden":
        known = ", ".join(_keys_at(GovernanceDocument, path[:-1]))
        return _at(source, path, "an unknown key", f"use one of {known}, or remove it")
    message = item["msg"][0].lower() + item["msg"][1:]
    return _at(source, path, message, _FIXES.get(item["type"], f"see docs/products/dynamic_ags.md, schema {SCHEMA}"))


def _keys_at(model: Any, path: KeyPath) -> list[str]:
    """Return the keys that the model at ``path`` knows."""
    for part in path:
        if isinstance(model, type) and issubclass(model, BaseModel):
            model = next(f.annotation for name, f in model.model_fields.items() if part in (name, f.alias))
        else:
            model = get_args(model)[-1]
        while not isinstance(model, type) and get_args(model) and hasattr(model, "__metadata__"):
            model = get_args(model)[0]
    return [field.alias or name for name, field in model.model_fields.items()]


def _dotted(path: KeyPath) -> str:
    return "".join(map(_step, path)).removeprefix(".") or "the document"


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _PLAIN.fullmatch(part) else f'["{part}"]'
