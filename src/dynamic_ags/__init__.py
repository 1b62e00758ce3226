"""Governance: who owns what, who must agree to what, the policies that say so, and where reality drifts from it."""

from dynamic_ags.decide import Decision, Denial, Judge, Outcome
from dynamic_ags.decision_log import record
from dynamic_ags.differences import Difference, Side
from dynamic_ags.drift import Artifacts, find_drift, read_artifacts
from dynamic_ags.errors import (
    AgsError,
    ManifestError,
    PatternError,
    PolicyError,
    Problem,
    RequestError,
    UnreadableError,
)
from dynamic_ags.manifest import load_manifest
from dynamic_ags.model import Manifest
from dynamic_ags.policies import Place, Policies, read_policies
from dynamic_ags.requests import Request, inputs_of, new_request, read_request

__all__ = [
    "AgsError",
    "Artifacts",
    "Decision",
    "Denial",
    "Difference",
    "Judge",
    "Manifest",
    "ManifestError",
    "Outcome",
    "PatternError",
    "Place",
    "Policies",
    "PolicyError",
    "Problem",
    "Request",
    "RequestError",
    "Side",
    "UnreadableError",
    "find_drift",
    "inputs_of",
    "load_manifest",
    "new_request",
    "read_artifacts",
    "read_policies",
    "read_request",
    "record",
]
