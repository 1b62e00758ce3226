"""From the text of a file to a strategy: TOML, checked key by key."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from dynamic_ta.data.model import NUMBERS
from dynamic_ta.simulation import Account, AccountError, Execution, Sizing
from dynamic_ta.strategies.bind import bind
from dynamic_ta.strategies.calls import check_calls
from dynamic_ta.strategies.errors import StrategyError, UnknownStrategyError, nearest
from dynamic_ta.strategies.model import AMOUNTS, ENTRIES, EXITS, RULES, Setting, Strategy, place_of
from dynamic_ta.strategies.parse import Scope, parse
from dynamic_ta.strategies.tree import Kind, Node, parameters_of

_TABLES = ("name", "title", "parameters", "lines", "rules", "position", "account")
_TERMS = tuple(field.name for field in fields(Account))
_CHOICES: dict[str, type[Execution] | type[Sizing]] = {"execution": Execution, "sizing": Sizing}
_SETTING = ("default", "least", "most", "step")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_RESERVED = frozenset({*NUMBERS, "and", "or", "not"})
_MOST = 2**53
_VALUES = (Kind.LINE, Kind.NUMBER)


def read_strategy(path: Path) -> Strategy:
    """Return the strategy of the file ``path``.

    Raises
    ------
    UnknownStrategyError : it cannot be read
    StrategyError : see ``parse_strategy``
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnknownStrategyError(f"cannot read {path} ({error.strerror})", "name an existing file") from error
    return parse_strategy(content, str(path))


def with_account(strategy: Strategy, terms: Mapping[str, object]) -> Strategy:
    """Return ``strategy`` on an account with ``terms`` in place of its own, each as a file would have it.

    Raises
    ------
    StrategyError : an unknown term, a value that it cannot have, terms that contradict each other or the rules
    """
    usual = asdict(Account())
    now = {name: value for name, value in asdict(strategy.account).items() if value != usual[name]}
    document = {"account": {**now, **terms}}
    return replace(strategy, account=_Reader(strategy.name).account(document, strategy.expressions))


def parse_strategy(content: bytes, source: str) -> Strategy:
    """Return the strategy that ``content`` holds.

    Parameters
    ----------
    source : the file's name, for the messages

    Raises
    ------
    StrategyError : not TOML, an unknown or missing key, no entry, a parameter or line that nothing uses, defaults that
        an indicator does not take, an account that contradicts itself or the rules
    ExpressionError : an expression that is not of the language, or of another type than its key takes
    """
    try:
        document = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, endless digits, endless brackets
        raise StrategyError(f"{source} is not TOML ({error})", "correct the file at that place") from error
    reader = _Reader(source)
    reader.known("", document, _TABLES)
    settings = reader.settings(document)
    names = tuple(each.name for each in settings)
    lines, used = reader.lines(document, names)
    expressions, mentioned = reader.expressions(document, Scope(names, lines))
    strategy = Strategy(
        name=reader.name(document),
        title=reader.text(document, "title"),
        settings=settings,
        lines=lines,
        expressions=expressions,
        account=reader.account(document, expressions),
    )
    reader.check_used(strategy, used | mentioned)
    check_calls(bind(strategy))
    return strategy


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source

    def error(self, place: str, message: str, hint: str) -> StrategyError:
        return StrategyError(f"{self._source}: {place}{' ' if place else ''}{message}", hint)

    def known(self, place: str, table: Mapping[str, object], keys: tuple[str, ...]) -> None:
        for key in table:
            if key not in keys:
                raise self.error(f"{place}.{key}".lstrip("."), "is no key of a strategy", nearest(key, keys))

    def table(self, document: Mapping[str, object], key: str) -> Mapping[str, object]:
        found = document.get(key, {})
        if not isinstance(found, dict):
            raise self.error(key, "is no table", f"write [{key}], and its keys below")
        return found

    def text(self, document: Mapping[str, object], key: str, place: str = "") -> str:
        found = document.get(key, "")
        if not isinstance(found, str):
            raise self.error(f"{place}.{key}".lstrip("."), f"is {found!r}, no text", "write it in quotes")
        return found

    def name(self, document: Mapping[str, object]) -> str:
        found = self.text(document, "name")
        if not _NAME.fullmatch(found):
            raise self.error("name", f"is {found!r}", "write lower-case letters, digits and dashes, such as sma-cross")
        return found

    def word(self, place: str, word: str) -> str:
        if not _WORD.fullmatch(word) or word in _RESERVED:
            wrong = "is a price or a word of the language" if word in _RESERVED else "is no name for an expression"
            raise self.error(f"{place}.{word}", wrong, "use lower-case letters, digits and _, such as fast_bars")
        return word

    def settings(self, document: Mapping[str, object]) -> tuple[Setting, ...]:
        table = self.table(document, "parameters")
        return tuple(self.setting(self.word("parameters", name), value) for name, value in table.items())

    def setting(self, name: str, value: object) -> Setting:
        place = f"parameters.{name}"
        table = value if isinstance(value, dict) else {"default": value}
        self.known(place, table, _SETTING)
        numbers = {key: self.number(f"{place}.{key}", found) for key, found in table.items()}
        if "default" not in numbers:
            raise self.error(place, "has no default", "write default = …")
        setting = Setting(name, **numbers)
        if setting.is_whole and not all(isinstance(number, int) for number in numbers.values()):
            raise self.error(place, "has a whole default and a range that is not", "write default with a point: 2.0")
        if (setting.least is None) != (setting.most is None) or (setting.step is not None and setting.least is None):
            raise self.error(place, "has half a range", "give both least and most, or neither")
        if setting.least is not None and setting.most is not None:
            if not setting.least <= setting.default <= setting.most:
                raise self.error(place, "has its default outside of its range", "keep least <= default <= most")
            if setting.step is not None and setting.step <= 0:
                raise self.error(f"{place}.step", f"is {setting.step}", "give a step above zero")
        return setting

    def number(self, place: str, value: object) -> int | float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(place, f"is {value!r}, no number", "write a number like 14 or 2.5")
        if not abs(value) <= _MOST:  # NaN is not, either
            raise self.error(place, f"is {str(value)[:20]}", "give a number up to 2**53, which JSON and float64 hold")
        return value

    def lines(self, document: Mapping[str, object], names: tuple[str, ...]) -> tuple[dict[str, Node], frozenset[str]]:
        """Return the named lines, and the names that they mention; a line may name those above it."""
        table = self.table(document, "lines")
        lines: dict[str, Node] = {}
        used: frozenset[str] = frozenset()
        for name in table:
            if self.word("lines", name) in names:
                raise self.error(f"lines.{name}", "has the name of a parameter", "choose another")
            where = f"{self._source}: lines.{name}"
            parsed = parse(self.text(table, name, "lines"), where, Scope(names, lines), _VALUES)
            lines[name] = parsed.node
            used |= parsed.names
        return lines, used

    def expressions(self, document: Mapping[str, object], scope: Scope) -> tuple[dict[str, Node], frozenset[str]]:
        rules, position = self.table(document, "rules"), self.table(document, "position")
        self.known("rules", rules, RULES)
        self.known("position", position, AMOUNTS)
        if not any(entry in rules for entry in ENTRIES):
            raise self.error("rules", "never enter", f"give {' or '.join(ENTRIES)}")
        for entry, leave in zip(ENTRIES, EXITS, strict=True):
            if leave in rules and entry not in rules:
                raise self.error(f"rules.{leave}", "leaves what is never entered", f"add {entry}, or remove it")
        found: dict[str, Node] = {}
        used: frozenset[str] = frozenset()
        for key in (*RULES, *AMOUNTS):
            table = rules if key in RULES else position
            if key in table:
                kinds = (Kind.CONDITION,) if key in RULES else _VALUES
                where = f"{self._source}: {place_of(key)}"
                parsed = parse(self.text(table, key, place_of(key).partition(".")[0]), where, scope, kinds)
                found[key] = parsed.node
                used |= parsed.names
        return found, used

    def account(self, document: Mapping[str, object], expressions: Mapping[str, Node]) -> Account:
        """Return the account's terms; what contradicts the rules is said here, the rest by ``Account``."""
        table = self.table(document, "account")
        self.known("account", table, _TERMS)
        values = {key: self.term(f"account.{key}", key, value) for key, value in table.items()}
        try:
            account = Account(**values)
        except AccountError as error:
            raise self.error("account:", error.message, error.hint) from error
        if account.sizing is Sizing.RISK and not account.has_stop and "stop_distance" not in expressions:
            hint = "give position.stop_distance, account.stop_percent or account.trailing_percent"
            raise self.error("account.sizing", "is by risk, and there is no stop", hint)
        if "size" in table and "size" in expressions:
            raise self.error("account.size", "contradicts position.size", "remove one of them")
        return account

    def term(self, place: str, key: str, value: object) -> Any:
        if key in _CHOICES:
            chosen = next((choice for choice in _CHOICES[key] if choice == value), None)
            if chosen is None:
                raise self.error(place, f"is {value!r}", nearest(str(value), tuple(_CHOICES[key])))
            return chosen
        number = self.number(place, value)
        if key == "time_exit_bars" and not isinstance(number, int):
            raise self.error(place, f"is {number}", "give a whole number of bars")
        return number if key == "time_exit_bars" else float(number)

    def check_used(self, strategy: Strategy, used: frozenset[str]) -> None:
        for name in strategy.lines:
            if name not in used:
                raise self.error(f"lines.{name}", "is never used", "use it in a rule, or remove it")
        reached = {name for node in strategy.expressions.values() for name in parameters_of(node)}
        for setting in strategy.settings:
            if setting.name not in reached:
                raise self.error(f"parameters.{setting.name}", "is never used", "use it in a rule, or remove it")
