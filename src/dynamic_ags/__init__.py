"""Governance: who owns what, who must agree to what, and the policies that say so."""

from dynamic_ags.decide import Decision, Denial, Judge, Outcome
from dynamic_ags.decision_log import record
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
    "Decision",
    "Denial",
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
    "UnreadableError",
    "inputs_of",
    "load_manifest",
    "new_request",
    "read_policies",
    "read_request",
    "record",
]
