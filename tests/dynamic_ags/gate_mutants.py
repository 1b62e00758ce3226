"""The policy on gates with one thing left out, and its own unit tests as the judge of what is missing."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import regorus  # type: ignore[import-untyped]  # it ships no types

SOURCES = {path.name: path.read_text(encoding="utf-8") for path in sorted(Path("ci/policies").glob("gates*.rego"))}
# A rule's conditions stand one a line, one tab deep, below its `if {`; what spans lines is left alone.
_CONDITION = re.compile(r"\t[^\s})\]].*[^{(\[]")
JUDGING = {name: text for name, text in SOURCES.items() if not name.endswith("_test.rego")}


@dataclass(frozen=True, slots=True)
class Mutant:
    """The policy's files, of which ``file`` lacks ``gone``, the text from line ``line`` on."""

    file: str
    line: int
    gone: str
    sources: Mapping[str, str]


def without_a_rule() -> Iterator[Mutant]:
    """Yield the policy without each of its rules: what stands between two empty lines, and is no comment."""
    for file, text in JUDGING.items():
        blocks = text.split("\n\n")
        for n, block in enumerate(blocks):
            code = [line for line in block.split("\n") if not line.startswith("#")]
            if code and not code[0].startswith(("package", "import")):
                line = "\n\n".join(blocks[:n]).count("\n") + 3
                yield _mutant(file, line, block, "\n\n".join(blocks[:n] + blocks[n + 1 :]))


def without_a_line() -> Iterator[Mutant]:
    """Yield the policy without each line that is a condition of a rule."""
    for file, text in JUDGING.items():
        lines = text.split("\n")
        within = False
        for n, line in enumerate(lines):
            if within and _CONDITION.fullmatch(line):
                yield _mutant(file, n + 1, line.strip(), "\n".join(lines[:n] + lines[n + 1 :]))
            within = line.endswith("if {") or (within and line != "}")


def _mutant(file: str, line: int, gone: str, text: str) -> Mutant:
    return Mutant(file, line, gone, {**SOURCES, file: text})


def killed_by(mutant: Mutant, order: list[str]) -> str:
    """Return the first unit test that fails, "load" where the policy does not load, or "" where nobody saw it.

    ``order`` names the tests to try; the one that fails is moved to its front, since it often sees the next one too.
    """
    engine = regorus.Engine()
    try:
        for file, text in mutant.sources.items():
            engine.add_policy(file, text)
    except RuntimeError:
        return "load"
    for name in order:
        try:
            value = json.loads(engine.clone().eval_rule_as_json(name))
        except RuntimeError:
            value = None
        if value is not True:
            order.remove(name)
            order.insert(0, name)
            return name
    return ""
