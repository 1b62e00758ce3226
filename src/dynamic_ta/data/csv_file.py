"""CSV, plain or gzipped."""

import csv
import gzip
import io
import zlib

from dynamic_ta.data.columns import find_columns
from dynamic_ta.data.errors import BadBarsError, CorruptFileError
from dynamic_ta.data.model import NUMBERS, BadRow, Table


def read_csv(source: str, content: bytes, *, zipped: bool) -> Table:
    """Return the columns of ``content``. Rows are numbered as a spreadsheet does: the header is row 1.

    Raises
    ------
    CorruptFileError : not UTF-8, not CSV, torn, or a needed column is missing
    BadBarsError : rows with more or fewer cells than the header
    """
    reader = csv.reader(io.StringIO(_text(source, content, zipped=zipped), newline=""), strict=True)
    try:
        rows = [(number, cells) for number, cells in enumerate(reader, 1) if cells]
    except csv.Error as error:
        raise CorruptFileError(
            f"{source} is no CSV near line {reader.line_num} ({error})", "export it again"
        ) from error
    if not rows:
        raise CorruptFileError(f"{source} is empty", "export it again")
    (_, header), *body = rows
    columns = find_columns(source, header)
    ragged = [
        BadRow(number, f"{len(cells)} cells where the header has {len(header)}")
        for number, cells in body
        if len(cells) != len(header)
    ]
    if ragged:
        raise BadBarsError(source, ragged)
    return Table(
        rows=[number for number, _ in body],
        times=[cells[columns["time"]] for _, cells in body],
        numbers={name: [cells[columns[name]] for _, cells in body] for name in NUMBERS},
    )


def _text(source: str, content: bytes, *, zipped: bool) -> str:
    try:
        return (gzip.decompress(content) if zipped else content).decode("utf-8-sig")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise CorruptFileError(f"{source} is no whole gzip file ({error})", "fetch or export it again") from error
    except UnicodeDecodeError as error:
        raise CorruptFileError(f"{source} is not UTF-8 (byte {error.start})", "export it as UTF-8") from error
