"""``devices``: what OpenCL finds here."""

from dataclasses import asdict

import click
from rich.text import Text

from dynamic_base import Console, ExitCode
from dynamic_engines.devices import devices, no_device


@click.command("devices", epilog="Example: ./dynamic devices --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def devices_command(as_json: bool) -> int:
    """List every OpenCL device. Exits 3, and says what to install, if there is none."""
    console = Console(as_json=as_json)
    found = devices()
    if not found:
        raise no_device()
    console.document({"version": 1, "devices": [asdict(info) for info in found]})
    for n, info in enumerate(found):
        precision = "float64" if info.fp64 else "float32 only"
        memory = f"{info.global_memory_bytes / 2**30:.1f} GiB"
        console.text(Text(f"#{n}  {info.type}  {info.label}  {info.opencl_c_version}  {precision}  {memory}"))
    return ExitCode.YES
