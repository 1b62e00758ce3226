"""From a file's columns to checked ones, by the rules that were asked for."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from dynamic_ta.data.cells import BadRows, read_numbers, read_times
from dynamic_ta.data.checks import check_order, check_ranges, check_values
from dynamic_ta.data.errors import BadBarsError, CorruptFileError
from dynamic_ta.data.mending import ALLOW_NEGATIVE, DROP_DUPLICATES, DROP_UNPRICED, REFUSE_GAPS, SORT, Mending
from dynamic_ta.data.model import NUMBERS, PRICES, Applied, BadRow, Draft, Notice, Table
from dynamic_ta.data.notices import gaps, jumps
from dynamic_ta.data.splits import Split, adjust
from dynamic_ta.data.zones import find_zone


def mend(source: str, table: Table, mending: Mending) -> tuple[Draft, tuple[Applied, ...], tuple[Notice, ...]]:
    """Return the columns of ``table``, every rule of ``checks`` kept, what was applied, and what may be wrong.

    Raises
    ------
    BadBarsError : names every bad row
    CorruptFileError : no rows at all
    """
    if not table.rows:
        raise CorruptFileError(f"{source} has a header and no rows", "export it again")
    bad: BadRows = {}
    applied: list[Applied] = []
    zone = find_zone(mending.timezone) if mending.timezone else None
    draft = _read(table, zone, mending, bad, applied)
    if not draft.rows.size and not bad:
        raise CorruptFileError(f"{source} has no row with a price", "export it again")
    if mending.sort:
        draft = _sorted(draft, applied)
    if mending.drop_identical_duplicates:
        draft = _without_duplicates(draft, applied)
    if mending.allow_negative_prices:
        low = np.minimum.reduce([draft.numbers[name] for name in PRICES])
        applied.append(Applied(ALLOW_NEGATIVE, _rows(draft.rows[low <= 0])))
    check_values(draft, bad, negative=mending.allow_negative_prices)
    check_ranges(draft, bad)
    check_order(draft, bad)
    _refuse(source, bad)
    draft = _adjusted(draft, mending.splits, zone, applied)
    check_values(draft, bad, negative=mending.allow_negative_prices)
    missing = gaps(draft)
    if mending.refuse_gaps:
        applied.append(Applied(REFUSE_GAPS, ()))
        for notice in missing:
            bad.setdefault(notice.row, BadRow(notice.row, notice.text))
    _refuse(source, bad)
    return draft, tuple(applied), (*missing, *jumps(draft))


def _read(table: Table, zone: ZoneInfo | None, mending: Mending, bad: BadRows, applied: list[Applied]) -> Draft:
    moments = read_times(table.times, table.rows, zone, bad)
    if zone is not None:
        # Times with an offset are what they are: the rule has no work there.
        naive = read_times(table.times, table.rows, None, {})
        applied.append(Applied(f"timezone={zone.key}", _rows(np.array(table.rows)[naive != moments])))
    read = {name: read_numbers(name, table.numbers[name], table.rows, bad) for name in NUMBERS}
    draft = Draft(np.array(table.rows, np.int64), moments, {name: numbers for name, (numbers, _) in read.items()})
    if mending.drop_rows_without_price:
        unpriced = np.logical_or.reduce([read[name][1] for name in PRICES])
        unpriced &= ~np.isin(draft.rows, list(bad))
        applied.append(Applied(DROP_UNPRICED, _rows(draft.rows[unpriced])))
        draft = draft.take(~unpriced)
        read = {name: (numbers, missing[~unpriced]) for name, (numbers, missing) in read.items()}
    for name, (_, missing) in read.items():
        rule = DROP_UNPRICED if name in PRICES else ""
        for row in draft.rows[missing].tolist():
            bad.setdefault(row, BadRow(row, f"no {name}", rule))
    return draft


def _sorted(draft: Draft, applied: list[Applied]) -> Draft:
    """Sort by time, and name the rows that stood below a later one. A row without a readable time goes last."""
    moments = draft.time.astype(np.int64)
    late = (moments < np.maximum.accumulate(moments)) & ~np.isnat(draft.time)
    applied.append(Applied(SORT, _rows(draft.rows[late])))
    return draft.take(np.argsort(draft.time, kind="stable"))


def _without_duplicates(draft: Draft, applied: list[Applied]) -> Draft:
    seen = set()
    repeats = np.zeros(draft.rows.size, np.bool_)
    # NaN differs from itself, and NaT from every time: what could not be read repeats nothing.
    lines = zip(draft.time.astype(np.int64).tolist(), *(draft.numbers[name].tolist() for name in NUMBERS), strict=True)
    for at, line in enumerate(lines):
        repeats[at] = line in seen
        seen.add(line)
    repeats &= ~np.isnat(draft.time)
    applied.append(Applied(DROP_DUPLICATES, _rows(draft.rows[repeats])))
    return draft.take(~repeats)


def _adjusted(draft: Draft, splits: tuple[Split, ...], zone: ZoneInfo | None, applied: list[Applied]) -> Draft:
    if not splits:
        return draft
    draft, masks = adjust(draft, splits, [_midnight(split, zone) for split in splits])
    applied.extend(Applied(str(split), _rows(draft.rows[mask])) for split, mask in zip(splits, masks, strict=True))
    return draft


def _midnight(split: Split, zone: ZoneInfo | None) -> datetime:
    """Return when the split's day begins, on the clock of the bars: in ``zone`` where they were read in one."""
    start = datetime.combine(split.day, time(), zone)
    return start if zone is None else start.astimezone(UTC).replace(tzinfo=None)


def _rows(rows: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> tuple[int, ...]:
    return tuple(sorted(rows.tolist()))


def _refuse(source: str, bad: BadRows) -> None:
    if bad:
        raise BadBarsError(source, [bad[row] for row in sorted(bad)])
