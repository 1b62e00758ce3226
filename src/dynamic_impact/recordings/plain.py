"""Recording and judging without Pants: a folder of files, and one recording for each run of pytest.

The study of seeded faults stands on it, and so do this package's own tests.
"""

import os
import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from dynamic_base import write_atomic
from dynamic_impact.model import Uses
from dynamic_impact.recordings.inputs import Inputs
from dynamic_impact.recordings.judge import Judgement, executed_change, judge
from dynamic_impact.recordings.model import Recording
from dynamic_impact.recordings.sources import Sources, Tables
from dynamic_impact.recordings.taking import read_raw, take

RECORDER = "dynamic_recorder"
_CHILD = "dynamic_recorder_child"


def this_machine() -> str:
    """Return the name that the recorder gives the platform at hand."""
    return f"{sys.platform}-{platform.machine()}"


def recorder_source() -> bytes:
    """Return all that the recorder is made of, which names its version."""
    return _source(RECORDER) + _source(_CHILD)


def _source(name: str) -> bytes:
    return resources.files("dynamic_impact.recordings").joinpath(f"{name}.py").read_bytes()


def place_recorder(folder: Path) -> Path:
    """Write the recorder into ``folder`` and return it: name it in PYTHONPATH, and ``-p dynamic_recorder``."""
    write_atomic(folder / f"{RECORDER}.py", _source(RECORDER))
    write_atomic(folder / "children" / "sitecustomize.py", _source(_CHILD))
    return folder


def recording_environment(recorder: Path, root: Path, output: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return ``environment`` with what a ``pytest -p dynamic_recorder`` in ``root`` needs to write ``output``."""
    held = environment.get("PYTHONPATH", "")
    return {
        **environment,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(recorder), held))),
        "DYNAMIC_RECORD": str(output),
        "DYNAMIC_RECORD_ROOT": str(root),
    }


@dataclass(slots=True)
class PlainRecordings:
    """The recordings of the tests of one folder.

    Parameters
    ----------
    inputs : what all stands on beside the Python sources, with data and without; recordings serve while it is the same
    """

    inputs: Inputs = field(default_factory=lambda: Inputs("with data", "without data"))
    tables: Tables = field(default_factory=Tables)
    recordings: dict[str, list[Recording]] = field(default_factory=dict)

    def add(self, test: str, output: Path, root: Path) -> Recording:
        """Take what the recorder wrote to ``output`` for ``test``, while ``root`` still holds the same files.

        Raises
        ------
        RecordingFormatError : ``output`` is torn, or no recording
        """
        recording = take(read_raw(output), test, self.inputs, Sources(root, self.tables))
        self.recordings.setdefault(test, []).insert(0, recording)
        return recording

    def judge(self, tests: Iterable[str], root: Path, *, other_data: bool = False) -> dict[str, Judgement]:
        """Say of each test whether the files that ``root`` holds now leave it as it was.

        Parameters
        ----------
        other_data : some file that is no Python source has another content now
        """
        sources = Sources(root, self.tables)
        inputs = Inputs("other data", self.inputs.without_data) if other_data else self.inputs
        return {test: judge(self.recordings.get(test, ()), inputs, this_machine(), sources) for test in tests}

    def executed(self, judged: Mapping[str, Judgement], uses: Uses) -> dict[str, float]:
        """Return how much of a change each test of ``judged`` is known to execute, where its recordings tell."""
        told = {test: executed_change(self.recordings.get(test, ()), one, uses) for test, one in judged.items()}
        return {test: much for test, much in told.items() if much is not None}
