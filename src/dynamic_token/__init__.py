"""DCT: the supply policy as data, its schedule, and a ledger whose journal shows every tampering."""

from dynamic_token.errors import (
    AmountError,
    JournalBusyError,
    JournalError,
    JournalMismatchError,
    RuleError,
    TokenError,
    TreasuryError,
)
from dynamic_token.model import Accrual, Bucket, Tranche, Treasury
from dynamic_token.schedule import checks, schedule, vested
from dynamic_token.treasury import load_treasury, parse_treasury
from dynamic_token.units import format_amount, parse_amount

__all__ = [
    "Accrual",
    "AmountError",
    "Bucket",
    "JournalBusyError",
    "JournalError",
    "JournalMismatchError",
    "RuleError",
    "TokenError",
    "Tranche",
    "Treasury",
    "TreasuryError",
    "checks",
    "format_amount",
    "load_treasury",
    "parse_amount",
    "parse_treasury",
    "schedule",
    "vested",
]
