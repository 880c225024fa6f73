"""One file per paper: functions with plain numbers that give a model and its training."""

from sparsight.recipes.book import RECIPES, Recipe, bind, from_record

__all__ = ["RECIPES", "Recipe", "bind", "from_record"]
