"""The Rego policies: read, held to what was compared with OPA, and compiled once."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import regorus  # type: ignore[import-untyped]  # it ships no types

from dynamic_ags.errors import PolicyError, UnreadableError
from dynamic_ags.policy_checks import check_module, head, is_test
from dynamic_base import digest

POLICIES = "ci/policies"
SETTINGS = "data"

_RULE = re.compile(r'"rule":\s*"([a-z_]+)"')
_TAKEN = ("dynamic", "governance")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule stands."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of one folder.

    Parameters
    ----------
    engine : regorus.Engine, holding the policies and their settings; it is cloned, never changed
    digest : SHA-256 over the names and texts of the policies and of their settings; tests do not count
    packages : the policies' packages, e.g. ``dynamic.action``, and the names that each defines
    rules : where each denial comes from, by the ``"rule"`` that it names
    tests : each test rule, e.g. ``data.dynamic.action_test.test_x``, and where it stands
    """

    engine: regorus.Engine
    digest: str
    packages: Mapping[str, frozenset[str]]
    rules: Mapping[tuple[str, str], Place]
    tests: Mapping[str, Place]


def read_policies(root: Path, folder: str = POLICIES, *, with_tests: bool = False) -> Policies:
    """Read every ``*.rego`` of ``root/folder``; ``*_test.rego`` only ``with_tests``, since they slow each decision.

    What a policy's owner may set is in ``root/folder/data``: ``x.json`` is ``data.x``.

    Raises
    ------
    UnreadableError : no such folder, no policy in it, or a file that is not UTF-8
    PolicyError : see ``load_policies``
    """
    paths = [path for path in sorted((root / folder).glob("*.rego")) if with_tests or not is_test(path.name)]
    if not paths:
        raise UnreadableError(f"no policy in {root / folder}", "restore the folder, or name another with --policies")
    settings = sorted((root / folder / SETTINGS).glob("*.json"))
    try:
        return load_policies(
            {f"{folder}/{path.name}": path.read_text(encoding="utf-8") for path in paths},
            {f"{folder}/{SETTINGS}/{path.name}": path.read_text(encoding="utf-8") for path in settings},
        )
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"cannot read a policy in {root / folder} ({error})", "mend or restore it") from error


def load_policies(sources: Mapping[str, str], settings: Mapping[str, str] | None = None) -> Policies:
    """Return the policies in ``sources``, by file name, with their ``settings``, JSON by file name.

    Raises
    ------
    PolicyError : naming the file and the line of what the engine or one of our own rules refuses: the syntax from
        before Rego 1, a package that is not named after its file, a built-in that was not compared with OPA, a
        denial's name used twice, a policy without ``allow`` and ``deny``, settings that are not under their own name,
        or that hold a key twice, of which the engines take the last and a reader may see the first
    """
    engine = regorus.Engine()
    packages: dict[str, str] = {}
    for file, text in sorted(sources.items()):
        try:
            packages[file] = engine.add_policy(file, text).removeprefix("data.")
        except RuntimeError as error:
            raise PolicyError(f"{file} cannot be loaded ({engine_said(error)})", "mend that line") from error
        _check_package(file, packages[file])
    for file, text in sorted((settings or {}).items()):
        try:
            engine.add_data_json(_settings(file, text))
        except RuntimeError as error:
            raise PolicyError(f"{file} cannot be loaded ({engine_said(error)})", "mend that line") from error
    modules = {module["source"]["file"]: module["ast"] for module in json.loads(engine.get_ast_as_json())}
    defined = _defined(packages, modules)
    for file, ast in modules.items():
        check_module(file, ast, defined[packages[file]])
    judging = {file: ast for file, ast in modules.items() if not is_test(file)}
    if not judging:
        raise PolicyError("there are only tests here", "add a policy")
    counting = {**{file: sources[file] for file in judging}, **(settings or {})}
    hashes = {Path(file).name: hashlib.sha256(text.encode()).hexdigest() for file, text in counting.items()}
    tests = {file: ast for file, ast in modules.items() if is_test(file)}
    return Policies(
        engine,
        digest(hashes),
        {packages[file]: defined[packages[file]] for file in judging},
        _places(packages, judging, sources),
        {name: place for file, ast in tests.items() for name, place in _tests(file, packages[file], ast)},
    )


def engine_said(error: RuntimeError) -> str:
    """Return the engine's own words in one line: where, and what; its stack trace is of no use to anybody."""
    text = str(error).partition("\nStack backtrace")[0]
    place = re.search(r"--> (\S+:\d+):\d+", text)
    said = re.search(r"error: (.+)", text)
    words = said[1] if said else " ".join(text.split())
    return f"{place[1]}: {words}" if place else words


def _check_package(file: str, package: str) -> None:
    """A policy's file is named after its package; ``a_b.rego`` may be a part of ``a.rego`` too."""
    words = Path(file).stem.split("_")
    parts = [len(words)] if is_test(file) else range(1, len(words) + 1)
    if package not in [f"dynamic.{'_'.join(words[:count])}" for count in parts]:
        raise PolicyError(f"{file} is in the package {package}", f"write 'package dynamic.{'_'.join(words)}'")


def _settings(file: str, text: str) -> str:
    """Return settings as ``{name: ...}``, so that every engine that reads the file puts them at the same place."""
    name = Path(file).stem
    try:
        value = json.loads(text, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"{file} is no JSON ({error})", "mend it") from error
    if not isinstance(value, dict) or list(value) != [name] or name in _TAKEN:
        raise PolicyError(f"{file} does not hold just one key {name!r}", f'write {{"{name}": {{...}}}}')
    return text


def _distinct(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} stands twice")
    return found


def _defined(packages: Mapping[str, str], modules: Mapping[str, dict[str, Any]]) -> dict[str, frozenset[str]]:
    """Return the names that each package defines, and refuse one that a denial could not be asked of."""
    found: dict[str, set[str]] = {package: set() for package in packages.values()}
    for file, ast in modules.items():
        found[packages[file]] |= {head(rule) for rule in ast["rules"]}
    for file, package in packages.items():
        if not is_test(file) and not {"allow", "deny"} <= found[package]:
            raise PolicyError(
                f"{file} does not define both allow and deny", "define both: an allow must be said positively"
            )
    return {package: frozenset(names) for package, names in found.items()}


def _places(
    packages: Mapping[str, str], modules: Mapping[str, dict[str, Any]], sources: Mapping[str, str]
) -> dict[tuple[str, str], Place]:
    """Return where each denial's rule stands, by package and by the name that the denial carries."""
    found: dict[tuple[str, str], Place] = {}
    for file, ast in modules.items():
        starts = sorted(rule["Spec"]["span"]["line"] for rule in ast["rules"] if "Spec" in rule)
        for number, line in enumerate(sources[file].split("\n"), 1):
            for name in _RULE.findall(line.partition("#")[0]):
                key = (packages[file], name)
                if key in found:
                    raise PolicyError(f"{file}:{number}: the rule {name} stands twice", "give each its own name")
                found[key] = Place(file, max(start for start in starts if start <= number))
    return found


def _tests(file: str, package: str, ast: dict[str, Any]) -> Iterator[tuple[str, Place]]:
    for rule in ast["rules"]:
        name = head(rule)
        if name.startswith("test_"):
            yield f"data.{package}.{name}", Place(file, rule["Spec"]["span"]["line"])
