"""From a path or a sample's name to bars."""

import hashlib
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from dynamic_ta.data.csv_file import read_csv
from dynamic_ta.data.errors import CorruptFileError, MendingError, UnknownSourceError
from dynamic_ta.data.mend import mend
from dynamic_ta.data.mending import NO_MENDING, Mending
from dynamic_ta.data.model import PRICES, Bars, Origin, Reading, Table
from dynamic_ta.data.parquet_file import read_parquet
from dynamic_ta.data.snapshots import is_snapshot, read_snapshot, snapshot

# Daily bars 1999-2018 that the package `arch` carries (University of Illinois/NCSA Open Source License).
SAMPLES = ("nasdaq", "sp500")
_SAMPLE_LICENCE = "NCSA"
_ENDINGS = (".csv", ".csv.gz", ".parquet")


def read_bars(source: str, mending: Mending = NO_MENDING) -> Bars:
    """Return the bars of ``read_positive``."""
    return read_positive(source, mending).bars


def read_positive(source: str, mending: Mending = NO_MENDING, licence: str = "unknown") -> Reading:
    """Read, mend and check the bars of ``source``, for a computation that divides by prices.

    Raises
    ------
    MendingError : the rules, or those of a snapshot, take zero and negative prices
    and what ``read_source`` raises
    """
    if mending.allow_negative_prices:
        raise MendingError(f"{source} is used where prices are divided by", "leave allow-negative-prices out")
    reading = read_source(source, mending, licence)
    if min(getattr(reading.bars, name).min() for name in PRICES) <= 0:
        raise MendingError(f"{source} was taken with zero or negative prices", "take a snapshot without that rule")
    return reading


def read_source(source: str, mending: Mending = NO_MENDING, licence: str = "unknown") -> Reading:
    """Read, mend and check the bars of ``source``.

    Parameters
    ----------
    source : a path that ends in .csv, .csv.gz or .parquet, one of SAMPLES, or a folder that holds a snapshot
    mending : the rules that are asked for; none mends nothing
    licence : an SPDX name; a sample and a snapshot know their own

    Raises
    ------
    UnknownSourceError : no such file or sample, or another ending
    CorruptFileError : the file as a whole cannot be read, or lacks a column
    BadBarsError : names every row that breaks a rule
    BarsSnapshotError : the snapshot was edited
    MendingError : rules for a snapshot, which was mended when it was taken

    Notes
    -----
    Columns are found by name in any case: date (or datetime, timestamp, time), open, high, low, close, volume. Others
    are ignored, an adjusted close too. Dates are ISO 8601 or M/D/YYYY.
    """
    path = _sample(source) if source in SAMPLES else Path(source)
    if is_snapshot(path):
        if mending.words():
            raise MendingError(f"{source} is a snapshot", "mend the file that it was taken from")
        return read_snapshot(path)
    ending = next((ending for ending in sorted(_ENDINGS, key=len) if path.name.casefold().endswith(ending)), None)
    if ending is None:
        raise UnknownSourceError(
            f"{source} is no file of bars", f"name a {', '.join(_ENDINGS)} file, or a sample: {', '.join(SAMPLES)}"
        )
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise UnknownSourceError(f"there is no {source}", f"check the path, or try {SAMPLES[1]}") from error
    except OSError as error:
        raise CorruptFileError(
            f"cannot read {source} ({error.strerror})", "check that it is a readable file"
        ) from error
    origin = Origin(
        path.name[: -len(ending)],
        hashlib.sha256(content).hexdigest(),
        _SAMPLE_LICENCE if source in SAMPLES else licence,
    )
    table = _table(source, path, content, ending)
    if ending == ".parquet" and hashlib.sha256(path.read_bytes()).hexdigest() != origin.digest:
        # DuckDB reads the file by itself, so what it read is only known to be what was hashed if that still lies there.
        raise CorruptFileError(f"{source} changed while it was read", "read it again")
    return _reading(source, table, origin, mending)


def _reading(source: str, table: Table, origin: Origin, mending: Mending) -> Reading:
    draft, applied, notices = mend(source, table, mending)
    for array in (draft.time, *draft.numbers.values()):
        array.setflags(write=False)
    bars = Bars(name=origin.name, digest=origin.digest, time=draft.time, **draft.numbers)
    reading = Reading(bars, origin, applied, notices)
    if not applied:
        return reading
    # Mended bars are no longer the file's: whoever keeps results by digest must not mix the two up.
    return replace(reading, bars=replace(bars, digest=snapshot(reading).digest))


def _table(source: str, path: Path, content: bytes, ending: str) -> Table:
    if ending == ".parquet":
        return read_parquet(path)
    return read_csv(source, content, zipped=ending == ".csv.gz")


def _sample(name: str) -> Path:
    # Importing arch would import pandas and scipy, a second of start-up, for the sake of one file.
    spec = find_spec("arch")
    if spec is None or spec.origin is None:
        raise CorruptFileError(f"the sample {name} comes with the package arch", "install it: pip install arch")
    return Path(spec.origin).parent / "data" / name / f"{name}.csv.gz"
