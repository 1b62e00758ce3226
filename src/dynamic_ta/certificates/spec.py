"""From the text of a specification to what is run: TOML, checked key by key."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any

from dynamic_base import DynamicError, digest
from dynamic_engines import Precision
from dynamic_ta.certificates.errors import SpecError
from dynamic_ta.certificates.measures import MEASURES, check_of
from dynamic_ta.certificates.model import DataSource, Limit, Spec
from dynamic_ta.data import SAMPLES, mending_of
from dynamic_ta.simulation import Account, Execution, Sizing
from dynamic_ta.strategies import EXAMPLES, Strategy, bind, load_example, read_strategy
from dynamic_ta.validation import CHECKS, Settings, find_checks

_KEYS = ("name", "strategy", "parameters", "account", "data", "parity", "trials", "validation", "envelope")
_DATA = ("source", "mend", "licence")
_PARITY = ("devices", "precisions")
_ENUMS: dict[str, type[StrEnum]] = {"execution": Execution, "sizing": Sizing}
_TERMS = tuple(field.name for field in fields(Account))
_SETTINGS = tuple(field.name for field in fields(Settings))
_MOST_TRIALS = 2_000
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")


def read_spec(path: Path) -> Spec:
    """Return the specification of the file ``path``; what it names by a path is looked for beside it.

    Raises
    ------
    SpecError : not there, no TOML, an unknown or missing key, a value that makes no sense
    StrategyError : the strategy is none, or the parameters do not fit it
    """
    try:
        document = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise SpecError(f"cannot read {path} ({error.strerror})", "name an existing specification") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SpecError(f"{path} is not TOML ({error})", "correct the file at that place") from error
    return _Reader(path).spec(document)


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path

    def spec(self, document: Mapping[str, Any]) -> Spec:
        self._known("", document, _KEYS)
        source = self._text(document, "strategy")
        strategy = self._strategy(source, self._table(document, "account"))
        parameters = self._numbers("parameters", self._table(document, "parameters"))
        bind(strategy, parameters)
        limits = tuple(self._limits(self._table(document, "envelope")))
        validation = self._table(document, "validation")
        self._known("validation", validation, ("checks", "benchmark", *_SETTINGS))
        parity = self._table(document, "parity")
        self._known("parity", parity, _PARITY)
        return Spec(
            name=self._name(document),
            path=self._path,
            strategy=strategy,
            strategy_source=source,
            parameters=parameters,
            data=tuple(self._data(document)),
            devices=tuple(self._texts("parity.devices", parity["devices"])) if "devices" in parity else (),
            precisions=tuple(self._precisions(parity)),
            trials=self._trials(strategy, parameters, self._table(document, "trials")),
            hold=self._benchmark(validation),
            checks=self._checks(validation, limits),
            settings=self._settings(strategy, validation),
            limits=limits,
            digest=digest(document),
        )

    def _error(self, place: str, message: str, hint: str) -> SpecError:
        return SpecError(f"{self._path}: {place} {message}", hint)

    def _known(self, place: str, table: Mapping[str, object], keys: Sequence[str]) -> None:
        for key in table:
            if key not in keys:
                raise self._error(f"{place}.{key}".lstrip("."), "is no key here", f"use one of {', '.join(keys)}")

    def _table(self, document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        found = document.get(key, {})
        if not isinstance(found, dict):
            raise self._error(key, "is no table", f"write [{key}], and its keys below")
        return found

    def _text(self, document: Mapping[str, Any], key: str) -> str:
        found = document.get(key)
        if not isinstance(found, str) or not found:
            raise self._error(key, "is missing" if found is None else "is no text", f'write {key} = "…"')
        return found

    def _name(self, document: Mapping[str, Any]) -> str:
        found = self._text(document, "name")
        # It becomes a file's name.
        if not _NAME.fullmatch(found):
            raise self._error("name", f"is {found!r}", "write lower-case letters, digits, dots and dashes")
        return found

    def _texts(self, place: str, found: object) -> list[str]:
        if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
            raise self._error(place, "is no list of texts", f'write {place.rpartition(".")[2]} = ["…"]')
        return found

    def _number(self, place: str, value: object) -> int | float:
        # Beyond 2**53 JSON holds no integer; NaN is in no range.
        if isinstance(value, bool) or not isinstance(value, int | float) or not -(2**53) <= value <= 2**53:
            raise self._error(place, f"is {value!r}, no number", "write a number such as 14 or 2.5")
        return value

    def _numbers(self, place: str, table: Mapping[str, Any]) -> dict[str, float]:
        return {key: self._number(f"{place}.{key}", value) for key, value in table.items()}

    def _strategy(self, source: str, account: Mapping[str, Any]) -> Strategy:
        strategy = load_example(source) if source in EXAMPLES else read_strategy(self._path.parent / source)
        self._known("account", account, _TERMS)
        try:
            terms: dict[str, Any] = {
                key: _ENUMS[key](value) if key in _ENUMS else value for key, value in account.items()
            }
        except ValueError as error:
            raise self._error("account:", str(error), "see the terms of an account") from error
        for key in terms.keys() - _ENUMS.keys():
            self._number(f"account.{key}", terms[key])
        try:
            return replace(strategy, account=replace(strategy.account, **terms))
        except DynamicError as error:
            raise self._error("account:", error.message, error.hint) from error

    def _data(self, document: Mapping[str, Any]) -> Iterator[DataSource]:
        tables = document.get("data")
        if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
            raise self._error("data", "names no bars", 'write [[data]] and source = "…" below, once an instrument')
        seen: set[str] = set()
        for table in tables:
            self._known("data", table, _DATA)
            source = self._text(table, "source")
            if source in seen:
                raise self._error("data", f"names {source} twice", "name each source once")
            seen.add(source)
            path = source if source in SAMPLES else str(self._path.parent / source)
            words = self._texts("data.mend", table["mend"]) if "mend" in table else []
            licence = self._text(table, "licence") if "licence" in table else "unknown"
            yield DataSource(source, path, mending_of(self._placed(words)), licence)

    def _placed(self, words: list[str]) -> list[str]:
        """Let a file of splits stand beside the specification, as all else does."""
        name = "splits="
        return [f"{name}{self._path.parent / word[len(name) :]}" if word.startswith(name) else word for word in words]

    def _precisions(self, parity: Mapping[str, Any]) -> Iterator[Precision]:
        for word in self._texts("parity.precisions", parity.get("precisions", list(Precision))):
            if word not in {one.value for one in Precision}:
                raise self._error("parity.precisions", f"has {word!r}", "use float64 and float32")
            yield Precision(word)

    def _trials(
        self, strategy: Strategy, chosen: Mapping[str, float], table: Mapping[str, Any]
    ) -> tuple[Mapping[str, float], ...]:
        """Return every combination of the listed values, the chosen one first."""
        if not table:
            return ()
        for key, values in table.items():
            if not isinstance(values, list) or not values:
                raise self._error(f"trials.{key}", "is no list of values", f"write {key} = [10, 20, 30]")
        lists = [[self._number(f"trials.{key}", value) for value in values] for key, values in table.items()]
        tried = [{**chosen, **dict(zip(table, values, strict=True))} for values in product(*lists)]
        if len(tried) > _MOST_TRIALS:
            raise self._error("trials", f"are {len(tried)}", f"give at most {_MOST_TRIALS}")
        first = bind(strategy, chosen).values
        return (chosen, *(one for one in tried if bind(strategy, one).values != first))

    def _benchmark(self, validation: Mapping[str, Any]) -> bool:
        found = validation.get("benchmark", "hold")
        if found not in ("hold", "none"):
            raise self._error("validation.benchmark", f"is {found!r}", 'write "hold" or "none"')
        return bool(found == "hold")

    def _checks(self, validation: Mapping[str, Any], limits: Sequence[Limit]) -> tuple[str, ...]:
        """Return the checks that are listed, and those that a limit needs, in the table's order."""
        listed = self._texts("validation.checks", validation["checks"]) if "checks" in validation else []
        asked = {*listed, *filter(None, (check_of(limit.measure) for limit in limits))}
        find_checks(sorted(asked))
        return tuple(check.name for check in CHECKS if check.name in asked)

    def _settings(self, strategy: Strategy, validation: Mapping[str, Any]) -> Settings:
        chosen = {key: validation[key] for key in _SETTINGS if key in validation}
        for key in chosen.keys() - {"bootstrap", "interval"}:
            self._number(f"validation.{key}", chosen[key])
        return Settings(**{"periods_per_year": strategy.account.periods_per_year, **chosen})

    def _limits(self, envelope: Mapping[str, Any]) -> Iterator[Limit]:
        if not envelope:
            raise self._error("envelope", "has no limit", "write [envelope] and, below, max_drawdown = { most = 0.3 }")
        known = [measure.name for measure in MEASURES]
        self._known("envelope", envelope, known)
        for name, table in envelope.items():
            if not isinstance(table, dict) or not table:
                raise self._error(f"envelope.{name}", "is no limit", "write { most = 0.3 }, { least = 0.5 } or both")
            self._known(f"envelope.{name}", table, ("least", "most"))
            numbers = self._numbers(f"envelope.{name}", table)
            limit = Limit(name, numbers.get("least"), numbers.get("most"))
            if limit.least is not None and limit.most is not None and limit.least > limit.most:
                raise self._error(f"envelope.{name}", f"wants {limit}", "keep least <= most")
            yield limit
