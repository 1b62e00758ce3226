from importlib.resources import files
from pathlib import Path

import pytest

from dynamic_base import ExitCode
from dynamic_token import TreasuryError, load_treasury, parse_treasury

TEXT = files("dynamic_token").joinpath("treasury.toml").read_text(encoding="utf-8")


def line(fragment: str, nth: int = 1) -> int:
    """Return the line of the ``nth`` occurrence of ``fragment`` in the default policy."""
    return [number for number, text in enumerate(TEXT.splitlines(), 1) if fragment in text][nth - 1]


@pytest.mark.parametrize(
    ("old", "new", "where", "key", "said"),
    [
        ("cap = 100", "cap = 1.5 #", "cap = ", "cap", "write a whole number"),
        ("cap = 100_000_000", "cap = 10_000_000_000", "cap = ", "cap", "64-bit"),
        ("amount = 15_000_000\n\n[[", "amount = 15_000_001\n\n[[", "[bucket.treasury]", "bucket.treasury", "add up to"),
        ("months = 60", "months = 0", "[[bucket.treasury.tranche]]", "bucket.treasury.tranche[0]", "give months"),
        ("months = 60", "months = -1", "months = 60", "bucket.treasury.tranche[0].months", "greater than"),
        ("months = 60", 'months = "60"', "months = 60", "bucket.treasury.tranche[0].months", "'60' now"),
        ("start_month = 48", "start = 48", "start_month = 48", "bucket.mining.tranche[2].start", "no such key"),
        (
            'monthly_decay = "0.02"\n\n[[bucket.mining.tranche]] # years 5',
            'monthly_decay = "1"\n\n[[bucket.mining.tranche]] # years 5',
            'monthly_decay = "0.02"',
            "bucket.mining.tranche[1].monthly_decay",
            'such as "0.02"',
        ),
        ("cliff_months = 12", "cliff_months = 49", "[[bucket.team.tranche]]", "bucket.team.tranche[0]", "shorten"),
        ("at_start = 5_000_000", "at_start = 5_000_001", "[[bucket.liquidity", "bucket.liquidity.tranche[0]", "whole"),
        ('symbol = "DCT"', "", None, "symbol", "add it"),
        ("timelock_hours = 48\n", "", "[bucket.reserve]", "bucket.reserve", "timelock_hours"),
        ("[bucket.reserve]", "[bucket.RESERVE]", "[bucket.reserve]", "bucket.RESERVE", "pattern"),
        (
            "timelock_hours = 48",
            "timelock_hours = 100_000",
            "timelock_hours",
            "bucket.reserve.timelock_hours",
            "less than",
        ),
        (
            "amount = 3_000_000\ntimelock",
            "amount = 0\ntimelock",
            "[bucket.reserve]",
            "bucket.reserve",
            "give it an amount",
        ),
        ("treasury/1", "treasury/2", "schema", "schema", "treasury/2"),
    ],
)
def test_an_error_names_the_file_the_line_the_key_and_the_fix(
    old: str, new: str, where: str | None, key: str, said: str
) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(TreasuryError) as caught:
        parse_treasury(TEXT.replace(old, new), "policy.toml")
    second = 2 if key == "bucket.mining.tranche[1].monthly_decay" else 1
    prefix = f"policy.toml:{line(where, second)}" if where else "policy.toml"
    assert str(caught.value).startswith(f"{prefix}: {key}: ")
    assert said in str(caught.value)
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_three_million_on_top_of_the_first_two_years_breaks_the_forty() -> None:
    with pytest.raises(TreasuryError, match=r"add up to 43,000,000, its amount is 40,000,000"):
        parse_treasury(TEXT.replace("amount = 20_000_000\nat_start = 3", "amount = 23_000_000\nat_start = 3"))


def test_no_toml_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text('schema = "x"\ncap =\n', encoding="utf-8")
    with pytest.raises(TreasuryError, match="line 2") as caught:
        load_treasury(path)
    assert caught.value.exit_code == ExitCode.UNDECIDED


def test_a_file_that_is_not_there_or_no_text_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(TreasuryError, match="No such file"):
        load_treasury(tmp_path / "none.toml")
    (tmp_path / "raw.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(TreasuryError, match="UTF-8"):
        load_treasury(tmp_path / "raw.toml")


def test_titles_and_comments_leave_the_digest_and_a_month_more_changes_it() -> None:
    digest = parse_treasury(TEXT).digest()
    assert parse_treasury(TEXT.replace('"Team"', '"The team"') + "# more\n").digest() == digest
    assert parse_treasury(TEXT.replace("months = 60", "months = 61")).digest() != digest
