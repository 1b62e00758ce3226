"""pip's requirements, as uv or pip-compile lock them: a ``# via`` comment says what needs each pin."""

import re
from dataclasses import dataclass, field

from dynamic_impact.locks.model import Lock, LockFormatError, collect, name_of, normalised

_PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*(===?\s*(?P<version>[^\s;]+)|@\s*\S+)")
_VIA = re.compile(r"#\s*via\b")
_OPTION = re.compile(r"(-i|-f|--(extra-)?index-url|--find-links|--no-index|--pre|--(no|only)-binary|--trusted-host)\b")


@dataclass(slots=True)
class _Lines:
    """The pins of a requirements file as they are read, line by line."""

    pins: list[tuple[str, str, str]] = field(default_factory=list)
    users: list[list[str]] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    in_via: bool = False

    def pin(self, name: str, version: str, rest: str) -> None:
        self.pins.append((name, version, rest))
        self.users.append([])
        self.in_via = False

    def used_by(self, words: str) -> None:
        self.users[-1].extend(word.strip() for word in words.split(",") if word.strip())


def parse_requirements(text: str) -> Lock | None:
    """Return the lock, or None if a line can be none of a lock."""
    lines = _Lines()
    for line in text.replace("\\\n", " ").splitlines():
        if not _take(lines, line.strip()):
            return None
    if not lines.pins:
        return None if text.strip() else {}
    if alone := [name for (name, _, _), users in zip(lines.pins, lines.users, strict=True) if not users]:
        raise LockFormatError(f"it does not say what needs {alone[0]}", "lock with annotations, '# via' lines")
    return _by_need(lines)


def _take(lines: _Lines, line: str) -> bool:
    """Take one line, and say whether it can be one of a lock."""
    body, hash_mark, comment = line.partition("#") if not re.search(r"#(egg|sha\d+)=", line) else (line, "", "")
    if _OPTION.match(body):
        lines.options.append(body)
        return True
    if body.strip():
        found = _PIN.match(body)
        if not found:
            return False
        lines.pin(found["name"], found["version"] or "a URL", " ".join(sorted(body.split())))
    elif not hash_mark:
        lines.in_via = False
    if not hash_mark or not lines.pins:
        return True
    if via := _VIA.match(f"#{comment}"):
        lines.in_via = True
        lines.used_by(f"#{comment}"[via.end() :])
    elif lines.in_via:
        lines.used_by(comment)
    return True


def _by_need(lines: _Lines) -> Lock:
    """Turn "is needed by" around. A file (``-r a.in``) is no package; an extra (``a[b]``) is its package."""
    needs: dict[str, set[str]] = {}
    for (name, _, _), users in zip(lines.pins, lines.users, strict=True):
        for user in users:
            if used_by := name_of(user):
                needs.setdefault(used_by, set()).add(name)
    # Where pins come from, and how, is part of each: an edit there is an edit of all.
    options = " ".join(lines.options)
    return collect(
        (name, version, f"{options} {rest}", needs.get(normalised(name), ())) for name, version, rest in lines.pins
    )
