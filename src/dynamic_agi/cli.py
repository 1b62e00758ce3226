"""``agents``: simulate episodes, and run one of them again."""

from pathlib import Path

import click
from rich.text import Text

from dynamic_agi.documents import names
from dynamic_agi.episode import Setup, run_episode
from dynamic_agi.errors import TraceError
from dynamic_agi.invariants import INVARIANTS
from dynamic_agi.profile import load_profile
from dynamic_agi.render import (
    difference_text,
    run_document,
    tally_text,
    violation_document,
    violation_text,
)
from dynamic_agi.replay import again, first_difference
from dynamic_agi.run import simulate
from dynamic_agi.scenario import load_scenario
from dynamic_agi.trace import decode
from dynamic_base import Console, ExitCode, SystemClock, UsageError, write_atomic

_SCENARIO, _PROFILE = "trade", "chaos"
_HELD = f"all {len(INVARIANTS)} invariants held at every event"
_MOST = 2**53 - 1  # the largest integer that JSON carries exactly

_scenario = click.option(
    "--scenario",
    default=_SCENARIO,
    show_default=True,
    metavar="NAME|FILE",
    help=f"What the agents do: {', '.join(names('scenarios'))}, or a .toml file.",
)
_profile = click.option(
    "--profile",
    default=_PROFILE,
    show_default=True,
    metavar="NAME|FILE",
    help=f"What goes wrong: {', '.join(names('profiles'))}, or a .toml file.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group("agents", epilog="Example: ./dynamic agents simulate --episodes 100")
def agents_group() -> None:
    """Try the orchestrator of agents against faults, event by event."""


@agents_group.command("simulate", epilog="Example: ./dynamic agents simulate --episodes 100 --seed 7 --profile lossy")
@click.option("--episodes", type=click.IntRange(1, 10_000_000), default=100, show_default=True, help="How many.")
@click.option("--seed", type=click.IntRange(0, _MOST), default=1, show_default=True, help="The seed of all of them.")
@click.option(
    "--from-episode", type=click.IntRange(0, _MOST), default=0, show_default=True, help="The number of the first."
)
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="How many processes.")
@click.option("--keep-going", is_flag=True, help="Do not stop at the first broken invariant.")
@_scenario
@_profile
@_json
def simulate_command(
    episodes: int,
    seed: int,
    from_episode: int,
    jobs: int,
    keep_going: bool,
    scenario: str,
    profile: str,
    as_json: bool,
) -> ExitCode:
    """Run episodes and check every invariant at every event.

    Exit code: 0 all invariants held, 1 one was broken, 2 wrong usage, 3 the scenario or profile cannot be run.
    """
    console = Console(as_json=as_json)
    setup = Setup(load_scenario(scenario), load_profile(profile), seed)
    last = min(from_episode + episodes, _MOST)
    clock = SystemClock()
    start = clock.monotonic_s()
    step = max(1, episodes // (100 if console.progress.is_terminal else 10))
    with console.activity() as say:
        run = simulate(
            setup,
            from_episode,
            last,
            jobs=jobs,
            keep_going=keep_going,
            watch=lambda done: say(f"{done}/{episodes} episodes") if done % step == 0 else None,
        )
    seconds = clock.monotonic_s() - start
    options = _options(scenario, profile)
    console.document(run_document(run, seed, options))
    console.text(Text(tally_text(run.tally, run.digest)))
    console.note(
        f"{seconds:.1f} s, {run.tally.episodes / seconds:.0f} episodes/s, {run.tally.events / seconds:.0f} events/s"
    )
    for episode in run.violations:
        console.text(Text(violation_text(episode, seed, options)))
    if not run.violations:
        console.text(_HELD)
    if run.interrupted:
        done = from_episode + run.tally.episodes
        console.note(f"interrupted; go on with --from-episode {done} --episodes {last - done}")
        return ExitCode.INTERRUPTED
    return ExitCode.NO if run.violations else ExitCode.YES


@agents_group.command("replay", epilog="Example: ./dynamic agents replay --seed 1 --episode 3")
@click.argument("trace", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--seed", type=click.IntRange(0, _MOST), help="The seed of the run.  [default: 1]")
@click.option("--episode", type=click.IntRange(0, _MOST), help="The number of the episode.")
@click.option("--trace", "to", type=click.Path(dir_okay=False, path_type=Path), help="Write the trace into this file.")
@_scenario
@_profile
@_json
@click.pass_context
def replay_command(
    context: click.Context,
    trace: Path | None,
    seed: int | None,
    episode: int | None,
    to: Path | None,
    scenario: str,
    profile: str,
    as_json: bool,
) -> ExitCode:
    """Run one episode again: of a run by its number, or the one that TRACE holds.

    With TRACE, exit code 1 says that an event differs now, and the first is shown. Else 1 says that an invariant was
    broken. 3: the trace is torn or was changed.
    """
    console = Console(as_json=as_json)
    if trace is not None:
        given = [name for name in ("seed", "episode", "scenario", "profile") if _is_given(context, name)]
        if given:
            raise UsageError(f"TRACE holds its own {given[0]}", f"leave out --{given[0]}, or TRACE")
        return _check(console, trace, to)
    if episode is None:
        raise UsageError("nothing says which episode", "give --episode K, or a TRACE")
    setup = Setup(load_scenario(scenario), load_profile(profile), 1 if seed is None else seed)
    result = run_episode(setup, episode, keep=True)
    if to is not None:
        write_atomic(to, result.trace(setup).encode())
        console.note(Text(f"wrote {len(result.lines)} events to {to}"))
    options = _options(scenario, profile)
    console.document(
        {
            "schema": "dynamic.agents.replay/1",
            "seed": setup.seed,
            "episode": episode,
            "ended_at_ms": result.ended_at_ms,
            **result.tally.document(),
            "digest": result.digest,
            "violation": violation_document(result, setup.seed, options) or None,
        }
    )
    console.text(Text(tally_text(result.tally, result.digest)))
    console.text(Text(violation_text(result, setup.seed, options) if result.violation else _HELD))
    return ExitCode.NO if result.violation else ExitCode.YES


def _check(console: Console, path: Path, to: Path | None) -> ExitCode:
    """Run the recorded episode again and compare."""
    recorded = decode(_read(path), str(path))
    setup, result = again(recorded, str(path))
    now = result.trace(setup)
    if to is not None:
        write_atomic(to, now.encode())
    difference = first_difference(recorded, now)
    console.document(
        {
            "schema": "dynamic.agents.replay/1",
            "seed": setup.seed,
            "episode": result.number,
            "events": len(now.lines),
            "digest": result.digest,
            "same": difference is None,
            "first_difference": difference
            and {"event": difference.event, "recorded": difference.recorded, "now": difference.now},
        }
    )
    if difference is not None:
        console.text(Text(difference_text(difference)))
        return ExitCode.NO
    console.text(
        f"episode {result.number} of seed {setup.seed}: all {len(now.lines)} events are the same, byte for byte"
    )
    return ExitCode.YES


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TraceError(f"cannot read {path} ({error.strerror})", "name a file that can be read") from error


def _is_given(context: click.Context, name: str) -> bool:
    return (
        context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
        and context.params[name] is not None
    )


def _options(scenario: str, profile: str) -> list[str]:
    """Return what a replay needs besides seed and number."""
    options = [] if scenario == _SCENARIO else ["--scenario", scenario]
    return options if profile == _PROFILE else [*options, "--profile", profile]
