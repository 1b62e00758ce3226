"""Every gate that was asked ends in a report, whatever it or its neighbours do."""

import ast
import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Lock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_base import TickingClock, canonical_json
from dynamic_delivery.gates.bounded import run_tool
from dynamic_delivery.gates.errors import OutputError, ToolError
from dynamic_delivery.gates.judging import judged, spelled
from dynamic_delivery.gates.model import Gate, Outcome, Report, Scope, Tool
from dynamic_delivery.gates.runner import Rules, Watch, run_gates
from dynamic_delivery.gates.tools import Found, find_tool
from tests.dynamic_delivery.gates.fakes import (
    failing_with,
    finding,
    found_tool,
    gate_of,
    gone,
    program,
    report,
    scope_of,
)

_BOUND_S = 120.0
_RULES = Rules(TickingClock(), find=found_tool)


def _run(*gates: Gate, rules: Rules = _RULES) -> dict[str, Report]:
    return {each.gate: each for each in run_gates(gates, scope_of(Path()), rules)}


def test_the_reports_stand_in_the_order_of_the_gates_whichever_ends_first() -> None:
    hear, tell = os.pipe()
    told: list[str] = []

    def slow(_: Scope) -> Report:
        assert os.read(hear, 1)
        return report(gate="slow")

    def ended(each: Report) -> None:
        told.append(each.gate)
        os.write(tell, b"!")

    ran = run_gates([gate_of("slow", slow), gate_of("quick")], scope_of(Path()), _RULES, Watch(ended=ended))
    assert ([each.gate for each in ran], told) == (["slow", "quick"], ["quick", "slow"])


def test_gates_run_at_the_same_time() -> None:
    one, two = os.pipe(), os.pipe()

    def meets(hear: int, tell: int) -> Callable[[Scope], Report]:
        def judge(_: Scope) -> Report:
            os.write(tell, b"!")
            assert os.read(hear, 1)
            return report()

        return judge

    found = _run(gate_of("one", meets(one[0], two[1])), gate_of("two", meets(two[0], one[1])))
    assert {each.outcome for each in found.values()} == {Outcome.PASSED}


def test_no_more_gates_run_than_there_are_workers() -> None:
    running: set[str] = set()
    seen: list[int] = []

    def began(name: str) -> None:
        running.add(name)
        seen.append(len(running))

    watch = Watch(began, lambda each: running.remove(each.gate))
    rules = Rules(TickingClock(), workers=2, find=found_tool)
    run_gates([gate_of(f"g{n}") for n in range(6)], scope_of(Path()), rules, watch)
    assert (len(seen), max(seen)) == (6, 2)


def test_the_gate_that_took_longest_the_last_time_begins_first() -> None:
    began: list[str] = []
    rules = Rules(TickingClock(), workers=1, seconds={"a": 1.0, "b": 60.0, "c": 9.0}, find=found_tool)
    run_gates([gate_of(name) for name in "abc"], scope_of(Path()), rules, Watch(began=began.append))
    assert began == ["b", "c", "a"]


@pytest.mark.parametrize("error", [ToolError("no trivy here", "run tools/scanners"), OutputError("cut", "look")])
def test_a_gate_whose_program_failed_could_not_decide_and_the_others_stand(error: ToolError) -> None:
    found = _run(gate_of("bad", failing_with(error)), gate_of("good"))
    assert (found["bad"].outcome, found["bad"].reason, found["bad"].fix) == (
        Outcome.UNDECIDED,
        error.message,
        error.hint,
    )
    assert found["good"].outcome is Outcome.PASSED


def _hang(_: Scope) -> Report:
    """Backtrack for ages in one call that lets no other thread run."""
    re.match("(a*)*$", "a" * 60 + "b")
    return report()


def _die(_: Scope) -> Report:
    os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does where memory is short
    return report()


def _swell(_: Scope) -> Report:
    held = b"x" * 150_000_000
    for _try in range(int(_BOUND_S / 0.01)):
        time.sleep(0.01)
    return report(reason=str(len(held)))


@pytest.mark.parametrize(
    ("judge", "why"),
    [(_hang, "did not end within 1 s"), (_die, "SIGKILL"), (_swell, "bytes of memory")],
)
def test_a_gate_that_hangs_or_crashes_python_or_swells_could_not_decide_and_the_others_stand(
    judge: Callable[[Scope], Report], why: str
) -> None:
    bad = replace(gate_of("bad", judge), most_s=1.0 if judge is _hang else 60.0)
    held_bytes = int(Path("/proc/self/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    rules = Rules(TickingClock(), find=found_tool, memory_bytes=held_bytes + 75_000_000)
    found = _run(bad, gate_of("good"), rules=rules)
    assert [each.outcome for each in found.values()] == [Outcome.UNDECIDED, Outcome.PASSED]
    assert why in found["bad"].reason


def test_a_setting_says_when_a_gate_is_stopped() -> None:
    scope = scope_of(Path(), **{"run.gate_s": "0.5"})
    (stopped,) = run_gates([gate_of("one", _hang)], scope, _RULES)
    assert "did not end within 0.5 s" in stopped.reason


def test_a_gate_that_is_stopped_takes_its_programs_with_it(tmp_path: Path) -> None:
    def hangs(_: Scope) -> Report:
        run_tool(["sh", "-c", "echo $$ >new; mv new pid; exec sleep 600"], cwd=tmp_path)
        return report()

    stopped = _run(replace(gate_of("one", hangs), most_s=2.0))["one"]
    assert stopped.outcome is Outcome.UNDECIDED
    pid = tmp_path / "pid"
    # A machine may be too busy to begin it in two seconds.
    assert not pid.exists() or gone(int(pid.read_text(encoding="utf-8")))


def test_a_gate_whose_report_cannot_be_sent_could_not_decide() -> None:
    odd = replace(report(finding()), notes=(Lock(),))  # type: ignore[arg-type]  # what no report should hold
    found = _run(gate_of("odd", lambda _: odd), gate_of("good"))
    assert [each.outcome for each in found.values()] == [Outcome.UNDECIDED, Outcome.PASSED]


def test_a_long_report_comes_through_whole() -> None:
    many = report(*(finding(line=line, context=f"{line}" * 50) for line in range(1, 5000)))
    assert len(_run(gate_of("one", lambda _: many))["one"].findings) == 4999


@pytest.mark.parametrize("error", [KeyError("x"), RecursionError("deep"), SystemExit(0), AssertionError()])
def test_a_gate_that_crashes_could_not_decide_and_the_others_stand(error: BaseException) -> None:
    found = _run(gate_of("good"), gate_of("bad", failing_with(error)), gate_of("fine"))
    assert [each.outcome for each in found.values()] == [Outcome.PASSED, Outcome.UNDECIDED, Outcome.PASSED]
    assert type(error).__name__ in found["bad"].reason
    assert "fakes.py:" in found["bad"].reason


def test_a_gate_that_could_not_decide_keeps_what_it_found() -> None:
    cut = report(finding(), outcome=Outcome.UNDECIDED, reason="half was read")
    assert _run(gate_of("one", lambda _: cut))["one"].findings == (finding(),)


def test_a_pass_that_read_nothing_is_no_pass() -> None:
    blind = _run(gate_of("blind", lambda _: Report("blind", Outcome.PASSED)))["blind"]
    assert blind.outcome is Outcome.UNDECIDED
    assert "none of the 2 files" in blind.reason


def test_a_gate_that_is_for_none_of_the_files_is_skipped() -> None:
    asked: list[str] = []
    docker = gate_of("docker", looks_at=lambda path: path == "Dockerfile")
    (skipped,) = run_gates([docker], scope_of(Path()), _RULES, Watch(began=asked.append))
    assert (skipped.outcome, asked) == (Outcome.SKIPPED, [])


def test_a_gate_without_its_program_is_not_asked() -> None:
    asked: list[str] = []

    def find(name: str, scope: Scope) -> Found:
        if name == "gone":
            raise ToolError("gone is not on this machine", "run tools/scanners")
        return found_tool(name, scope)

    gates = [
        gate_of("lacking", tools=("here", "gone")),
        gate_of("lacking too", tools=("gone",)),
        gate_of("whole", tools=("here",)),
    ]
    found = run_gates(gates, scope_of(Path()), Rules(TickingClock(), find=find), Watch(began=asked.append))
    assert [each.outcome for each in found] == [Outcome.UNDECIDED, Outcome.UNDECIDED, Outcome.PASSED]
    assert {each.fix for each in found[:2]} == {"run tools/scanners"}
    assert asked == ["whole"]


def test_a_program_that_two_gates_share_is_asked_once_and_before_them(tmp_path: Path) -> None:
    tool = program(tmp_path, "trivy", "trivy 1.2.3")
    asked = tmp_path / "asked"
    tool.write_text(f"#!/bin/sh\necho it >>'{asked}'\necho 1.2.3\n", encoding="utf-8")

    def judge(scope: Scope) -> Report:
        return report(reason=find_tool("trivy", scope).tool.version + asked.read_text(encoding="utf-8"))

    gates = [gate_of("one", judge, tools=("trivy",)), gate_of("two", judge, tools=("trivy",))]
    scope = scope_of(tmp_path, **{"tools.trivy": str(tool)})
    ran = run_gates(gates, scope, Rules(TickingClock()))
    assert [each.reason for each in ran] == ["1.2.3it", "1.2.3it"]
    assert asked.read_text(encoding="utf-8") == "it\n"


def test_what_is_to_be_known_of_a_program_stands_in_the_report() -> None:
    def find(name: str, _: Scope) -> Found:
        return Found(Path("/bin/x"), Tool(name, "9.9.9"), ("x is 9.9.9, not the pinned 1.0.0",))

    noted = _run(gate_of("one", tools=("x",)), rules=Rules(TickingClock(), find=find))["one"]
    assert noted.notes == ("x is 9.9.9, not the pinned 1.0.0",)


def test_findings_that_are_alike_are_counted_so_that_their_fingerprints_differ() -> None:
    twice = report(finding(line=3), finding(line=9))
    found = _run(gate_of("one", lambda _: twice))["one"].findings
    assert [(each.place.line if each.place else 0, each.occurrence) for each in found] == [(3, 0), (9, 1)]
    assert len({each.fingerprint for each in found}) == 2


def test_a_finding_is_of_the_gate_that_gave_it() -> None:
    stray = report(finding(gate="another"))
    assert [each.gate for each in _run(gate_of("one", lambda _: stray))["one"].findings] == ["one"]


def test_the_seconds_are_those_of_the_gate() -> None:
    assert _run(gate_of("one"))["one"].seconds == pytest.approx(1.0)  # the clock ticks once between its two readings


def test_an_interrupt_ends_the_programs_that_run(tmp_path: Path) -> None:
    pid = tmp_path / "pid"

    def endless(_: Scope) -> Report:
        run_tool(["sh", "-c", f"echo $$ >'{pid}.new'; mv '{pid}.new' '{pid}'; exec sleep 600"], cwd=tmp_path)
        return report()

    def waits_for_it(_: Scope) -> Report:
        for _try in range(int(_BOUND_S / 0.01)):
            if pid.exists():
                break
            time.sleep(0.01)
        return report()

    def interrupt(_: Report) -> None:
        raise KeyboardInterrupt

    gates = [gate_of("endless", endless), gate_of("other", waits_for_it), gate_of("late", endless)]
    with pytest.raises(KeyboardInterrupt):
        run_gates(gates, scope_of(tmp_path), Rules(TickingClock(), workers=2), Watch(ended=interrupt))
    assert gone(int(pid.read_text(encoding="utf-8")))


def test_what_a_tool_repeats_of_a_file_cannot_write_to_the_terminal() -> None:
    nasty = report(finding(context="a\x1b[2Jb", path="a\udcff.t"))
    (clean,) = _run(gate_of("one", lambda _: nasty))["one"].findings
    assert clean.place
    assert (clean.context, clean.place.path) == (r"a\x1b[2Jb", r"a\udcff.t")


@settings(deadline=None)
@given(st.text(st.characters()))
def test_a_spelled_out_text_can_be_held_and_read_back(text: str) -> None:
    plain = spelled(text)
    assert plain.isprintable()
    assert canonical_json(plain)
    if "\\" not in text:
        assert ast.literal_eval(f'"{plain.replace(chr(34), chr(92) + chr(34))}"') == text


@settings(deadline=None)
@given(st.text(st.characters()))
def test_whatever_a_tool_says_a_finding_is_one_line(text: str) -> None:
    said = report(replace(finding(), rule=text, message=text, fix=text))
    (clean,) = judged(gate_of("one", lambda _: said), scope_of(Path())).findings
    for line in (clean.rule, clean.message, clean.fix):
        assert line.isprintable()
        assert canonical_json(line)
