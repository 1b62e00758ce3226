"""The engine matrix against what was accepted in ``ci/matrix.json``: a new red cell is a finding.

It reads the newest record of ``./dynamic matrix run`` on this machine. Without one, or with one that is a month old or
of other kernels, it cannot decide; neither where an accepted cell's engine is not here, or a kernel has no cell in it,
but then it still tells what is red.

Severity: a new red cell is HIGH.
"""

from collections.abc import Sequence
from pathlib import Path

from dynamic_base import SystemClock
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Place, Report, Scope, Severity, Tool, numbered
from dynamic_engines.matrix import Change, Diff, compare, latest, load, load_baseline
from dynamic_engines.matrix import Finding as Kind
from dynamic_engines.matrix.staleness import Present, why_aged

_BASELINE = "ci/matrix.json"
_AGAIN = "./dynamic matrix run"
_ROOMS = ("kernels/", "src/dynamic_engines/", "src/dynamic_ta/", "src/dynamic_ai/", "src/dynamic_delivery/matrix/")


def looks_at(path: str) -> bool:
    """Say whether ``path`` can move a cell: kernels, what loads and judges them, and the baseline itself."""
    return path.startswith(_ROOMS) or path == _BASELINE


def judge(scope: Scope) -> Report:
    """Compare the newest record with the baseline."""
    # The inference engines: other gates start without them.
    from dynamic_delivery.matrix.inference import names
    from dynamic_delivery.matrix.rows import kernel_rows
    from dynamic_delivery.matrix.stale import changed_why

    record = latest(scope.root)
    run = load(record)
    read = tuple(path for path in scope.files if looks_at(path))
    tool = Tool("dynamic matrix", run.schema.rpartition("/")[2])
    if aged := why_aged(run.time, Present(SystemClock().now(), (), {})):
        return Report("matrix", Outcome.UNDECIDED, reason=f"the newest record is {aged}", fix=_AGAIN, tool=tool)
    for cell in run.cells:
        if why := changed_why(cell):
            reason = f"the newest record is of other kernels ({cell.kernel}: {why})"
            return Report("matrix", Outcome.UNDECIDED, reason=reason, fix=_AGAIN, tool=tool)
    kernels = {*(row.kernel for row in kernel_rows()), *names()}
    unasked = sorted(kernels - {cell.kernel for cell in run.cells})
    return answer(compare(load_baseline(scope.root / _BASELINE), run), record, tool, read, unasked)


def answer(diff: Diff, record: Path, tool: Tool, read: tuple[str, ...], unasked: Sequence[str] = ()) -> Report:
    """Return the report of a comparison.

    Parameters
    ----------
    unasked : kernels of this tree that the record has no cell of; the baseline may know nothing of them either
    """
    findings = numbered([_finding(change) for change in diff.of(Kind.RED)])
    unknown = diff.of(Kind.UNKNOWN)
    notes = (f"{diff.compared} cells of {record.name} compared with {_BASELINE}",)
    if unasked and not unknown:
        reason = f"{record.name} has no cell of {len(unasked)} kernels ({unasked[0]})"
        return Report("matrix", Outcome.UNDECIDED, findings, reason, _AGAIN, tool, read, notes)
    if unknown or not diff.compared:
        first = f"{unknown[0].key}: {unknown[0].what}" if unknown else "no cell was compared"
        reason = f"{len(unknown)} accepted cells were not asked about here ({first})" if unknown else first
        fix = "run ./dynamic matrix run where every accepted engine is, or ./dynamic matrix diff --engine NAME by hand"
        return Report("matrix", Outcome.UNDECIDED, findings, reason, fix, tool, read, notes)
    return Report("matrix", Outcome.FAILED if findings else Outcome.PASSED, findings, tool=tool, read=read, notes=notes)


def _finding(change: Change) -> Finding:
    key = change.key
    message = f"{key}: {change.what}" + (f" ({change.reason})" if change.reason else "")
    place = Place(f"kernels/{key.kernel}.cl") if not key.kernel.startswith("inference/") else None
    fix = f"./dynamic matrix diff --kernel {key.kernel}; mend the kernel, or accept it with --accept"
    context = f"{key.engine} {key.precision} {key.maths}"
    return Finding("matrix", "red-cell", Severity.HIGH, " ".join(message.split()), fix, place, context=context)


GATE = Gate("matrix", "the engine matrix against what was accepted", looks_at, judge)
