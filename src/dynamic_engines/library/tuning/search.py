"""The search of one kernel: which choice is faster than the default, beyond noise. Pure but for its ports."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from typing import Protocol

from dynamic_engines.library.tuning.errors import ChoiceDiedError
from dynamic_engines.library.tuning.journal import Journal, Round
from dynamic_engines.library.tuning.model import Choice, Probe, Sample, Verdict, named

LEAST_ROUNDS = 7  # the fewest that can show it: 7 wins of 7 have a chance of 1 in 128 by luck
_RACE_ROUNDS = 3
_LUCK = 0.01
_WORTH = 0.98  # less than 2% is not worth a line, however sure


class Bench(Protocol):
    """What tries choices of one kernel on one device."""

    def probe(self, choice: Choice) -> Probe:
        """Build and run ``choice`` on hard inputs, and compare each bit with the default's.

        Raises
        ------
        ChoiceDiedError : the driver took its process down, or hung
        """
        ...

    def time(self, choice: Choice) -> Sample:
        """Run ``choice`` on inputs of a useful size. Raises as ``probe``."""
        ...


class Status(StrEnum):
    """How a search ended."""

    KEPT = "kept"
    DEFAULT = "default"
    DIFFERENT = "different"
    UNUSABLE = "unusable"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search found.

    Parameters
    ----------
    status : a choice is kept; or the default is best; or a choice changes a bit (a bug of the kernel: ``reason`` names
        it); or the default itself does not run here; or the time was up before it was complete
    sizes : of the choice that is kept, else empty
    ratio, wall_ratio : medians of the final rounds, of the best choice over the default, kept or not; 1 without any
    """

    status: Status
    sizes: Mapping[str, int] = field(default_factory=dict)
    ratio: float = 1.0
    wall_ratio: float = 1.0
    rounds: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    best: str = ""


class _DiedError(Exception):
    def __init__(self, choice: Choice, reason: str) -> None:
        super().__init__(reason)
        self.choice, self.reason = choice, reason


@dataclass(frozen=True, slots=True)
class Search:
    """How one kernel's choices are tried.

    All that build and give the default's bits race: in each rung they and the default take turns for three rounds, and
    the slower half leaves. The last one left meets the default in ``rounds`` fresh rounds (those that it was picked by
    would flatter it). It is kept if a one-sided sign test of the pairs says so at 1%, its median time is at most 98% of
    the default's, and one does not wait longer for it by the wall's clock either.

    Parameters
    ----------
    journal : what an earlier search of the same saw, and where this one's is kept
    in_time : whether there is time for one more choice, or one more round
    clock : ``cpu`` or ``wall``
    """

    bench: Bench
    journal: Journal
    in_time: Callable[[], bool]
    clock: str
    rounds: int
    say: Callable[[str], None] = lambda _: None

    def run(self, choices: Sequence[Choice]) -> Outcome:
        """Try ``choices``, the default first."""
        if left := self._try_each(choices):
            return Outcome(Status.LEFT, reason=left)
        while True:
            try:
                return self._found(choices)
            except _DiedError as died:
                self.journal.probed(died.choice, Probe(Verdict.REFUSED, died.reason))

    def _try_each(self, choices: Sequence[Choice]) -> str:
        """Probe what was not, and return "", or what is left when the time is up."""
        for number, choice in enumerate(choices):
            if named(choice) in self.journal.probes:
                continue
            if not self.in_time():
                return f"{number} of {len(choices)} choices were tried"
            self.say(f"trying {named(choice)}, {number + 1} of {len(choices)}")
            try:
                probe = self.bench.probe(choice)
            except ChoiceDiedError as error:
                probe = Probe(Verdict.REFUSED, error.message)
            self.journal.probed(choice, probe)
        return ""

    def _found(self, choices: Sequence[Choice]) -> Outcome:
        probes = {choice: self.journal.probes[named(choice)] for choice in choices}
        refused = {named(c): probe.reason for c, probe in probes.items() if probe.verdict is Verdict.REFUSED}
        default = choices[0]
        if named(default) in refused:
            return Outcome(Status.UNUSABLE, refused=refused, reason=refused[named(default)])
        if wrong := [choice for choice, probe in probes.items() if probe.verdict is Verdict.DIFFERENT]:
            said = "; ".join(f"{named(choice)}: {probes[choice].reason}" for choice in wrong)
            return Outcome(Status.DIFFERENT, refused=refused, reason=said)
        able = [choice for choice in choices[1:] if probes[choice].verdict is Verdict.SAME]
        if not able:
            return Outcome(Status.DEFAULT, refused=refused, reason="there is no other choice")
        left = self._fastest(default, able)
        final = self._race(default, left, self.rounds) if len(left) == 1 else None
        if final is None:
            return Outcome(Status.LEFT, refused=refused, reason=f"{len(left)} of {len(choices)} are in the race")
        return _judged(default, left[0], final, self.clock, refused)

    def _fastest(self, default: Choice, able: Sequence[Choice]) -> Sequence[Choice]:
        """Return the last one left; more of them if the time is up first."""
        left = able
        while len(left) > 1:
            raced = self._race(default, left, _RACE_ROUNDS)
            if raced is None:
                return left
            left = _faster(default, left, raced, self.clock)
        return left

    def _race(self, default: Choice, others: Sequence[Choice], rounds: int) -> Sequence[Round] | None:
        """Return the rounds, those of an earlier run among them; None if the time is up first."""
        runners = (default, *others)
        names = frozenset(map(named, runners))
        while len(done := self.journal.rounds(names)) < rounds:
            if not self.in_time():
                return None
            if not done:
                self.say(f"racing {len(others)}" if len(others) > 1 else f"{named(others[0])} against the default")
            self.journal.ran(self._round(runners, len(done)))
        return done[:rounds]

    def _round(self, runners: Sequence[Choice], number: int) -> Round:
        """Let each run once. Who begins moves on from round to round, so that no place in the order favours anybody."""
        first = number % len(runners)
        samples = {}
        for choice in (*runners[first:], *runners[:first]):
            try:
                samples[named(choice)] = self.bench.time(choice)
            except ChoiceDiedError as error:
                raise _DiedError(choice, error.message) from error
        return samples


def _faster(default: Choice, others: Sequence[Choice], rounds: Sequence[Round], clock: str) -> list[Choice]:
    ordered = sorted(others, key=lambda choice: median(_ratios(default, choice, rounds, clock)))
    return ordered[: len(ordered) // 2]


def _ratios(default: Choice, choice: Choice, rounds: Sequence[Round], clock: str) -> list[float]:
    return [each[named(choice)].of(clock) / each[named(default)].of(clock) for each in rounds]


def _judged(
    default: Choice, choice: Choice, rounds: Sequence[Round], clock: str, refused: Mapping[str, str]
) -> Outcome:
    ratios = _ratios(default, choice, rounds, clock)
    ratio, wall_ratio = median(ratios), median(_ratios(default, choice, rounds, "wall"))
    kept = luck_of(ratios) <= _LUCK and ratio <= _WORTH and wall_ratio <= 1
    return Outcome(
        Status.KEPT if kept else Status.DEFAULT,
        dict(choice) if kept else {},
        ratio,
        wall_ratio,
        len(rounds),
        refused,
        "" if kept else f"the best other choice is {named(choice)}",
        named(choice),
    )


def luck_of(ratios: Sequence[float]) -> float:
    """Return the chance of as many ratios below 1, or more, if above and below were equally likely: a sign test."""
    wins, count = sum(ratio < 1 for ratio in ratios), len(ratios)
    return sum(math.comb(count, k) for k in range(wins, count + 1)) / 2.0**count
