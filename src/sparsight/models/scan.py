"""Scans of any scale, phase and number of coils through a model of real images in [0, 1]."""

import copy

import torch
from jaxtyping import Complex, Float
from torch import Tensor, nn

from sparsight.fidelities import MeasuredFidelity
from sparsight.models.unrolled import Unrolled
from sparsight.operators import PhasedFourier


class ScanRestorer(nn.Module):
    """Magnitude images from part of their k-space.

    Real and imaginary parts are restored side by side, and so is every coil; the image is the
    root of the coils' summed squares. Each coil's zero-filled image is scaled to a peak of 1, as
    the models know images, and back. Patches lie as far apart as in the training of the model, or
    closer where the size of a scan would leave pixels without one.

    Args:
        model: restores real images; its fidelity is measured. A copy of it is kept.

    Raises:
        ValueError: it restores photographs.
    """

    def __init__(self, model: Unrolled):
        super().__init__()
        if not isinstance(model.fidelity, MeasuredFidelity):
            raise ValueError("the model restores photographs, not scans; give one of MRI")
        self.model, self.stride = copy.deepcopy(model), model.fidelity.stride
        self.codes = copy.deepcopy(model.fidelity.codes)
        self.model.fidelity = MeasuredFidelity(self.codes, PhasedFourier)

    @torch.no_grad()
    def forward(self, kspace: Tensor, mask: Tensor) -> Float[Tensor, "h w"]:
        """The restored magnitudes, in the precision of the k-space.

        Args:
            kspace: complex, (coils, h, w), zero frequency at [0, 0]; what the mask leaves out is
                not looked at.
            mask: 1 where a frequency was observed, 0 elsewhere; (h, w), or (1, w) for whole
                columns.

        Raises:
            ValueError: k-space is none, or mask and k-space do not fit.
        """
        _check_kspace(kspace)
        precision, given = next(self.model.parameters()).dtype, kspace.dtype.to_real()
        kspace, mask = kspace.to(precision.to_complex()), mask.to(precision)
        check_fit(kspace, mask)
        height, width = kspace.shape[1:]
        rows, columns = self.stride
        side = self.codes.side
        self.codes.stride = _fitting(rows, height - side), _fitting(columns, width - side)
        y = (mask * kspace)[:, None]
        peak = torch.fft.ifft2(y, norm="ortho").abs().amax((1, 2, 3), keepdim=True)
        scale = torch.where(peak > 0, peak, 1.0)
        # What is returned must be of use to autograd; this stays here.
        with torch.inference_mode():
            parts = self.model(y / scale, mask.mean()[None], mask[None, None])
        coils = torch.complex(parts[0::2], parts[1::2]) * scale
        return coils[:, 0].abs().square().sum(0).sqrt().to(given)


def _fitting(stride: int, span: int) -> int:
    """The largest stride, up to the one given, by which patches end where a span ends."""
    return next(step for step in range(stride, 0, -1) if span % step == 0)


def _check_kspace(kspace: Tensor) -> None:
    if not kspace.is_complex() or kspace.ndim != 3 or not kspace.numel():
        raise ValueError(
            f"kspace is {kspace.dtype} of the shape {tuple(kspace.shape)}; give complex numbers, "
            "(coils, height, width)"
        )


def check_fit(kspace: Complex[Tensor, "coils h w"], mask: Float[Tensor, "..."]) -> None:
    """Refuses a mask that is not this k-space's.

    Raises:
        ValueError: sizes differ, nothing is observed, or most of what should be is 0.
    """
    size, ours = tuple(kspace.shape[1:]), tuple(mask.shape)
    if ours not in (size, (1, size[1])):
        raise ValueError(
            f"the mask is {'x'.join(map(str, ours))}, the k-space {size[0]}x{size[1]}; "
            "give the mask that the k-space was sampled by"
        )
    observed = (kspace[:, mask.expand(size) > 0] != 0).any(0)
    if not len(observed):
        raise ValueError("the mask is 0 everywhere; give 1 where a frequency was observed")
    if observed.float().mean() < 0.5:
        raise ValueError(
            f"k-space is 0 at {int((~observed).sum())} of {len(observed)} places that the mask "
            "calls observed; is one of them shifted (see --centred), or the mask another's?"
        )
