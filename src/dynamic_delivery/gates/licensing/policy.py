"""``ci/licences.toml``: which licences are allowed, which are refused, and what persons answer for."""

import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from dynamic_delivery.gates.errors import GateError
from dynamic_delivery.gates.licensing.spdx import Licence, LicenceError, Standing, Term, parse_licence
from dynamic_delivery.gates.locks.model import PYPI, Locked

FILE = "ci/licences.toml"


class LicencePolicyError(GateError):
    """The policy of licences is missing, or is not of its form."""


def _expression(text: str) -> str:
    try:
        return str(parse_licence(text))
    except LicenceError as error:
        raise ValueError(error.message) from error


_Licence = Annotated[str, AfterValidator(_expression)]
_Said = Annotated[str, Field(min_length=1)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Clarified(_Form):
    """What somebody read where the metadata says nothing, or says it badly; of one version, since the next may differ.

    Parameters
    ----------
    package : a normalised name of PyPI, or ``npm:`` and a name
    """

    package: str
    version: str
    licence: _Licence
    source: _Said


class Excepted(_Form):
    """A package that may have a licence which the policy does not allow."""

    package: str
    licence: _Licence
    reason: _Said
    owner: _Said
    expires: date


class Left(_Form):
    """A lock of programs that nothing of ours links or ships."""

    lock: str
    reason: _Said


class Policy(_Form):
    """The whole file.

    Parameters
    ----------
    allowed, refused : SPDX identifiers, ``LicenseRef-…`` among them, and ``X WITH Y``; all others are unknown
    """

    allowed: Sequence[str]
    refused: Sequence[str]
    clarified: Sequence[Clarified] = ()
    exception: Sequence[Excepted] = ()
    left: Sequence[Left] = ()

    @model_validator(mode="after")
    def _says_one_thing(self) -> "Policy":
        both = {each.casefold() for each in self.allowed} & {each.casefold() for each in self.refused}
        if both:
            raise ValueError(f"{', '.join(sorted(both))} is both allowed and refused")
        return self

    def standing(self, term: Term) -> Standing:
        """Say what it thinks of one licence.

        An exception that SPDX lists only adds permissions, so the licence's own standing is enough. "Apache-2.0 WITH
        Commons-Clause" names none: it takes away, and may only be allowed as a whole.
        """
        words = {str(term).casefold(), term.licence.casefold()}
        enough = words if _only_adds(term) else {str(term).casefold()}
        if enough & {each.casefold() for each in self.allowed}:
            return Standing.ALLOWED
        return Standing.REFUSED if words & {each.casefold() for each in self.refused} else Standing.UNKNOWN

    def clarification(self, package: Locked) -> Clarified | None:
        """Return what a person read of this release."""
        rows = (row for row in self.clarified if (row.package, row.version) == (_key(package), package.version))
        return next(rows, None)

    def excepted(self, package: Locked, licence: Licence) -> Excepted | None:
        """Return the row by which this package may have this licence, expired or not."""
        rows = (row for row in self.exception if (row.package, row.licence) == (_key(package), str(licence)))
        return next(rows, None)


NOTHING = Policy(allowed=(), refused=())  # of a repository that has none, for who wants no verdict


def _key(package: Locked) -> str:
    return package.name if package.ecosystem == PYPI else f"npm:{package.name}"


def _only_adds(term: Term) -> bool:
    if not term.exception:
        return True
    try:
        canonicalize_license_expression(str(term))
    except InvalidLicenseExpression:
        return False
    return True


def read_policy(root: Path) -> Policy:
    """Read the policy of ``root``.

    Raises
    ------
    LicencePolicyError : it is not there, or not of its form
    """
    try:
        document = tomllib.loads((root / FILE).read_text(encoding="utf-8"))
        return Policy.model_validate(document)
    except OSError as error:
        raise LicencePolicyError(
            f"there is no policy of licences at {FILE} ({error.strerror})", "write one, as the guide shows"
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise LicencePolicyError(f"{FILE}: {where}: {first['msg']}", "mend that row") from error
    except (ValueError, RecursionError) as error:  # no TOML, or no UTF-8; or it nests too deeply
        raise LicencePolicyError(f"{FILE}: {error}", "mend that line") from error
