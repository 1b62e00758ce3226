"""Whether a test would see any difference to a run of it that passed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dynamic_impact.model import Uses
from dynamic_impact.recordings.blocks import MODULE
from dynamic_impact.recordings.inputs import Inputs
from dynamic_impact.recordings.model import Ran, Recording
from dynamic_impact.recordings.sources import Sources

EXECUTES, IMPORTS = "executes", "imports"  # the first word of the reason where a difference was seen


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a test may be left out, and why, in words that follow its name."""

    spared: bool
    why: str


def judge(recordings: Sequence[Recording], inputs: Inputs, machine: str, sources: Sources) -> Judgement:
    """Judge one test by all ``recordings`` of it, the newest first.

    It is spared if everything that any run of it on these inputs executed is now as it was in one run that passed, no
    run of it that failed saw the same, and no run did what a recording does not show.

    Notes
    -----
    O(files of its recordings); a file is parsed only where its content is another than the recorded one.
    """
    if not recordings:
        return Judgement(spared=False, why="it has no recording")
    here = [recording for recording in recordings if recording.inputs in inputs and recording.machine == machine]
    if not here:
        other = all(recording.machine != machine for recording in recordings)
        what = "were made on another platform" if other else "stand on other data, definitions, pins or settings"
        return Judgement(spared=False, why=f"its recordings {what}")
    for recording in here:
        if recording.hazards:
            return Judgement(spared=False, why=recording.hazards[0])
    seen = _union(here)
    passed = [recording for recording in here if recording.passed]
    if not passed:
        return Judgement(spared=False, why="it did not pass when it was recorded")
    differences = [_difference(recording, seen, sources) for recording in passed]
    if all(differences):
        return Judgement(spared=False, why=differences[0])
    if any(not recording.passed and not _difference(recording, seen, sources) for recording in here):
        return Judgement(spared=False, why="it failed once on the very same blocks")
    blocks = sum(len(ran.blocks) for ran in seen.values())
    return Judgement(spared=True, why=f"the {blocks} blocks of {len(seen)} files that it executes are as they were")


def executed_change(recordings: Iterable[Recording], judgement: Judgement, uses: Uses) -> float | None:
    """Return how much of a change a test is known to execute, from 0 to 1; None where its recordings do not tell.

    1 is a block that itself changed: a decorator, a default or a name counts with the function that has it, though all
    who import the file execute them. One half is nothing but such an import. Between them lie the blocks that name what
    changed, directly or by way of others: a constant runs at import, and who uses it is another question.
    """
    if judgement.spared:
        return 0.0
    seen = _union(recordings)
    hops = [
        hops
        for path, named in uses.blocks.items()
        for block, hops in named.items()
        if path in seen and block != MODULE and block in seen[path].blocks
    ]
    if hops:
        return 0.5 + 0.5 / (1 + min(hops))
    if judgement.why.startswith(EXECUTES):
        return 1.0
    return 0.5 if judgement.why.startswith(IMPORTS) else None


def _union(recordings: Iterable[Recording]) -> dict[str, Ran]:
    """Return what any of ``recordings`` executed: a test that draws lots executes another part each time."""
    seen: dict[str, Ran] = {}
    for recording in recordings:
        for path, ran in recording.files.items():
            old = seen.get(path, Ran("", frozenset()))
            seen[path] = Ran("", old.blocks | ran.blocks, old.whole or ran.whole)
    return seen


def _difference(recording: Recording, seen: Mapping[str, Ran], sources: Sources) -> str:
    """Return how the files are now not as in ``recording`` in what was ``seen`` of them, or ""."""
    for path, ran in seen.items():
        held = recording.files.get(path)
        if held is None:
            return f"another run of it executes {path}"
        if sources.is_still(path, held.blob):
            continue
        if ran.whole:
            return f"{path} changed, and counts whole: {ran.whole}"
        differing = sources.differing(path, held.blob)
        if differing is None:
            return f"{path} changed, and cannot be compared block by block"
        if touched := sorted(differing & ran.blocks, key=lambda name: (name == MODULE, name)):
            return _told(path, touched)
    return ""


def _told(path: str, blocks: Sequence[str]) -> str:
    name = blocks[0]
    if name == MODULE:
        return f"{IMPORTS} {path}, whose own statements or signatures changed"
    return f"{EXECUTES} {name} in {path}, which changed"
