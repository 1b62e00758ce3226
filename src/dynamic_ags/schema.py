"""The form of the manifest's file, for the rim: every key, and nothing else."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Handle = Annotated[str, StringConstraints(pattern=r"^@?[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$")]
_Team = Annotated[str, StringConstraints(pattern=r"^@[A-Za-z0-9-]+(/[A-Za-z0-9._-]+)?$")]
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$")]
_Text = Annotated[str, StringConstraints(min_length=1)]
_Workflow = Annotated[str, StringConstraints(pattern=r"^\.github/workflows/[^/]+\.ya?ml$")]
_Scope = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$")]
_Level = Literal["none", "read", "write"]


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RoleDocument(Document):
    team: _Team
    members: Annotated[list[Handle], Field(min_length=1)]


class TierDocument(Document):
    approvals: Annotated[int, Field(ge=0, le=20)]
    roles: list[str]


class TiersDocument(Document):
    T0: TierDocument
    T1: TierDocument
    T2: TierDocument
    T3: TierDocument

    def by_name(self) -> dict[str, TierDocument]:
        return {"T0": self.T0, "T1": self.T1, "T2": self.T2, "T3": self.T3}


class ActionDocument(Document):
    tier: str
    what: _Text


class OwnershipDocument(Document):
    paths: Annotated[list[str], Field(min_length=1)]
    roles: Annotated[list[str], Field(min_length=1)]
    protected: bool = False


class JobDocument(Document):
    actions: Annotated[list[str], Field(min_length=1)]
    permissions: dict[_Scope, _Level]
    environment: str = ""


class WorkflowDocument(Document):
    triggers: Annotated[list[str], Field(min_length=1)]
    jobs: Annotated[dict[str, JobDocument], Field(min_length=1)]


class GovernanceDocument(Document):
    schema_: Annotated[Literal["dynamic.governance/1"], Field(alias="schema")]
    roles: Annotated[dict[_Name, RoleDocument], Field(min_length=1)]
    tiers: TiersDocument
    actions: Annotated[dict[_Name, ActionDocument], Field(min_length=1)]
    ownership: Annotated[list[OwnershipDocument], Field(min_length=1)]
    workflows: dict[_Workflow, WorkflowDocument]
    uses: list[_Text]


def handle(text: str) -> str:
    """Return the one form of a person's handle: GitHub's know no case, and ``@`` is how they are addressed."""
    return text.removeprefix("@").lower()
