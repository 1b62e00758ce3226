"""Questions to the policy ``gates``: small runs of the gates in which every rule fires now and then, and torn ones."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.dynamic_ags.opa import Question

GATES = ("ruff", "leaks", "pins", "terms", "pytest")
SEVERITIES = ("critical", "high", "medium", "low", "info")
PEOPLE = ("ana", "bo", "chidi", "x-1")
TEAMS = ("@o/all", "@o/é", "o/all", "", "ana")
# 2026-11-30 with 30 or 90 days: the last day, and one more.
DAYS = ("2026-11-30", "2026-11-29", "2026-12-30", "2026-12-31", "2027-02-28", "2027-03-01", "2028-02-29", "2099-12-31")
PATHS = ("src/a.py", "src/b.cl", "tests/a.py", "README.md", "src/é.py")
PREFIXES = ("CVE-", "secret:", "licence:", "")

_text = st.text(st.characters(codec="utf-8"), max_size=5)
_words = st.sampled_from(["", " ", "m", "a % and a %d", '<b> & "q"', "línea\n", "\\d"]) | _text
_numbers = st.integers(-3, 200) | st.sampled_from([0.5, 59.99, 60, 60.0, 80, 100, 1e21, 2**53 - 1])
_days = st.sampled_from(DAYS) | st.dates().filter(lambda day: 2000 <= day.year < 2100).map(str)


def _some(values: tuple[str, ...], most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=most)


_gate = st.fixed_dictionaries(
    {
        "name": st.sampled_from(GATES),
        "outcome": st.sampled_from(["passed"] * 5 + ["failed", "skipped", "undecided"]),
        "reason": _words,
    }
)
_owners = st.sampled_from(["ana", "ana", "@ana", "@o/all", "@o/é", "@@ana", "zoe", "", " "])
_cover = st.fixed_dictionaries({"reason": _words, "owner": _owners, "expires": _days})
_finding = st.fixed_dictionaries(
    {
        "gate": st.sampled_from([*GATES, *GATES, *GATES, "ghost"]),
        "rule": st.sampled_from(["F401", "CVE-1", "secret:aws", "licence:x", "", "é"]),
        "severity": st.sampled_from(SEVERITIES),
        "message": _words,
        "fix": _words,
        "path": st.sampled_from(PATHS),
        "line": st.integers(0, 9),
        "package": st.none() | st.fixed_dictionaries({"ecosystem": _words, "name": _words, "version": _words}),
        "fixed_in": st.sampled_from([None, "", "1.0"]),
        "fingerprint": st.sampled_from("abc"),
        "owner": _words,
        "new": st.booleans(),
        "waiver": st.none() | _cover,
    }
)
_waiver = st.builds(
    lambda cover, rest: {**cover, **rest},
    _cover,
    st.fixed_dictionaries(
        {"fingerprint": st.sampled_from("abc"), "expired": st.booleans(), "used": st.booleans()},
    ),
)
_input = st.fixed_dictionaries(
    {
        "schema": st.just("dynamic.gates/1"),
        "today": st.sampled_from(["2026-11-30"] * 4 + ["2027-03-01", "2000-02-29"]),
        "author": st.sampled_from([*PEOPLE, *PEOPLE, "", "Ana"]),
        "approvals": _some((*PEOPLE, *PEOPLE, "stranger", "ünal"), 4),
        "only": st.none() | _some(GATES),
        "gates": st.lists(_gate, max_size=7),
        "findings": st.lists(_finding, max_size=3),
        "waivers": st.lists(_waiver, max_size=2),
        "change": st.fixed_dictionaries({"everything": st.booleans(), "base": _words, "files": _some(PATHS)}),
        "risk": st.none() | st.fixed_dictionaries({"score": _numbers}),
    }
)
_kind = st.fixed_dictionaries(
    {"gates": _some(GATES, 1), "rules": _some(PREFIXES[:3], 1), "except": _some(("F401", "CVE-1", ""), 1)}
)
_settings = st.fixed_dictionaries(
    {
        "block_at": st.sampled_from(SEVERITIES),
        "kinds": st.fixed_dictionaries({"secret": _kind, "vulnerability": _kind, "licence": _kind}),
        "vulnerability_block_at": st.sampled_from(SEVERITIES),
        "waiver_days": st.sampled_from([0, 30, 90, 90, 30000]),
        "must_pass": _some(GATES, 2),
        "required": st.dictionaries(
            st.sampled_from(GATES),
            st.fixed_dictionaries(
                {
                    "starts": _some(("src/", "tests/", ""), 2),
                    "has": _some(("/a", "é", ""), 2),
                    "ends": _some((".py", ".cl", ""), 2),
                }
            ),
            max_size=2,
        ),
        "risk": st.lists(st.fixed_dictionaries({"from": _numbers, "approvals": st.integers(0, 2)}), max_size=2),
    }
)
_governance = st.fixed_dictionaries(
    {
        "roles": st.dictionaries(
            _words,
            st.fixed_dictionaries({"members": _some(PEOPLE)}, optional={"team": st.sampled_from(TEAMS)}),
            max_size=3,
        )
    }
)
_formed = st.builds(lambda g, i, s: Question("gates", g, i, s), _governance, _input, _settings)

_leaf = st.none() | st.booleans() | _numbers | st.floats(allow_nan=False, allow_infinity=False) | _words
_anything = st.recursive(
    _leaf, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_words, inner, max_size=2), max_leaves=4
)
# Near misses, besides anything at all: what a careless rim would let through.
_near = st.sampled_from(["HIGH", "Passed", "dynamic.gates/2", "2026-11-31", "2026-1-1", "1999-12-31", "2026-12-31\n"])


def _places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(item, (*path, key))


@st.composite
def _torn(draw: st.DrawFn) -> Question:
    """Draw a question with up to three places of its input or its settings cut out or overwritten."""
    asked = draw(_formed)
    whole: Any = {"input": deepcopy(asked.input), "settings": deepcopy(asked.settings)}
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([path for path in _places(whole) if len(path) > 1] or [("input",)]))
        holder = whole
        for key in path[:-1]:
            holder = holder[key]
        if draw(st.booleans()):
            del holder[path[-1]]
        else:
            holder[path[-1]] = draw(_near | _anything)
        if not _both(whole):
            break
    return Question("gates", asked.governance, whole["input"], whole["settings"])


def _both(whole: Mapping[str, object]) -> bool:
    return bool(whole["input"]) and bool(whole["settings"])


def _drawn(strategy: st.SearchStrategy[Question], count: int) -> list[Question]:
    """Return ``count`` draws: OPA takes seconds to start, so it is asked all of them at once."""
    found: list[Question] = []

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(question: Question) -> None:
        found.append(question)

    collect()
    return found


def formed(count: int) -> list[Question]:
    return _drawn(_formed, count)


def torn(count: int) -> list[Question]:
    return _drawn(_torn(), count)
