"""The subset of regular expressions: what is refused, and that both engines match the same."""

import contextlib
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_tl.patterns import MAX_WAYS, PatternError, parse_pattern, sample, source, ways
from tests.dynamic_tl.languages import javascript, schema, write_code

GOOD = [
    "^[A-Z]{1,12}(?:[./-][A-Z0-9]{1,7})?$",
    "^(?:a|ab|abc){1,3}$",
    "^(buy|sell)$",
    "^\\$[0-9]{1,4}\\.[0-9]{2}$",
    "^[-+*/\\]\\\\^.a-c]{0,3}$",
    "^$",
    "^a{0}b?$",
    "^\\^x\\$$",
    "^[ -~]{2}$",
]


@pytest.mark.parametrize(
    ("spelled", "reason", "instead"),
    [
        ("[0-9]", "not anchored", "^(?:…)$"),
        ("^a", "not anchored", "^(?:…)$"),
        ("^a\\$", "not anchored", "^(?:…)$"),
        ("^\\d$", "\\d does not mean the same", "[0-9]"),
        ("^\\w$", "\\w does not mean the same", "[A-Za-z0-9_]"),
        ("^\\s$", "\\s does not", "[ ]"),
        ("^\\bA$", "\\b does not", "both sides"),
        ("^\\u0041$", "\\u does not", "spell it out"),
        ("^\\1$", "\\1 does not", "spell it out"),
        ("^.$", ". does not", "[ -~]"),
        ("^[^a]$", "[^ does not", "allowed"),
        ("^a*$", "* does not", "{0,n}"),
        ("^a+$", "+ does not", "{1,n}"),
        ("^a{1,}$", "no bounded quantifier", "{n,m}"),
        ("^a{x}$", "no bounded quantifier", "{n,m}"),
        ("^a{\u0661}$", "no bounded quantifier", "{n,m}"),
        ("^a{2,1}$", "no range", "n <= m"),
        ("^a{1,9999}$", "no range", "n <= m"),
        ("^a??$", "a quantifier after a quantifier", "(?:…)"),
        ("^a{1}?$", "a quantifier after a quantifier", "(?:…)"),
        ("^(?=a)$", "(? does not", "(?:…)"),
        ("^(?<n>a)$", "(? does not", "(?:…)"),
        ("^a|b$", "an anchor binds tighter", "^(?:…|…)$"),
        ("^(?:a$|^b)$", "$ does not", "\\$"),
        ("^(a$", "not closed", ")"),
        ("^a)$", "nothing opens", "escape"),
        ("^[]a]$", "an empty class", "name"),
        ("^[z-a]$", "runs backwards", "a-z"),
        ("^[a$", "'' in a pattern", "ASCII"),
        ("^\u00e9$", "in a pattern", "ASCII"),
        ("^(?:a{0,9}){0,9}$", "ways to match", "lower"),
        ("^(?:a|a){30}$", "ways to match", "lower"),
    ],
)
def test_what_the_engines_read_differently_is_refused_with_a_remedy(spelled: str, reason: str, instead: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(spelled)
    assert reason in caught.value.reason
    assert instead in caught.value.instead


@pytest.mark.parametrize("spelled", GOOD)
def test_pythons_own_reading_of_the_pattern_matches_what_it_is_made_into(spelled: str) -> None:
    pattern, rng = parse_pattern(spelled), random.Random(4)
    for _ in range(300):
        drawn = sample(pattern.node, rng)
        assert re.fullmatch(source(pattern), drawn)
        assert re.search(spelled, drawn)


def test_node_and_python_agree_on_texts_near_the_patterns(tmp_path: Path) -> None:
    write_code(tmp_path, t=schema({f"p{at}": {"type": "string", "pattern": one} for at, one in enumerate(GOOD)}))
    patterns, rng = [parse_pattern(one) for one in GOOD], random.Random(5)
    texts = []
    for pattern in patterns:
        for _ in range(200):
            drawn = list(sample(pattern.node, rng))
            drawn.insert(rng.randrange(len(drawn) + 1), rng.choice("aZ09-.$^\n\u0661\u2028\U0001f600"))
            texts.append("".join(drawn))
    sources = [source(pattern) for pattern in patterns]
    script = "answer = data[0].map((s) => data[1].map((t) => new RegExp(`^(?:${s})$`, 'u').test(t)));"
    expected = [[re.fullmatch(one, text) is not None for text in texts] for one in sources]
    assert javascript(script, tmp_path, [sources, texts]) == expected
    assert any(map(any, expected))


def test_ways_are_counted_by_hand() -> None:
    assert ways(parse_pattern("^[A-Z]{1,12}(?:-[A-Z]{1,6})?$").node) == 12 * (1 + 6)
    assert ways(parse_pattern("^(?:a|b)(?:c|d)$").node) == 4
    assert ways(parse_pattern("^[a-z]{5}$").node) == 1
    with pytest.raises(PatternError):
        parse_pattern("^" + "a{0,99}" * 4 + "$")
    assert MAX_WAYS >= 100**3


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12))
def test_any_text_is_refused_or_compiles(inside: str) -> None:
    with contextlib.suppress(PatternError):
        re.compile(source(parse_pattern(f"^{inside}$")))
