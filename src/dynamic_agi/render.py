"""What a person reads, and the documents that a program reads."""

import shlex
from collections.abc import Sequence

from dynamic_agi.episode import Episode
from dynamic_agi.replay import Difference
from dynamic_agi.run import Run
from dynamic_agi.tally import Tally
from dynamic_base import canonical_json


def replay_command(seed: int, episode: int, options: Sequence[str]) -> str:
    """Return the command that runs the episode again."""
    return shlex.join(["./dynamic", "agents", "replay", "--seed", str(seed), "--episode", str(episode), *options])


def violation_document(episode: Episode, seed: int, options: Sequence[str]) -> dict[str, object]:
    """Return the report of a broken invariant."""
    violation = episode.violation
    if violation is None:
        return {}
    return {
        "episode": episode.number,
        "seed": seed,
        "event": violation.event,
        "at_ms": violation.at_ms,
        "invariant": violation.invariant,
        "rule": violation.rule,
        "why": violation.why,
        "line": violation.line,
        "replay": replay_command(seed, episode.number, options),
    }


def violation_text(episode: Episode, seed: int, options: Sequence[str]) -> str:
    """Return the report of a broken invariant as lines."""
    violation = episode.violation
    if violation is None:
        return ""
    return (
        f"episode {episode.number} of seed {seed} broke {violation.invariant} "
        f"at event {violation.event}, {violation.at_ms} ms\n"
        f"  rule    {violation.rule}\n"
        f"  why     {violation.why}\n"
        f"  event   {violation.line}\n"
        f"  replay  {replay_command(seed, episode.number, options)}"
    )


def run_document(run: Run, seed: int, options: Sequence[str]) -> dict[str, object]:
    """Return the summary of a run."""
    return {
        "schema": "dynamic.agents.simulate/1",
        "seed": seed,
        "first_episode": run.first,
        **run.tally.document(),
        "digest": run.digest,
        "interrupted": run.interrupted,
        "violations": [violation_document(episode, seed, options) for episode in run.violations],
    }


def tally_text(tally: Tally, digest: str) -> str:
    """Return the counts as a line each."""
    faults = [f"{count} {name}" for name, count in tally.faults.most_common()]
    outcomes = [f"{tally.outcomes[name]} {name}" for name in ("done", "failed", "escalated")]
    lines = (
        ("episodes", str(tally.episodes)),
        ("events", str(tally.events)),
        ("faults", ", ".join(faults) or "none"),
        ("tasks", ", ".join(outcomes)),
        ("restarts", str(tally.restarts)),
        ("retries", str(tally.retries)),
        ("effects", str(tally.effects)),
        ("worst recovery", f"{tally.recovery_ms} ms of simulated time"),
        ("digest", digest),
    )
    return "\n".join(f"{name:14}  {value}" for name, value in lines)


def difference_text(difference: Difference) -> str:
    """Return both sides of the first difference."""
    recorded, now = (
        "nothing, it has ended" if side is None else canonical_json(side).decode()
        for side in (difference.recorded, difference.now)
    )
    return f"event {difference.event} is the first that differs\n  recorded  {recorded}\n  now       {now}"
