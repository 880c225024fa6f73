"""What the levels of banks are called: noise levels, shares of k-space, qualities of JPEG."""

from collections.abc import Callable

from sparsight.fidelities import MeasuredFidelity
from sparsight.models import Unrolled

NameOfLevel = Callable[[float], str]


def name_noise(level: float) -> str:
    """A noise level in 8-bit units."""
    return f"sigma {255 * level:.4g}"


def name_rate(level: float) -> str:
    """A share of the frequencies of a scan."""
    return f"rate {100 * level:.4g} %"


def name_quality(level: float) -> str:
    """A quality of JPEG."""
    return f"quality {100 * level:.4g}"


def name_gaps(_: float) -> str:
    """For models that fill gaps, whose one level is that of an image without noise."""
    return "no noise"


def usual_name(model: Unrolled) -> NameOfLevel:
    """For scans the rate, else the noise level."""
    return name_rate if isinstance(model.fidelity, MeasuredFidelity) else name_noise
