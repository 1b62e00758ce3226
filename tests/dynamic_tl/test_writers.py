"""Writing typed values: what does not fit is refused before a byte leaves, in both languages."""

import math
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from dynamic_tl.generated import MessageError, Order, Signal, read_signal, write_order, write_signal
from dynamic_tl.generated.runtime import MAX_BYTES
from tests.dynamic_tl.languages import javascript, schema, write_code

OURS = Path(str(files("dynamic_tl").joinpath("generated")))

ORDER = Order(
    order_id=2**53 + 1,
    account="DESK_7",
    symbol="BTC/USD",
    side="buy",
    kind="limit",
    quantity=Decimal("2.50"),
    time_in_force="day",
    created="2026-11-24T12:00:00.25Z",
    limit_price=Decimal("1E+3"),
    labels={"\U0001f600": "b", "\uffff": "a"},
)
SIGNAL = Signal(
    model="trend@1.0.0",
    weights_sha256="0" * 64,
    symbol="ABC",
    action="long",
    strength=0.5,
    horizon_s=60,
    features={"x": 1e-7},
    made="2026-11-24T12:00:00Z",
)
BYTES = (
    '{"account":"DESK_7","created":"2026-11-24T12:00:00.25Z","kind":"limit","labels":{"\U0001f600":"b","\uffff":"a"},'
    '"limit_price":"1000","order_id":"9007199254740993","quantity":"2.5","side":"buy","symbol":"BTC/USD",'
    '"time_in_force":"day"}'
)


def test_python_writes_decimals_and_64_bit_integers_as_strings_in_one_spelling() -> None:
    assert write_order(ORDER).decode() == BYTES


def test_javascript_writes_the_same_bytes_from_bigints_and_maps() -> None:
    script = """
    const order = { order_id: 9007199254740993n, account: "DESK_7", symbol: "BTC/USD", side: "buy", kind: "limit",
      quantity: "2.5", time_in_force: "day", created: "2026-11-24T12:00:00.25Z", limit_price: "1000", note: undefined,
      labels: new Map([["\\uffff", "a"], ["\\u{1f600}", "b"]]) };
    answer = Buffer.from(messages.writeOrder(order)).toString();"""
    assert javascript(script, OURS) == BYTES


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"order_id": "1"}, "type", "/order_id"),
        ({"order_id": True}, "type", "/order_id"),
        ({"order_id": 2**63}, "format", "/order_id"),
        ({"quantity": 2.5}, "type", "/quantity"),
        ({"quantity": Decimal("NaN")}, "format", "/quantity"),
        ({"quantity": Decimal("sNaN")}, "format", "/quantity"),
        ({"quantity": Decimal("1E+999999999")}, "format", "/quantity"),
        ({"quantity": Decimal("1E-19")}, "format", "/quantity"),
        ({"side": "hold"}, "enum", "/side"),
        ({"account": "desk"}, "pattern", "/account"),
        ({"note": "\ud800"}, "surrogate", "/note"),
        ({"note": "x" * 141}, "maxLength", "/note"),
        ({"labels": {"": "x"}}, "propertyNames", "/labels/"),
        ({"labels": {1: "x"}}, "type", "/labels"),
        ({"labels": {"\ud800": "x"}}, "surrogate", "/labels"),
        ({"labels": [("a", "b")]}, "type", "/labels"),
        ({"account": None}, "required", "/account"),
    ],
)
def test_python_refuses_a_value_that_does_not_fit(change: dict[str, Any], code: str, pointer: str) -> None:
    with pytest.raises(MessageError) as caught:
        write_order(replace(ORDER, **change))
    assert (caught.value.code, caught.value.pointer) == (code, pointer)


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"strength": math.nan}, "number_range", "/strength"),
        ({"strength": math.inf}, "number_range", "/strength"),
        ({"strength": -0.0}, "negative_zero", "/strength"),
        ({"strength": 1.5}, "maximum", "/strength"),
        ({"strength": "1"}, "type", "/strength"),
        ({"horizon_s": 1.5}, "integer_form", "/horizon_s"),
        ({"horizon_s": 60.0}, "integer_form", "/horizon_s"),
        ({"horizon_s": True}, "type", "/horizon_s"),
        ({"features": {"x": 2.0**53}}, "number_range", "/features/x"),
        ({"features": {"x": 2**70}}, "number_range", "/features/x"),
    ],
)
def test_python_refuses_a_number_that_would_not_arrive(change: dict[str, Any], code: str, pointer: str) -> None:
    with pytest.raises(MessageError) as caught:
        write_signal(replace(SIGNAL, **change))
    assert (caught.value.code, caught.value.pointer) == (code, pointer)


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        # The literal is rounded by JavaScript itself; it must not leave as another order's number.
        ("order_id: 9007199254740993", "type", "/order_id"),
        ('order_id: "1"', "type", "/order_id"),
        ("order_id: 2n ** 63n", "format", "/order_id"),
        ("quantity: 2.5", "type", "/quantity"),
        ('quantity: "2.50"', "format", "/quantity"),
        ('side: "hold"', "enum", "/side"),
        ('note: "\\ud800"', "surrogate", "/note"),
        ("note: null", "type", "/note"),
        ("labels: { a: 'b' }", "type", "/labels"),
        ('labels: new Map([["\\ud800", "x"]])', "surrogate", "/labels"),
        ("acount: 'A'", "additionalProperties", "/acount"),
        ("account: undefined", "required", "/account"),
    ],
)
def test_javascript_refuses_a_value_that_does_not_fit(change: str, code: str, pointer: str) -> None:
    script = f"""
    const good = messages.readOrder(Buffer.from(data));
    try {{ answer = Buffer.from(messages.writeOrder({{ ...good, {change} }})).toString(); }}
    catch (error) {{ answer = [error.code, error.pointer]; }}"""
    assert javascript(script, OURS, BYTES) == [code, pointer]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("NaN", "number_range"),
        ("1/0", "number_range"),
        ("-0", "negative_zero"),
        ("2 ** 53", "number_range"),
        ("1n", "type"),
    ],
)
def test_javascript_refuses_a_number_that_would_not_arrive(value: str, code: str) -> None:
    script = f"""
    const good = messages.readSignal(Buffer.from(data));
    try {{ answer = Buffer.from(messages.writeSignal({{ ...good, strength: {value} }})).toString(); }}
    catch (error) {{ answer = [error.code, error.pointer]; }}"""
    assert javascript(script, OURS, write_signal(SIGNAL).decode()) == [code, "/strength"]


def test_a_sparse_array_of_javascript_is_refused_at_its_hole(tmp_path: Path) -> None:
    write_code(tmp_path, list=schema({"it": {"type": "array", "items": {"type": "integer"}}}))
    script = """
    try { answer = String(messages.writeList({ it: [1, , 3] })); }
    catch (error) { answer = [error.code, error.pointer]; }"""
    assert javascript(script, tmp_path) == ["type", "/it/1"]


def test_a_message_is_frozen_in_both() -> None:
    with pytest.raises(FrozenInstanceError):
        ORDER.account = "X"  # type: ignore[misc]  # what the test is about
    script = "const order = messages.readOrder(Buffer.from(data)); answer = Object.isFrozen(order);"
    assert javascript(script, OURS, BYTES) is True


def test_an_integer_in_a_number_arrives_as_a_float_so_that_reading_gives_one_type() -> None:
    back = read_signal(write_signal(replace(SIGNAL, strength=1)))
    assert (back.strength, type(back.strength)) == (1.0, float)


def test_a_message_that_no_reader_would_take_for_its_size_is_not_written() -> None:
    big = {str(number): "x" * 64 for number in range(16)}
    assert len(write_order(replace(ORDER, labels=big))) < MAX_BYTES
    lots = {f"{number:040}": 0.1 for number in range(64)}
    write_signal(replace(SIGNAL, features=lots))
    with pytest.raises(MessageError, match="maxProperties"):
        write_signal(replace(SIGNAL, features={**lots, "one more": 0.1}))


def test_an_unbounded_message_is_bounded_by_its_bytes_in_both(tmp_path: Path) -> None:
    write_code(tmp_path, text=schema({"it": {"type": "string"}}))
    script = f"""
    try {{ answer = messages.writeText({{ it: "x".repeat({MAX_BYTES}) }}).length; }}
    catch (error) {{ answer = error.code; }}"""
    assert javascript(script, tmp_path) == "too_large"
    assert javascript(script.replace(str(MAX_BYTES), str(MAX_BYTES - 9)), tmp_path) == MAX_BYTES
