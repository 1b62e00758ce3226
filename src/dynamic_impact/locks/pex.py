"""PEX's JSON, as ``pants generate-lockfiles`` writes it, below comment lines of Pants' own."""

import json

from dynamic_impact.locks.model import Lock, LockFormatError, collect, name_of

# Keys that say how a pin is installed, not which one.
_BUILD = ("allow_builds", "allow_wheels", "build_isolation", "path_mappings", "prefer_older_binary", "use_pep517")


def parse_pex(text: str) -> Lock | None:
    """Return the lock, or None if ``text`` is no JSON."""
    body = "".join(line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("//"))
    if not body.lstrip().startswith("{"):
        return None
    try:
        document = json.loads(body)
        build = json.dumps({key: document[key] for key in _BUILD if key in document}, sort_keys=True)
        return collect(
            (
                pin["project_name"],
                str(pin["version"]),
                # How pins are installed is part of each: an edit there is an edit of all.
                build + json.dumps([pin.get("artifacts"), pin.get("requires_python"), resolve.get("marker")]),
                filter(None, map(name_of, pin.get("requires_dists") or ())),
            )
            for resolve in document["locked_resolves"]
            for pin in resolve["locked_requirements"]
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LockFormatError(f"it is JSON, but no PEX lock ({type(error).__name__}: {error})") from error
