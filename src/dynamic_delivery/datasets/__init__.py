"""From bars of ``dynamic_ta`` to datasets of ``dynamic_ai``."""

from dynamic_delivery.datasets.daily_direction import RECIPE, daily_direction
from dynamic_delivery.datasets.features import FEATURES, FeatureRow, Formula

__all__ = ["FEATURES", "RECIPE", "FeatureRow", "Formula", "daily_direction"]
