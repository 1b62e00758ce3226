"""Small real repositories with owners, whose commits have known times and authors, and runs on record."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dynamic_base import TickingClock, run
from dynamic_delivery.gates.model import Severity
from dynamic_delivery.risk.assess import assess
from dynamic_delivery.risk.found import Found
from dynamic_delivery.risk.model import Scorecard
from dynamic_events import AttributeValue, EventLog
from dynamic_impact.changes import Question
from dynamic_impact.engine import Engine
from tests.dynamic_impact.repositories import IDENTITY, OneRulePants, Repository, new_repository

START = datetime(2026, 1, 1, tzinfo=UTC)
CODEOWNERS = "* @org/all\n/risky/ @org/quants\n/own/ @ana\n"


@dataclass(frozen=True, slots=True)
class World:
    """One repository; day 0 is the first of January 2026."""

    repository: Repository

    @property
    def root(self) -> Path:
        return self.repository.root

    def commit(self, files: dict[str, str], subject: str = "step", day: float = 0.0, author: str = "a") -> str:
        """Commit ``files`` on ``day`` and return the commit's name."""
        self.repository.write_all(files)
        self.repository.git("add", "--all")
        moment = (START + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        address = f"{author}@example.invalid"
        who = {"GIT_AUTHOR_EMAIL": address, "GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
        words = ["git", "commit", "--quiet", "--allow-empty", "--message", subject]
        run(words, cwd=self.root, env={**IDENTITY, **who}).checked("")
        return self.repository.git("rev-parse", "HEAD")

    def ran(self, base: str, head: str, files: Sequence[str], day: float, *, failed: bool) -> None:
        """Put a run on record that judged the commit ``head`` as it is."""
        log = EventLog(self.root, TickingClock(START + timedelta(days=day)))
        attributes: dict[str, AttributeValue] = {
            "vcs.ref.base.revision": base,
            "vcs.ref.head.revision": head,
            "vcs.ref.head.tree": self.repository.git("rev-parse", f"{head}^{{tree}}"),
            "changed.files": tuple(files),
            "failed": int(failed),
        }
        name = f"run-{day:g}"
        log.append(name, [log.event("run.finished", name, head, attributes)])

    def engine(self) -> Engine:
        return Engine(self.root, OneRulePants(), TickingClock(), "test")

    def peek(self, folder: Path) -> Path:
        """Return a saved ``pants peek`` of the files as they are."""
        path = folder / "peek.json"
        path.write_text(json.dumps(OneRulePants().peek(self.root, daemon=False)), encoding="utf-8")
        return path

    def card(self, since: str = "", author: str = "", findings: Sequence[Severity] | None = None) -> Scorecard:
        engine = self.engine()
        selection, graph = engine.select(Question(since))
        return assess(engine, selection, graph, author, None if findings is None else Found(tuple(findings)))


def new_world(root: Path) -> World:
    """Return a repository with owners, some targets and their tests, committed on day 0."""
    world = World(new_repository(root))
    world.commit(
        {
            ".github/CODEOWNERS": CODEOWNERS,
            ".gitignore": ".dynamic/\n",
            "lib.t": "",
            "mid.t": "lib.t\n",
            "risky/r.t": "",
            "own/o.t": "",
            "test_lib.t": "lib.t\n",
            "test_mid.t": "mid.t\n",
        }
    )
    return world
