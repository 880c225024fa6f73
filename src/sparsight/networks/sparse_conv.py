"""A convolution whose kernels are picked patch by patch: NSR eq. (10) and figure 3.

k groups of kernels are held; a side network looks at the mean of a patch and says how they are
mixed, for d cardinal groups of output channels apart; the convolution then costs what one group
costs. The MLP of the paper is one linear layer: only that gives its published parameter counts.
"""

import math
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.networks.gates import Choice, Gate, SoftmaxGate
from sparsight.ops import cut_cells

Pair = int | tuple[int, int]
_SOFTMAX = SoftmaxGate()


class SparseConv2d(nn.Module):
    """A drop-in for `nn.Conv2d`; with groups_k = 1 it has the same parameters and results.

    Patches form a grid from the top left corner; those at the right and bottom may be smaller.

    Args:
        in_channels: as nn.Conv2d.
        out_channels: as nn.Conv2d; of one group of kernels.
        kernel_size: as nn.Conv2d.
        stride: as nn.Conv2d; it divides `patch`.
        padding: as nn.Conv2d.
        dilation: as nn.Conv2d.
        groups: as nn.Conv2d.
        bias: as nn.Conv2d; it is mixed as the kernels are.
        padding_mode: as nn.Conv2d.
        groups_k: k, the groups of kernels among which a patch chooses.
        cardinality: d, parts of the output channels that choose apart.
        patch: side in pixels of what chooses as one; None for the whole image.
        temperature: of the gate, above 0.
        gate: from scores to a choice.

    Attributes:
        weight: (k * out_channels, in_channels / groups, kernel height, width), group by group.
        bias: (k * out_channels,) or None.

    Raises:
        ValueError: numbers that do not go together.
    """

    def __init__(  # noqa: PLR0913 - those of nn.Conv2d come first
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair | str = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
        *,
        groups_k: int = 1,
        cardinality: int = 1,
        patch: int | None = None,
        temperature: float = 1.0,
        gate: Gate = _SOFTMAX,
    ):
        super().__init__()
        _check(out_channels, groups_k, cardinality, groups, temperature)
        numbers = (kernel_size, stride, padding, dilation, groups, bias, padding_mode)
        like = nn.Conv2d(in_channels, groups_k * out_channels, *numbers)
        if patch is not None and (patch < 1 or any(patch % step for step in like.stride)):
            raise ValueError(f"patch is {patch}, stride {stride}; give a multiple of the stride")
        self.weight, self.bias = like.weight, like.bias
        self.stride, self.dilation, self.groups = like.stride, like.dilation, groups
        self.kernel_size, self.padding_mode = like.kernel_size, padding_mode
        self.pads = left, right, top, bottom = _pads(like)
        even = left == right and top == bottom and padding_mode == "zeros"
        self.margin = (top, left) if even else None
        self.k, self.cardinality, self.patch = groups_k, cardinality, patch
        self.temperature, self.gate = temperature, gate
        chooses = groups_k > 1 or gate.scales_one_group
        self.side = nn.Linear(in_channels, cardinality * groups_k) if chooses else None

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b o _ _"]:
        """The convolution, each patch with its own kernels."""
        if self.side is None:
            numbers = (self.stride, 0, self.dilation, self.groups)
            return F.conv2d(self._padded(x), self.weight, self.bias, *numbers)
        size = self._output_size(x)
        cell = self._cell(x, size)
        rows, columns = (-(-n // c) for n, c in zip(size, cell, strict=True))
        weight, bias = self.kernels(self.choose(x, (rows, columns)))
        if rows == columns == 1 and self.margin is not None:
            # Nothing to cut out: where the convolution itself pads, a copy is spared.
            cells, margin = x.reshape(1, -1, *x.shape[2:]), self.margin
        else:
            cells, margin = self._cut(self._padded(x), cell, (rows, columns)), (0, 0)
        together = len(x) * rows * columns * self.groups
        out = F.conv2d(cells, weight, bias, self.stride, margin, self.dilation, together)
        out = out.view(len(x), rows, columns, -1, *cell).permute(0, 3, 1, 4, 2, 5)
        return out.reshape(len(x), -1, rows * cell[0], columns * cell[1])[..., : size[0], : size[1]]

    def choose(self, x: Float[Tensor, "b c h w"], grid: tuple[int, int]) -> Choice:
        """What each patch of a grid chooses, image by image, row by row.

        Raises:
            ValueError: the layer has one group and nothing to choose.
        """
        if self.side is None:
            raise ValueError("this layer has one group of kernels; there is nothing to choose")
        means = x.mean((2, 3), keepdim=True)
        if self.patch is not None:
            means = F.avg_pool2d(x, self.patch, ceil_mode=True, count_include_pad=False)
        # Wide padding makes rows of output beyond the image: they go with its last patches.
        down, right = (
            torch.arange(n, device=x.device).clamp(max=m - 1)
            for n, m in zip(grid, means.shape[2:], strict=True)
        )
        pooled = means[:, :, down][..., right].permute(0, 2, 3, 1).flatten(0, 2)
        scores = self.side(pooled).view(-1, self.cardinality, self.k)
        return self.gate(scores, self.temperature, self.training)

    def _padded(self, x: Tensor) -> Tensor:
        mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
        return F.pad(x, self.pads, mode) if any(self.pads) else x

    def _output_size(self, x: Tensor) -> tuple[int, int]:
        left, right, top, bottom = self.pads
        height, width = x.shape[2] + top + bottom, x.shape[3] + left + right
        rows, columns = (
            (n - d * (k - 1) - 1) // s + 1
            for n, d, k, s in zip(
                (height, width), self.dilation, self.kernel_size, self.stride, strict=True
            )
        )
        return rows, columns

    def _cell(self, x: Tensor, size: tuple[int, int]) -> tuple[int, int]:
        """Rows and columns of output that one choice serves."""
        if self.patch is None or max(x.shape[2:]) <= self.patch:
            return size
        return self.patch // self.stride[0], self.patch // self.stride[1]

    def _cut(self, padded: Tensor, cell: tuple[int, int], grid: tuple[int, int]) -> Tensor:
        """The patches with all that their kernels see, side by side as channels."""
        steps = [c * s for c, s in zip(cell, self.stride, strict=True)]
        spans = [
            (c - 1) * s + d * (k - 1) + 1
            for c, s, d, k in zip(cell, self.stride, self.dilation, self.kernel_size, strict=True)
        ]
        lacking = [
            max(0, (n - 1) * step + span - have)
            for n, step, span, have in zip(grid, steps, spans, padded.shape[2:], strict=True)
        ]
        wide = F.pad(padded, (0, lacking[1], 0, lacking[0]))
        cells = cut_cells(wide, (spans[0], spans[1]), (steps[0], steps[1]))
        return cells[:, : grid[0], : grid[1]].reshape(1, -1, *spans)

    def kernels(
        self, choice: Choice
    ) -> tuple[Float[Tensor, "_ _ _ _"], Float[Tensor, " _"] | None]:
        """The kernels and biases of all patches, (n * out_channels, ...)."""
        shape = self.weight.shape[1:]
        apart = (self.k, self.cardinality, -1)
        weight = choice.mix(self.weight.reshape(apart)).reshape(-1, *shape)
        bias = None if self.bias is None else choice.mix(self.bias.view(apart)).flatten()
        return weight, bias


def convert(
    model: nn.Module, k: int = 4, cardinality: int = 16, patch: int | None = None
) -> nn.Module:
    """Gives every convolution of a network k groups of kernels, in place.

    All groups begin as the kernels that were there: the network's results are what they were,
    and groups part as it trains.

    Args:
        model: any module; returned, or what takes its place if it is itself a convolution.
        k: groups of kernels.
        cardinality: at most; the greatest common divisor with a layer's channels is taken.
        patch: side in pixels of what chooses as one; None for the whole image.
    """
    if isinstance(model, nn.Conv2d):
        return _sparse_like(model, k, cardinality, patch)
    for name, child in model.named_children():
        setattr(model, name, convert(child, k, cardinality, patch))
    return model


def _sparse_like(conv: nn.Conv2d, k: int, cardinality: int, patch: int | None) -> SparseConv2d:
    layer = SparseConv2d(
        conv.in_channels,
        conv.out_channels,
        conv.kernel_size,  # pyright: ignore[reportArgumentType]
        conv.stride,  # pyright: ignore[reportArgumentType]
        conv.padding,  # pyright: ignore[reportArgumentType]
        conv.dilation,  # pyright: ignore[reportArgumentType]
        conv.groups,
        conv.bias is not None,
        conv.padding_mode,
        groups_k=k,
        cardinality=math.gcd(cardinality, conv.out_channels),
        patch=patch,
    ).to(conv.weight)
    with torch.no_grad():
        layer.weight.copy_(conv.weight.repeat(k, 1, 1, 1))
        if conv.bias is not None and layer.bias is not None:
            layer.bias.copy_(conv.bias.repeat(k))
    return layer.train(conv.training)


def _check(out: int, k: int, cardinality: int, groups: int, temperature: float) -> None:
    if k < 1:
        raise ValueError(f"groups_k is {k}; give 1 or more")
    if cardinality < 1 or out % cardinality:
        raise ValueError(f"cardinality is {cardinality}; it must divide out_channels, {out}")
    if out % groups:
        raise ValueError(f"groups is {groups}; it must divide out_channels, {out}")
    if temperature <= 0:
        raise ValueError(f"temperature is {temperature}; give a number above 0")


def _pads(conv: nn.Conv2d) -> tuple[int, int, int, int]:
    """Left, right, top, bottom, as F.pad wants them."""
    if isinstance(conv.padding, str):
        wholes = [d * (n - 1) for d, n in zip(conv.dilation, conv.kernel_size, strict=True)]
        wholes = wholes if conv.padding == "same" else [0, 0]
        (top, bottom), (left, right) = ((n // 2, n - n // 2) for n in wholes)
        return left, right, top, bottom
    down, right = conv.padding
    return int(right), int(right), int(down), int(down)
