"""Wheels that hold nothing but metadata, locks of them, and records of what they say."""

import hashlib
import zipfile
from pathlib import Path

from dynamic_base import write_atomic
from dynamic_delivery.gates.licensing.record import FILE, Record, record_bytes
from dynamic_delivery.gates.licensing.recording import from_wheels, make_record, pins_of
from dynamic_delivery.gates.licensing.wheels import wheels_in
from dynamic_delivery.gates.locks.reading import parse


def wheel(folder: Path, name: str, metadata: str, version: str = "1.0", said: str = "") -> Path:
    """Write a wheel whose metadata gives ``said`` for its name, or the name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        head = f"Metadata-Version: 2.4\nName: {said or name}\nVersion: {version}\n"
        written.writestr(f"{name}-{version}.dist-info/METADATA", f"{head}{metadata}\nText\n")
        written.writestr(f"{name}/_vendor/inner-1.0.dist-info/METADATA", "Name: inner\nVersion: 1.0\n")
    return path


def lock_of(*wheels: Path) -> str:
    """Return a lock that allows each wheel, and one more artifact that nobody has."""
    return "".join(
        f"{path.name.split('-')[0]}=={path.name.split('-')[1]} \\\n    --hash=sha256:{'e' * 64} \\\n"
        f"    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n    # via -r a.in\n"
        for path in wheels
    )


def record_of(root: Path, lock: str, wheels: Path) -> None:
    """Put on record what the wheels say that the lock allows."""
    pins = pins_of({"a.lock": parse("a.lock", lock.encode())})
    made = make_record(pins, Record(), from_wheels(wheels_in(wheels)), lambda _: None)
    write_atomic(root / FILE, record_bytes(made.record))
