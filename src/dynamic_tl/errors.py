"""What can go wrong in the translation layer."""

from dynamic_base import DynamicError


class TlError(DynamicError):
    """The root of this room's failures."""


class SchemaError(TlError):
    """A schema leaves the subset that both languages judge alike.

    Parameters
    ----------
    pointer : JSON pointer (RFC 6901) into the schema
    """

    def __init__(self, file: str, pointer: str, reason: str, instead: str) -> None:
        super().__init__(f"{file}#{pointer}: {reason}", instead)
        self.pointer = pointer


class GenerateError(TlError):
    """The generated files cannot be placed where they were asked for."""


class NodeError(TlError):
    """There is no Node.js to ask, or it ended before it answered."""


class CodeError(TlError):
    """The generated code to test cannot be loaded."""
