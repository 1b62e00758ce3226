"""``matrix diff --speed``: this tree's kernels beside those of an earlier commit, in turns."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from rich.text import Text

from dynamic_base import Console, ExitCode, UsageError
from dynamic_delivery.matrix.past import changed_files, commit_of, tree_at
from dynamic_delivery.matrix.rows import kernel_rows
from dynamic_delivery.matrix.two_trees import compare_trees
from dynamic_engines import DeviceInfo, Precision, devices
from dynamic_engines.devices import no_device
from dynamic_engines.isolation import WorkerDiedError
from dynamic_engines.matrix import KernelRow, TimedRow
from dynamic_engines.matrix.baseline import Key
from dynamic_engines.matrix.engines import engine_of
from dynamic_engines.matrix.isolation import Judge
from dynamic_engines.matrix.paired import Judged, Pace, judge_paces, pairs_needed
from dynamic_engines.matrix.speed import Ratios, SpeedQuestion

_ERROR = 0.01  # the chance that any cell of a run is called slower though none is
_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class Compared:
    """One cell: what was measured, and what it means; ``judged`` is None where nothing could be or had to be."""

    key: Key
    ratios: Ratios
    judged: Judged | None


def show_speed(
    console: Console,
    root: Path,
    ref: str,
    kernels: tuple[str, ...],
    engines: tuple[str, ...],
    device: str,
    least_effect: float,
    *,
    even_if_same: bool,
) -> int:
    """Compare, print, and return the exit code."""
    commit = commit_of(root, ref)
    rows = [row for row in kernel_rows() if not kernels or row.kernel in kernels]
    if unknown := sorted(set(kernels) - {row.kernel for row in rows}):
        raise UsageError(f"no kernel is called {unknown[0]}", "see './dynamic matrix run --help'")
    chosen = _devices(device, engines)
    with TemporaryDirectory(prefix="dynamic-since-") as folder, console.activity() as say:
        pairs = pairs_needed(len(rows) * len(Precision) * len(chosen), _ERROR)
        trees = Trees(tree_at(root, commit, Path(folder)), root, changed_files(root, commit), pairs, even_if_same)
        found = list(_measured(rows, chosen, trees, say))
    cells = _judged(found, least_effect)
    console.document(_document(cells, commit, least_effect))
    for cell in cells:
        if not cell.ratios.same:
            console.text(_line(cell))
    same = sum(cell.ratios.same for cell in cells)
    console.text(Text(f"{len(cells)} cells beside {commit[:12]}: {same} are the same program, {_counts(cells)}"))
    if any(cell.judged is not None and cell.judged.pace is Pace.SLOWER for cell in cells):
        return ExitCode.NO
    return ExitCode.UNDECIDED if any(cell.ratios.reason for cell in cells) or not cells else ExitCode.YES


def _devices(device: str, engines: tuple[str, ...]) -> list[tuple[str, DeviceInfo]]:
    found = [(f"#{n}", info) for n, info in enumerate(devices())]
    if not found:
        raise no_device()
    words = device.casefold()
    chosen = [
        (n, info)
        for n, info in found
        if words in f"{info.platform} {info.name} {info.type}".casefold()
        and (not engines or engine_of(info) in engines)
    ]
    if not chosen:
        raise UsageError("no device here is of that name and engine", "see './dynamic devices'")
    return chosen


@dataclass(frozen=True, slots=True)
class Trees:
    """Both sides of a comparison, the files under src/ that differ, and how it is made."""

    old: Path
    new: Path
    changed: tuple[str, ...]
    pairs: int
    even_if_same: bool

    def drives_otherwise(self, row: KernelRow) -> bool:
        """Say whether the host code of ``row`` is other than it was."""
        patterns = row.host_code if isinstance(row, TimedRow) else ()
        return any(PurePosixPath(file).match(pattern) for file in self.changed for pattern in patterns)


def _measured(
    rows: Sequence[KernelRow], chosen: Sequence[tuple[str, DeviceInfo]], trees: Trees, say: Callable[[str], None]
) -> Iterator[tuple[Key, Ratios]]:
    for selector, info in chosen:
        with Judge(kernel_rows, selector, _TIMEOUT_S) as judge:
            for row in rows:
                for precision in row.precisions:
                    if precision is Precision.FLOAT64 and not info.fp64:
                        continue
                    key = Key(row.kernel, engine_of(info), precision, row.maths)
                    if trees.drives_otherwise(row):
                        ratios = compare_trees(trees.old, trees.new, selector, key, trees.pairs)
                    else:
                        ratios = _in_one_process(judge, key, trees)
                    say(f"{key}: {'the same program' if ratios.same else ratios.reason or 'measured'}")
                    yield key, ratios


def _in_one_process(judge: Judge, key: Key, trees: Trees) -> Ratios:
    old, new = str(trees.old / "kernels"), str(trees.new / "kernels")
    try:
        return judge.ask(
            SpeedQuestion(key.kernel, key.precision, key.maths, old, new, trees.pairs, even_if_same=trees.even_if_same)
        )
    except WorkerDiedError as error:
        return Ratios(reason=error.message)


def _judged(found: Sequence[tuple[Key, Ratios]], least_effect: float) -> list[Compared]:
    """Judge all measured cells together, which is what keeps their false alarms rare."""
    verdicts = iter(judge_paces([ratios.ratios for _, ratios in found if ratios.ratios], least_effect, _ERROR))
    return [Compared(key, ratios, next(verdicts) if ratios.ratios else None) for key, ratios in found]


def _counts(cells: Sequence[Compared]) -> str:
    counts = {pace: sum(cell.judged is not None and cell.judged.pace is pace for cell in cells) for pace in Pace}
    undecided = sum(bool(cell.ratios.reason) for cell in cells)
    return ", ".join([*(f"{count} {pace}" for pace, count in counts.items()), f"{undecided} cannot be compared"])


def _line(cell: Compared) -> Text:
    if cell.judged is None:
        return Text(f"unknown: {cell.key}: {cell.ratios.reason}", style="yellow")
    ratios = sorted(cell.ratios.ratios)
    spread = f"{ratios[len(ratios) // 4]:.3f} to {ratios[-len(ratios) // 4]:.3f}"
    style = {Pace.SLOWER: "bold red", Pace.FASTER: "green", Pace.ALIKE: ""}[cell.judged.pace]
    return Text(
        f"{cell.judged.pace}: {cell.key}: {cell.judged.ratio:.3f} times the time it took (half of {len(ratios)} pairs"
        f" lie in {spread}, p = {cell.judged.p_slower:.2g})",
        style=style,
    )


def _document(cells: Sequence[Compared], commit: str, least_effect: float) -> dict[str, object]:
    return {
        "schema": "dynamic.matrix-speed/1",
        "since": commit,
        "least_effect": least_effect,
        "error": _ERROR,
        "cells": [
            {
                **cell.key._asdict(),
                "verdict": cell.judged.pace if cell.judged else "same" if cell.ratios.same else "unknown",
                "reason": cell.ratios.reason,
                "ratio": cell.judged.ratio if cell.judged else None,
                "p_slower": cell.judged.p_slower if cell.judged else None,
                "ratios": list(cell.ratios.ratios),
            }
            for cell in cells
        ],
    }
