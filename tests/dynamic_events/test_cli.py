import json
from pathlib import Path
from typing import Any

import pytest

from dynamic_base import DynamicError, ExitCode, TickingClock
from dynamic_events import EventLog, QueryError
from dynamic_events.cli import events_group


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EventLog:
    (tmp_path / ".git").mkdir()
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    log = EventLog(tmp_path, TickingClock())
    log.append(
        "r1", [log.event("test.finished", "r1", "//a[0]", {"duration_s": 1.5}), log.event("run.finished", "r1", "main")]
    )
    log.append("r2", [log.event("test.finished", "r2", "//b", {"duration_s": 2})])
    return log


def call(*arguments: str) -> object:
    return events_group.main(list(arguments), prog_name="events", standalone_mode=False)


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert call(*arguments, "--json") == ExitCode.YES
    parsed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return parsed


def test_list_filters_and_limits_to_the_latest(log: EventLog, capsys: pytest.CaptureFixture[str]) -> None:
    tests = document(capsys, "list", "--kind", "test.finished")["events"]
    assert [(event["run"], event["attributes"]) for event in tests] == [
        ("r1", {"duration_s": 1.5}),
        ("r2", {"duration_s": 2}),
    ]
    assert [event["kind"] for event in document(capsys, "list", "--run", "r1", "--limit", "1")["events"]] == [
        "run.finished"
    ]
    assert call("list", "--limit", "3", "--repo", str(log.root)) == ExitCode.YES
    assert "test.finished  r1  //a[0]  duration_s=1.5\n" in capsys.readouterr().out


@pytest.mark.usefixtures("log")
def test_query_reads_attributes_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    duration = "sum((attributes->>'duration_s')::DECIMAL(9, 3)) AS s"
    sql = f"SELECT run, {duration} FROM events WHERE kind = 'test.finished' GROUP BY run ORDER BY run"
    answer = document(capsys, "query", sql)
    assert (answer["columns"], answer["rows"]) == (["run", "s"], [["r1", "1.500"], ["r2", "2.000"]])
    assert document(capsys, "query", "SELECT 'nan'::DOUBLE, [1, NULL], time FROM events ORDER BY time LIMIT 1")[
        "rows"
    ] == [["nan", [1, None], "2026-01-01 00:00:01"]]
    assert call("query", "SELECT '[red]' AS a") == ExitCode.YES
    assert "[red]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT nothing FROM events", "nothing"),
        ("", "not one SELECT"),
        ("SELECT 1; SELECT 2", "not one SELECT"),
        ("DELETE FROM recorded", "not one SELECT"),
        ("INSTALL httpfs", "not one SELECT"),
        ("COPY events TO 'stolen.csv'", "not one SELECT"),
        ("SET enable_external_access = true", "not one SELECT"),
        ("SELECT content FROM read_text('../.git/HEAD')", "disabled by configuration"),
        ("SELECT now()", "time zone"),
        ("SELECT ?", "parameters: 1"),
    ],
)
def test_a_bad_query_is_one_line_with_a_next_step_and_exit_code_2(log: EventLog, sql: str, said: str) -> None:
    (log.root / ".git" / "HEAD").write_text("secret")
    with pytest.raises(QueryError) as caught:
        call("query", sql)
    assert said in caught.value.message
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    assert caught.value.exit_code == ExitCode.USAGE
    assert not Path("stolen.csv").exists()


def test_query_takes_parameters(log: EventLog) -> None:
    assert log.query("SELECT subject FROM events WHERE run = ?", ["r2"]).rows == (("//b",),)


def test_verify_exits_1_for_a_torn_file_and_the_others_name_it_on_stderr(
    log: EventLog, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("verify") == ExitCode.YES
    assert capsys.readouterr().out == "3 events, 0 torn files\n"
    path = log.append("r3", [log.event("a", "r3", "s")])
    path.write_bytes(path.read_bytes()[:10])
    assert call("verify", "--json") == ExitCode.NO
    verdict = json.loads(capsys.readouterr().out)
    assert verdict["events"] == 3
    assert [Path(file["path"]).name.endswith(path.name) for file in verdict["torn"]] == [True]
    for command in (["list"], ["query", "SELECT 1"]):
        assert call(*command) == ExitCode.YES
        assert path.name in capsys.readouterr().err


def test_outside_a_repository_the_option_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DynamicError, match="--repo DIR") as caught:
        call("list")
    assert caught.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize("command", ["list", "query", "verify"])
def test_help_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        events_group.main([command, "--help"])
    assert "Example: ./dynamic events" in capsys.readouterr().out
