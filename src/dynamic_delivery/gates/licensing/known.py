"""What is known of the licence of a locked package, and from whom."""

from dynamic_delivery.gates.licensing.metadata import Declared, declared
from dynamic_delivery.gates.licensing.policy import Policy
from dynamic_delivery.gates.licensing.record import Record
from dynamic_delivery.gates.licensing.spdx import Licence, LicenceError, parse_licence
from dynamic_delivery.gates.locks.model import NPM, Locked


def known_licence(package: Locked, policy: Policy, record: Record) -> Declared | None:
    """Return what a person read, else the lock's word (npm), else the record's; None where nobody has looked."""
    if (clarified := policy.clarification(package)) is not None:
        return Declared(parse_licence(clarified.licence), clarified.licence)
    if package.ecosystem == NPM:
        return Declared(_read(package.licence), package.licence)
    row = record.row(package)
    return declared(row.words) if row is not None else None


def _read(text: str) -> Licence | None:
    try:
        return parse_licence(text)
    except LicenceError:
        return None
