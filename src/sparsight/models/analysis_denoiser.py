"""Denoising by a learned analysis operator: x* = argmin 1/2 ||x - y||^2 + ||W x||_1 (BLORC).

The layer solves without gradient and goes through the closed form of what the solver found, so
training it is ordinary supervised training.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.ops import AnalysisSolution, apply_closed_form, solve_analysis


class AnalysisDenoiser(nn.Module):
    """Removes noise from signals of a fixed length.

    Args:
        analysis: W, which is learned; its scale is the strength of the penalty, its last axis
            the length of the signals.
        gamma: entries of W x smaller than this count as 0 (algorithm 4.1); 0 takes the exact
            sign pattern.
    """

    def __init__(self, analysis: Float[Tensor, "k n"], gamma: float = 0.0):
        super().__init__()
        self.analysis = nn.Parameter(analysis)
        self.gamma = gamma

    def forward(self, y: Tensor) -> Float[Tensor, "b n"]:
        """Denoised signals, with gradients by W and y, in the precision of y.

        Args:
            y: (b, n), in the units of the signals that W was learned from.

        Raises:
            ValueError: y is no batch of signals, has another length than W, or is not finite.
        """
        if not y.is_floating_point() or y.ndim != 2:
            raise ValueError(
                f"y is {y.dtype} of the shape {tuple(y.shape)}; give floating-point numbers, "
                "(signals, samples)"
            )
        given = y.to(self.analysis.dtype)
        return self.differentiate(given, self.solve(given)).to(y.dtype)

    def solve(self, y: Float[Tensor, "b n"], start: Tensor | None = None) -> AnalysisSolution:
        """The minimiser without gradient.

        Args:
            y: noisy signals.
            start: the dual of an earlier solution.

        Raises:
            ValueError: signals are of another length than W takes.
        """
        if y.shape[-1] != self.analysis.shape[1]:
            raise ValueError(
                f"signals have {y.shape[-1]} samples, the model takes {self.analysis.shape[1]}"
            )
        return solve_analysis(y.detach(), self.analysis.detach(), start)

    def differentiate(
        self, y: Float[Tensor, "b n"], solution: AnalysisSolution
    ) -> Float[Tensor, "b n"]:
        """The solution once more, by eq. (3.2), now with gradients."""
        z = solution.x @ self.analysis.detach().T
        signs = torch.where(z.abs() < self.gamma, 0.0, solution.signs)
        return apply_closed_form(y, self.analysis, signs)
