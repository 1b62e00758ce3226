"""What can keep a certificate from being made or judged. A limit that is broken is none of it: that is a result."""

from dynamic_base import ExitCode
from dynamic_ta.errors import TaError


class CertificateError(TaError):
    """The root of what certificates raise; on its own, a run that could not be finished."""


class SpecError(CertificateError):
    """A specification that is not there, is no TOML, or asks for what makes no sense."""

    exit_code = ExitCode.USAGE


class CertificateFileError(CertificateError):
    """A file that is no certificate, or whose parts are missing."""
