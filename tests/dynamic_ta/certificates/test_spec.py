"""A specification is read key by key, and each mistake in it is named with what to write instead."""

from pathlib import Path

import pytest

from dynamic_base import DynamicError, ExitCode
from dynamic_engines import Precision
from dynamic_ta.certificates import SpecError, read_spec
from dynamic_ta.simulation import Execution
from tests.dynamic_ta.certificates.made import SPEC, write_spec


def test_a_short_specification_takes_every_device_and_both_precisions(tmp_path: Path) -> None:
    spec = read_spec(write_spec(tmp_path, SPEC.replace('[parity]\ndevices = ["Portable"]', "")))
    assert spec.devices == ()
    assert spec.precisions == (Precision.FLOAT32, Precision.FLOAT64)
    assert (spec.checks, spec.trials, spec.hold) == ((), (), True)
    assert spec.data[0].path == str(tmp_path / "bars.csv")


def test_a_full_specification_is_read(tmp_path: Path) -> None:
    more = """
    [account]
    fee_bps = 10
    execution = "close"
    [parameters]
    period = 7
    [trials]
    period = [3, 7, 9]
    [validation]
    benchmark = "none"
    resamples = 200
    checks = ["stress"]
    """
    spec = read_spec(write_spec(tmp_path, SPEC + "overfitting = { most = 0.5 }\nsharpe_low = { least = 0 }\n" + more))
    assert (spec.strategy.account.fee_bps, spec.strategy.account.execution) == (10, Execution.CLOSE)
    assert [dict(one) for one in spec.trials] == [{"period": 7}, {"period": 3}, {"period": 9}]
    assert spec.checks == ("sharpe-interval", "overfitting", "stress")
    assert (spec.settings.resamples, spec.hold) == (200, False)


def test_a_comment_is_no_other_specification_and_a_limit_is(tmp_path: Path) -> None:
    one = read_spec(write_spec(tmp_path)).digest
    assert read_spec(write_spec(tmp_path, f"# why\n{SPEC}")).digest == one
    assert read_spec(write_spec(tmp_path, SPEC.replace("0.9", "0.8"))).digest != one


@pytest.mark.parametrize(
    ("was", "now", "message"),
    [
        ('name = "tried"\n', "", "name is missing"),
        ('name = "tried"', "name = 3", "name is no text"),
        ('name = "tried"', 'name = "../tried"', "name is '../tried'"),
        ("[envelope]", "[envelop]", "envelop is no key here"),
        ('[[data]]\nsource = "bars.csv"\nlicence = "CC0-1.0"', "", "data names no bars"),
        ('source = "bars.csv"', 'sauce = "bars.csv"', "data.sauce is no key here"),
        ("[parity]", '[[data]]\nsource = "bars.csv"\n[parity]', "data names bars.csv twice"),
        ('licence = "CC0-1.0"', "mend = []", "data.mend is no list of texts"),
        ('licence = "CC0-1.0"', 'mend = ["guess"]', "there is no rule 'guess'"),
        ("max_drawdown = { most = 0.9 }", "", "envelope has no limit"),
        ("max_drawdown", "max_drawup", "envelope.max_drawup is no key here"),
        ("{ most = 0.9 }", "0.9", "envelope.max_drawdown is no limit"),
        ("{ most = 0.9 }", "{}", "envelope.max_drawdown is no limit"),
        ("{ most = 0.9 }", "{ most = true }", "envelope.max_drawdown.most is True, no number"),
        ("{ most = 0.9 }", "{ most = nan }", "no number"),
        ("{ most = 0.9 }", "{ least = 1, most = 0.9 }", "wants at least 1 and at most 0.9"),
        ('["Portable"]', "[]", "parity.devices is no list of texts"),
        ("[parity]", '[parity]\nprecisions = ["float16"]', "parity.precisions has 'float16'"),
        ("[parity]", "[account]\nfee_bps = -1\n[parity]", "account: fee_bps of -1"),
        ("[parity]", '[account]\nexecution = "never"\n[parity]', "account: 'never' is not a valid Execution"),
        ("[parity]", '[account]\nfee_bps = "5"\n[parity]', "account.fee_bps is '5', no number"),
        ("[parity]", "[parameters]\nperiods = 5\n[parity]", "has no parameter 'periods'"),
        ("[parity]", "[trials]\nperiod = 5\n[parity]", "trials.period is no list of values"),
        ("[parity]", "[trials]\nperiod = [1, 2.5]\n[parity]", "give a whole number"),
        ("[parity]", '[validation]\nchecks = ["luck"]\n[parity]', "there is no check 'luck'"),
        ("[parity]", '[validation]\nbenchmark = "gold"\n[parity]', "validation.benchmark is 'gold'"),
        ("[parity]", "[validation]\nresamples = 3\n[parity]", "resamples is 3"),
        ('"strategy.toml"', '"other.toml"', "cannot read"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, was: str, now: str, message: str) -> None:
    assert was in SPEC
    path = write_spec(tmp_path, SPEC.replace(was, now))
    with pytest.raises(DynamicError) as caught:
        read_spec(path)
    assert message in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("content", [None, "name = ", "\udcff"])
def test_a_file_that_is_no_specification_is_wrong_usage(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "spec.toml"
    if content is not None:
        path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(SpecError) as caught:
        read_spec(path)
    assert caught.value.exit_code == ExitCode.USAGE
