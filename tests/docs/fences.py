"""The fenced blocks of the documents, and what their info strings promise.

``sh run``: the slow suite runs each line. ``sh``: each line is a ``--help`` that `test_commands` runs.
``LANGUAGE path=P``: the whole file P, and ``diff``: an edit, both of which `test_guides` makes in their order.
"""

from dataclasses import dataclass
from pathlib import Path

RUN_IN_A_CLONE = ("README.md", "CONTRIBUTING.md")
GUIDES = "docs/guides"


@dataclass(frozen=True, slots=True)
class Fence:
    """One block; ``line`` is where its text begins, counted from 1."""

    document: str
    line: int
    info: str
    text: str

    @property
    def language(self) -> str:
        return self.info.partition(" ")[0]

    @property
    def is_run(self) -> bool:
        """Say whether the slow suite runs it."""
        return self.info == "sh run"

    @property
    def path(self) -> str:
        """Return the file that the block holds, or ""."""
        return next((word.removeprefix("path=") for word in self.info.split() if word.startswith("path=")), "")

    def commands(self) -> list[tuple[int, str]]:
        """Return each command line with its number; comments and empty lines are none."""
        numbered = enumerate(self.text.splitlines(), self.line)
        return [
            (number, line.strip()) for number, line in numbered if line.strip() and not line.lstrip().startswith("#")
        ]


class UnclosedFenceError(ValueError):
    """A document ends inside a block."""


def fences(root: Path, document: str) -> list[Fence]:
    """Return the blocks of ``document`` below ``root``, in order."""
    found: list[Fence] = []
    opened: tuple[int, str, str] | None = None
    held: list[str] = []
    for number, line in enumerate((root / document).read_text(encoding="utf-8").splitlines(), 1):
        marks = line[: len(line) - len(line.lstrip("`"))]
        if opened is None and len(marks) >= 3:
            opened, held = (number + 1, marks, line[len(marks) :].strip()), []
        elif opened is not None and line.strip() == opened[1]:
            found.append(Fence(document, opened[0], opened[2], "".join(f"{text}\n" for text in held)))
            opened = None
        elif opened is not None:
            held.append(line)
    if opened is not None:
        raise UnclosedFenceError(f"{document}:{opened[0] - 1}: this block is never closed")
    return found


def documents(root: Path) -> list[str]:
    """Return every document whose commands a reader may paste."""
    below = sorted(str(path.relative_to(root)) for path in (root / "docs").rglob("*.md"))
    return [name for name in RUN_IN_A_CLONE if (root / name).exists()] + below


def is_run_somewhere(document: str) -> bool:
    """Say whether the slow suite runs the ``sh run`` blocks of ``document``."""
    return document in RUN_IN_A_CLONE or Path(document).parent == Path(GUIDES)
