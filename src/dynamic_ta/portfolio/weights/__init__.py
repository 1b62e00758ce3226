"""From the sides of strategies to the weights of a portfolio."""

from dynamic_ta.portfolio.weights.model import Weighting, WeightTerms
from dynamic_ta.portfolio.weights.table import WEIGHTINGS, find_weighting

__all__ = ["WEIGHTINGS", "WeightTerms", "Weighting", "find_weighting"]
