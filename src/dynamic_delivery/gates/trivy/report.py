"""Trivy's JSON, as typed values. What could hold a secret (``Match``, ``Code``) is not even read."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dynamic_delivery.gates.errors import OutputError
from dynamic_delivery.gates.model import Severity

_SCHEMA: Final = 2
# "Unknown" means that nobody has judged it yet, not that it is harmless.
_SEVERITIES = {
    "CRITICAL": Severity.CRITICAL,
    "HIGH": Severity.HIGH,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
    "UNKNOWN": Severity.MEDIUM,
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Identifier(_Part):
    purl: str = Field(default="", alias="PURL")
    reference: str = Field(default="", alias="BOMRef")


class SeenPackage(_Part):
    """One package that Trivy read out of a file."""

    name: str = Field(alias="Name")
    version: str = Field(default="", alias="Version")
    identifier: Identifier = Field(default=Identifier(), alias="Identifier")


class Vulnerability(_Part):
    """One advisory that a package falls under."""

    rule: str = Field(alias="VulnerabilityID", min_length=1)
    package: str = Field(alias="PkgName", min_length=1)
    installed: str = Field(alias="InstalledVersion")
    fixed: str = Field(default="", alias="FixedVersion")
    severity: str = Field(alias="Severity")
    title: str = Field(default="", alias="Title")
    identifier: Identifier = Field(default=Identifier(), alias="PkgIdentifier")


class Cause(_Part):
    start_line: int = Field(default=0, alias="StartLine")


class Misconfiguration(_Part):
    """One check that a configuration fails."""

    rule: str = Field(alias="ID", min_length=1)
    title: str = Field(default="", alias="Title")
    message: str = Field(default="", alias="Message")
    resolution: str = Field(default="", alias="Resolution")
    severity: str = Field(alias="Severity")
    status: Annotated[str, Field(pattern="^(FAIL|PASS)$")] = Field(alias="Status")
    cause: Cause = Field(default=Cause(), alias="CauseMetadata")


class Secret(_Part):
    """One secret: where it is and which rule knows it, never what it is."""

    rule: str = Field(alias="RuleID", min_length=1)
    title: str = Field(default="", alias="Title")
    severity: str = Field(alias="Severity")
    start_line: int = Field(alias="StartLine", ge=1)
    end_line: int = Field(alias="EndLine", ge=1)


class Summary(_Part):
    """How many checks a configuration went through."""

    successes: int = Field(default=0, alias="Successes")
    failures: int = Field(default=0, alias="Failures")


class Result(_Part):
    """What Trivy says of one target."""

    target: str = Field(alias="Target")
    class_: str = Field(default="", alias="Class")
    type_: str = Field(default="", alias="Type")
    packages: tuple[SeenPackage, ...] = Field(default=(), alias="Packages")
    vulnerabilities: tuple[Vulnerability, ...] = Field(default=(), alias="Vulnerabilities")
    misconfigurations: tuple[Misconfiguration, ...] = Field(default=(), alias="Misconfigurations")
    summary: Summary = Field(default=Summary(), alias="MisconfSummary")
    secrets: tuple[Secret, ...] = Field(default=(), alias="Secrets")


class _Program(_Part):
    version: str = Field(default="", alias="Version")


class Document(_Part):
    """The whole of what one run printed."""

    schema_version: int = Field(alias="SchemaVersion")
    program: _Program = Field(default=_Program(), alias="Trivy")
    results: tuple[Result, ...] = Field(default=(), alias="Results")


def parse(printed: bytes) -> Document:
    """Return what Trivy printed with ``--format json``.

    Raises
    ------
    OutputError : no JSON, cut short, of another shape, or of another schema version
    """
    try:
        document = Document.model_validate_json(printed)
    except ValidationError as error:
        raise OutputError(f"trivy's report cannot be read ({_first(error)})", _PINNED) from error
    if document.schema_version != _SCHEMA:
        raise OutputError(
            f"trivy's report has schema version {document.schema_version}, and only {_SCHEMA} is known", _PINNED
        )
    return document


_PINNED = "use the pinned trivy, see ./dynamic doctor"


def severity(word: str) -> Severity:
    """Return ours for Trivy's.

    Raises
    ------
    OutputError : a word that Trivy did not have so far
    """
    try:
        return _SEVERITIES[word]
    except KeyError:
        raise OutputError(f"trivy names a severity {word[:20]!r} that is not known", _PINNED) from None


def _first(error: ValidationError) -> str:
    # Never the input: it may hold a secret.
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'document'}: {first['type']}"
