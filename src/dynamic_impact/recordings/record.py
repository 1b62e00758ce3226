"""Recording through Pants, without a trace in the repository: its own pytest, with one plugin more.

Pants keeps what a test writes below ``extra-output`` with its result, cached ones too, and puts it under ``dist/test``.
The plugin lies in a folder named by its content, whose path is among the test's variables and so part of the cache's
key: another recorder runs the tests anew, the same one does not.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dynamic_impact.errors import PantsFailedError
from dynamic_impact.model import Target
from dynamic_impact.pants import Pants
from dynamic_impact.recordings.inputs import Inputs
from dynamic_impact.recordings.model import Recording, RecordingFormatError
from dynamic_impact.recordings.plain import RECORDER, place_recorder, recorder_source
from dynamic_impact.recordings.sources import Sources
from dynamic_impact.recordings.taking import Raw, read_raw, take

_OUTPUT = "dynamic-recording.json"
_LOG = re.compile(r"^\d\d:\d\d:\d\d\.\d\d \[(?P<level>[A-Z]+)\] ")
# Options that change how Pants works and what it prints, and nothing that a test does.
_NO_MATTER = re.compile(
    r"(-l|-ldebug|--(no-)?(keep-sandboxes|test-(force|output|report)|level|colors|dynamic-ui|process|rule-threads|remote"
    r"|local-cache|cache|pantsd|stats|log|show|print)[\w-]*)(=|$)"
)
_WORKERS = re.compile(r"^\s*xdist_enabled\s*=\s*true", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Missing:
    """A test of which no recording came, and why."""

    test: str
    why: str


def run_recorded(
    pants: Pants,
    build_root: Path,
    state: Path,
    tests: Sequence[str],
    options: Sequence[str],
    on_line: Callable[[str], None],
) -> int:
    """Run ``tests`` with the recorder, and return Pants' exit status.

    Parameters
    ----------
    state : a folder that outlives the run and holds the recorder
    options : for Pants, from the person

    Raises
    ------
    PantsFailedError : Pants does not tell its source roots
    WriteError : the disk refused
    """
    for stale in (build_root / "dist" / "test").glob(f"*/{_OUTPUT}"):
        stale.unlink()
    source = recorder_source()
    recorder = place_recorder(state / hashlib.sha256(source).hexdigest()[:16])
    paths = (str(recorder), *_roots(pants, build_root))
    ours = [
        f"--pytest-args=-p {RECORDER}",
        # Pants' own value is the source roots of the test; one that is not in a sandbox does no harm there.
        f"--test-extra-env-vars=PEX_EXTRA_SYS_PATH={':'.join(paths)}",
        f"--test-extra-env-vars=DYNAMIC_RECORD=extra-output/{_OUTPUT}",
        "--no-test-use-coverage",
    ]
    if any(_WORKERS.search(path.read_text(encoding="utf-8")) for path in build_root.glob("pants*.toml")):
        ours.append("--no-pytest-xdist-enabled")
    return pants.run_goal(build_root, "test", tests, [*ours, *options], on_line)


def _roots(pants: Pants, build_root: Path) -> list[str]:
    lines: list[str] = []
    status = pants.run_goal(build_root, "roots", (), (), lines.append)
    roots = [line for line in lines if line and not _LOG.match(line) and (build_root / line).is_dir()]
    if status != 0 or not roots:
        raise PantsFailedError("Pants does not tell its source roots", "run 'pants roots' to see why")
    return roots


def collect(
    build_root: Path,
    tests: Mapping[str, Target],
    inputs: Mapping[str, Inputs],
    sources: Sources,
    options: Sequence[str] = (),
) -> Iterator[Recording | Missing]:
    """Return what came of each of ``tests``, by address, from what Pants laid down of the run.

    Notes
    -----
    Tests that shared one process (``batch_compatibility_tag``) get all that it executed, each.
    """
    own = " ".join(option for option in options if not _NO_MATTER.match(option))
    hazards = (f"it was recorded with options of its own ({own})",) if own else ()
    found, torn = _laid_down(build_root)
    twins = Counter(source for target in tests.values() for source in target.sources)
    for address, target in tests.items():
        mine = [
            raw
            for source in target.sources
            for folder, raw in found.get(source, ())
            if twins[source] == 1 or _letters(folder) == _letters(address)
        ]
        if len(mine) != 1:
            why = torn or ("it did not reach the end of pytest" if not mine else "several runs lay claim to it")
            yield Missing(address, why)
            continue
        yield take(mine[0], address, inputs[address], sources, hazards)


def _laid_down(build_root: Path) -> tuple[dict[str, list[tuple[str, Raw]]], str]:
    """Return, by test file, the folder and content of each recording, and a word on one that is torn."""
    found: dict[str, list[tuple[str, Raw]]] = {}
    torn = ""
    for path in sorted((build_root / "dist" / "test").glob(f"*/{_OUTPUT}")):
        try:
            raw = read_raw(path)
        except RecordingFormatError as error:
            torn = error.message
        else:
            for source in raw.tests:
                found.setdefault(source, []).append((path.parent.name, raw))
        path.unlink(missing_ok=True)
    return found, torn


def _letters(name: str) -> str:
    """Return what an address and the folder that Pants names after it have in common.

    It is asked only among targets of one file, as those of a parametrised target are.
    """
    return re.sub(r"[^\w]+", "", name)


def complaint(lines: Sequence[str]) -> str:
    """Return the words of Pants that name why it could not run."""
    said = [line.strip() for line in lines if line.strip()]
    named = [line for line in said if "[ERROR]" in line or re.match(r"^\w+(Error|Exception)\b", line)]
    return (named or said or ["no message"])[-1]
