"""The fenced blocks of the documents, and what their info strings promise.

``sh run``: the slow suite runs each line. ``LANGUAGE path=P``: the whole file P, and ``diff``: an edit, both of which
`test_guides` makes in their order.
"""

from dataclasses import dataclass
from pathlib import Path

FIRST_READ = ("README.md", "CONTRIBUTING.md")
PAGES = ("docs/engines", "docs/products")
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
    return [name for name in FIRST_READ if (root / name).exists()] + below


def run_in_one_clone(root: Path) -> list[str]:
    """Return the documents whose ``sh run`` blocks the slow suite pastes into one fresh clone, in this order."""
    return [name for name in documents(root) if name in FIRST_READ or str(Path(name).parent) in PAGES]


def is_run_somewhere(document: str) -> bool:
    """Say whether the slow suite runs the ``sh run`` blocks of ``document``."""
    return document in FIRST_READ or str(Path(document).parent) in (*PAGES, GUIDES)
