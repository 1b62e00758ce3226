"""The commands of ``dynamic``: adding one is a row here and a function in its room's ``cli.py``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One command. ``help`` stands here too, so that ``dynamic --help`` imports no room."""

    name: str
    module: str
    attribute: str
    help: str


COMMANDS = (
    Row("run", "dynamic_impact.cli", "run_command", "Run just what the current change can break, and say why."),
    Row("impact", "dynamic_impact.cli", "impact_group", "Show what a change can break, and why."),
    Row(
        "gate",
        "dynamic_delivery.gates.cli",
        "gate_group",
        "Run the quality gates over what a change affects, and give one verdict.",
    ),
    Row("events", "dynamic_events.cli", "events_group", "Read the log of what every run did."),
    Row("devices", "dynamic_engines.cli", "devices_command", "List every OpenCL device."),
    Row(
        "matrix",
        "dynamic_delivery.matrix.cli",
        "matrix_group",
        "Check every kernel on every engine and device against its oracle.",
    ),
    Row(
        "kernels",
        "dynamic_engines.library.cli",
        "kernels_group",
        "Show the kernels for general use, tune them for a device, or begin a new one.",
    ),
    Row("indicators", "dynamic_ta.indicators.cli", "indicators_group", "Show the indicators and their warm-up."),
    Row("bars", "dynamic_ta.data.cli", "bars_group", "Look at a file of prices, mend it by rules, and keep it."),
    Row(
        "strategies",
        "dynamic_ta.strategies.cli",
        "strategies_group",
        "Show strategies, and check the files that hold them.",
    ),
    Row(
        "backtest",
        "dynamic_ta.cli",
        "backtest_group",
        "Try a strategy on past prices, all its parameters, or certify it.",
    ),
    Row(
        "datasets",
        "dynamic_delivery.datasets.cli",
        "datasets_group",
        "Take datasets that are known by their content, and verify them.",
    ),
    Row(
        "models",
        "dynamic_ai.cli",
        "models_group",
        "Train a model on a snapshot, and judge a candidate beside a baseline.",
    ),
    Row("agents", "dynamic_agi.cli", "agents_group", "Try the orchestrator of agents against faults, event by event."),
    Row("contracts", "dynamic_tl.cli", "contracts_group", "Hold Python and JavaScript to the same messages."),
    Row("token", "dynamic_token.cli", "token_group", "Plan, simulate and check the DCT supply."),
    Row(
        "policy",
        "dynamic_ags.cli",
        "policy_group",
        "Ask the policies, test them, and find where CI drifts from governance.",
    ),
    Row(
        "doctor",
        "dynamic_delivery.doctor.cli",
        "doctor_command",
        "Say what is missing on this machine, and the command that mends it.",
    ),
    Row("hooks", "dynamic_delivery.hooks.cli", "hooks_group", "Check what is committed or pushed, before it is."),
    Row("risk", "dynamic_delivery.risk.cli", "risk_group", "Score how risky a change is, fact by fact."),
)
