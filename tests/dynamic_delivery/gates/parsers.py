"""The table of what reads a tool's output: each row is fuzzed alike. A gate with a parser adds a row, and a sample."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dynamic_base import Completed
from dynamic_delivery.gates import bandit, hadolint, harness, mypy, pytest, ruff, secrets, shellcheck, zizmor
from dynamic_delivery.gates.looking import Source

OUTPUTS = Path(__file__).parent / "outputs"
_SOURCE = Source(Path("/repo"))


@dataclass(frozen=True, slots=True)
class Parser:
    """One reader.

    Parameters
    ----------
    read : takes what was printed and the exit status, and returns how many findings it made of it
    sample : a file below ``outputs``, with findings, that a tool printed
    exit_code : the one that it ended with
    findings : how many a person counts in the sample
    clean : what it prints where it finds nothing, and exits 0; b"" where it prints nothing then
    """

    name: str
    read: Callable[[bytes, int], int]
    sample: str
    exit_code: int
    findings: int
    clean: bytes = b"[]"

    @property
    def printed(self) -> bytes:
        return (OUTPUTS / self.sample).read_bytes()


def _out(parse: Callable[[Completed], int]) -> Callable[[bytes, int], int]:
    return lambda data, code: parse(Completed(("tool",), code, data, b""))


def _err(parse: Callable[[Completed], int]) -> Callable[[bytes, int], int]:
    return lambda data, code: parse(Completed(("tool",), code, b"", data))


PARSERS: tuple[Parser, ...] = (
    Parser("ruff check", _out(lambda done: len(ruff.parse(done, _SOURCE))), "ruff-check.json", 1, 3),
    Parser("ruff format", _out(lambda done: len(ruff.parse(done, _SOURCE))), "ruff-format.json", 2, 3),
    Parser(
        "bandit",
        _out(lambda done: len(bandit.parse(done, _SOURCE)[0])),
        "bandit.json",
        1,
        6,
        b'{"errors": [], "results": [], "metrics": {"_totals": {}, "./a.py": {}}}',
    ),
    Parser(
        "shellcheck",
        _out(lambda done: len(shellcheck.parse(done, _SOURCE))),
        "shellcheck.json",
        1,
        6,
        b'{"comments": []}',
    ),
    Parser("hadolint", _out(lambda done: len(hadolint.parse(done, _SOURCE))), "hadolint.json", 1, 4),
    Parser("zizmor", _out(lambda done: len(zizmor.parse(done, _SOURCE))), "zizmor.json", 14, 2),
    Parser("gitleaks", _out(lambda done: len(secrets.parse(done))), "gitleaks.json", 9, 12),
    Parser("mypy syntax", _err(lambda done: len(mypy.parse(done, _SOURCE).findings)), "mypy-syntax.txt", 2, 1, b""),
    Parser(
        "mypy",
        _err(lambda done: len(mypy.parse(done, _SOURCE).findings)),
        "mypy.txt",
        1,
        3,
        (OUTPUTS / "mypy-clean.txt").read_bytes(),
    ),
    Parser("junit", lambda data, _: len(pytest.parse(data, "tests/test_a.py").findings), "junit.xml", 1, 2, b""),
    Parser(
        "harness",
        _out(lambda done: len(harness.parse(done)[0])),
        "harness.json",
        1,
        1,
        b'{"schema": "dynamic.verify/1", "modules": [{"module": "a", "exit": 0, "seconds": 1, "log": "a"}]}',
    ),
)
