"""GitHub's workflow files, read for what governs them: triggers, permissions, environments, and the actions used."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dynamic_ags.errors import UnreadableError
from dynamic_ags.located import Located, read_yaml

WORKFLOWS = ".github/workflows"
_SHA = re.compile(r"[0-9a-f]{40}")
_IMAGE = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Use:
    """An action, a reusable workflow or an image that a job takes from elsewhere."""

    action: str
    ref: str
    line: int

    @property
    def is_local(self) -> bool:
        """Say whether it lies in this repository."""
        return self.action.startswith("./")

    @property
    def is_pinned(self) -> bool:
        """Say whether nobody else can change what it is."""
        digest = _IMAGE if self.action.startswith("docker://") else _SHA
        return self.is_local or digest.fullmatch(self.ref) is not None


@dataclass(frozen=True, slots=True)
class Job:
    """A job.

    Parameters
    ----------
    permissions : the level of each scope, ``"*"`` for all; None where neither job nor workflow states any
    environment : "" for none
    lines : where ``job``, ``permissions`` and ``environment`` stand, or the nearest thing around them
    """

    name: str
    permissions: Mapping[str, str] | None
    environment: str
    uses: tuple[Use, ...]
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow; ``triggers`` holds each event and its line."""

    file: str
    triggers: Mapping[str, int]
    jobs: Mapping[str, Job]

    def document(self) -> dict[str, object]:
        """Return what the policy ``dynamic.workflow`` is asked about."""
        return {"file": self.file, "triggers": list(self.triggers), "jobs": {n: _job(j) for n, j in self.jobs.items()}}


def workflow_files(root: Path) -> list[str]:
    """Return the workflows that GitHub would run."""
    folder = root / WORKFLOWS
    return sorted(f"{WORKFLOWS}/{path.name}" for path in folder.glob("*") if path.suffix in (".yml", ".yaml"))


def read_workflow(root: Path, file: str) -> Workflow:
    """Read ``root/file``.

    Raises
    ------
    UnreadableError : no such file, no YAML, or a part of a form that is not understood
    """
    return build_workflow(read_yaml(root, file))


def build_workflow(source: Located) -> Workflow:
    """Return the workflow in ``source``; see ``read_workflow``."""
    top = _mapping(source, (), source.value)
    jobs = _mapping(source, ("jobs",), top.get("jobs"))
    default = _permissions(source, ("permissions",), top["permissions"]) if "permissions" in top else None
    return Workflow(source.file, _triggers(source, top.get("on")), {n: _read_job(source, n, default) for n in jobs})


def _read_job(source: Located, name: str, default: Mapping[str, str] | None) -> Job:
    at = ("jobs", name)
    job = _mapping(source, at, source.value["jobs"][name])
    own = "permissions" in job
    permissions = _permissions(source, (*at, "permissions"), job["permissions"]) if own else default
    stated = (*at, "permissions") if own or default is None else ("permissions",)
    lines = {
        "job": source.line(at),
        "permissions": source.line(stated),
        "environment": source.line((*at, "environment")),
    }
    return Job(name, permissions, _environment(source, name, job), _uses(source, name, job), lines)


def _triggers(source: Located, on: Any) -> dict[str, int]:
    match on:
        case str():
            return {on: source.line(("on",))}
        case list() if all(isinstance(event, str) for event in on):
            return {event: source.line(("on", index)) for index, event in enumerate(on)}
        case dict():
            return {event: source.line(("on", event)) for event in on}
        case _:
            raise _unknown(source, ("on",), "on")


def _permissions(source: Located, at: tuple[str, ...], value: Any) -> dict[str, str]:
    match value:
        case None:  # `permissions:` with nothing behind it
            raise _unknown(source, at, "permissions")
        case "read-all" | "write-all":
            return {"*": value.removesuffix("-all")}
        case dict() if all(isinstance(level, str) for level in value.values()):
            return dict(value)
        case _:
            raise _unknown(source, at, "permissions")


def _environment(source: Located, name: str, job: Mapping[str, Any]) -> str:
    match job.get("environment", ""):
        case str() as environment:
            return environment
        case {"name": str() as environment}:
            return environment
        case _:
            raise _unknown(source, ("jobs", name, "environment"), "environment")


def _uses(source: Located, name: str, job: Mapping[str, Any]) -> tuple[Use, ...]:
    at = ("jobs", name)
    found = [_use(source, (*at, "uses"), job["uses"])] if "uses" in job else []
    steps = job.get("steps", [])
    if not isinstance(steps, list):
        raise _unknown(source, (*at, "steps"), "steps")
    for index, step in enumerate(steps):
        if "uses" in _mapping(source, (*at, "steps", index), step):
            found.append(_use(source, (*at, "steps", index, "uses"), step["uses"]))
    return tuple(found)


def _use(source: Located, at: tuple[str | int, ...], value: Any) -> Use:
    if not isinstance(value, str):
        raise _unknown(source, at, "uses")
    action, _, ref = value.rpartition("@") if "@" in value else (value, "", "")
    return Use(action, ref, source.line(at))


def _mapping(source: Located, at: tuple[str | int, ...], value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _unknown(source, at, str(at[-1]) if at else "the document")
    return value


def _unknown(source: Located, at: tuple[str | int, ...], name: str) -> UnreadableError:
    where = f"{source.file}:{source.line(at)}"
    return UnreadableError(f"{where}: {name} has a form that is not understood", "write it as GitHub documents it")


def _job(job: Job) -> dict[str, object]:
    return {
        "permissions": None if job.permissions is None else dict(job.permissions),
        "environment": job.environment,
        "uses": [{"action": use.action, "ref": use.ref} for use in job.uses],
    }
