"""``ci/licences.toml``: which licences are allowed, which are refused, and what persons answer for."""

import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from dynamic_delivery.gates.errors import GateError
from dynamic_delivery.gates.licensing.spdx import LicenceError, Standing, Term, parse_licence

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

    def standing(self, term: Term) -> Standing:
        """Say what it thinks of one licence. WITH only adds permissions, so the licence's own standing is enough."""
        words = {str(term).casefold(), term.licence.casefold()}
        if words & {each.casefold() for each in self.allowed}:
            return Standing.ALLOWED
        return Standing.REFUSED if words & {each.casefold() for each in self.refused} else Standing.UNKNOWN


def read_policy(root: Path, path: str) -> Policy:
    """Read the policy at ``root/path``.

    Raises
    ------
    LicencePolicyError : it is not there, or not of its form
    """
    try:
        document = tomllib.loads((root / path).read_text(encoding="utf-8"))
        return Policy.model_validate(document)
    except OSError as error:
        raise LicencePolicyError(
            f"there is no policy of licences at {path} ({error.strerror})", "write one, as the guide shows"
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise LicencePolicyError(f"{path}: {where}: {first['msg']}", "mend that row") from error
    except ValueError as error:  # no TOML, or no UTF-8
        raise LicencePolicyError(f"{path}: {error}", "mend that line") from error
