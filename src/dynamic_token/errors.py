"""What can go wrong with tokens. A torn or edited journal is not here: it is a finding, returned by ``verify``."""

from dynamic_base import DynamicError, UsageError


class TokenError(DynamicError):
    """The root of this room's failures."""


class AmountError(TokenError, UsageError):
    """A text or a number is no amount of tokens."""


class TreasuryError(TokenError):
    """The treasury file cannot be read, or contradicts itself."""


class RuleError(TokenError):
    """An entry breaks a rule of the ledger; nothing was posted."""


class JournalError(TokenError):
    """The journal cannot be read, written or gone on with; what it holds is untouched."""


class JournalBusyError(JournalError):
    """Another process writes this journal."""


class JournalMismatchError(JournalError, UsageError):
    """The journal was begun with other words than those that it is to go on with."""
