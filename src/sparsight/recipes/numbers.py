"""Numbers of a recipe as users write them."""

from math import isfinite
from typing import Any


def read_number(key: str, text: str, kind: type) -> Any:
    """The value of `key=text`.

    Args:
        key: what the message names.
        text: of a number.
        kind: of the value that it replaces.

    Raises:
        ValueError: it is no number of this kind.
    """
    try:
        value = kind(text)
        if isinstance(value, float) and not isfinite(value):
            raise ValueError("it says nothing")
        return value
    except ValueError:
        article = "a whole number" if kind is int else "a finite number"
        raise ValueError(f"{key} is {text}; it must be {article}") from None
