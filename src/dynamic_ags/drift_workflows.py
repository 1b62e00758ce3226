"""Where the manifest and the workflows differ: which there are, what starts them, and what each job holds."""

from collections.abc import Iterator, Mapping

from dynamic_ags.differences import Difference, Side
from dynamic_ags.model import JobRule, Manifest, WorkflowRule
from dynamic_ags.workflows import WORKFLOWS, Job, Workflow

_RANK = {"none": 0, "read": 1, "write": 2}
# These run with the repository's own rights on what a stranger's fork sends.
_FOR_STRANGERS = ("issue_comment", "pull_request_target", "workflow_run")
_STRANGER = "what a stranger sends is run with this repository's rights"
_UNSTATED = "the repository's setting"


def workflow_drift(manifest: Manifest, workflows: Mapping[str, Workflow]) -> Iterator[Difference]:
    """Yield every difference between the manifest's ``workflows`` and ``uses`` and the files."""
    for file in sorted(manifest.workflows.keys() - workflows.keys()):
        yield Difference(
            "workflow.missing",
            file,
            Side(manifest.at("workflows", file), "the workflow exists"),
            Side(WORKFLOWS, "there is no such file"),
            "what the manifest counts on is not run",
            "the manifest: remove the workflow; or restore the file",
        )
    for file, workflow in workflows.items():
        if file in manifest.workflows:
            yield from _workflow(manifest, manifest.workflows[file], workflow)
        else:
            yield Difference(
                "workflow.unlisted",
                file,
                Side(manifest.at("workflows"), "does not name it"),
                Side(f"{file}:1", f"runs {', '.join(workflow.jobs)}"),
                "nobody agreed to what it does and to what its token may do",
                "remove the workflow; or the manifest: say what it does, by a policy.change",
            )
    yield from _uses(manifest, workflows)


def _workflow(manifest: Manifest, rule: WorkflowRule, workflow: Workflow) -> Iterator[Difference]:
    file = workflow.file
    for trigger in sorted(workflow.triggers.keys() - set(rule.triggers)):
        yield Difference(
            "trigger.unlisted",
            f"{file}: {trigger}",
            Side(manifest.at("workflows", file, "triggers"), f"{trigger} does not start it"),
            Side(f"{file}:{workflow.triggers[trigger]}", f"{trigger} starts it"),
            _STRANGER if trigger in _FOR_STRANGERS else "it runs on an event that nobody agreed to",
            "the workflow: remove the trigger; or the manifest: add it, by a policy.change",
        )
    for trigger in sorted(set(rule.triggers) - workflow.triggers.keys()):
        yield Difference(
            "trigger.missing",
            f"{file}: {trigger}",
            Side(manifest.at("workflows", file, "triggers"), f"{trigger} starts it"),
            Side(f"{file}:1", f"{trigger} does not start it"),
            "what the manifest counts on is not run",
            "the manifest: remove the trigger; or the workflow: restore it",
        )
    for name in sorted(rule.jobs.keys() - workflow.jobs.keys()):
        yield Difference(
            "job.missing",
            f"{file}: {name}",
            Side(manifest.at("workflows", file, "jobs", name), f"the job does {', '.join(rule.jobs[name].actions)}"),
            Side(f"{file}:1", "there is no such job"),
            "what the manifest counts on is not run",
            "the manifest: remove the job; or the workflow: restore it",
        )
    for name, job in workflow.jobs.items():
        if name in rule.jobs:
            yield from _job(manifest, file, rule.jobs[name], job)
        else:
            yield Difference(
                "job.unlisted",
                f"{file}: {name}",
                Side(manifest.at("workflows", file, "jobs"), "does not name it"),
                Side(f"{file}:{job.lines['job']}", "runs it"),
                "nobody agreed to what it does and to what its token may do",
                "the workflow: remove the job; or the manifest: say what it does, by a policy.change",
            )


def _job(manifest: Manifest, file: str, rule: JobRule, job: Job) -> Iterator[Difference]:
    key = ("workflows", file, "jobs", job.name)
    place = f"{file}:{job.lines['permissions']}"
    if job.permissions is None:
        yield Difference(
            "permissions.unstated",
            f"{file}: {job.name}",
            Side(manifest.at(*key, "permissions"), _listed(rule.permissions)),
            Side(place, f"states none, so {_UNSTATED} decides"),
            "a change of that setting, which no review sees, changes what the job's token may do",
            "the workflow: state `permissions:` in the job",
        )
    else:
        rest = job.permissions.get("*", "none")
        for scope in sorted(job.permissions.keys() | rule.permissions.keys()):
            wanted, found = rule.permissions.get(scope, "none"), job.permissions.get(scope, rest)
            if wanted != found:
                yield _permission(
                    manifest.at(*key, "permissions", scope), place, f"{file}: {job.name}: {scope}", wanted, found
                )
    if rule.environment != job.environment:
        yield Difference(
            "environment",
            f"{file}: {job.name}",
            Side(manifest.at(*key, "environment"), _environment(rule.environment)),
            Side(f"{file}:{job.lines['environment']}", _environment(job.environment)),
            "an environment's reviewers are asked before the job runs, and only for the environment that it names",
            "the workflow: name the manifest's environment; or the manifest, by a policy.change",
        )
    for use in job.uses:
        if not use.is_pinned:
            yield Difference(
                "use.unpinned",
                f"{file}: {job.name}: {use.action}",
                Side(manifest.at("uses"), "each by the SHA of a commit"),
                Side(f"{file}:{use.line}", f"{use.action}@{use.ref or 'nothing'}"),
                "its owner, or who takes the account, can change what runs here",
                "the workflow: write the 40 digits of the commit after the @",
            )


def _permission(manifest_place: str, place: str, subject: str, wanted: str, found: str) -> Difference:
    more = _RANK.get(found, len(_RANK)) > _RANK[wanted]
    return Difference(
        "permission",
        subject,
        Side(manifest_place, wanted),
        Side(place, found),
        "the job's token may do more than was agreed" if more else "more was agreed than the job uses",
        f"the workflow: lower it to {wanted}" if more else f"the manifest: lower it to {found}",
    )


def _uses(manifest: Manifest, workflows: Mapping[str, Workflow]) -> Iterator[Difference]:
    used: dict[str, str] = {}
    for file, workflow in workflows.items():
        for use in (use for job in workflow.jobs.values() for use in job.uses if not use.is_local):
            used.setdefault(use.action, f"{file}:{use.line}")
    for action in sorted(used.keys() - set(manifest.uses)):
        yield Difference(
            "use.unlisted",
            action,
            Side(manifest.at("uses"), "does not list it"),
            Side(used[action], "uses it"),
            "code of others runs here that nobody agreed to",
            "the workflow: use a listed action; or the manifest: list it, by a policy.change",
        )
    for index, action in enumerate(manifest.uses):
        if action not in used:
            yield Difference(
                "use.idle",
                action,
                Side(manifest.at("uses", index), "may be used"),
                Side(WORKFLOWS, "no workflow uses it"),
                "a leave that nobody needs is one that somebody can use unseen",
                "the manifest: remove it",
            )


def _environment(name: str) -> str:
    return f"the environment {name}" if name else "no environment"


def _listed(permissions: Mapping[str, str]) -> str:
    return ", ".join(f"{scope}: {level}" for scope, level in sorted(permissions.items())) or "no permissions"
