"""Parity with what the authors' own programs compute.

Runs over every file of the folder that SPARSIGHT_GOLDEN names; a file that no check here
knows fails. Tolerance: 1e-4 of the largest entry, float32.
"""

import json
import os
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from sparsight.bank import Bank
from sparsight.fidelities import (
    MaskAfterFirstStep,
    PatchFidelity,
    SameData,
    VarianceReduction,
    centre_all,
)
from sparsight.models import Unrolled, Variational
from sparsight.neighbours import (
    DenseGraph,
    Lattice,
    Similarity,
    averaged_estimate,
    patchwise_estimate,
)
from sparsight.neighbours.similarity import weigh
from sparsight.operators import Mask
from sparsight.ops import Grid, cut_blocks, merge_blocks, soft_threshold
from sparsight.penalties import CriticPenalty, GroupPenalty, GroupPrior, L1Prior
from sparsight.recipes.alr import published
from sparsight.solvers import Adam, proximal
from sparsight.training.loss import counted_square_loss

FOLDER = Path(os.environ.get("SPARSIGHT_GOLDEN", Path(__file__).parents[2] / "../shared/golden"))
FILES = sorted(path.stem for path in FOLDER.glob("*.safetensors"))
TOLERANCE = 1e-4


def close(actual, expected, name):
    scale = expected.abs().max().clamp(min=1e-12)
    error = ((actual - expected).abs().max() / scale).item()
    assert error < TOLERANCE, f"{name}: off by {error:.1e} of the largest entry"


def test_golden_files_are_at_hand():
    if not FILES:
        pytest.skip(f"no golden vectors in {FOLDER}; set SPARSIGHT_GOLDEN")


@pytest.mark.parametrize("name", FILES)
def test_golden(name):
    tensors = load_file(FOLDER / f"{name}.safetensors")
    facts = json.loads((FOLDER / f"{name}.json").read_text())
    pieces = {
        "alr": check_critic,
        "alr_critic_weights": check_critic_layers,
        "block_machinery": check_blocks,
        "blocks_gray_groupsc": check_blockwise,
        "group_prox": check_group_prox,
        "similarity": check_similarity,
        "soft_thresholds": check_soft_thresholds,
    }
    known = ("gray_", "color_", "mosaic_")
    assert name in pieces or name.startswith(known), f"no check knows the golden file {name}"
    pieces.get(name, check_model)(tensors, facts.get("hyperparameters", {}))


def build(tensors, facts) -> Unrolled:
    side = facts["patch side s"]
    mosaic = "mask" in tensors and "kappa" in tensors
    matrices = tensors["C"], tensors["C"], tensors["C"]
    fidelity = PatchFidelity(*matrices, side, centre=centre_all)
    fidelity.dictionary = torch.nn.Parameter(tensors["D"])
    fidelity.preconditioner = torch.nn.Parameter(tensors["C"].clone())
    fidelity.synthesis = torch.nn.Parameter(tensors["W"])
    thresholds = Bank([25 / 255], tensors["lambda"][None].clone())
    depth = facts["proximal steps K"]
    if "kappa" not in tensors:
        return Unrolled(fidelity, L1Prior(thresholds), proximal, depth)
    period = facts["similarity refresh period f"]
    neighbours = Similarity(
        Bank([25 / 255], tensors["kappa"][None].clone()),
        Bank([25 / 255], tensors["nu_raw"][None].clone()),
        refresh=range(period + 1, depth, period),
        lattice=Lattice(window_side(facts)),
        features=averaged_estimate
        if facts["refresh uses averaged image estimate"]
        else patchwise_estimate,
        groups=3 if mosaic else 1,
    )
    renewal = MaskAfterFirstStep() if mosaic else SameData()
    if "nu_var" in tensors:
        share = Bank([25 / 255], tensors["nu_var"][None].clone())
        renewal = VarianceReduction(share, range(2, depth, facts["variance-reduction period"]))
    return Unrolled(fidelity, GroupPrior(thresholds), proximal, depth, neighbours, renewal)


def window_side(facts) -> int | None:
    text = facts["window"]
    return None if text.startswith("none") else int(text.split("patch grid side ")[1])


def follow(model, y, mask=None):
    """Codes after each step, graphs in use, image."""
    from dataclasses import replace

    from sparsight.protocols import State

    data = model.fidelity.observe(y, mask)
    state = State(0, model.fidelity.start(data), data, model.fidelity)
    codes, graphs = [], []
    for k in range(model.depth):
        state = model.prepare(state, k)
        if state.graph is not None and (not graphs or graphs[-1] is not state.graph.weights):
            graphs.append(state.graph.weights)
        state = replace(state, z=model.advance(state))
        codes.append(state.z)
    return codes, graphs, model.fidelity.decode(state.z, state.data)


GRADIENTS = {
    "C": "fidelity.preconditioner",
    "D": "fidelity.dictionary",
    "W": "fidelity.synthesis",
    "lambda": "prior.thresholds.values",
    "kappa": "neighbours.kappa.values",
    "nu_raw": "neighbours.nu.values",
    "nu_var": "renewal.share.values",
}


def check_model(tensors, facts):
    model = build(tensors, facts)
    mask = tensors.get("mask")
    codes, graphs, output = follow(model, tensors["input"], mask)
    close(output, tensors["output"], "output")
    close(model(tensors["input"], mask=mask), tensors["output"], "output of forward")
    if "codes" in tensors:
        close(torch.stack(codes), tensors["codes"], "codes")
    if "codes_sel" in tensors:
        chosen = torch.stack([z[0, :, tensors["sel_patches"].long()] for z in codes])
        close(chosen, tensors["codes_sel"], "selected codes")
    if "similarity" in tensors:
        close(torch.stack(graphs).mT, tensors["similarity"], "similarity")
    if "similarity_sel" in tensors:
        columns = tensors["sel_sim_columns"].long()
        close(torch.stack(graphs)[:, 0, columns].mT, tensors["similarity_sel"], "similarity")
    if "output_shifted" in tensors:
        shifted = model(tensors["input_shifted"], mask=tensors["mask_shifted"])
        close(shifted, tensors["output_shifted"], "output for a shifted mask")
    if "loss" in tensors:
        loss = counted_square_loss(output, tensors["clean"], model.fidelity.side)
        close(loss.reshape(1), tensors["loss"], "loss")
        loss.backward()
        parameters = dict(model.named_parameters())
        expected = {key[5:]: value for key, value in tensors.items() if key.startswith("grad.")}
        for key, value in expected.items():
            actual = parameters[GRADIENTS[key]].grad
            close(actual.reshape(value.shape), value, f"gradient by {key}")
        assert set(expected) == {k for k, n in GRADIENTS.items() if n in parameters}


def check_blocks(tensors, facts):
    block, stride, side = (
        facts[key] for key in ("block side Bk", "block stride S", "patch side s")
    )
    for option, base in (("block", block - 1), ("patch", side), ("none", 0)):
        padded, grid = authors_grid(tensors["input"], block, stride, base)
        cut = torch.cat(cut_blocks(padded, grid))
        close(cut, tensors[f"blocks_{option}"], f"blocks, padding {option}")
        merged = merge_blocks(list(tensors[f"fake_out_{option}"][:, None]), grid, side)
        inner = merged[..., base : base + 20, base : base + 23]
        close(inner, tensors[f"aggregate_{option}"], f"aggregate, padding {option}")


def authors_grid(image, block, stride, base):
    """The authors' padding and cutting; ours pads less (see models/blockwise.py)."""
    height, width = image.shape[-2:]
    extra = [stride - (length + 2 * base - block) % stride for length in (height, width)]
    padded = F.pad(image, (base, base + extra[1], base, base + extra[0]), mode="reflect")
    spans = [
        tuple((a, a + block) for a in range(0, length - block + 1, stride))
        for length in padded.shape[-2:]
    ]
    return padded, Grid(*spans)


COARSE = (("104", 48, 55, "s48"), ("96", 48, 9, "s48_pad9"))
FINE = (("104", 24, 55, "s24"), ("96", 24, 55, "s24"))


@pytest.mark.slow
@pytest.mark.skipif("blocks_gray_groupsc" not in FILES, reason="no golden vectors")
def test_blocks_of_half_the_stride():
    name = "blocks_gray_groupsc"
    facts = json.loads((FOLDER / f"{name}.json").read_text())
    check_blockwise(load_file(FOLDER / f"{name}.safetensors"), facts["hyperparameters"], FINE)


@torch.no_grad()
def check_blockwise(tensors, facts, cases=COARSE):
    side = facts["patch side s"]
    settings = {
        "patch side s": side,
        "proximal steps K": 24,
        "similarity refresh period f": 6,
        "refresh uses averaged image estimate": True,
        "window": "binary, patch grid side 48",
    }
    model = build(tensors, settings)
    for rows, stride, base, key in cases:
        image = tensors[f"input{rows}"]
        padded, grid = authors_grid(image, facts["block side"], stride, base)
        blocks = cut_blocks(padded, grid)
        restored = [model(block) for block in blocks]
        if f"blockout{rows}_{key}_first2" in tensors:
            close(torch.cat(blocks[:2]), tensors[f"blocks{rows}_{key}_first2"], "blocks")
            close(torch.cat(restored[:2]), tensors[f"blockout{rows}_{key}_first2"], "restored")
        merged = merge_blocks(restored, grid, side)
        inner = merged[..., base : base + image.shape[2], base : base + image.shape[3]]
        close(inner, tensors[f"output{rows}_{key}"], f"image {rows}, {key}")


def check_group_prox(tensors, facts):
    z, theta, sigma = (tensors[k].requires_grad_() for k in ("B", "theta", "Sigma"))
    out = GroupPenalty(theta, DenseGraph(sigma.mT)).prox(z, 1.0)
    close(out, tensors["output"], "output")
    (out * tensors["cotangent"]).sum().backward()
    close(z.grad, tensors["grad.B"], "gradient by B")
    close(theta.grad, tensors["grad.theta"], "gradient by theta")
    for ours, theirs in zip(sigma.grad.flatten(0, 1).T, tensors["grad.Sigma"].flatten(0, 1).T):
        close(ours, theirs, "gradient by a column of Sigma")
    signed = GroupPenalty(tensors["theta_signed"], DenseGraph(sigma.mT)).prox(z, 1.0)
    close(signed, tensors["output_signed"], "negative thresholds")


def check_similarity(tensors, facts):
    for case, window, grid in (("even", 6, (6, 6)), ("odd", 7, (7, 7)), ("none", None, (6, 6))):
        u, kappa = tensors[f"U_{case}"].requires_grad_(), tensors["kappa"].clone()
        one = Bank([0.1], kappa[None, None])
        weights = Similarity(one, Bank([0.1], torch.zeros(1, 1)), (), Lattice(window))
        sigma = weights.compare(weigh(u, one(None), 0), grid).weights.mT
        close(sigma, tensors[f"Sigma_{case}"], f"similarity, window {case}")
        if window:
            close((sigma[0] > 0).float(), tensors[f"window_{case}"], f"window {case}")
        (sigma * tensors[f"cotangent_{case}"]).sum().backward()
        close(u.grad, tensors[f"grad.U_{case}"], "gradient by the vectors")
        close(one.values.grad[0, 0], tensors[f"grad.kappa_{case}"], "gradient by kappa")


def check_soft_thresholds(tensors, facts):
    x, thresholds = tensors["x"], tensors["lambda"][:, None]
    close(soft_threshold(x.expand(5, -1), thresholds), tensors["signed"], "signed")
    close(soft_threshold(x.expand(5, -1), thresholds.abs()), tensors["absolute"], "absolute")


def check_critic_layers(tensors, facts):
    critic = published(tensors)
    assert sum(values.numel() for values in critic.parameters()) == 154_368
    assert (critic.field, critic.stride) == (13, 3)


def check_critic(tensors, facts):
    critic = published(load_file(FOLDER / "alr_critic_weights.safetensors"))
    penalty = CriticPenalty(critic)
    for kind in ("clean", "noisy"):
        x = tensors[kind]
        close(critic(x)[0], tensors[f"r_{kind}"], f"scores of the {kind} image")
        close(penalty.value(x), tensors[f"R_{kind}"], f"R of the {kind} image")
        close(penalty.gradient(x), tensors[f"grad_R_{kind}"], f"gradient, {kind} image")
        patches = F.unfold(x, 15)[0].T.reshape(-1, 3, 15, 15)
        close(penalty.value(patches), tensors[f"r_all15_{kind}"].flatten(), f"{kind} patches")
    patches = tensors["patches15"]
    close(penalty.value(patches), tensors["r_patches15"], "scores of patches")
    close(penalty.gradient(patches), tensors["grad_r_patches15"], "gradients of patches")
    check_restoration(tensors, facts, penalty)


def check_restoration(tensors, facts, penalty):
    """Their data term sum N (x - y)^2 / sum N is that of an operator that weighs pixels."""
    y, trust = tensors["noisy"].double(), tensors["fidelity_weights"].double()
    operator = Mask((2 * trust / trust.sum()).sqrt()[None, None])
    penalty.critic.double()
    for strength in facts["lambdas"]:
        adam = Adam(facts["iterations"])
        solver = Variational(operator, penalty, strength, adam, tolerance=0.0)
        path = list(solver.iterate(operator.A(y), 1.0, start=y))
        close(path[-1].x, tensors[f"final64_lam{strength}"], f"image, lambda {strength}")
        trace = tensors[f"trace64_lam{strength}"][:, 2]
        close(path[-1].energies[:-1, 0], trace, f"energies, lambda {strength}")
        assert path[-1].iterations == 50
        if strength == 0.15:  # float32 and float64 agree there
            for k in (1, 2, 5, 10, 20):
                close(path[k].x, tensors[f"x_iter{k}_lam0.15"], f"image after {k} steps")
