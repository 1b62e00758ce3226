"""Patterns, held to GitHub's documented examples and to git itself."""

import random
from pathlib import Path

import pytest

from dynamic_ags import PatternError
from dynamic_ags.patterns import pattern
from tests.dynamic_ags.documents import git


@pytest.mark.parametrize(
    ("text", "covered", "left"),
    [
        # The examples of GitHub's page "About code owners", with what it says of each.
        ("*", ["a", "a/b/c.js", ".hidden/x"], []),
        ("*.js", ["a.js", "a/b.js"], ["a.jsx", "js"]),
        ("/build/logs/", ["build/logs/a", "build/logs/b/c"], ["build/logs", "x/build/logs/a"]),
        ("docs/*", ["docs/getting-started.md"], ["docs/build-app/troubleshooting.md", "x/docs/a"]),
        ("apps/", ["apps/a", "x/apps/a/b"], ["apps", "myapps/a"]),
        ("/docs/", ["docs/a", "docs/b/c"], ["x/docs/a"]),
        ("/scripts/", ["scripts/a"], ["scripts"]),
        ("**/logs", ["build/logs/a", "scripts/logs/b", "deeply/nested/logs/c", "logs"], ["logs2/a"]),
        ("/apps/github", ["apps/github", "apps/github/a"], ["apps/github2", "x/apps/github"]),
        # The rest follows gitignore.
        ("/*", ["a"], ["a/b"]),
        ("/a/**/z", ["a/z", "a/b/c/z", "a/b/z/y"], ["b/a/z"]),
        ("/a/**", ["a/b", "a/b/c"], ["a", "b/a/c"]),
        ("a?c", ["abc", "x/abc/y"], ["ac", "a/c", "abbc"]),
        ("/a.b", ["a.b"], ["axb", "a.bc"]),
        ("/a+(b)", ["a+(b)"], ["aab"]),
    ],
)
def test_a_pattern_covers_what_the_page_says(text: str, covered: list[str], left: list[str]) -> None:
    held = pattern(text)
    assert [path for path in covered if not held.matches(path)] == []
    assert [path for path in left if held.matches(path)] == []


@pytest.mark.parametrize(
    "text", ["!a", "[ab]", "a\\ b", "#a", "a b", "", "/", "//a", "a//b", "a**", "**/**/a", "/**/", "***", "[Section]"]
)
def test_what_is_not_certain_is_refused(text: str) -> None:
    with pytest.raises(PatternError, match="the pattern"):
        pattern(text)


def test_git_agrees_on_generated_patterns(tmp_path: Path) -> None:
    """Every pattern against every path, with ``git check-ignore`` as judge; ``…/*`` is where GitHub leaves git."""
    random_ = random.Random(7)
    names = ["a", "b", "ab", "a.c"]
    paths = sorted({"/".join(random_.choices(names, k=random_.randint(1, 4))) for _ in range(200)})
    git(tmp_path, "init", "--quiet")
    tried = 0
    for _ in range(120):
        segments = random_.choices([*names, "*", "a*", "*.c", "?", "**"], k=random_.randint(1, 3))
        text = random_.choice(["", "/"]) + "/".join(segments) + random_.choice(["", "", "/"])
        try:
            held = pattern(text)
        except PatternError:
            continue
        if segments[-1] == "*" and not text.endswith("/") and "/" in text:
            continue
        tried += 1
        (tmp_path / ".gitignore").write_text(f"{text}\n")
        listed = "\0".join(paths).encode() + b"\0"
        ignored = git(tmp_path, "check-ignore", "--no-index", "--stdin", "-z", stdin=listed, ok=(0, 1))
        assert [path for path in paths if held.matches(path)] == ignored.decode().split("\0")[:-1], text
    assert tried > 60
