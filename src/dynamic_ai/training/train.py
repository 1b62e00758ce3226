"""Mini-batch gradient descent with momentum; the seed decides every bit."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from dynamic_ai.errors import TrainingError
from dynamic_ai.training.arithmetic import sigmoid, sum_rows
from dynamic_ai.training.model import F64, Layer, Network, Settings
from dynamic_ai.training.network import Gradient, gradient, logits, standardise


@dataclass(frozen=True, slots=True)
class Training:
    """The network of the best epoch, and the mean Brier score of each epoch on the validation rows."""

    network: Network
    best_epoch: int
    validation_brier: tuple[float, ...] = field(repr=False)


def train(
    features: F64, label: F64, validation: tuple[F64, F64], seed: int, settings: Settings | None = None
) -> Training:
    """Train on ``features``, and keep the epoch that has the smallest Brier score on ``validation``.

    Parameters
    ----------
    features : float64[n_rows, n_features], finite; rounded to float32 first, since this is what the graph is given
    label : float64[n_rows], 0 or 1
    validation : the same two for the rows that choose the epoch

    Returns
    -------
    The same bits for the same arguments on every machine with IEEE 754 arithmetic: sums have one order, the exponential
    is ours, and of NumPy's generator only the raw 64-bit stream is used, which its authors promise to keep.

    Raises
    ------
    TrainingError : no rows, or the weights left the finite numbers
    """
    chosen = settings or Settings()
    if label.size == 0 or validation[1].size == 0:
        raise TrainingError("there are no rows to train on", "give a longer snapshot")
    mean, deviation = _moments(_float32(features))
    x = standardise(_float32(features), mean, deviation)
    x_held = standardise(_float32(validation[0]), mean, deviation)
    stream = np.random.PCG64(seed)
    layers = _start((x.shape[1], *chosen.hidden, 1), stream)
    speed = tuple(Layer(np.zeros_like(layer.weights), np.zeros_like(layer.bias)) for layer in layers)
    best, scores = layers, [_brier(layers, x_held, validation[1])]
    for _ in range(chosen.epochs):
        order = np.argsort(stream.random_raw(label.size), kind="stable")
        for start in range(0, label.size, chosen.batch_rows):
            rows = order[start : start + chosen.batch_rows]
            slope = gradient(layers, x[rows], label[rows], chosen.l2)
            layers, speed = _step(layers, speed, slope, chosen)
        scores.append(_brier(layers, x_held, validation[1]))
        if not np.isfinite(scores[-1]):
            raise TrainingError(
                f"the weights left the finite numbers in epoch {len(scores) - 1}", "use a smaller learning rate"
            )
        if scores[-1] == min(scores):
            best = layers
    return Training(Network(mean, deviation, best), scores.index(min(scores)), tuple(scores))


def _float32(features: F64) -> F64:
    return features.astype(np.float32).astype(np.float64)


def _moments(features: F64) -> tuple[F64, F64]:
    """Return mean and deviation of each column as exact float32 numbers; a constant column has deviation 1."""
    rows = float(features.shape[0])
    mean = _float32(sum_rows(features) / rows)
    deviation = _float32(np.sqrt(sum_rows((features - mean) * (features - mean)) / rows))
    return mean, np.where(deviation > 0, deviation, 1.0)


def _start(sizes: tuple[int, ...], stream: np.random.PCG64) -> tuple[Layer, ...]:
    """Return weights uniform in +-sqrt(6 / n_in) (He et al. 2015, for ReLU) and biases of zero."""
    layers = []
    for n_in, n_out in pairwise(sizes):
        unit = (stream.random_raw(n_in * n_out) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        reach = np.sqrt(np.float64(6.0) / n_in)
        layers.append(Layer(((2.0 * unit - 1.0) * reach).reshape(n_in, n_out), np.zeros(n_out)))
    return tuple(layers)


def _step(
    layers: tuple[Layer, ...], speed: tuple[Layer, ...], slope: Gradient, settings: Settings
) -> tuple[tuple[Layer, ...], tuple[Layer, ...]]:
    faster = tuple(
        Layer(
            settings.momentum * v.weights - settings.learning_rate * g.weights,
            settings.momentum * v.bias - settings.learning_rate * g.bias,
        )
        for v, g in zip(speed, slope, strict=True)
    )
    moved = tuple(Layer(w.weights + v.weights, w.bias + v.bias) for w, v in zip(layers, faster, strict=True))
    return moved, faster


def _brier(layers: tuple[Layer, ...], x: F64, y: F64) -> float:
    error = sigmoid(logits(layers, x)) - y
    return float(sum_rows(error * error)) / y.size
