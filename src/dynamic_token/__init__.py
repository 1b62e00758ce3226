"""DCT: the supply policy as data, its schedule, and a ledger whose journal shows every tampering."""

from dynamic_token.entry import Entry, Posting
from dynamic_token.errors import (
    AmountError,
    JournalBusyError,
    JournalError,
    JournalMismatchError,
    RuleError,
    TokenError,
    TreasuryError,
)
from dynamic_token.journal import open_writer, repair, verify_journal
from dynamic_token.ledger import Ledger
from dynamic_token.model import Accrual, Bucket, Tranche, Treasury
from dynamic_token.scenario import Plan
from dynamic_token.schedule import checks, schedule, vested
from dynamic_token.simulate import simulate
from dynamic_token.treasury import load_treasury, parse_treasury
from dynamic_token.units import format_amount, parse_amount
from dynamic_token.verify import Finding, Head, Verdict, replay

__all__ = [
    "Accrual",
    "AmountError",
    "Bucket",
    "Entry",
    "Finding",
    "Head",
    "JournalBusyError",
    "JournalError",
    "JournalMismatchError",
    "Ledger",
    "Plan",
    "Posting",
    "RuleError",
    "TokenError",
    "Tranche",
    "Treasury",
    "TreasuryError",
    "Verdict",
    "checks",
    "format_amount",
    "load_treasury",
    "open_writer",
    "parse_amount",
    "parse_treasury",
    "repair",
    "replay",
    "schedule",
    "simulate",
    "verify_journal",
    "vested",
]
