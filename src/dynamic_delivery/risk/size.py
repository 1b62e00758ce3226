"""How large a change is.

Size is the oldest and steadiest sign of a change that will break something [1]_.

References
----------
.. [1] Y. Kamei et al., A Large-Scale Empirical Study of Just-in-Time Quality Assurance, IEEE TSE 39(6), 2013, table 1
"""

from collections.abc import Sequence
from pathlib import PurePosixPath

from dynamic_delivery.risk.edits import Edit, Past
from dynamic_delivery.risk.model import Measure
from dynamic_delivery.risk.scales import half_at, percentile

_LANGUAGES = {
    ".bash": "shell",
    ".c": "C",
    ".cl": "OpenCL C",
    ".cpp": "C++",
    ".go": "Go",
    ".h": "OpenCL C",
    ".hcl": "HCL",
    ".html": "HTML",
    ".js": "JavaScript",
    ".json": "JSON",
    ".md": "prose",
    ".mjs": "JavaScript",
    ".py": "Python",
    ".rego": "Rego",
    ".rs": "Rust",
    ".sh": "shell",
    ".sol": "Solidity",
    ".sql": "SQL",
    ".tf": "HCL",
    ".toml": "TOML",
    ".ts": "TypeScript",
    ".tsx": "TypeScript",
    ".vy": "Vyper",
    ".yaml": "YAML",
    ".yml": "YAML",
}
_BY_NAME = {"BUILD": "Pants", "Dockerfile": "Dockerfile"}


def language_of(path: str) -> str:
    """Return the language of a file by its name, "" where the name does not tell."""
    name = PurePosixPath(path)
    return _BY_NAME.get(name.name, "") or _LANGUAGES.get(name.suffix.lower(), "")


def size_measures(edits: Sequence[Edit], past: Past) -> tuple[Measure, ...]:
    """Return how many lines, files and languages are edited, beside the commits of the past."""
    added, removed = sum(edit.added for edit in edits), sum(edit.removed for edit in edits)
    languages = sorted({language for edit in edits if (language := language_of(edit.path))})
    lines = percentile(added + removed, past.sizes("lines"), 200, "past commits")
    files = percentile(len(edits), past.sizes("files"), 8, "past commits")
    mixed = half_at(len(languages) - 1, 2)
    return (
        Measure(
            "lines", float(added + removed), lines.scaled, lines.scale, f"{added} lines added and {removed} removed"
        ),
        Measure("files", float(len(edits)), files.scaled, files.scale, f"{len(edits)} files edited"),
        Measure(
            "languages",
            float(len(languages)),
            mixed.scaled,
            mixed.scale.replace("value", "(value - 1)"),
            f"written in {', '.join(languages)}" if languages else "no file whose name tells a language",
        ),
    )
