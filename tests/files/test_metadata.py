"""EXIF, profile, XMP and resolution travel between all formats."""

import struct

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image
from tests.files.makers import copy, exif_block, icc_profile, noise, tiff_of_a_camera

from sparsight.files import open_photo

ENDINGS = ["png", "jpg", "webp", "tif"]
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">rated</x:xmpmeta>'


def write_source(path, order: str, icc: bytes) -> None:
    image, exif = Image.fromarray(noise(24, 20, 3)), exif_block(order)
    if path.suffix == ".tif":
        path.write_bytes(tiff_of_a_camera(noise(24, 20, 3), order, icc))
    elif path.suffix == ".jpg":
        image.save(path, exif=b"Exif\0\0" + exif, icc_profile=icc, xmp=XMP, dpi=(300, 200))
    elif path.suffix == ".webp":
        image.save(path, lossless=True, exif=exif, icc_profile=icc, xmp=XMP)
    else:
        image.save(path, exif=exif, icc_profile=icc, dpi=(300, 200))


def facts(path) -> dict:
    with Image.open(path) as image:
        exif = image.getexif()
        return {
            "orientation": exif[0x0112],
            "maker": exif[0x010F],
            "exposure": exif.get_ifd(0x8769)[0x829A],
            "note": exif.get_ifd(0x8769)[0x927C],
            "interop": exif.get_ifd(0xA005).get(1),
            "gps": exif.get_ifd(0x8825),
            "icc": image.info["icc_profile"],
            "shape": open_photo(path).shape,
        }


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("target", ENDINGS)
@pytest.mark.parametrize("source", ENDINGS)
def test_exif_and_profile_travel(tmp_path, source, target, order):
    icc = icc_profile(70_000)
    write_source(tmp_path / f"a.{source}", order, icc)
    copy(open_photo(tmp_path / f"a.{source}"), tmp_path / f"b.{target}")
    found = facts(tmp_path / f"b.{target}")
    assert found == facts(tmp_path / f"a.{source}")
    assert found["orientation"] == 6
    assert found["exposure"] == 1 / 250
    assert found["note"] == b"maker note \0\1\2"
    assert found["interop"] == "R98"
    assert found["gps"] == {1: "N", 2: (48, 8, 30.5)}
    assert found["icc"] == icc
    assert found["shape"] == (3, 24, 20)
    if "tif" not in (source, target):
        photos = [open_photo(tmp_path / name) for name in (f"a.{source}", f"b.{target}")]
        assert {photo.metadata.exif for photo in photos} == {exif_block(order)}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("ending", [".jpg", ".png", ".webp"])
def test_a_picture_in_small_stays_behind(tmp_path, ending, order):
    """It shows what was there before, and viewers would show it."""
    small = b"\xff\xd8 in small \xff\xd9"
    first = struct.pack(order + "HHHII", 1, 0x0112, 3, 1, 6 if order == "<" else 6 << 16)
    second = struct.pack(order + "H", 2)
    second += struct.pack(order + "HHIIHHII", 0x0201, 4, 1, 56, 0x0202, 4, 1, len(small))
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    exif = head + first + struct.pack(order + "I", 26) + second + struct.pack(order + "I", 0)
    picture = Image.fromarray(noise(20, 30, 3))
    picture.save(tmp_path / f"a{ending}", exif=b"Exif\0\0" + exif + small)
    with Image.open(tmp_path / f"a{ending}") as before:
        assert before.getexif().get_ifd(ExifTags.IFD.IFD1)
    copy(open_photo(tmp_path / f"a{ending}"), tmp_path / f"b{ending}")
    with Image.open(tmp_path / f"b{ending}") as after:
        assert dict(after.getexif()) == {0x0112: 6}
        assert not after.getexif().get_ifd(ExifTags.IFD.IFD1)


@pytest.mark.parametrize("target", ["png", "jpg", "tif"])
@pytest.mark.parametrize("source", ["png", "jpg", "tif"])
def test_resolution_travels(tmp_path, source, target):
    Image.fromarray(noise(9, 8)).save(tmp_path / f"a.{source}", dpi=(300, 200))
    copy(open_photo(tmp_path / f"a.{source}"), tmp_path / f"b.{target}")
    with Image.open(tmp_path / f"b.{target}") as image:
        assert tuple(map(float, image.info["dpi"])) == pytest.approx((300, 200), abs=0.02)


@pytest.mark.parametrize("target", ENDINGS)
@pytest.mark.parametrize("source", ["jpg", "webp"])
def test_xmp_travels(tmp_path, source, target):
    write_source(tmp_path / f"a.{source}", "<", icc_profile())
    photo = open_photo(copy(open_photo(tmp_path / f"a.{source}"), tmp_path / f"b.{target}"))
    assert photo.metadata.xmp == XMP
    with Image.open(tmp_path / f"b.{target}") as image:
        found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp", "").encode()
    assert found == XMP


def test_pixels_are_not_rotated(tmp_path):
    array = noise(24, 20, 3)
    write_source(tmp_path / "a.png", "<", icc_profile())
    photo = open_photo(tmp_path / "a.png")
    assert photo.shape == (3, 24, 20)
    np.testing.assert_array_equal(photo.samples.rows(0, 24), array)


@pytest.mark.parametrize("order", ["<", ">"])
def test_microscope_fields_travel_byte_by_byte(tmp_path, order):
    source, target = tmp_path / "a.tif", tmp_path / "b.tif"
    tifffile.imwrite(
        source,
        noise(9, 8, dtype="uint16"),
        byteorder=order,
        description="ImageJ=1.53t\nunit=micron\nmin=3.0\n",
        resolution=(20_000, 30_000),
        resolutionunit="CENTIMETER",
        metadata=None,
        extratags=[(65000, 7, 5, b"\0\1\2\3\4", True), (65001, 12, 2, (1.5, -2.0), True)],
    )
    copy(open_photo(source), target)
    with tifffile.TiffFile(source) as before, tifffile.TiffFile(target) as after:
        for tag in (270, 282, 283, 296, 305, 65000, 65001):
            assert after.pages[0].tags[tag].value == before.pages[0].tags[tag].value
    assert open_photo(source).metadata.dpi == pytest.approx((20_000 * 2.54, 30_000 * 2.54))


def test_the_note_of_tifffile_about_the_shape_is_left_out(tmp_path):
    array = noise(3, 9, 8)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", planarconfig="separate")
    target = copy(open_photo(tmp_path / "a.tif"), tmp_path / "b.tif")
    np.testing.assert_array_equal(tifffile.imread(target), array.transpose(1, 2, 0))


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_broken_exif_block_does_not_spoil_the_picture(tmp_path, ending):
    Image.fromarray(noise(9, 8, 3)).save(tmp_path / "a.jpg", exif=b"Exif\0\0MM\0*\0\0\xff\xff")
    photo = open_photo(copy(open_photo(tmp_path / "a.jpg"), tmp_path / f"b.{ending}"))
    assert photo.shape == (3, 9, 8)


def test_the_gain_map_of_a_phone_is_not_announced_when_it_is_gone(tmp_path):
    xmp = b'<x:xmpmeta hdrgm:Version="1.0"></x:xmpmeta>'
    Image.fromarray(noise(9, 8, 3)).save(tmp_path / "a.jpg", xmp=xmp)
    assert open_photo(tmp_path / "a.jpg").metadata.xmp == b""


@pytest.mark.parametrize("comment", [b"noon", "Zoë".encode(), "Zoë".encode("latin-1")])
def test_comments_of_jpegs_travel(tmp_path, comment):
    Image.fromarray(noise(9, 8, 3)).save(tmp_path / "a.jpg", comment=comment)
    photo = open_photo(tmp_path / "a.jpg")
    copy(photo, tmp_path / "b.jpg")
    assert open_photo(tmp_path / "b.jpg").metadata.comment == comment
    copy(photo, tmp_path / "b.png")
    with Image.open(tmp_path / "b.png") as image:
        image.load()
        assert image.text["Comment"] in ("noon", "Zoë")


def test_no_comment_is_made_up(tmp_path):
    Image.fromarray(noise(9, 8, 3)).save(tmp_path / "a.jpg")
    photo = open_photo(tmp_path / "a.jpg")
    assert photo.metadata.comment == b""
    copy(photo, tmp_path / "b.png")
    with Image.open(tmp_path / "b.png") as image:
        image.load()
        assert "Comment" not in image.text
