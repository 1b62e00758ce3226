"""``uv.lock`` and ``poetry.lock``: TOML with a table a package."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from dynamic_impact.locks.model import Lock, LockFormatError, collect, name_of


def parse_toml(text: str) -> Lock | None:
    """Return the lock, or None if ``text`` holds no package tables."""
    if not re.search(r"(?m)^\[\[package\]\]$", text):
        return None
    try:
        packages = tomllib.loads(text)["package"]
        return collect((p["name"], str(p.get("version", "")), _without_needs(p), _toml_needs(p)) for p in packages)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LockFormatError(f"it has packages, but is no uv.lock or poetry.lock ({error})") from error


def _without_needs(package: Mapping[str, Any]) -> str:
    kept = {key: value for key, value in package.items() if key not in {"dependencies", "description"}}
    return json.dumps(kept, sort_keys=True, default=str)


def _toml_needs(package: Mapping[str, Any]) -> Iterator[str]:
    """Yield every name that ``package`` may need, in whichever extra or group: uv lists tables, Poetry maps names."""
    for key in ("dependencies", "optional-dependencies", "dev-dependencies", "extras"):
        held = package.get(key) or {}
        groups: list[Any] = [held] if key == "dependencies" else list(held.values())
        for group in groups:
            for item in group:
                yield item["name"] if isinstance(item, Mapping) else name_of(str(item))
