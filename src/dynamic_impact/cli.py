"""``dynamic run`` and ``dynamic impact``: a verb is a file in ``verbs`` and a row in VERBS."""

import click

from dynamic_impact.verbs.explain import explain_command, why_not_command
from dynamic_impact.verbs.history import history_group
from dynamic_impact.verbs.plan import plan_command
from dynamic_impact.verbs.record import record_command
from dynamic_impact.verbs.run import run_command, run_verb
from dynamic_impact.verbs.select import select_command
from dynamic_impact.verbs.simulate import simulate_command
from dynamic_impact.verbs.worker import worker_command

VERBS = (
    select_command,
    explain_command,
    why_not_command,
    plan_command,
    run_verb,
    worker_command,
    record_command,
    history_group,
    simulate_command,
)

__all__ = ["impact_group", "run_command"]


@click.group("impact", epilog="Example:  ./dynamic impact select --since HEAD~1")
def impact_group() -> None:
    """Show what a change can break, and why."""


for verb in VERBS:
    impact_group.add_command(verb)
