"""``token``: the schedule of a policy, a simulated ledger under it, and whether a journal keeps it."""

import re
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, state_folder
from dynamic_token.journal import repair, set_aside, verify_journal
from dynamic_token.render import (
    check_lines,
    ledger_lines,
    outcome_document,
    schedule_csv,
    schedule_document,
    schedule_lines,
    verdict_document,
    verdict_line,
)
from dynamic_token.scenario import Plan
from dynamic_token.schedule import MAX_MONTHS, checks, schedule
from dynamic_token.simulate import simulate
from dynamic_token.treasury import load_treasury
from dynamic_token.verify import Head

_FIRST_YEAR, _LAST_YEAR = 1970, 8800  # --months later, the ledger's calendar still holds
_HEAD = re.compile(r"(0|[1-9][0-9]{0,15}):([0-9a-f]{64})")

_treasury = click.option(
    "--treasury",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The policy to use; by default the one that comes with the program.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document; amounts are texts in units.")


class _HeadType(click.ParamType[Head]):
    name = "SEQ:HASH"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        found = _HEAD.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is no head: give SEQ:HASH, as 'verify' and 'simulate' print it", param, ctx)
        return Head(int(found[1]), found[2])


@click.group("token", epilog="Example: ./dynamic token schedule --months 12")
def token_group() -> None:
    """Plan, simulate and check the DCT supply."""


@token_group.command("schedule", epilog="Example: ./dynamic token schedule --months 12")
@_treasury
@click.option(
    "--months", type=click.IntRange(0, MAX_MONTHS), show_default="until all has vested", help="The last month to show."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values, in exact tokens.")
@_json
def schedule_command(treasury: Path | None, months: int | None, as_csv: bool, as_json: bool) -> int:
    """Show what is released and what circulates, month by month, and check the cap.

    Exits 1 if the policy breaks its cap, its published launch figure or its totals.
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other: give one of them")
    console = Console(as_json=as_json)
    policy = load_treasury(treasury)
    rows = schedule(policy, policy.end_month if months is None else months)
    answers = checks(policy)
    console.document(schedule_document(policy, rows, answers))
    if as_csv:
        click.echo(schedule_csv(policy, rows), nl=False)
    else:
        for line in schedule_lines(policy, rows):
            console.text(Text(line, no_wrap=True))
    for line in check_lines(answers):
        (console.note if as_csv else console.text)(Text(line))
    return ExitCode.YES if all(check.passed for check in answers) else ExitCode.NO


@token_group.command("simulate", epilog="Example: ./dynamic token simulate --months 12")
@_treasury
@click.option("--months", type=click.IntRange(0, MAX_MONTHS), default=72, show_default=True, help="How far to go.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Draws everything.")
@click.option(
    "--launch",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2026-01-01",
    show_default=True,
    help="The day of the genesis, at 00:00 UTC.",
)
@click.option(
    "--transfers", type=click.IntRange(0, 100_000), default=50, show_default=True, help="Transfers to try each month."
)
@click.option(
    "--burn-bps",
    type=click.IntRange(0, 10_000),
    default=10,
    show_default=True,
    help="Hundredths of a percent of a month's transfers that are burned.",
)
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    show_default=".dynamic/token/seed-SEED.jsonl",
    help="Where to write. An existing journal is gone on with.",
)
@click.option("--restart", is_flag=True, help="Begin anew; an existing journal is kept beside, as NAME.….old.")
@_json
def simulate_command(
    treasury: Path | None,
    months: int,
    seed: int,
    launch: datetime,
    transfers: int,
    burn_bps: int,
    journal: Path | None,
    restart: bool,
    as_json: bool,
) -> int:
    """Simulate the ledger: releases as they vest, transfers, unlock requests behind the timelock, burns.

    The same options give the same bytes. A run that was cut short, or a longer --months, goes on where the journal
    stops.
    """
    if not _FIRST_YEAR <= launch.year <= _LAST_YEAR:
        raise click.UsageError(f"--launch {launch:%Y-%m-%d}: give a day of the years {_FIRST_YEAR} to {_LAST_YEAR}")
    console = Console(as_json=as_json)
    policy = load_treasury(treasury)
    path = journal or state_folder(_root()) / "token" / f"seed-{seed}.jsonl"
    if restart and (old := set_aside(path)):
        console.note(Text(f"the old journal is {old} now"))
    plan = Plan(seed, launch.replace(tzinfo=UTC), transfers, burn_bps)
    with console.activity() as say:
        step = max(1, months // 6)
        outcome = simulate(
            path,
            policy,
            plan,
            months,
            lambda month, entries: say(f"month {month}: {entries:,} entries") if month % step == 0 else None,
        )
    console.document(outcome_document(outcome))
    console.text(Text(f"{path}: {outcome.found:,} entries were there, {outcome.appended:,} appended"))
    for line in ledger_lines(outcome.ledger, outcome.head):
        console.text(Text(line))
    return ExitCode.YES


@token_group.command("verify", epilog="Example: ./dynamic token verify .dynamic/token/seed-0.jsonl")
@click.argument("journal", type=click.Path(path_type=Path))
@_treasury
@click.option("--head", type=_HeadType(), help="A head that was noted earlier and must still be in the chain.")
@click.option("--repair", "mend", is_flag=True, help="Move what follows the good entries into a .torn file beside it.")
@_json
def verify_command(journal: Path, treasury: Path | None, head: Head | None, mend: bool, as_json: bool) -> int:
    """Replay JOURNAL: form, hash chain, balance, cap, schedule, timelock. Exits 1 at the first line that is wrong.

    With --repair it still exits 1 when something was wrong; the next call says whether all is well. Exits 3 if the file
    cannot be read.
    """
    console = Console(as_json=as_json)
    policy = load_treasury(treasury)
    verdict, size = verify_journal(journal, policy, head)
    aside = repair(journal, policy) if mend else None
    console.document(verdict_document(str(journal), verdict, size, str(aside) if aside else None))
    console.text(Text(verdict_line(str(journal), verdict, size)))
    for line in ledger_lines(verdict.ledger, verdict.head) if verdict.head else ():
        console.text(Text(line))
    if aside:
        console.text(Text(f"the rest was moved to {aside}; verify again"))
    elif verdict.finding and verdict.finding.line and verdict.head:
        console.note(Text("nothing was changed; --repair moves the bad end aside"))
    return ExitCode.NO if verdict.finding else ExitCode.YES


def _root() -> Path:
    """Return the repository around the current folder, else the current folder."""
    here = Path.cwd()
    return next(
        (at for at in (here, *here.parents) if any((at / mark).exists() for mark in (".dynamic", ".git"))), here
    )
