"""Those who read and write messages, and what they say of one; the generated Python in this process is the first."""

import base64
import binascii
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from dynamic_tl.errors import CodeError

# Name and bytes of a message to read.
Request = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one language made of some bytes.

    Parameters
    ----------
    kind : "accepted", "refused", or "crashed" (anything but a MessageError)
    what : the canonical bytes in base64; the code; the exception
    more : the digest; the pointer; ""
    """

    kind: str
    what: str
    more: str

    @property
    def data(self) -> bytes:
        """Return the canonical bytes of an accepted message; nothing where there are none."""
        try:
            return base64.b64decode(self.what, validate=True) if self.kind == "accepted" else b""
        except binascii.Error:
            return b""

    @property
    def word(self) -> str:
        """Return the code of a refusal, or the kind."""
        return self.what if self.kind == "refused" else self.kind

    def __str__(self) -> str:
        if self.kind == "accepted":
            return f"accepted, written as {self.data.hex()}, digest {self.more}"
        return f"{self.kind}: {self.what}{self.more and f' at {self.more}'}"


def accepted(data: bytes, digest: str) -> Verdict:
    return Verdict("accepted", base64.b64encode(data).decode(), digest)


def refused(code: str, pointer: str) -> Verdict:
    return Verdict("refused", code, pointer)


class Peer(Protocol):
    """Reads and rewrites messages; ``send`` and ``receive`` alternate, so that two peers work at once."""

    def send(self, requests: Sequence[Request]) -> None: ...

    def receive(self) -> list[Verdict]: ...


class PythonPeer:
    """The generated Python in ``folder``, imported under a name of its own and forgotten by ``close``."""

    def __init__(self, folder: Path) -> None:
        self._package = _import(folder)
        self._pending: Sequence[Request] = ()

    def send(self, requests: Sequence[Request]) -> None:
        self._pending = requests

    def receive(self) -> list[Verdict]:
        return [self._answer(name, data) for name, data in self._pending]

    def close(self) -> None:
        name = self._package.__name__
        for loaded in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
            del sys.modules[loaded]

    def _answer(self, name: str, data: bytes) -> Verdict:
        error_type: Any = self._package.MessageError
        try:
            codec = self._package.MESSAGES[name]
            message = codec.read(data)
            return accepted(codec.write(message), codec.digest(message))
        except error_type as error:
            return refused(error.code, error.pointer)
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            return Verdict("crashed", f"{type(error).__name__}: {error}", "")


_counter = iter(range(sys.maxsize))


def _import(folder: Path) -> ModuleType:
    """Import the package in ``folder`` without asking that a path leads to it."""
    name = f"_generated_messages_{next(_counter)}"
    hint = "make it with './dynamic contracts generate --schemas DIR --out DIR'"
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None or not (folder / "__init__.py").is_file():
        raise CodeError(f"{folder} holds no generated code", hint)
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    try:
        spec.loader.exec_module(package)
        package.MESSAGES, package.MessageError  # noqa: B018  # a package without them is none of ours
    except (ArithmeticError, AttributeError, ImportError, LookupError, SyntaxError, TypeError, ValueError) as error:
        del sys.modules[name]
        raise CodeError(f"{folder} cannot be imported ({type(error).__name__}: {error})", hint) from error
    return package
