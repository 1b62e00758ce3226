"""Amounts: integers of the smallest unit inside, decimals of a token for people. No float, ever (docs/adr/0009)."""

import re

from dynamic_token.errors import AmountError

DECIMALS = 9
UNITS: int = 10**DECIMALS  # units in one token
_DECIMAL = re.compile(r"([0-9][0-9_]*)(?:\.([0-9]{1,9}))?")


def parse_amount(value: object) -> int:
    """Return the units of ``value`` tokens: a whole number, or a decimal text like "0.5" with up to nine places.

    Raises
    ------
    AmountError : a float, a negative number, or more places than the smallest unit has
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value * UNITS
    found = _DECIMAL.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise AmountError(
            f"{value!r} is no amount of tokens", 'write a whole number, or a text such as "0.5" with up to nine places'
        )
    return int(found[1]) * UNITS + int((found[2] or "").ljust(DECIMALS, "0"))


def format_amount(units: int) -> str:
    """Return ``units`` as tokens with thousands separators, exact, without trailing zeros."""
    whole, rest = divmod(abs(units), UNITS)
    places = f".{rest:0{DECIMALS}d}".rstrip("0").rstrip(".")
    return f"{'-' if units < 0 else ''}{whole:,}{places}"
