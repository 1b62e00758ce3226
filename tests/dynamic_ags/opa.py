"""A real OPA, as Trivy carries it, asked many questions in one call.

Trivy gives OPA's deny set only for JSON files under a package with its own metadata, so one wrapper asks our policies
for each file's question and returns each answer as JSON text.
"""

import json
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WRAPPER = """\
# METADATA
# title: what OPA answers
# custom:
#   id: USR-0001
#   severity: HIGH
#   input:
#     selector:
#     - type: json
package user.oracle

import rego.v1

"""
SAID = """\
deny contains {{"msg": json.marshal({{"{1}": denial}})}} if {{
	input.policy == "{0}"
	some denial in data.dynamic.{0}.{1} with input as input.input
		with data.governance as input.governance
		with data.gates as input.settings
}}

"""
ALLOW = """\
deny contains {{"msg": json.marshal({{"allow": allow}})}} if {{
	input.policy == "{0}"
	allow := data.dynamic.{0}.allow with input as input.input
		with data.governance as input.governance
		with data.gates as input.settings
}}

"""
SETS = ("deny", "undecided", "warn")
VALUE = """\
deny contains {{"msg": json.marshal({{"value": value, "of": {0}}})}} if {{
	input.policy == "values"
	value := {1}
}}

"""


@dataclass(frozen=True, slots=True)
class Question:
    """One policy, asked about one input under one manifest, with what ``data.gates`` is.

    ``raw`` is the input's text where it is one that Python would not write.
    """

    policy: str
    governance: Mapping[str, object]
    input: Mapping[str, object]
    settings: object = field(default_factory=dict)
    raw: str = ""

    @property
    def text(self) -> str:
        return self.raw or json.dumps(self.input)

    @property
    def file(self) -> str:
        """What the wrapper is given."""
        known = {"policy": self.policy, "governance": self.governance, "settings": self.settings}
        return f'{json.dumps(known)[:-1]}, "input": {self.text}}}'


@dataclass(frozen=True, slots=True)
class Answer:
    """``deny`` and its like hold each denial as sorted JSON text; ``allow`` is None where it is undefined."""

    allow: object
    deny: frozenset[str]
    undecided: frozenset[str] = frozenset()
    warn: frozenset[str] = frozenset()


def text_of(denial: object) -> str:
    return json.dumps(denial, sort_keys=True)


def trivy() -> list[str]:
    """Return how to start Trivy: the one that Pants put here, else PATH's."""
    if Path("trivy.pex").exists():
        return [sys.executable, "trivy.pex"]
    found = shutil.which("trivy")
    assert found, "no trivy.pex here and no trivy on PATH: run this test with ./pants"
    return [found]


def scan(
    folder: Path,
    policies: Mapping[str, str],
    inputs: Sequence[str],
    *,
    strict: bool = True,
    data: Path | None = None,
) -> list[list[Any]]:
    """Return what OPA's ``user.oracle`` says of each input, JSON, in order.

    ``strict``: everything must compile. ``data``: a folder, of which OPA's own loader makes ``data``.
    """
    for name, text in policies.items():
        path = folder / "policies" / Path(name).name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")
    (folder / "inputs").mkdir()
    for number, text in enumerate(inputs):
        (folder / "inputs" / f"{number:05}.json").write_text(text, encoding="utf-8")
    options = "--check-namespaces user --misconfig-scanners json --format json --skip-check-update --skip-version-check"
    options += " --timeout 10h"  # its own five minutes would end it on a busy machine; who runs the test bounds it
    where = ["--config-check", str(folder / "policies"), "--cache-dir", str(folder / "cache"), str(folder / "inputs")]
    if data:
        where = ["--config-data", str(data.absolute()), *where]
    done = subprocess.run(
        [*trivy(), "config", *options.split(), "--disable-telemetry", *where],
        # One PEX_ROOT for all calls, below Pants' sandbox: a first start unpacks the binary.
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "PEX_ROOT": str(Path(".pex").absolute())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # What OPA cannot compile is only logged, and the exit status stays 0.
    assert not (strict and "rego_" in done.stderr), done.stderr
    said: dict[str, list[Any]] = defaultdict(list)
    for result in json.loads(done.stdout).get("Results", []):
        for item in result.get("Misconfigurations", []):
            said[result["Target"]].append(json.loads(item["Message"]))
    return [said[f"{number:05}.json"] for number in range(len(inputs))]


def ask(
    folder: Path,
    policies: Mapping[str, str],
    questions: Sequence[Question],
    expressions: Sequence[str],
    data: Path | None = None,
) -> tuple[list[Answer], dict[int, object]]:
    """Return OPA's answers to ``questions``, and the value of each of the ``expressions`` that has one."""
    names = sorted({question.policy for question in questions})
    wrapper = WRAPPER + "".join(ALLOW.format(name) for name in names)
    wrapper += "".join(SAID.format(name, key) for name in names for key in SETS)
    wrapper += "".join(VALUE.format(number, text) for number, text in enumerate(expressions))
    inputs = [*(question.file for question in questions), '{"policy": "values"}']
    *said, values = scan(folder, {**policies, "oracle.rego": wrapper}, inputs, data=data)
    return [_answer(items) for items in said], {int(str(item["of"])): item["value"] for item in values}


def _answer(items: Sequence[Mapping[str, object]]) -> Answer:
    allow = [item["allow"] for item in items if "allow" in item]
    said = [frozenset(text_of(item[key]) for item in items if key in item) for key in SETS]
    return Answer(allow[0] if allow else None, *said)
