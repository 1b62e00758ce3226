"""Governance: who owns what, and who must agree to what."""

from dynamic_ags.errors import AgsError, ManifestError, PatternError, Problem, UnreadableError
from dynamic_ags.manifest import load_manifest
from dynamic_ags.model import Manifest

__all__ = [
    "AgsError",
    "Manifest",
    "ManifestError",
    "PatternError",
    "Problem",
    "UnreadableError",
    "load_manifest",
]
