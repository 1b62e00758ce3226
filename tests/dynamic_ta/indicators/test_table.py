"""What every row of the table promises, whatever it computes."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from dynamic_engines import Device, Precision, load_kernel
from dynamic_ta import INDICATORS, Indicator, IndicatorInputError, Kernel, Lines
from tests.dynamic_ta.indicators.judges import check_device
from tests.dynamic_ta.indicators.markets import COLUMNS, inputs, random, real

_MEANS = [row for row in INDICATORS if row.name in {"ema", "sma"}]
_ROWS = [pytest.param(row, id=row.name) for row in INDICATORS]
_KERNELS = [pytest.param(row, row.kernel, id=row.name) for row in INDICATORS if row.kernel is not None]
_PLAIN = [pytest.param(row, id=row.name) for row in INDICATORS if row.kernel is None]


def _forms(row: Indicator, device: Device) -> list[Callable[[Lines], Lines]]:
    """Return the oracle and, if there is a kernel, the device in both precisions, all at the defaults."""
    oracle: Callable[[Lines], Lines] = partial(row.oracle, settings=row.defaults)
    if row.kernel is None:
        return [oracle]
    on_device = [partial(row.on_device, device, settings=row.defaults, precision=precision) for precision in Precision]
    return [oracle, *on_device]


def test_the_names_are_unique_and_in_order() -> None:
    names = [row.name for row in INDICATORS]
    assert names == sorted(set(names))


@pytest.mark.parametrize("row", _ROWS)
def test_the_row_has_known_inputs_and_defaults_in_range(row: Indicator) -> None:
    assert set(row.inputs) <= set(COLUMNS)
    assert len(set(row.outputs)) == len(row.outputs) == len(row.warm_up(row.defaults))
    assert len(row.outputs) > 1 or row.outputs == (row.name,)
    assert row.title
    for parameter in row.parameters:
        assert parameter.default >= parameter.least
        assert parameter.doc


@pytest.mark.parametrize(("row", "kernel"), _KERNELS)
def test_a_kernel_has_the_name_of_its_row_and_a_bound_with_a_source(row: Indicator, kernel: Kernel) -> None:
    assert load_kernel(kernel.name).entry == row.name
    assert kernel.bound_source


@pytest.mark.parametrize("row", _PLAIN)
def test_a_row_without_a_kernel_says_so(device: Device, row: Indicator) -> None:
    lines = inputs(row, random(200))
    calls: tuple[Callable[[], object], ...] = (
        lambda: row.on_device(device, lines, row.defaults, Precision.FLOAT64),
        lambda: row.error_bound(lines, row.defaults, Precision.FLOAT64),
        lambda: row.cost_of(lines, row.defaults, Precision.FLOAT64),
    )
    for call in calls:
        with pytest.raises(IndicatorInputError, match=f"{row.name} has no kernel: compute it in NumPy"):
            call()


@pytest.mark.parametrize("row", _ROWS)
def test_on_real_prices_only_the_warm_up_has_no_value(row: Indicator) -> None:
    lines = row.oracle(inputs(row, real()), row.defaults)
    for name, line, warm_up in zip(row.outputs, lines, row.warm_up(row.defaults), strict=True):
        assert line.dtype == np.float64
        assert np.flatnonzero(~np.isfinite(line)).tolist() == list(range(warm_up)), name


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("name", ["sp500", "nasdaq"])
@pytest.mark.parametrize(("row", "kernel"), _KERNELS)
def test_on_real_prices_the_device_is_within_a_bound_that_means_something(
    device: Device, row: Indicator, kernel: Kernel, name: str, precision: Precision
) -> None:
    lines = inputs(row, real(name))
    check_device(row, device, lines, row.defaults, precision)
    bounds = row.error_bound(lines, row.defaults, precision)
    for line, bound in zip(row.oracle(lines, row.defaults), bounds, strict=True):
        # One that is not far below what the line does would say nothing.
        most = np.broadcast_to(bound, line.shape)[~np.isnan(line)]
        assert np.median(most) < float(np.nanstd(line)) * (1e-3 if precision is Precision.FLOAT32 else 1e-11)


@pytest.mark.parametrize("row", _ROWS)
def test_one_bar_more_than_the_warm_up_has_a_value_and_one_fewer_is_refused(device: Device, row: Indicator) -> None:
    bars = max(row.warm_up(row.defaults)) + 1
    enough, short = inputs(row, random(bars)), inputs(row, random(bars - 1))
    for compute in _forms(row, device):
        assert all(np.isfinite(line[-1]) for line in compute(enough))
        with pytest.raises(IndicatorInputError, match=f"does not fit {bars - 1} bars"):
            compute(short)


@pytest.mark.parametrize("row", _ROWS)
def test_a_bad_value_in_any_input_is_named_with_its_bar(device: Device, row: Indicator) -> None:
    for at, name in enumerate(row.inputs):
        lines = [line.copy() for line in inputs(row, random(200))]
        lines[at][150] = np.nan
        lines[at][160] = np.inf
        for compute in _forms(row, device):
            with pytest.raises(IndicatorInputError, match=f"{name} is nan at bar 150"):
                compute(tuple(lines))


@pytest.mark.parametrize("row", _ROWS)
def test_empty_inputs_and_a_wrong_number_of_anything_are_refused(row: Indicator) -> None:
    lines = inputs(row, random(200))
    with pytest.raises(IndicatorInputError, match="does not fit 0 bars"):
        row.oracle(tuple(line[:0] for line in lines), row.defaults)
    with pytest.raises(IndicatorInputError, match="input lines, not"):
        row.oracle((*lines, lines[0]), row.defaults)
    with pytest.raises(IndicatorInputError, match="settings, not"):
        row.oracle(lines, (*row.defaults, 3))
    for at, parameter in enumerate(row.parameters):
        if isinstance(parameter.default, int):
            with pytest.raises(IndicatorInputError, match=r"is 2\.5 bars"):
                row.oracle(lines, (*row.defaults[:at], 2.5, *row.defaults[at + 1 :]))


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize(("row", "kernel"), _KERNELS)
def test_the_cost_is_each_array_once_and_grows_with_the_bars(
    row: Indicator, kernel: Kernel, precision: Precision
) -> None:
    lines, twice = inputs(row, random(200)), inputs(row, random(400))
    cost = row.cost_of(lines, row.defaults, precision)
    arrays = (*lines, *row.oracle(lines, row.defaults))
    assert cost.bytes_moved == sum(line.astype(precision.dtype).nbytes for line in arrays)
    assert row.cost_of(twice, row.defaults, precision).operations == 2 * cost.operations > 0


def test_the_operations_of_the_simplest_are_counted_by_hand() -> None:
    """A mean takes x - y, times the weight, plus y; a moving one what comes, what leaves, and the division."""
    counted = {row.name: row.cost_of((np.ones(10),), row.defaults, Precision.FLOAT32).operations for row in _MEANS}
    assert counted == {"ema": 30, "sma": 30}


@pytest.mark.parametrize("row", [row for row in INDICATORS if len(row.inputs) > 1], ids=lambda row: row.name)
def test_inputs_of_different_lengths_are_refused(row: Indicator) -> None:
    first, *others = inputs(row, random(200))
    with pytest.raises(IndicatorInputError, match="has 199 bars"):
        row.oracle((first, *(line[1:] for line in others)), row.defaults)


@pytest.mark.parametrize("row", _ROWS)
def test_a_setting_below_its_least_is_refused(row: Indicator) -> None:
    lines = inputs(row, random(200))
    for at, parameter in enumerate(row.parameters):
        low = [*row.defaults]
        low[at] = parameter.least - 1
        with pytest.raises(IndicatorInputError, match=parameter.name):
            row.oracle(lines, tuple(low))


@pytest.mark.parametrize("row", _ROWS)
def test_prices_in_another_unit_scale_a_line_or_leave_it(row: Indicator) -> None:
    """By a power of two, so bit for bit."""
    market = random(400)
    other = {name: line if name == "volume" else 4 * line for name, line in market.items()}
    whole, moved = (row.oracle(inputs(row, prices), row.defaults) for prices in (market, other))
    for name, line, scaled in zip(row.outputs, whole, moved, strict=True):
        ratio = scaled[np.nonzero(line)[0][-1]] / line[np.nonzero(line)[0][-1]]
        assert ratio in {1, 4}, name
        np.testing.assert_array_equal(scaled, ratio * line, err_msg=name)
