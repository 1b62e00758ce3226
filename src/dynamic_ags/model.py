"""The manifest, as every other module sees it: frozen, with every reference known to hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from dynamic_ags.located import KeyPath, Located
from dynamic_ags.patterns import Pattern
from dynamic_base import digest

SCHEMA = "dynamic.governance/1"


@dataclass(frozen=True, slots=True)
class Role:
    """People who speak for one concern; handles are lower-case and without ``@``."""

    team: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tier:
    """How many people besides the author must approve, and which roles must be among them."""

    approvals: int
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """Something that needs leave."""

    tier: str
    what: str


@dataclass(frozen=True, slots=True)
class OwnershipRule:
    """Whose the paths are that match; a protected one needs the approval of each role."""

    patterns: tuple[Pattern, ...]
    roles: tuple[str, ...]
    protected: bool
    line: int


@dataclass(frozen=True, slots=True)
class JobRule:
    """What a job of CI does, and what its token may do."""

    actions: tuple[str, ...]
    permissions: Mapping[str, str]
    environment: str


@dataclass(frozen=True, slots=True)
class WorkflowRule:
    """What may start a workflow, and its jobs."""

    triggers: tuple[str, ...]
    jobs: Mapping[str, JobRule]


@dataclass(frozen=True, slots=True)
class Manifest:
    """Who owns what, who must agree to what, and which job of CI does what."""

    source: Located
    roles: Mapping[str, Role]
    tiers: Mapping[str, Tier]
    actions: Mapping[str, Action]
    ownership: tuple[OwnershipRule, ...]
    workflows: Mapping[str, WorkflowRule]
    uses: tuple[str, ...]

    def at(self, *path: str | int) -> str:
        """Return ``file:line`` of a key."""
        key: KeyPath = path
        return f"{self.source.file}:{self.source.line(key)}"

    def owner(self, path: str) -> OwnershipRule | None:
        """Return the rule that owns the file ``path``: the last that matches."""
        return next((rule for rule in reversed(self.ownership) if any(p.matches(path) for p in rule.patterns)), None)

    def document(self) -> dict[str, object]:
        """Return what policies see as ``data.governance``."""
        return {
            "roles": {
                name: {"team": role.team.lower(), "members": list(role.members)} for name, role in self.roles.items()
            },
            "tiers": {name: {"approvals": t.approvals, "roles": list(t.roles)} for name, t in self.tiers.items()},
            "actions": {name: {"tier": action.tier} for name, action in self.actions.items()},
            "workflows": {file: _workflow(rule) for file, rule in self.workflows.items()},
            "uses": list(self.uses),
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the document that policies see together with the ownership rules."""
        owned = [[[p.text for p in rule.patterns], list(rule.roles), rule.protected] for rule in self.ownership]
        return digest({"governance": self.document(), "ownership": owned})


def _workflow(rule: WorkflowRule) -> dict[str, object]:
    jobs = {
        name: {"actions": list(job.actions), "permissions": dict(job.permissions), "environment": job.environment}
        for name, job in rule.jobs.items()
    }
    return {"triggers": list(rule.triggers), "jobs": jobs}
