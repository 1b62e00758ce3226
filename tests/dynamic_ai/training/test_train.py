"""The same seed, the same bits: in another process, with other threads, and without the processor's vectors."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from dynamic_ai.errors import TrainingError
from dynamic_ai.training import Settings, export_onnx, train
from dynamic_ai.training.network import probability
from tests.dynamic_ai.examples import labels_of, learnable

_HERE = """
import hashlib
from dynamic_ai.training import Settings, train
from tests.dynamic_ai.examples import labels_of, learnable
data = learnable(rows=900)
trained = train(*labels_of(data, "train"), labels_of(data, "validation"), 5, Settings(epochs=6))
# Of the float64 weights: in the float32 of a file, a difference of the last digit would seldom show.
weights = b"".join(layer.weights.tobytes() + layer.bias.tobytes() for layer in trained.network.layers)
print(hashlib.sha256(weights).hexdigest())
"""


def digest_in_a_process(**environment: str) -> str:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    done = subprocess.run([sys.executable, "-c", _HERE], env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def vectors_of_this_processor() -> str:
    """Return the vector units that NumPy uses here beyond its baseline, and can be told to leave."""
    config = np.show_config(mode="dicts")
    assert config is not None
    return " ".join(config["SIMD Extensions"]["found"])


def test_threads_and_vector_units_do_not_change_a_bit() -> None:
    first = digest_in_a_process(OPENBLAS_NUM_THREADS="1")
    assert digest_in_a_process(OPENBLAS_NUM_THREADS="2") == first
    # NumPy's loops and BLAS's kernels of an older processor.
    older = {"NPY_DISABLE_CPU_FEATURES": vectors_of_this_processor(), "OPENBLAS_CORETYPE": "Nehalem"}
    assert digest_in_a_process(**older) == first


def test_the_seed_decides_and_nothing_else() -> None:
    data = learnable(rows=600)

    def digest(seed: int) -> str:
        trained = train(*labels_of(data, "train"), labels_of(data, "validation"), seed, Settings(epochs=3))
        return hashlib.sha256(export_onnx(trained.network, {})).hexdigest()

    assert digest(0) == digest(0)
    assert len({digest(seed) for seed in range(4)}) == 4


def test_what_can_be_learnt_is_learnt_and_a_coin_is_not() -> None:
    def accuracy(shuffled: bool) -> float:
        data = learnable(shuffled=shuffled)
        network = train(*labels_of(data, "train"), labels_of(data, "validation"), 0).network
        features, label = labels_of(data, "test")
        return float(((probability(network, features) >= 0.5) == (label > 0.5)).mean())

    assert accuracy(shuffled=False) > 0.8
    assert accuracy(shuffled=True) < 0.75


def test_the_epoch_with_the_best_validation_score_is_kept() -> None:
    data = learnable(rows=600, noise=4.0)
    trained = train(*labels_of(data, "train"), labels_of(data, "validation"), 0, Settings(epochs=30, learning_rate=0.3))
    features, label = labels_of(data, "validation")
    brier = float(((probability(trained.network, features) - label) ** 2).mean())
    assert brier == pytest.approx(min(trained.validation_brier), abs=1e-6)
    assert trained.validation_brier[trained.best_epoch] == min(trained.validation_brier)
    assert trained.best_epoch < 30


def test_a_constant_feature_is_no_division_by_zero() -> None:
    data = learnable(rows=400)
    features, label = labels_of(data, "train")
    features[:, 2] = 7.0
    network = train(features, label, (features, label), 0, Settings(epochs=2)).network
    assert np.isfinite(probability(network, features)).all()


def test_weights_that_leave_the_numbers_are_an_error_not_a_model() -> None:
    data = learnable(rows=400)
    with (
        np.errstate(all="ignore"),
        pytest.raises(TrainingError, match="smaller learning rate"),
    ):
        train(*labels_of(data, "train"), labels_of(data, "validation"), 0, Settings(learning_rate=1e200))


def test_no_rows_are_an_error() -> None:
    with pytest.raises(TrainingError, match="no rows"):
        train(np.zeros((0, 2)), np.zeros(0), (np.zeros((1, 2)), np.zeros(1)), 0)


def test_settings_are_what_the_digest_of_a_model_depends_on() -> None:
    data = learnable(rows=400)
    plain = Settings(epochs=2)
    made = [
        export_onnx(train(*labels_of(data, "train"), labels_of(data, "validation"), 0, chosen).network, {})
        for chosen in (plain, replace(plain, l2=0.0), replace(plain, hidden=(4,)))
    ]
    assert len(set(made)) == 3
