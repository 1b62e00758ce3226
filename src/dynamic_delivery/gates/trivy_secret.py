"""The gate ``trivy-secret``: secrets in the text of every file.

Stock Trivy leaves out tests, examples, documentation and lockfiles by their names, and takes a file that is not UTF-8
for binary. Here each file is given under a name of no meaning, in UTF-8, with one more line that holds a planted
secret: a file whose planted secret was not found was not read to its end, which is a finding.
"""

import hashlib
import re
import secrets
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from dynamic_delivery.gates.looking import looked
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Place, Report, Scope
from dynamic_delivery.gates.secrets_layers import wide_text
from dynamic_delivery.gates.tools import find_tool
from dynamic_delivery.gates.trivy.given import Given, not_read
from dynamic_delivery.gates.trivy.log import heard, redacted
from dynamic_delivery.gates.trivy.report import Result, Secret, severity
from dynamic_delivery.gates.trivy.run import ask
from dynamic_delivery.gates.trivy.settings import Settings

_NAME = "trivy-secret"
# Every rule of the program that says which paths to pass over; tests and documents leak as well as sources do.
_ALLOWED = (
    *("tests", "examples", "vendor", "usr-dirs", "locale-dir", "markdown"),
    *("node.js", "golang", "python", "rubygems", "wordpress", "anaconda-log"),
)
# Neither Trivy nor gitleaks knows the password of a database in its address; a variable there is none.
_RULES = f"""\
disable-allow-rules: [{", ".join(_ALLOWED)}]
rules:
  - id: url-password
    category: general
    title: Password in an address
    severity: HIGH
    keywords: ["://"]
    secret-group-name: secret
    regex: '[a-z][a-z0-9+.-]*://[^\\s:/@"'']+:(?P<secret>[^\\s:/@$<{{%"'']{{6,}})@'
"""
_RULE = "github-pat"
_RUN = re.compile(r"[ -~]{8,}")
_LETTERS = string.ascii_letters + string.digits
_FIX = "withdraw it where it was issued, then read it from the environment or a secret store"


@dataclass(frozen=True, slots=True)
class _Text:
    """A file as it was given; ``binary``: only its printable runs, which stand on no line of it."""

    path: str
    lines: tuple[str, ...]
    binary: bool


def judge(scope: Scope) -> Report:
    """Return the secrets that Trivy finds in the files of ``scope``."""
    settings = Settings.read(scope, _NAME)
    with TemporaryDirectory(prefix="trivy-secret-") as name:
        given = Given(scope.root, Path(name) / "given")
        texts = _give(given, scope.files if scope.everything else scope.changed, settings.most_file_bytes)
        if not texts and not given.refused:
            return Report(_NAME, Outcome.SKIPPED, reason="the change edits no file itself")
        given.folder.mkdir(exist_ok=True)
        (Path(name) / "rules.yaml").write_text(_RULES, encoding="utf-8")
        program = find_tool("trivy", scope)
        options = ("--scanners", "secret", "--secret-config", "rules.yaml")
        answer = ask(program, "fs", options, "given", folder=Path(name), cache=Path(name) / "cache", settings=settings)
    said, notes = heard(_NAME, answer.log, given.origin)
    read = _read(texts, answer.results)
    missed = [text.path for text in texts.values() if text.path not in read]
    given.refused.update(dict.fromkeys(missed, "a secret that was planted after its last line was not found"))
    unread = [not_read(_NAME, path, why) for path, why in given.refused.items()]
    findings = [*_secrets(texts, answer.results), *said, *unread]
    return looked(_NAME, findings, program.tool, read, [*program.notes, *notes, *_binary(texts)])


def _give(given: Given, files: tuple[str, ...], most_bytes: int) -> dict[str, _Text]:
    """Give each file as text, and return the texts by the names that they have there."""
    # Made anew for each run, and never whole in the source: scanners read that too.
    planted = "gh" + "p_" + "".join(secrets.choice(_LETTERS) for _ in range(36))
    texts: dict[str, _Text] = {}
    for number, path in enumerate(files):
        content = given.content(path)
        if content is None:
            continue
        if len(content) > most_bytes:
            given.refused[path] = f"it is longer than {most_bytes >> 20} MiB, the most that is searched"
            continue
        text = _decoded(content)
        shown = "\n".join(_RUN.findall(content.decode("ascii", errors="replace"))) if text is None else text
        name = f"{number:06}.txt"
        given.put(path, name, f"{shown}\n{planted}\n".encode())
        texts[name] = _Text(path, tuple(shown.split("\n")), text is None)
    return texts


def _decoded(content: bytes) -> str | None:
    """Return the text that a file holds; None where it is binary."""
    if (wide := wide_text(content)) is not None:
        return wide[1]
    return None if b"\0" in content else content.decode("utf-8-sig", errors="replace")


def _read(texts: Mapping[str, _Text], results: tuple[Result, ...]) -> set[str]:
    return {
        texts[result.target].path
        for result in results
        if result.target in texts and any(_planted(texts[result.target], each) for each in result.secrets)
    }


def _planted(text: _Text, secret: Secret) -> bool:
    return secret.rule == _RULE and secret.start_line == len(text.lines) + 1


def _secrets(texts: Mapping[str, _Text], results: tuple[Result, ...]) -> Iterator[Finding]:
    for result in results:
        text = texts.get(result.target)
        for secret in result.secrets if text else ():
            if text and not _planted(text, secret):
                yield _finding(text, secret)


def _finding(text: _Text, secret: Secret) -> Finding:
    # Trivy blackens what one rule matched and leaves its neighbours: nothing of its match is taken, only the digest.
    lines = "\n".join(line.strip() for line in text.lines[secret.start_line - 1 : secret.end_line])
    return Finding(
        _NAME,
        secret.rule,
        severity(secret.severity),
        f"{redacted(secret.title)} in the text",
        _FIX,
        Place(text.path, 0 if text.binary else secret.start_line),
        context=hashlib.sha256(lines.encode()).hexdigest()[:32],
    )


def _binary(texts: Mapping[str, _Text]) -> tuple[str, ...]:
    count = sum(text.binary for text in texts.values())
    return (f"{count} binary file{'s' * (count != 1)} searched by the printable text only",) if count else ()


GATE = Gate(
    name=_NAME,
    what="secrets in the text of every file (trivy)",
    looks_at=bool,
    judge=judge,
    tools=("trivy",),
)
