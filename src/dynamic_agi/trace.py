"""A trace: a header, one canonical JSON line an event, and a closing line; each line is chained to those before."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from json.encoder import encode_basestring
from typing import Any

from dynamic_agi.errors import TraceError
from dynamic_agi.events import Event, kind_of
from dynamic_base import canonical_json

SCHEMA = "dynamic.agents.trace/1"

_Template = tuple[str, Callable[[Any], tuple[object, ...]]]
_EVENTS: dict[type, _Template] = {}
_MESSAGES: dict[type, _Template] = {}


class Chain:
    """The running digest: SHA-256 over the digest so far and the next line's canonical bytes."""

    def __init__(self, header: Mapping[str, object]) -> None:
        self.digest = b""
        self.add(canonical_json(header))

    def add(self, line: bytes) -> None:
        self.digest = hashlib.sha256(self.digest + line).digest()


def line_of(event: Event) -> bytes:
    """Return the canonical bytes of ``event`` without its link.

    Those of ``canonical_json``, which a test compares them with. Each class of event has its keys sorted once, and only
    its values are written: a quarter of the time, in the innermost loop of a simulation.
    """
    kind = type(event.what)
    if kind not in _EVENTS:
        _EVENTS[kind] = _template(kind)
    template, values = _EVENTS[kind]
    return template.format(event.n, event.at, *map(_text, values(event.what))).encode()


def _template(kind: type) -> _Template:
    """Return the line of a class with {0} for the number, {1} for the time, {2} and on for its fields' values."""
    names = [field.name for field in fields(kind) if field.name != "at"]  # a fact's own time is the event's
    places = {name: f"{{{place}}}" for place, name in enumerate(names, 2)}
    return _object({**places, "n": "{0}", "at": "{1}", "kind": f'"{kind_of(kind)}"'}), _values(names)


def _message_template(kind: type) -> _Template:
    names = [field.name for field in fields(kind)]
    places = {name: f"{{{place}}}" for place, name in enumerate(names)}
    return _object({**places, "type": f'"{kind_of(kind)}"'}), _values(names)


def _object(members: Mapping[str, str]) -> str:
    return "{{" + ",".join(f'"{name}":{members[name]}' for name in sorted(members)) + "}}"


def _values(names: Sequence[str]) -> Callable[[Any], tuple[object, ...]]:
    return lambda what: tuple([getattr(what, name) for name in names])


def _text(value: object) -> str:
    """Write one value; RFC 8785 writes text and integers as the standard library does, without ASCII escapes."""
    match value:
        case str():
            return encode_basestring(value)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case tuple():
            return f"[{','.join(map(_text, value))}]"
        case _:
            kind = type(value)
            if kind not in _MESSAGES:
                _MESSAGES[kind] = _message_template(kind)
            template, values = _MESSAGES[kind]
            return template.format(*map(_text, values(value)))


@dataclass(frozen=True, slots=True)
class Trace:
    """A whole trace, read or made."""

    header: Mapping[str, Any]
    lines: tuple[bytes, ...]

    def encode(self) -> bytes:
        """Return the file's bytes."""
        chain = Chain(self.header)
        out = [_linked(canonical_json(self.header), chain)]
        for line in self.lines:
            chain.add(line)
            out.append(_linked(line, chain))
        closing = canonical_json({"events": len(self.lines), "kind": "closing"})
        chain.add(closing)
        return b"".join([*out, _linked(closing, chain)])


def decode(content: bytes, source: str) -> Trace:
    """Return the trace that ``content`` holds.

    Raises
    ------
    TraceError : another schema, a line that is no JSON or does not fit its link, or a missing end; it names the line
    """
    lines: list[bytes] = []
    chain: Chain | None = None
    header: Mapping[str, Any] = {}
    for number, raw in enumerate(content.split(b"\n"), 1):
        if not raw:
            break
        document, link = _unlinked(raw, source, number)
        if chain is None:
            header = _header(document, source)
            chain = Chain(header)
        else:
            chain.add(canonical_json(document))
            lines.append(canonical_json(document))
        if link != chain.digest.hex():
            raise TraceError(f"{source}: line {number} does not fit those before it", "take an unchanged copy")
    if not lines or json.loads(lines[-1]) != {"events": len(lines) - 1, "kind": "closing"}:
        raise TraceError(f"{source} has no end after line {len(lines) + 1}", "take a whole copy, or make it again")
    trace = Trace(header, tuple(lines[:-1]))
    if trace.encode() != content:
        raise TraceError(f"{source} is not in the canonical form", "take an unchanged copy")
    return trace


def _linked(line: bytes, chain: Chain) -> bytes:
    return canonical_json({**json.loads(line), "chain": chain.digest.hex()}) + b"\n"


def _unlinked(raw: bytes, source: str, number: int) -> tuple[dict[str, Any], str]:
    try:
        document = json.loads(raw)
        link = document.pop("chain")
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise TraceError(f"{source}: line {number} is no line of a trace", "take a whole copy") from error
    return document, str(link)


def _header(document: dict[str, Any], source: str) -> dict[str, Any]:
    if document.get("schema") != SCHEMA:
        raise TraceError(f"{source} is of schema {document.get('schema')}", f"this program reads {SCHEMA}")
    return document
