"""``kernels tune``: find sizes that suit a device, and list what is known."""

import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, SystemClock, UsageError
from dynamic_engines.devices import open_device
from dynamic_engines.errors import KernelMissingError
from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.model import Kernel
from dynamic_engines.library.table import KERNELS
from dynamic_engines.library.tuning.database import locked
from dynamic_engines.library.tuning.lookup import OFF, VARIABLE, forget, layers, own_path
from dynamic_engines.library.tuning.model import Entry, Key, fits
from dynamic_engines.library.tuning.run import Cell, Tuned, Tuner
from dynamic_engines.library.tuning.search import LEAST_ROUNDS, Status
from dynamic_engines.library.tuning.worker import Plan, Worker
from dynamic_engines.model import DeviceInfo, Precision

_EXITS = {Status.DIFFERENT: ExitCode.NO, Status.UNUSABLE: ExitCode.UNDECIDED}


def kernels() -> Sequence[Kernel]:
    """Return the table; a worker imports this."""
    return KERNELS


@click.command("tune", epilog="Example: ./dynamic kernels tune rolling/sum --precision float32")
@click.argument("names", nargs=-1, metavar="[KERNEL]...")
@click.option("--all", "every", is_flag=True, help="Every kernel of the table.")
@click.option("--list", "listing", is_flag=True, help="Show what is known instead, and what of it is stale.")
@click.option("--device", "selector", default="", help="Part of a device's name, its type, or its number, like '#0'.")
@click.option("--precision", type=click.Choice([p.value for p in Precision]), help="Only this precision.")
@click.option(
    "--rounds", default=15, show_default=True, type=click.IntRange(LEAST_ROUNDS), help="Of the best with the default."
)
@click.option("--budget-s", default=600.0, show_default=True, type=click.FloatRange(min=0), help="Seconds in all.")
@click.option("--clock", type=click.Choice(["cpu", "wall"]), help="Default: cpu on a CPU device, else wall.")
@click.option(
    "--share", default=1.0, show_default=True, type=click.FloatRange(0.001, 1), help="Of the benchmark's sizes."
)
@click.option("--seed", type=click.IntRange(0, 2**53 - 1), help="Draw the inputs of that run again; else fresh ones.")
@click.option(
    "--timeout-s", default=120.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds for one choice."
)
@click.option("--again", is_flag=True, help="Measure also what is known.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def tune_command(
    names: tuple[str, ...],
    every: bool,
    listing: bool,
    selector: str,
    precision: str | None,
    rounds: int,
    budget_s: float,
    clock: str | None,
    share: float,
    seed: int | None,
    timeout_s: float,
    again: bool,
    as_json: bool,
) -> int:
    """Find the sizes (work group, vector) with which a kernel is fastest on a device, and keep them for every launch.

    A choice is kept only if it is faster than the default beyond noise, and gives the same bits on hard inputs. What is
    not complete when the budget ends goes on with the next call. DYNAMIC_TUNING names another file than the one in the
    cache folder, or is "off": then launches use the defaults. Exits 1 if a choice changes a result, which is a bug of
    the kernel, and 3 if a kernel does not run on the device at all.
    """
    console = Console(as_json=as_json)
    chosen = _chosen(names, every=every or listing)
    if listing:
        return _list(console, {kernel.name for kernel in chosen})
    if os.environ.get(VARIABLE) == OFF:
        raise UsageError(f"{VARIABLE} is {OFF}, so nothing that is found would be used", f"unset {VARIABLE}")
    file = own_path(os.environ)
    with locked(file):  # said before anything is measured
        pass
    with open_device(selector) as device:
        info = device.info
    cells = _cells(chosen, info, precision)
    plan = Plan(kernels, selector, secrets.randbits(32) if seed is None else seed, share, timeout_s)
    measure = clock or ("cpu" if info.type == "cpu" else "wall")
    found = []
    with Worker(plan) as worker, console.activity() as say:
        say(f"{info.label}, {measure} time, {len(cells)} cells; --seed {plan.seed} draws the same inputs again")
        tuner = Tuner(
            info,
            file,
            lambda cell: worker.bench(cell.kernel.name, cell.precision),
            SystemClock(),
            measure,
            share,
            rounds,
            budget_s,
            again,
            say,
        )
        for tuned in tuner.run(cells):
            found.append(tuned)
            if tuned.note:
                console.note(Text(tuned.note))
            console.text(Text(_said(tuned)))
    forget()
    document = {"version": 1, "device": asdict(info), "clock": measure, "rounds": rounds, "seed": plan.seed}
    console.document({**document, "file": str(file), "cells": [_document(tuned) for tuned in found]})
    for kernel in chosen:
        if not any(kernel.knobs(each) for each in kernel.precisions):
            console.note(Text(f"{kernel.name} has no sizes to choose"))
    left = sum(tuned.outcome.status is Status.LEFT for tuned in found)
    if left:
        console.note(Text(f"the budget of {budget_s:g} s is used up, {left} left: the same command goes on"))
    console.text(Text(f"kept in {file}"))
    return max((_EXITS.get(tuned.outcome.status, ExitCode.YES) for tuned in found), key=_weight, default=ExitCode.YES)


def _weight(code: ExitCode) -> int:
    """A wrong bit outranks what could not be decided."""
    return (ExitCode.YES, ExitCode.UNDECIDED, ExitCode.NO).index(code)


def _chosen(names: Sequence[str], *, every: bool) -> list[Kernel]:
    known = {kernel.name: kernel for kernel in KERNELS}
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"no kernel is called {unknown[0]!r}", f"choose from {', '.join(known)}")
    if not names and not every:
        raise UsageError("no kernel was named", "name some of './dynamic kernels list', or say --all")
    return [known[name] for name in dict.fromkeys(names)] or list(KERNELS)


def _cells(chosen: Iterable[Kernel], info: DeviceInfo, precision: str | None) -> list[Cell]:
    return [
        Cell(kernel, each)
        for kernel in chosen
        for each in kernel.precisions
        if precision in {None, each.value} and (info.fp64 or each is Precision.FLOAT32) and kernel.knobs(each)
    ]


def _said(tuned: Tuned) -> str:
    found = tuned.outcome
    where = f"{tuned.cell.kernel.name} in {tuned.cell.precision}"
    refused = f"; {len(found.refused)} choices do not run here" if found.refused else ""
    known = f" ({found.reason}; --again measures anew)" if tuned.known else ""
    match found.status:
        case Status.KEPT:
            sizes = " ".join(f"{name}={size}" for name, size in found.sizes.items())
            return f"{where}: {sizes} takes {found.ratio:.3f} of the default's time{refused}{known}"
        case Status.DEFAULT:
            best = f" ({found.reason}, {found.ratio:.3f})" if not tuned.known else known
            return f"{where}: no choice beats the default{best}{refused}"
        case Status.DIFFERENT:
            return f"{where}: A CHOICE CHANGES THE RESULT, a bug of the kernel; nothing was kept: {found.reason}"
        case Status.UNUSABLE:
            return f"{where}: the default does not run here: {found.reason}"
        case Status.LEFT:
            return f"{where}: not complete, {found.reason}"


def _document(tuned: Tuned) -> dict[str, object]:
    return {
        "kernel": tuned.cell.kernel.name,
        "precision": tuned.cell.precision,
        **asdict(tuned.outcome),
        "known": tuned.known,
    }


def _list(console: Console, names: set[str]) -> int:
    known = layers(os.environ)
    problems = (*known.yours.problems, *known.shipped.problems)
    shown = [
        (source, entry, stale(entry, known.yours.entries if source == "shipped" else {}))
        for source, found in (("yours", known.yours), ("shipped", known.shipped))
        for entry in found.entries.values()
        if entry.key.kernel in names or entry.key.kernel not in {kernel.name for kernel in KERNELS}
    ]
    console.document(
        {
            "version": 1,
            "file": str(own_path(os.environ)),
            "entries": [
                {"source": source, **asdict(entry.key), **_rest(entry), "stale": why} for source, entry, why in shown
            ],
            "problems": list(problems),
        }
    )
    for source, entry, why in shown:
        key = entry.key
        sizes = " ".join(f"{name}={size}" for name, size in entry.sizes.items())
        found = f"{sizes}, {entry.ratio:.3f} of the default's time" if sizes else "nothing beats the default"
        used = f"; not used: {why}" if why else ""
        console.text(
            Text(
                f"{key.kernel} {key.precision}: {found}, {source}, {entry.date[:10]},"
                f" {key.device} ({key.platform} {key.driver}){used}"
            )
        )
    for problem in problems:
        console.note(Text(problem))
    console.text(Text(f"{len(shown)} entries; yours are in {own_path(os.environ)}"))
    return ExitCode.YES


def _rest(entry: Entry) -> dict[str, object]:
    return {name: value for name, value in asdict(entry).items() if name != "key"}


def stale(entry: Entry, over: Iterable[Key]) -> str:
    """Return why ``entry`` is used nowhere; "" if it is, on its device. ``over`` are the keys that come before it."""
    kernel = next((kernel for kernel in KERNELS if kernel.name == entry.key.kernel), None)
    if kernel is None:
        return "the kernel is gone"
    try:
        digest = load_kernel(kernel.name).digest
    except KernelMissingError:
        return "the kernel is gone"
    if not digest.startswith(entry.key.digest):
        return "stale, the kernel was changed"
    if not fits(entry.sizes, kernel.knobs(entry.key.precision)):
        return "the kernel has no such size"
    return "yours comes first" if entry.key in set(over) else ""
