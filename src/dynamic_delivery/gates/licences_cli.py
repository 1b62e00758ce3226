"""``gate licences``: keep on record what locked packages declare."""

from functools import partial
from pathlib import Path

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, write_atomic
from dynamic_delivery.gates.asking import interruptible
from dynamic_delivery.gates.errors import GateError
from dynamic_delivery.gates.licensing.metadata import declared
from dynamic_delivery.gates.licensing.policy import FILE as POLICY
from dynamic_delivery.gates.licensing.policy import read_policy
from dynamic_delivery.gates.licensing.record import FILE, Row, read_record, record_bytes
from dynamic_delivery.gates.licensing.recording import Made, from_wheels, make_record, pins_of
from dynamic_delivery.gates.licensing.wheels import fetch_wheel, own_pip, wheels_in
from dynamic_delivery.gates.locks.model import Locked, LockError
from dynamic_delivery.gates.locks.reading import locks_of, read_lock
from dynamic_impact.git import Git


@click.group("licences", epilog="Example:  ./dynamic gate licences record")
def licences_group() -> None:
    """Keep on record what the locked packages declare of their licences."""


@licences_group.command("record", epilog="Example:  ./dynamic gate licences record")
@click.option("--anew", is_flag=True, help="Read every package again, and not only those that are not on record.")
@click.option(
    "--wheels",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Read the wheels in this folder, and ask no network.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The repository; by default the one around the current folder.",
)
def record_command(anew: bool, wheels: Path | None, as_json: bool, repo: Path | None) -> ExitCode:
    """Read the licences of locked packages out of their wheels, and write them to 3rdparty/python/licences.json.

    Each wheel must have a digest that the lock allows; pip fetches those that are needed, and no code of theirs runs.
    Locks that ci/licences.toml leaves are passed over. Exit code: 0 all are on record; 3 some could not be read: read
    their licences yourself, and add [[clarified]] rows.
    """
    console = Console(as_json=as_json)
    root = Git(repo or Path.cwd()).top
    policy = read_policy(root)
    left = {row.lock for row in policy.left}
    locks = {path: _read(root, path) for path in locks_of(root) if path not in left}
    pins = [pin for pin in pins_of(locks) if policy.clarification(pin) is None]
    held = read_record(root)
    if wheels:
        read = from_wheels(wheels_in(wheels))
    else:
        wanting = anew or any(held.row(pin) is None for pin in pins)
        read = partial(fetch_wheel, pip=own_pip() if wanting else ())
    with interruptible(), console.activity() as say:
        made = make_record(pins, held, read, say, anew=anew)
    if made.record.rows != held.rows:
        write_atomic(root / FILE, record_bytes(made.record))
    _show(console, made)
    return ExitCode.UNDECIDED if made.missing else ExitCode.YES


def _read(root: Path, path: str) -> tuple[Locked, ...]:
    try:
        return read_lock(root, path)
    except LockError as error:
        raise GateError(f"{path}: {error.message}", f"{error.hint}; or leave it, with a reason, in {POLICY}") from error


def _show(console: Console, made: Made) -> None:
    console.document(
        {
            "schema": "dynamic.licences-recorded/1",
            "written": FILE,
            "packages": len(made.record.rows),
            "read": [{"package": row.name, "version": row.version, "licence": _licence(row)} for row in made.read],
            "dropped": [{"package": row.name, "version": row.version} for row in made.dropped],
            "missing": [{"package": pin.name, "version": pin.version, "reason": why} for pin, why in made.missing],
        }
    )
    for row in made.read:
        console.text(Text(f"+ {row.name} {row.version}: {_licence(row) or 'it declares none that can be read'}"))
    for row in made.dropped:
        console.text(Text(f"- {row.name} {row.version}"))
    for pin, why in made.missing:
        console.text(Text(f"? {pin.pin}: {why}", style="yellow"))
    if made.missing:
        console.text(Text(f"  read the licences of what could not be read, and add [[clarified]] rows to {POLICY}"))
    counts = f"{len(made.read)} read, {len(made.dropped)} dropped, {len(made.missing)} not to be had"
    console.text(Text(f"{len(made.record.rows)} on record in {FILE}: {counts}"))


def _licence(row: Row) -> str:
    return str(declared(row.words).licence or "")
