"""Priors and denoisers inside DeepInverse's own optimisers; its physics inside ours."""

import warnings

import pytest
import torch
from tests.laws.test_variational import LAPLACIAN, TV

from sparsight.data import read_image
from sparsight.metrics import psnr
from sparsight.models import LocalRegularizer, Variational
from sparsight.penalties import CriticPenalty, L1Penalty, Layer, PatchCritic
from sparsight.solvers import NonmonotoneAccelerated
from sparsight.zoo import load_critic

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    deepinv = pytest.importorskip("deepinv")

from sparsight.adapters.deepinv import (
    DenoiserModel,
    PenaltyPrior,
    ProximalPixels,
    RealImages,
)

pytestmark = pytest.mark.filterwarnings("ignore")  # DeepInverse warns of itself
SIGMA = 0.03


def photograph(shared_data, side: int = 64) -> torch.Tensor:
    image = read_image(sorted((shared_data / "Set12").glob("*.png"))[0], 1)
    return image[None, :, 96 : 96 + side, 96 : 96 + side].float() / 255


def critic(channels: int = 1) -> CriticPenalty:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = PatchCritic(channels, [Layer(8), Layer(1)]).requires_grad_(False)
        return CriticPenalty(net)


PENALTIES = {
    "laplacian": LAPLACIAN,
    "tv": TV,
    "critic": critic(),
    "l1": ProximalPixels(L1Penalty(torch.tensor([0.5]))),
}
each_penalty = pytest.mark.parametrize("penalty", PENALTIES.values(), ids=PENALTIES.keys())


@each_penalty
def test_prior_says_what_the_penalty_says(penalty):
    x = torch.rand(2, 1, 12, 10, generator=torch.Generator().manual_seed(0))
    prior = PenaltyPrior(penalty)
    torch.testing.assert_close(prior(x, None), penalty.value(x))
    assert prior.fn(x).shape == (2,)
    if hasattr(penalty, "gradient"):
        torch.testing.assert_close(prior.grad(x, 0.1), penalty.gradient(x))
    else:
        with pytest.raises(ValueError, match="ProximalPixels has no gradient"):
            prior.grad(x)


@each_penalty
def test_prox_beats_its_neighbours(penalty):
    x = torch.rand(1, 1, 12, 10, generator=torch.Generator().manual_seed(0))
    prior, gamma = PenaltyPrior(penalty), torch.tensor(0.7)
    u = prior.prox(x, 0.1, gamma=gamma)

    def cost(v):
        return (v - x).double().square().sum() / 2 + gamma * prior.fn(v).sum()

    generator = torch.Generator().manual_seed(1)
    for size in (1e-2, 0.1, 1.0):
        for _ in range(20):
            way = torch.randn(x.shape, generator=generator)
            assert cost(u + size * way) > cost(u) - 1e-6
    assert cost(u) < cost(x)


@each_penalty
def test_proximal_gradient_of_deepinverse(penalty, shared_data):
    """Its PGD reaches what our solver reaches, or the other way round."""
    clean = photograph(shared_data, 32)
    physics = deepinv.physics.Blur(deepinv.physics.blur.gaussian_blur(1.0), padding="circular")
    y = physics.A(clean) + SIGMA * torch.randn(
        clean.shape, generator=torch.Generator().manual_seed(0)
    )
    prior, strength = PenaltyPrior(penalty), 0.01
    solver = deepinv.optim.PGD(
        data_fidelity=deepinv.optim.L2(),
        prior=prior,
        lambda_reg=strength,
        stepsize=0.9,
        max_iter=60,
    )
    theirs = solver(y, physics)

    def cost(x):
        return ((physics.A(x) - y).square().sum() / 2 + strength * prior.fn(x).sum()).item()

    assert cost(theirs) < 0.9 * cost(y)
    if penalty in (LAPLACIAN, TV):  # these have one minimum
        ours = Variational(physics, penalty, strength, NonmonotoneAccelerated(), 1e-6, 60)(y, 1.0)
        assert cost(ours.x) < 1.001 * cost(theirs)
        assert cost(theirs) < 1.05 * cost(ours.x), "PGD without momentum is slower"


def test_plug_and_play_of_deepinverse(shared_data):
    import sparsight

    clean = photograph(shared_data)
    physics = deepinv.physics.Blur(deepinv.physics.blur.gaussian_blur(1.5), padding="circular")
    y = physics.A(clean) + SIGMA * torch.randn(
        clean.shape, generator=torch.Generator().manual_seed(0)
    )
    denoiser = DenoiserModel(sparsight.load("sc-gray"))
    solver = deepinv.optim.PGD(
        data_fidelity=deepinv.optim.L2(),
        prior=deepinv.optim.PnP(denoiser),
        stepsize=1.0,
        sigma_denoiser=0.04,
        max_iter=8,
    )
    assert psnr(solver(y, physics)[0], clean[0]) > psnr(y[0], clean[0]) + 1


def test_denoiser_takes_a_level_per_image():
    denoiser = DenoiserModel(lambda y, sigma: y * sigma[:, None, None, None])
    x = torch.ones(2, 1, 3, 3)
    assert denoiser(x, 0.5).unique().tolist() == [0.5]
    assert denoiser(x, torch.tensor([0.25, 0.5]))[:, 0, 0, 0].tolist() == [0.25, 0.5]


def physics(name: str, side: int, channels: int = 1):
    size = (channels, side, side)
    if name == "blur":
        return deepinv.physics.Blur(deepinv.physics.blur.gaussian_blur(1.5), padding="valid")
    if name == "inpainting":
        seen = (torch.rand(size, generator=torch.Generator().manual_seed(0)) < 0.5).float()
        return deepinv.physics.Inpainting(size, mask=seen)
    if name == "downsampling":
        return deepinv.physics.Downsampling(size, filter="bicubic", factor=2)
    if name == "mri":
        columns = torch.rand(side, generator=torch.Generator().manual_seed(0)) < 0.4
        columns[side // 2 - 4 : side // 2 + 4] = True
        mask = columns.float().expand(1, 1, side, side)
        return RealImages(deepinv.physics.MRI(mask, img_size=size[1:]))
    return deepinv.physics.Tomography(30, side, circle=False, normalize=True)


@pytest.mark.parametrize("name", ["blur", "inpainting", "downsampling", "mri", "tomography"])
def test_variational_under_physics_of_deepinverse(name, shared_data):
    """The solution is nearer to the photograph than the adjoint and than that of no penalty."""
    clean = photograph(shared_data)
    operator = physics(name, clean.shape[2])
    y = operator.A(clean)
    y = y + 0.05 * torch.randn(y.shape, generator=torch.Generator().manual_seed(0))
    start = operator.A_adjoint(y)
    qualities = {}
    for strength in (0.0, 15.0):
        solver = Variational(operator, TV, strength, NonmonotoneAccelerated(), 1e-4, 40)
        solution = solver(y, 0.05, start)
        assert solution.energies[-1] <= solution.energies[0]
        qualities[strength] = psnr(solution.x[0], clean[0])
    assert qualities[15.0] > qualities[0.0] + 0.5, qualities
    assert qualities[15.0] > psnr(start[0], clean[0]) + 0.5, qualities


CRITICS = [(name, "alr-color") for name in ("blur", "inpainting", "downsampling", "tomography")]


@pytest.mark.parametrize(("name", "critic"), [*CRITICS, ("mri", "alr-gray")])
def test_shipped_critic_under_physics_of_deepinverse(name, critic, shared_data):
    """Without being told of the physics, the strength of the table does better than none."""
    net, record = load_critic(critic)
    regularizer = LocalRegularizer.of_record(net, record)
    path = sorted((shared_data / "Set5").glob("*.png"))[0]
    clean = read_image(path, net.channels)[None, :, 100:148, 100:148].float() / 255
    operator = physics(name, 48, net.channels)
    y = operator.A(clean)
    y = y + 0.05 * torch.randn(y.shape, generator=torch.Generator().manual_seed(0))
    start = operator.A_adjoint(y)
    qualities = [
        psnr(regularizer.problem(operator, (48, 48), 0.05, s, 40)(y, 0.05, start).x[0], clean[0])
        for s in (0.0, None)
    ]
    assert qualities[1] > qualities[0] + 0.5, qualities
