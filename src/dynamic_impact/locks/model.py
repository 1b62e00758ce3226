"""What a lock says, and what an edit of it does."""

import re
from collections import deque
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from dynamic_base import DynamicError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class LockFormatError(DynamicError):
    """The text is no lock of a form that is understood here."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One locked package, all of its versions together (a lock for many platforms may hold several).

    Parameters
    ----------
    version : for a person
    content : everything that decides what is installed: version, marker, hashes
    needs : normalised names of the packages that it depends on
    """

    version: str
    content: str
    needs: frozenset[str]


Lock = Mapping[str, Pin]


@dataclass(frozen=True, slots=True)
class LockEdit:
    """What an edit of one lock did.

    Parameters
    ----------
    changed : the pins that differ, by name, each told in words ("8.1 to 8.2")
    reached : every package that an installation of it could see a changed pin through, and the next one on the way; a
        changed pin leads to itself
    known : every package of either lock
    """

    changed: Mapping[str, str]
    reached: Mapping[str, str]
    known: Set[str]

    def why(self, name: str) -> str:
        """Return how the changed pin reaches ``name``, in words."""
        way = [name]
        while self.reached[way[-1]] != way[-1]:
            way.append(self.reached[way[-1]])
        change = f"{way[-1]} {self.changed[way[-1]]}"
        return " needs ".join([*way[:-1], change]) if len(way) > 1 else change


def normalised(name: str) -> str:
    """Return the one spelling of a package's name.

    References
    ----------
    .. [1] PEP 503, "Simple Repository API", 2015, section "Normalized Names"
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(requirement: str) -> str:
    """Return the normalised name that a requirement string begins with, or ""."""
    found = _NAME.match(requirement.strip())
    return normalised(found.group()) if found else ""


def compare_locks(base: Lock, head: Lock) -> LockEdit:
    """Return what changed from ``base`` to ``head``. O(pins + needs).

    A dropped pin still reaches what needed it in the base, an added one what needs it now.
    """
    changed = {
        name: _told(base.get(name), head.get(name))
        for name in sorted(base.keys() | head.keys())
        if _content(base.get(name)) != _content(head.get(name))
    }
    users: dict[str, set[str]] = {}
    for lock in (base, head):
        for name, pin in lock.items():
            for needed in pin.needs:
                users.setdefault(needed, set()).add(name)
    reached = {name: name for name in changed}
    queue = deque(reached)
    while queue:
        name = queue.popleft()
        for user in sorted(users.get(name, ())):
            if user not in reached:
                reached[user] = name
                queue.append(user)
    return LockEdit(changed, reached, base.keys() | head.keys())


def _content(pin: Pin | None) -> tuple[str, frozenset[str]] | None:
    return (pin.content, pin.needs) if pin else None


def _told(old: Pin | None, new: Pin | None) -> str:
    if old is None or new is None:
        return f"{new.version} is new" if new else f"{old.version if old else ''} was dropped"
    return f"{old.version} to {new.version}" if old.version != new.version else f"{new.version} is locked anew"


def collect(found: Iterable[tuple[str, str, str, Iterable[str]]]) -> Lock:
    """Return the lock of what was found of each package: (name, version, content, needs)."""
    parts: dict[str, list[tuple[str, str, frozenset[str]]]] = {}
    for name, version, content, needs in found:
        parts.setdefault(normalised(name), []).append((version, content, frozenset(map(normalised, needs))))
    return {
        name: Pin(
            ", ".join(sorted({version for version, _, _ in held})),
            "\n".join(sorted(f"{version} {content}" for version, content, _ in held)),
            frozenset().union(*(needs for _, _, needs in held)),
        )
        for name, held in parts.items()
    }
