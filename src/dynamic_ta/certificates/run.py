"""The suite: data, signals, the oracle's simulation, every device, the validation, the envelope, the certificate."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from dynamic_base import Clock
from dynamic_engines import Precision, devices, open_device
from dynamic_ta.certificates.causality import first_look_ahead
from dynamic_ta.certificates.document import Certificate, seal_certificate
from dynamic_ta.certificates.errors import CertificateError
from dynamic_ta.certificates.measures import measure, returns_of
from dynamic_ta.certificates.model import Case, DataSource, ParityRun, Spec
from dynamic_ta.certificates.parity import check_parity
from dynamic_ta.data import Bars, read_positive
from dynamic_ta.data.model import F64
from dynamic_ta.simulation import Signals, Simulation, simulate
from dynamic_ta.strategies import Strategy, compile_strategy, signals, warm_up
from dynamic_ta.validation import Finding, SampleError, Validation, find_checks, sample_of, validate_sample
from dynamic_ta.validation.model import Sample

Say = Callable[[str], None]


def silent(_text: str) -> None:
    """Tell nobody."""


def certify(spec: Spec, clock: Clock, say: Say = silent) -> Certificate:
    """Run the suite that ``spec`` asks for.

    Parameters
    ----------
    clock : its time goes into the certificate, and nowhere else
    say : is told what is going on

    Returns
    -------
    Certificate; its verdict is "certified", or "refused" with the reasons: a limit that is broken, a decision that a
    device takes otherwise than the oracle, a decision that needs later bars, an account without equity

    Raises
    ------
    DataError, StrategyError, SimulationError, EngineError : the suite could not be run to its end
    """
    cases = tuple(_case(spec, source, say) for source in spec.data)
    held = tuple(
        measured
        for source, case in zip(spec.data, cases, strict=True)
        if ruined_at(case) is None
        for measured in (measure(limit, source.name, case) for limit in spec.limits)
    )
    return seal_certificate(spec, cases, held, clock.now())


def ruined_at(case: Case) -> int | None:
    """Return the first bar at whose close no equity is left, or None."""
    gone = case.simulation.equity <= 0
    return int(gone.argmax()) if gone.any() else None


def _case(spec: Spec, source: DataSource, say: Say) -> Case:
    say(f"{source.name}: reading")
    reading = read_positive(source.path, source.mending, source.licence)
    bars, account = reading.bars, spec.strategy.account
    say(f"{source.name}: the oracle")
    decided = signals(spec.strategy, bars, spec.parameters)
    account.check(decided)
    simulation = simulate(bars, decided, account)
    ahead = first_look_ahead(
        lambda some: signals(spec.strategy, some, spec.parameters), bars, warm_up(spec.strategy, spec.parameters)
    )
    parity = tuple(_parity(spec, source, bars, simulation, say))
    if {run.precision for run in parity} != set(spec.precisions):
        raise CertificateError("no device computes in float64", "add one, or name precisions that there are")
    say(f"{source.name}: {len(spec.checks)} statistical checks")
    case = Case(reading, account, simulation, ahead, parity, Validation(()), {})
    if ruined_at(case) is not None:
        return case
    findings, undecided = _validated(spec, bars, case)
    return replace(case, validation=Validation(findings), undecided=undecided)


def _parity(spec: Spec, source: DataSource, bars: Bars, simulation: Simulation, say: Say) -> Iterator[ParityRun]:
    fused = compile_strategy(spec.strategy)
    for selector in spec.devices or [f"#{n}" for n in range(max(1, len(devices())))]:
        with open_device(selector) as device:
            for precision in spec.precisions:
                if not spec.devices and precision is Precision.FLOAT64 and not device.info.fp64:
                    continue  # of all devices, one that cannot do it proves nothing and denies nothing
                say(f"{source.name}: {precision} on {device.info.label}")
                yield check_parity(
                    device, bars, fused, spec.parameters, spec.strategy.account, precision, simulation.trades
                )


def _validated(spec: Spec, bars: Bars, case: Case) -> tuple[tuple[Finding, ...], Mapping[str, str]]:
    """Run each check by itself, so that one that cannot decide takes no other along."""
    findings: list[Finding] = []
    undecided: dict[str, str] = {}
    if not spec.checks:
        return (), undecided
    try:
        sample = _sample(spec, bars, case)
    except SampleError as error:
        return (), dict.fromkeys(spec.checks, error.message)
    for check in find_checks(spec.checks):
        try:
            found = validate_sample(sample, spec.settings, [check])
        except SampleError as error:
            undecided[check.name] = error.message
            continue
        findings.extend(found.findings)
        undecided.update({skipped.name: skipped.reason for skipped in found.skipped})
    return tuple(findings), undecided


def _sample(spec: Spec, bars: Bars, case: Case) -> Sample:
    trades = [trade.net / (trade.entry_price * trade.quantity) for trade in case.closed]
    return sample_of(
        returns_of(case),
        _trials(spec.strategy, spec, bars, case),
        trades if len(trades) > 1 and min(trades) >= -1 else None,
        benchmark=bars.close[1:] / bars.close[:-1] - 1 if spec.hold else None,
    )


def _trials(strategy: Strategy, spec: Spec, bars: Bars, case: Case) -> F64 | None:
    """Return the returns of every choice of parameters that traded, the chosen one first; None without others."""
    columns = [returns_of(case)]
    for parameters in spec.trials[1:]:
        decided: Signals = signals(strategy, bars, parameters)
        equity = simulate(bars, decided, strategy.account).equity
        # Of an account that was ruined the returns have no meaning after; it counts as a total loss from there on.
        alive = np.logical_and.accumulate(equity > 0)
        previous = np.where(alive[:-1], equity[:-1], 1.0)
        column = np.where(alive[1:], equity[1:] / previous - 1, np.where(alive[:-1], -1.0, 0.0))
        if np.ptp(column) > 0:
            columns.append(column)
    return np.column_stack(columns) if len(columns) > 1 else None
