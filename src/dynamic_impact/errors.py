"""What can keep the impact engine from an answer."""

from dynamic_base import DynamicError, UsageError


class NotARepositoryError(UsageError):
    """The folder is no git repository, or no Pants repository."""


class UnknownRevisionError(UsageError):
    """The revision names no commit here."""


class UnknownFileError(UsageError):
    """The path names no file here."""


class FilesUnreadableError(DynamicError):
    """Git cannot take in the files as they are."""


class NoMergeBaseError(DynamicError):
    """The history at hand does not reach the commit to compare with."""


class PantsFailedError(DynamicError):
    """Pants could not be started, or could not read the repository."""


class UnknownTargetError(UsageError):
    """The address or path names nothing in the graph."""


class ForetoldError(UsageError):
    """The file that was named tells no risk of files."""


class ReportError(DynamicError):
    """A test report could not be read."""
