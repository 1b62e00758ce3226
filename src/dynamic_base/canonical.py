"""One byte form for each JSON value (RFC 8785), and its digest."""

import hashlib

import rfc8785

from dynamic_base.errors import DynamicError

_HINT = "use strings for integers of 2**53 and beyond, and no NaN or infinity"


class CanonicalError(DynamicError):
    """The value has no canonical JSON form."""


def canonical_json(value: object) -> bytes:
    """Return the RFC 8785 bytes of ``value``.

    Raises
    ------
    CanonicalError : NaN, infinity, an integer beyond 2**53, or a type that JSON does not have
    """
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]  # its own recursive type refuses Mapping[str, object]
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise CanonicalError(f"no canonical JSON for this value ({error})", _HINT) from error


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical_json(value)).hexdigest()
