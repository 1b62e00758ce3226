"""Who owns what was found: CODEOWNERS, read as GitHub reads it."""

from collections.abc import Callable
from pathlib import Path

from dynamic_ags.codeowners import CODEOWNERS, owning_line, read_codeowners
from dynamic_delivery.gates.model import Finding


def owner_of(root: Path) -> Callable[[Finding], str]:
    """Return what names the owners of a finding's file, with spaces between; "" where nobody owns it.

    Raises
    ------
    UnreadableError : CODEOWNERS is there and cannot be read
    """
    lines = read_codeowners(root) if (root / CODEOWNERS).exists() else ()

    def owner(finding: Finding) -> str:
        line = owning_line(lines, finding.place.path) if finding.place else None
        return " ".join(line.owners) if line else ""

    return owner
