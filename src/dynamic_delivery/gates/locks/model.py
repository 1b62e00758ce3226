"""What a lockfile says, in one form for every ecosystem."""

from dataclasses import dataclass

from dynamic_delivery.gates.errors import GateError

PYPI, NPM = "PyPI", "npm"


class LockError(GateError):
    """A lock that could not be read: of another form, torn, or too large."""


@dataclass(frozen=True, slots=True)
class Locked:
    """One package as a lock pins it.

    Parameters
    ----------
    ecosystem : str, ``PyPI`` or ``npm``, as OSV names it
    name : str, normalised for PyPI
    version : str, as written; "" where the lock names only an address
    line : int, counted from 1; 0 where it could not be found
    hashes : ``sha256:…`` and the like, hexadecimal, sorted
    needs : (name, version) of each package of the same lock that it depends on, or may on some platform
    licence : str, what the lock itself says of it; "" where it says nothing
    """

    ecosystem: str
    name: str
    version: str
    line: int = 0
    hashes: tuple[str, ...] = ()
    needs: frozenset[tuple[str, str]] = frozenset()
    licence: str = ""

    @property
    def pin(self) -> str:
        """The pin as its ecosystem writes it."""
        return f"{self.name}{'==' if self.ecosystem == PYPI else '@'}{self.version or 'an address'}"
