"""The gradient by finite differences, the loss by hand, and the optimum by another method."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from dynamic_ai.training.model import Layer, Network, Settings
from dynamic_ai.training.network import gradient, loss, probability, standardise
from dynamic_ai.training.train import train

F64 = npt.NDArray[np.float64]


def layers_of(sizes: tuple[int, ...], seed: int) -> tuple[Layer, ...]:
    random = np.random.default_rng(seed)
    return tuple(Layer(random.normal(size=(n_in, n_out)), random.normal(size=n_out)) for n_in, n_out in pairwise(sizes))


@pytest.mark.parametrize("sizes", [(3, 1), (3, 4, 1), (3, 5, 4, 1)])
@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_the_gradient_is_that_of_finite_differences(sizes: tuple[int, ...], l2: float) -> None:
    random = np.random.default_rng(7)
    x, y = random.normal(size=(23, 3)), random.integers(0, 2, 23).astype(float)
    layers = layers_of(sizes, seed=1)
    found = gradient(layers, x, y, l2)
    for n, layer in enumerate(layers):
        for name in ("weights", "bias"):
            values = getattr(layer, name)
            for at in np.ndindex(values.shape):
                step = np.zeros_like(values)
                step[at] = 1e-6
                up, down = (
                    loss((*layers[:n], replace(layer, **{name: moved}), *layers[n + 1 :]), x, y, l2)
                    for moved in (values + step, values - step)
                )
                assert getattr(found[n], name)[at] == pytest.approx((up - down) / 2e-6, abs=2e-8)


def test_the_loss_is_that_of_a_hand_calculation() -> None:
    """By hand: log-odds ln 3 and ln 3 give 3/4 twice; labels 1 and 0 cost -ln(3/4) and -ln(1/4)."""
    layers = (Layer(np.array([[0.0]]), np.array([np.log(3.0)])),)
    x, y = np.zeros((2, 1)), np.array([1.0, 0.0])
    assert loss(layers, x, y, 0.0) == pytest.approx((0.2876820724517809 + 1.3862943611198906) / 2)


def test_standardised_rows_have_mean_zero_and_deviation_one_and_are_held() -> None:
    network = Network(np.array([2.0]), np.array([0.5]), (Layer(np.array([[1.0]]), np.array([0.0])),))
    assert standardise(np.array([[2.5], [1e30], [-1e30]]), network.mean, network.deviation).tolist() == [[1], [8], [-8]]
    assert probability(network, np.array([[2.0]]))[0] == 0.5


def newton(x: F64, y: F64, l2: float) -> tuple[F64, float]:
    """Logistic regression by iteratively reweighted least squares, which shares nothing with gradient descent."""
    padded = np.column_stack([x, np.ones(len(x))])
    penalty = np.diag([l2] * x.shape[1] + [0.0])
    w = np.zeros(padded.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-padded @ w))
        slope = padded.T @ (p - y) / len(y) + penalty @ w
        w -= np.linalg.solve((padded.T * (p * (1 - p))) @ padded / len(y) + penalty, slope)
    return w[:-1], float(w[-1])


def separable(rows: int = 400) -> tuple[F64, F64]:
    random = np.random.default_rng(3)
    x = random.normal(size=(rows, 3)).astype(np.float32).astype(np.float64)
    return x, (x @ [1.0, -1.0, 0.3] + random.normal(size=rows) > 0.2).astype(float)


def test_the_gradient_is_zero_at_the_optimum_that_newtons_method_finds() -> None:
    x, y = separable()
    weights, bias = newton(x, y, 0.01)
    (layer,) = gradient((Layer(weights[:, None], np.array([bias])),), x, y, 0.01)
    assert max(np.abs(layer.weights).max(), np.abs(layer.bias).max()) < 1e-14


def test_without_hidden_layers_training_comes_to_newtons_optimum() -> None:
    x, y = separable()
    settings = Settings(hidden=(), epochs=400, batch_rows=400, learning_rate=0.3, l2=0.0)
    network = train(x, y, (x, y), seed=0, settings=settings).network
    at = standardise(x, network.mean, network.deviation)
    weights, bias = newton(at, y, 0.0)
    best = loss((Layer(weights[:, None], np.array([bias])),), at, y, 0.0)
    # Its own rows choose the epoch, by the Brier score, whose optimum is not quite that of the loss.
    assert best - 1e-12 <= loss(network.layers, at, y, 0.0) <= best + 2e-3
