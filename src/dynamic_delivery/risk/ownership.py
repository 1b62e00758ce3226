"""Whose files a change touches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dynamic_ags.codeowners import CODEOWNERS, Line, owning_line, read_codeowners
from dynamic_ags.errors import UnreadableError
from dynamic_ags.manifest import MANIFEST, load_manifest
from dynamic_delivery.risk.model import Measure
from dynamic_delivery.risk.scales import half_at, share


@dataclass(frozen=True, slots=True)
class Owners:
    """Who owns what.

    Parameters
    ----------
    lines : of CODEOWNERS, or None where it cannot be read
    members : handles by team, both in lower case; none where no manifest says them
    why_not : why ``lines`` is None
    """

    lines: tuple[Line, ...] | None
    members: Mapping[str, frozenset[str]]
    why_not: str = ""

    def of(self, path: str) -> tuple[str, ...]:
        """Return the owners of ``path``; none where nobody owns it."""
        line = owning_line(self.lines or (), path)
        return line.owners if line else ()

    def include(self, author: str, owners: Sequence[str]) -> bool:
        """Say whether ``author`` is one of ``owners``, or a member of one."""
        handle = author.lower().removeprefix("@")
        return any(owner in (handle, f"@{handle}") or handle in self.members.get(owner, ()) for owner in owners)


def read_owners(root: Path) -> Owners:
    """Return what CODEOWNERS and the governance manifest of ``root`` say.

    Raises
    ------
    ManifestError : the manifest is there and breaks its own rules
    """
    try:
        lines = read_codeowners(root)
    except UnreadableError as error:
        return Owners(None, {}, error.message)
    if not (root / MANIFEST).exists():
        return Owners(lines, {})
    roles = load_manifest(root).roles.values()
    return Owners(lines, {role.team.lower(): frozenset(map(str.lower, role.members)) for role in roles})


def ownership_measures(owners: Owners, files: Sequence[str], author: str) -> tuple[Measure, ...]:
    """Return how many groups of owners the files have, and which share of the files is not the author's own.

    Parameters
    ----------
    author : a handle, with or without ``@``; "" where it is not known
    """
    if owners.lines is None:
        why = f"{owners.why_not or CODEOWNERS} tells no owners"
        return (
            Measure("owner_groups", None, 0.0, half_at(0, 2).scale, why),
            Measure("foreign_files", None, 0.0, share(0).scale, why),
        )
    of_each = {path: owners.of(path) for path in files}
    groups = sorted({", ".join(sorted(of_one)) or "nobody" for of_one in of_each.values()})
    wide = half_at(len(groups) - 1, 2)
    return (
        Measure(
            "owner_groups",
            float(len(groups)),
            wide.scaled,
            wide.scale.replace("value", "(value - 1)"),
            f"owned by {'; '.join(groups)}" if groups else "no file was edited",
        ),
        _foreign(owners, of_each, author),
    )


def _foreign(owners: Owners, of_each: Mapping[str, Sequence[str]], author: str) -> Measure:
    scale = share(0).scale
    if not author:
        return Measure("foreign_files", None, 0.0, scale, "the author's handle is not known: give it with --author")
    if not of_each:
        return Measure("foreign_files", None, 0.0, scale, "no file was edited")
    own = sum(owners.include(author, of_one) for of_one in of_each.values())
    part = 1.0 - own / len(of_each)
    return Measure("foreign_files", part, part, scale, f"{author} owns {own} of {len(of_each)} files")
