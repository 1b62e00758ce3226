"""The contract test itself: it finds nothing in good code, and it finds every fault that is planted."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from dynamic_tl import Vector, Vectors, Verdict, load_messages, run_contract
from dynamic_tl.contract import Difference, judge
from dynamic_tl.faults import FAULTS
from dynamic_tl.peers import Request, accepted, refused
from dynamic_tl.render import one_of_each, words
from dynamic_tl.runtime.runtime import CODES
from dynamic_tl.shrink import shrunk
from tests.dynamic_tl.languages import both

OURS = Path(str(files("dynamic_tl").joinpath("generated")))
MESSAGES = load_messages(None)
SEEDED = Vectors(MESSAGES, 1)
ENOUGH, BATCH = 1500, 250


@cache
def drawn(start: int, message: str = "") -> tuple[Vector, ...]:
    """Return a batch of vectors of all messages, or of one, whose catalogue is through much sooner."""
    vectors = Vectors([one for one in MESSAGES if one.stem == message], 1) if message else SEEDED
    return tuple(vectors[index] for index in range(start, start + BATCH))


def first_differences(folder: Path, message: str = "") -> list[Difference]:
    """Return the differences of the first batch that has any."""
    with both(folder) as languages:
        for start in range(0, ENOUGH, BATCH):
            judged = judge(drawn(start, message), languages.python, languages.javascript)
            if found := [one for _, _, one in judged if one is not None]:
                return found
    return []


def test_fifteen_hundred_vectors_show_no_difference_and_reach_every_fault_and_code() -> None:
    with both(OURS) as languages:
        outcome = run_contract(SEEDED, range(ENOUGH), languages.python, languages.javascript, lambda done: None)
    assert outcome.differences == ()
    assert outcome.vectors == ENOUGH == outcome.accepted + sum(outcome.refused.values())
    assert 400 < outcome.accepted < 800
    # What has but one place in our schemas comes later: test_ten_thousand.py holds that.
    assert {fault.__name__ for fault in FAULTS} - {"another_constant"} <= outcome.kinds.keys()
    assert set(CODES) - {"minProperties", "too_large", "const", "minItems"} <= outcome.refused.keys()


def test_a_seed_draws_the_same_vectors_and_another_draws_others() -> None:
    one, same, other = Vectors(MESSAGES, 5), Vectors(MESSAGES, 5), Vectors(MESSAGES, 6)
    # Asked in another order: a vector depends on no other.
    assert [one[index] for index in range(50)] == [same[index] for index in reversed(range(50))][::-1]
    assert sum(one[index].data != other[index].data for index in range(50)) > 40


# What someone may plausibly do to one language only: the text, and what replaces it.
MAPS = """const toMap = (v) => Array.isArray(v) ? v.map(toMap)
  : v !== null && typeof v === "object" ? new Map(Object.entries(v).map(([k, x]) => [k, toMap(x)])) : v;
let value;
try { value = toMap(JSON.parse(text)); } catch { throw new MessageError("syntax", ""); }
const end = text.length;"""
BY_CODE_POINT = ".sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))"
ASCII_ONLY = r""".replace(/[\u0080-\uffff]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"))"""
RUNTIME = {
    "names sorted by code points": (
        "const names = [...value.keys()].sort()",
        f"const names = [...value.keys()]{BY_CODE_POINT}",
    ),
    "duplicate names": ('if (members.has(name)) throw new MessageError("duplicate_key", inner);', ""),
    "JSON.parse for the parser": ('const [value, end] = parseValue(text, skip(text, 0), "", 1);', MAPS),
    "lone surrogates": ('if (SURROGATE.test(value)) throw new MessageError("surrogate", pointer);', ""),
    "bytes that are no UTF-8 replaced": ("fatal: true", "fatal: false"),
    "lengths in UTF-16 units": ("const length = codePoints(value);", "const length = value.length;"),
    "integers rounded": ('check(Math.abs(value) <= MAX_INTEGER, "number_range", at, String(value));', ""),
    "a fraction of zero": ("/^-?[0-9]+$/.test(value.text)", "/^-?[0-9]+(\\.0)?$/.test(value.text)"),
    "minus zero": ('check(!Object.is(value, -0), "negative_zero", at);', ""),
    "underflow": ('check(!vanished, "number_range", at, spelled);', ""),
    "unknown names": ("refuseUnknown([...value.keys()], at);", ""),
    "leap years every four years": ("(year % 100 !== 0 || year % 400 === 0)", "true"),
    "non-ASCII escaped": ("return JSON.stringify(value);", f"return JSON.stringify(value){ASCII_ONLY};"),
    "pointers not escaped": ('.replaceAll("/", "~1")', ""),
    "one level more": ("MAX_DEPTH = 32", "MAX_DEPTH = 33"),
    "another digest": ('createHash("sha256")', 'createHash("sha512")'),
    "a crash": ("function readNumber(value, at) {", "function readNumber(value, at) { value.foo.bar;"),
}
DIGITS = ("0|-?[1-9][0-9]{0,18}", "\\d|-?[1-9][0-9]{0,18}")
NEWLINE = ("compiled.fullmatch(found)", "re.match(f'^(?:{pattern})$', found)")
REPR = ('return "-" * sign + _place(text, point)', "return repr(value)")
PLANTED = {
    **{f"JavaScript: {name}": ("runtime.mjs", *edit) for name, edit in RUNTIME.items()},
    "JavaScript: a pattern that folds case": ("order.mjs", "]{0,31})$/u", "]{0,31})$/iu"),
    "JavaScript: a member no longer required": ("fill.mjs", 'required("venue"', 'optional("venue"'),
    "JavaScript: a value missing from a list": ("signal.mjs", '"flat", "short")', '"flat")'),
    "Python: a pattern's end before a newline": ("runtime.py", *NEWLINE),
    "Python: digits of every script": ("runtime.py", *DIGITS),
    "Python: numbers as repr spells them": ("runtime.py", *REPR),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(OURS, tmp_path / "code", ignore=shutil.ignore_patterns("__pycache__"))


def plant(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text, "the fault no longer fits the code"
    (folder / file).write_text(text.replace(old, new))


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_difference_is_found(copy: Path, fault: str) -> None:
    file, old, new = PLANTED[fault]
    plant(copy, file, old, new)
    stem = file.partition(".")[0]
    found = first_differences(copy, "" if stem == "runtime" else stem)
    assert found
    assert all(one.python != one.javascript for one in found)


def test_a_fault_that_both_languages_share_is_found_by_what_is_known_beforehand(copy: Path) -> None:
    plant(copy, "runtime.mjs", "return JSON.stringify(value);", 'return JSON.stringify(value.normalize("NFC"));')
    plant(copy, "runtime.py", "import math\n", "import math\nimport unicodedata\n")
    plant(copy, "runtime.py", "return _QUOTE(value)", 'return _QUOTE(unicodedata.normalize("NFC", value))')
    found = first_differences(copy)
    assert {one.rule for one in found} == {"expected"}
    assert all(one.python == one.javascript for one in found)


def test_a_difference_is_shrunk_to_what_shows_it_and_says_how_to_see_it_again(copy: Path) -> None:
    plant(copy, *PLANTED["JavaScript: lone surrogates"])
    with both(copy) as languages:
        found = [one for _, _, one in judge(drawn(0), languages.python, languages.javascript) if one is not None]
        first = one_of_each(found)[0]
        small = shrunk(first, languages.python, languages.javascript)
    assert small.python == refused("surrogate", small.python.more)
    assert small.javascript != small.python
    assert len(small.vector.data) < 20 < len(first.vector.data)
    text = words(small, "AGAIN")
    assert small.vector.data.hex() in text
    assert "refused: surrogate" in text
    assert text.endswith("AGAIN")


def test_two_writings_are_shown_from_the_byte_where_they_part_and_small(copy: Path) -> None:
    plant(copy, *PLANTED["JavaScript: names sorted by code points"])
    first = one_of_each(first_differences(copy))[0]
    with both(copy) as languages:
        small = shrunk(first, languages.python, languages.javascript)
    # Of the names of a table, two that sort differently are left; UTF-16 puts the astral one first.
    assert len(small.vector.data) < len(first.vector.data)
    at = next(
        at for at, pair in enumerate(zip(small.python.data, small.javascript.data, strict=True)) if len(set(pair)) > 1
    )
    assert f"they part   at byte {at}: f0 " in words(small, "AGAIN")


@dataclass
class Scripted:
    """A peer whose answers are given: first to the vectors, then to what the other wrote."""

    first: Sequence[Verdict]
    again: Sequence[Verdict]
    turn: int = 0
    asked: int = 0

    def send(self, requests: Sequence[Request]) -> None:
        self.turn += 1
        self.asked = len(requests)

    def receive(self) -> list[Verdict]:
        return list(self.first if self.turn == 1 else self.again)[: self.asked]


def rules(index: int, python: Scripted, javascript: Scripted) -> list[str]:
    outcome = run_contract(SEEDED, [index], python, javascript, lambda done: None)
    return [one.rule for one in outcome.differences]


GOOD, OTHER = accepted(b"{}", "digest"), accepted(b'{"a":1}', "digest")


@pytest.mark.parametrize(
    ("python", "javascript", "rule"),
    [
        (GOOD, GOOD, "expected"),
        (GOOD, refused("type", ""), "verdict"),
        (refused("type", ""), refused("type", "/a"), "verdict"),
        (accepted(b"{}", "a"), accepted(b"{}", "b"), "verdict"),
        (Verdict("crashed", "KeyError", ""), Verdict("crashed", "KeyError", ""), "expected"),
    ],
)
def test_peers_that_differ_in_anything_break_the_contract(python: Verdict, javascript: Verdict, rule: str) -> None:
    valid = next(one.index for one in drawn(0) if one.kind == "valid")
    assert rules(valid, Scripted([python], [python]), Scripted([javascript], [javascript])) == [rule]


def test_what_one_language_writes_and_the_other_rereads_otherwise_is_a_difference() -> None:
    scrambled = next(one.index for one in drawn(0) if one.kind == "scrambled")
    assert rules(scrambled, Scripted([GOOD], [GOOD]), Scripted([GOOD], [GOOD])) == []
    assert rules(scrambled, Scripted([GOOD], [OTHER]), Scripted([GOOD], [GOOD])) == ["python rereads"]
    assert rules(scrambled, Scripted([GOOD], [GOOD]), Scripted([GOOD], [OTHER])) == ["javascript rereads"]


def test_the_shortest_of_alike_differences_is_kept() -> None:
    pair = [one for one in drawn(0) if one.message == "order"][:2]
    found = [Difference(one, "verdict", GOOD, refused("type", ""), "") for one in pair]
    (kept,) = one_of_each(found)
    assert kept.vector == min(pair, key=lambda one: len(one.data))
