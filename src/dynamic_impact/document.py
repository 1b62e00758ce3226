"""The JSON dialect of every verb, versioned by its ``schema``."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from dynamic_impact.graph import FILE
from dynamic_impact.model import SCHEMA, Affected, Likelihood, Ranking, Selection
from dynamic_impact.plan import Plan
from dynamic_impact.running.model import Attempt, Outcome, Result
from dynamic_impact.running.planfile import Share, calls_of


def selection_document(selection: Selection) -> dict[str, Any]:
    """Return ``selection`` as plain JSON values."""
    change = selection.change
    return {
        "schema": SCHEMA,
        "base": change.base,
        "head": change.head,
        "reason": change.reason,
        "mode": selection.mode.value,
        "changed": {
            "files": [
                {
                    "path": f.path,
                    "status": f.status.value,
                    **({"renamed": f.renamed} if f.renamed else {}),
                    **({"via": f.via} if f.via else {}),
                }
                for f in change.files
            ],
            "targets": list(selection.changed_targets),
            "requirements": [
                {"lock": lock, "name": name, "change": told} for lock, name, told in selection.changed_requirements
            ],
            "options": [asdict(edit) for edit in selection.changed_options],
        },
        # Tests first, the most likely to fail before the others; then the rest, nearest first.
        "selected": [
            affected_document(item, selection.ranking.likelihoods.get(item.address)) for item in selection.affected
        ],
        "spared": [{"address": spared.address, "why": spared.why} for spared in selection.spared],
        "fallbacks": [
            {
                "path": fallback.path,
                "why": fallback.why,
                "everything": fallback.everything,
                **({"goals": list(fallback.goals)} if fallback.goals else {}),
            }
            for fallback in selection.fallbacks
        ],
        "ranking": ranking_document(selection.ranking),
        "unowned": list(selection.unowned),
        "totals": {
            "targets": selection.targets_total,
            "tests": selection.tests_total,
            "tests_selected": len(selection.tests),
        },
        "timing": {**selection.seconds, "graphs": dict(selection.graphs)},
    }


def ranking_document(ranking: Ranking) -> dict[str, Any]:
    """Return what the order stands on, and how far down it the mode went."""
    return {
        "basis": ranking.basis,
        "time_budget_s": ranking.limits.time_budget_s,
        "recall_asked": ranking.limits.recall,
        "recall_estimated": round(ranking.recall, 6),
    }


def affected_document(item: Affected, likelihood: Likelihood | None = None) -> dict[str, Any]:
    """Return one affected target with its path and, of a test, how likely it is to fail and what adds to that."""
    return {
        "address": item.address,
        "type": item.type,
        "test": item.is_test,
        "distance": item.distance,
        **({"likelihood": likelihood_document(likelihood)} if likelihood else {}),
        "path": [{"from": step.source.removeprefix(FILE), "to": step.target, "why": step.why} for step in item.path],
        **({"kept": item.kept} if item.kept else {}),
    }


def likelihood_document(likelihood: Likelihood) -> dict[str, Any]:
    """Return a probability, and the log-odds that each feature adds to it."""
    return {"p": round(likelihood.p, 6), "adds": {part.name: round(part.adds, 3) for part in likelihood.parts}}


def plan_document(selection: Selection, plan: Plan) -> dict[str, Any]:
    """Return what a run would do: the selection, and the plan."""
    return {
        **selection_document(selection),
        "schema": "dynamic.run/1",
        "plan": {
            "tasks": [{"goal": task.goal, "addresses": list(task.addresses)} for task in plan.tasks],
            "expected_s": plan.expected_s,
            "everything_s": plan.everything_s,
        },
    }


def run_document(
    head: Mapping[str, Any], results: Sequence[Result], seconds: float, executor: Mapping[str, Any], *, ok: bool
) -> dict[str, Any]:
    """Return a run: what it was to do (``head``: a `plan_document`, or `share_document`), each result, the verdict."""
    count = {outcome: sum(result.outcome is outcome for result in results) for outcome in Outcome}
    return {
        **head,
        "executor": dict(executor),
        "results": [_result(result) for result in results],
        "verdict": {
            "ok": ok,
            "seconds": round(seconds, 3),
            "passed": count[Outcome.PASSED],
            "failed": count[Outcome.FAILED],
            "flaky": count[Outcome.FLAKY],
            "not_run": count[Outcome.NOT_RUN],
            "cached": sum(is_cached(result) for result in results),
        },
    }


def share_document(share: Share) -> dict[str, Any]:
    """Return what a run of a plan's shard would do."""
    return {
        **selection_document(share.selection),
        "schema": "dynamic.run/1",
        "shard": {"plan": share.path, "index": share.shard, "of": share.of},
        "plan": {
            "tasks": [{"goal": call.goal, "addresses": list(call.addresses)} for call in calls_of(share.tasks)],
            "expected_s": round(share.expected_s, 3),
        },
    }


def _result(result: Result) -> dict[str, Any]:
    return {
        "goal": result.goal,
        "subject": result.subject,
        "outcome": result.outcome.value,
        "seconds": result.seconds,
        "source": result.source,
        **({"output": result.output} if result.output else {}),
        **({"worker": result.worker} if result.worker else {}),
        **({"attempts": [_attempt(attempt) for attempt in result.attempts]} if result.attempts else {}),
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {"outcome": attempt.outcome.value, "seconds": attempt.seconds, "output": attempt.output}


def is_cached(result: Result) -> bool:
    """Say whether Pants had ``result`` from an earlier run."""
    return result.source.startswith(("cached", "memoized"))
