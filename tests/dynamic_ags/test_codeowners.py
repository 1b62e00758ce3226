import pytest

from dynamic_ags import UnreadableError
from dynamic_ags.codeowners import owning_line, parse_codeowners


def test_the_last_match_decides_and_may_decide_for_nobody() -> None:
    lines = parse_codeowners("C", "* @acme/all\n\n# why\n/apps/ @Octo docs@example.com # inline\n/apps/github\n")
    found = {path: owning_line(lines, path) for path in ("a", "apps/x", "apps/github/y")}
    assert {path: (line.number, line.owners) for path, line in found.items() if line} == {
        "a": (1, ("@acme/all",)),
        "apps/x": (4, ("@octo", "docs@example.com")),
        "apps/github/y": (5, ()),
    }
    assert owning_line(lines[1:], "a") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("* @a\n!x @a\n", "C:2: the pattern '!x' holds '!'"),
        ("[Docs] @a\n", r"C:1: the pattern '\[Docs\]' holds '\['"),
        ("a\\ b @a\n", "C:1: the pattern"),
        ("/C#/x @a\n", "C:1: the pattern '/C#/x' holds '#'"),
        ("a\r@a\n", "C:1: the pattern"),
        ("a\u00a0@a\n", "C:1: the pattern"),
        ("* @a team\n", "C:1: 'team' is no owner"),
    ],
)
def test_a_line_that_github_would_skip_is_refused_with_its_number(text: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        parse_codeowners("C", text)


def test_a_line_ends_where_github_ends_it() -> None:
    (line,) = parse_codeowners("C", "# why \u2028/ci/ @acme/security \r/ci/ @acme/security\r\n*\t@acme/all\r\n")
    assert (line.number, line.pattern.text, line.owners) == (2, "*", ("@acme/all",))
