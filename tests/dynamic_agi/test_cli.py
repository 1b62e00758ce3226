import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dynamic_agi import Episode, Orchestrator, Run, TraceError, UnknownNameError, cli, run_episode, simulate
from dynamic_agi.cli import agents_group
from dynamic_base import ExitCode, UsageError
from dynamic_base.canonical import canonical_json
from tests.dynamic_agi.mutants import QueuesWithoutBound


def call(*arguments: str) -> object:
    return agents_group.main(list(arguments), prog_name="agents", standalone_mode=False)


def document(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = ExitCode.YES) -> dict[str, Any]:
    assert call(*arguments, "--json") == code
    parsed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return parsed


def test_simulate_prints_one_document_and_progress_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("simulate", "--episodes", "4", "--seed", "9", "--json") == ExitCode.YES
    printed = capsys.readouterr()
    summary = json.loads(printed.out)
    assert summary["schema"] == "dynamic.agents.simulate/1"
    assert (summary["episodes"], summary["seed"], summary["violations"]) == (4, 9, [])
    assert set(summary["faults"]) >= {"message lost", "agent hung", "store silent", "orchestrator crashed"}
    assert "4/4 episodes" in printed.err
    assert "episodes/s" in printed.err


def test_the_summary_for_people_has_the_same_figures(capsys: pytest.CaptureFixture[str]) -> None:
    summary = document(capsys, "simulate", "--episodes", "2")
    assert call("simulate", "--episodes", "2") == ExitCode.YES
    text = capsys.readouterr().out
    for name in ("events", "restarts", "retries", "effects", "digest"):
        assert f"{name:14}  {summary[name]}\n" in text
    assert f"worst recovery  {summary['worst_recovery_ms']} ms of simulated time\n" in text


def test_in_calm_weather_nothing_is_retried_or_restarted(capsys: pytest.CaptureFixture[str]) -> None:
    summary = document(capsys, "simulate", "--episodes", "2", "--profile", "calm", "--scenario", "ping")
    assert (summary["restarts"], summary["retries"], sum(summary["faults"].values())) == (0, 0, 0)
    # Two episodes, three pings each, one effect a ping.
    assert (summary["effects"], summary["outcomes"]) == (6, {"done": 6, "failed": 0, "escalated": 0})


def test_from_episode_starts_there(capsys: pytest.CaptureFixture[str]) -> None:
    alone = document(capsys, "replay", "--episode", "5")
    summary = document(capsys, "simulate", "--from-episode", "5", "--episodes", "1")
    assert (summary["first_episode"], summary["events"]) == (5, alone["events"])


def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command judge an orchestrator with a bug."""

    def bugged(*arguments: Any, **named: Any) -> Run:
        return simulate(*arguments, **named, make=QueuesWithoutBound)

    monkeypatch.setattr(cli, "simulate", bugged)
    monkeypatch.setattr(cli, "run_episode", _bugged_episode(run_episode))


def _bugged_episode(real: Any) -> Any:
    def bugged(*arguments: Any, **named: Any) -> Episode:
        episode: Episode = real(*arguments, **named, make=QueuesWithoutBound)
        return episode

    return bugged


def test_a_broken_invariant_is_exit_code_1_with_a_command_that_shows_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken(monkeypatch)
    found = document(capsys, "simulate", "--profile", "lossy", "--seed", "3", code=ExitCode.NO)
    (violation,) = found["violations"]
    assert violation["invariant"] == "queue-bound"
    assert violation["replay"] == (f"./dynamic agents replay --seed 3 --episode {violation['episode']} --profile lossy")
    words = violation["replay"].split()[2:]
    again = document(capsys, *words, code=ExitCode.NO)
    assert again["violation"] == violation
    assert call(*words) == ExitCode.NO
    text = capsys.readouterr().out
    for part in ("broke queue-bound", violation["why"], violation["line"], violation["replay"]):
        assert part in text


def test_keep_going_reports_every_broken_episode(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken(monkeypatch)
    arguments = ("simulate", "--episodes", "5", "--profile", "calm")
    assert document(capsys, *arguments, code=ExitCode.NO)["episodes"] == 1
    found = document(capsys, *arguments, "--keep-going", code=ExitCode.NO)
    assert [violation["episode"] for violation in found["violations"]] == [0, 1, 2, 3, 4]


def test_an_interrupt_prints_what_was_done_and_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*arguments: Any, **named: Any) -> Run:
        def watch(done: int) -> None:
            if done == 3:
                raise KeyboardInterrupt

        return simulate(*arguments, **{**named, "watch": watch})

    monkeypatch.setattr(cli, "simulate", interrupted)
    assert call("simulate", "--episodes", "10", "--from-episode", "20", "--json") == ExitCode.INTERRUPTED
    printed = capsys.readouterr()
    summary = json.loads(printed.out)
    assert (summary["interrupted"], summary["episodes"]) == (True, 3)
    assert "go on with --from-episode 23 --episodes 7" in printed.err


def test_a_trace_is_written_and_runs_again_to_the_same_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, second = tmp_path / "t.jsonl", tmp_path / "u.jsonl"
    made = document(capsys, "replay", "--seed", "4", "--episode", "2", "--trace", str(file))
    assert file.read_bytes().count(b"\n") == made["events"] + 2
    checked = document(capsys, "replay", str(file), "--trace", str(second))
    assert (checked["same"], checked["digest"], checked["first_difference"]) == (True, made["digest"], None)
    assert second.read_bytes() == file.read_bytes()
    assert call("replay", str(file)) == ExitCode.YES
    assert f"all {made['events']} events are the same, byte for byte" in capsys.readouterr().out


def test_a_trace_of_other_code_is_exit_code_1_and_names_the_first_event_that_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A version whose retries take another jitter parts at the first wait, and not before."""
    file = tmp_path / "t.jsonl"
    call("replay", "--episode", "0", "--trace", str(file))
    capsys.readouterr()
    lines = [json.loads(line) for line in file.read_bytes().splitlines()[1:]]
    first = next(line["n"] for line in lines if line["kind"] in ("lease_lost", "restart_scheduled"))
    monkeypatch.setattr("dynamic_agi.core.backoff_ms", lambda *_: 1)
    found = document(capsys, "replay", str(file), code=ExitCode.NO)
    assert found["same"] is False
    assert found["first_difference"]["event"] == first
    assert found["first_difference"]["recorded"]["delay_ms"] > found["first_difference"]["now"]["delay_ms"] == 1
    assert call("replay", str(file)) == ExitCode.NO
    assert f"event {first} is the first that differs" in capsys.readouterr().out


def test_a_torn_trace_cannot_be_decided(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    call("replay", "--episode", "0", "--trace", str(file))
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(TraceError) as caught:
        call("replay", str(file))
    assert caught.value.exit_code == ExitCode.UNDECIDED
    assert str(file) in caught.value.message


def test_words_that_do_not_fit_are_usage_with_a_next_step(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    call("replay", "--episode", "0", "--trace", str(file))
    for words, said in (
        (["replay"], "give --episode K, or a TRACE"),
        (["replay", str(file), "--seed", "3"], "leave out --seed, or TRACE"),
        (["replay", str(file), "--profile", "calm"], "leave out --profile, or TRACE"),
        (["simulate", "--scenario", "nope"], "choose from"),
        (["simulate", "--profile", "nope"], "choose from"),
    ):
        with pytest.raises(UsageError, match=said):
            call(*words)
    assert issubclass(UnknownNameError, UsageError)


def shown(*arguments: str) -> Result:
    return CliRunner().invoke(agents_group, list(arguments))


@pytest.mark.parametrize("number", ["0", "-1", "many", str(10**9)])
def test_a_number_of_episodes_that_makes_no_sense_is_exit_code_2(number: str) -> None:
    assert shown("simulate", "--episodes", number).exit_code == ExitCode.USAGE


def test_a_scenario_of_ones_own_is_run_and_named_in_the_replay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "my own.toml"
    file.write_text(
        'schema = "dynamic.agents.scenario/1"\nname = "own"\ndescription = ""\n[orchestrator]\nqueue_limit = 1\n'
        '[[agents]]\nname = "a"\ndoes = ["w"]\n[scripts]\nw = [{ do = "work", ms = [90, 90] }]\n'
        '[[arrivals]]\nwork = "w"\ncount = 2\n',
        encoding="utf-8",
    )
    broken(monkeypatch)
    (violation,) = document(capsys, "simulate", "--scenario", str(file), code=ExitCode.NO)["violations"]
    assert violation["replay"].endswith(f"--scenario '{file}'")


def test_the_trace_holds_what_is_needed_to_run_it_and_no_path(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    call("replay", "--episode", "0", "--trace", str(file))
    header = json.loads(file.read_bytes().splitlines()[0])
    assert set(header) == {"chain", "episode", "profile", "scenario", "schema", "seed"}
    assert str(tmp_path).encode() not in canonical_json(header)


@pytest.mark.parametrize("command", ["simulate", "replay"])
def test_help_shows_an_example(command: str) -> None:
    assert f"Example: ./dynamic agents {command}" in shown(command, "--help").output


def test_the_orchestrator_that_is_judged_by_default_is_the_real_one() -> None:
    for function in (simulate, run_episode):
        assert inspect.signature(function).parameters["make"].default is Orchestrator
