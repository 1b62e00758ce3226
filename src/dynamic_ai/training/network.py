"""Forward, loss and gradient of the network."""

import numpy as np

from dynamic_ai.training.arithmetic import matmul, sigmoid, sum_rows
from dynamic_ai.training.model import F64, MOST_DEVIATIONS, Layer, Network

Gradient = tuple[Layer, ...]


def standardise(features: F64, mean: F64, deviation: F64) -> F64:
    """Return (features - mean) / deviation, held to +-MOST_DEVIATIONS."""
    return np.minimum(np.maximum((features - mean) / deviation, -MOST_DEVIATIONS), MOST_DEVIATIONS)


def logits(layers: tuple[Layer, ...], x: F64) -> F64:
    """Return float64[n_rows], the log-odds of label 1 for standardised ``x``."""
    return _activations(layers, x)[-1][:, 0]


def probability(network: Network, features: F64) -> F64:
    """Return float64[n_rows], the probability of label 1."""
    return sigmoid(logits(network.layers, standardise(features, network.mean, network.deviation)))


def loss(layers: tuple[Layer, ...], x: F64, y: F64, l2: float) -> float:
    """Return the mean logistic loss (nats) plus the penalty; for reports and tests, since its log varies by machine."""
    z = logits(layers, x)
    penalty = sum(float((layer.weights**2).sum()) for layer in layers)
    return float((np.logaddexp(0.0, z) - y * z).mean()) + l2 / 2 * penalty


def gradient(layers: tuple[Layer, ...], x: F64, y: F64, l2: float) -> Gradient:
    """Return the derivative of ``loss`` by each weight and bias.

    Parameters
    ----------
    x : float64[n_rows, n_features], standardised
    y : float64[n_rows], 0 or 1
    """
    activations = _activations(layers, x)
    delta = (sigmoid(activations[-1]) - y[:, None]) / float(y.size)
    found: list[Layer] = []
    for n in range(len(layers) - 1, -1, -1):
        before, weights = activations[n], layers[n].weights
        found.append(Layer(sum_rows(before[:, :, None] * delta[:, None, :]) + l2 * weights, sum_rows(delta)))
        if n:
            delta = matmul(delta, weights.T) * (before > 0)
    return tuple(reversed(found))


def _activations(layers: tuple[Layer, ...], x: F64) -> list[F64]:
    """Return the input, each hidden layer's output, and the logits as a column."""
    found = [x]
    for n, layer in enumerate(layers):
        z = matmul(found[-1], layer.weights) + layer.bias
        found.append(z if n == len(layers) - 1 else np.maximum(z, 0.0))
    return found
