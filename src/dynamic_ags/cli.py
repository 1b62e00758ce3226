"""``dynamic policy``: ask the policies, test them, and compare the manifest with what GitHub reads."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.text import Text

from dynamic_ags.decide import Decision, Judge, Outcome
from dynamic_ags.decision_log import record
from dynamic_ags.drift import find_drift, read_artifacts
from dynamic_ags.errors import ManifestError, PolicyError, RequestError
from dynamic_ags.manifest import MANIFEST, load_manifest
from dynamic_ags.model import Manifest
from dynamic_ags.policies import POLICIES, read_policies
from dynamic_ags.policy_tests import run_tests
from dynamic_ags.render import case_lines, decision_lines, difference_lines
from dynamic_ags.repository import find_root, tracked_files
from dynamic_ags.requests import Request, inputs_of, new_request, read_request
from dynamic_ags.workflows import read_workflow, workflow_files
from dynamic_base import Clock, Console, ExitCode, SystemClock

_repo = click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The repository; by default the one around the current folder.",
)
_manifest = click.option(
    "--manifest", type=click.Path(path_type=Path), help=f"The governance manifest.  [default: {MANIFEST}]"
)
_policies = click.option(
    "--policies", type=click.Path(path_type=Path), help=f"The folder of policies.  [default: {POLICIES}]"
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


# \b: a line that is folded could not be pasted.
@click.group(
    "policy", epilog="\b\nExample:  ./dynamic policy check --action deploy.staging --author ana --approved-by bo"
)
def policy_group() -> None:
    """Ask the policies, test them, and find where CI drifts from governance."""


@policy_group.command(
    "check", epilog="\b\nExample:  ./dynamic policy check --action deploy.staging --author ana --approved-by bo"
)
@click.option("--action", metavar="NAME", help="May this be done? One of the manifest's actions.")
@click.option("--author", metavar="PERSON", help="Whose change or wish it is.")
@click.option("--approved-by", "approvals", metavar="PERSON", multiple=True, help="Who approved; may be repeated.")
@click.option("--changed", metavar="PATH", multiple=True, help="A path that changes; may be repeated.")
@click.option("--input", "file", type=click.Path(path_type=Path), help="Read these four from a JSON file.")
@click.option(
    "--workflow",
    "workflows",
    metavar="FILE",
    multiple=True,
    help="Judge this workflow, named from the repository; may be repeated.",
)
@_manifest
@_policies
@_json
@_repo
def check_command(
    action: str | None,
    author: str | None,
    approvals: tuple[str, ...],
    changed: tuple[str, ...],
    file: Path | None,
    workflows: tuple[str, ...],
    manifest: Path | None,
    policies: Path | None,
    as_json: bool,
    repo: Path | None,
) -> ExitCode:
    """Say whether the policies allow an action or a workflow, and record the answer.

    Without any of these, every workflow of the repository is judged. Exit code: 0 allowed, 1 denied, 2 wrong usage, 3
    it could not be decided.
    """
    console = Console(as_json=as_json)
    root = find_root(repo, Path.cwd())
    request = _request(action, author, approvals, changed, file)
    known = _load(console, root, manifest)
    judge = Judge(read_policies(root, _name(policies, POLICIES)), known, _clock())
    decisions = list(_decide(judge, root, known, request, workflows))
    if not decisions:
        raise RequestError(f"{root} has no workflow to judge", "ask about an action with --action and --author")
    written = record(root, decisions)
    console.document(
        {"version": 1, "decisions": [decision.document() for decision in decisions], "record": str(written)}
    )
    for line in (line for decision in decisions for line in decision_lines(decision)):
        console.text(line)
    outcomes = {decision.outcome for decision in decisions}
    if Outcome.UNDECIDED in outcomes:
        return ExitCode.UNDECIDED
    return ExitCode.NO if Outcome.DENIED in outcomes else ExitCode.YES


@policy_group.command("test", epilog="Example:  ./dynamic policy test")
@_policies
@_json
@_repo
def test_command(policies: Path | None, as_json: bool, repo: Path | None) -> ExitCode:
    """Run the policies' own tests. Exit code: 0 all passed, 1 one failed, 3 there are none."""
    console = Console(as_json=as_json)
    folder = _name(policies, POLICIES)
    results = list(run_tests(read_policies(find_root(repo, Path.cwd()), folder, with_tests=True)))
    if not results:
        raise PolicyError(f"{folder} holds no test", "add a rule test_… to a file named *_test.rego")
    found = [{"name": r.name, "file": r.place.file, "line": r.place.line, "said": r.said} for r in results]
    console.document({"version": 1, "tests": found})
    for line in case_lines(results):
        console.text(line)
    return ExitCode.YES if all(result.passed for result in results) else ExitCode.NO


@policy_group.command("drift", epilog="Example:  ./dynamic policy drift --json")
@_manifest
@_json
@_repo
def drift_command(manifest: Path | None, as_json: bool, repo: Path | None) -> ExitCode:
    """Say where CODEOWNERS and the workflows differ from the manifest, why it matters, and which side to change.

    Exit code: 0 nowhere, 1 somewhere, 3 one of them cannot be read.
    """
    console = Console(as_json=as_json)
    root = find_root(repo, Path.cwd())
    known = _load(console, root, manifest)
    artifacts = read_artifacts(root, tracked_files(root))
    found = find_drift(known, artifacts)
    console.document({"version": 1, "differences": [difference.document() for difference in found]})
    for line in (line for difference in found for line in difference_lines(difference)):
        console.text(line)
    jobs = sum(len(workflow.jobs) for workflow in artifacts.workflows.values())
    looked = f"{len(artifacts.files)} files, {len(artifacts.codeowners)} ownership lines, {jobs} jobs"
    console.text(f"{looked}: {len(found)} difference{'s' if len(found) != 1 else ''}")
    return ExitCode.NO if found else ExitCode.YES


def _clock() -> Clock:
    return SystemClock()


def _name(given: Path | None, default: str) -> str:
    """Return the file to read below the repository; what a person gave counts from the current folder."""
    return default if given is None else str(given.absolute())


def _load(console: Console, root: Path, given: Path | None) -> Manifest:
    try:
        return load_manifest(root, _name(given, MANIFEST))
    except ManifestError as error:
        for problem in error.problems:
            console.note(Text(str(problem)))
        raise


def _request(
    action: str | None, author: str | None, approvals: Sequence[str], changed: Sequence[str], file: Path | None
) -> Request | None:
    words = bool(action or author or approvals or changed)
    if file is not None:
        if words:
            raise RequestError("--input says all of --action, --author, --approved-by and --changed", "leave those out")
        return read_request(file)
    if not words:
        return None
    if not action or not author:
        raise RequestError("an action needs both --action and --author", "say what is to be done, and who wants it")
    return new_request(action, author, approvals, changed)


def _decide(
    judge: Judge, root: Path, manifest: Manifest, request: Request | None, workflows: Sequence[str]
) -> Iterator[Decision]:
    if request is not None:
        for policy, document in inputs_of(request, manifest).items():
            subject = request.action if policy == "action" else f"{len(request.changed)} changed paths"
            yield judge.decide(policy, f"{policy}: {subject} by {request.author}", document)
    for file in workflows or (() if request is not None else workflow_files(root)):
        yield judge.decide("workflow", f"workflow: {file}", read_workflow(root, file).document())
