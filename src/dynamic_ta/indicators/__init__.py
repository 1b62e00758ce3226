"""The table of indicators. A new one is one file beside this one, its test, one row here; a kernel where it pays."""

from dynamic_ta.indicators.adx import ADX
from dynamic_ta.indicators.atr import ATR
from dynamic_ta.indicators.bollinger import BOLLINGER
from dynamic_ta.indicators.cci import CCI
from dynamic_ta.indicators.dema import DEMA
from dynamic_ta.indicators.ema import EMA
from dynamic_ta.indicators.kama import KAMA
from dynamic_ta.indicators.macd import MACD
from dynamic_ta.indicators.mfi import MFI
from dynamic_ta.indicators.model import Indicator
from dynamic_ta.indicators.natr import NATR
from dynamic_ta.indicators.rsi import RSI
from dynamic_ta.indicators.sma import SMA
from dynamic_ta.indicators.stoch import STOCH
from dynamic_ta.indicators.stochrsi import STOCHRSI
from dynamic_ta.indicators.tema import TEMA
from dynamic_ta.indicators.trix import TRIX
from dynamic_ta.indicators.willr import WILLR
from dynamic_ta.indicators.wma import WMA

INDICATORS: tuple[Indicator, ...] = (
    ADX,
    ATR,
    BOLLINGER,
    CCI,
    DEMA,
    EMA,
    KAMA,
    MACD,
    MFI,
    NATR,
    RSI,
    SMA,
    STOCH,
    STOCHRSI,
    TEMA,
    TRIX,
    WILLR,
    WMA,
)

__all__ = ["INDICATORS"]
