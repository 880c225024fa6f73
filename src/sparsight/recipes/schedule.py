"""The numbers of a training run."""

from dataclasses import dataclass

ABOVE_ZERO = (
    "steps",
    "batch",
    "together",
    "crop",
    "sigma_power",
    "shrink",
    "lr",
    "lr_factor",
    "lr_every",
    "epsilon",
    "clip",
    "check_every",
    "threshold",
)
NOT_BELOW_ZERO = ("matrix_lr", "whiten", "largest", "lr_first", "check_drop")
SEEDS = 2**32  # of the libraries that draw


@dataclass(frozen=True)
class Schedule:
    """How long, how fast, on what (GroupSC appendix B by default).

    Args:
        steps: optimiser steps; the paper's 300 epochs of 400 batches.
        batch: crops per step.
        together: crops that go through the model at once; the result is the same.
        crop: side of a crop in pixels.
        shrink: some crops are made smaller by a factor from this to 1, which takes away
            what JPEG left in training images; 1 is the paper's. For noise and gaps only.
        shrunk: share of the crops that are, 0 to 1.
        sigma_low: lowest noise level, 8-bit units.
        sigma_high: highest noise level.
        sigma_power: sigma to this power is drawn uniformly; 1 is the paper's, near 0 every octave
            of noise is drawn as often.
        quality_low: lowest JPEG quality, 1 to 100; 0 for noise instead of JPEG.
        quality_high: highest.
        quality_step: from one quality to the next; 10 makes 10, 20, 30, 40 of 10 to 40.
        balance: crops weigh by sigma^-balance; 1.2 evens out the decibels, 0 is the paper's.
        evenness: crops weigh by their mean square error to the power of minus this. 0 is the
            paper's; 1 trains the mean PSNR of crops; 0.5 suits that of images, whose crops differ.
        lr: learning rate of Adam at the start.
        matrix_lr: rate of Muon for the matrices D, C, W; 0 leaves them to Adam, as in the
            paper. Muon gets as far in a tenth of the steps.
        lr_factor: what the rates are multiplied by every `lr_every` steps.
        lr_every: steps.
        lr_first: steps before the rates fall for the first time; 0 means `lr_every`.
        epsilon: of Adam.
        average: decay of the running mean of the weights that is measured and written; 0 takes
            the weights as they are.
        clip: greatest norm of the gradient.
        check_every: steps between looks at a few training images, for backtracking; the paper's 20
            epochs.
        check_drop: decibels lost on them that send the model back to its last snapshot.
        whiten: flattens the spectrum of the learned dictionary at the start: its Gram matrix
            is divided by itself plus this share of its largest eigenvalue; 0 does not.
        threshold: thresholds at the start, in deviations of the noise of a code.
        largest: D and C are divided, after every step, by as much as their largest singular value
            exceeds this (Games section 3.3, spectral normalisation); 0 lets them be.
        seed: of all draws.
    """

    steps: int = 120_000
    batch: int = 32
    together: int = 1
    crop: int = 56
    shrink: float = 1.0
    shrunk: float = 0.5
    sigma_low: float = 25.0
    sigma_high: float = 25.0
    sigma_power: float = 1.0
    quality_low: int = 0
    quality_high: int = 0
    quality_step: int = 1
    balance: float = 0.0
    evenness: float = 0.0
    lr: float = 6e-4
    matrix_lr: float = 0.0
    lr_factor: float = 0.35
    lr_every: int = 32_000
    lr_first: int = 0
    epsilon: float = 1e-3
    average: float = 0.0
    clip: float = 1e3
    check_every: int = 8_000
    check_drop: float = 0.2
    whiten: float = 0.0
    threshold: float = 1.2
    largest: float = 0.0
    seed: int = 0

    def __post_init__(self):
        """Refuses numbers that cannot be meant."""
        for name in ABOVE_ZERO:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be above 0")
        if not 0 <= self.average < 1:
            raise ValueError(f"average is {self.average}; it must be from 0 to below 1")
        for name in NOT_BELOW_ZERO:
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must not be below 0")
        if not 0 <= self.seed < SEEDS:
            raise ValueError(f"seed is {self.seed}; give a whole number from 0 to {SEEDS - 1}")
        if self.shrink > 1 or (self.shrink < 1 and self.quality_low):
            raise ValueError(
                f"shrink is {self.shrink}; give a factor above 0, up to 1, and 1 for JPEG"
            )
        if not 0 <= self.shrunk <= 1:
            raise ValueError(f"shrunk is {self.shrunk}; give a share of the crops, 0 to 1")
        if self.quality_step < 1 or not 0 <= self.quality_low <= self.quality_high <= 100:
            raise ValueError(
                f"quality_low is {self.quality_low}, quality_high {self.quality_high}, "
                f"quality_step {self.quality_step}; give 1 <= low <= high <= 100 and a step of 1 "
                "or more, or 0 and 0 for noise"
            )
        if (self.quality_low == 0) != (self.quality_high == 0):
            raise ValueError("quality_low and quality_high must both be 0, or both above 0")
        if not 0 <= self.sigma_low <= self.sigma_high <= 255:
            raise ValueError(
                f"sigma_low is {self.sigma_low}, sigma_high {self.sigma_high}; "
                "give low <= high between 0 and 255"
            )
        if self.balance and not self.sigma_low and not self.quality_low:
            raise ValueError(
                f"balance is {self.balance}; crops without noise cannot be weighed by it, give 0"
            )

    @property
    def qualities(self) -> range:
        """JPEG qualities that are trained for; none where noise is."""
        if not self.quality_low:
            return range(0)
        return range(self.quality_low, self.quality_high + 1, self.quality_step)
