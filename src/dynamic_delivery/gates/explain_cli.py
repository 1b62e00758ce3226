"""``gate explain``: which rule blocks a finding, where it stands, and how to waive it."""

from pathlib import Path

import click
from rich.text import Text

from dynamic_ags import load_manifest
from dynamic_ags.render import denial_lines
from dynamic_base import Console, ExitCode, SystemClock
from dynamic_delivery.gates.explain import Standing, explain, read_run, waiver_text
from dynamic_delivery.gates.past import last_run
from dynamic_delivery.gates.scope import find_root
from dynamic_delivery.gates.verdict import gate_policies, judge_gates

SCHEMA = "dynamic.gate-explained/1"


@click.command("explain", epilog="Example:  ./dynamic gate explain 0123456789abcdef0123456789abcdef")
@click.argument("fingerprint")
@click.option(
    "--input",
    "file",
    type=click.Path(path_type=Path),
    help="A run, as ./dynamic gate run --json prints it.  [default: the last one here]",
)
@click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    show_default="the current folder",
    help="A folder of the repository.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def explain_command(fingerprint: str, file: Path | None, repo: Path, as_json: bool) -> ExitCode:
    """Say of a finding of the last run which rules of the policy are about it.

    FINGERPRINT is from --json, or its beginning. Exit code: 0 it blocks nothing, 1 it blocks, 2 there is no such
    finding, 3 there is no run, or the policy did not answer.
    """
    console = Console(as_json=as_json)
    root = find_root(repo)
    document = read_run(file or last_run(root))
    policies, clock = gate_policies(root), SystemClock()
    found = explain(document, judge_gates(document, policies, load_manifest(root), clock), fingerprint)
    row = found.finding
    waiver = waiver_text(row, policies, clock.now().date()) if found.waivable else None
    rules = [{"rule": d.rule, "file": d.place.file, "line": d.place.line, "path": d.path} for d in found.denials]
    console.document(
        {
            "schema": SCHEMA,
            "finding": dict(row),
            "standing": str(found.standing),
            "rules": rules,
            "waiver": waiver,
        }
    )
    console.text(Text(f"{row['path']}:{row['line']}: {row['severity']} {row['gate']} {row['rule']}: {row['message']}"))
    console.text(Text(str(found.standing), style="red" if found.denials else "green"))
    for line in (line for denial in found.denials for line in denial_lines(denial)):
        console.text(line)
    if found.standing is not Standing.BLOCKS:
        return ExitCode.YES
    if waiver is None:
        console.text(Text(f"To mend it: {row['fix']}. No waiver helps: {row['gate']} must pass."))
    else:
        console.text(Text(f"To mend it: {row['fix']}. To let it stand for a while, if the owner of the file agrees:"))
        console.text(Text(waiver))
    return ExitCode.NO
