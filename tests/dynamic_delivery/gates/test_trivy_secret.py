"""Secrets: where stock Trivy does not look, and that none of them is in any word of the report."""

import random
import string
from pathlib import Path

import pytest

from dynamic_delivery.gates.model import Outcome, Report
from dynamic_delivery.gates.trivy_secret import judge
from tests.dynamic_delivery.gates.trivy_support import scope, stock, write

DRAWN = random.Random(20261130)


def drawn(length: int, letters: str = string.ascii_letters + string.digits) -> str:
    return "".join(DRAWN.choice(letters) for _ in range(length))


# Put together here, so that no secret stands in this file.
TOKEN = "gh" + "p_" + drawn(36)
KEY = "AK" + "IA" + drawn(16, string.ascii_uppercase + "234567")
SLACK = "xo" + "xb-" + drawn(12, string.digits) + "-" + drawn(12, string.digits) + "-" + drawn(24)
LINE = f'token = "{TOKEN}"\n'
# Stock Trivy leaves each of these out: by a name, an extension, a folder, or an encoding.
LEFT_OUT: dict[str, str | bytes] = {
    **dict.fromkeys(("tests/a.py", "a_test.py", "README.md", "examples/a.py", "testdata.txt", "config.example"), LINE),
    **dict.fromkeys(("package-lock.json", "go.sum", "node_modules/a.js", "a.svg", "a.png", "usr/share/a.py"), LINE),
    **{f"{name}.txt": LINE.encode(name) for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32")},
}
LOOKED_AT: dict[str, str | bytes] = {
    "src/a.py": "# first\n" + LINE,
    "src/two.py": f'a = "{TOKEN}"; b = "{SLACK}"\n',
    "src/key.py": f'x = "{KEY}"\n',
    "latin.txt": b"caf\xe9\n" + LINE.encode(),
    "hushed.py": LINE.strip() + "  # trivy:ignore:github-pat gitleaks:allow\n",
    "last.txt": "abc def\n" * 200_000 + LINE.strip(),
    "program.bin": b"\x7fELF\0\1\n\n" + LINE.encode() + b"\0\xff",
    "note.ipynb": '{"cells": [{"source": ["token = \'' + TOKEN + "'\"]}]}",
}
CLEAN: dict[str, str | bytes] = {
    "src/clean.py": "token = os.environ['GITHUB_TOKEN']\n",
    "docs/how.md": "Set a token like ghp_xxx.\n",
    "empty.py": "",
    "data.bin": b"\0\1\2" * 99,
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("secret") / "r", {**LEFT_OUT, **LOOKED_AT, **CLEAN})


@pytest.fixture(scope="module")
def report(root: Path) -> Report:
    return judge(scope(root))


def rules(report: Report, path: str) -> list[tuple[str, int]]:
    return [(each.rule, each.place.line) for each in report.findings if each.place and each.place.path == path]


@pytest.mark.parametrize("path", LEFT_OUT)
def test_a_file_that_stock_trivy_leaves_out_is_searched(report: Report, path: str) -> None:
    assert rules(report, path) == [("github-pat", 1)]


def test_stock_trivy_leaves_them_out(root: Path, tmp_path: Path) -> None:
    code, results, _ = stock("fs", "--scanners secret", root, tmp_path)
    assert code == 0
    assert set(results) & {*LEFT_OUT, "src/a.py"} == {"src/a.py"}


def test_each_secret_has_its_rule_and_its_line(report: Report) -> None:
    assert report.outcome is Outcome.FAILED
    assert rules(report, "src/a.py") == [("github-pat", 2)]
    assert rules(report, "src/two.py") == [("github-pat", 1), ("slack-access-token", 1)]
    assert rules(report, "src/key.py") == [("aws-access-key-id", 1)]
    assert rules(report, "latin.txt") == [("github-pat", 2)]
    assert rules(report, "hushed.py") == [("github-pat", 1)]
    assert rules(report, "last.txt") == [("github-pat", 200_001)]
    assert rules(report, "note.ipynb") == [("github-pat", 1)]
    assert rules(report, "program.bin") == [("github-pat", 0)]


def test_what_holds_none_gives_nothing_and_is_told_as_read(report: Report) -> None:
    assert [path for path in CLEAN if rules(report, path)] == []
    assert set(report.read) == {*LEFT_OUT, *LOOKED_AT, *CLEAN}
    assert "2 binary files searched by the printable text only" in report.notes


def test_stock_trivy_shows_parts_of_a_secret(tmp_path: Path) -> None:
    root = write(tmp_path / "r", {"a.py": f'b = "{SLACK}"\n'})
    _, results, _ = stock("fs", "--scanners secret", root, tmp_path)
    assert SLACK[20:] in repr(results)


def test_no_part_of_a_secret_is_in_the_report(report: Report) -> None:
    words = repr(report)
    for secret in (TOKEN, KEY, SLACK):
        assert not any(secret[start : start + 8] in words for start in range(5, len(secret) - 8))


def test_a_file_that_is_too_long_or_cannot_be_opened_is_a_finding(tmp_path: Path) -> None:
    root = write(tmp_path / "r", {"long.txt": "a b\n" * (1 << 19)})
    (root / "gone.txt").symlink_to("nowhere")
    settings = {"trivy-secret.most_file_mib": "1"}
    report = judge(scope(root, settings))
    assert rules(report, "long.txt") == rules(report, "gone.txt") == [("not-read", 0)]
    assert report.read == ()


def test_fingerprints_stay_when_lines_move_and_differ_between_secrets(tmp_path: Path) -> None:
    def fingerprints(text: str) -> list[str]:
        return [each.fingerprint for each in judge(scope(write(tmp_path / "r", {"a.py": text}))).findings]

    other = LINE.replace(TOKEN[4:20], TOKEN[20:36])
    first = fingerprints(LINE + other)
    assert len(set(first)) == 2
    assert fingerprints("\n\n" + LINE + "\n" + other) == first


def test_a_change_of_nothing_is_skipped_and_one_of_an_empty_file_is_not(tmp_path: Path) -> None:
    assert judge(scope(tmp_path)).outcome is Outcome.SKIPPED
    report = judge(scope(write(tmp_path, {"__init__.py": ""})))
    assert (report.outcome, report.read) == (Outcome.PASSED, ("__init__.py",))
