"""The corpus of planted faults: its tables, the repository that they make, and how the gates do on it.

A table holds the text of its files, so that no scanner of this repository takes them for files of it. Secrets are
written as ``{{name}}`` and drawn when the repository is made, so that none stands anywhere.
"""

import base64
import subprocess
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dynamic_delivery.gates import (
    bandit,
    dependencies,
    hadolint,
    secrets,
    trivy_config,
    trivy_secret,
    trivy_vuln,
    zizmor,
)
from dynamic_delivery.gates.model import Finding, Gate, Report, Scope, Severity
from tests.dynamic_delivery.gates.dependencies.seeded import seeded
from tests.dynamic_delivery.gates.drawn_secrets import filled
from tests.dynamic_delivery.gates.trivy_support import database

SCANNERS: tuple[Gate, ...] = (
    bandit.GATE,
    dependencies.GATE,
    hadolint.GATE,
    secrets.GATE,
    trivy_config.GATE,
    trivy_secret.GATE,
    trivy_vuln.GATE,
    zizmor.GATE,
)
TABLES = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Case:
    """One planted fault, or one look-alike without any.

    Parameters
    ----------
    kind : str, ``dockerfile``, ``secret``, ...
    expect : the ``gate:rule`` that find it; none where no gate is known to
    clean : is there nothing to find?
    files : what it consists of; a finding in any of them is its own
    past : what its files were in the commit before
    noise : the ``gate:rule`` that are known to speak where it is clean
    """

    name: str
    kind: str
    expect: tuple[str, ...]
    clean: bool
    files: Mapping[str, bytes]
    past: Mapping[str, bytes] = field(default_factory=dict)
    noise: tuple[str, ...] = ()


@dataclass(frozen=True)
class Score:
    """How one gate, or all together, did on one kind."""

    faults: int
    found: int
    cleans: int
    false: int


def cases() -> tuple[Case, ...]:
    """Return all cases of all tables, in order."""
    return tuple(case for path in sorted(TABLES.rglob("*.toml")) for case in _table(path))


def _table(path: Path) -> Iterator[Case]:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    for row in table["case"]:
        coat = _COATS[row.get("coat", "plain")]
        name = f"{table['kind']}/{row['name']}"

        def made(texts: Mapping[str, Any], name: str = name, coat: _Coat = coat) -> dict[str, bytes]:
            return {file: coat(filled(_text(text, table.get("base", {})), name)) for file, text in texts.items()}

        yield Case(
            name=name,
            kind=table["kind"],
            expect=tuple(row.get("expect", ())),
            clean=row.get("clean", False),
            files=made(row["files"]),
            past=made(row.get("past", {})),
            noise=tuple(row.get("noise", ())),
        )


def _text(text: str | Mapping[str, Any], bases: Mapping[str, str]) -> str:
    """Return a text as it is written, or that of a base with some of its words swapped."""
    if isinstance(text, str):
        return text
    made = bases[text["of"]]
    for old, new in text.get("swap", ()):
        assert old in made, f"{old!r} is not in {text['of']}"
        made = made.replace(old, new)
    return made


_Coat = Callable[[str], bytes]
_COATS: Mapping[str, _Coat] = {
    "plain": str.encode,
    "base64": lambda text: b"blob = '" + base64.b64encode(text.encode()) + b"'\n",
    "latin-1": lambda text: text.encode("latin-1"),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "windows": lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
}


def repository(folder: Path, all_cases: Iterable[Case]) -> Path:
    """Make a git repository of two commits that holds all cases."""
    all_cases = list(all_cases)
    folder.mkdir()
    _write(folder, {"pyproject.toml": b"[tool.bandit]\n"})
    for case in all_cases:
        _write(folder, {**case.files, **case.past})
    _commit(folder, "past")
    for case in all_cases:
        _write(folder, case.files)
    _commit(folder, "now")
    return folder


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _commit(folder: Path, subject: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "-A", "-f"), (*who, "commit", "-q", "--allow-empty", "-m", subject)):
        subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


def look(root: Path, gates: Sequence[Gate], settings: Mapping[str, str]) -> dict[str, Report]:
    """Return what each gate says of the repository."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], check=True, capture_output=True).stdout
    files = tuple(sorted(name for name in listed.decode().split("\0") if name))
    scope = Scope(root, files, everything=True, settings={**_pins(root.parent), **settings}, changed=files)
    return {gate.name: gate.judge(scope) for gate in gates}


def _pins(folder: Path) -> dict[str, str]:
    """Return where both gates of locked packages find the corpus' advisories, which never grow stale."""
    advisories = (TABLES / "pins/advisories.jsonl").absolute()
    return {
        "dependencies.advisories": str(advisories),
        "dependencies.stale_days": "100000",
        "trivy-vuln.database": str(database(folder / "database", seeded(advisories))),
        "trivy-vuln.stale_days": "100000",
    }


def told(reports: Mapping[str, Report], all_cases: Iterable[Case]) -> dict[str, set[str]]:
    """Return the ``gate:rule`` that were said of each case, by its name."""
    owner = {file: case.name for case in all_cases for file in case.files}
    said: dict[str, set[str]] = defaultdict(set)
    for report in reports.values():
        for finding in report.findings:
            name = owner.get(finding.place.path if finding.place else "")
            if name and _counts(finding):
                said[name].add(f"{finding.gate}:{finding.rule}")
    return said


def _counts(finding: Finding) -> bool:
    return finding.severity is not Severity.INFO


def scores(
    said: Mapping[str, set[str]], all_cases: Iterable[Case], gates: Iterable[str]
) -> dict[tuple[str, str], Score]:
    """Return the score of each gate on each kind that some fault of is its to find, and of all gates together.

    A fault counts as found by a rule that is expected of it only; a look-alike as false by any word above INFO.
    """
    by_kind: dict[str, list[Case]] = defaultdict(list)
    for case in all_cases:
        by_kind[case.kind].append(case)
    names = list(gates)
    result = {}
    for kind, own in by_kind.items():
        able = [name for name in names if any(rule.startswith(f"{name}:") for case in own for rule in case.expect)]
        for who, members in (*((name, (name,)) for name in able), ("together", tuple(able))):
            result[kind, who] = _score(own, said, members)
    return result


def _score(own: Iterable[Case], said: Mapping[str, set[str]], members: tuple[str, ...]) -> Score:
    faults = found = cleans = false = 0
    for case in own:
        heard = {rule for rule in said.get(case.name, set()) if rule.partition(":")[0] in members}
        if case.clean:
            cleans += 1
            false += bool(heard)
        else:
            faults += 1
            found += bool(heard & set(case.expect))
    return Score(faults, found, cleans, false)


def shown(table: Mapping[tuple[str, str], Score]) -> str:
    """Return scores as a table in Markdown."""
    lines = [
        "| kind | scanner | faults | found | recall | look-alikes | false | rate |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (kind, who), score in table.items():
        recall = f"{100 * score.found / score.faults:.0f} %" if score.faults else "-"
        rate = f"{100 * score.false / score.cleans:.0f} %" if score.cleans else "-"
        lines.append(
            f"| {kind} | {who} | {score.faults} | {score.found} | {recall} | {score.cleans} | {score.false} | {rate} |"
        )
    return "\n".join(lines)
