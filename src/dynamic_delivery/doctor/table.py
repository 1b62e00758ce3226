"""The checks: adding one is a row here and a function in a file of its kind."""

from dynamic_delivery.doctor import machine, programs, state
from dynamic_delivery.doctor.model import Check

CHECKS = (
    Check("git", "reads what changed", True, machine.git_version),
    Check("history", "holds the base that a change is compared with", True, machine.clone),
    Check("default branch", "is that base", False, machine.default_branch),
    Check("Python 3.11", "runs ./dynamic and the code", True, machine.python),
    Check("Pants", "builds and tests", True, machine.pants),
    Check("Node.js", "holds the messages of both languages together", True, machine.node),
    Check("OpenCL", "runs the kernels", True, machine.opencl),
    Check("disk", "holds environments and caches", True, machine.disk),
    Check("programs", "are what the gates look with", False, programs.programs),
    Check("hooks", "check a commit and a push before they are made", False, state.hooks),
    Check("recordings", "let tests be left out that see nothing of a change", False, state.recordings),
    Check("past runs", "put likely failures first and calibrate risk", False, state.runs),
    Check("advisories", "tell of known faults in dependencies", False, state.advisories),
)
