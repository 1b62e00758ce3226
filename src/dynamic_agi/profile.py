"""A fault profile: how often what goes wrong."""

from typing import Annotated, Literal

from pydantic import Field

from dynamic_agi.documents import Chance, Document, Ms, Name, Span, load


class NetworkTable(Document):
    """Chances a message, and times in ms. ``late_ms`` is what a delayed message takes in addition."""

    latency_ms: Span = (1, 8)
    lost: Chance = 0.0
    duplicated: Chance = 0.0
    reordered: Chance = 0.0
    delayed: Chance = 0.0
    late_ms: Span = (100, 400)


class AgentsTable(Document):
    """Chances a step of a script. ``noticed`` is the chance that the host reports a crash."""

    crash: Chance = 0.0
    noticed: Chance = 1.0
    hang: Chance = 0.0
    hang_ms: Span = (100, 1000)
    slow: Chance = 0.0
    slow_times: Annotated[int, Field(ge=1, le=100)] = 5


class StoreTable(Document):
    """Chance a call that no answer comes; half of the writes among them have happened."""

    unavailable: Chance = 0.0


class OrchestratorTable(Document):
    """Chance a journal entry of a crash there: half of them before the entry is durable, half right after."""

    crash: Chance = 0.0
    down_ms: Span = (20, 200)


class Profile(Document):
    """The whole file. After ``until_ms`` nothing goes wrong any more, so that what can end must end."""

    schema_: Annotated[Literal["dynamic.agents.profile/1"], Field(alias="schema")]
    name: Name
    description: str
    until_ms: Ms = 5_000
    network: NetworkTable = NetworkTable()
    agents: AgentsTable = AgentsTable()
    store: StoreTable = StoreTable()
    orchestrator: OrchestratorTable = OrchestratorTable()


def load_profile(wanted: str) -> Profile:
    """Return the profile of this name, or of the .toml file. Errors are those of ``documents.load``."""
    return load("profiles", wanted, Profile)
