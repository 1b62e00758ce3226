"""Makes the record of licences: keeps what still speaks for a pin, reads what is missing, and drops the rest."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dynamic_delivery.gates.errors import GateError
from dynamic_delivery.gates.licensing.record import Record, Row
from dynamic_delivery.gates.licensing.wheels import read_wheel
from dynamic_delivery.gates.locks.model import PYPI, Locked

_GIVE_UP = 3


@dataclass(frozen=True, slots=True)
class Made:
    """A record as it was made.

    Parameters
    ----------
    read : the rows that were read now
    dropped : the rows that speak for no pin any more
    missing : (pin, why) of what could not be read
    """

    record: Record
    read: tuple[Row, ...]
    dropped: tuple[Row, ...]
    missing: tuple[tuple[Locked, str], ...]


def pins_of(locks: Mapping[str, Sequence[Locked]]) -> tuple[Locked, ...]:
    """Return the pins of PyPI's packages, each once: an npm lock says itself what a package declares."""
    found = {each for held in locks.values() for each in held if each.ecosystem == PYPI}
    return tuple(sorted(found, key=lambda each: (each.name, each.version, each.hashes, each.line)))


def make_record(
    pins: Iterable[Locked],
    held: Record,
    read: Callable[[Locked], Row],
    say: Callable[[str], None],
    *,
    anew: bool = False,
) -> Made:
    """Return the record of ``pins``, with the rows of ``held`` that speak for one.

    Parameters
    ----------
    read : returns what a wheel says that the pin allows, or raises GateError
    say : is told of each pin that is read
    anew : reads every pin; a row of ``held`` then stands where its pin could not be read
    """
    kept: list[Row] = []
    fresh: list[Row] = []
    missing: list[tuple[Locked, str]] = []
    for pin in pins:
        known = held.row(pin)
        if (row := Record(fresh).row(pin) or (None if anew else known)) is not None:
            kept.append(row)
            continue
        say(f"reading {pin.pin}")
        try:
            fresh.append(_read(pin, read, len(missing) >= _GIVE_UP and not fresh))
        except GateError as error:
            missing.append((pin, error.message))
            kept.extend([known] if known else [])
    record = Record([*kept, *fresh])
    dropped = tuple(row for row in held.rows if row not in record.rows)
    return Made(record, tuple(sorted(set(fresh))), dropped, tuple(missing))


def _read(pin: Locked, read: Callable[[Locked], Row], hopeless: bool) -> Row:
    if not pin.version:
        raise GateError("it is locked by its address, of no release")
    if not pin.hashes:
        raise GateError("it is locked without a digest, so that no wheel can be told to be it")
    if hopeless:
        raise GateError("not asked for: none of the first could be had")
    return read(pin)


def from_wheels(wheels: Mapping[str, Path]) -> Callable[[Locked], Row]:
    """Return what reads a pin's licence from wheels that are here, by ``sha256:…``."""

    def read(pin: Locked) -> Row:
        path = next((wheels[each] for each in pin.hashes if each in wheels), None)
        if path is None:
            raise GateError("no wheel that the lock allows is in the folder")
        return read_wheel(path, pin)

    return read
