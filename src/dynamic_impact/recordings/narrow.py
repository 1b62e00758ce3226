"""The mode ``precise``: leaves out the tests that recordings show to see nothing of the change."""

import fnmatch
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from dynamic_base import digest, state_folder
from dynamic_impact.engine import Engine
from dynamic_impact.graph import FILE, Graph
from dynamic_impact.locks import Lock, LockFormatError, parse_lock
from dynamic_impact.model import NO_USES, Affected, Mode, Selection, Spared, Uses
from dynamic_impact.options import Options, read_options
from dynamic_impact.reach import reach_of_place
from dynamic_impact.recordings.inputs import Inputs, Pins, inputs_of, pins_of
from dynamic_impact.recordings.judge import Judgement, executed_change, judge
from dynamic_impact.recordings.model import Recording
from dynamic_impact.recordings.plain import recorder_source, this_machine
from dynamic_impact.recordings.sources import Sources
from dynamic_impact.recordings.store import Store
from dynamic_impact.snapshot import setting_of

RECORDED = "python_test"
_NONE = Inputs("", "")
# They say where Pants works and what it prints, and change no result of a test.
_NO_MATTER = re.compile(r"PANTS_(REMOTE_|CACHE_|LEVEL$|COLORS$|DYNAMIC_UI$|LOG|SHOW_|CONCURRENT$|PANTSD$)")


def store_of(build_root: Path) -> Store:
    """Return where the recordings of a repository are kept."""
    return Store(state_folder(build_root) / "impact" / "recordings")


def precise(selection: Selection, graph: Graph, engine: Engine) -> Selection:
    """Return ``selection`` without the tests that the change leaves as they were in a recorded run that passed.

    Where something was not understood and everything taken for it, nothing is left out.
    """
    wide = selection.change.everything or any(fallback.covers_tests for fallback in selection.fallbacks)
    if wide:
        return replace(selection, mode=Mode.PRECISE)
    store = store_of(engine.build_root)
    recordings = {test.address: store.load(test.address) for test in selection.tests if test.type == RECORDED}
    ground = ground_of(engine, graph, store)
    inputs = ground.inputs([test for test, held in recordings.items() if held])
    machine = this_machine()
    judgements = {
        test: judge(held, inputs.get(test, _NONE), machine, ground.sources) for test, held in recordings.items()
    }
    if store.torn:
        engine.on_step(f"{len(store.torn)} recordings are torn and left out, as {store.torn[0]}")
    spared = tuple(Spared(test, judged.why) for test, judged in judgements.items() if judged.spared)
    gone = {item.address for item in spared}
    uses = selection.ranking.uses or NO_USES
    kept = (
        _kept(item, judgements[item.address], recordings[item.address], uses) if item.address in judgements else item
        for item in selection.affected
        if item.address not in gone
    )
    return replace(selection, mode=Mode.PRECISE, affected=tuple(kept), spared=spared)


def _kept(item: Affected, judgement: Judgement, recordings: Sequence[Recording], uses: Uses) -> Affected:
    return replace(item, kept=judgement.why, executed=executed_change(recordings, judgement, uses))


@dataclass(frozen=True, slots=True)
class Ground:
    """What the tests of a repository stand on as it is now.

    Parameters
    ----------
    held : git's name of each file's content; "" where the file itself must be read
    """

    graph: Graph
    sources: Sources
    held: Mapping[str, str]
    setting: str
    pins: Pins = field(default_factory=Pins)

    def blob(self, path: str) -> str:
        """Return the name of a file's content."""
        return self.held.get(path) or self.sources.blob(path)

    def inputs(self, tests: Iterable[str]) -> dict[str, Inputs]:
        """Return the digests of the inputs of each of ``tests``."""
        return inputs_of(self.graph, tests, self.blob, self.setting, self.pins)


def ground_of(engine: Engine, graph: Graph, store: Store) -> Ground:
    """Return what the tests of ``engine``'s repository stand on.

    Raises
    ------
    PantsFailedError : a configuration file is no TOML
    """
    held = engine.git.tracked(engine.build_root)
    sources = Sources(engine.build_root, store.tables(), lambda path, blob: held.get(path) == blob)
    options = read_options(engine.build_root)
    locks = {} if options.whole_locks else _locks(graph, sources)
    ground = Ground(graph, sources, held, "", pins_of(graph, locks))
    steering = [[path, ground.blob(path)] for path in _steering(held, options)]
    variables = {name: value for name, value in os.environ.items() if not _NO_MATTER.match(name)}
    recorder = digest(recorder_source().decode())  # what another one saw may be less, or more
    return replace(ground, setting=digest([recorder, steering, setting_of("", variables)]))


def _locks(graph: Graph, sources: Sources) -> dict[str, Lock | None]:
    found: dict[str, Lock | None] = {}
    for node, data in graph.nodes(data=True):
        if "target" in data and data["target"].type.startswith("_lockfile"):
            for path in (before.removeprefix(FILE) for before in graph.predecessors(node)):
                found[path] = _lock(sources.content(path))
    return found


def _lock(content: bytes | None) -> Lock | None:
    try:
        return None if content is None else parse_lock(content.decode())
    except (LockFormatError, UnicodeDecodeError):
        return None


def _steering(paths: Iterable[str], options: Options) -> list[str]:
    """Return those of ``paths`` whose edit can change any result; the costly question only where it may be so."""
    named = {value.rstrip("/") for _, value in options.named if value}
    below = tuple(f"{value}/" for value in named)
    globs = re.compile("|".join(fnmatch.translate(value) for value in sorted(named) if "*" in value) or r"(?!)")
    return [
        path
        for path in sorted(paths)
        if ("/" not in path or reach_of_place(PurePosixPath(path).name) or path in named or path.startswith(below))
        or globs.match(path)
        if options.steers(path)
    ]
