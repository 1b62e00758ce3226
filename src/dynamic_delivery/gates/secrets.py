"""Secrets: gitleaks over the files, over every version that the history since the base holds, and under their coats.

It is run once, over a copy: so it sees what ``git log -p`` does not show (a merge's own changes), a revision that it
cannot find is no empty history (gitleaks prints an error and exits 0), and what it does not decode is decoded for it.
``gitleaks:allow`` and ``.gitleaksignore`` count for nothing: a waiver has a reason, an owner and an end. The rules are
those of ``.gitleaks.toml`` if the repository has one, and gitleaks' own otherwise; paths that they allow are read all
the same, under another name.

Severity: gitleaks has none. A rule that knows the form of one issuer's secret gives CRITICAL, one that goes by names
and entropy HIGH. A file that cannot be opened is HIGH.

No secret leaves this file: its SHA-256, cut to 128 bits, stands for it. Who can guess a weak one can test the guess.
"""

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from dynamic_base import Completed
from dynamic_delivery.gates.bounded import ended_as, run_tool
from dynamic_delivery.gates.errors import OutputError
from dynamic_delivery.gates.looking import NOT_READ, looked
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Place, Report, Scope, Severity
from dynamic_delivery.gates.mute import mute
from dynamic_delivery.gates.reading import Node, document
from dynamic_delivery.gates.secrets_tree import MOST_BYTES, Origin, Tree, add_files, add_history, commit_of, is_shallow
from dynamic_delivery.gates.tools import find_tool

_FOUND = 9  # gitleaks ends with 1 both where it found and where it failed, unless it is told
_OPTIONS = (
    *("dir", "--no-banner", "--no-color", "--ignore-gitleaks-allow", "--gitleaks-ignore-path", "/nonexistent"),
    # Only so does it tell which files it passed over. These lines hold secrets: none of them is ever shown.
    *("--log-level", "debug", "--max-decode-depth", "5", "--max-archive-depth", "3"),
    *("--report-format", "json", "--report-path", "-", "--exit-code", str(_FOUND)),
)
_CONFIG = ".gitleaks.toml"
_ENV = dict.fromkeys(("GITLEAKS_CONFIG", "GITLEAKS_CONFIG_TOML"))
_MOST_OUTPUT = 256 << 20
_BY_ENTROPY = {
    "generic-api-key",
    "curl-auth-header",
    "curl-auth-user",
    "hashicorp-tf-password",
    "kubernetes-secret-yaml",
}
# "skipping finding" is of one rule, and "skipping empty file" loses nothing.
_PASSED_OVER = re.compile(r"^\S+ DBG skipping (?!finding|empty)(?P<what>file\b|directory\b|).*?\bpath=(?P<path>.+)$")
_FAULT = re.compile(r"^\S+ (?:WRN (?!leaks found: )|ERR|FTL|PNC)")
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret that gitleaks found in the tree; ``digest`` stands for it."""

    file: str
    line: int
    rule: str
    message: str
    digest: str


def looks_at(path: str) -> bool:
    """Say whether ``path`` may hold a secret: any may."""
    return bool(path)


def judge(scope: Scope) -> Report:
    """Look for secrets in the files, in their history, and under their coats."""
    found = find_tool("gitleaks", scope)
    with tempfile.TemporaryDirectory(prefix="dynamic-gate-") as folder:
        tree = Tree(Path(folder))
        failed, blobs = add_files(tree, scope)
        versions, long = add_history(tree, scope, blobs)
        if not scope.files and not versions:
            return Report("secrets", Outcome.SKIPPED, reason="the change brings no version of a file")
        leaks, binary, passed = _scanned(tree, lambda: _gitleaks(found.path, tree.folder, scope.root))
    commit = cache(lambda blob: commit_of(scope.root, blob, scope.base) if blob else "")
    findings = [_finding(leak, origin, commit(origin.blob)) for leak, origin in _told(leaks)]
    findings += [_unread(path) for path in (*failed, *passed)]
    past = f"a version of it in the history, of more than {MOST_BYTES >> 20} MiB"
    findings += [_unread(path, past) for path in long if path not in failed]
    notes = [f"{len(versions)} earlier versions of files in the history were looked at"]
    if (scope.root / _CONFIG).is_file():
        notes.append(f"the rules are those of {_CONFIG}")
    if not scope.base and is_shallow(scope.root):
        notes.append("the clone is shallow: what was before its first commit was not looked at")
    if binary:
        shown = ", ".join(binary[:_SHOWN]) + (" ..." if len(binary) > _SHOWN else "")
        notes.append(f"{len(binary)} binary files were passed over: {shown}")
    return looked("secrets", findings, found.tool, {*scope.files, *versions} - {*failed, *passed, *binary}, notes)


_Placed = tuple[Leak, Origin]


def _scanned(tree: Tree, scan: Callable[[], Completed]) -> tuple[list[_Placed], list[str], list[str]]:
    """Return what was found in ``tree``, which present files are binary, and which were passed over all the same.

    What the rules pass over by its path (a lock file, a picture that is text) is looked at again under another name.
    """
    done = scan()
    leaks = [(leak, _origin(leak, tree.origins)) for leak in parse(done)]
    passed, binary = _passed_over(done, tree.origins)
    if passed:
        tree.rename(passed)
        done = scan()
        leaks += [(leak, _origin(leak, tree.origins)) for leak in parse(done)]
        passed, more = _passed_over(done, tree.origins)
        binary |= more
    return leaks, _present(binary, tree.origins), _present(passed, tree.origins)


def _present(names: Iterable[str], origins: Mapping[str, Origin]) -> list[str]:
    """Return the paths of what stands in the tree as it stands in the repository now."""
    return sorted({one.path for name in names if not (one := origins[name]).blob and not one.lines})


def parse(done: Completed) -> list[Leak]:
    """Return what gitleaks found.

    Raises
    ------
    OutputError : it is not what gitleaks prints, says nothing where the exit status says that it found, or the log
        tells of a fault
    """
    faults = sum(bool(_FAULT.match(line)) for line in done.stderr.decode(errors="replace").splitlines())
    if faults:
        raise OutputError(f"gitleaks told of {faults} faults in its log", "run gitleaks dir by hand")
    leaks = [_leak(node) for node in document("gitleaks", done.stdout).items()]
    if bool(leaks) != (done.exit_code == _FOUND):
        raise OutputError(f"gitleaks exited {done.exit_code} with {len(leaks)} findings", "run gitleaks dir by hand")
    return leaks


def _gitleaks(program: Path, folder: Path, root: Path) -> Completed:
    config = ["--config", str(root / _CONFIG)] if (root / _CONFIG).is_file() else []
    argv = [str(program), *_OPTIONS, *config, "."]
    with mute():
        done = run_tool(argv, cwd=folder, env=_ENV, most_output_bytes=_MOST_OUTPUT)
    done = replace(done, stderr=_COLOUR.sub(b"", done.stderr))  # its first lines come before it has read --no-color
    # An error's last words must not be a finding's.
    ended_as(replace(done, stdout=b"", stderr=_faults(done.stderr)), (0, _FOUND))
    return done


def _faults(stderr: bytes) -> bytes:
    return b"\n".join(line for line in stderr.splitlines() if _FAULT.match(line.decode(errors="replace")))


def _leak(node: Node) -> Leak:
    secret = node["Secret"].text()
    rule, description = node["RuleID"].line(), node["Description"].line()
    if not secret:
        raise node.refused("without its secret")
    return Leak(
        node["File"].text(),
        node["StartLine"].whole(),
        rule,
        description.replace(secret, "[secret]"),
        hashlib.sha256(secret.encode("utf-8", errors="surrogatepass")).hexdigest()[:32],
    )


def _told(leaks: Iterable[_Placed]) -> list[_Placed]:
    """Return the leaks, the plainest first: what a file shows is not told again of its coat or past."""
    found = sorted(leaks, key=lambda pair: (bool(pair[1].blob), bool(pair[1].lines), pair[1].path, pair[0].line))
    told: set[tuple[str, str]] = set()
    kept = []
    for leak, origin in found:
        key = (origin.path, leak.digest)
        if key in told and (origin.blob or origin.lines):
            continue
        told.add(key)
        kept.append((leak, origin))
    return kept


def _origin(leak: Leak, origins: Mapping[str, Origin]) -> Origin:
    """Return where a leak stands; gitleaks writes a file in an archive as ``archive!file``."""
    name = leak.file
    while name not in origins and "!" in name:
        name = name.rpartition("!")[0]
    if name not in origins:
        raise OutputError("gitleaks speaks of a file that it was not given", "run gitleaks dir by hand")
    return origins[name]


def _finding(leak: Leak, origin: Origin, commit: str) -> Finding:
    line, coat = leak.line, ""
    if origin.lines:
        inner = origin.lines[min(max(leak.line, 1), len(origin.lines)) - 1]
        line, coat = inner.origin, f", under {inner.coat}"
    fix = "revoke it at its issuer, take it out of the file, and read it from a secret store"
    where = ""
    if origin.blob:
        where = f", in the history ({f'commit {commit}' if commit else f'version {origin.blob[:12]}'})"
        fix = "revoke it at its issuer: the history keeps it; rewrite the commits if nobody has them yet"
    severity = Severity.HIGH if leak.rule in _BY_ENTROPY else Severity.CRITICAL
    message = f"{leak.message}{coat}{where}"
    return Finding("secrets", leak.rule, severity, message, fix, Place(origin.path, line), context=leak.digest)


def _passed_over(done: Completed, origins: Mapping[str, Origin]) -> tuple[set[str], set[str]]:
    """Return the files of the tree that gitleaks passed over: by the rules on paths, and because they are binary.

    Raises
    ------
    OutputError : it passed over what it was not given
    """
    by_path: set[str] = set()
    binary: set[str] = set()
    for line in done.stderr.decode("utf-8", errors="surrogateescape").splitlines():
        if match := _PASSED_OVER.match(line):
            at = _unquoted(match["path"])
            here = {at} if at in origins else {name for name in origins if name.startswith(f"{at}/")}
            if not here:
                raise OutputError("gitleaks passed over what it was not given", "run gitleaks dir by hand")
            (by_path if match["what"] else binary).update(here)
    return by_path, binary


def _unquoted(path: str) -> str:
    """Return a path of the log, which is in quotes where it holds blanks or the like."""
    try:
        return str(json.loads(path)) if path.startswith('"') else path
    except ValueError:
        return path


def _unread(path: str, what: str = "it") -> Finding:
    most = f"has at most {MOST_BYTES >> 20} MiB"
    fix = f"see that it is there, can be read and {most}, and that no rule of .gitleaks.toml is for it"
    return Finding("secrets", NOT_READ, Severity.HIGH, f"gitleaks did not look at {what}", fix, Place(path))


GATE = Gate(
    "secrets",
    "secrets in files and history (gitleaks)",
    looks_at,
    judge,
    ("gitleaks",),
    beyond=lambda scope: scope.commits > 0,
)
