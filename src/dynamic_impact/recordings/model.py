"""What a recording says, as it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from dynamic_base import DynamicError

SCHEMA = "dynamic.recording/2"
KEPT_SCHEMA = "dynamic.recorded/1"


class RecordingFormatError(DynamicError):
    """The document is no recording."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a test executed of one file.

    Parameters
    ----------
    blob : git's name of the file's content at the time
    blocks : the blocks that were executed
    whole : why all of the file counts, or ""
    """

    blob: str
    blocks: frozenset[str]
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """One run of one test.

    Parameters
    ----------
    test : its address
    inputs : digest of all that it stands on and that is not recorded call by call (`dynamic_impact.recordings.inputs`)
    machine : the platform that it ran on
    hazards : why the files may not be all that it depends on
    """

    test: str
    inputs: str
    python: str
    machine: str
    passed: bool
    hazards: tuple[str, ...] = ()
    files: Mapping[str, Ran] = field(default_factory=lambda: MappingProxyType({}))

    def document(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "schema": KEPT_SCHEMA,
            "test": self.test,
            "inputs": self.inputs,
            "python": self.python,
            "machine": self.machine,
            "passed": self.passed,
            "hazards": list(self.hazards),
            "files": {
                path: {"blob": ran.blob, "blocks": sorted(ran.blocks), "whole": ran.whole}
                for path, ran in sorted(self.files.items())
            },
        }


def recording_from(document: object) -> Recording:
    """Read back what `Recording.document` gave.

    Raises
    ------
    RecordingFormatError : it is no such document
    """
    try:
        if document["schema"] != KEPT_SCHEMA:  # type: ignore[index]  # anything else is told below
            raise RecordingFormatError(f"no {KEPT_SCHEMA}: {document['schema']!r}")  # type: ignore[index]
        return Recording(
            str(document["test"]),  # type: ignore[index]
            str(document["inputs"]),  # type: ignore[index]
            str(document["python"]),  # type: ignore[index]
            str(document["machine"]),  # type: ignore[index]
            document["passed"] is True,  # type: ignore[index]
            tuple(map(str, document["hazards"])),  # type: ignore[index]
            {
                str(path): Ran(str(ran["blob"]), frozenset(map(str, ran["blocks"])), str(ran["whole"]))
                for path, ran in document["files"].items()  # type: ignore[index]
            },
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise RecordingFormatError(f"it is no recording ({type(error).__name__}: {error})") from error
