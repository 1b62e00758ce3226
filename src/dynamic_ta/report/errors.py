"""What a report can be refused for."""

from dynamic_base import ExitCode
from dynamic_ta.errors import TaError


class ReportError(TaError):
    """What is to be shown contradicts itself, or is too much for a page."""

    exit_code = ExitCode.USAGE
