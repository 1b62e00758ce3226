"""What a policy may hold: only what the embedded engine and OPA were seen to read alike."""

import re
from collections.abc import Iterator
from typing import Any

from dynamic_ags.errors import PolicyError

# The built-ins that policies may use. tests/dynamic_ags/test_opa.py compares each with a real OPA: the embedded engine
# differs silently in others (`walk`, `to_number(" 1")`, `lower("İ")`, sums of fractions).
COMPARED = (
    "concat",
    "contains",
    "count",
    "endswith",
    "is_object",
    "is_string",
    "max",
    "object.get",
    "object.keys",
    "regex.match",
    "sort",
    "sprintf",
    "startswith",
    "time.parse_rfc3339_ns",
    "trim_prefix",
    "type_name",
)

# Two of them only with a first parameter in which the engines agree: no \d, \w or \s (the embedded engine's know all of
# Unicode), and no verb that depends on the kind of its value (`%s` of a number).
_LITERALS = {"regex.match": re.compile(r"[^\\]*"), "sprintf": re.compile(r"([^%]|%[vd%])*")}
_HINTS = {"regex.match": "a pattern that has a backslash", "sprintf": "a format other than %v and %d"}


def is_test(file: str) -> bool:
    """Say whether a file holds tests of policies and no policy."""
    return file.endswith("_test.rego")


def check_module(file: str, ast: dict[str, Any], names: frozenset[str]) -> None:
    """Refuse a policy that could mean something else to OPA.

    Parameters
    ----------
    ast : as the embedded engine gives it
    names : what the policy's package defines

    Raises
    ------
    PolicyError : naming the file and the line
    """
    imports = [_dotted(item["refr"]) for item in ast["imports"]]
    if "rego.v1" not in imports:
        raise PolicyError(f"{file} does not import rego.v1", "add 'import rego.v1': other engines would read it as v0")
    for name, line, parameters in _calls(ast):
        ours = name in names or f"data.dynamic.{name.partition('.')[0]}" in imports
        if name not in COMPARED and not ours:
            hint = "use one of those in COMPARED of policy_checks.py, or add it there with a case in test_opa.py"
            raise PolicyError(f"{file}:{line}: {name} was not compared with OPA", hint)
        if name in _LITERALS and not _LITERALS[name].fullmatch(_literal(parameters[0])):
            raise PolicyError(
                f"{file}:{line}: {name} with {_HINTS[name]}", "write the first parameter as such a literal"
            )
    for line in () if is_test(file) else _negated(ast):
        raise PolicyError(
            f"{file}:{line}: a negated call has an operand that may have no value, which OPA reads otherwise",
            "give it plain variables: assign the operand before, or look it up inside a rule of its own",
        )


def _literal(node: dict[str, Any]) -> str:
    """Return the text that ``node`` writes, or one that no rule allows where it is no plain text."""
    return str((node.get("String") or node.get("RawString") or {"value": "\\%"})["value"])


def _calls(node: Any) -> Iterator[tuple[str, int, list[Any]]]:
    """Yield every call in the tree: the function's dotted name, the line, the parameters."""
    if isinstance(node, dict):
        call = node.get("Call")
        if isinstance(call, dict):
            yield _dotted(call["fcn"]), call["span"]["line"], call["params"]
        for item in node.values():
            yield from _calls(item)
    elif isinstance(node, list):
        for item in node:
            yield from _calls(item)


def _negated(node: Any, negated: bool = False) -> Iterator[int]:
    """Yield the line of each call, or ``in``, below a ``not`` that has a reference or a call among its operands.

    OPA takes the operands' values before the ``not``: where one has none, the rule's body ends there. To the embedded
    engine the outer call failed, so its ``not`` holds.
    """
    if isinstance(node, dict):
        for kind, item in node.items():
            if negated and kind in ("Call", "Membership"):
                operands = item["params"] if kind == "Call" else [item["value"], item["collection"]]
                if any(_is_looked_up(operand) for operand in operands):
                    yield item["span"]["line"]
            yield from _negated(item, negated or kind == "NotExpr")
    elif isinstance(node, list):
        for item in node:
            yield from _negated(item, negated)


def _is_looked_up(node: Any) -> bool:
    if isinstance(node, dict):
        return any(kind in ("RefDot", "RefBrack", "Call") or _is_looked_up(item) for kind, item in node.items())
    return isinstance(node, list) and any(map(_is_looked_up, node))


def _dotted(node: dict[str, Any]) -> str:
    if "Var" in node:
        return str(node["Var"]["value"])
    if "RefDot" in node:
        return f"{_dotted(node['RefDot']['refr'])}.{node['RefDot']['field'][1]}"
    return "?"


def head(rule: dict[str, Any]) -> str:
    """Return the name that a rule defines."""
    if "Default" in rule:
        return _dotted(rule["Default"]["refr"])
    (head,) = rule["Spec"]["head"].values()
    return _dotted(head["refr"])
