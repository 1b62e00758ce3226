"""The table of indicators. A new one is one file beside this one, its test, one row here; a kernel where it pays."""

from dynamic_ta.indicators.atr import ATR
from dynamic_ta.indicators.bollinger import BOLLINGER
from dynamic_ta.indicators.ema import EMA
from dynamic_ta.indicators.macd import MACD
from dynamic_ta.indicators.model import Indicator
from dynamic_ta.indicators.rsi import RSI
from dynamic_ta.indicators.sma import SMA

INDICATORS: tuple[Indicator, ...] = (
    ATR,
    BOLLINGER,
    EMA,
    MACD,
    RSI,
    SMA,
)

__all__ = ["INDICATORS"]
