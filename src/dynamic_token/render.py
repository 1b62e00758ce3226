"""Schedules, ledgers and verdicts as text for people and as documents for programs (amounts there are unit texts)."""

import csv
import io
from collections.abc import Sequence

from dynamic_token.flows import class_of
from dynamic_token.ledger import Ledger
from dynamic_token.model import Treasury
from dynamic_token.schedule import Check, Circulating, Month
from dynamic_token.simulate import Outcome
from dynamic_token.units import DECIMALS, UNITS, format_amount
from dynamic_token.verify import Head, Verdict


def schedule_document(treasury: Treasury, rows: Sequence[Month], answers: Sequence[Check]) -> dict[str, object]:
    names = [bucket.name for bucket in treasury.buckets]
    return {
        "version": 1,
        "symbol": treasury.symbol,
        "decimals": DECIMALS,
        "cap": str(treasury.cap),
        "treasury": treasury.digest(),
        "months": [
            {
                "month": row.number,
                "released": _texts(names, row.released),
                "cumulative": _texts(names, row.cumulative),
                "circulating": circulating_document(row.circulating),
            }
            for row in rows
        ],
        "checks": [{"name": check.name, "passed": check.passed, "said": check.said} for check in answers],
    }


def schedule_csv(treasury: Treasury, rows: Sequence[Month]) -> str:
    """Return the schedule as comma-separated values, in exact tokens."""
    names = [bucket.name for bucket in treasury.buckets]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [
            "month",
            *(f"{name}_{what}" for name in names for what in ("released", "cumulative")),
            "circulating_published",
            "circulating_unlocked",
        ]
    )
    for row in rows:
        pairs = zip(row.released, row.cumulative, strict=True)
        amounts = [*(units for pair in pairs for units in pair), row.circulating.published, row.circulating.unlocked]
        writer.writerow([row.number, *(format_amount(units).replace(",", "") for units in amounts)])
    return text.getvalue()


def schedule_lines(treasury: Treasury, rows: Sequence[Month]) -> list[str]:
    """Return two aligned tables in whole tokens, rounded down: what each month releases, and what is out so far."""
    shown = [n for n, bucket in enumerate(treasury.buckets) if bucket.tranches]
    names = [treasury.buckets[n].name for n in shown]
    each = [[row.number, *(row.released[n] for n in shown)] for row in rows]
    so_far = [
        [row.number, *(row.cumulative[n] for n in shown), row.circulating.published, row.circulating.unlocked]
        for row in rows
    ]
    return [
        f"{treasury.symbol} released in the month",
        *_aligned(["month", *names], each),
        "",
        f"{treasury.symbol} released so far; circulating is as published, unlocked leaves out what is time-locked",
        *_aligned(["month", *names, "circulating", "unlocked"], so_far),
        "",
        "rounded down to whole tokens; --csv and --json are exact",
    ]


def _aligned(head: Sequence[str], rows: Sequence[Sequence[int]]) -> list[str]:
    table = [head, *([str(month), *(f"{units // UNITS:,}" for units in amounts)] for month, *amounts in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in table]


def check_lines(answers: Sequence[Check]) -> list[str]:
    return [f"{'✓' if check.passed else '✗'} {check.name}: {check.said}" for check in answers]


def ledger_document(ledger: Ledger, head: Head | None) -> dict[str, object]:
    state = ledger.state()
    return {
        "entries": state.entries,
        "head": str(head) if head else None,
        "month": ledger.month,
        "time": state.time.isoformat() if state.time else None,
        "decimals": DECIMALS,
        "minted": str(ledger.minted),
        "burned": str(ledger.burned),
        "circulating": circulating_document(ledger.circulating()),
        "balances": {account: str(amount) for account, amount in sorted(state.balances.items())},
        "requests": [
            {"seq": int(seq), "bucket": request.bucket, "amount": str(request.amount), "time": request.time.isoformat()}
            for seq, request in state.requests.items()
        ],
    }


def ledger_lines(ledger: Ledger, head: Head | None) -> list[str]:
    circulating = ledger.circulating()
    holders = sum(class_of(account) == "holder" for account in ledger.state().balances)
    return [
        f"month {ledger.month}, {ledger.entries:,} entries, {holders:,} holders",
        f"minted       {format_amount(ledger.minted)}",
        f"burned       {format_amount(ledger.burned)}",
        f"circulating  {format_amount(circulating.published)} as published, with the time-locked reserve",
        f"             {format_amount(circulating.unlocked)} without it",
        f"head         {head}",
    ]


def circulating_document(circulating: Circulating) -> dict[str, str]:
    return {"published": str(circulating.published), "unlocked": str(circulating.unlocked)}


def outcome_document(outcome: Outcome) -> dict[str, object]:
    return {
        "version": 1,
        "journal": str(outcome.path),
        "found": outcome.found,
        "appended": outcome.appended,
        **ledger_document(outcome.ledger, outcome.head),
    }


def verdict_document(path: str, verdict: Verdict, size: int, aside: str | None) -> dict[str, object]:
    finding = verdict.finding
    return {
        "version": 1,
        "journal": path,
        "whole": finding is None,
        "finding": None if finding is None else {"line": finding.line, "reason": finding.reason},
        "good_bytes": verdict.good_bytes,
        "bytes": size,
        "set_aside": aside,
        **ledger_document(verdict.ledger, verdict.head),
    }


def verdict_line(path: str, verdict: Verdict, size: int) -> str:
    finding = verdict.finding
    if finding is None:
        return f"whole: {path}: {verdict.ledger.entries:,} entries keep the chain and every rule"
    if finding.line is None:
        return f"not whole: {path}: {finding.reason}"
    return (
        f"not whole: {path}: line {finding.line}: {finding.reason}; "
        f"the {verdict.ledger.entries:,} entries before it are good ({verdict.good_bytes:,} of {size:,} bytes)"
    )


def _texts(names: Sequence[str], amounts: Sequence[int]) -> dict[str, str]:
    return {name: str(units) for name, units in zip(names, amounts, strict=True)}
