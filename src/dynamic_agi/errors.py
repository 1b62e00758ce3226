"""What can go wrong with agents. A broken invariant is not here: it is a finding, reported by the episode."""

from dynamic_base import DynamicError, UsageError


class AgentsError(DynamicError):
    """The root of this room's failures."""


class ScenarioError(AgentsError):
    """A scenario or a profile does not say what can be run."""


class UnknownNameError(AgentsError, UsageError):
    """No scenario or profile has this name."""


class TraceError(AgentsError):
    """A trace file is torn or was changed."""


class JournalError(AgentsError):
    """The journal holds a fact that does not follow from those before it."""


class StoreUnavailableError(AgentsError):
    """The effect store did not answer: what was asked may have happened or not."""
