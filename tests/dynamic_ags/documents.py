"""A small governed repository, each part of which a test may change."""

from pathlib import Path

from dynamic_ags.codeowners import parse_codeowners
from dynamic_ags.drift import Artifacts
from dynamic_ags.located import parse_yaml
from dynamic_ags.manifest import build_manifest
from dynamic_ags.model import Manifest
from dynamic_ags.workflows import build_workflow
from dynamic_base import run

SHA = "de0fac2e4500dabe0009e67214ff5f5447ce83dd"

GOVERNANCE = """\
schema: dynamic.governance/1
roles:
  maintainer: {team: "@acme/maintainers", members: [ana, "@Bo"]}
  security: {team: "@acme/security", members: [goran, hana]}
  ethics: {team: "@acme/ethics", members: [ines]}
tiers:
  T0: {approvals: 0, roles: []}
  T1: {approvals: 1, roles: []}
  T2: {approvals: 2, roles: [maintainer]}
  T3: {approvals: 2, roles: [security, ethics]}
actions:
  ci.test: {tier: T0, what: run tests}
  deploy.staging: {tier: T1, what: show it to us}
  policy.change: {tier: T3, what: change this file}
ownership:
  - {paths: ["*"], roles: [maintainer]}
  - {paths: [/src/, /ci/], roles: [security, maintainer]}
  - {paths: [/ci/governance.yaml], roles: [security, ethics], protected: true}
workflows:
  .github/workflows/ci.yml:
    triggers: [push]
    jobs:
      test: {actions: [ci.test], permissions: {contents: read}}
      stage: {actions: [deploy.staging], permissions: {contents: read, packages: write}, environment: staging}
uses: [actions/checkout]
"""

CODEOWNERS = """\
*                    @acme/maintainers
/src/                @acme/security @acme/maintainers
/ci/                 @acme/maintainers @acme/Security  # in any order and case
/ci/governance.yaml  @acme/security @acme/ethics
"""

WORKFLOW = f"""\
name: ci
on:
  push:
permissions: {{}}
jobs:
  test:
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@{SHA} # v6
      - run: make
  stage:
    permissions: {{contents: read, packages: write}}
    environment:
      name: staging
    steps:
      - uses: actions/checkout@{SHA}
      - uses: ./.github/actions/deploy
"""

FILES = ("README.md", "src/a.py", "ci/run", "ci/governance.yaml", ".github/workflows/ci.yml")


def manifest(text: str = GOVERNANCE) -> Manifest:
    return build_manifest(parse_yaml("ci/governance.yaml", text))


def edited(text: str, old: str, new: str) -> str:
    """Return ``text`` with the one place ``old`` replaced."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def artifacts(
    codeowners: str = CODEOWNERS,
    workflows: dict[str, str] | None = None,
    files: tuple[str, ...] = FILES,
) -> Artifacts:
    given = {".github/workflows/ci.yml": WORKFLOW} if workflows is None else workflows
    return Artifacts(
        parse_codeowners(".github/CODEOWNERS", codeowners),
        {file: build_workflow(parse_yaml(file, text)) for file, text in given.items()},
        files,
    )


def write_all(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def git(root: Path, *words: str, stdin: bytes = b"", ok: tuple[int, ...] = (0,)) -> bytes:
    quiet = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    done = run(["git", *words], cwd=root, env={**quiet}, stdin=stdin)
    assert done.exit_code in ok, done.stderr.decode()
    return done.stdout
