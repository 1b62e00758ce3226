"""What measures, on a real device: faults that are planted are found, and what is right is not called wrong."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from dynamic_engines import Device, Precision, open_device
from dynamic_engines.library import Kernel
from dynamic_engines.library.tuning.bench import DeviceBench
from dynamic_engines.library.tuning.errors import ChoiceDiedError, TuningError
from dynamic_engines.library.tuning.model import Choice, Probe, Sample, Verdict, choices_of
from dynamic_engines.library.tuning.worker import Plan, Worker
from dynamic_engines.memory import Buffer, Buffers
from tests.dynamic_engines.library.tuning.fakes import POCL
from tests.dynamic_engines.library.tuning.planted import GROUP, REORDERED, SIGNED, UNBUILT, fatal, kernel

ONE, TWO, FOUR = ((("GROUP", size),) for size in (1, 2, 4))


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    with open_device() as opened:
        yield opened


def probed(device: Device, planted: Kernel, choice: Choice, precision: Precision = Precision.FLOAT32) -> Probe:
    with DeviceBench(device, planted, precision, seed=3, share=0.001) as bench:
        assert bench.probe(ONE) == Probe(Verdict.SAME)
        return bench.probe(choice)


@pytest.mark.parametrize("precision", Precision)
def test_an_order_of_sums_that_follows_a_size_is_found_and_the_first_case_named(
    device: Device, precision: Precision
) -> None:
    found = probed(device, kernel(REORDERED), TWO, precision)
    assert found.verdict is Verdict.DIFFERENT
    assert "sum[0] is " in found.reason
    assert ", by default " in found.reason


def test_the_sign_of_zero_is_a_difference(device: Device) -> None:
    found = probed(device, kernel(SIGNED), TWO)
    assert found.verdict is Verdict.DIFFERENT
    assert "sum[0] is -0.0, by default 0.0" in found.reason
    assert probed(device, kernel(SIGNED), FOUR).verdict is Verdict.SAME


def test_a_choice_that_does_not_build_is_refused_with_what_the_compiler_said(device: Device) -> None:
    found = probed(device, kernel(UNBUILT), TWO)
    assert found.verdict is Verdict.REFUSED
    assert found.reason.startswith("does not build: ")
    assert "not with two" in found.reason


def test_a_group_that_the_device_cannot_have_is_refused(device: Device) -> None:
    too_many = 2 * device.info.max_work_group
    found = probed(device, kernel(SIGNED, local=lambda group: too_many if group == 4 else 1), FOUR)
    assert found.verdict is Verdict.REFUSED
    assert found.reason.startswith("does not launch: ")


def test_the_inputs_are_sent_once_for_all_choices_and_clocks_are_read_around_launches_only(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []
    upload = Buffers.upload

    def counted(self: Buffers, name: str, *rest: Any) -> Buffer:
        sent.append(name)
        return upload(self, name, *rest)

    monkeypatch.setattr(Buffers, "upload", counted)
    readings = iter(range(1000))

    def read() -> Sample:
        now = next(readings)
        return Sample(now, now / 2)

    with DeviceBench(device, kernel(SIGNED), Precision.FLOAT32, 3, 0.001, read) as bench:
        assert [bench.time(choice) for choice in (ONE, TWO, ONE)] == [Sample(1.0, 0.5)] * 3
    assert sent == ["x"]
    # A pair for how many launches a measurement takes, and one for each measurement.
    assert next(readings) == 8


def test_a_crash_costs_one_choice_and_the_next_is_measured() -> None:
    (name,) = (each.name for each in fatal())
    with Worker(Plan(fatal, "", 3, 0.001, timeout_s=120)) as worker:
        bench = worker.bench(name, Precision.FLOAT32)
        with pytest.raises(ChoiceDiedError, match=r"the process died \(SIGSEGV"):
            bench.probe(TWO)
        assert bench.probe(ONE) == Probe(Verdict.SAME)
        assert bench.time(ONE).wall_s > 0


def test_a_hang_is_ended() -> None:
    (name,) = (each.name for each in fatal())
    with Worker(Plan(fatal, "", 3, 0.001, timeout_s=0.3)) as worker:
        with pytest.raises(ChoiceDiedError, match=r"no answer in 0\.3 s"):
            worker.bench(name, Precision.FLOAT32).time(FOUR)
        assert not worker._process.runs


def test_a_device_that_is_gone_is_no_fault_of_a_choice() -> None:
    said = r"does not start \(the process stopped \(no OpenCL device is called 'no such device'"
    plan = Plan(fatal, "no such device", 3, 0.001, timeout_s=5)
    with Worker(plan) as worker, pytest.raises(TuningError, match=said):
        worker.bench("reductions/sum", Precision.FLOAT32).probe(ONE)


def test_the_choices_are_all_combinations_with_the_default_of_the_kind_first() -> None:
    knobs = (GROUP,)
    for info, first in ((POCL, 1), (replace(POCL, type="gpu"), 64)):
        choices = choices_of(knobs, info)
        assert choices[0] == (("GROUP", first),)
        assert {dict(choice)["GROUP"] for choice in choices} == {first, *knobs[0].choices}
        assert len(set(choices)) == len(choices)
