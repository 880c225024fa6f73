"""Sparse coding of patches: one explicit step on the data term, and all steps of a plain code.

z  <-  z + C^T (mask * (y - D z))            GroupSC eqs. (3) and (14)
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from sparsight.ops import native
from sparsight.ops.products import add_outer, add_product, low_precision, multiply, outer
from sparsight.ops.shrinkage import close_thresholds_, soft_threshold
from sparsight.ops.together import code_type, descend_together

# Share of atoms in use up to which it pays to skip the others.
SPARSE = 0.2


def zero_codes(b: int, p: int, n: int, like: Tensor) -> Float[Tensor, "b p n"]:
    """Zero codes, laid out as this module wants them: the atoms of a patch side by side."""
    return like.new_zeros(b, n, p, dtype=code_type(like)).mT


def descend_codes(
    z: Float[Tensor, "b p n"],
    y: Float[Tensor, "b m n"],
    dictionary: Float[Tensor, "m p"],
    preconditioner: Float[Tensor, "m p"],
    mask: Float[Tensor, "#b m n"] | None = None,
) -> Float[Tensor, "b p n"]:
    """One preconditioned gradient step on 1/2 ||mask (y - D z)||^2.

    Args:
        z: codes.
        y: centred patches.
        dictionary: D.
        preconditioner: C; the step uses C^T where the gradient has D^T.
        mask: 1 where a pixel was observed, 0 elsewhere; None when all were.
    """
    given = (z, y, dictionary, preconditioner, mask)
    if z.device.type != "cpu":
        return descend_together(*given)
    return _DescendCodes.apply(*given)  # pyright: ignore[reportReturnType]


def gram_form(
    y: Float[Tensor, "b m n"],
    dictionary: Float[Tensor, "m p"],
    preconditioner: Float[Tensor, "m p"],
) -> tuple[Float[Tensor, "b p n"], Float[Tensor, "p p"]]:
    """C^T y and (I - C^T D)^T, which `descend_by_gram` wants."""
    pulled = (y.mT @ preconditioner).mT
    return pulled, torch.eye(dictionary.shape[1]).to(y) - dictionary.T @ preconditioner


def descend_by_gram(
    z: Float[Tensor, "b p n"], pulled: Float[Tensor, "b p n"], rest: Float[Tensor, "p p"]
) -> Float[Tensor, "b p n"]:
    """The step of `descend_codes` as C^T y + (I - C^T D) z, where zero codes cost nothing."""
    return native.sparse_product(pulled.mT, z.mT, rest).mT


def gram_pays(z: Float[Tensor, "b p n"], pixels: int) -> bool:
    """Whether `descend_by_gram` can take these codes and is the faster way.

    A row of the Gram matrix per atom in use, about half of them, against two rows of pixels per
    atom. Gradients need the residual, and low precision is for matrix units.
    """
    plain = not torch.is_grad_enabled() and low_precision(z) is None
    return plain and native.usable(z) and z.shape[1] <= 4 * pixels


def code_patches(
    y: Float[Tensor, "b m n"],
    dictionary: Float[Tensor, "m p"],
    preconditioner: Float[Tensor, "m p"],
    thresholds: Float[Tensor, "#b k p"],
) -> Float[Tensor, "b p n"]:
    """Codes after k times `descend_codes` and `soft_threshold`, from zero.

    Patches are on their own here, so the compiled loop codes one after the other in the
    processor's first cache. Codes are mostly zeros: it goes through the Gram matrix, z + C^T y -
    (C^T D) z, and reads one row of it per atom in use. Where many are in use (faint noise, the
    first steps of a training) dense products are faster.

    Args:
        y: centred patches.
        dictionary: D.
        preconditioner: C.
        thresholds: one per step and atom.
    """
    if native.fits(y, dictionary.shape[1]) and thresholds.dtype == y.dtype:
        # The compiled loop is float32 throughout, whatever autocast would have.
        with torch.no_grad(), torch.autocast(y.device.type, enabled=False):
            coder = _PatchCoder(y, dictionary, preconditioner, thresholds)
        if coder.used() <= SPARSE:
            return _CodePatches.apply(y, dictionary, preconditioner, thresholds, coder)  # pyright: ignore[reportReturnType]
    return code_densely(y, dictionary, preconditioner, thresholds)


def code_densely(
    y: Float[Tensor, "b m n"],
    dictionary: Float[Tensor, "m p"],
    preconditioner: Float[Tensor, "m p"],
    thresholds: Float[Tensor, "#b k p"],
    mask: Float[Tensor, "#b m n"] | None = None,
) -> Float[Tensor, "b p n"]:
    """As `code_patches`, by products of whole matrices.

    Args:
        y: centred patches.
        dictionary: D.
        preconditioner: C.
        thresholds: one per step and atom.
        mask: 1 where a pixel was observed, 0 elsewhere; None when all were.
    """
    given = (y, dictionary, preconditioner, thresholds, mask)
    here = y.device.type == "cpu" and torch.is_grad_enabled()
    if here and not bool((thresholds < 0).any()):
        return _CodeDensely.apply(*given)  # pyright: ignore[reportReturnType]
    return _code_step_by_step(*given)


def _code_step_by_step(
    y: Tensor, dictionary: Tensor, preconditioner: Tensor, thresholds: Tensor, mask: Tensor | None
) -> Tensor:
    z = zero_codes(y.shape[0], dictionary.shape[1], y.shape[2], y)
    pays = mask is None and gram_pays(z, y.shape[1])
    gram = gram_form(y, dictionary, preconditioner) if pays else None
    for k in range(thresholds.shape[1]):
        if gram is None:
            z = descend_codes(z, y, dictionary, preconditioner, mask)
        else:
            z = descend_by_gram(z, *gram)
        z = soft_threshold(z, thresholds[:, k, :, None])
    return z


class _CodeDensely(torch.autograd.Function):
    """`_code_step_by_step` for thresholds not below 0, its backward in one buffer of codes."""

    @staticmethod
    def forward(ctx, y, dictionary, preconditioner, thresholds, mask):
        ctx.low = low_precision(y)
        codes = [zero_codes(y.shape[0], dictionary.shape[1], y.shape[2], y)]
        residuals = []
        for k in range(thresholds.shape[1]):
            residual, moved = torch.empty_like(y), torch.empty_like(codes[k])
            for i in range(len(y)):
                add_product(y[i], codes[k][i], dictionary.T, residual[i], ctx.low, sign=-1)
                _leave_out_gaps(residual, mask, i)
                add_product(codes[k][i], residual[i], preconditioner, moved[i], ctx.low)
            residuals.append(residual)
            codes.append(soft_threshold(moved, thresholds[:, k, :, None]))
        ctx.save_for_backward(dictionary, preconditioner, thresholds, mask, *codes, *residuals)
        return codes[-1]

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        dictionary, preconditioner, thresholds, mask, *saved = ctx.saved_tensors
        depth = thresholds.shape[1]
        codes, residuals = saved[: depth + 1], saved[depth + 1 :]
        grad = zero_codes(*grad.shape, grad).copy_(grad)
        grad_y = torch.zeros_like(residuals[0]) if ctx.needs_input_grad[0] else None
        grad_d, grad_c = torch.zeros_like(dictionary), torch.zeros_like(preconditioner)
        grad_t = grad.new_empty(len(grad), *thresholds.shape[1:])
        pulled = torch.empty_like(residuals[0])
        for k in reversed(range(depth)):
            grad_t[:, k] = close_thresholds_(grad, codes[k + 1])
            for i in range(len(grad)):
                multiply(preconditioner, grad[i], pulled[i], ctx.low)
                _leave_out_gaps(pulled, mask, i)
                add_outer(grad_c, residuals[k][i], grad[i], ctx.low)
                add_outer(grad_d, pulled[i], codes[k][i], ctx.low, sign=-1)
                add_product(grad[i], pulled[i], dictionary, grad[i], ctx.low, sign=-1)
            if grad_y is not None:
                grad_y += pulled
        if len(thresholds) == 1:
            grad_t = grad_t.sum(0, keepdim=True)
        return grad_y, grad_d, grad_c, grad_t, None


class _DescendCodes(torch.autograd.Function):
    """Image by image, so that products stay in cache; saves z and the small residual."""

    @staticmethod
    def forward(ctx, z, y, dictionary, preconditioner, mask):
        ctx.low = low_precision(z)
        residual = torch.empty_like(y)
        out = torch.empty_like(z)
        for i in range(len(z)):
            add_product(y[i], z[i], dictionary.T, residual[i], ctx.low, sign=-1)
            _leave_out_gaps(residual, mask, i)
            add_product(z[i], residual[i], preconditioner, out[i], ctx.low)
        ctx.save_for_backward(z, residual, dictionary, preconditioner, mask)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        z, residual, dictionary, preconditioner, mask = ctx.saved_tensors
        pulled = torch.empty_like(residual)
        grad_z = torch.empty_like(z)
        for i in range(len(z)):
            multiply(preconditioner, grad[i], pulled[i], ctx.low)
            _leave_out_gaps(pulled, mask, i)
            add_product(grad[i], pulled[i], dictionary, grad_z[i], ctx.low, sign=-1)
        grad_dictionary = grad_preconditioner = None
        if ctx.needs_input_grad[2]:
            grad_dictionary = outer(pulled, z, ctx.low).neg_()
        if ctx.needs_input_grad[3]:
            grad_preconditioner = outer(residual, grad, ctx.low)
        return grad_z, pulled, grad_dictionary, grad_preconditioner, None


class _PatchCoder:
    """The compiled loop and what it reads: C^T y, the Gram matrix, thresholds for each image."""

    def __init__(self, y: Tensor, dictionary: Tensor, preconditioner: Tensor, thresholds: Tensor):
        self.gram_t = dictionary.T @ preconditioner
        self.pulled = y.mT @ preconditioner
        self.thresholds = thresholds.expand(len(y), -1, -1).contiguous()
        self.depth, self.atoms = thresholds.shape[1:]
        self.work = y.new_empty((2 * self.depth + 1) * (self.atoms + native.LANES))

    def codes(self, stride: int = 1) -> tuple[Tensor, int]:
        """Codes by rows, (b, n, p), of every stride-th patch; atoms in use, all steps together."""
        out, used = torch.empty_like(self.pulled), 0
        size = (out.shape[1], stride, self.atoms, self.depth)
        for pulled, t, z in zip(self.pulled, self.thresholds, out, strict=True):
            used += native.call("code_patches", *size, pulled, self.gram_t, t, self.work, z)
        return out, used

    def used(self, stride: int = 61) -> float:
        """The share of atoms in use, from a few patches."""
        tried = -(-self.pulled.shape[1] // stride) * len(self.pulled)
        return self.codes(stride)[1] / (tried * self.depth * self.atoms)

    def pull_back(self, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """From the gradient of the codes by rows.

        With g_k the gradient before threshold k: the sum of g_k over steps, (b, n, p); the sum of
        z_k g_{k+1}^T over patches and steps, (p, p); the gradient of the thresholds.
        """
        total = torch.empty_like(self.pulled)
        moment, grad_t = torch.zeros_like(self.gram_t), torch.zeros_like(self.thresholds)
        gram, size = self.gram_t.T.contiguous(), (grad.shape[1], self.atoms, self.depth)
        for i in range(len(grad)):
            given = (self.pulled[i], self.gram_t, gram, self.thresholds[i], self.work, grad[i])
            native.call("code_patches_backward", *size, *given, total[i], moment, grad_t[i])
        return total, moment, grad_t


class _CodePatches(torch.autograd.Function):
    """Saves its inputs only: coding again costs less than keeping the codes of every step."""

    @staticmethod
    def forward(ctx, y, dictionary, preconditioner, thresholds, coder):
        ctx.save_for_backward(y, dictionary, preconditioner)
        ctx.coder, ctx.shared = coder, len(thresholds) == 1
        return coder.codes()[0].mT

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        y, dictionary, preconditioner = ctx.saved_tensors
        total, moment, grad_t = ctx.coder.pull_back(grad.mT.contiguous())
        # C gets the sum of (y - D z) g^T, D that of -C g z^T.
        grad_y = preconditioner @ total.mT if ctx.needs_input_grad[0] else None
        grad_preconditioner = torch.einsum("bmn,bnp->mp", y, total) - dictionary @ moment
        grad_dictionary = -preconditioner @ moment.T
        if ctx.shared:
            grad_t = grad_t.sum(0, keepdim=True)
        return grad_y, grad_dictionary, grad_preconditioner, grad_t, None


def _leave_out_gaps(patches: Tensor, mask: Tensor | None, image: int) -> None:
    if mask is not None:
        patches[image].mul_(mask[image % len(mask)])
