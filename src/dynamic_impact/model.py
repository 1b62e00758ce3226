"""The values that the steps of the impact engine hand each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

SCHEMA = "dynamic.impact/1"


class Mode(StrEnum):
    """How much of what a change can break is taken."""

    SAFE = "safe"
    PRECISE = "precise"
    PREDICTIVE = "predictive"


class Status(StrEnum):
    """What happened to a file between base and head."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, order=True)
class FileChange:
    """One changed file. A rename is its two halves: a deletion and an addition.

    Parameters
    ----------
    path : str, relative to the Pants build root, with ``/``
    renamed : str, the other half of a rename, or ""
    via : str, the file that changed, where ``path`` only leads to it by a symbolic link, or ""
    """

    path: str
    status: Status
    renamed: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What changed, between which two trees.

    Parameters
    ----------
    base : str, commit id, or "" where there is nothing before (an unborn branch, a first commit)
    base_tree, head_tree : str, git tree ids; ``head_tree`` is that of the working tree, untracked files included
    head : str, commit id, or "" on an unborn branch
    files : in order of path
    reason : str, why this base was taken, for a person
    everything : bool, the whole repository counts as changed
    """

    base: str
    base_tree: str
    head: str
    head_tree: str
    files: tuple[FileChange, ...]
    reason: str
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """One Pants target, as ``peek`` shows it.

    Parameters
    ----------
    definition : str, digest of all fields but the sources' content
    is_test : bool, the ``test`` goal runs it
    requirements : the packages that it stands for, by their normalised names
    """

    address: str
    type: str
    sources: tuple[str, ...]
    dependencies: tuple[str, ...]
    definition: str
    is_test: bool
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One edge of an explanation: ``target`` is affected because ``source`` is."""

    source: str
    target: str
    why: str


@dataclass(frozen=True, slots=True)
class Affected:
    """A target that the change can break, with the shortest path that shows it.

    Parameters
    ----------
    distance : int, edges from the changed file or definition
    kept : str, why a mode that leaves some out took it, or ""
    executed : float, 0 to 1, how much of the change a recording shows it to execute; None where none tells
    """

    address: str
    type: str
    is_test: bool
    distance: int
    path: tuple[Step, ...]
    kept: str = ""
    executed: float | None = None


@dataclass(frozen=True, slots=True)
class Fallback:
    """A change that was not understood, and the wider answer given instead.

    Parameters
    ----------
    everything : bool, the wider answer is every target; else every user of ``path``
    goals : the goals that judge it so wide; all of them where there are none
    """

    path: str
    why: str
    everything: bool = True
    goals: tuple[str, ...] = ()

    @property
    def covers_tests(self) -> bool:
        """Say whether every test counts as changed."""
        return self.everything and not self.goals


@dataclass(frozen=True, slots=True)
class OptionEdit:
    """One edited option of a configuration file.

    Parameters
    ----------
    option : str, "[section].name", or of ``pyproject.toml`` "[tool.name]"
    change, reach : what happened to it, and what that can change, for a person
    """

    file: str
    option: str
    change: str
    reach: str


@dataclass(frozen=True, slots=True)
class Spared:
    """A test that the closure reaches and the mode leaves out, and why it may."""

    address: str
    why: str


@dataclass(frozen=True, slots=True)
class Observation:
    """One result of one test, as the log of runs holds it.

    Parameters
    ----------
    time : aware datetime, UTC, when it was recorded
    outcome : "pass", "fail", or "flaky" (failed, then passed on the same files)
    seconds : float, s, of the run that made the result
    cached : bool, taken from an earlier run: its seconds say nothing new
    machine : str, the class of machine that it ran on, or ""
    revision : str, the commit that it ran on, or ""
    attempts : int, how often it was run until this result stood
    """

    time: datetime
    outcome: str
    seconds: float
    cached: bool = False
    machine: str = ""
    revision: str = ""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Part:
    """What one feature adds to a likelihood.

    Parameters
    ----------
    value : float, the feature, in the unit that `dynamic_impact.rank` states
    adds : float, log-odds
    """

    name: str
    value: float
    adds: float


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How likely a test is to fail by this change, and what that is made of.

    Parameters
    ----------
    p : float, probability, 0 < p < 1
    parts : each feature's share of the log-odds, in the features' order
    """

    p: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a mode that may leave out tests goes down the order; None is no limit.

    Parameters
    ----------
    time_budget_s : float, s, of test time, one test after another
    recall : float, 0 to 1, the share of the failing tests that is to be run, as estimated
    """

    time_budget_s: float | None = None
    recall: float | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Uses:
    """What means the change by name (`dynamic_impact.uses`).

    Parameters
    ----------
    tests : by address, the definitions from the change to the test's own, the latter counted: 1 or more
    blocks : by path and block, the same: 0 for a block that itself changed
    """

    tests: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    blocks: Mapping[str, Mapping[str, int]] = field(default_factory=lambda: MappingProxyType({}))


NO_USES = Uses()


@dataclass(frozen=True, slots=True)
class Ranking:
    """The order of the tests, and what stands behind it.

    Parameters
    ----------
    likelihoods : by address, of each test of the closure
    basis : str, whose weights they are, for a person
    limits : what was asked
    recall : float, 0 to 1, the share of the failing tests that is in what was taken, as estimated
    seconds : by address, expected test time, s
    uses : what means the change by name; None where nobody asked
    risk : of a changed file, from 0 to 1, where it was told from outside
    """

    likelihoods: Mapping[str, Likelihood] = field(default_factory=dict)
    basis: str = ""
    limits: Limits = NO_LIMITS
    recall: float = 1.0
    seconds: Mapping[str, float] = field(default_factory=dict)
    uses: Uses | None = None
    risk: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a change can break.

    Parameters
    ----------
    affected : tests first, those most likely to fail before the others, then nearest first
    changed_targets : addresses that the change touches itself, in order
    changed_requirements : (lock, package, what happened to its pin), in order
    tests_total, targets_total : int, what the head's graph holds
    seconds : wall time of each step, s
    changed_options : the edited options of configuration files, in order
    anew : by goal, the targets that it must judge though nothing in them changed, since its own tools' setting did
    mode : how much of the closure was taken
    spared : the tests that the mode left out of it
    graphs : of the head, and of the base if it was needed: "kept", "near" (another tree's) or "read" from Pants
    ranking : how likely each test is to fail
    """

    change: Change
    changed_targets: tuple[str, ...]
    changed_requirements: tuple[tuple[str, str, str], ...]
    affected: tuple[Affected, ...]
    fallbacks: tuple[Fallback, ...]
    unowned: tuple[str, ...]
    tests_total: int
    targets_total: int
    seconds: Mapping[str, float]
    changed_options: tuple[OptionEdit, ...] = ()
    anew: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mode: Mode = Mode.SAFE
    spared: tuple[Spared, ...] = ()
    graphs: Mapping[str, str] = field(default_factory=dict)
    ranking: Ranking = Ranking()

    @property
    def tests(self) -> tuple[Affected, ...]:
        """The affected targets that the ``test`` goal runs."""
        return tuple(item for item in self.affected if item.is_test)
