"""Runs of the gates as texts that no tool of ours writes, for each engine's own reader of JSON."""

import json
from collections.abc import Mapping

from tests.dynamic_ags.gate_cases import GOVERNANCE, SETTINGS, found, run
from tests.dynamic_ags.opa import Question

_FOUND, _RISKY = json.dumps(found().input), json.dumps(run(risk={"score": 1}).input)


def _asked(text: str) -> Question:
    return Question("gates", GOVERNANCE, {}, SETTINGS, raw=text)


def _with(old: str, new: str, text: str = _FOUND) -> Question:
    assert text.count(old) == 1, old
    return _asked(text.replace(old, new))


def _lined(number: str) -> Question:
    return _with('"line": 3', f'"line": {number}')


def _scored(number: str) -> Question:
    return _with('"score": 1', f'"score": {number}', _RISKY)


def _said(text: str) -> Question:
    return _with('"message": "m"', f'"message": {text}')


def _deep(levels: int) -> str:
    return "[" * levels + "]" * levels


# Both read it, and must say the same of it.
READ: Mapping[str, Question] = {
    "a key twice, the worse last": _with('"severity": "low"', '"severity": "low", "severity": "high"'),
    "a key twice, the worse first": _with('"severity": "low"', '"severity": "high", "severity": "low"'),
    "the findings twice": _with('"findings": [', '"findings": [], "findings": ['),
    "a key spelled out": _with('"severity"', '"\\u0073everity"'),
    "an empty key": _with('"line": 3', '"line": 3, "": 1'),
    "a hundred levels": _said(_deep(100)),
    "a hundred levels of what nobody knows": _with('"line": 3', f'"line": 3, "more": {_deep(100)}'),
    "a million letters": _said(json.dumps("x" * 1_000_000)),
    "beyond 64 bits": _lined("18446744073709551617"),
    "forty digits": _lined("1" + "0" * 40),
    "minus zero": _lined("-0"),
    "an exponent": _lined("1E2"),
    "more digits than a double has": _lined("0.1000000000000000055511151231257827"),
    "a score just below, in more digits than a double has": _scored("59.999999999999999999999999"),
    "a score with a point": _scored("60.0"),
    "a score with an exponent": _scored("6e1"),
    "a score of thirty digits": _scored("123456789012345678901234567890"),
    "the largest double": _scored("1.7976931348623157e308"),
    "a zero byte": _said('"a\\u0000b"'),
    "two halves of a character": _said('"\\ud83d\\ude00"'),
    "a word that looks alike": _with('"low"', '"lo\u0301w"'),
    "a word with a mark that nobody sees": _with('"low"', '"low\u202e"'),
    "every key null": _asked(json.dumps(dict.fromkeys(found().input))),
    **{f"no object: {text}": _asked(text) for text in ("[]", '"x"', "null", "3", "true")},
}
# The embedded engine refuses it aloud, which is no yes: it has no depth of more than 128 levels, no number beyond
# doubles, and no half of a character.
REFUSED: Mapping[str, Question] = {
    "two hundred levels": _said(_deep(200)),
    "two hundred levels of what nobody knows": _with('"line": 3', f'"line": 3, "more": {_deep(200)}'),
    "beyond doubles": _lined("1e400"),
    "a score beyond doubles": _scored("1e309"),
    "half a character": _said('"\\ud800"'),
    "NaN": _lined("NaN"),
    "a mark of order": _asked("\ufeff" + _FOUND),
    "more than one": _asked(_FOUND + "{}"),
    "half of one": _asked(_FOUND[:-1]),
    "nothing": _asked(" "),
}
