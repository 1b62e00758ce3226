"""``certify`` and ``verify``: mounted below ``backtest``."""

from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from dynamic_base import Console, ExitCode, SystemClock, write_atomic
from dynamic_ta.certificates.document import Certificate
from dynamic_ta.certificates.run import certify
from dynamic_ta.certificates.spec import read_spec
from dynamic_ta.certificates.verify import verify

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_OUT = Path("dist/certificates")


@click.command("certify", epilog="Example: ./dynamic backtest certify ci/certificates/sma-cross-sp500.toml")
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="[default: dist/certificates/NAME.json]")
@_json
def certify_command(spec: Path, out: Path | None, as_json: bool) -> ExitCode:
    """Run a strategy's suite as SPEC says, and write its certificate.

    Exits 1 if a limit of the envelope is broken, or a device takes another decision than the oracle; the certificate
    then says so.
    """
    console = Console(as_json=as_json)
    wanted = read_spec(spec)
    with console.activity() as say:
        certificate = certify(wanted, SystemClock(), say)
    place = out or _OUT / f"{wanted.name}.json"
    write_atomic(place, certificate.content())
    console.document({"version": 1, "file": str(place), "digest": certificate.digest, **certificate.payload})
    console.text(_table(certificate))
    _tell_reasons(console, certificate)
    console.text(Text(f"{wanted.name} is {certificate.payload['verdict']}: {place}  {certificate.digest}"))
    return ExitCode.YES if certificate.certified else ExitCode.NO


@click.command("verify", epilog="Example: ./dynamic backtest verify dist/certificates/sma-cross-sp500.json")
@click.argument("certificate", type=click.Path(path_type=Path))
@click.option("--spec", type=click.Path(path_type=Path), help="The specification, if it was moved.")
@_json
def verify_command(certificate: Path, spec: Path | None, as_json: bool) -> ExitCode:
    """Run CERTIFICATE again, and say whether it still stands.

    Exits 1 if it was edited, if specification, strategy, data, code, kernels or results are others now, or if it says
    that the strategy was refused.
    """
    console = Console(as_json=as_json)
    with console.activity() as say:
        found = verify(certificate, SystemClock(), spec, say)
    console.document(
        {
            "version": 1,
            "file": str(certificate),
            "digest": found.certificate.digest,
            "verdict": found.certificate.payload["verdict"],
            "stands": found.stands,
            "changes": [{"kind": change.kind, "text": change.text} for change in found.changes],
            "notes": list(found.notes),
        }
    )
    for change in found.changes:
        console.text(Text(f"changed {change.kind}: {change.text}"))
    for note in found.notes:
        console.text(Text(f"note: {note}"))
    if not found.changes:
        _tell_reasons(console, found.certificate)
    console.text(Text(f"{certificate} {'stands' if found.stands else 'does not stand'}"))
    return ExitCode.YES if found.stands else ExitCode.NO


def _table(certificate: Certificate) -> Table:
    table = Table("data", "limit", "value", "wanted", "kept")
    for row in certificate.payload["envelope"]:
        table.add_row(row["data"], row["limit"], _figure(row["value"]), _wanted(row), "yes" if row["kept"] else "NO")
    return table


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.6g}"


def _wanted(row: dict[str, Any]) -> str:
    parts = [f">= {row['least']:g}"] if row["least"] is not None else []
    return ", ".join([*parts, *([f"<= {row['most']:g}"] if row["most"] is not None else [])])


def _tell_reasons(console: Console, certificate: Certificate) -> None:
    for reason in certificate.payload["reasons"]:
        console.text(Text(f"refused: {reason['text']}"))
