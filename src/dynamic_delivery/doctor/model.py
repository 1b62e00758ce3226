"""The values of a look at this machine."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from dynamic_base import Clock
from dynamic_impact.git import Git

SCHEMA = "dynamic.doctor/1"


class State(StrEnum):
    """What a check came to."""

    OK = "ok"
    MISSING = "missing"
    OLD = "old"
    UNKNOWN = "could not tell"


@dataclass(frozen=True, slots=True)
class Ground:
    """Where to look.

    Parameters
    ----------
    root : the build root, or the top of the work tree where there is none
    environment : this process's variables
    """

    git: Git
    root: Path
    environment: Mapping[str, str]
    clock: Clock


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found of one thing.

    Parameters
    ----------
    found : what is there, or why it cannot be told
    fix : one command; "" where nothing is to be done
    """

    name: str
    state: State
    found: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table.

    Parameters
    ----------
    needed : bool, where it is missing or old, ``doctor`` says no; optional things never do
    look : looks at one thing, or at several of a kind; may raise DynamicError, which becomes UNKNOWN
    """

    name: str
    what: str
    needed: bool
    look: Callable[[Ground], Iterator[Seen]]
