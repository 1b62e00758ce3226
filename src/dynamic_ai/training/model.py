"""What is trained, and how."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

# Beyond this many deviations a feature is held, so that no finite input can overflow in the network.
MOST_DEVIATIONS = 8.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train.

    Parameters
    ----------
    hidden : units of each hidden layer (ReLU); the output is one unit (sigmoid)
    epochs : passes over the training rows
    batch_rows : rows of one step
    learning_rate, momentum : of the step: v = momentum v - learning_rate g, w = w + v
    l2 : added to the loss: l2 / 2 times the sum of the squared weights, without the biases
    """

    hidden: tuple[int, ...] = (16, 8)
    epochs: int = 40
    batch_rows: int = 256
    learning_rate: float = 0.05
    momentum: float = 0.9
    l2: float = 1e-3


@dataclass(frozen=True, slots=True)
class Layer:
    """weights: float64[n_in, n_out], bias: float64[n_out]."""

    weights: F64 = field(repr=False)
    bias: F64 = field(repr=False)


@dataclass(frozen=True, slots=True)
class Network:
    """Standardise, hold to MOST_DEVIATIONS, then layers with ReLU between them; a sigmoid makes the last a probability.

    Parameters
    ----------
    mean, deviation : float64[n_features], of the training rows; exact float32 numbers
    """

    mean: F64 = field(repr=False)
    deviation: F64 = field(repr=False)
    layers: tuple[Layer, ...]
