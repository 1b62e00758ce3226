"""TA-Lib's C library judges the rows without a kernel: the same warm-up, and the same values but for roundings.

Rows with a kernel are judged in the tests of their own name. Where a row departs from TA-Lib on purpose, its own test
shows the difference; on these prices there is none.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import talib

from dynamic_ta import INDICATORS, Lines, Settings
from dynamic_ta.indicators.model import F64
from tests.dynamic_ta.indicators.judges import farthest
from tests.dynamic_ta.indicators.markets import inputs, random, real

_ROWS = {row.name: row for row in INDICATORS}
_MARKETS = {"sp500": real("sp500"), "nasdaq": real("nasdaq"), "random": random(4099)}
_PERIODS = ((2,), (3,), (14,), (200,))


@dataclass(frozen=True, slots=True)
class Judge:
    """What TA-Lib calls a row, and how far its running sums may have drifted from it in 5,000 bars.

    Parameters
    ----------
    tolerance : absolute, in the unit of the lines. Closes reach 5,000, of which a rounding is 5e-13; TA-Lib's WMA sums
        a window of them and rounds 5,000 times.
    """

    call: Callable[..., F64 | tuple[F64, ...]]
    settings: tuple[Settings, ...]
    tolerance: float


_JUDGES = {
    "wma": Judge(talib.WMA, ((1,), *_PERIODS), 1e-9),
    "dema": Judge(talib.DEMA, ((1,), *_PERIODS), 1e-11),
    "tema": Judge(talib.TEMA, ((1,), *_PERIODS), 1e-11),
    "kama": Judge(talib.KAMA, _PERIODS, 1e-10),
    "trix": Judge(talib.TRIX, ((1,), *_PERIODS), 1e-12),
    "natr": Judge(talib.NATR, _PERIODS, 1e-12),
    "adx": Judge(
        lambda *bars: (talib.ADX(*bars), talib.PLUS_DI(*bars), talib.MINUS_DI(*bars)),
        _PERIODS,
        1e-10,
    ),
    "stoch": Judge(
        lambda high, low, close, *periods: talib.STOCH(
            high, low, close, fastk_period=periods[0], slowk_period=periods[1], slowd_period=periods[2]
        ),
        ((5, 3, 3), (14, 1, 5), (2, 3, 1), (1, 1, 1), (200, 20, 30)),
        1e-10,
    ),
    "stochrsi": Judge(
        lambda close, *periods: talib.STOCHRSI(
            close, timeperiod=periods[0], fastk_period=periods[1], fastd_period=periods[2]
        ),
        ((14, 5, 3), (14, 14, 3), (2, 1, 1), (3, 30, 5)),
        1e-10,
    ),
    # In a window of two prices the deviation may be thousandths, and the roundings of both prices are divided by it.
    "cci": Judge(talib.CCI, _PERIODS, 1e-7),
    "willr": Judge(talib.WILLR, _PERIODS, 1e-11),
    "mfi": Judge(talib.MFI, _PERIODS, 1e-9),
}


@pytest.mark.parametrize(
    ("name", "settings"), [(name, settings) for name, judge in _JUDGES.items() for settings in judge.settings], ids=str
)
@pytest.mark.parametrize("market", _MARKETS)
def test_talib_agrees_and_its_warm_up_is_as_long(market: str, name: str, settings: Settings) -> None:
    row, judge = _ROWS[name], _JUDGES[name]
    lines = inputs(row, _MARKETS[market])
    found = judge.call(*lines, *settings)
    expected: Lines = found if isinstance(found, tuple) else (found,)
    got = row.oracle(lines, settings)
    assert farthest(got, expected) <= judge.tolerance
    for line, warm_up in zip(expected, row.warm_up(settings), strict=True):
        assert line[warm_up] == line[warm_up]
