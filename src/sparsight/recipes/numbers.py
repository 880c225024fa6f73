"""Numbers of a recipe as users write them."""

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
        if value != value:
            raise ValueError("NaN is no number")
        return value
    except ValueError:
        article = "a whole number" if kind is int else "a number"
        raise ValueError(f"{key} is {text}; it must be {article}") from None
