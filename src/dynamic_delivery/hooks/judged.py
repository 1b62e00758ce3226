"""What gates found nothing in, by tree: so that a push does not start them again over what its commit was judged for.

Only the very same tree counts: its files, its settings and its pins are then the same, and so is what a gate says of a
file, whatever else it reads. Nothing is kept of a gate that found something, or could not decide; and the policy judges
the reports anew each time.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dynamic_base import DynamicError, write_atomic
from dynamic_delivery import gates as package
from dynamic_delivery.gates.model import Gate, Outcome, Report, Tool
from dynamic_delivery.hooks.table import ALONE, HISTORY

SCHEMA = "dynamic.hooks-judged/1"
_KEPT = 200  # trees, the newest
_NOTE = "not started: it found nothing in this very tree before"


@dataclass(frozen=True, slots=True)
class Clean:
    """What one gate looked at in a tree, and found nothing in.

    Parameters
    ----------
    files : those that it wanted
    read : those of them that it looked at; none where it found, having looked, that there was nothing for it
    """

    files: frozenset[str]
    read: tuple[str, ...]
    tool: Tool | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """The records of one work tree, a file a tree. A damaged one counts for nothing."""

    folder: Path

    def load(self, tree: str) -> Mapping[str, Clean]:
        """Return what is known of ``tree``, by gate."""
        try:
            document = json.loads((self.folder / f"{tree}.json").read_bytes())
            if (document["schema"], document["code"]) != (SCHEMA, _code()):
                return {}
            return {str(name): _clean(row) for name, row in document["gates"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return {}

    def save(self, tree: str, clean: Mapping[str, Clean]) -> None:
        """Keep ``clean`` beside what was known of ``tree``. A disk that refuses costs the next push some time."""
        known = dict(self.load(tree))
        for name, new in clean.items():
            old = known.get(name, new)
            known[name] = Clean(old.files | new.files, tuple(sorted({*old.read, *new.read})), new.tool or old.tool)
        rows = {
            name: {
                "files": sorted(row.files),
                "read": list(row.read),
                "tool": [row.tool.name, row.tool.version, row.tool.sha256] if row.tool else None,
            }
            for name, row in known.items()
        }
        content = json.dumps({"schema": SCHEMA, "code": _code(), "gates": rows}, ensure_ascii=False)
        try:
            write_atomic(self.folder / f"{tree}.json", content.encode())
            for path in sorted(self.folder.glob("*.json"), key=_age_ns)[:-_KEPT]:
                path.unlink(missing_ok=True)
        except (DynamicError, OSError):
            return


def lean(gates: Iterable[Gate], clean: Mapping[str, Clean], files: Collection[str], commits: int) -> tuple[Gate, ...]:
    """Return ``gates``, those that are known to find nothing in ``files`` answering that without a program.

    Parameters
    ----------
    commits : int, how many are brought; of more than one, the history holds what the tree does not
    """
    return tuple(
        _answering(gate, clean[gate.name], files)
        if gate.name in clean
        and (commits <= 1 or gate.name not in HISTORY)
        and clean[gate.name].files.issuperset(_wanted(gate, files))
        else gate
        for gate in gates
    )


def _answering(gate: Gate, known: Clean, files: Collection[str]) -> Gate:
    read = tuple(path for path in known.read if path in files)
    outcome = Outcome.PASSED if read else Outcome.SKIPPED
    report = Report(gate.name, outcome, reason="" if read else _NOTE, tool=known.tool, read=read, notes=(_NOTE,))
    return replace(gate, judge=lambda _: report, tools=())


def found_clean(gates: Sequence[Gate], reports: Iterable[Report], files: Collection[str]) -> dict[str, Clean]:
    """Return of each gate that found nothing, and whose word hangs on the tree alone, what it was given."""
    by_name = {gate.name: gate for gate in gates if gate.name in ALONE}
    return {
        report.gate: Clean(wanted, report.read, report.tool)
        for report in reports
        if report.outcome in (Outcome.PASSED, Outcome.SKIPPED)
        and not report.findings
        and report.gate in by_name
        and (wanted := _wanted(by_name[report.gate], files))
    }


def _wanted(gate: Gate, files: Iterable[str]) -> frozenset[str]:
    return frozenset(path for path in files if gate.looks_at(path))


def _clean(row: Mapping[str, list[str]]) -> Clean:
    tool = Tool(*row["tool"]) if row["tool"] else None
    return Clean(frozenset(map(str, row["files"])), tuple(map(str, row["read"])), tool)


def _code() -> str:
    """Return what stands for the gates' own code as it is on disk: other code may find more."""
    folder = Path(package.__path__[0])
    stamps = (
        (path.relative_to(folder).as_posix(), status.st_size, status.st_mtime_ns)
        for path in sorted(folder.rglob("*.py"))
        if (status := path.stat())
    )
    return hashlib.sha256(repr(list(stamps)).encode()).hexdigest()[:16]


def _age_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # another process has taken it away
        return 0
