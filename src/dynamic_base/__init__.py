"""What every room stands on: errors, exit codes, clock, canonical JSON, files, processes, console. Knows no domain."""

from dynamic_base.canonical import canonical_json, digest
from dynamic_base.clock import Clock, SystemClock, TickingClock
from dynamic_base.console import Console
from dynamic_base.errors import DynamicError, ExitCode, UsageError
from dynamic_base.files import repository_root, state_folder, write_atomic
from dynamic_base.processes import Completed, ProcessFailedError, ToolMissingError, run, stream

__all__ = [
    "Clock",
    "Completed",
    "Console",
    "DynamicError",
    "ExitCode",
    "ProcessFailedError",
    "SystemClock",
    "TickingClock",
    "ToolMissingError",
    "UsageError",
    "canonical_json",
    "digest",
    "repository_root",
    "run",
    "state_folder",
    "stream",
    "write_atomic",
]
