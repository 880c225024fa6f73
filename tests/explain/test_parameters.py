"""Pictures of weights hold the weights."""

import numpy as np
import pytest
import torch
from tests.cli.makers import SMALL

from sparsight.explain import drawing, explain_parameters
from sparsight.explain.parameters import atom_order, atom_tile
from sparsight.recipes import bind


def test_a_model_of_patches_shows_matrices_thresholds_and_kappa():
    model = bind("groupsc-gray", [*SMALL]).model()
    found = explain_parameters(model)
    assert {"D", "C", "W", "prior_thresholds", "neighbours_kappa"} == set(found.pictures)
    assert found.facts["parameters"] == sum(v.numel() for v in model.parameters())
    thresholds = found.facts["banks"]["prior_thresholds"]
    assert thresholds["shape"] == [2, 16]
    assert thresholds["levels"] == ["sigma 5", "sigma 55"]
    # In proportion to the noise: 0.15 sigma at every level.
    assert np.allclose(thresholds["median"], [0.15 * 5 / 255, 0.15 * 55 / 255], rtol=1e-4)
    assert abs(found.facts["dictionaries"]["mean_cosine_D_W"] - 1) < 1e-5


def test_a_model_of_pixels_shows_its_moves():
    found = explain_parameters(bind("tv-gray", ["depth=2"]).model())
    assert {"prior_smoothing", "neighbours_weights", "stepsize_sizes"} == set(found.pictures)
    assert "dictionaries" not in found.facts


@pytest.mark.parametrize("recipe", ["csr-color", "nltv-gray", "group-tv-variance-gray"])
def test_models_with_similarities_show_kappa(recipe):
    arguments = bind(recipe).arguments()
    small = [pair for pair in (*SMALL[:3], "sigma_low=25") if pair.partition("=")[0] in arguments]
    found = explain_parameters(bind(recipe, small).model())
    assert "neighbours_kappa" in found.pictures


def test_models_of_scans_tell_rates_and_matrices():
    found = explain_parameters(bind("mri-sc", ["depth=2", "atoms=16"]).model())
    assert {"D", "C", "W"} < set(found.pictures)
    levels = {tuple(bank["levels"]) for bank in found.facts["banks"].values()}
    assert levels == {("rate 20 %", "rate 30 %", "rate 40 %", "rate 50 %")}
    assert "neighbours_weights" in explain_parameters(bind("mri-tv", ["depth=2"]).model()).pictures


def test_atoms_stand_in_the_order_of_their_norms():
    fidelity = bind("sc-gray", SMALL).model().fidelity
    with torch.no_grad():
        fidelity.synthesis[:, 11] *= 50
    assert atom_order(fidelity)[0] == 11
    tile = atom_tile(fidelity.synthesis[:, 11], fidelity)
    assert tile.shape == (5, 5)
    column = fidelity.synthesis[:, 11].detach().reshape(5, 5).numpy()
    assert np.array_equal(tile > 0.5, column > 0)
    assert max(tile.max() - 0.5, 0.5 - tile.min()) == 0.5


def test_tiles_put_every_piece_in_its_place():
    pieces = [np.full((2, 2), shade) for shade in (0.0, 0.2, 0.4)]
    sheet = np.asarray(drawing.tiles(pieces, columns=2, scale=3))
    assert sheet.shape == (2 * 9 + 3, 2 * 9 + 3, 3)
    assert sheet[5, 5].tolist() == [0, 0, 0]
    assert sheet[5, 14].tolist() == [51, 51, 51]
    assert sheet[14, 5].tolist() == [102, 102, 102]
    assert sheet[14, 14].tolist() == [255, 255, 255]


def test_a_map_is_dark_where_numbers_are_great():
    sheet = np.asarray(drawing.heat(np.array([[0.0, 2.0], [1.0, 0.0]]), (4, 5)))
    assert sheet.shape == (10, 8, 3)
    assert [int(sheet[y, x, 0]) for y, x in ((0, 0), (0, 7), (9, 0))] == [255, 0, 128]


def test_curves_draw_constants_and_single_points():
    for line in ([0.0], [1.0, 1.0], [-1.0, 0.0, 3.0]):
        sheet = np.asarray(drawing.curves({"a": line}, "step", "y"))
        assert (sheet == np.array(drawing.COLOURS[0])).all(-1).any()


@pytest.mark.parametrize(("recipe", "rows"), [("blorc-gray", 64), ("blorc-conv-gray", 24)])
def test_analysis_operators_are_shown_row_by_row(recipe, rows):
    model = bind(recipe).model()
    with torch.no_grad():
        for parameter in model.prior.parameters():
            parameter.mul_(1 + torch.rand(parameter.shape, generator=torch.Generator()))
    shown = explain_parameters(model).pictures["W"]
    side = round(model.prior.analysis.shape[1] ** 0.5) if rows == 64 else 5
    # Tiles of six picture pixels a pixel and a gap of one, eight in a row.
    assert shown.width >= 8 * 6 * (side + 1)
    assert shown.height >= rows // 8 * 6 * (side + 1)
