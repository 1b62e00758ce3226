"""A plan in the words of a build server: GitHub's matrix, GitLab's child pipeline, or just its shards."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import yaml

from dynamic_impact.planning.document import shard_document
from dynamic_impact.planning.model import Plan

Emitter = Callable[[Plan, str], str]


def github(plan: Plan, path: str) -> str:
    """Return the matrix of a job, in one line, for ``fromJSON``.

    GitHub takes an empty matrix for an error, so that the job has to be left out where ``include`` is empty.
    """
    return json.dumps({"include": [_row(plan, index, path) for index in range(1, len(plan.shards) + 1)]})


def gitlab(plan: Plan, path: str) -> str:
    """Return a child pipeline, one job a shard; the plan comes from the job that ``PLAN_JOB`` names, in the parent.

    A child pipeline must have a job, so that a plan of nothing has one that does nothing.
    """
    jobs: dict[str, Any] = {
        f"shard {row['name']}": {
            "extends": ".shard",
            "script": [row["command"]],
            **({"tags": row["resources"].split(",")} if row["resources"] else {}),
        }
        for row in (_row(plan, index, path) for index in range(1, len(plan.shards) + 1))
    }
    needs = [{"pipeline": "$PARENT_PIPELINE_ID", "job": "plan"}]
    if not jobs:
        return _yaml({"nothing to run": {"script": ["true"]}})
    return _yaml({".shard": {"stage": "test", "needs": needs}, **jobs})


def shards(plan: Plan, path: str) -> str:
    """Return the shards as one JSON document."""
    made = [shard_document(plan, index, path) for index in range(1, len(plan.shards) + 1)]
    return json.dumps({"schema": "dynamic.shards/1", "shards": made}, ensure_ascii=False, indent=2)


EMITTERS: Mapping[str, Emitter] = MappingProxyType({"github": github, "gitlab": gitlab, "json": shards})


def _row(plan: Plan, index: int, path: str) -> dict[str, Any]:
    shard = shard_document(plan, index, path)
    return {
        "shard": index,
        "name": f"{index} of {len(plan.shards)}",
        "tasks": len(shard["tasks"]),
        "expected_s": shard["expected_s"],
        "p95_s": shard["p95_s"],
        "resources": ",".join(shard["resources"]),
        "command": shard["command"],
    }


def _yaml(document: Mapping[str, Any]) -> str:
    return str(yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=10_000)).rstrip("\n")
