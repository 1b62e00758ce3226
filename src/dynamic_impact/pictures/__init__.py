"""The affected part of the graph as a drawing or as a page, for a person to read."""

from dynamic_impact.pictures.page import page
from dynamic_impact.pictures.svg import draw

__all__ = ["draw", "page"]
