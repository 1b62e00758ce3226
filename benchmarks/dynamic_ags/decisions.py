"""Milliseconds of one decision with this repository's manifest and policies.

Run from the repository: ``PYTHONPATH=src python3.11 benchmarks/dynamic_ags/decisions.py``. A
``trivy`` on PATH adds the peer: a process that carries a real OPA, started once for each decision.
"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from dynamic_ags import Judge, Manifest, inputs_of, load_manifest, new_request, read_policies
from dynamic_ags.workflows import read_workflow
from dynamic_base import SystemClock

_ROUNDS = 60
_CALLS = 4


def main() -> None:
    root = Path()
    manifest = load_manifest(root)
    policies = read_policies(root)
    judge = Judge(policies, manifest, SystemClock())
    cases = _cases(manifest)
    print(f"read the manifest          {_ms(lambda: load_manifest(root), 1):8.2f} ms")
    print(f"read the policies          {_ms(lambda: read_policies(root), 1):8.2f} ms")
    for name, (policy, document) in cases.items():
        ms = _ms(partial(judge.decide, policy, "", document), _CALLS)
        print(f"{name:26} {ms:8.2f} ms")
    if trivy := shutil.which("trivy"):
        print(f"trivy, one empty question  {_ms(partial(_ask_trivy, trivy), 1, 5):8.2f} ms")


def _cases(manifest: Manifest) -> dict[str, tuple[str, dict[str, object]]]:
    people = ["emre", "goran", "ines"]
    paths = [f"src/dynamic_ta/{number}.py" for number in range(100)]
    asked = inputs_of(new_request("deploy.production", "ana", [*people, "bo"], paths), manifest)
    workflow = read_workflow(Path(), ".github/workflows/ci.yml").document()
    return {
        "action, T3": ("action", dict(asked["action"])),
        "ownership, 100 paths": ("ownership", dict(asked["ownership"])),
        "workflow, 2 jobs": ("workflow", workflow),
    }


def _ms(call: Callable[[], object], calls: int, rounds: int = _ROUNDS) -> float:
    """Return the milliseconds of one call: the best of the rounds, since a shared machine only ever adds."""
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        took.append((time.perf_counter() - start) / calls * 1e3)
    return min(took)


def _ask_trivy(trivy: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "in").mkdir()
        Path(folder, "in", "a.json").write_text("{}", encoding="utf-8")
        options = ["--misconfig-scanners", "json", "--skip-check-update", "--skip-version-check", "--disable-telemetry"]
        where = ["--config-check", "ci/policies", "--check-namespaces", "dynamic", "--cache-dir", folder]
        subprocess.run([trivy, "config", *options, *where, f"{folder}/in"], capture_output=True, check=True)


if __name__ == "__main__":
    main()
