"""The device trades as the oracle does, pair for pair and bar for bar, on every shape of series."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_base import ExitCode
from dynamic_engines import Cost, Device, DeviceMemoryError, build, load_kernel, open_device
from dynamic_ta.backtest import (
    BacktestInputError,
    Rules,
    Sweep,
    Trade,
    UnsupportedDeviceError,
    UnsupportedSeriesError,
    certify,
    checksum_of,
    pairs_of,
    run_backtest,
    sweep_cost,
    sweep_opencl,
    window_range,
)
from dynamic_ta.backtest import slabs as slabs_module
from dynamic_ta.backtest import sweep as sweep_module
from dynamic_ta.backtest.certify import marks_of
from dynamic_ta.backtest.signals import exact_sums
from dynamic_ta.backtest.slabs import BLOCK, TILE, slabs, wide_sums
from dynamic_ta.backtest.sweep import TOLERANCE
from dynamic_ta.data import Bars, read_bars
from tests.dynamic_ta.backtest.series import bars_of, grid, shapes, walk

PAIRS = grid((1, 2, 3, 7, 20, 49), (2, 5, 10, 31, 64, 100, 197))


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    with open_device() as opened:
        yield opened


def agreed(device: Device, bars: Bars, pairs: npt.NDArray[np.int64], rules: Rules | None = None) -> Sweep:
    """Return a sweep after holding every pair's trades and statistics to the oracle's."""
    rules = rules or Rules()
    sweep = sweep_opencl(device, bars, pairs, rules)
    np.testing.assert_array_equal(np.stack((sweep.fast, sweep.slow), axis=1), pairs)
    assert certify(sweep, bars, rules, range(len(pairs)), TOLERANCE) == ()
    return sweep


def test_every_pair_of_the_sp500_trades_as_the_oracle(device: Device) -> None:
    sweep = agreed(device, read_bars("sp500"), grid(range(2, 51, 4), range(10, 201, 9)))
    assert sweep.trades.sum() > 10_000
    assert not sweep.recomputed.any()


@pytest.mark.parametrize("shape", shapes(8))
def test_every_shape_of_series_trades_as_the_oracle(device: Device, shape: str) -> None:
    agreed(device, shapes(2011)[shape], PAIRS)


@pytest.mark.parametrize("bars", [2, 3, 31, 32, 63, 64, 65, 509, 255, 256, 257, 1023, 1024, 1025, 8191, 8192, 8193])
def test_no_number_of_bars_is_special(device: Device, bars: int) -> None:
    windows = [w for w in (1, 2, 3, 17, 64, 65, bars - 1, bars) if 1 <= w <= bars]
    agreed(device, walk(bars, bars), grid(sorted(set(windows)), sorted(set(windows))))


def test_twenty_thousand_bars_over_several_slabs(device: Device) -> None:
    sweep = agreed(device, walk(20_011, 5), grid((2, 3, 13, 47), (10, 64, 199)))
    assert sweep.trades.max() > 1000


@settings(deadline=None, max_examples=40)
@given(
    prices=st.lists(st.tuples(st.sampled_from([1.0, 1.1, 2.0, 3.3, 4.7]), st.floats(0.1, 9)), min_size=3, max_size=150),
    fee_bps=st.sampled_from([0.0, 5.0, 300.0, 9999.0]),
)
def test_small_series_full_of_ties_trade_as_the_oracle(
    device: Device, prices: list[tuple[float, float]], fee_bps: float
) -> None:
    bars = bars_of([close for close, _ in prices], [opened for _, opened in prices])
    windows = [w for w in (1, 2, 3, 5, 8, 13) if w <= bars.n_bars]
    agreed(device, bars, grid(windows, windows), Rules(fee_bps))


def test_a_flat_series_is_never_traded(device: Device) -> None:
    for price in (0.1, 1 / 3, 1234.56):
        sweep = agreed(device, bars_of(np.full(3000, price)), PAIRS)
        assert not sweep.trades.any()
        assert not sweep.open_trade.any()
        assert not sweep.checksum.any()
        assert np.isnan(sweep.sharpe).all()


def test_a_difference_far_below_float32_still_decides(device: Device) -> None:
    """One unit in the last place of one close: in float32, and in most float64 sums, both averages are equal."""
    close = np.full(1200, 1e6)
    close[700] = np.nextafter(1e6, 2e6)
    sweep = agreed(device, bars_of(close), grid((3, 10), (30, 100)))
    assert sweep.trades.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("fee_bps", [0, 9999])
def test_fees_from_none_to_nearly_all(device: Device, fee_bps: float) -> None:
    agreed(device, walk(1500, 7), PAIRS, Rules(fee_bps))
    agreed(device, shapes(1500)["alternating"], PAIRS, Rules(fee_bps))


def test_a_quiet_trade_beside_a_wild_past_is_recomputed(device: Device) -> None:
    """The running sums hold squares of 1e6, the trade's are 1e-18: their difference has no digit left."""
    at = np.arange(400)
    close = np.where(at < 200, np.where(at % 2, 1000.0, 1.0), 1.0)
    close[300:] = 1 + 1e-9 * np.arange(100)
    sweep = agreed(device, bars_of(close), grid((3, 180), (190, 200)), Rules(0))
    assert sweep.recomputed.any()


def test_more_pairs_than_one_launch_takes_and_slabs_of_one_tile(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars = walk(2500, 8)
    whole = sweep_opencl(device, bars, PAIRS, Rules())
    monkeypatch.setattr(sweep_module, "_PAIRS_AT_ONCE", 7)
    monkeypatch.setattr(slabs_module, "_MOST_BYTES", 1)
    told: list[tuple[int, int]] = []
    parts = sweep_opencl(device, bars, PAIRS, Rules(), lambda done, of: told.append((done, of)))
    assert told == [(n, 3 * -(-len(PAIRS) // 7)) for n in range(1, 3 * -(-len(PAIRS) // 7) + 1)]
    np.testing.assert_array_equal(whole.checksum, parts.checksum)
    np.testing.assert_allclose(whole.sharpe, parts.sharpe, rtol=1e-12)
    np.testing.assert_allclose(whole.max_drawdown, parts.max_drawdown, rtol=1e-12)


def test_the_order_and_the_company_of_a_pair_change_nothing(device: Device) -> None:
    bars = walk(1500, 9)
    shuffled = np.random.default_rng(0).permutation(len(PAIRS))
    one, other = (sweep_opencl(device, bars, pairs, Rules()) for pairs in (PAIRS, PAIRS[shuffled]))
    np.testing.assert_array_equal(one.checksum[shuffled], other.checksum)
    np.testing.assert_array_equal(one.sharpe[shuffled], other.sharpe)


def test_what_comes_later_leaves_the_past_as_it_was(device: Device) -> None:
    bars, other = walk(1500, 10), walk(1500, 11)
    first = sweep_opencl(device, bars_of(bars.close[:700], bars.open[:700]), PAIRS, Rules())
    assert first.trades.sum() > 0
    for tail in (bars, other):
        mixed = bars_of(np.r_[bars.close[:700], tail.close[700:]], np.r_[bars.open[:700], tail.open[700:]])
        longer = sweep_opencl(device, mixed, PAIRS, Rules())
        assert (longer.trades >= first.trades).all()


@pytest.mark.parametrize("tail", ["walk", "cents", "coarse", "two ties", "spikes"])
def test_averages_keep_to_the_bound_that_decides_what_is_near(tail: str) -> None:
    """Each integer average, and the float64 difference behind it, against exact numbers at some bars of each block."""
    bars = shapes(1300)[tail]
    sums = exact_sums(bars.close)
    unit = Fraction(bars.close[0]) / int(sums[1])
    worst = 0.0
    for slab in slabs(bars.close, np.log(bars.close), 200, 1):
        for at in range(0, min(TILE, bars.n_bars - slab.start), 13):
            block, i = divmod(at, BLOCK)
            bar = slab.start + at
            base, scale = Fraction(slab.base[block]), slab.scale[block]
            steps = slab.steps[block].T.ravel()
            end = steps.size - BLOCK + i
            means = {}
            for window in (1, 2, 7, 50, 200):
                if window > bar + 1 or scale == 0:
                    continue
                sum_of = steps[end] - steps[end - window]
                exact = int(sums[bar + 1] - sums[bar + 1 - window]) * unit - window * base
                got = int(sum_of * (scale / window) + 16384.5) - 2**14
                worst = max(worst, abs(got - float(exact / window) * scale))
                means[window] = sum_of, exact
            for fast, slow in itertools.combinations(means, 2):
                off = (means[fast][0] * slow - means[slow][0] * fast) - float(
                    means[fast][1] * slow - means[slow][1] * fast
                )
                assert abs(off) <= slab.slack[block] * fast * slow
    assert 0 < worst <= 0.5 + 2.0**-17


@settings(deadline=None)
@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=50))
def test_wide_sums_are_the_integers_of_python(values: list[float]) -> None:
    close = np.array(values)
    wide = wide_sums(close, 50)
    assert [int(low) + (int(high) << 64) for low, high in wide] == exact_sums(close).tolist()


def test_the_device_compares_wide_sums_as_python_does(device: Device) -> None:
    """Near ties around every multiple of 2**64, where a lost carry would turn the answer."""
    source = load_kernel("backtest/sma_cross")
    text = """
    __kernel void compare(const uint n, __global const ulong2 *sums, __global const uint *fast, __global uint *above)
    {
        const uint i = get_global_id(0);
        if (i < n) above[i] = is_above(sums + 4 * i, 2, fast[i], 3);
    }
    """
    cases = [
        (fast, fast * mean + more, 3 * mean + 3 * more - off)
        for fast in (1, 2)
        for multiple in (0, 1, 2, 5, 2**31, 2**45 + 1)
        for mean in (multiple * 2**64 // (3 * fast) + near for near in (2, 3, 4, 7))
        for more in (0, 1)
        for off in (-1, 0, 1)
    ]
    sums = np.zeros((len(cases), 4, 2), np.uint64)
    for row, (fast, fast_sum, slow_sum) in zip(sums, cases, strict=True):
        for at, value in ((3, slow_sum), (3 - fast, slow_sum - fast_sum)):
            row[at] = value % 2**64, value >> 64
    program = build(device, replace(source, text=source.text + text), {})
    with device.buffers() as memory:
        above = memory.empty((len(cases),), np.uint32)
        program.run(
            len(cases),
            np.uint32(len(cases)),
            memory.upload("sums", sums, np.uint64, 3),
            memory.upload("fast", np.array([case[0] for case in cases], np.uint32), np.uint32),
            above,
            entry="compare",
        )
        got = memory.download(above).tolist()
    assert got == [3 * fast_sum > fast * slow_sum for fast, fast_sum, slow_sum in cases]
    assert 0 < sum(got) < len(got)


def test_closes_of_too_many_magnitudes_are_refused(device: Device) -> None:
    close = np.r_[np.full(50, 1e-12), np.full(50, 1e12)]
    with pytest.raises(UnsupportedSeriesError, match="bits to be added exactly, not 126"):
        sweep_opencl(device, bars_of(close), grid((2,), (5,)), Rules())


@pytest.mark.parametrize("unit", [2.0**-908, 2.0**895])
def test_prices_at_the_ends_of_float64_are_refused_by_oracle_and_device(device: Device, unit: float) -> None:
    bars = bars_of(walk(100, 0).close * unit)
    for attempt in (
        lambda: run_backtest(bars, 2, 5, Rules()),
        lambda: sweep_opencl(device, bars, grid((2,), (5,)), Rules()),
    ):
        with pytest.raises(UnsupportedSeriesError, match="give the prices in another unit"):
            attempt()


def test_a_device_without_float64_is_refused() -> None:
    with open_device() as single:
        single.info = replace(single.info, fp64=False)
        with pytest.raises(UnsupportedDeviceError, match="does not compute in float64") as caught:
            sweep_opencl(single, walk(100, 0), grid((2,), (5,)), Rules())
    assert caught.value.exit_code == ExitCode.UNDECIDED


def test_a_series_larger_than_the_device_is_a_typed_error() -> None:
    with open_device() as small:
        small.info = replace(small.info, global_memory_bytes=9000)
        with pytest.raises(DeviceMemoryError):
            sweep_opencl(small, walk(1000, 0), grid((2,), (5,)), Rules())


@pytest.mark.parametrize(("pairs", "message"), [([], "no pair"), ([(5, 5)], "fast 5"), ([(2, 101)], "101 bars")])
def test_pairs_that_do_not_fit_are_refused(device: Device, pairs: list[tuple[int, int]], message: str) -> None:
    with pytest.raises(BacktestInputError, match=message):
        sweep_opencl(device, walk(100, 0), np.array(pairs, np.int64).reshape(-1, 2), Rules())


def test_a_wrong_sweep_does_not_pass_its_check(device: Device) -> None:
    bars = walk(900, 12)
    pairs = grid((2, 5), (20,))
    for name in ("sharpe", "total_return", "max_drawdown", "win_rate", "exposure", "trades", "checksum"):
        sweep = sweep_opencl(device, bars, pairs, Rules())
        column = getattr(sweep, name)
        column[1] += column.dtype.type(1) if column.dtype.kind in "iu" else 1e-8
        found = certify(sweep, bars, Rules(), (0, 1), TOLERANCE)
        assert [(wrong.fast, wrong.slow) for wrong in found] == [(5, 20)]
        assert name in found[0].what


def test_the_checksum_tells_one_list_of_trades_from_another() -> None:
    def trades(*bars: tuple[int, int]) -> Sequence[Trade]:
        return [Trade(first, last, 1, 1, 1) for first, last in bars]

    lists = [trades((2, 3)), trades((2, 4)), trades((3, 4)), trades((2, 3), (5, 6)), trades((2, 5), (3, 6))]
    assert len({checksum_of(one) for one in lists}) == len(lists)
    assert checksum_of([]) == 0


def test_marks_are_what_splitmix64_draws_from_the_seed_0() -> None:
    """The numbers that prngs of other projects publish as theirs, e.g. for seeding xoshiro256."""
    drawn = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC, 0x1B39896A51A8749B]
    assert marks_of(np.arange(1, 6, dtype=np.uint64)).tolist() == drawn


def test_opens_too_far_from_closes_for_a_ratio_are_left_to_the_oracle(device: Device) -> None:
    bars = walk(300, 13)
    far = bars_of(bars.close * 2.0**-890, np.where(np.arange(300) % 40 == 20, 2.0**890, bars.open * 2.0**-890))
    assert agreed(device, far, grid((2, 7), (20, 50))).recomputed.all()


@pytest.mark.parametrize(("text", "windows"), [("5", [5]), ("2:4", [2, 3, 4]), (" 10:21:5", [10, 15, 20])])
def test_a_range_holds_both_ends(text: str, windows: list[int]) -> None:
    assert list(window_range(text)) == windows


@pytest.mark.parametrize("text", ["", "a", "0:5", "5:2", "1:5:0", "1:2:3:4", "-1:5", "1.5:3"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(BacktestInputError, match="window"):
        window_range(text)


def test_pairs_are_those_with_the_fast_below_the_slow() -> None:
    assert pairs_of(range(2, 5), range(3, 5)).tolist() == [[2, 3], [2, 4], [3, 4]]
    with pytest.raises(BacktestInputError, match="no fast window is below"):
        pairs_of(range(5, 7), range(2, 6))
    with pytest.raises(BacktestInputError, match="keep to"):
        pairs_of(range(1, 10_000), range(1, 10_000))


def test_two_windows_and_their_one_pair_over_ten_bars_cost_at_least_what_is_counted_by_hand() -> None:
    """20 prices in and 7 numbers out, 8 bytes each; two averages of 3 operations and one comparison a bar."""
    assert sweep_cost(10, 2, 1) == Cost(8 * 27, 70)
