import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_base import ExitCode
from dynamic_token import AmountError, format_amount, parse_amount


@pytest.mark.parametrize(
    ("value", "units"),
    [(0, 0), (1, 10**9), ("1", 10**9), ("0.5", 5 * 10**8), ("0.000000001", 1), ("1_000.10", 1_000_100_000_000)],
)
def test_an_amount_is_a_whole_number_or_a_decimal_text(value: object, units: int) -> None:
    assert parse_amount(value) == units


@pytest.mark.parametrize("value", [0.5, True, -1, "-1", "", ".5", "1.", "0.0000000001", "1e3", "NaN", " 1", "٣", None])
def test_a_float_and_what_is_no_exact_amount_is_refused(value: object) -> None:
    with pytest.raises(AmountError, match=r"write a whole number") as caught:
        parse_amount(value)
    assert caught.value.exit_code == ExitCode.USAGE


def test_people_read_separators_and_every_place_that_matters() -> None:
    assert format_amount(1_166_666_666_666_666) == "1,166,666.666666666"
    assert format_amount(100_000_000 * 10**9) == "100,000,000"
    assert format_amount(-1) == "-0.000000001"
    assert format_amount(0) == "0"


@settings(deadline=None)
@given(st.integers(0, 10**20))
def test_what_is_printed_reads_back_exactly(units: int) -> None:
    assert parse_amount(format_amount(units).replace(",", "")) == units
