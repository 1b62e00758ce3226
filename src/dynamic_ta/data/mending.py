"""The rules that mend a file, each by its name. Nothing is mended unless its rule was asked for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from dynamic_ta.data.errors import MendingError
from dynamic_ta.data.splits import Split, read_splits, split_of
from dynamic_ta.data.zones import find_zone

SORT = "sort"
DROP_DUPLICATES = "drop-identical-duplicates"
DROP_UNPRICED = "drop-rows-without-price"
REFUSE_GAPS = "gaps=refuse"
ALLOW_NEGATIVE = "allow-negative-prices"


@dataclass(frozen=True, slots=True)
class Mending:
    """Which rules are asked for. The default is none: a file is taken whole or refused.

    Parameters
    ----------
    timezone : IANA name such as America/New_York; times without an offset are local there, and become UTC
    drop_rows_without_price : leave out rows in which a price is missing and all else can be read
    sort : put rows in the order of their times
    drop_identical_duplicates : leave out a row whose time and numbers all stand in an earlier one
    allow_negative_prices : take zero and negative prices, as spreads have them
    splits : by date, ascending; prices before the date are divided by the ratio, volumes multiplied
    refuse_gaps : refuse what is otherwise only reported
    """

    timezone: str = ""
    drop_rows_without_price: bool = False
    sort: bool = False
    drop_identical_duplicates: bool = False
    allow_negative_prices: bool = False
    splits: tuple[Split, ...] = ()
    refuse_gaps: bool = False

    def __post_init__(self) -> None:
        if self.timezone:
            find_zone(self.timezone)
        days = [split.day for split in self.splits]
        if sorted(set(days)) != days:
            raise MendingError(
                f"splits on {', '.join(map(str, days))}",
                "name each day once, in ascending order; multiply their ratios",
            )

    def words(self) -> tuple[str, ...]:
        """Return the rules as ``mending_of`` reads them, in the order in which they are applied."""
        return (
            *([f"timezone={self.timezone}"] if self.timezone else []),
            *([DROP_UNPRICED] if self.drop_rows_without_price else []),
            *([SORT] if self.sort else []),
            *([DROP_DUPLICATES] if self.drop_identical_duplicates else []),
            *([ALLOW_NEGATIVE] if self.allow_negative_prices else []),
            *(str(split) for split in self.splits),
            *([REFUSE_GAPS] if self.refuse_gaps else []),
        )


NO_MENDING = Mending()


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule: its name, the values that it takes ("" is none), and what it does."""

    name: str
    value: str
    help: str
    apply: Callable[[Mending, str], Mending]

    @property
    def form(self) -> str:
        return f"{self.name}={self.value}" if self.value else self.name


def _with_splits(mending: Mending, more: Iterable[Split]) -> Mending:
    return replace(mending, splits=tuple(sorted((*mending.splits, *more), key=lambda split: split.day)))


def _with_timezone(mending: Mending, name: str) -> Mending:
    if mending.timezone and mending.timezone != name:
        raise MendingError(f"timezone={mending.timezone} and timezone={name}", "name one")
    return replace(mending, timezone=name)


def _with_gaps(mending: Mending, choice: str) -> Mending:
    if choice not in ("refuse", "report"):
        raise MendingError(f"gaps={choice}", "give gaps=refuse or gaps=report")
    return replace(mending, refuse_gaps=choice == "refuse")


RULES = (
    RuleRow("timezone", "AREA/CITY", "Times without an offset are local there, and become UTC.", _with_timezone),
    RuleRow(
        DROP_UNPRICED,
        "",
        "Leave out rows in which a price is missing.",
        lambda mending, _: replace(mending, drop_rows_without_price=True),
    ),
    RuleRow(SORT, "", "Put rows in the order of their times.", lambda mending, _: replace(mending, sort=True)),
    RuleRow(
        DROP_DUPLICATES,
        "",
        "Leave out a row that repeats an earlier one, time and numbers alike.",
        lambda mending, _: replace(mending, drop_identical_duplicates=True),
    ),
    RuleRow(
        ALLOW_NEGATIVE,
        "",
        "Take zero and negative prices (spreads). Backtests refuse it: they divide by prices.",
        lambda mending, _: replace(mending, allow_negative_prices=True),
    ),
    RuleRow(
        "split",
        "DATE:RATIO",
        "Divide prices before DATE by RATIO (4, 3:2, 1:10), and multiply volumes.",
        lambda mending, text: _with_splits(mending, [split_of(text)]),
    ),
    RuleRow(
        "splits",
        "FILE",
        "The same for every row of a CSV file with the columns date and ratio.",
        lambda mending, text: _with_splits(mending, read_splits(Path(text))),
    ),
    RuleRow("gaps", "refuse|report", "What to do about missing bars; they are reported by default.", _with_gaps),
)


def mending_of(words: Iterable[str]) -> Mending:
    """Return the rules that ``words`` ask for, each as its row of RULES has it: ``sort``, ``timezone=Europe/Paris``.

    Raises
    ------
    MendingError : an unknown rule, a value that does not fit, or rules that contradict each other
    """
    mending = NO_MENDING
    for word in words:
        name, equals, value = word.partition("=")
        row = next((row for row in RULES if row.name == name), None)
        if row is None:
            raise MendingError(f"there is no rule {name!r}", f"give one of {', '.join(row.form for row in RULES)}")
        if bool(equals and value) is not bool(row.value):
            raise MendingError(f"{word!r} is not how {name} is asked for", f"give {row.form}")
        mending = row.apply(mending, value)
    return mending
