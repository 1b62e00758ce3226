"""What can keep a hook from being put in place, or from an answer."""

from dynamic_base import DynamicError, UsageError


class HookError(DynamicError):
    """The root of what the hooks raise."""


class HookFolderError(HookError):
    """Hooks cannot be written where git looks for them."""


class SharedFolderError(HookError, UsageError):
    """Git looks for hooks in a folder that is not this repository's alone."""


class SettingError(HookError, UsageError):
    """A setting of the hooks names what is not there."""
