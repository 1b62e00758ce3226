"""Kernels under the Oclgrind simulator: reads and writes out of bounds, races, divergence, values never set."""

from dynamic_engines.checked.findings import Finding, Kind, findings_in
from dynamic_engines.checked.roofs_row import RoofsRow
from dynamic_engines.checked.run import Check, Checked, Form, Task, Watch, check_kernels, small, tasks_of
from dynamic_engines.checked.simulator import SimulatorMissingError, find_simulator, open_simulator

__all__ = [
    "Check",
    "Checked",
    "Finding",
    "Form",
    "Kind",
    "RoofsRow",
    "SimulatorMissingError",
    "Task",
    "Watch",
    "check_kernels",
    "find_simulator",
    "findings_in",
    "open_simulator",
    "small",
    "tasks_of",
]
