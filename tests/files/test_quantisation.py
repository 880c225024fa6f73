"""The quality of a JPEG is read from its tables."""

import pytest
from PIL import Image
from tests.files.makers import noise

from sparsight.files import FileError, jpeg_quality
from sparsight.files.quantisation import standard_table


def save(path, quality: int, mode: str = "RGB", **options):
    Image.fromarray(noise(24, 24, 3)).convert(mode).save(path, quality=quality, **options)
    return path


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("quality", [1, 5, 10, 25, 40, 49, 50, 51, 75, 90, 95, 99, 100])
def test_what_pillow_wrote_is_read(tmp_path, mode, quality):
    path = save(tmp_path / "a.jpg", quality, mode)
    found = jpeg_quality(path)
    assert found is not None
    # Tables of the lowest and highest qualities coincide where steps are clipped.
    assert standard_table(found) == standard_table(quality)
    if 5 <= quality <= 99:
        assert found == quality


def test_the_tables_are_pillows_own(tmp_path):
    for quality in range(1, 101):
        with Image.open(save(tmp_path / f"{quality}.jpg", quality, "L")) as image:
            assert list(image.quantization[0]) == standard_table(quality)


def test_tables_of_another_kind_give_the_nearest(tmp_path):
    steps = [min(255, round(1.07 * step)) for step in standard_table(30)]
    path = save(tmp_path / "a.jpg", -1, "L", qtables=[steps])
    assert 26 <= (jpeg_quality(path) or 0) <= 30


def test_the_name_does_not_matter_the_content_does(tmp_path):
    save(tmp_path / "a.png", 30, format="JPEG")
    assert jpeg_quality(tmp_path / "a.png") == 30
    Image.fromarray(noise(24, 24, 3)).save(tmp_path / "b.jpg", "PNG")
    assert jpeg_quality(tmp_path / "b.jpg") is None


def test_refusals(tmp_path):
    with pytest.raises(FileError, match="there is no such file"):
        jpeg_quality(tmp_path / "nothing.jpg")
    (tmp_path / "cut.jpg").write_bytes(save(tmp_path / "a.jpg", 30).read_bytes()[:30])
    with pytest.raises(FileError, match=r"damaged|no quantisation table"):
        jpeg_quality(tmp_path / "cut.jpg")
