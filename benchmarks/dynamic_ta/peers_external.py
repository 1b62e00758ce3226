"""vectorbt or backtesting.py on some pairs of the sweep: run by benchmarks/dynamic_ta/sweep.py, in their environment.

    python peers_external.py {vectorbt,backtesting} WORK.npz ROUNDS

WORK.npz holds open, high, low, close, pairs, fee (a share) and periods. One JSON line comes out: the least seconds, and
of each pair the trades' entry and exit bars' sum and number, and the total return without fees.

Conventions. vectorbt takes a buyer's fee on top of the price, 1 / (1 + fee) and not 1 - fee, so its total return is
compared without fees; timed is the run with fees. Its path is the fastest that was found: averages by its own compiled
function once per window, signals as one matrix, blocks of columns that fit the cache. backtesting.py buys whole units
with 99.99 % of the account, so only its trades are compared; averages are given to it.
"""

import json
import sys
import time
import warnings
from importlib import import_module  # what is imported so is in the peers' environment only
from typing import Any

import numpy as np
import numpy.typing as npt

warnings.filterwarnings("ignore")
_COLUMNS = 8

# Sum of the trades' bars, their number, total return.
Found = list[tuple[int, int, float | None]]
Arrays = dict[str, npt.NDArray[Any]]


def averages(close: npt.NDArray[Any], windows: list[int]) -> dict[int, npt.NDArray[Any]]:
    sums = np.concatenate(([0.0], np.cumsum(close)))
    table = {}
    for w in windows:
        table[w] = np.full(close.size, np.nan)
        table[w][w - 1 :] = (sums[w:] - sums[:-w]) / w
    return table


def run_vectorbt(work: Arrays, fee: float) -> Found:
    vbt = import_module("vectorbt")

    opened, close, pairs = work["open"], work["close"], work["pairs"]
    table = {w: vbt.generic.nb.rolling_mean_1d_nb(close, w, w) for w in np.unique(pairs).tolist()}
    found: Found = []
    for start in range(0, len(pairs), _COLUMNS):
        part = pairs[start : start + _COLUMNS]
        held = np.zeros((close.size, len(part)), np.bool_)
        for column, (fast, slow) in enumerate(part.tolist()):
            held[1:, column] = table[fast][:-1] > table[slow][:-1]
        portfolio = vbt.Portfolio.from_signals(
            close[:, None], held, ~held, price=opened[:, None], fees=fee, init_cash=100.0, freq="1D"
        )
        trades = portfolio.trades
        columns = (
            portfolio.total_return(),
            portfolio.sharpe_ratio(),
            portfolio.max_drawdown(),
            trades.win_rate(),
            held.mean(axis=0),
        )
        records = trades.records
        closed = records[records["status"] == 1]
        for column in range(len(part)):
            own = closed[closed["col"] == column]
            bars = int((own["entry_idx"] + own["exit_idx"]).sum())
            found.append((bars, len(own), float(np.asarray(columns[0]).reshape(-1)[column])))
    return found


def run_backtesting(work: Arrays, fee: float) -> Found:
    pd, backtesting = import_module("pandas"), import_module("backtesting")

    names = {"Open": "open", "High": "high", "Low": "low", "Close": "close"}
    frame = pd.DataFrame({name: work[column] for name, column in names.items()})
    table = averages(work["close"], np.unique(work["pairs"]).tolist())
    found: Found = []
    for fast, slow in work["pairs"].tolist():
        above = table[fast] > table[slow]

        class Cross(backtesting.Strategy):  # type: ignore[name-defined, misc]  # known at run time only
            signal = above

            def init(self) -> None:
                """The signal is given."""

            def next(self) -> None:
                is_above = self.signal[len(self.data) - 1]
                if is_above and not self.position:
                    self.buy()
                elif not is_above and self.position:
                    self.position.close()

        result = backtesting.Backtest(frame, Cross, cash=1e12, commission=fee, finalize_trades=False).run()
        trades = result["_trades"]
        found.append((int((trades["EntryBar"] + trades["ExitBar"]).sum()), len(trades), None))
    return found


def main() -> None:
    peer, path, rounds = sys.argv[1:]
    with np.load(path) as stored:
        work = dict(stored)
    run = {"vectorbt": run_vectorbt, "backtesting": run_backtesting}[peer]
    checked = run(work, 0.0)  # compiles, too
    seconds = []
    for _ in range(int(rounds)):
        wall, cpu = time.perf_counter(), time.process_time()
        run(work, float(work["fee"]))
        seconds.append((time.perf_counter() - wall, time.process_time() - cpu))
    wall_s, cpu_s = (min(column) for column in zip(*seconds, strict=True))
    print(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s, "pairs": checked}))


if __name__ == "__main__":
    main()
