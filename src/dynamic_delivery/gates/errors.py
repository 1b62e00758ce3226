"""What can go wrong around a gate. None of it is a yes."""

from dynamic_base import DynamicError, UsageError


class GateError(DynamicError):
    """The root of what gates raise."""


class ToolError(GateError):
    """A program that a gate needs is missing, is not the pinned one, or did not end as it should.

    The gate could not decide: the runner makes it a report with ``Outcome.UNDECIDED``, never a pass.
    """


class OutputError(ToolError):
    """What a program printed is not what its version prints: truncated, of another shape, or not its encoding."""


class SettingError(GateError, UsageError):
    """An option of the command, or a line of ``ci/gates.toml``, that means nothing."""


class WaiverError(GateError, UsageError):
    """The file of waivers cannot be read, or a waiver in it lacks what it must say."""


class BaselineError(GateError):
    """The accepted findings cannot be read: what is new cannot be told."""
