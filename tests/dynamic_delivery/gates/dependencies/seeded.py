"""OSV records as Trivy's database holds them, translated as trivy-db translates those that it takes from GitHub."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.dynamic_delivery.gates.trivy_support import NPM, PIP, Advisories

BUCKETS = {"PyPI": PIP, "npm": NPM}


def seeded(path: Path) -> Advisories:
    """Return what Trivy would know of the records at ``path``: no withdrawn one, and none of malicious packages."""
    found: dict[str, dict[str, dict[str, Mapping[str, object]]]] = {}
    for record in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        if "withdrawn" in record or record["id"].startswith("MAL-"):
            continue
        for affected in record["affected"]:
            bucket = BUCKETS[affected["package"]["ecosystem"]]
            name = affected["package"]["name"]
            name = re.sub(r"[-_.]+", "-", name).lower() if bucket == PIP else name
            held = {"VulnerableVersions": list(ranges(affected)), "PatchedVersions": fixes(affected)}
            found.setdefault(bucket, {}).setdefault(name, {})[record.get("aliases", [record["id"]])[0]] = held
    return found


def ranges(affected: Mapping[str, Any]) -> Iterable[str]:
    yield from (f"={version}" for version in affected.get("versions", ()))
    for each in affected.get("ranges", ()):
        start = ""
        for event in each["events"]:
            [(kind, version)] = event.items()
            if kind == "introduced":
                start = f">={version}"
            else:
                yield f"{start}, {'<' if kind == 'fixed' else '<='}{version}".removeprefix(">=0, ")
                start = ""
        if start:
            yield start


def fixes(affected: Mapping[str, Any]) -> list[str]:
    events = (event for each in affected.get("ranges", ()) for event in each["events"])
    return [event["fixed"] for event in events if "fixed" in event]
