"""The first decision that a device takes otherwise is named, and the certificate is refused for it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dynamic_base import TickingClock
from dynamic_engines import Precision
from dynamic_engines.kernels import kernels_from
from dynamic_ta.certificates import Certificate, certify, read_spec
from dynamic_ta.certificates.parity import divergence
from dynamic_ta.simulation import Reason, Trade
from tests.dynamic_ta.certificates.made import SPEC, copy_kernels, walk, write_bars, write_spec

TRADES = (
    Trade(3, 7, 10.0, 11.0, 1, 5.0, 0.1, 5.0, 4.9, Reason.SIGNAL),
    Trade(9, 12, 11.0, 10.0, -1, 5.0, 0.1, 5.0, 4.9, Reason.STOP),
    Trade(15, 20, 11.0, 12.0, 1, 5.0, 0.1, 5.0, 4.9, Reason.END),
)


def with_trade(number: int, **changes: object) -> list[Trade]:
    made = list(TRADES)
    made[number] = replace(made[number], **changes)  # type: ignore[arg-type]  # fields of Trade, by name
    return made


def test_the_same_trades_have_no_divergence() -> None:
    assert divergence(TRADES, list(TRADES), Precision.FLOAT64) is None
    assert divergence((), (), Precision.FLOAT64) is None


@pytest.mark.parametrize(
    ("made", "trade", "bar", "words"),
    [
        (with_trade(1, entry_bar=8), 1, 8, "enters short at bar 8"),
        (with_trade(1, side=1), 1, 9, "enters long at bar 9"),
        (with_trade(1, exit_bar=11), 1, 11, "leaves short at bar 11 by stop"),
        (with_trade(1, reason=Reason.TARGET), 1, 12, "leaves short at bar 12 by target"),
        (with_trade(2, reason=Reason.TIME), 2, 20, "leaves long at bar 20 by time"),
        (list(TRADES[:1]), 1, 9, "trades no more"),
        ([], 0, 3, "trades no more"),
        (with_trade(1, quantity=4.0), 1, 9, "takes 4"),
        (with_trade(0, net=4.9000001), 0, 3, "4.9000001"),
    ],
)
def test_the_first_difference_is_named_by_trade_bar_and_both_decisions(
    made: list[Trade], trade: int, bar: int, words: str
) -> None:
    found = divergence(TRADES, made, Precision.FLOAT64)
    assert found is not None
    assert (found.trade, found.bar) == (trade, bar)
    assert words in found.device
    assert found.oracle != found.device


def test_a_trade_too_many_is_a_divergence_too() -> None:
    found = divergence(TRADES[:2], TRADES, Precision.FLOAT64)
    assert found is not None
    assert (found.trade, found.bar, found.oracle) == (2, 15, "trades no more")


def test_in_float32_only_decisions_count() -> None:
    assert divergence(TRADES, with_trade(0, net=4.9000001), Precision.FLOAT32) is None
    assert divergence(TRADES, with_trade(0, exit_bar=8), Precision.FLOAT32) is not None


def certified(path: Path) -> Certificate:
    return certify(read_spec(path), TickingClock())


def test_a_decision_on_which_float32_is_blind_refuses_the_certificate(tmp_path: Path) -> None:
    # In float32 100.0000002 is 100, as its mean with four times 100 is: only the oracle sees bar 5 above its mean.
    path = write_spec(tmp_path)
    close = np.full(30, 100.0)
    close[5], close[20] = 100.0000002, 101.0
    write_bars(tmp_path / "bars.csv", close)
    made = certified(path)
    assert made.payload["verdict"] == "refused"
    runs = {run["precision"]: run["divergence"] for run in made.payload["cases"][0]["parity"]}
    assert runs["float64"] is None
    assert (runs["float32"]["trade"], runs["float32"]["bar"]) == (0, 6)
    (reason,) = made.payload["reasons"]
    assert reason["kind"] == "parity"
    for words in (
        "float32",
        "trade 0, at bar 6 (2020-01-07",
        "the oracle enters long at bar 6",
        "the device enters long at bar 21",
    ):
        assert words in reason["text"]
    path.write_text(SPEC.replace("[parity]", '[parity]\nprecisions = ["float64"]'))
    assert certified(path).certified


def test_a_kernel_that_decides_otherwise_is_found_in_float64(tmp_path: Path) -> None:
    copy_kernels(tmp_path / "kernels")
    path = write_spec(tmp_path, SPEC.replace("[parity]", '[parity]\nprecisions = ["float64"]'))
    kernel = tmp_path / "kernels" / "simulation" / "account.clh"
    text = kernel.read_text()
    # The fee that the device books is a hair more than the oracle's.
    assert text.count("terms->buy_fee") >= 1
    kernel.write_text(text.replace("terms->buy_fee", "(terms->buy_fee * (REAL)1.0000001)"))
    with kernels_from(tmp_path / "kernels"):
        made = certified(path)
    assert [reason["kind"] for reason in made.payload["reasons"]] == ["parity"]
    assert "float64" in made.payload["reasons"][0]["text"]


def test_an_indicator_that_a_device_computes_otherwise_is_found_in_float64(tmp_path: Path) -> None:
    copy_kernels(tmp_path / "kernels")
    path = write_spec(tmp_path, SPEC.replace("[parity]", '[parity]\nprecisions = ["float64"]'))
    close = np.full(30, 100.0)
    close[20] = 100 * (1 + 1e-9)
    write_bars(tmp_path / "bars.csv", close)
    with kernels_from(tmp_path / "kernels"):
        assert certified(path).certified
        # The device's mean is larger by ten times what the close at bar 20 is above the others.
        kernel = tmp_path / "kernels" / "panels" / "sma.cl"
        kernel.write_text(kernel.read_text().replace("/ (REAL)period", "* (REAL)1.00000001 / (REAL)period"))
        made = certified(path)
    (reason,) = made.payload["reasons"]
    for words in ("float64", "the oracle enters long at bar 21", "the device trades no more"):
        assert words in reason["text"]


def test_both_precisions_agree_on_an_ordinary_walk(tmp_path: Path) -> None:
    path = write_spec(tmp_path)
    write_bars(tmp_path / "bars.csv", walk(3, 500))
    made = certified(path)
    assert {run["precision"] for run in made.payload["cases"][0]["parity"]} == {"float32", "float64"}
    assert made.certified
