"""The true seconds of each process that a Pants run needed: one JSON line a process, one immutable file a run.

::

    {"run": "pants_run_…", "description": "Run Pytest for tests/x/test_y.py", "addresses": ["tests/x/test_y.py"],
     "start_s": 1795512251.9, "duration_s": 4.056, "exit_code": 0, "source": "Ran"}

``source`` is ``Ran`` where the process really ran now. A hit of a cache (``HitLocally``, ``HitRemotely``) gives the
seconds of the run that filled the cache, so that a fresh clone knows them too; what the daemon remembers emits nothing.
``start_s`` is Unix time, after the wait for a free slot; ``addresses`` are those of the test, and empty for other work.
Needs ``[GLOBAL].streaming_workunits_level = "debug"``, the default.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pants.base.build_root import BuildRoot
from pants.engine.internals.scheduler import Workunit
from pants.engine.rules import collect_rules, rule
from pants.engine.streaming_workunit_handler import (
    StreamingWorkunitContext,
    WorkunitsCallback,
    WorkunitsCallbackFactory,
    WorkunitsCallbackFactoryRequest,
)
from pants.engine.unions import UnionRule
from pants.option.option_types import StrOption
from pants.option.subsystem import Subsystem

logger = logging.getLogger(__name__)


class Durations(Subsystem):
    options_scope = "durations"
    help = "A record of how long each process took."

    path = StrOption(default=".dynamic/durations", help="The folder of the records, from the build root.")


class Recorder(WorkunitsCallback):
    """Collects while the run goes on, and writes once at its end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[Workunit] = []
        self._addresses: dict[str, list[str]] = {}

    @property
    def can_finish_async(self) -> bool:
        return False  # who started the run may read the file as soon as it ends, and see the warning

    def __call__(
        self,
        *,
        started_workunits: tuple[Workunit, ...],  # noqa: ARG002  # Pants passes it by name
        completed_workunits: tuple[Workunit, ...],
        finished: bool,
        context: StreamingWorkunitContext,
    ) -> None:
        for workunit in completed_workunits:
            metadata = workunit.get("metadata") or {}
            if "total_elapsed_ms" in metadata:  # a process that came to its end: a cancelled one has none
                self._processes.append(workunit)
            elif "addresses" in metadata:  # the rule around a test's process
                self._addresses[workunit["span_id"]] = metadata["addresses"]
        if finished and self._processes:
            self._write(context.run_tracker.run_id)

    def _write(self, run: str) -> None:
        path = self._folder / f"{run}.jsonl"
        unfinished = path.with_suffix(".unfinished")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_text("".join(json.dumps(self._line(run, each)) + "\n" for each in self._processes))
            unfinished.replace(path)
        except OSError as error:
            logger.warning("no durations of this run: cannot write %s (%s); see [durations].path", path, error.strerror)

    def _line(self, run: str, process: Workunit) -> dict[str, object]:
        metadata = process["metadata"]
        duration_s = metadata["total_elapsed_ms"] / 1000
        start_s = process["start_secs"] + process["start_nanos"] / 1e9
        if metadata["source"] == "Ran":  # the workunit also spans the wait for a slot
            start_s += max(0.0, process["duration_secs"] + process["duration_nanos"] / 1e9 - duration_s)
        return {
            "run": run,
            "description": process["description"].removeprefix("Scheduling: "),
            "addresses": self._addresses.get(process.get("parent_id", ""), []),
            "start_s": round(start_s, 3),
            "duration_s": duration_s,
            "exit_code": metadata.get("exit_code"),
            "source": metadata["source"],
        }


@dataclass(frozen=True)
class RecorderRequest:
    pass


@rule
def make_recorder(_: RecorderRequest, durations: Durations, build_root: BuildRoot) -> WorkunitsCallbackFactory:
    return WorkunitsCallbackFactory(lambda: Recorder(build_root.pathlib_path / durations.path))


def rules() -> Iterable[Any]:
    return (*collect_rules(), UnionRule(WorkunitsCallbackFactoryRequest, RecorderRequest))
