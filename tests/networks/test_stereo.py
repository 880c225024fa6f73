"""Stereo networks: matching, and the interface of PSMNet's weights."""

import re
from collections import Counter

import pytest
import torch

from sparsight.networks import PSMNet, SmallStereo
from sparsight.networks.matching import concatenated_volume, correlation_volume, soft_argmin
from sparsight.networks.psmnet import Hourglass


def rand(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def psmnet() -> PSMNet:
    return PSMNet(192).eval()


def test_psmnet_has_the_parameters_of_its_paper(psmnet):
    assert sum(values.numel() for values in psmnet.parameters()) == 5_224_768


# What the authors' program calls its weights, one shape per name; layers repeat.
NAMES = {
    "feature_extraction.firstconv.0.0.weight": (32, 3, 3, 3),
    "feature_extraction.firstconv.4.1.running_var": (32,),
    "feature_extraction.layer1.2.conv1.0.0.weight": (32, 32, 3, 3),
    "feature_extraction.layer2.0.downsample.0.weight": (64, 32, 1, 1),
    "feature_extraction.layer2.0.downsample.1.bias": (64,),
    "feature_extraction.layer2.15.conv2.0.weight": (64, 64, 3, 3),
    "feature_extraction.layer3.0.downsample.0.weight": (128, 64, 1, 1),
    "feature_extraction.layer4.2.conv2.1.num_batches_tracked": (),
    "feature_extraction.branch1.1.0.weight": (32, 128, 1, 1),
    "feature_extraction.branch4.1.1.weight": (32,),
    "feature_extraction.lastconv.0.0.weight": (128, 320, 3, 3),
    "feature_extraction.lastconv.2.weight": (32, 128, 1, 1),
    "dres0.0.0.weight": (32, 64, 3, 3, 3),
    "dres0.2.1.bias": (32,),
    "dres1.2.0.weight": (32, 32, 3, 3, 3),
    "dres2.conv1.0.0.weight": (64, 32, 3, 3, 3),
    "dres3.conv2.0.weight": (64, 64, 3, 3, 3),
    "dres4.conv4.0.1.running_mean": (64,),
    "dres4.conv5.0.weight": (64, 64, 3, 3, 3),
    "dres2.conv6.0.weight": (64, 32, 3, 3, 3),
    "classif1.0.0.weight": (32, 32, 3, 3, 3),
    "classif3.2.weight": (1, 32, 3, 3, 3),
}
NORMED = {
    "feature_extraction.firstconv": 3,
    "feature_extraction.layer1": 2 * 3,
    "feature_extraction.layer2": 2 * 16 + 1,
    "feature_extraction.layer3": 2 * 3 + 1,
    "feature_extraction.layer4": 2 * 3,
    **{f"feature_extraction.branch{i}": 1 for i in (1, 2, 3, 4)},
    "feature_extraction.lastconv": 1,
    "dres0": 2,
    "dres1": 2,
    **{f"dres{i}": 6 for i in (2, 3, 4)},
    **{f"classif{i}": 1 for i in (1, 2, 3)},
}


def test_weights_are_called_as_in_the_authors_program(psmnet):
    state = psmnet.state_dict()
    for name, shape in NAMES.items():
        assert tuple(state[name].shape) == shape, name
    normed = Counter()
    for name in state:
        if name.endswith("running_mean"):
            normed[re.match(r"(feature_extraction\.)?[a-z]+\d?", name)[0]] += 1
    assert normed == NORMED
    # Each norm has five entries and its convolution one; four convolutions have no norm.
    assert len(state) == 6 * sum(NORMED.values()) + 4


def test_an_authors_checkpoint_loads(psmnet):
    saved = {f"module.{k}": v.clone() for k, v in psmnet.state_dict().items()}
    saved["module.dres1.2.1.bias"] += 1
    other = PSMNet(192)
    other.load_authors(saved)
    expected = psmnet.state_dict()["dres1.2.1.bias"] + 1
    torch.testing.assert_close(other.state_dict()["dres1.2.1.bias"], expected)
    del saved["module.classif1.2.weight"]
    with pytest.raises(RuntimeError, match=r"classif1\.2\.weight"):
        other.load_authors(saved)


def test_an_hourglass_keeps_its_size():
    x = rand(1, 4, 8, 8, 8)
    out, down, up = Hourglass(4)(x, None, None)
    assert out.shape == x.shape
    assert down.shape == up.shape == (1, 8, 4, 4, 4)
    again, _, _ = Hourglass(4)(x, down, up)
    assert again.shape == x.shape


@pytest.mark.slow
def test_psmnet_gives_a_disparity_per_pixel_and_stage():
    network = PSMNet(32).eval()
    with torch.no_grad():
        stages = network.stages(rand(1, 3, 256, 256), rand(1, 3, 256, 256, seed=1))
    assert [tuple(stage.shape) for stage in stages] == [(1, 1, 256, 256)] * 3
    assert all(((stage >= 0) & (stage <= 31)).all() for stage in stages)


def test_volumes_pair_the_right_places():
    left, right = rand(1, 4, 3, 6), rand(1, 4, 3, 6, seed=1)
    both = concatenated_volume(left, right, 4)
    torch.testing.assert_close(both[0, :4, 2, :, 2:], left[0, :, :, 2:])
    torch.testing.assert_close(both[0, 4:, 2, :, 2:], right[0, :, :, :-2])
    assert (both[:, :, 2, :, :2] == 0).all()
    products = correlation_volume(left, right, 4, 2)
    expected = (left[0, 2:, :, 3] * right[0, 2:, :, 1]).mean(0)
    torch.testing.assert_close(products[0, 1, 2, :, 3], expected)
    assert correlation_volume(left, right, 9, 2).shape == (1, 2, 9, 3, 6)


def test_soft_argmin_of_one_high_score():
    score = torch.zeros(1, 5, 2, 2)
    score[:, 3] = 50
    torch.testing.assert_close(soft_argmin(score), torch.full((1, 1, 2, 2), 3.0))


@pytest.mark.parametrize("size", [(33, 50), (32, 48)])
def test_an_untrained_small_network_knows_a_shift(size):
    torch.manual_seed(0)
    wide = rand(1, 3, size[0], size[1] + 8)
    left, right = wide[..., : size[1]], wide[..., 8:]
    network = SmallStereo(16)
    torch.nn.init.constant_(network.sharpness, 50.0)
    torch.nn.init.zeros_(network.volume[-1].weight)
    disparity = network(left, right).detach()
    assert disparity.shape == (1, 1, *size)
    assert (disparity[..., 8:-8, 16:-8] - 8).abs().median() < 1


def test_refusals():
    with pytest.raises(ValueError, match="max_disparity is 100; give a multiple of 16"):
        PSMNet(100)
    with pytest.raises(ValueError, match="max_disparity is 10; give a multiple of 4"):
        SmallStereo(10)
    with pytest.raises(ValueError, match="width is 25; give a multiple of groups, 6"):
        SmallStereo(16, width=25)
