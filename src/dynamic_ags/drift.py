"""Where the manifest and what GitHub reads say different things."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dynamic_ags.codeowners import CODEOWNERS, Line, owning_line, read_codeowners
from dynamic_ags.differences import Difference, Side
from dynamic_ags.drift_workflows import workflow_drift
from dynamic_ags.model import Manifest, OwnershipRule
from dynamic_ags.workflows import Workflow, read_workflow, workflow_files

_IDLE = "no tracked file has it as its last match"


@dataclass(frozen=True, slots=True)
class Artifacts:
    """What GitHub reads, and the files that the repository holds."""

    codeowners: tuple[Line, ...]
    workflows: Mapping[str, Workflow]
    files: tuple[str, ...]


def read_artifacts(root: Path, files: Sequence[str]) -> Artifacts:
    """Read CODEOWNERS and every workflow of ``root``; ``files`` are its tracked files.

    Raises
    ------
    UnreadableError : one of them is missing or not understood
    """
    workflows = {file: read_workflow(root, file) for file in workflow_files(root)}
    return Artifacts(read_codeowners(root), workflows, tuple(files))


def find_drift(manifest: Manifest, artifacts: Artifacts) -> tuple[Difference, ...]:
    """Return every difference between ``manifest`` and ``artifacts``; none means that they agree."""
    return (
        *_unknown_owners(manifest, artifacts.codeowners),
        *_owners(manifest, artifacts),
        *_idle_rules(manifest, artifacts),
        *workflow_drift(manifest, artifacts.workflows),
    )


def _unknown_owners(manifest: Manifest, lines: Sequence[Line]) -> Iterator[Difference]:
    teams = {role.team.lower() for role in manifest.roles.values()}
    for line in lines:
        for owner in line.owners:
            if owner not in teams:
                yield Difference(
                    "owner.unknown",
                    owner,
                    Side(manifest.at("roles"), f"teams are {', '.join(sorted(teams))}"),
                    Side(f"{CODEOWNERS}:{line.number}", f"{line.pattern.text} is owned by {owner}"),
                    "somebody whom no role answers for can approve changes there",
                    "CODEOWNERS: name a team of the manifest; or the manifest: give the owner a role",
                )


def _owners(manifest: Manifest, artifacts: Artifacts) -> Iterator[Difference]:
    """Compare each tracked file's owners, one difference for each pair of rules that disagree."""
    disagreeing: dict[tuple[int, int], tuple[OwnershipRule | None, Line | None, list[str]]] = {}
    for path in artifacts.files:
        rule, line = manifest.owner(path), owning_line(artifacts.codeowners, path)
        if _teams(manifest, rule) != set(line.owners if line else ()):
            key = (rule.line if rule else 0, line.number if line else 0)
            disagreeing.setdefault(key, (rule, line, []))[2].append(path)
    for rule, line, paths in disagreeing.values():
        yield _owner_difference(manifest, rule, line, paths)


def _owner_difference(
    manifest: Manifest, rule: OwnershipRule | None, line: Line | None, paths: Sequence[str]
) -> Difference:
    wanted, found = _teams(manifest, rule), set(line.owners if line else ())
    extra, lacking = sorted(found - wanted), sorted(wanted - found)
    why = []
    if extra:
        why.append(f"{_and(extra)} can approve there and should not")
    if lacking:
        why.append(f"{_and(lacking)} would not be asked")
    return Difference(
        "path.owner",
        paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more",
        Side(f"{manifest.source.file}:{rule.line if rule else manifest.source.line(('ownership',))}", _owned(wanted)),
        Side(f"{CODEOWNERS}:{line.number}" if line else CODEOWNERS, _owned(found)),
        "; ".join(why),
        "CODEOWNERS: make its last match name the manifest's teams; or the manifest, by a policy.change",
    )


def _idle_rules(manifest: Manifest, artifacts: Artifacts) -> Iterator[Difference]:
    """Find rules that own nothing: a folder that moved away takes its protection with it, without a word."""
    why = "a path that was renamed is no longer owned as somebody meant it"
    patterns = {held.text for rule in manifest.ownership for held in rule.patterns}
    for line in artifacts.codeowners:
        if not any(owning_line(artifacts.codeowners, path) is line for path in artifacts.files):
            text = line.pattern.text
            here = Side(f"{CODEOWNERS}:{line.number}", _IDLE)
            there = Side(manifest.at("ownership"), "has this path too" if text in patterns else "has no such path")
            yield Difference("rule.idle", text, there, here, why, "CODEOWNERS: mend the path, or remove it")
    written = {line.pattern.text for line in artifacts.codeowners}
    for at, rule in enumerate(manifest.ownership):
        for i, held in enumerate(rule.patterns):
            if not any(held.matches(path) and manifest.owner(path) is rule for path in artifacts.files):
                here = Side(manifest.at("ownership", at, "paths", i), _IDLE)
                there = Side(CODEOWNERS, "has this path too" if held.text in written else "has no such path")
                yield Difference("rule.idle", held.text, here, there, why, "the manifest: mend the path, or remove it")


def _teams(manifest: Manifest, rule: OwnershipRule | None) -> set[str]:
    return {manifest.roles[role].team.lower() for role in rule.roles} if rule else set()


def _owned(teams: set[str]) -> str:
    return f"owned by {_and(sorted(teams))}" if teams else "owned by nobody"


def _and(names: Sequence[str]) -> str:
    return " and ".join(names)
