"""What Trivy logs while it exits 0: each warning is a finding, or a note that is named here as harmless."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dynamic_delivery.gates.looking import NOT_READ, WARNED
from dynamic_delivery.gates.model import Finding, Place, Severity

_LINE = re.compile(r"\S+\t(?P<level>DEBUG|INFO|WARN|ERROR|FATAL)\t(?:\[(?P<part>[^\]]*)\] )?(?P<rest>.*)")
_FIELD = re.compile(r'(?P<key>[A-Za-z_][\w ()]*)=(?P<value>"(?:[^"\\]|\\.)*"|\S*)\s*')
_LOUD = ("WARN", "ERROR", "FATAL")

# (how the message begins, the note that it becomes; "" is worth no note)
_HARMLESS = (
    ("Falling back to embedded checks", ""),  # asked for: the pinned program carries its checks
    (
        "The size of the scanned file is too large",
        "",
    ),  # only about memory, which is bounded; the planted line is sought
    ("Third-party SBOM may lead to inaccurate vulnerability detection", ""),  # each component is looked for by us
    ("Recommend using Trivy to generate SBOMs", ""),
    ("Unable to find python `site-packages`", ""),  # only for licences, which are not asked for
    (
        "Unable to get vulnerability details",
        "an advisory has no details: its severity is unknown, and counts as medium",
    ),
    ("Using severities from other vendors", "some severities come from another vendor than the advisory"),
    ("Variable values were not found", "Terraform variables without a value were taken as unknown"),
)
_SUPPRESSED = "Ignore finding"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of Trivy's log."""

    level: str
    part: str
    message: str
    fields: Mapping[str, str] = field(default_factory=dict)


def log_lines(stderr: bytes) -> tuple[LogLine, ...]:
    """Return the lines of a log; one that is no log line counts as a warning."""
    text = stderr.decode(errors="replace")
    return tuple(_line(each) for each in text.splitlines() if each.strip())


def heard(
    gate: str, lines: Iterable[LogLine], origin: Mapping[str, str]
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Return the findings and the notes that a log comes to.

    Parameters
    ----------
    origin : the path in the repository for each path that Trivy was given
    """
    findings: dict[tuple[str, str], Finding] = {}
    notes: dict[str, None] = {}
    for line in lines:
        harmless = next((note for begin, note in _HARMLESS if line.message.startswith(begin)), None)
        if line.message.startswith(_SUPPRESSED) or (line.level in _LOUD and harmless is None):
            found = _finding(gate, line, origin)
            # A parser says of one file all that it cannot read, more than once: the first is enough.
            findings.setdefault(
                (found.rule, found.place.path if found.rule == NOT_READ and found.place else found.message), found
            )
        elif harmless:
            notes[harmless] = None
    return tuple(findings.values()), tuple(notes)


def fatal(lines: Iterable[LogLine]) -> str:
    """Return why Trivy gave up, as one line without secrets."""
    said = [line for line in lines if line.level in _LOUD]
    last = next((line for line in said if line.level == "FATAL"), said[0] if said else None)
    return redacted(" ".join((last.message, last.fields.get("err", "")))) if last else "no message"


_USER = re.compile(r"(?<=://)[^\s/@]+@")
_KEYED = re.compile(
    r"""(?i)\b(\w*(?:passw|secret|token|key|credential)\w*)(["']?\s*(?:=>|[=:])\s*)(?![\s=:])"""
    r"""(?:"[^"]*"?|'[^']*'?|\S+)"""
)
# What a chart's own templates say, and what a reader of YAML or numbers stumbled over: words of the file.
_QUOTED = re.compile(r"((?:execution error at \([^()]*\)|error calling \w+):).*|(\bparsing |!!\w+ )[\"`][^\"`]*[\"`]")
_LONG = re.compile(r"[A-Za-z0-9+/=_-]{16,}")
_MOST = 300
_WORD = 3  # ``s3``, ``v1``, ``ec2``
_OUT = "[redacted]"


def redacted(text: str) -> str:
    """Return ``text`` as one line in which nothing stands that could be a secret.

    Taken out are who asks in an address, the value of a key, what a tool quotes of a file, and long tokens.
    """
    line = " ".join(text.split())
    line = _QUOTED.sub(lambda found: f"{found[1] + ' ' if found[1] else found[2] or ''}{_OUT}", line)
    line = _USER.sub(f"{_OUT}@", line)
    line = _LONG.sub(lambda found: _OUT if _random(found[0]) else found[0], line)  # before a token is split at a "key="
    return _KEYED.sub(rf"\1\2{_OUT}", line)[:_MOST]


def _random(token: str) -> bool:
    """Names join words, ``aws_s3_bucket``; in a token digits stand among letters for longer than a word has them."""
    parts = re.split(r"[_/+=-]", token)
    return any(len(part) > _WORD and any(map(str.isdigit, part)) and any(map(str.isalpha, part)) for part in parts)


def _line(text: str) -> LogLine:
    found = _LINE.fullmatch(text)
    if not found:
        return LogLine("WARN", "", text)
    message, tab, rest = found["rest"].partition("\t")
    if tab and not _FIELD.match(rest):  # why it gave up stands there as it is
        return LogLine(found["level"], found["part"] or "", f"{message}: {rest}")
    return LogLine(found["level"], found["part"] or "", message, dict(_fields(rest)))


def _fields(text: str) -> Iterator[tuple[str, str]]:
    for found in _FIELD.finditer(text):
        value = found["value"]
        if value.startswith('"'):
            try:
                value = str(json.loads(value))
            except ValueError:
                value = value[1:-1]
        yield found["key"], value


def _finding(gate: str, line: LogLine, origin: Mapping[str, str]) -> Finding:
    # ``cause`` is a piece of the file, so it is left out.
    file, _, span = line.fields.get("loc", line.fields.get("file_path", "")).partition(":")
    err = line.fields.get("err", "")
    number = re.match(r"[0-9]{1,9}", span) or re.search(rf"(?<={re.escape(file)}:)[0-9]{{1,9}}", err)
    said = redacted(": ".join(filter(None, (line.message, err))))
    path = origin.get(file, origin.get(f"{file}/Chart.yaml", ""))
    place = Place(path, int(number[0]) if number else 0) if path else None
    for staged, given in origin.items():
        said = said.replace(staged, given)
    if line.message.startswith("Failed to load module"):
        fix = "keep the module in this repository, or waive it: what is inside was not looked at"
        return Finding(gate, "module-not-read", Severity.MEDIUM, said, fix, place, context=said)
    if line.message.startswith(_SUPPRESSED):
        return Finding(gate, "suppressed", Severity.MEDIUM, said, "waive it in the open instead", place, context=said)
    if path:
        fix = "mend the file so that trivy can read it: nothing in it was looked at"
        return Finding(gate, NOT_READ, Severity.HIGH, f"trivy could not read it: {said}", fix, place, context="")
    fix = "see what it means for the result: trivy exited 0, but said this"
    return Finding(gate, WARNED, Severity.MEDIUM, f"trivy warned: {said}", fix, context=said)
