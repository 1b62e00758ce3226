"""The file of entries: JSON lines, sorted, one entry a line. Any writer may be killed, and two may write at once."""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from dynamic_base import write_atomic
from dynamic_engines.library.tuning.errors import TuningError
from dynamic_engines.library.tuning.model import Entry, Key
from dynamic_engines.model import Maths, Precision

_HEADER = {"schema": "dynamic.tuning/1"}
_KEY = tuple(field.name for field in fields(Key))
_REST = tuple(field.name for field in fields(Entry) if field.name != "key")


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds, and for each line that is none of ours what is wrong with it."""

    entries: Mapping[Key, Entry]
    problems: tuple[str, ...] = ()


def read(path: Path) -> Found:
    """Return the entries of ``path``; a file that is not there has none. Never raises for what the file holds."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Found({})
    except OSError as error:
        return Found({}, (f"{path} cannot be read ({error.strerror})",))
    return parse(content, str(path))


def parse(content: bytes, name: str) -> Found:
    """Return what ``content`` holds. Each line stands for itself: a broken one costs the others nothing."""
    entries: dict[Key, Entry] = {}
    problems = []
    for number, line in enumerate(content.splitlines(), 1):
        try:
            value = json.loads(line)
            if number == 1:
                if value != _HEADER:
                    return Found({}, (f"{name} does not begin with {json.dumps(_HEADER)}",))
                continue
            entry = _entry(value)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            problems.append(f"line {number} of {name} is no entry ({type(error).__name__}: {error})")
            continue
        entries[entry.key] = entry
    return Found(entries, tuple(problems))


def render(entries: Iterable[Entry]) -> bytes:
    """Return the file's content."""
    lines = [_HEADER, *(_line(entry) for entry in sorted(entries, key=lambda entry: entry.key))]
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode()


def record(path: Path, entry: Entry) -> str:
    """Put ``entry`` in the place of the one for the same kernel and device; return what else was done, or "".

    A file with broken lines is copied beside itself first, so nothing of it is lost.

    Raises
    ------
    TuningError, WriteError : the folder or the disk refused
    """
    with locked(path):
        found = read(path)
        note = _set_aside(path, found.problems) if found.problems else ""
        others = [other for other in found.entries.values() if other.key.place != entry.key.place]
        write_atomic(path, render([*others, entry]))
    return note


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of ``path``: what was read under it is what is replaced. A killed holder lets go.

    Raises
    ------
    TuningError : the folder cannot be written to
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise TuningError(
            f"cannot write beside {path} ({error.strerror})", "name another file: DYNAMIC_TUNING=FILE"
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _set_aside(path: Path, problems: tuple[str, ...]) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:  # a folder, or another user's file: there is no writing over it
        raise TuningError(f"{path} cannot be read ({error.strerror})", "move it away, or set DYNAMIC_TUNING") from error
    taken = (path.with_name(f"{path.name}.broken-{number}") for number in range(1, 1_000_000))
    aside = next(each for each in taken if not each.exists())
    write_atomic(aside, content)
    return f"{problems[0]}; the file as it was is kept as {aside}"


def _line(entry: Entry) -> dict[str, object]:
    return {**asdict(entry.key), **{name: getattr(entry, name) for name in _REST}}


def _entry(value: Mapping[str, object]) -> Entry:
    if set(value) != {*_KEY, *_REST}:
        raise ValueError(f"it has {', '.join(value)}")
    named = {name: _text(value[name]) for name in _KEY}
    key = Key(
        **{**named, "precision": Precision(named["precision"]), "maths": Maths(named["maths"])}  # type: ignore[arg-type]
    )
    return Entry(
        key,
        sizes={name: _whole(size) for name, size in _mapping(value["sizes"]).items()},
        ratio=_number(value["ratio"]),
        wall_ratio=_number(value["wall_ratio"]),
        clock=_text(value["clock"]),
        rounds=_whole(value["rounds"]),
        share=_number(value["share"]),
        compute_units=_whole(value["compute_units"]),
        date=_text(value["date"]),
        refused={name: _text(reason) for name, reason in _mapping(value["refused"]).items()},
    )


def _mapping(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no object")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise TypeError(f"{value!r} is no whole number from 1 on")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < float("inf"):
        raise TypeError(f"{value!r} is no positive number")
    return float(value)
