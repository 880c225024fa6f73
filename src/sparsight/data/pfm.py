"""Portable float maps: disparities of SceneFlow and Middlebury 2014."""

import re
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

_HEAD = re.compile(rb"(P[Ff])\s+(\d+)\s+(\d+)\s+(-?[0-9.eE+-]+)\s")


def read_pfm(path: Path) -> Float[Tensor, "c h w"]:
    """One map; the file begins with its bottom row, the result with its top row.

    Args:
        path: "Pf", one channel, or "PF", three; a negative scale means little-endian, and its
            size is ignored, as the data sets do.

    Raises:
        ValueError: it is no such file, or cut short.
    """
    content = path.read_bytes()
    head = _HEAD.match(content)
    if head is None:
        raise ValueError(f"{path} is no portable float map; it must begin with Pf or PF")
    channels = 3 if head[1] == b"PF" else 1
    width, height = int(head[2]), int(head[3])
    order = "<f4" if float(head[4]) < 0 else ">f4"
    count = channels * width * height
    if len(content) - head.end() < 4 * count:
        raise ValueError(f"{path} is cut short; {width}x{height} needs {4 * count} bytes")
    numbers = np.frombuffer(content, order, count, head.end()).reshape(height, width, channels)
    return torch.from_numpy(numbers[::-1].astype(np.float32)).permute(2, 0, 1)
