"""From a path or a sample's name to bars."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from dynamic_ta.data.checks import check_table
from dynamic_ta.data.csv_file import read_csv
from dynamic_ta.data.errors import CorruptFileError, UnknownSourceError
from dynamic_ta.data.model import Bars, Table
from dynamic_ta.data.parquet_file import read_parquet

# Daily bars 1999-2018 that the package `arch` carries (NCSA licence).
SAMPLES = ("nasdaq", "sp500")
_ENDINGS = (".csv", ".csv.gz", ".parquet")


def read_bars(source: str) -> Bars:
    """Read and check the bars of ``source``.

    Parameters
    ----------
    source : a path that ends in .csv, .csv.gz or .parquet, or one of SAMPLES

    Raises
    ------
    UnknownSourceError : no such file or sample, or another ending
    CorruptFileError : the file as a whole cannot be read, or lacks a column
    BadBarsError : names every row that breaks a rule

    Notes
    -----
    Columns are found by name in any case: date (or datetime, timestamp, time), open, high, low, close, volume. Others
    are ignored, an adjusted close too. Dates are ISO 8601 or M/D/YYYY.
    """
    path = _sample(source) if source in SAMPLES else Path(source)
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
    time, numbers = check_table(source, _table(source, path, content, ending))
    for array in (time, *numbers.values()):
        array.setflags(write=False)
    name = path.name[: -len(ending)]
    return Bars(name=name, digest=hashlib.sha256(content).hexdigest(), time=time, **numbers)


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
