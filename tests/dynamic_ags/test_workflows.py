import pytest

from dynamic_ags import UnreadableError
from dynamic_ags.located import parse_yaml
from dynamic_ags.workflows import Workflow, build_workflow
from tests.dynamic_ags.documents import SHA, WORKFLOW


def workflow(text: str) -> Workflow:
    return build_workflow(parse_yaml("w.yml", text))


def test_on_is_a_key_and_not_the_truth() -> None:
    assert workflow(WORKFLOW).triggers == {"push": 3}
    assert workflow("on: [push, pull_request]\njobs: {}\n").triggers == {"push": 1, "pull_request": 1}
    assert workflow("'on': push\njobs: {}\n").triggers == {"push": 1}


def test_a_job_has_its_own_permissions_or_the_workflows_or_none_stated() -> None:
    jobs = "jobs:\n  a: {}\n  b: {permissions: read-all}\n  c: {permissions: {}}\n"
    stated = workflow(f"on: push\npermissions: {{contents: read}}\n{jobs}").jobs
    assert [job.permissions for job in stated.values()] == [{"contents": "read"}, {"*": "read"}, {}]
    assert [job.lines["permissions"] for job in stated.values()] == [2, 5, 6]
    silent = workflow(f"on: push\n{jobs}").jobs
    assert (silent["a"].permissions, silent["a"].lines["permissions"]) == (None, 3)


def test_every_form_of_use_is_found_with_its_line_and_judged() -> None:
    text = f"""\
on: push
jobs:
  a:
    uses: acme/flows/.github/workflows/x.yml@v1
  b:
    steps:
      - uses: actions/checkout@{SHA}
      - uses: docker://alpine@sha256:{"0" * 64}
      - uses: docker://alpine:3
      - uses: ./local
      - uses: actions/checkout@{SHA[:12]}
"""
    uses = [use for job in workflow(text).jobs.values() for use in job.uses]
    assert [(use.line, use.is_pinned) for use in uses] == [
        (4, False),
        (7, True),
        (8, True),
        (9, False),
        (10, True),
        (11, False),
    ]
    assert uses[0].action == "acme/flows/.github/workflows/x.yml"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "w.yml:1: the document has a form"),
        ("on: push\n", "w.yml:1: jobs has a form"),
        ("on: push\njobs: [a]\n", "w.yml:2: jobs has a form"),
        ("jobs: {}\n", "w.yml:1: on has a form"),
        ("on: push\njobs:\n  a: 3\n", "w.yml:3: a has a form"),
        ("on: push\njobs:\n  a:\n    permissions:\n", "w.yml:4: permissions has a form"),
        ("on: push\njobs:\n  a:\n    permissions: all\n", "w.yml:4: permissions has a form"),
        ("on: push\njobs:\n  a: {permissions: {contents: yes}}\n", "w.yml:3: permissions has a form"),
        ("on: push\njobs:\n  a: {environment: [x]}\n", "w.yml:3: environment has a form"),
        ("on: push\njobs:\n  a: {steps: 1}\n", "w.yml:3: steps has a form"),
        ("on: push\njobs:\n  a:\n    steps:\n      - uses: 1\n", "w.yml:5: uses has a form"),
    ],
)
def test_a_form_that_is_not_understood_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        workflow(text)
