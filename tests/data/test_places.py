"""Where datasets are looked for."""

import pytest

from sparsight.data import places
from sparsight.data.places import find_places


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.delenv("SPARSIGHT_DATA", raising=False)
    file = tmp_path / "data.toml"
    monkeypatch.setattr(places, "settings_file", lambda: file)
    return file


def test_nobody_says_where(settings):
    with pytest.raises(ValueError, match=r"nothing says where BSD68 is; set SPARSIGHT_DATA .*toml"):
        find_places().of("BSD68")


def test_the_caller_then_the_environment_then_the_settings(settings, tmp_path, monkeypatch):
    settings.write_text('folder = "/one"\n[sets]\nKodak24 = "/two/kodak"\n')
    assert find_places().of("BSD68").as_posix() == "/one/BSD68"
    assert find_places().of("Kodak24").as_posix() == "/two/kodak"
    monkeypatch.setenv("SPARSIGHT_DATA", "/three")
    assert find_places().of("Kodak24").as_posix() == "/three/Kodak24"
    assert find_places(tmp_path).of("Kodak24") == tmp_path / "Kodak24"


@pytest.mark.parametrize("text", ["folder = ", "folder = 3", "sets = 4", "[sets]\nKodak24 = 1"])
def test_settings_that_make_no_sense(settings, text):
    settings.write_text(text)
    with pytest.raises(ValueError, match=r"data\.toml cannot be understood"):
        find_places()
