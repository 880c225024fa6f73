"""Training of a critic: the numbers of algorithm 1, and runs that stop, resume and are refused."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file
from tests.training.makers import piecewise

from sparsight.data import UnpairedPatches
from sparsight.penalties import Layer, PatchCritic
from sparsight.recipes import bind
from sparsight.training.adversary import Folders, train_critic
from sparsight.training.critic import duality
from sparsight.zoo import load_critic

SMALL = ("depth=3", "width=8", "batch=8", "steps=40")


class PowerCut(Exception):
    pass


def patches(seed: int) -> torch.Tensor:
    return torch.rand(4, 1, 3, 3, generator=torch.Generator().manual_seed(seed))


def test_parts_of_the_objective_of_a_linear_critic():
    """r(z) = <w, z> + b: its gradient is w everywhere, and the gap is that of the means."""
    critic = PatchCritic(1, [Layer(1)])
    w = critic.convolutions[0].weight
    gap, slopes, scores = duality(critic, patches(0), patches(1), torch.rand(4, 1, 1, 1))
    expected = (w[0] * (patches(1) - patches(0))).sum((1, 2, 3)).mean()
    torch.testing.assert_close(gap, expected)
    torch.testing.assert_close(slopes, w.norm().expand(4))
    torch.testing.assert_close(scores[1].mean() - scores[0].mean(), gap)


def test_slopes_are_taken_between_the_two_patches():
    """share 1 is the clean patch, 0 the degraded one."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        critic = PatchCritic(1, [Layer(4), Layer(1, 1)])
    for share, z in ((1.0, patches(0)), (0.0, patches(1))):
        z = z.requires_grad_()
        (gradient,) = torch.autograd.grad(critic(z).sum(), z)
        slopes = duality(critic, patches(0), patches(1), torch.full((4, 1, 1, 1), share))[1]
        torch.testing.assert_close(slopes, gradient.flatten(1).norm(dim=1))


def test_the_gradient_penalty_reaches_the_parameters():
    """The gradient of (slope - 1)^2 by a weight is that of finite differences."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        critic = PatchCritic(1, [Layer(4), Layer(1, 1)]).double()
    data = patches(0).double(), patches(1).double(), torch.full((4, 1, 1, 1), 0.3).double()

    def cost():
        return (duality(critic, *data)[1] - 1).square().mean()

    weight = critic.convolutions[0].weight
    (gradient,) = torch.autograd.grad(cost(), weight)
    for entry in range(0, weight.numel(), 5):
        costs = []
        for shift in (1e-6, -1e-6):
            weight.data.view(-1)[entry] += shift
            costs.append(cost().item())
            weight.data.view(-1)[entry] -= shift
        slope = (costs[0] - costs[1]) / 2e-6
        assert slope == pytest.approx(gradient.view(-1)[entry].item(), abs=1e-6)


def test_patches_are_a_function_of_the_step():
    source = UnpairedPatches(piecewise(), piecewise(), 9, 6, (10.0, 30.0))
    first, again, next_ = source.draw(3), source.draw(3), source.draw(4)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], next_[0])
    clean, degraded, share = first
    assert clean.shape == degraded.shape == (6, 1, 9, 9)
    assert not torch.equal(clean, degraded.clamp(0, 1))
    assert ((share >= 0) & (share <= 1)).all()
    untouched = UnpairedPatches(piecewise(), piecewise(), 9, 6, (0.0, 0.0)).draw(3)[1]
    assert torch.equal(untouched * 255, (untouched * 255).round())


def test_a_trained_critic_tells_noise(pictures, tmp_path):
    recipe = bind("alr-gray", (*SMALL, "steps=400", "lr=0.01"))
    critic, record = load_critic(str(train_critic("alr-gray", recipe, Folders(pictures), tmp_path)))
    assert record["steps_done"] == 400
    source = UnpairedPatches(piecewise(), piecewise(), critic.field, 500, (51.0, 51.0), seed=9)
    clean, noisy, share = source.draw(0)
    gap, slopes, scores = duality(critic, clean, noisy, share)
    assert gap > 0.3
    assert (scores[1] > scores[0].median()).float().mean() > 0.9
    assert 0.5 < slopes.mean() < 2
    between = critic(torch.lerp(clean, noisy, 0.5)).mean()
    assert scores[0].mean() < between < scores[1].mean(), "r grows with the noise"


def test_a_stopped_run_goes_on_as_if_it_had_not(pictures, tmp_path, monkeypatch):
    recipe = bind("alr-gray", SMALL)
    whole = load_file(
        train_critic("alr-gray", recipe, Folders(pictures), tmp_path / "whole", every=8)
    )
    draw = UnpairedPatches.draw

    def draw_until_20(self, step):
        if step == 20:
            raise PowerCut
        return draw(self, step)

    monkeypatch.setattr(UnpairedPatches, "draw", draw_until_20)
    with pytest.raises(PowerCut):
        train_critic("alr-gray", recipe, Folders(pictures), tmp_path / "parts", every=8)
    monkeypatch.setattr(UnpairedPatches, "draw", draw)
    parts = load_file(
        train_critic(
            "alr-gray", recipe, Folders(pictures), tmp_path / "parts", resume=True, every=8
        )
    )
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_a_run_starts_from_other_weights(pictures, tmp_path):
    """With a rate that moves nothing, the weights are those it started from."""
    first = train_critic("alr-gray", bind("alr-gray", SMALL), Folders(pictures), tmp_path / "first")
    still = bind("alr-gray", (*SMALL, "steps=1", "lr=1e-12", "lr_last=1e-12"))
    then = train_critic("alr-gray", still, Folders(pictures), tmp_path / "then", start=str(first))
    for name, values in load_file(first).items():
        torch.testing.assert_close(load_file(then)[name], values)
    assert load_critic(str(then))[1]["start"]["steps_done"] == 40
    wider = bind("alr-gray", (*SMALL, "width=9"))
    with pytest.raises(ValueError, match="has other layers than this recipe"):
        train_critic("alr-gray", wider, Folders(pictures), tmp_path / "wider", start=str(first))


def test_degraded_images_of_the_user(pictures, tmp_path):
    recipe = bind("alr-gray", (*SMALL, "steps=2"))
    train_critic("alr-gray", recipe, Folders(pictures, pictures), tmp_path / "run")
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["degraded"] == "pictures"


def test_clean_and_degraded_images_are_told_apart_in_resuming(pictures, tmp_path):
    """The same files all together, but one of them changed sides."""
    one, *others = sorted(pictures.iterdir())
    for name, paths in (("some", others), ("one", [one]), ("all", [*others, one])):
        (tmp_path / name).mkdir()
        for number, path in enumerate(paths):
            shutil.copy(path, tmp_path / name / f"{number}{path.suffix}")
    folders = Folders(tmp_path / "some", tmp_path / "one")
    train_critic("alr-gray", bind("alr-gray", (*SMALL, "steps=2")), folders, tmp_path / "run")
    more = bind("alr-gray", (*SMALL, "steps=3"))
    with pytest.raises(ValueError, match="resuming keeps the data"):
        train_critic("alr-gray", more, Folders(tmp_path / "all"), tmp_path / "run", resume=True)
    train_critic("alr-gray", more, folders, tmp_path / "run", resume=True)


def test_what_is_logged(pictures, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    recipe = bind("alr-gray", (*SMALL, "steps=60"))
    train_critic("alr-gray", recipe, Folders(pictures), tmp_path)
    log = EventAccumulator(str(tmp_path / "log"))
    log.Reload()
    assert {"gap", "slope"} <= set(log.Tags()["scalars"])
    assert set(log.Tags()["histograms"]) == {"slope of r", "r of clean", "r of degraded"}


def test_a_run_is_not_overwritten_and_nothing_is_not_resumed(pictures, tmp_path):
    recipe = bind("alr-gray", SMALL)
    with pytest.raises(ValueError, match=r"holds no last.ckpt to resume"):
        train_critic("alr-gray", recipe, Folders(pictures), tmp_path, resume=True)
    (tmp_path / "last.ckpt").touch()
    with pytest.raises(ValueError, match="already holds a run"):
        train_critic("alr-gray", recipe, Folders(pictures), tmp_path)


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("steps=0", "steps is 0; it must be above 0"),
        ("steepness=-1", "steepness is -1.0; it must not be below 0"),
        ("sigma_low=90", "sigma_low is 90.0, sigma_high 76.5; give low <= high"),
        ("nobody=1", "is not key=value with a key of batch, channels, depth"),
    ],
)
def test_numbers_that_cannot_be_meant(pair, message):
    with pytest.raises(ValueError, match=message):
        bind("alr-gray", [pair])
