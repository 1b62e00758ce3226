"""From what the recorder wrote in a test's sandbox to a recording in terms of blocks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dynamic_impact.recordings.blocks import MODULE, defaults_of
from dynamic_impact.recordings.inputs import Inputs
from dynamic_impact.recordings.model import SCHEMA, Ran, Recording, RecordingFormatError
from dynamic_impact.recordings.sources import Sources


@dataclass(frozen=True, slots=True)
class Raw:
    """What the recorder wrote.

    Parameters
    ----------
    tests : the test files that its process was given
    """

    tests: tuple[str, ...]
    document: Mapping[str, Any]


def read_raw(path: Path) -> Raw:
    """Read what the recorder wrote to ``path``.

    Raises
    ------
    RecordingFormatError : it is torn, or no recording
    """
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise RecordingFormatError(f"{path} cannot be read ({error})", "record the test again") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise RecordingFormatError(f"{path} is no {SCHEMA}", "record the test again")
    return Raw(tuple(document["tests"]), document)


def take(raw: Raw, test: str, inputs: Inputs, sources: Sources, hazards: tuple[str, ...] = ()) -> Recording:
    """Return what ``raw`` says of ``test``, and keep the digests of the blocks that it names in the sources' tables.

    Parameters
    ----------
    inputs : it stands on those with all data where it may have read some that the recorder did not see
    hazards : what is known beside it that keeps the test from being left out

    Raises
    ------
    WriteError : the disk refused
    """
    document = raw.document
    known = [*document["hazards"], *hazards]
    files: dict[str, Ran] = {}
    for path, seen in document["files"].items():
        if sources.content(path) is None:
            continue  # generated: what it is made from is among the inputs, or made by the test itself
        if sources.blob(path) != seen["blob"]:
            known.append(f"{path} was another file while it was recorded")
            continue
        files[path] = (
            _ran(path, seen, sources) if path.endswith(".py") else Ran(seen["blob"], frozenset(), seen["whole"])
        )
    stands_on = inputs.with_data if document["blind"] else inputs.without_data
    return Recording(
        test, stands_on, document["python"], document["platform"], document["passed"] is True, tuple(known), files
    )


def _ran(path: str, seen: Mapping[str, Any], sources: Sources) -> Ran:
    blocks = sources.blocks(path)
    if blocks is None:
        return Ran(seen["blob"], frozenset(), seen["whole"] or "it cannot be parsed here")
    sources.tables.put(seen["blob"], blocks)
    functions = [(name, line) for name, line in seen["ran"] if name != MODULE]  # whose first line may be a function's
    executed = {MODULE, *(blocks.at(line) for _, line in functions)}
    executed |= {block for name, _ in functions if (block := name.partition(".<locals>")[0]) in blocks.digests}
    asked = {blocks.at(line) for _, line in seen["asked"]}
    executed |= {block for name in executed | asked if (block := defaults_of(name)) in blocks.digests}
    return Ran(seen["blob"], frozenset(executed), seen["whole"])
