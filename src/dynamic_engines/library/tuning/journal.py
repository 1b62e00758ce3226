"""What a search has seen so far, line by line on disk: a search that is killed goes on where it was."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from dynamic_engines.library.tuning.errors import TuningError
from dynamic_engines.library.tuning.model import Choice, Probe, Sample, Verdict, named

Round = Mapping[str, Sample]


class Journal:
    """Probes and rounds of one search. A line that a crash tore is left out; what it said is tried again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.probes: dict[str, Probe] = {}
        self._rounds: list[Round] = []
        self._torn = False
        self._load()

    def probed(self, choice: Choice, probe: Probe) -> None:
        """Keep what trying ``choice`` showed. Raises TuningError if the disk refuses."""
        self._append({"choice": named(choice), "verdict": probe.verdict, "reason": probe.reason})
        self.probes[named(choice)] = probe

    def rounds(self, names: frozenset[str]) -> list[Round]:
        """Return the rounds in which just these choices ran: those of one rung, since fewer run in the next."""
        return [samples for samples in self._rounds if samples.keys() == names]

    def ran(self, samples: Round) -> None:
        """Keep one round. Raises TuningError if the disk refuses."""
        times = {name: [sample.wall_s, sample.cpu_s] for name, sample in samples.items()}
        self._append({"seconds": times})
        self._rounds.append(samples)

    def drop(self) -> None:
        """Forget it on disk: the search is complete."""
        self._path.unlink(missing_ok=True)
        with suppress(OSError):  # others may still be there
            self._path.parent.rmdir()

    def _load(self) -> None:
        try:
            content = self._path.read_bytes()
        except OSError:
            return
        self._torn = not content.endswith(b"\n")
        for line in content.splitlines():
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError):
                continue

    def _take(self, line: dict[str, object]) -> None:
        if "choice" in line:
            self.probes[str(line["choice"])] = Probe(Verdict(str(line["verdict"])), str(line["reason"]))
            return
        seconds = line["seconds"]
        if isinstance(seconds, dict):
            self._rounds.append({name: Sample(float(wall), float(cpu)) for name, (wall, cpu) in seconds.items()})

    def _append(self, value: object) -> None:
        text = ("\n" if self._torn else "") + json.dumps(value) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise TuningError(
                f"cannot write {self._path} ({error.strerror})", "free the disk, or set DYNAMIC_TUNING=FILE elsewhere"
            ) from error
        self._torn = False
