import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_base import canonical_json
from dynamic_token import Entry, Posting, RuleError
from dynamic_token.entry import LineError, seal, unseal

PREV = "ab" * 32
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ENTRY = Entry(7, NOON, "transfer", (Posting("holder:a", -(10**17)), Posting("holder:b", 10**17)), {"note": "é\n"})

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_entries = st.builds(
    Entry,
    st.integers(0, 2**53 - 1),
    st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
        lambda time: time.replace(microsecond=0)
    ),
    _text,
    st.lists(st.builds(Posting, _text, st.integers(-(2**63) + 1, 2**63 - 1)), max_size=4).map(tuple),
    st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=5), _text, max_size=4),
)


def test_a_line_is_canonical_json_and_its_hash_is_that_of_all_other_fields() -> None:
    line, mark = seal(ENTRY, PREV)
    document = json.loads(line)
    assert line == canonical_json(document) + b"\n"
    assert document.pop("hash") == mark == hashlib.sha256(canonical_json(document)).hexdigest()
    assert document == {
        "seq": 7,
        "time": "2026-01-01T12:00:00+00:00",
        "kind": "transfer",
        "postings": [["holder:a", "-100000000000000000"], ["holder:b", "100000000000000000"]],
        "prev": PREV,
        "details": {"note": "é\n"},
    }


@settings(deadline=None)
@given(_entries)
def test_any_entry_reads_back_and_the_quick_form_check_agrees_with_rfc_8785(entry: Entry) -> None:
    line, mark = seal(entry, PREV)
    sealed = unseal(line)
    assert (sealed.entry, sealed.prev, sealed.hash) == (entry, PREV, mark)


def forged(**fields: object) -> bytes:
    """Return a line with ``fields`` laid over an honest one and the hash made anew: whoever edits can hash, too."""
    document = {**json.loads(seal(ENTRY, PREV)[0]), **fields}
    document.pop("hash")
    mark = hashlib.sha256(canonical_json(document)).hexdigest()
    return canonical_json({**document, "hash": mark}) + b"\n"


def test_the_forger_of_these_tests_makes_honest_lines() -> None:
    assert unseal(forged()).entry == ENTRY


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"more": 1}, "fields"),
        ({"seq": "7"}, "wrong type"),
        ({"seq": True}, "wrong type"),
        ({"seq": 7.5}, "wrong type"),
        ({"kind": 1}, "wrong type"),
        ({"prev": None}, "wrong type"),
        ({"details": {"a": 1}}, "wrong type"),
        ({"details": {"é": "a"}}, "wrong type"),
        ({"details": []}, "wrong type"),
        ({"postings": {}}, "wrong type"),
        ({"postings": [["holder:a", 5]]}, "no posting"),
        ({"postings": [["holder:a", "05"]]}, "no posting"),
        ({"postings": [["holder:a", "+5"]]}, "no posting"),
        ({"postings": [["holder:a", "0.5"]]}, "no posting"),
        ({"postings": [["holder:a", "1_0"]]}, "no posting"),
        ({"postings": [["holder:a", str(2**63)]]}, "no posting"),
        ({"postings": [["holder:a", "9" * 5000]]}, "no posting"),
        ({"postings": [["holder:a", "5", "6"]]}, "no posting"),
        ({"time": "2026-01-01"}, "no time"),
        ({"time": "2026-01-01T12:00:00Z"}, "no time"),
        ({"time": "2026-01-01T12:00:00.500000+00:00"}, "no time"),
        ({"time": "2026-01-01T13:00:00+01:00"}, "no time"),
        ({"time": "yesterday"}, "no time"),
    ],
)
def test_a_forged_field_is_refused_even_under_a_good_hash(fields: dict[str, object], said: str) -> None:
    with pytest.raises(LineError, match=said):
        unseal(forged(**fields))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"\n", "no JSON"),
        (b"[]\n", "fields"),
        (b'{"seq":1e999}\n', "fields"),
        (b"\xff\n", "no JSON"),
        (b"[" * 100_000 + b"\n", "no JSON"),
        (seal(ENTRY, PREV)[0][:-1], "cut short"),
        (seal(ENTRY, PREV)[0].replace(b'":', b'": '), "canonical"),
        (seal(ENTRY, PREV)[0].replace(b'"seq":7', b'"seq":6,"seq":7'), "canonical"),
        (seal(ENTRY, PREV)[0].replace("é".encode(), b"\\u00e9"), "canonical"),
        (seal(ENTRY, PREV)[0].replace(b'"seq":7', b'"seq":NaN'), "canonical"),
        (seal(ENTRY, PREV)[0].replace(b'"seq":7', b'"seq":8'), "edited"),
    ],
)
def test_what_is_no_entry_says_why(line: bytes, said: str) -> None:
    with pytest.raises(LineError, match=said):
        unseal(line)


@pytest.mark.parametrize(
    "time",
    [datetime(2026, 1, 1), NOON + timedelta(microseconds=1), NOON.astimezone(timezone(timedelta(hours=1)))],  # noqa: DTZ001
)
def test_a_time_that_is_not_utc_and_whole_seconds_is_not_written(time: datetime) -> None:
    with pytest.raises(RuleError, match="not in UTC"):
        seal(Entry(0, time, "burn", ()), PREV)
