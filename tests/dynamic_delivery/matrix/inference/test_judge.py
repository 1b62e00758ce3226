"""Cells can be red: engines that are wrong in one way each, and the one failure that is expected."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from dynamic_ai.errors import EngineFailedError, EngineUnsupportedError
from dynamic_ai.inference import ONNXRUNTIME, REFERENCE, Engine, Model, Session, evaluate
from dynamic_ai.inference.operators import OPERATORS
from dynamic_delivery.matrix.inference.judge import Answer, cases, judged
from dynamic_delivery.matrix.inference.models import MODELS, golden, names
from dynamic_engines.matrix import Status

F32 = npt.NDArray[np.float32]
Wrong = Callable[[Model, F32, F32], F32]  # model, rows, the right output -> what the engine says


def engine(wrong: Wrong, name: str = "planted") -> Engine:
    def start(model: Model, _: str) -> Session:
        right = REFERENCE.open(model)
        return lambda rows: wrong(model, rows, right(rows))

    return Engine(name, lambda: "1", start)


def judge(planted: Engine, name: str = "inference/mlp") -> Answer:
    return judged(planted, "", golden(name), np.random.default_rng(7))


def test_the_golden_models_have_every_operator_and_the_same_bytes_each_time() -> None:
    used = {node.operator for name in names() for node in golden(name).graph.nodes}
    assert used == {operator.name for operator in OPERATORS}
    first = {name: golden(name).digest for name in names()}
    golden.cache_clear()
    assert {name: golden(name).digest for name in names()} == first
    assert len(set(first.values())) == len(MODELS)


def test_the_inputs_hold_what_was_promised() -> None:
    drawn = dict(cases(np.random.default_rng(0), 5))
    assert [rows.shape[0] for name, rows in drawn.items() if name.startswith("normal")] == [0, 1, 2, 7, 64, 1009]
    everything = np.concatenate(list(drawn.values()))
    size = np.abs(everything[np.isfinite(everything) & (everything != 0)])
    assert size.max() > 1e38
    assert size.min() < np.finfo(np.float32).smallest_normal
    assert np.isnan(everything).any(axis=1).sum() == 1


@pytest.mark.parametrize("name", names())
def test_two_engines_that_we_did_not_plant_pass_every_model(name: str) -> None:
    for known in (REFERENCE, ONNXRUNTIME):
        answer = judge(known, name)
        assert (answer.status, answer.reason) == (Status.PASS, "")
        assert answer.cases == len(list(cases(np.random.default_rng(0), 1)))
        assert 0 < answer.bound_share < 1
        assert answer.worst is not None
        assert answer.worst.bound_share == answer.bound_share
        assert len(answer.worst.inputs) == golden(name).graph.width
        assert answer.call_s > 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda _, __, right: right + np.float32(1e-3), "times the bound"),
        (lambda model, rows, _: evaluate(model.graph, rows, np.float16).astype(np.float32), "times the bound"),
        (lambda _, rows, right: np.where(np.arange(rows.shape[0]) == 63, np.nan, right), "row 63 is nan, not"),
        (lambda _, rows, right: right[: max(1, rows.shape[0] - 1)], "numbers, not"),
        (lambda _, __, right: np.nan_to_num(right, nan=0.5), "a NaN in one row: row 6 is 0.5, not nan"),
    ],
    ids=["off by a thousandth", "float16", "one NaN", "a row lost", "NaN dropped"],
)
def test_a_wrong_engine_is_red_and_the_cell_says_why(wrong: Wrong, said: str) -> None:
    answer = judge(engine(wrong))
    assert answer.status is Status.FAIL
    assert said in answer.reason
    assert answer.remediation == ""


def test_a_dropped_nan_is_expected_of_openvino_alone_and_excuses_nothing_else() -> None:
    def dropped(_: Model, __: F32, right: F32) -> F32:
        return np.nan_to_num(right, nan=0.5)

    def also_off(_: Model, __: F32, right: F32) -> F32:
        return np.nan_to_num(right, nan=0.5) + np.float32(1e-3)

    expected = judge(engine(dropped, "openvino"))
    assert (expected.status, expected.remediation) == (Status.XFAIL, "openvino-nan")
    assert "not nan" in expected.reason
    assert judge(engine(also_off, "openvino")).status is Status.FAIL


def test_an_engine_that_answers_otherwise_the_second_time_is_named() -> None:
    opened = iter(range(100))

    def start(model: Model, _: str) -> Session:
        right, shift = REFERENCE.open(model), np.float32(next(opened) * 1e-7)
        return lambda rows: right(rows) + shift

    answer = judge(replace(ONNXRUNTIME, start=start))
    assert answer.status is Status.PASS
    assert "then" in answer.nondeterminism
    assert judge(ONNXRUNTIME).nondeterminism == ""


def test_unsupported_and_refused_are_told_apart() -> None:
    def unable(*_: object) -> Session:
        raise EngineUnsupportedError("there is no Clip", "-")

    def refuses(*_: object) -> Session:
        raise EngineFailedError("out of memory", "-")

    able = replace(ONNXRUNTIME, start=unable)
    assert judge(able) == Answer(Status.UNSUPPORTED, "there is no Clip")
    assert judge(replace(able, start=refuses)) == Answer(Status.FAIL, "out of memory")


def test_an_engine_that_fails_at_one_batch_size_is_red_there() -> None:
    def some(_: Model, rows: F32, right: F32) -> F32:
        if rows.shape[0] == 7:
            raise EngineFailedError("seven is odd", "-")
        return right

    answer = judge(engine(some))
    assert (answer.status, answer.reason) == (Status.FAIL, "normal, 7 rows: seven is odd")
