"""ALR's Figures 1 and 3, and the photograph of the README."""

import math
from pathlib import Path

import torch
from alr_deblurring import SHARP_NOISE, deblur
from alr_images import Test, cbsd68, gaussian, middle, shipped

from sparsight.bench import add_noise
from sparsight.data import read_image
from sparsight.metrics import psnr
from sparsight.penalties import Layer, PatchCritic
from sparsight.training.critic import duality
from sparsight.zoo import load_critic

FOLDER = Path(__file__).parents[1] / "docs" / "results"
DEMO, SCALE = 192, 2


def photo() -> dict:
    """The picture of the README: the bundled photograph blurred, restored, and as it was."""
    from PIL import Image

    import sparsight.files

    demo = read_image(Path(sparsight.files.__file__).with_name("demo.png"), 3)
    test = Test("demo", 0, demo[:, :DEMO, :DEMO].float() / 255)
    parts = deblur(shipped(), gaussian(7, 3.0), test, SHARP_NOISE)
    pixels = (255 * torch.cat(parts, 2)).round().byte().permute(1, 2, 0).numpy()
    size = [SCALE * length for length in pixels.shape[1::-1]]
    picture = Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST)
    picture.save(FOLDER.parent / "deblur.png", optimize=True)
    return {"blurred": psnr(parts[0], parts[2]), "restored": psnr(parts[1], parts[2])}


@torch.no_grad()
def scores(data: Path) -> dict:
    """Figure 3: distributions of r at four noise levels."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    critic = load_critic("alr-color")[0]
    tests, means = [middle(test, 96) for test in cbsd68(data, 10)], {}
    figure, axes = plt.subplots(figsize=(6, 3.2))
    for sigma in (0.0, 0.05, 0.1, 0.15):
        noisy = [add_noise(test.clean, sigma, test.place)[None] for test in tests]
        r = torch.cat([critic(y).flatten() for y in noisy])
        axes.hist(r.numpy(), 80, density=True, histtype="step", label=f"σ = {sigma:g}")
        means[f"{sigma:g}"] = r.mean().item()
    axes.set(xlabel="r of a patch", yticks=[])
    axes.legend()
    figure.savefig(FOLDER / "alr_scores.png", dpi=120, bbox_inches="tight")
    return means


def circle() -> dict:
    """Figure 1: clean points on a circle, noisy ones about it, r learned by algorithm 1."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    torch.manual_seed(0)
    # A point is an image of two channels and one pixel.
    critic = PatchCritic(2, [Layer(64, 1), Layer(64, 1), Layer(1, 1)])
    adam = torch.optim.Adam(critic.parameters(), 3e-3)
    fall = torch.optim.lr_scheduler.ExponentialLR(adam, 0.1 ** (1 / 1000))
    generator = torch.Generator().manual_seed(0)
    for _ in range(2000):
        clean, other = on_circle(256, generator), on_circle(256, generator)
        noisy = other + 0.3 * torch.randn(other.shape, generator=generator)
        gap, slopes, _ = duality(
            critic, clean, noisy, torch.rand(256, 1, 1, 1, generator=generator)
        )
        adam.zero_grad()
        # Patches differ by 4 in the mean, points by a quarter: mu of 5 would drown the gap.
        (0.3 * (slopes - 1).square().mean() - gap).backward()
        adam.step()
        fall.step()
    grid = torch.linspace(-2, 2, 81)
    points = torch.cartesian_prod(grid, grid)[:, :, None, None].requires_grad_()
    r = critic(points)
    distance = (points.flatten(1).norm(dim=1) - 1).abs().detach()
    near = distance < 0.5
    likeness = torch.corrcoef(torch.stack([r.flatten().detach()[near], distance[near]]))[0, 1]
    figure, axes = plt.subplots(figsize=(4, 4))
    axes.contourf(grid, grid, r.detach().reshape(81, 81).T, 30)
    clean, other = on_circle(150, generator).flatten(1), on_circle(150, generator)
    noisy = (other + 0.3 * torch.randn(other.shape, generator=generator)).flatten(1)
    axes.plot(*clean.T, "b.", *noisy.T, "rx", markersize=4)
    axes.set_aspect("equal")
    figure.savefig(FOLDER / "alr_circle.png", dpi=120, bbox_inches="tight")
    return {"correlation with the distance to the circle": likeness.item()}


def on_circle(count: int, generator: torch.Generator) -> torch.Tensor:
    """Points of the unit circle, (count, 2, 1, 1)."""
    angle = 2 * math.pi * torch.rand(count, generator=generator)
    return torch.stack([angle.cos(), angle.sin()], 1)[:, :, None, None]
