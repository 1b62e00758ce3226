"""When a recorded cell is no longer to be trusted, and what is said of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dynamic_engines.matrix import Status
from dynamic_engines.matrix.staleness import Present, why_stale
from tests.dynamic_engines.matrix.recorded import CELL, DEVICE, RECORDED, cell

PRESENT = Present(RECORDED + timedelta(days=29), (DEVICE,), {"rolling/sma": "d1"})


def test_a_cell_of_this_kernel_on_this_driver_is_not_stale() -> None:
    assert why_stale(CELL, RECORDED, PRESENT) == ""


@pytest.mark.parametrize(
    ("present", "why"),
    [
        ({"digests": {"rolling/sma": "d2"}}, "the kernel was changed"),
        ({"digests": {"rolling/sum": "d1"}}, "the kernel is gone"),
        ({"devices": ()}, "the device is not here"),
        ({"devices": (replace(DEVICE, name="Ryzen"),)}, "the device is not here"),
        ({"devices": (replace(DEVICE, platform="Portable Computing Language"),)}, "the device is not here"),
        ({"devices": (replace(DEVICE, driver_version="2027.1"),)}, "the driver is Intel(R) OpenCL 2027.1 now"),
        ({"now": RECORDED + timedelta(days=30, seconds=1)}, "30 days old"),
        ({"now": RECORDED + timedelta(days=400)}, "400 days old"),
        ({"now": RECORDED - timedelta(days=2)}, "it is dated later than now"),
    ],
)
def test_what_has_changed_since_is_named(present: dict[str, Any], why: str) -> None:
    assert why_stale(CELL, RECORDED, replace(PRESENT, **present)) == why


def test_one_of_two_drivers_of_a_device_is_enough() -> None:
    both = (replace(DEVICE, driver_version="2027.1"), DEVICE)
    assert why_stale(CELL, RECORDED, replace(PRESENT, devices=both)) == ""


def test_the_greatest_age_is_the_callers() -> None:
    held = replace(PRESENT, now=RECORDED + timedelta(days=8))
    assert why_stale(CELL, RECORDED, held) == ""
    assert why_stale(CELL, RECORDED, replace(held, max_age=timedelta(days=7))) == "8 days old"


def test_an_engine_that_was_missing_is_stale_once_it_is_here() -> None:
    missing = cell(device="", driver="", status=Status.NOT_PRESENT)
    assert why_stale(missing, RECORDED, PRESENT) == "the engine is here now"
    assert why_stale(missing, RECORDED, replace(PRESENT, devices=())) == ""
