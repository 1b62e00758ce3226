"""The gate ``trivy-vuln``: known vulnerabilities in lockfiles, SBOMs and images, by Trivy's own database.

Three things are shown before "none found" is believed. The database is not old. It answers: a lock of releases that are
known to be vulnerable is planted, and must give findings in each ecosystem. Each file was read: what it pins is in
Trivy's answer, or that is a finding.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from urllib.parse import unquote

from dynamic_base import SystemClock
from dynamic_delivery.gates.errors import ToolError
from dynamic_delivery.gates.looking import NOT_READ, looked
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Package, Place, Report, Scope, Severity
from dynamic_delivery.gates.tools import Found, find_tool
from dynamic_delivery.gates.trivy import locks as trivy_locks
from dynamic_delivery.gates.trivy.database import age, read, stands
from dynamic_delivery.gates.trivy.given import Given, not_read
from dynamic_delivery.gates.trivy.locks import IMAGE_MARK, NPM, PYPI, SBOM, Lock
from dynamic_delivery.gates.trivy.log import LogLine, heard, redacted
from dynamic_delivery.gates.trivy.pins import Pin, bare, normalised
from dynamic_delivery.gates.trivy.report import Result, SeenPackage, Vulnerability, severity
from dynamic_delivery.gates.trivy.run import ask
from dynamic_delivery.gates.trivy.settings import Settings

_NAME = "trivy-vuln"
_OPTIONS = ("--scanners", "vuln", "--list-all-pkgs")
_INDICES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
_ABOUT = "vnd.docker.reference.type"  # BuildKit's attestation of an image, and none itself
# What it has seen of an image would be kept, and locked, in the folder of a person's database.
_FORGETFUL = ("--cache-backend", "memory")
_OFFLINE = ("--skip-db-update", "--skip-java-db-update")
# Of what is named and not pinned: why nothing can be said of it, and how to mend that.
_LOOSE = {
    PYPI: ("is not pinned with ==", "lock it to one release"),
    NPM: ("is pinned to an address, which has no release", "ask for a release of the registry, and lock again"),
    SBOM: ("has no package URL with a version", "write the SBOM anew with package URLs"),
}
_ECOSYSTEMS = {"pip": PYPI, "python-pkg": PYPI, "npm": NPM, "node-pkg": NPM}


def looks_at(path: str) -> bool:
    """Say whether a path is a lockfile, an SBOM, or the mark of an image in OCI layout."""
    return trivy_locks.kind_of(path) is not None or PurePosixPath(path).name == IMAGE_MARK


def judge(scope: Scope) -> Report:
    """Return the known vulnerabilities of what ``scope`` pins, as of now."""
    return judge_at(scope, SystemClock().now())


def judge_at(scope: Scope, now: datetime) -> Report:
    """Return the known vulnerabilities of what ``scope`` pins, by a database that is not stale at ``now``."""
    settings = Settings.read(scope, _NAME)
    files = tuple(path for path in scope.files if looks_at(path))
    if not files:
        return Report(_NAME, Outcome.SKIPPED, reason="the change has no lock, SBOM or image")
    cache = _cache(scope.root, settings.database or "~/.cache/trivy")
    if settings.skip_without_database and not settings.network and not stands(cache):
        why = f"no vulnerability database in {cache}: a setting skips the gate"
        return Report(_NAME, Outcome.SKIPPED, reason=why, notes=(why,))  # a note, since no other word is shown
    program = find_tool("trivy", scope)
    notes = list(program.notes)
    if not settings.network:
        notes.append(age(read(cache), now, settings.stale_days))
    with TemporaryDirectory(prefix="trivy-vuln-") as name:
        given = Given(scope.root, Path(name))
        look = _Look(program, given, cache, settings)
        locks = trivy_locks.give(given, files)
        answers = [*look.at_locks(locks), *look.at_sboms(locks), *look.at_images(files)]
    said, heard_notes = heard(_NAME, look.log, {**given.origin, **given.below("locks")})
    found = [*_vulnerable(locks, answers), *_unseen(locks, answers), *said, *_refused(given)]
    if settings.network:
        notes.append(age(read(cache), now, settings.stale_days))
    notes += _untried(locks, files)
    missed = {each.place.path for each in found if each.place and each.rule == NOT_READ}
    return looked(_NAME, found, program.tool, set(files) - missed, [*notes, *heard_notes])


def _cache(root: Path, said: str) -> Path:
    try:
        return root / Path(said).expanduser()
    except RuntimeError as error:  # a person that this machine does not know, or none at all
        raise ToolError(f"{said} is in no home that is known here", f"set {_NAME}.database to a folder") from error


@dataclass(frozen=True, slots=True)
class _Answer:
    """One target of Trivy's, with the file of the repository that it is of."""

    path: str
    result: Result


class _Look:
    """The runs of one report, and what they logged."""

    def __init__(self, program: Found, given: Given, cache: Path, settings: Settings) -> None:
        self._program, self._given, self._cache, self._settings = program, given, cache, settings
        self.log: list[LogLine] = []

    def at_locks(self, locks: Sequence[Lock]) -> Iterator[_Answer]:
        """Look at all lockfiles in one run, and first at whether the database answers at all."""
        wanted = trivy_locks.ecosystems(locks)
        if not wanted:
            return
        trivy_locks.plant(self._given, wanted)
        results = self._ask("fs", (*_OPTIONS, "--include-dev-deps"), "locks")
        results = tuple(each.model_copy(update={"target": f"locks/{each.target}"}) for each in results)
        trivy_locks.believe(wanted, results)
        origin = self._given.origin
        yield from (_Answer(origin[each.target], each) for each in results if origin.get(each.target))

    def at_sboms(self, locks: Iterable[Lock]) -> Iterator[_Answer]:
        for lock in locks:
            if lock.kind == SBOM:
                yield from (_Answer(lock.path, each) for each in self._ask("sbom", _OPTIONS, lock.name))

    def at_images(self, files: Iterable[str]) -> Iterator[_Answer]:
        for path in files:
            if PurePosixPath(path).name != IMAGE_MARK:
                continue
            folder = (self._given.root / path).parent
            if (count := _images(folder)) != 1:
                self._given.refused[path] = f"it holds {count} images, and trivy looks at one" if count else "no index"
                continue
            results = self._ask("image", (*_OPTIONS, *_FORGETFUL, "--input", str(folder)), None)
            if not any(each.packages for each in results):
                self._given.refused[path] = "no package was found in it"
            yield from (_Answer(path, each) for each in results)

    def _ask(self, command: str, options: tuple[str, ...], target: str | None) -> tuple[Result, ...]:
        offline = () if self._settings.network else _OFFLINE
        folder, cache = self._given.folder, self._cache
        answer = ask(
            self._program, command, (*options, *offline), target, folder=folder, cache=cache, settings=self._settings
        )
        self.log += answer.log
        return answer.results


def _images(folder: Path) -> int:
    """Return how many images a folder holds: an index may stand for one of each platform; 0 where none can be read."""
    waiting, count = [folder / "index.json"], 0
    try:
        for index in waiting:
            for each in json.loads(index.read_bytes())["manifests"]:
                if each.get("mediaType") in _INDICES:
                    blob = folder / "blobs" / each["digest"].replace(":", "/")
                    waiting += [blob] if blob not in waiting else []
                elif each.get("annotations", {}).get(_ABOUT) is None:
                    count += 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return 0
    return count


def _untried(locks: Iterable[Lock], files: Iterable[str]) -> list[str]:
    kinds = [*trivy_locks.untried(locks)]
    if any(PurePosixPath(path).name == IMAGE_MARK for path in files):
        kinds.append("images' distributions")
    return [f"whether the database speaks of {', '.join(kinds)} was not tried"] if kinds else []


def _vulnerable(locks: Iterable[Lock], answers: Iterable[_Answer]) -> Iterator[Finding]:
    lines = {(lock.path, pin.name, pin.version): pin.line for lock in locks for pin in lock.pins.pins}
    for answer in answers:
        ecosystem = _ECOSYSTEMS.get(answer.result.type_, answer.result.type_)
        for each in answer.result.vulnerabilities:
            name = normalised(each.package) if ecosystem == PYPI else each.package
            line = lines.get((answer.path, name, each.installed), 0)
            yield _finding(each, Package(ecosystem, name, each.installed), Place(answer.path, line))


def _finding(each: Vulnerability, package: Package, place: Place) -> Finding:
    if each.fixed:
        again = "build the image again" if PurePosixPath(place.path).name == IMAGE_MARK else "lock again"
        fix = f"raise {package.name} to {each.fixed} or later where it is asked for, and {again}"
    else:
        fix = f"no release of {package.name} mends it: replace it, or waive it with the reason that it does no harm"
    return Finding(
        _NAME,
        each.rule,
        severity(each.severity),
        redacted(f"{package.name} {package.version}: {each.title or each.rule}"),
        redacted(fix),
        place,
        package,
        context=f"{package.name}{'==' if package.ecosystem == PYPI else '@'}{package.version}",
        fixed_in=each.fixed,
    )


def _unseen(locks: Iterable[Lock], answers: Sequence[_Answer]) -> Iterator[Finding]:
    """Yield a finding for each pin that is in no answer, and for each requirement that pins nothing."""
    for lock in locks:
        seen = {
            key
            for answer in answers
            if answer.path == lock.path
            for each in answer.result.packages
            for key in _keys(each, lock)
        }
        missing = [pin for pin in lock.pins.pins if _key(pin, lock) not in seen]
        if missing:
            names = redacted(", ".join(f"{pin.name} {pin.version}" for pin in missing[:3]))
            yield not_read(
                _NAME, lock.path, f"{len(missing)} of {len(lock.pins.pins)} pins are not in its answer: {names}"
            )
        for line, name in lock.pins.loose:
            why, fix = _LOOSE[lock.kind]
            message = f"{redacted(name)} {why}, so trivy leaves it out"
            yield Finding(_NAME, "not-pinned", Severity.MEDIUM, message, fix, Place(lock.path, line), context=message)


def _keys(package: SeenPackage, lock: Lock) -> Iterator[tuple[str, str]]:
    if lock.kind == SBOM:
        yield unquote(bare(package.identifier.purl)).lower(), ""
    else:
        yield (normalised(package.name) if lock.kind == PYPI else package.name), package.version


def _key(pin: Pin, lock: Lock) -> tuple[str, str]:
    return (unquote(pin.name).lower(), "") if lock.kind == SBOM else (pin.name, pin.version)


def _refused(given: Given) -> Iterator[Finding]:
    return (not_read(_NAME, path, why) for path, why in given.refused.items())


GATE = Gate(
    name=_NAME,
    what="known vulnerabilities in locks, SBOMs and images (trivy)",
    looks_at=looks_at,
    judge=judge,
    tools=("trivy",),
)
