"""An orchestrator of agents, and a simulator that tries it against faults."""

from dynamic_agi.backoff import backoff_ms
from dynamic_agi.episode import Episode, Setup, Violation, run_episode
from dynamic_agi.errors import (
    AgentsError,
    JournalError,
    ScenarioError,
    StoreUnavailableError,
    TraceError,
    UnknownNameError,
)
from dynamic_agi.invariants import INVARIANTS, Invariant
from dynamic_agi.model import AgentSpec, Backoff, Settings
from dynamic_agi.orchestrator import Orchestrator
from dynamic_agi.ports import Clock, EffectStore, Hosts, Journal, Network, Ports, Timer
from dynamic_agi.profile import Profile, load_profile
from dynamic_agi.run import Run, simulate
from dynamic_agi.scenario import Scenario, load_scenario
from dynamic_agi.state import State, fold

__all__ = [
    "INVARIANTS",
    "AgentSpec",
    "AgentsError",
    "Backoff",
    "Clock",
    "EffectStore",
    "Episode",
    "Hosts",
    "Invariant",
    "Journal",
    "JournalError",
    "Network",
    "Orchestrator",
    "Ports",
    "Profile",
    "Run",
    "Scenario",
    "ScenarioError",
    "Settings",
    "Setup",
    "State",
    "StoreUnavailableError",
    "Timer",
    "TraceError",
    "UnknownNameError",
    "Violation",
    "backoff_ms",
    "fold",
    "load_profile",
    "load_scenario",
    "run_episode",
    "simulate",
]
