"""One change, measured by all that this clone knows."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from dynamic_delivery.risk.calibrate import weights_from
from dynamic_delivery.risk.edits import Edit, Past, edits_between, read_past
from dynamic_delivery.risk.found import Found, findings_measure
from dynamic_delivery.risk.gap import code_files, unexecuted_measure, untested_measure, written_lines
from dynamic_delivery.risk.model import Scorecard
from dynamic_delivery.risk.ownership import ownership_measures, read_owners
from dynamic_delivery.risk.record import PastRun, file_risk, record_measures
from dynamic_delivery.risk.replay import measured, past_changes, read_runs
from dynamic_delivery.risk.score import scorecard
from dynamic_delivery.risk.size import size_measures
from dynamic_delivery.risk.spread import Spread
from dynamic_impact.engine import Engine
from dynamic_impact.graph import Graph
from dynamic_impact.model import Change, Selection
from dynamic_impact.recordings.model import Recording
from dynamic_impact.recordings.narrow import RECORDED, store_of


def assess(engine: Engine, selection: Selection, graph: Graph, author: str, found: Found | None) -> Scorecard:
    """Return the scorecard of what ``selection`` was made for. The same files, history and records give the same.

    Parameters
    ----------
    author : a handle, "" where it is not known
    found : what the gates found; None where none was asked

    Raises
    ------
    ManifestError : who owns what is written down, and wrongly
    FindingsError : what the gates found is of another change
    """
    change = selection.change
    below = _below(engine)
    past = read_past(engine.git, below, change.head if _is_supposed(change) else change.base)
    edits = _edits(engine, change, below)
    files = [edit.path for edit in edits]
    runs = read_runs(engine.build_root, engine.clock)
    told = [run.past for run in runs]
    owners = read_owners(engine.build_root)
    code, spread = code_files(graph, files), Spread(graph)
    time_s = past.commits[-1].time_s if past.commits else 0
    measures = (
        *size_measures(edits, past),
        *spread.measures(selection.changed_targets, [item.address for item in selection.affected]),
        *record_measures(files, past, told, time_s),
        *ownership_measures(owners, files, author),
        untested_measure(graph, code),
        unexecuted_measure(
            code,
            lambda path: _lines(engine, change, below, path),
            engine.new,
            _recordings(engine, selection),
        ),
        findings_measure(found.of(change) if found is not None else None),
    )
    weights = weights_from(*measured(past_changes(engine.git, below, runs), past, told, owners, spread))
    return scorecard(measures, weights, change, _by_file(files, past, told, time_s))


def _below(engine: Engine) -> str:
    return engine.build_root.resolve().relative_to(engine.git.top.resolve()).as_posix()


def _is_supposed(change: Change) -> bool:
    """Say whether a person named the files, and nothing was compared."""
    return bool(change.files) and change.base_tree == change.head_tree


def _edits(engine: Engine, change: Change, below: str) -> tuple[Edit, ...]:
    """Return what was edited; files that a person only named are taken as edited, in no line."""
    if _is_supposed(change):
        return tuple(Edit(file.path, 0, 0) for file in change.files)
    return edits_between(engine.git, change.base_tree, change.head_tree, below)


def _lines(engine: Engine, change: Change, below: str, path: str) -> tuple[int, ...]:
    if _is_supposed(change):
        return ()
    how = ("-p", "-U0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames")
    place = (PurePosixPath(below) / path).as_posix()
    return written_lines(engine.git.differ(change.base_tree, change.head_tree, *how, path=place))


def _recordings(engine: Engine, selection: Selection) -> list[Recording]:
    store = store_of(engine.build_root)
    return [found for test in selection.tests if test.type == RECORDED for found in store.load(test.address)]


def _by_file(files: Sequence[str], past: Past, runs: Sequence[PastRun], time_s: int) -> dict[str, float]:
    return {path: file_risk(path, past, runs, time_s) for path in files}
