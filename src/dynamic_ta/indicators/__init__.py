"""The table of indicators. A new one is one file beside this one, its test, one row here; a kernel where it pays."""

from dynamic_ta.indicators.adx import ADX
from dynamic_ta.indicators.aroon import AROON
from dynamic_ta.indicators.atr import ATR
from dynamic_ta.indicators.bollinger import BOLLINGER
from dynamic_ta.indicators.cci import CCI
from dynamic_ta.indicators.dema import DEMA
from dynamic_ta.indicators.donchian import DONCHIAN
from dynamic_ta.indicators.ema import EMA
from dynamic_ta.indicators.hma import HMA
from dynamic_ta.indicators.ichimoku import ICHIMOKU
from dynamic_ta.indicators.kama import KAMA
from dynamic_ta.indicators.keltner import KELTNER
from dynamic_ta.indicators.linreg import LINREG
from dynamic_ta.indicators.macd import MACD
from dynamic_ta.indicators.mfi import MFI
from dynamic_ta.indicators.model import Indicator
from dynamic_ta.indicators.mom import MOM
from dynamic_ta.indicators.natr import NATR
from dynamic_ta.indicators.obv import OBV
from dynamic_ta.indicators.psar import PSAR
from dynamic_ta.indicators.roc import ROC
from dynamic_ta.indicators.rsi import RSI
from dynamic_ta.indicators.sma import SMA
from dynamic_ta.indicators.stddev import STDDEV
from dynamic_ta.indicators.stoch import STOCH
from dynamic_ta.indicators.stochrsi import STOCHRSI
from dynamic_ta.indicators.supertrend import SUPERTREND
from dynamic_ta.indicators.tema import TEMA
from dynamic_ta.indicators.trix import TRIX
from dynamic_ta.indicators.ultosc import ULTOSC
from dynamic_ta.indicators.vwap import VWAP
from dynamic_ta.indicators.willr import WILLR
from dynamic_ta.indicators.wma import WMA

INDICATORS: tuple[Indicator, ...] = (
    ADX,
    AROON,
    ATR,
    BOLLINGER,
    CCI,
    DEMA,
    DONCHIAN,
    EMA,
    HMA,
    ICHIMOKU,
    KAMA,
    KELTNER,
    LINREG,
    MACD,
    MFI,
    MOM,
    NATR,
    OBV,
    PSAR,
    ROC,
    RSI,
    SMA,
    STDDEV,
    STOCH,
    STOCHRSI,
    SUPERTREND,
    TEMA,
    TRIX,
    ULTOSC,
    VWAP,
    WILLR,
    WMA,
)

__all__ = ["INDICATORS"]
