"""``models``: train, validate, and list the inference engines."""

import json
import time
from dataclasses import fields
from pathlib import Path

import click
import numpy as np
from rich.text import Text

from dynamic_ai.datasets import read_snapshot
from dynamic_ai.inference import ENGINES, read_model
from dynamic_ai.training import TRAINER, export_onnx, train
from dynamic_ai.validation import Report, Thresholds, Verdict, validate
from dynamic_base import Console, ExitCode, write_atomic

_DEFAULTS = Thresholds()
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_EXIT = {Verdict.YES: ExitCode.YES, Verdict.NO: ExitCode.NO, Verdict.UNDECIDED: ExitCode.UNDECIDED}
_MARK = {Verdict.YES: "✓", Verdict.NO: "✕", Verdict.UNDECIDED: "?"}
_MOST_SEED = 2**63 - 1


@click.group("models", epilog="Example: ./dynamic models engines")
def models_group() -> None:
    """Train a model on a snapshot, and judge a candidate beside a baseline."""


@models_group.command("train", epilog="Example: ./dynamic models train dist/sp500 --out dist/model.onnx")
@click.argument("snapshot", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The ONNX file to write.")
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0, _MOST_SEED), help="The same seed, the same bytes."
)
@_json
def train_command(snapshot: Path, out: Path, seed: int, as_json: bool) -> int:
    """Train a small network on SNAPSHOT, the folder that 'datasets snapshot' made."""
    console = Console(as_json=as_json)
    data = read_snapshot(snapshot)
    features, label = data.part("train")
    held, held_label = data.part("validation")
    trained = train(features, label.astype(np.float64), (held, held_label.astype(np.float64)), seed)
    content = export_onnx(
        trained.network,
        {"features": json.dumps(data.names), "seed": str(seed), "snapshot": data.digest, "trainer": TRAINER},
    )
    write_atomic(out, content)
    model = read_model(out)
    brier = trained.validation_brier[trained.best_epoch]
    console.document(
        {
            "schema": "dynamic.training/1",
            "model": str(out),
            "sha256": model.digest,
            "snapshot": data.digest,
            "seed": seed,
            "trainer": TRAINER,
            "best_epoch": trained.best_epoch,
            "validation_brier": list(trained.validation_brier),
        }
    )
    console.text(Text(f"{out}  sha256 {model.digest}"))
    console.text(
        f"{label.size} rows, seed {seed}; best of {len(trained.validation_brier) - 1} epochs:"
        f" {trained.best_epoch}, Brier score {brier:.4f} on {held_label.size} validation rows"
    )
    return ExitCode.YES


@models_group.command(
    "validate",
    epilog="Example: ./dynamic models validate dist/model.onnx --baseline dist/model.onnx --data dist/sp500",
)
@click.argument("candidate", type=click.Path(path_type=Path))
@click.option("--baseline", required=True, type=click.Path(path_type=Path), help="The model that serves now.")
@click.option("--data", required=True, type=click.Path(path_type=Path), help="The snapshot whose test rows decide.")
@click.option(
    "--accuracy-margin", default=_DEFAULTS.accuracy_margin, show_default=True, help="Accuracy to lose at most."
)
@click.option("--brier-margin", default=_DEFAULTS.brier_margin, show_default=True, help="Brier score to add at most.")
@click.option("--confidence", default=_DEFAULTS.confidence, show_default=True, help="Of each two-sided interval.")
@click.option("--resamples", default=_DEFAULTS.resamples, show_default=True, help="Of the bootstrap.")
@click.option("--block-rows", default=_DEFAULTS.block_rows, show_default=True, help="Rows that are drawn together.")
@click.option("--seed", default=_DEFAULTS.seed, show_default=True, help="Of the bootstrap.")
@click.option(
    "--latency-tolerance", default=_DEFAULTS.latency_tolerance, show_default=True, help="Share of time to add at most."
)
@click.option("--rounds", default=_DEFAULTS.rounds, show_default=True, help="Rounds of the latency.")
@click.option("--calls", default=_DEFAULTS.calls, show_default=True, help="Inferences in a quarter of a round.")
@click.option("--latency-rows", default=_DEFAULTS.latency_rows, show_default=True, help="Rows of one inference.")
@click.option("--most-error", default=_DEFAULTS.most_error, show_default=True, help="Float32's error at most.")
@_json
def validate_command(candidate: Path, baseline: Path, data: Path, as_json: bool, **thresholds: float) -> int:
    """Judge CANDIDATE beside a baseline: scores, safety, agreement of engines, latency.

    Exit code: 0 as good within the margins, 1 worse beyond one, 2 wrong usage, 3 data or machine do not show it.
    """
    console = Console(as_json=as_json)
    kinds = {field.name: type(getattr(_DEFAULTS, field.name)) for field in fields(Thresholds)}
    chosen = Thresholds(**{name: kinds[name](value) for name, value in thresholds.items()})
    report = validate(
        read_model(candidate),
        read_model(baseline),
        read_snapshot(data),
        chosen,
        engines=ENGINES,
        timer=time.perf_counter_ns,
    )
    console.document(report_document(report, chosen))
    for check in report.checks:
        console.text(Text(f"{_MARK[check.verdict]}  {check.name:<9}  {check.statement}"))
    console.text(f"{report.verdict} (scored and timed by {report.engine})")
    for note in report.notes:
        console.note(Text(f"note: {note}"))
    return _EXIT[report.verdict]


@models_group.command("engines", epilog="Example: ./dynamic models engines --json")
@_json
def engines_command(as_json: bool) -> int:
    """List the inference engines, which are present, and how to get the others; --json adds their devices."""
    console = Console(as_json=as_json)
    rows = [(engine, engine.version()) for engine in ENGINES]
    console.document(
        {
            "schema": "dynamic.engines/1",
            "engines": [
                {
                    "name": engine.name,
                    "present": bool(version),
                    "version": version or None,
                    "devices": list(engine.found()),
                    "optional": engine.optional,
                    "remedy": engine.remedy,
                }
                for engine, version in rows
            ],
        }
    )
    for engine, version in rows:
        console.text(Text(f"{engine.name:<14}  {version or f'not present; {engine.remedy}'}"))
    return ExitCode.YES


def report_document(report: Report, thresholds: Thresholds) -> dict[str, object]:
    """Return the report as JSON can carry it."""
    return {
        "schema": "dynamic.validation/1",
        "verdict": report.verdict.value,
        "candidate": report.candidate,
        "baseline": report.baseline,
        "snapshot": report.data,
        "engine": report.engine,
        "thresholds": {field.name: getattr(thresholds, field.name) for field in fields(Thresholds)},
        "checks": [
            {
                "name": check.name,
                "verdict": check.verdict.value,
                "statement": check.statement,
                "figures": dict(check.figures),
            }
            for check in report.checks
        ],
        "notes": list(report.notes),
    }
