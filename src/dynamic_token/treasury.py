"""Read a treasury file: pydantic at the rim, frozen values inside, each error with its key, its line and the fix."""

import tomllib
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError, model_validator

from dynamic_token.errors import AmountError, TreasuryError
from dynamic_token.locate import line_of, spell
from dynamic_token.model import Accrual, Bucket, Tranche, Treasury
from dynamic_token.schedule import MAX_MONTHS
from dynamic_token.units import format_amount, parse_amount

SCHEMA = "dynamic.token.treasury/1"
_DEFAULT = "treasury.toml"
_MAX_HOURS = 10 * 366 * 24
_NAME = r"^[a-z][a-z0-9-]*$"


def _amount(value: object) -> int:
    try:
        units = parse_amount(value)
    except AmountError as error:
        raise ValueError(str(error)) from error
    if units >= 2**63:
        raise ValueError("more than a signed 64-bit integer of units holds: use at most 9,223,372,036 tokens")
    return units


def _rate(value: object) -> Fraction:
    try:
        rate = Fraction(value) if isinstance(value, str) else None
    except (ValueError, ZeroDivisionError):
        rate = None
    if rate is None or not 0 <= rate < 1:
        raise ValueError(f'{value!r} is no rate: write a text from "0" up to, but not, "1", such as "0.02"')
    return rate


_Amount = Annotated[int, BeforeValidator(_amount)]
_Months = Annotated[int, Field(ge=0, le=MAX_MONTHS)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Tranche(_Table):
    amount: _Amount
    at_start: _Amount = 0
    start_month: _Months = 0
    months: _Months = 0
    cliff_months: _Months = 0
    accrual: Literal["from-start", "from-cliff"] = "from-start"
    monthly_decay: Annotated[Fraction, PlainValidator(_rate)] = Fraction(0)

    @model_validator(mode="after")
    def _is_one_schedule(self) -> "_Tranche":
        if self.at_start > self.amount:
            raise ValueError("at_start is more than amount: amount is the whole tranche, at_start included")
        if self.months == 0 and self.at_start != self.amount:
            raise ValueError("nothing says when the rest is released: give months, or at_start = amount")
        if self.months == 0 and (self.cliff_months or self.monthly_decay):
            raise ValueError("cliff_months and monthly_decay need months: give months, or leave them out")
        if self.accrual == "from-start" and self.cliff_months > self.months:
            raise ValueError('the cliff lies after the end: shorten cliff_months, or say accrual = "from-cliff"')
        return self

    def value(self) -> Tranche:
        return Tranche(
            self.amount,
            self.at_start,
            self.start_month,
            self.months,
            self.cliff_months,
            Accrual(self.accrual),
            self.monthly_decay,
        )


class _Bucket(_Table):
    title: str
    amount: _Amount
    tranche: list[_Tranche] = []
    timelock_hours: Annotated[int, Field(ge=1, le=_MAX_HOURS)] | None = None
    counted_as_circulating: bool = False

    @model_validator(mode="after")
    def _adds_up(self) -> "_Bucket":
        if self.amount == 0:
            raise ValueError("it is empty: give it an amount, or remove it")
        if self.timelock_hours is not None and self.tranche:
            raise ValueError("it has a timelock and tranches: keep one, since a timelock releases on request only")
        if self.timelock_hours is None and self.counted_as_circulating:
            raise ValueError("counted_as_circulating speaks of locked tokens: give timelock_hours, or leave it out")
        total = sum(tranche.amount for tranche in self.tranche)
        if self.timelock_hours is None and total != self.amount:
            raise ValueError(
                f"its tranches add up to {format_amount(total)}, its amount is {format_amount(self.amount)}: "
                "change a tranche or the amount"
            )
        return self


class _File(_Table):
    schema_: Annotated[Literal["dynamic.token.treasury/1"], Field(alias="schema")]
    symbol: Annotated[str, Field(pattern=r"^[A-Z]{1,10}$")]
    cap: _Amount
    circulating_at_launch: _Amount
    bucket: Annotated[dict[Annotated[str, Field(pattern=_NAME)], _Bucket], Field(min_length=1)]


def load_treasury(path: Path | None = None) -> Treasury:
    """Return the policy in ``path``, by default the one that comes with this package.

    Whether it keeps the cap is not asked here: ``schedule.checks`` answers that.

    Raises
    ------
    TreasuryError : the file cannot be read, is no TOML, or a key is missing, unknown or contradicts another
    """
    name = str(path or _DEFAULT)
    try:
        raw = path.read_bytes() if path else files("dynamic_token").joinpath(_DEFAULT).read_bytes()
        return parse_treasury(raw.decode(), name)
    except OSError as error:
        raise TreasuryError(f"cannot read {name} ({error.strerror})", "name a treasury file with --treasury") from error
    except UnicodeDecodeError as error:
        raise TreasuryError(f"{name} is no UTF-8 text", "save it as UTF-8") from error


def parse_treasury(text: str, name: str = _DEFAULT) -> Treasury:
    """Return the policy that ``text`` writes down; ``name`` stands in errors. Raises TreasuryError."""
    try:
        file = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise TreasuryError(f"{name} is no TOML ({error})", "mend that line") from error
    except ValidationError as error:
        raise _explain(error, text, name) from error
    buckets = tuple(
        Bucket(
            key,
            table.title,
            table.amount,
            tuple(tranche.value() for tranche in table.tranche),
            table.timelock_hours,
            table.counted_as_circulating,
        )
        for key, table in file.bucket.items()
    )
    return Treasury(file.symbol, file.cap, file.circulating_at_launch, buckets)


def _explain(error: ValidationError, text: str, name: str) -> TreasuryError:
    """Name the first error's key, line and fix."""
    errors = error.errors()
    first = errors[0]
    path = [step for step in first["loc"] if step != "[key]"]
    line = line_of(text, path)
    where = f"{name}:{line}" if line else name
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    said = first["msg"].removeprefix("Value error, ")
    match first["type"]:
        case "missing":
            said, hint = "the key is missing", "add it"
        case "extra_forbidden":
            said, hint = "no such key", "remove it, or mend its spelling"
        case "value_error":
            said, _, hint = said.partition(": ")
        case _:
            hint = f"it is {first['input']!r} now"
    return TreasuryError(f"{where}: {spell(path)}: {said}{more}", hint)
