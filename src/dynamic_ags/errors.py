"""What can keep governance from an answer. A denial or a difference is not here: those are results."""

from collections.abc import Sequence
from dataclasses import dataclass

from dynamic_base import DynamicError, UsageError


class AgsError(DynamicError):
    """The root of this room's failures."""


class UnreadableError(AgsError):
    """A file is missing, or is not what its name says."""


class PatternError(AgsError):
    """A path pattern uses what CODEOWNERS does not have, or what is not understood here."""


class PolicyError(AgsError):
    """The policies cannot be loaded: broken, of the old syntax, or beyond what was compared with OPA."""


class RequestError(AgsError, UsageError):
    """What was to be judged is not well formed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a document: where, and what to do."""

    file: str
    line: int
    key: str
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.message} ({self.fix})"


class ManifestError(AgsError):
    """The manifest breaks its own rules. ``problems`` holds each one, in the file's order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = min(problems, key=lambda problem: problem.line)
        more = f", the first of {len(problems)} problems" if len(problems) > 1 else ""
        super().__init__(f"{first.file}:{first.line}: {first.key}: {first.message}{more}", first.fix)
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
