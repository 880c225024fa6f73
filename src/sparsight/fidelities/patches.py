"""Patches coded on a dictionary: h(z; y) = 1/2 ||mask (y - D z)||^2 (GroupSC eqs. (1), (13)).

Patches lose their mean before coding and get it back afterwards, so that low frequencies do
not pass through the model, eq. (5). The gradient is preconditioned, C^T in place of D^T, and
a third matrix W decodes, eq. (6).
"""

from jaxtyping import Float
from torch import Tensor, nn

from sparsight.fidelities.centring import Centring, centre_observed
from sparsight.ops import (
    aligned,
    average_patches,
    descend_by_gram,
    descend_codes,
    descend_together,
    extract_patches,
    gram_form,
    gram_pays,
    zero_codes,
)
from sparsight.protocols import Eta, Observation


class PatchFidelity(nn.Module):
    """Sparse coding of centred patches.

    Args:
        dictionary: D.
        preconditioner: C.
        synthesis: W.
        side: patch side; m = channels * side**2.
        stride: rows and columns from one patch to the next; 1 and 1 take all patches.
        centre: takes the means out.

    Raises:
        ValueError: m is not a multiple of side**2, or the matrices differ in shape.
    """

    def __init__(
        self,
        dictionary: Float[Tensor, "m p"],
        preconditioner: Float[Tensor, "m p"],
        synthesis: Float[Tensor, "m p"],
        side: int,
        stride: tuple[int, int] = (1, 1),
        centre: Centring = centre_observed,
    ):
        super().__init__()
        shapes = [tuple(a.shape) for a in (dictionary, preconditioner, synthesis)]
        if len(set(shapes)) > 1 or shapes[0][0] % side**2:
            raise ValueError(
                f"D, C, W are {shapes}; they must be alike, with channels * {side**2} rows"
            )
        self.dictionary = nn.Parameter(dictionary)
        self.preconditioner = nn.Parameter(preconditioner)
        self.synthesis = nn.Parameter(synthesis)
        self.side = side
        self.stride = stride
        self.centre = centre
        self.channels = shapes[0][0] // side**2

    def observe(
        self, y: Float[Tensor, "b c h w"], mask: Float[Tensor, "#b c h w"] | None = None
    ) -> Observation:
        """Cuts the image into centred patches.

        Args:
            y: NaN where nothing was observed, unless a mask says where.
            mask: 1 where a sample was observed.

        Raises:
            ValueError: y has other channels than the dictionary, or is smaller than a patch.
        """
        if y.shape[1] != self.channels:
            raise ValueError(f"the image has {y.shape[1]} channels, the model {self.channels}")
        if mask is None:
            y, mask = _split_gaps(y)
        return observe_patches(y, self.side, self.stride, mask, self.centre)

    def start(self, data: Observation) -> Float[Tensor, "b p n"]:
        """Zero codes."""
        b, _, n = data.centred.shape
        return zero_codes(b, self.dictionary.shape[1], n, data.centred)

    def gradient(self, z: Float[Tensor, "b p n"], data: Observation) -> Float[Tensor, "b p n"]:
        """C^T mask (D z - y)."""
        return z - self.descend(z, data, 1.0)

    def descend(
        self, z: Float[Tensor, "b p n"], data: Observation, eta: Eta = 1.0
    ) -> Float[Tensor, "b p n"]:
        """z + eta C^T mask (y - D z), eqs. (3) and (14)."""
        if isinstance(eta, Tensor):
            return z - eta * self.gradient(z, data)
        if eta == 1.0 and data.mask is None and gram_pays(z, len(self.dictionary)):
            if "gram form" not in data.memo:
                matrices = self.dictionary, self.preconditioner
                data.memo["gram form"] = gram_form(data.centred, *matrices)
            return descend_by_gram(z, *data.memo["gram form"])
        step = self.preconditioner if eta == 1.0 else eta * self.preconditioner
        if z.device.type == "cpu":
            return descend_codes(z, data.centred, self.dictionary, step, data.mask)
        if "aligned" not in data.memo:
            mask = None if data.mask is None else aligned(data.mask).to(z.dtype)
            data.memo["aligned"] = aligned(data.centred).to(z.dtype), mask
        patches, mask = data.memo["aligned"]
        return descend_together(z, patches, self.dictionary, step, mask)

    def predict(self, z: Float[Tensor, "b p n"], data: Observation) -> Float[Tensor, "b c h w"]:
        """The average of D z plus means: the image that a measurement is compared with."""
        patches = self.dictionary @ z + data.mean
        return average_patches(patches, data.size, self.side, self.stride)

    def pull(self, image: Float[Tensor, "b c h w"]) -> Float[Tensor, "b p n"]:
        """C^T of the image's patches, each pixel counted once per patch that covers it."""
        return self.preconditioner.T @ extract_patches(image, self.side, self.stride)

    def estimate_patches(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b m n"]:
        """W z, without means."""
        return (self.synthesis @ z).to(self.synthesis.dtype)

    def average(self, patches: Float[Tensor, "b m n"], data: Observation) -> Float[Tensor, "b m n"]:
        """Overlapping patches averaged into an image and cut again."""
        image = average_patches(patches, data.size, self.side, self.stride)
        return extract_patches(image, self.side, self.stride)

    def decode(self, z: Float[Tensor, "b p n"], data: Observation) -> Float[Tensor, "b c h w"]:
        """The average of W z plus means, eq. (6)."""
        patches = self.estimate_patches(z) + data.mean
        return average_patches(patches, data.size, self.side, self.stride)


def observe_patches(
    y: Float[Tensor, "b c h w"],
    side: int,
    stride: tuple[int, int],
    mask: Float[Tensor, "#b c h w"] | None = None,
    centre: Centring = centre_observed,
) -> Observation:
    """Cuts an image into centred patches.

    Args:
        y: at least a patch in size.
        side: of a patch.
        stride: rows and columns from one patch to the next.
        mask: 1 where a sample was observed; None when all were.
        centre: takes the means out.
    """
    # Like codes, patches lie row by row in memory: products are fastest so.
    patches = extract_patches(y, side, stride).mT.contiguous().mT
    size = (y.shape[2], y.shape[3])
    observed = None
    if mask is not None:
        observed = extract_patches(mask, side, stride).mT.contiguous().mT
    return Observation(*centre(patches, observed), size, side, stride, observed, observed)


def _split_gaps(y: Float[Tensor, "b c h w"]) -> tuple[Tensor, Tensor | None]:
    """The image with zeros for its gaps, and its mask if it has any."""
    gaps = y.isnan()
    return (y.masked_fill(gaps, 0), (~gaps).to(y)) if bool(gaps.any()) else (y, None)
