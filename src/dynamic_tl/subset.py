"""JSON Schema to shapes: the subset that both languages judge alike, and a refusal for everything else."""

import hashlib
import keyword
import re
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NoReturn

from dynamic_tl.errors import SchemaError, TlError
from dynamic_tl.model import (
    FORMATS,
    Boolean,
    Choice,
    Constant,
    Field,
    Format,
    Integer,
    Items,
    Message,
    Number,
    Record,
    Shape,
    Table,
    Text,
    inner_first,
    within,
)
from dynamic_tl.patterns import Pattern, PatternError, parse_pattern
from dynamic_tl.runtime.runtime import MAX_DEPTH, MessageError, NumberText, child, integer, number, parse

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NOTES = {"title", "description", "$comment"}
_STEM = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_MEMBER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_CLASS = re.compile(r"[A-Z][A-Za-z0-9]*")
# What the generated modules use themselves.
_TAKEN = {"Codec", "Decimal", "Literal", "Mapping", "Message", "MessageError", "bool", "float", "int", "str", "tuple"}
_TAKEN |= {"bytes", "dataclass", "Array", "Map", "Object", "None", "True", "False"}
_STEMS_TAKEN = {"index", "runtime", "peer"}

_INSTEAD = {
    "allOf": "write the members out in one object",
    "anyOf": "make two messages, or members that may be absent",
    "default": "leave it out: the languages would fill it in at different times",
    "exclusiveMaximum": "write maximum",
    "exclusiveMinimum": "write minimum",
    "if": "make two messages",
    "multipleOf": "use a decimal-string: doubles have no exact multiples",
    "not": "say what is allowed",
    "oneOf": "make two messages, or members that may be absent",
    "patternProperties": "use additionalProperties with propertyNames",
    "prefixItems": "use an object with a name for each",
    "uniqueItems": "use an object whose members' names are data (additionalProperties with a schema)",
}


def load_messages(folder: Path | None) -> tuple[Message, ...]:
    """Return the messages of every ``*.json`` in ``folder`` (by default the room's own), sorted by name.

    Raises
    ------
    SchemaError : a schema leaves the subset
    TlError : the folder holds no schema, or cannot be read
    """
    place: Traversable = folder if folder is not None else files("dynamic_tl").joinpath("schemas")
    try:
        sources = sorted((file.name, file.read_bytes()) for file in place.iterdir() if file.name.endswith(".json"))
    except OSError as error:
        raise TlError(f"cannot read {place} ({error.strerror})", "name a readable folder with --schemas DIR") from error
    if not sources:
        raise TlError(f"{place} holds no *.json", "name a folder of schemas with --schemas DIR")
    return tuple(parse_message(name, content) for name, content in sources)


def parse_message(file: str, content: bytes) -> Message:
    """Return the message that the schema ``content`` describes, or raise SchemaError."""
    stem = file.removesuffix(".json")
    if not _STEM.fullmatch(stem) or keyword.iskeyword(stem) or stem in _STEMS_TAKEN:
        raise SchemaError(file, "", f"{stem!r} cannot name a module", "name the file like limit_order.json")
    try:
        document = parse(content)
    except MessageError as error:
        raise SchemaError(file, error.pointer, f"no strict JSON ({error.code})", "correct the file") from error
    reader = _Reader(file, document)
    record = reader.root(_pascal(stem))
    return Message(stem, file, hashlib.sha256(content).hexdigest(), record)


def _pascal(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


class _Reader:
    """Reads one schema document; ``file`` is for what it says of it."""

    def __init__(self, file: str, document: object) -> None:
        self.file = file
        self.document = document
        self.named: dict[str, str] = {}
        self.definitions: dict[str, Shape] = {}
        self.open: list[str] = []

    def refuse(self, pointer: str, reason: str, instead: str) -> NoReturn:
        raise SchemaError(self.file, pointer, reason, instead)

    def root(self, name: str) -> Record:
        if not isinstance(self.document, dict):
            self.refuse("", "the schema is no object", 'write {"$schema": …, "type": "object", …}')
        schema = dict(self.document)
        if schema.pop("$schema", None) != DIALECT:
            self.refuse("/$schema", "not JSON Schema 2020-12", f'write "$schema": "{DIALECT}"')
        schema.pop("$id", None)
        definitions = schema.pop("$defs", {})
        if not isinstance(definitions, dict):
            self.refuse("/$defs", "no object", "write an object of schemas")
        shape = self.shape(schema, "", name)
        for unused in definitions.keys() - self.definitions.keys():
            self.refuse(child("/$defs", unused), "nothing refers to it", "remove it")
        if not isinstance(shape, Record):
            self.refuse("", "a message is an object with properties", 'write "type": "object" and "properties"')
        if _depth(shape) > MAX_DEPTH:
            self.refuse("", f"more than {MAX_DEPTH} levels deep", "flatten it")
        self._distinct(shape)
        return shape

    def _distinct(self, root: Record) -> None:
        """Two shapes of one name would hide each other in the generated modules."""
        shapes = inner_first(root)
        members = {field.name for shape in shapes if isinstance(shape, Record) for field in shape.fields}
        for shape in shapes:
            if shape.name in _TAKEN | members or self.named[shape.name] == "twice":
                self.refuse("", f"the name {shape.name} stands for two things", "rename a property or a definition")

    def _name(self, name: str, pointer: str) -> str:
        self.named[name] = pointer if self.named.get(name, pointer) == pointer else "twice"
        return name

    def shape(self, schema: object, pointer: str, name: str) -> Shape:
        """Return the shape at ``pointer``; ``name`` is for a type that it may need."""
        if not isinstance(schema, dict):
            self.refuse(pointer, "no schema object", "write an object with a type")
        keys = {key: value for key, value in schema.items() if key not in _NOTES}
        for word, instead in _INSTEAD.items():
            if word in keys:
                self.refuse(child(pointer, word), f"{word} is outside the subset", instead)
        if "$ref" in keys:
            return self._reference(keys, pointer)
        if "const" in keys:
            return self._constant(keys, pointer)
        kinds: dict[str, Callable[..., Shape]] = {
            "array": self._array,
            "boolean": self._boolean,
            "integer": self._integer,
            "number": self._number,
            "object": self._object,
            "string": self._string,
        }
        kind = keys.pop("type", None)
        if not isinstance(kind, str) or kind not in kinds:
            instead = "write one of " + ", ".join(kinds) + "; what may be absent is left out of required, never null"
            self.refuse(child(pointer, "type"), "type is missing, or none of the subset", instead)
        return kinds[kind](keys, pointer, name, _note(schema))

    def _only(self, keys: Mapping[str, object], allowed: Iterable[str], pointer: str) -> None:
        allowed = tuple(allowed)
        for key, value in keys.items():
            if key not in allowed:
                instead = f"use {', '.join(allowed)}" if allowed else "leave it out"
                self.refuse(child(pointer, key), f"{key} is outside the subset here", instead)
            if value is None:
                self.refuse(child(pointer, key), "null says nothing", "leave it out")

    def _reference(self, keys: Mapping[str, Any], pointer: str) -> Shape:
        self._only(keys, ["$ref"], pointer)
        at = child(pointer, "$ref")
        target = keys["$ref"]
        name = target.removeprefix("#/$defs/") if isinstance(target, str) else ""
        definitions = self.document.get("$defs", {}) if isinstance(self.document, dict) else {}
        if name not in definitions or target != f"#/$defs/{name}":
            self.refuse(at, f"{target!r} is no definition of this file", 'write "#/$defs/Name"')
        if not _CLASS.fullmatch(name):
            self.refuse(child("/$defs", name), "the name is no class name", "write it like OrderLeg")
        if name in self.open:
            self.refuse(at, f"{name} contains itself", "unroll it to the depth that you need")
        if name not in self.definitions:
            self.open.append(name)
            self.definitions[name] = self.shape(definitions[name], child("/$defs", name), name)
            self.open.pop()
        return self.definitions[name]

    def _constant(self, keys: Mapping[str, Any], pointer: str) -> Constant:
        self._only(keys, ["type", "const"], pointer)
        at, value = child(pointer, "const"), keys["const"]
        if isinstance(value, NumberText):
            value = self._whole(value, at)
        if not isinstance(value, str | int | bool):
            self.refuse(at, "no string, integer or boolean", "use one of these")
        # A bool is an int in Python, so it is asked first.
        kind = "boolean" if isinstance(value, bool) else "integer" if isinstance(value, int) else "string"
        if keys.get("type", kind) != kind:
            self.refuse(child(pointer, "type"), "the constant is of another type", f'write "type": "{kind}"')
        return Constant(value)

    def _boolean(self, keys: Mapping[str, Any], pointer: str, name: str, note: str) -> Boolean:  # noqa: ARG002
        self._only(keys, [], pointer)
        return Boolean()

    def _integer(self, keys: Mapping[str, Any], pointer: str, name: str, note: str) -> Integer:  # noqa: ARG002
        self._only(keys, ["minimum", "maximum"], pointer)
        low, high = (self._whole(keys.get(key), child(pointer, key)) for key in ("minimum", "maximum"))
        if low is not None and high is not None and low > high:
            self.refuse(pointer, "minimum is above maximum", "swap them")
        return Integer(low, high)

    def _whole(self, value: object, at: str) -> int | None:
        if value is None:
            return None
        try:
            return integer().read(value, at)
        except MessageError:
            self.refuse(at, "no integer within 2**53 - 1", "write one, or use the format int64-string")

    def _number(self, keys: Mapping[str, Any], pointer: str, name: str, note: str) -> Number:  # noqa: ARG002
        self._only(keys, ["minimum", "maximum"], pointer)
        low, high = (self._double(keys.get(key), child(pointer, key)) for key in ("minimum", "maximum"))
        if low is not None and high is not None and low > high:
            self.refuse(pointer, "minimum is above maximum", "swap them")
        return Number(low, high)

    def _double(self, value: object, at: str) -> float | None:
        if value is None:
            return None
        try:
            return number().read(value, at)
        except MessageError:
            self.refuse(at, "no number within 2**53 - 1", "write one")

    def _count(self, keys: Mapping[str, Any], key: str, pointer: str) -> int | None:
        count = self._whole(keys.get(key), child(pointer, key))
        if count is not None and count < 0:
            self.refuse(child(pointer, key), "negative", "write 0 or more")
        return count

    def _counts(self, keys: Mapping[str, Any], least: str, most: str, pointer: str) -> tuple[int, int | None]:
        low, high = self._count(keys, least, pointer) or 0, self._count(keys, most, pointer)
        if high is not None and low > high:
            self.refuse(child(pointer, least), f"{least} is above {most}", "swap them")
        return low, high

    def _string(self, keys: Mapping[str, Any], pointer: str, name: str, note: str) -> Shape:  # noqa: ARG002
        if "enum" in keys:
            return self._choice(keys, pointer, name)
        if "format" in keys:
            self._only(keys, ["format"], pointer)
            if keys["format"] not in FORMATS:
                reason = f"the format {keys['format']!r} is none of ours"
                self.refuse(child(pointer, "format"), reason, f"write one of {', '.join(FORMATS)}, or a pattern")
            return Format(keys["format"])
        return self._text(keys, pointer)

    def _text(self, keys: Mapping[str, Any], pointer: str) -> Text:
        self._only(keys, ["minLength", "maxLength", "pattern"], pointer)
        least, most = self._counts(keys, "minLength", "maxLength", pointer)
        return Text(least, most, self._pattern(keys.get("pattern"), child(pointer, "pattern")))

    def _pattern(self, spelled: object, at: str) -> Pattern | None:
        if spelled is None:
            return None
        if not isinstance(spelled, str):
            self.refuse(at, "no string", "write ^…$")
        try:
            return parse_pattern(spelled)
        except PatternError as error:
            self.refuse(at, error.reason, error.instead)

    def _choice(self, keys: Mapping[str, Any], pointer: str, name: str) -> Choice:
        self._only(keys, ["enum"], pointer)
        values = keys["enum"]
        if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
            self.refuse(child(pointer, "enum"), "no list of strings", "list at least one string")
        if len(set(values)) < len(values):
            self.refuse(child(pointer, "enum"), "a value stands twice", "remove one")
        return Choice(self._name(name, pointer), tuple(values))

    def _array(self, keys: Mapping[str, Any], pointer: str, name: str, note: str) -> Items:  # noqa: ARG002
        self._only(keys, ["items", "minItems", "maxItems"], pointer)
        least, most = self._counts(keys, "minItems", "maxItems", pointer)
        return Items(self.shape(keys.get("items"), child(pointer, "items"), f"{name}Item"), least, most)

    def _object(self, keys: Mapping[str, Any], pointer: str, name: str, note: str) -> Shape:
        extra = keys.get("additionalProperties")
        if isinstance(extra, dict) and "properties" not in keys:
            return self._table(keys, pointer, name)
        self._only(keys, ["properties", "required", "additionalProperties"], pointer)
        if extra is not False:
            at = child(pointer, "additionalProperties")
            instead = "write false; or a schema and no properties, where the members' names are data"
            self.refuse(at, "unknown members would be let through", instead)
        members = keys.get("properties")
        if not isinstance(members, dict) or not members:
            self.refuse(child(pointer, "properties"), "no properties", "name at least one")
        demanded = keys.get("required", [])
        if not isinstance(demanded, list) or len({str(one) for one in demanded}) < len(demanded):
            self.refuse(child(pointer, "required"), "no list of distinct names", "list each name once")
        for index, one in enumerate(demanded):
            if one not in members:
                self.refuse(f"{child(pointer, 'required')}/{index}", f"{one!r} is no property", "add it to properties")
        self._name(name, pointer)
        fields = (self._field(key, schema, pointer, name, key in demanded) for key, schema in members.items())
        return Record(name, note, tuple(fields))

    def _field(self, key: str, schema: object, pointer: str, owner: str, demanded: bool) -> Field:
        at = child(child(pointer, "properties"), key)
        if not _MEMBER.fullmatch(key) or keyword.iskeyword(key) or key in _TAKEN:
            self.refuse(at, f"{key!r} cannot name a member in Python", "use a name such as venue or clientId")
        return Field(key, demanded, self.shape(schema, at, owner + _pascal(key)), _note(schema))

    def _table(self, keys: Mapping[str, Any], pointer: str, name: str) -> Table:
        self._only(keys, ["additionalProperties", "propertyNames", "minProperties", "maxProperties"], pointer)
        least, most = self._counts(keys, "minProperties", "maxProperties", pointer)
        at = child(pointer, "propertyNames")
        names = keys.get("propertyNames", {})
        if not isinstance(names, dict) or names.get("type", "string") != "string":
            self.refuse(at, "no schema of strings", "use minLength, maxLength, pattern")
        key = self._text({word: value for word, value in names.items() if word not in _NOTES | {"type"}}, at)
        value = self.shape(keys["additionalProperties"], child(pointer, "additionalProperties"), f"{name}Value")
        return Table(key, value, least, most)


def _note(schema: object) -> str:
    note = schema.get("description", schema.get("title", "")) if isinstance(schema, dict) else ""
    return " ".join(note.split()) if isinstance(note, str) else ""


def _depth(shape: Shape) -> int:
    inner = [_depth(one) for one in within(shape)]
    return max(inner, default=0) + (1 if isinstance(shape, Items | Table | Record) else 0)
