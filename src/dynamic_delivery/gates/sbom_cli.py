"""``gate sbom``: write the bill of materials of what is locked."""

import json
from dataclasses import replace
from pathlib import Path

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, write_atomic
from dynamic_delivery.gates.errors import GateError
from dynamic_delivery.gates.licensing.known import known_licence
from dynamic_delivery.gates.licensing.policy import FILE as POLICY
from dynamic_delivery.gates.licensing.policy import NOTHING, Policy, read_policy
from dynamic_delivery.gates.licensing.record import Record, read_record
from dynamic_delivery.gates.locks.model import Locked, LockError
from dynamic_delivery.gates.locks.reading import locks_of, read_lock
from dynamic_delivery.gates.sbom import bill
from dynamic_impact.git import Git


@click.command("sbom", epilog="Example:  ./dynamic gate sbom --lock 3rdparty/python/runtime.lock --out dist/sbom.json")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Write the bill to this file."
)
@click.option(
    "--lock", "locks", metavar="PATH", multiple=True, help="Only this lock, named from the root; may be repeated."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The repository; by default the one around the current folder.",
)
def sbom_command(out: Path, locks: tuple[str, ...], as_json: bool, repo: Path | None) -> ExitCode:
    """Write what the locks bring in as CycloneDX 1.6: the same bytes for the same locks and licences on record.

    Exit code: 0 written, 3 a lock could not be read, so that the bill would not be whole.
    """
    console = Console(as_json=as_json)
    root = Git(repo or Path.cwd()).top
    paths = sorted(set(locks)) or locks_of(root)
    if not paths:
        raise GateError(f"{root} has no lock", "name one with --lock PATH")
    policy = read_policy(root) if (root / POLICY).exists() else NOTHING
    record = read_record(root)
    document = bill({path: [_licensed(each, policy, record) for each in _read(root, path)] for path in paths})
    write_atomic(out, (json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode())
    console.document(
        {
            "version": 1,
            "written": str(out),
            "locks": paths,
            "components": len(document["components"]),
            "serial": document["serialNumber"],
        }
    )
    console.text(Text(f"{out}: {len(document['components'])} components of {', '.join(paths)}"))
    return ExitCode.YES


def _read(root: Path, path: str) -> tuple[Locked, ...]:
    try:
        return read_lock(root, path)
    except LockError as error:
        raise LockError(f"{path}: {error.message}, so the bill would not be whole", error.hint) from error


def _licensed(package: Locked, policy: Policy, record: Record) -> Locked:
    """Return ``package`` with what is known of its licence, which the locks of Python do not say."""
    known = known_licence(package, policy, record)
    return package if known is None else replace(package, licence=str(known.licence or known.said))
