"""What Oclgrind's log says, as values."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What was found. ``UNSUPPORTED``: the simulator could not look; ``OTHER``: a message of no known kind."""

    OUT_OF_BOUNDS = "out of bounds"
    RACE = "data race"
    DIVERGENCE = "barrier divergence"
    UNINITIALIZED = "uninitialised value"
    UNSUPPORTED = "unsupported"
    OTHER = "other"


# How a message of Oclgrind 19.10 to 21.10 begins. A kind that is missing here is OTHER, so it is never overlooked.
_KINDS = (
    (Kind.OUT_OF_BOUNDS, ("Invalid read", "Invalid write", "Index (")),
    (Kind.RACE, ("Read-write data race", "Write-write data race")),
    (Kind.DIVERGENCE, ("Work-group divergence",)),
    (Kind.UNINITIALIZED, ("Uninitialized", "Controlflow depends on uninit", "Instruction depends on an uninit")),
    (Kind.UNSUPPORTED, ("Unsupported", "Unhandled")),
)
_ENTRY = re.compile(r"\tKernel:\s+(\w+)")
_PLACE = re.compile(r"\tAt line (\d+) \(column \d+\) of (.+):")
_ADDRESS = re.compile(r" address 0x[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """A message of the simulator.

    Parameters
    ----------
    said : its first line, without the address, which differs from item to item
    entry : the kernel function; empty where it names none
    places : ``file:line`` of each access that it names, the files as below ``kernels/``
    times : how many messages said this
    """

    kind: Kind
    said: str
    entry: str
    places: tuple[str, ...]
    times: int = 1

    def __str__(self) -> str:
        where = " and ".join(self.places) or "an unknown line"
        often = f", {self.times} times" if self.times > 1 else ""
        return f"{self.kind} in {self.entry or 'an unknown function'} at {where}: {self.said}{often}"


def findings_in(log: str) -> tuple[Finding, ...]:
    """Return what ``log`` holds, equal messages once with their number, in the order in which each came first."""
    found = Counter(_finding(message) for message in _messages(log))
    return tuple(replace(finding, times=times) for finding, times in found.items())


def _messages(log: str) -> Iterator[Sequence[str]]:
    """Yield the lines of each message: the first stands at the margin, its details are indented by a tab."""
    message: list[str] = []
    for line in filter(str.strip, log.splitlines()):
        if not line.startswith("\t") and message:
            yield message
            message = []
        message.append(line)
    if message:
        yield message


def _finding(message: Sequence[str]) -> Finding:
    said = message[0].strip()
    text = "\n".join(message)
    entry = _ENTRY.search(text)
    places = dict.fromkeys(f"{file}:{line}" for line, file in _PLACE.findall(text))
    kind = next((kind for kind, starts in _KINDS if said.startswith(starts)), Kind.OTHER)
    return Finding(kind, _ADDRESS.sub("", said), entry[1] if entry else "", tuple(places))
