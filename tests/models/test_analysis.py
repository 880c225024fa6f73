"""Analysis operators on long signals and on images."""

import pytest
import torch

from sparsight.bank import Bank
from sparsight.data.signals import add_noise_to_signals, differences_matrix, piecewise_constant
from sparsight.fidelities import PlainPatches
from sparsight.models import AnalysisDenoiser, Denoiser, Unrolled
from sparsight.models.windows import denoise_windows
from sparsight.ops import average_patches, extract_patches, solve_analysis
from sparsight.penalties import AnalysisPenalty, AnalysisPrior, AnalysisRegulariser
from sparsight.recipes.blorc import blorc
from sparsight.solvers import proximal


def operator(rows: int = 12, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 0.1 * torch.randn(rows, 9, generator=generator, dtype=torch.float64)


def image(size: int = 12, seed: int = 0) -> torch.Tensor:
    return torch.rand(2, 1, size, size, generator=torch.Generator().manual_seed(seed)).double()


def patch_model(analysis: torch.Tensor, strength: float = 1.0) -> Unrolled:
    bank = Bank([0.1], torch.full((1, 1), strength).to(analysis))
    return Unrolled(PlainPatches(3), AnalysisPrior(analysis, bank), proximal, 1).double()


def test_one_proximal_step_is_the_denoiser_of_patches():
    analysis, y = operator(), image()
    patches = extract_patches(y, 3)
    mean = patches.mean(1, keepdim=True)
    flat = (patches - mean).mT.flatten(0, 1)
    x = solve_analysis(flat, 0.7 * analysis).x.unflatten(0, (2, -1)).mT + mean
    torch.testing.assert_close(patch_model(analysis, 0.7)(y), average_patches(x, (12, 12), 3))


def test_without_gradient_the_solution_is_near_enough():
    model, y = patch_model(operator()), image()
    with torch.no_grad():
        quick = model(y)
    exact = model(y).detach()
    assert 0 < (quick - exact).square().mean().sqrt() < 2e-3


def test_cut_or_whole_is_the_same_image():
    model, y = patch_model(operator()), image(30)
    whole, cut = (Denoiser(model, block)(y) for block in (64, 11))
    torch.testing.assert_close(whole, cut, atol=1e-3, rtol=0)


def test_gradients_reach_operator_and_strength():
    model = patch_model(operator())
    y = image()
    (model(y) - image(seed=1)).square().sum().backward()
    prior = model.prior
    step = 1e-6
    with torch.no_grad():
        slopes = []
        for parameter, entry in ((prior.strength.values, (0, 0)), (prior.analysis, (3, 4))):
            ends = []
            for way in (step, -2 * step):
                parameter[entry] += way
                with torch.enable_grad():  # the exact solver
                    ends.append((model(y) - image(seed=1)).square().sum().item())
            parameter[entry] += step
            slopes.append((ends[0] - ends[1]) / (2 * step))
    assert prior.strength.values.grad[0, 0].item() == pytest.approx(slopes[0], rel=1e-5)
    assert prior.analysis.grad[3, 4].item() == pytest.approx(slopes[1], rel=1e-4, abs=1e-6)


def test_strength_follows_the_noise_level():
    """Twice the noise, twice the penalty: the homogeneity of the bank."""
    model = blorc(patch=3, levels=2, sigma_low=5.0)
    y = image(10).float()
    single, double = (model(y, torch.full((2,), s)) for s in (0.1, 0.2))
    torch.testing.assert_close(double, 2 * model(y / 2, torch.full((2,), 0.1)), atol=1e-5, rtol=0)
    assert (single - double).abs().max() > 1e-3


def test_autocast_leaves_the_solver_alone():
    model, y = blorc(patch=3, levels=2, sigma_low=5.0), image(10).float()
    sigma = torch.full((2,), 0.1)
    with torch.no_grad():
        plain = model(y, sigma)
        with torch.autocast("cpu", torch.bfloat16):
            torch.testing.assert_close(model(y, sigma), plain)


def test_penalty_counts_every_patch():
    z = extract_patches(image(), 3)
    value = AnalysisPenalty(operator(), torch.tensor([[[2.0]], [[0.5]]]).double()).value(z)
    expected = (operator() @ z).abs().sum((1, 2)) * torch.tensor([2.0, 0.5])
    torch.testing.assert_close(value, expected)


@pytest.mark.parametrize("alpha", [1e-3, 0.05])
def test_regulariser_has_the_gradient_of_its_value(alpha):
    penalty, x = AnalysisRegulariser(operator(), alpha, 0.3), image(6)
    expected = torch.zeros_like(x)
    for entry in range(36):
        shift = torch.zeros_like(x)
        shift.flatten(1)[:, entry] = 1e-7
        slope = (penalty.value(x + shift) - penalty.value(x - shift)) / 2e-7
        expected.flatten(1)[:, entry] = slope
    torch.testing.assert_close(penalty.gradient(x), expected, atol=1e-5, rtol=0)


def test_regulariser_is_a_smoothed_norm_of_centred_patches():
    x = image(6)
    patches = extract_patches(x, 3)
    norm = (operator() @ (patches - patches.mean(1, keepdim=True))).abs().sum((1, 2)) / 9
    torch.testing.assert_close(AnalysisRegulariser(operator(), 1e-9).value(x), norm)
    assert AnalysisRegulariser(operator()).value(torch.full((1, 1, 6, 6), 0.3).double()) < 1e-9


def test_curvature_bounds_the_gradient():
    penalty = AnalysisRegulariser(operator(), 0.05)
    for seed in range(5):
        u, v = image(8, seed), image(8, seed + 50)
        change = (penalty.gradient(u) - penalty.gradient(v)).norm() / (u - v).norm()
        assert change <= penalty.curvature()


def test_windows_of_a_long_signal_agree_with_each_alone():
    model = AnalysisDenoiser(0.15 * differences_matrix(16))
    generator = torch.Generator().manual_seed(0)
    y = add_noise_to_signals(piecewise_constant(3, generator, 41), 0.1, generator)
    total, count = torch.zeros_like(y), torch.zeros(41)
    for start in (0, 8, 16, 24, 25):
        total[:, start : start + 16] += model(y[:, start : start + 16]).detach()
        count[start : start + 16] += 1
    torch.testing.assert_close(denoise_windows(model, y), total / count)
    torch.testing.assert_close(denoise_windows(model, y[:, :16]), model(y[:, :16]).detach())


def test_strength_of_windows_scales_the_penalty():
    y = torch.rand(2, 16, generator=torch.Generator().manual_seed(0)).double()
    analysis = 0.1 * differences_matrix(16)
    stronger = denoise_windows(AnalysisDenoiser(analysis), y, strength=2.0)
    torch.testing.assert_close(stronger, AnalysisDenoiser(2 * analysis)(y).detach())
    with pytest.raises(ValueError, match="strength is 0; give a number above 0"):
        denoise_windows(AnalysisDenoiser(analysis), y, strength=0.0)
    with pytest.raises(ValueError, match="have 10 samples; this model needs at least 16"):
        denoise_windows(AnalysisDenoiser(analysis), y[:, :10])
    for stride in (0, 17):
        with pytest.raises(ValueError, match=f"stride is {stride}; give 1 to 16 samples"):
            denoise_windows(AnalysisDenoiser(analysis), y, stride=stride)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_signals_of_any_precision_are_computed_in_the_models(dtype):
    model = AnalysisDenoiser(operator())
    y = image()[0, 0, :, :9].to(dtype).requires_grad_()
    x = model(y)
    assert x.dtype == dtype
    torch.testing.assert_close(x, model(y.double()).to(dtype))
    x.sum().backward()
    assert y.grad is not None


@pytest.mark.parametrize("y", [torch.zeros(9), torch.zeros(2, 9).long()])
def test_what_is_no_batch_of_signals_is_refused(y):
    with pytest.raises(ValueError, match=r"give floating-point numbers, \(signals, samples\)"):
        AnalysisDenoiser(operator())(y)
