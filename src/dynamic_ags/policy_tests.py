"""Rego's own unit tests: each ``test_…`` rule of a ``*_test.rego`` must be true."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from dynamic_ags.policies import Place, Policies, engine_said


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one test rule ended; ``said`` is "" where it passed."""

    name: str
    place: Place
    said: str

    @property
    def passed(self) -> bool:
        return not self.said


def run_tests(policies: Policies) -> Iterator[CaseResult]:
    """Evaluate each test rule. One that is false, undefined, or anything but true, failed."""
    for name, place in sorted(policies.tests.items()):
        try:
            value = json.loads(policies.engine.clone().eval_rule_as_json(name))
        except RuntimeError as error:
            yield CaseResult(name, place, f"the engine failed ({engine_said(error)})")
        else:
            yield CaseResult(name, place, "" if value is True else f"it is {value}")
