"""The risk envelope of a strategy, and the certificate that it was kept."""

from dynamic_ta.certificates.document import Certificate, read_certificate
from dynamic_ta.certificates.errors import CertificateError, CertificateFileError, SpecError
from dynamic_ta.certificates.measures import MEASURES
from dynamic_ta.certificates.model import Limit, Spec
from dynamic_ta.certificates.run import certify
from dynamic_ta.certificates.spec import read_spec
from dynamic_ta.certificates.verify import verify

__all__ = [
    "MEASURES",
    "Certificate",
    "CertificateError",
    "CertificateFileError",
    "Limit",
    "Spec",
    "SpecError",
    "certify",
    "read_certificate",
    "read_spec",
    "verify",
]
