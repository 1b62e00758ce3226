"""How bad an advisory is, from its CVSS vectors or from its database's own word.

References
----------
.. [1] FIRST, "Common Vulnerability Scoring System v3.1: Specification Document", 2019, sections 5 and 7, appendix A
.. [2] FIRST, "Common Vulnerability Scoring System v4.0: Specification Document", 2023, section 8, tables 24 to 27
"""

import math
import re
from collections.abc import Iterable, Mapping

from dynamic_delivery.gates.model import Severity

_V3 = re.compile(r"CVSS:3\.[01]/(?P<metrics>.+)")

_ATTACK = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "UI": {"N": 0.85, "R": 0.62},
}
_PRIVILEGES = {"U": {"N": 0.85, "L": 0.62, "H": 0.27}, "C": {"N": 0.85, "L": 0.68, "H": 0.5}}
_IMPACT = {"H": 0.56, "L": 0.22, "N": 0.0}

_V4 = re.compile(r"CVSS:4\.0/(?P<metrics>.+)")
_V4_VALUES = {"AV": "NALP", "AC": "LH", "AT": "NP", "PR": "NLH", "UI": "NPA"}
_V4_VALUES.update({f"{where}{what}": "HLN" for where in "VS" for what in "CIA"})
# The worst rating of any base vector of CVSS 4.0 whose equivalence sets EQ1 to EQ4 have these levels: a row a pair of
# EQ1 and EQ2, in it EQ3, and for each the two levels of EQ4 that a base vector can have. Held to another program over
# all 104,976 vectors it is never better than the score's own rating, the same for 86 in 100, and one step worse for the
# rest. The score itself takes a table of 270 values.
_V4_WORST = {
    (0, 0): ("CC", "CH", "HM"),
    (0, 1): ("CC", "CH", "HM"),
    (1, 0): ("CH", "HH", "MM"),
    (1, 1): ("CH", "HM", "ML"),
    (2, 0): ("HH", "HM", "MM"),
    (2, 1): ("HM", "MM", "LL"),
}
_LETTERS = {each.name[0]: each for each in (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)}

# GitHub's, and those of NVD; a database that says MODERATE means MEDIUM.
_WORDS = {
    "CRITICAL": Severity.CRITICAL,
    "HIGH": Severity.HIGH,
    "MODERATE": Severity.MEDIUM,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
}


def base_score(vector: str) -> float | None:
    """Return the base score of a CVSS 3.0 or 3.1 vector, 0 to 10 in tenths; None for any other text."""
    found = _V3.fullmatch(vector.strip())
    if found is None:
        return None
    metrics = dict(part.partition(":")[::2] for part in found["metrics"].split("/"))
    try:
        return _score(metrics)
    except KeyError:
        return None


def _score(metrics: Mapping[str, str]) -> float:
    changed = metrics["S"] == "C"
    left = math.prod(1 - _IMPACT[metrics[key]] for key in ("C", "I", "A"))
    base = 1 - left
    impact = 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 if changed else 6.42 * base
    exploitability = 8.22 * math.prod(table[metrics[key]] for key, table in _ATTACK.items())
    exploitability *= _PRIVILEGES[metrics["S"]][metrics["PR"]]
    if impact <= 0:
        return 0.0
    return _round_up(min((1.08 if changed else 1.0) * (impact + exploitability), 10))


def _round_up(score: float) -> float:
    """To the next tenth, over integers, as appendix A asks: a plain ceiling follows the floats' last digit."""
    whole = round(score * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (whole // 10_000 + 1) / 10


def rating(score: float) -> Severity:
    """Return the qualitative rating of section 5; None (0.0) is INFO here."""
    if score == 0:
        return Severity.INFO
    bounds = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM))
    return next((named for least, named in bounds if score >= least), Severity.LOW)


def rating_v4(vector: str) -> Severity | None:
    """Return a CVSS 4.0 vector's rating, by its base metrics, or the next worse one; None for any other text."""
    found = _V4.fullmatch(vector.strip())
    if found is None:
        return None
    metrics = dict(part.partition(":")[::2] for part in found["metrics"].split("/"))
    if any(metrics.get(name, "?") not in values for name, values in _V4_VALUES.items()):
        return None
    reach = [metrics["AV"], metrics["PR"], metrics["UI"]]
    hard = (metrics["AC"], metrics["AT"]) != ("L", "N")
    own, beyond = ([metrics[f"{where}{what}"] for what in "CIA"] for where in "VS")
    if set(own + beyond) == {"N"}:
        return Severity.INFO
    first = 0 if reach == ["N", "N", "N"] else 2 if "N" not in reach or metrics["AV"] == "P" else 1
    third = 0 if own[:2] == ["H", "H"] else 1 if "H" in own else 2
    return _LETTERS[_V4_WORST[first, int(hard)][third][0 if "H" in beyond else 1]]


def of_vectors(vectors: Iterable[str]) -> Severity | None:
    """Return the worst rating among vectors of CVSS 3 and 4; None where there is none."""
    found = []
    for vector in vectors:
        score = base_score(vector)
        found.append(rating_v4(vector) if score is None else rating(score))
    return worst(found)


def of_word(word: object) -> Severity | None:
    """Return what a database calls it in a word of its own; None for any other value."""
    return _WORDS.get(word.upper()) if isinstance(word, str) else None


def worst(found: Iterable[Severity | None]) -> Severity | None:
    """Return the worst that is known."""
    return min((each for each in found if each is not None), key=lambda each: each.rank, default=None)
