"""Sparse-kernel convolutions: NSR eqs. (8) to (10), and the limits that the paper names."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from sparsight.networks import (
    Enhancer,
    GumbelGate,
    HardGate,
    SigmoidGate,
    SoftmaxGate,
    SparseConv2d,
    convert,
    plain,
    sparse,
)

GATES = [SoftmaxGate(), HardGate(), SigmoidGate(), GumbelGate(torch.Generator().manual_seed(0))]
any_gate = pytest.mark.parametrize("gate", GATES, ids=lambda gate: type(gate).__name__)


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def layer(*sizes: int, seed: int = 0, **numbers) -> SparseConv2d:
    """A layer with parameters that differ much from group to group."""
    made = SparseConv2d(*sizes, **numbers).double()
    for number, values in enumerate(made.parameters()):
        values.data = draw(*values.shape, seed=seed + number)
    return made


def two_layers(temperature: float) -> tuple[SparseConv2d, SparseConv2d]:
    """W1 and W2 of eq. (3) with one common side network."""
    numbers = {"padding": 1, "groups_k": 3, "temperature": temperature, "bias": False}
    first, second = layer(4, 5, 3, **numbers), layer(5, 4, 3, seed=9, **numbers)
    return first, second


def eq_8(x: torch.Tensor, first: SparseConv2d, second: SparseConv2d) -> torch.Tensor:
    """The sum over groups of beta_i W2^i * relu(W1^i * x)."""
    beta = first.choose(x, (1, 1)).weights[:, 0]
    out = torch.zeros_like(x)
    for i, (w1, w2) in enumerate(zip(first.weight.chunk(3), second.weight.chunk(3), strict=True)):
        hidden = F.relu(F.conv2d(x, w1, padding=1))
        out += beta[:, i, None, None, None] * F.conv2d(hidden, w2, padding=1)
    return out


def eq_9(x: torch.Tensor, first: SparseConv2d, second: SparseConv2d) -> torch.Tensor:
    """One convolution with the kernels summed by sqrt(beta), relu, and another one."""
    root = first.choose(x, (1, 1)).weights[:, 0].sqrt()
    out = []
    for image, shares in zip(x, root, strict=True):
        w1 = sum(s * w for s, w in zip(shares, first.weight.chunk(3), strict=True))
        w2 = sum(s * w for s, w in zip(shares, second.weight.chunk(3), strict=True))
        out.append(F.conv2d(F.relu(F.conv2d(image[None], w1, padding=1)), w2, padding=1))
    return torch.cat(out)


@torch.no_grad()
def test_eq_9_nears_eq_8_as_the_gate_hardens():
    x, errors = draw(2, 4, 6, 7), []
    for temperature in (1.0, 0.1, 1e-3):
        first, second = two_layers(temperature)
        wanted = eq_8(x, first, second)
        errors.append(((eq_9(x, first, second) - wanted).norm() / wanted.norm()).item())
    assert errors[0] > 0.05
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-12


@torch.no_grad()
def test_layers_with_a_hard_gate_are_eq_8():
    first, second = two_layers(1e-6)
    second.gate = PickAs(first)
    first.gate = HardGate()
    first.eval()
    x = draw(2, 4, 6, 7)
    second.gate.seen = x
    torch.testing.assert_close(second(F.relu(first(x))), eq_8(x, first, second))


class PickAs:
    """Chooses what another layer chose: the beta that eq. (8) has in common."""

    scales_one_group = False

    def __init__(self, other: SparseConv2d):
        self.other = other
        self.seen = torch.empty(0)

    def __call__(self, scores, temperature, training):
        return self.other.choose(self.seen, (1, 1))


@any_gate
@torch.no_grad()
def test_layer_is_eq_10_written_out(gate):
    made = layer(4, 6, 3, padding=1, groups_k=3, cardinality=2, gate=gate).eval()
    x = draw(2, 4, 6, 7)
    gamma = made.choose(x, (1, 1)).weights.double()
    wanted = []
    for image, shares in zip(x, gamma, strict=True):
        kernels = torch.zeros(6, 4, 3, 3, dtype=torch.float64)
        biases = torch.zeros(6, dtype=torch.float64)
        for i, (w, b) in enumerate(zip(made.weight.chunk(3), made.bias.chunk(3), strict=True)):
            for j in range(2):
                part = slice(3 * j, 3 * j + 3)
                kernels[part] += shares[j, i] * w[part]
                biases[part] += shares[j, i] * b[part]
        wanted.append(F.conv2d(image[None], kernels, biases, padding=1))
    torch.testing.assert_close(made(x), torch.cat(wanted))


CONVOLUTIONS = [
    {},
    {"padding": 1},
    {"padding": "same", "dilation": 2},
    {"stride": 2, "padding": 1},
    {"groups": 2, "padding": (0, 2)},
    {"padding": 1, "padding_mode": "reflect", "bias": False},
]
any_convolution = pytest.mark.parametrize("numbers", CONVOLUTIONS, ids=str)


@any_convolution
@torch.no_grad()
def test_one_group_is_conv2d(numbers):
    theirs = nn.Conv2d(4, 6, 3, **numbers).double()
    ours = SparseConv2d(4, 6, 3, **numbers).double()
    ours.load_state_dict(theirs.state_dict())
    x = draw(2, 4, 9, 11)
    torch.testing.assert_close(ours(x), theirs(x))


@any_convolution
@pytest.mark.parametrize("patch", [4, 6])
@torch.no_grad()
def test_each_patch_is_convolved_with_its_ownkernels(numbers, patch):
    made = layer(4, 6, 3, groups_k=3, cardinality=2, patch=patch, **numbers)
    x, stride = draw(1, 4, 10, 13), numbers.get("stride", 1)
    out = made(x)
    plain_one = nn.Conv2d(4, 6, 3, **numbers).double()
    assert out.shape == plain_one(x).shape
    grid = tuple(-(-n * stride // patch) for n in out.shape[2:])
    weights, biases = made.kernels(made.choose(x, grid))
    for number, weight in enumerate(weights.split(6)):
        row, column = divmod(number, grid[1])
        plain_one.weight.copy_(weight)
        if biases is not None:
            plain_one.bias.copy_(biases.split(6)[number])
        side = patch // stride
        place = (
            ...,
            slice(row * side, (row + 1) * side),
            slice(column * side, (column + 1) * side),
        )
        torch.testing.assert_close(out[place], plain_one(x)[place])


@torch.no_grad()
def test_a_patch_chooses_by_the_mean_of_what_it_holds():
    made = layer(4, 6, 3, padding=1, groups_k=3, patch=4)
    x = draw(1, 4, 10, 6)
    last = x[:, :, 8:, 4:].mean((2, 3))
    wanted = made.side(last).view(1, 1, 3).softmax(2)
    torch.testing.assert_close(made.choose(x, (3, 2)).weights[-1:], wanted)


@torch.no_grad()
def test_squeeze_and_excitation_is_the_limit_that_the_paper_names():
    made = layer(4, 6, 3, padding=1, groups_k=1, cardinality=6, gate=SigmoidGate())
    x = draw(2, 4, 6, 7)
    excitation = made.side(x.mean((2, 3))).sigmoid()[:, :, None, None]
    wanted = excitation * F.conv2d(x, made.weight, made.bias, padding=1)
    torch.testing.assert_close(made(x), wanted)


@pytest.mark.parametrize("gate", [SoftmaxGate(), SigmoidGate()], ids=lambda g: type(g).__name__)
def test_gradients(gate):
    made = layer(3, 4, 3, padding=1, groups_k=2, cardinality=2, patch=3, gate=gate)
    x = draw(1, 3, 5, 4).requires_grad_()
    assert torch.autograd.gradcheck(lambda x, *_: made(x), (x, *made.parameters()))


@any_gate
def test_every_parameter_learns(gate):
    made = layer(4, 6, 3, padding=1, groups_k=3, cardinality=2, gate=gate).train()
    made(draw(8, 4, 6, 7)).square().sum().backward()
    assert all(p.grad.abs().max() > 0 for p in made.parameters())


@torch.no_grad()
def test_hard_selection_never_touches_the_other_groups():
    made = layer(4, 6, 3, padding=1, groups_k=3, cardinality=2, gate=HardGate()).eval()
    x = draw(1, 4, 6, 7)
    wanted, used = made(x), made.choose(x, (1, 1)).weights[0].T.bool()
    kernels = made.weight.view(3, 2, -1)
    kernels[~used] = float("nan")
    assert not torch.equal(used, torch.ones_like(used))
    torch.testing.assert_close(made(x), wanted)


def test_gumbel_draws_by_the_softmax_probabilities():
    scores = torch.tensor([2.0, 0.5, 1.0]).expand(20_000, 1, 3)
    gate = GumbelGate(torch.Generator().manual_seed(0))
    drawn = gate(scores, 0.3, training=True).weights
    assert set(drawn.unique().round(decimals=5).tolist()) == {0.0, 1.0}
    torch.testing.assert_close(drawn.mean(0)[0], scores[0, 0].softmax(0), atol=0.02, rtol=0)


@torch.no_grad()
def test_converted_networks_say_what_they_said():
    model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 6, 1)).double()
    x = draw(2, 3, 9, 8)
    before = model(x)
    assert convert(model, k=4, cardinality=16, patch=4) is model
    assert [type(part) for part in model] == [SparseConv2d, nn.ReLU, SparseConv2d]
    assert [model[0].cardinality, model[2].cardinality] == [8, 2]
    torch.testing.assert_close(model(x), before)


def megaflops_per_pixel(convolution, width: int) -> float:
    """Multiplications with additions, in millions, of the network of section 4.3."""
    y = torch.rand(1, 1, 64, 64)
    model = Enhancer(1, 16, 32, width, convolution)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(y, torch.ones(1))
    return counter.get_total_flops() / 2 / y.numel() / 1e6


@pytest.mark.parametrize(
    ("convolution", "width", "published"),
    [(plain, 2, 0.59), (sparse(2, 16), 1, 0.30), (sparse(2, 16), 2, 0.60)],
    ids=["baseline", "sparse-", "sparse+"],
)
def test_operations_are_those_of_table_5(convolution, width, published):
    assert megaflops_per_pixel(convolution, width) == pytest.approx(published, abs=0.01)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"groups_k": 0}, "groups_k is 0; give 1 or more"),
        ({"cardinality": 4}, "cardinality is 4; it must divide out_channels, 6"),
        ({"groups_k": 2, "groups": 4}, "groups is 4; it must divide out_channels, 6"),
        ({"temperature": 0.0}, "temperature is 0.0; give a number above 0"),
        ({"patch": 3, "stride": 2}, "patch is 3, stride 2; give a multiple of the stride"),
    ],
)
def test_refusals(numbers, message):
    with pytest.raises(ValueError, match=message):
        SparseConv2d(4, 6, 3, **numbers)
