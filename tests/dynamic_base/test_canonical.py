"""RFC 8785, judged by the vectors of its own text."""

import pytest

from dynamic_base import canonical_json, digest
from dynamic_base.canonical import CanonicalError


def test_the_example_of_rfc_8785_section_3_2_3_is_sorted_by_utf_16_units() -> None:
    # Section 3.2.3: the expected order of the values is the order of these sentences.
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    expected = ["Carriage Return", "One", "Control", "Latin Small", "Euro Sign", "Emoji", "Hebrew"]
    text = canonical_json(value).decode()
    places = [text.index(word) for word in expected]
    assert places == sorted(places)


def test_equal_values_have_one_digest_whatever_their_order() -> None:
    assert digest({"a": 1, "b": [True, None]}) == digest({"b": [True, None], "a": 1})
    assert digest({"a": 1}) != digest({"a": "1"})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, {1: "a"}, object(), "\ud800"])
def test_what_json_cannot_carry_exactly_is_refused(value: object) -> None:
    with pytest.raises(CanonicalError):
        canonical_json(value)
