"""PNG: all depths, filters and palettes, read and written."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from tests.files.makers import (
    PNG_HEAD,
    chunk,
    copy,
    dict_of_chunks,
    noise,
    png,
    png_head,
    read_png,
)

from sparsight.files import FileError, open_photo


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_all_filters_are_read_and_pixels_come_back_identical(tmp_path, dtype, channels, interlaced):
    array = noise(23, 17, channels, dtype=dtype)
    source = tmp_path / "a.png"
    source.write_bytes(png(array, interlaced=interlaced))
    photo = open_photo(source)
    assert photo.shape == (3 if channels > 2 else 1, 23, 17)
    assert photo.depth == ("8-bit" if dtype == "uint8" else "16-bit")
    assert photo.alpha == (channels in (2, 4))
    limit = np.float32(np.iinfo(dtype).max)
    colours = array[..., : photo.shape[0]].transpose(2, 0, 1)
    np.testing.assert_array_equal(photo.read_rows(0, 23), colours.astype(np.float32) / limit)
    written = copy(photo, tmp_path / "b.png").read_bytes()
    np.testing.assert_array_equal(read_png(written), array)


@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize("channels", [3, 4])
def test_each_filter_alone_at_16_bits(tmp_path, kind, channels):
    array = np.random.default_rng(kind).integers(0, 65536, (9, 11, channels)).astype(np.uint16)
    (tmp_path / "a.png").write_bytes(png(array, filters=[kind]))
    np.testing.assert_array_equal(open_photo(tmp_path / "a.png").samples.rows(0, 9), array)


def test_pillow_reads_what_is_written(tmp_path):
    for channels, mode in ((1, "L"), (2, "LA"), (3, "RGB"), (4, "RGBA")):
        array = noise(300, 70, channels)
        source, target = tmp_path / f"{mode}.png", tmp_path / f"{mode}_out.png"
        Image.fromarray(array[..., 0] if channels == 1 else array).save(source)
        with Image.open(copy(open_photo(source), target, step=50)) as image:
            assert image.mode == mode
            np.testing.assert_array_equal(np.asarray(image).reshape(array.shape), array)


def test_filters_shrink_the_file(tmp_path):
    array = noise(64, 200, 3, dtype="uint16") // 256 * 256
    (tmp_path / "a.png").write_bytes(png(array, filters=[0]))
    copy(open_photo(tmp_path / "a.png"), tmp_path / "b.png")
    assert (tmp_path / "b.png").stat().st_size < 0.9 * (tmp_path / "a.png").stat().st_size


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_become_eight(tmp_path, bits):
    values = np.random.default_rng(0).integers(0, 2**bits, (6, 8 // bits * 2))
    packed = packed_bits(values, bits)
    raw = b"".join(b"\0" + row for row in packed)
    data = png_head(values.shape[1], 6, bits, 0) + chunk(b"IDAT", zlib.compress(raw))
    (tmp_path / "a.png").write_bytes(data + chunk(b"IEND", b""))
    photo = open_photo(tmp_path / "a.png")
    expected = values * (255 // (2**bits - 1))
    np.testing.assert_array_equal(photo.samples.rows(0, 6)[..., 0], expected)
    assert (photo.depth, photo.shape[0]) == ("8-bit", 1)
    assert read_png(copy(photo, tmp_path / "b.png").read_bytes()).dtype.itemsize == 1


@pytest.mark.parametrize("clear", [b"", b"\0\x80"])
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_palettes_become_colours(tmp_path, bits, clear):
    values = np.random.default_rng(0).integers(0, 2**bits, (6, 16))
    palette = np.random.default_rng(1).integers(0, 256, (2**bits, 3)).astype(np.uint8)
    raw = b"".join(b"\0" + row for row in packed_bits(values, bits))
    data = png_head(16, 6, bits, 3) + chunk(b"PLTE", palette.tobytes())
    data += chunk(b"tRNS", clear) if clear else b""
    data += chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(data)
    photo = open_photo(tmp_path / "a.png")
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(image.convert("RGBA" if clear else "RGB"))
    assert photo.shape == (3, 6, 16)
    assert photo.alpha == bool(clear)
    written = copy(photo, tmp_path / "b.png").read_bytes()
    np.testing.assert_array_equal(read_png(written), expected)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_a_transparent_colour_becomes_alpha(tmp_path, dtype, channels):
    array = noise(5, 6, channels, dtype=dtype)
    array[2, 3] = array[4, 1] = 77
    key = chunk(b"tRNS", struct.pack(">H", 77) * channels)
    (tmp_path / "a.png").write_bytes(png(array, extra=key))
    written = read_png(copy(open_photo(tmp_path / "a.png"), tmp_path / "b.png").read_bytes())
    np.testing.assert_array_equal(written[..., :channels], array)
    opaque = np.full((5, 6), np.iinfo(dtype).max)
    opaque[2, 3] = opaque[4, 1] = 0
    np.testing.assert_array_equal(written[..., channels], opaque)


def packed_bits(values: np.ndarray, bits: int) -> list[bytes]:
    rows = []
    for row in values:
        text = "".join(f"{value:0{bits}b}" for value in row)
        rows.append(bytes(int(text[i : i + 8].ljust(8, "0"), 2) for i in range(0, len(text), 8)))
    return rows


def test_descriptive_chunks_are_kept_and_stale_ones_dropped(tmp_path):
    kept = {b"gAMA": struct.pack(">I", 45455), b"tEXt": b"Author\0Somebody", b"sRGB": b"\0"}
    kept |= {b"pHYs": struct.pack(">IIB", 11811, 11811, 1), b"tIME": b"\x07\xe8\1\1\1\1\1"}
    extra = b"".join(chunk(name, content) for name, content in kept.items())
    extra += chunk(b"bKGD", b"\0\1") + chunk(b"hIST", b"\0\0")
    (tmp_path / "a.png").write_bytes(png(noise(4, 5, 1), extra=extra))
    photo = open_photo(tmp_path / "a.png")
    assert photo.metadata.dpi == pytest.approx((300, 300), abs=0.01)
    chunks = dict_of_chunks(copy(photo, tmp_path / "b.png").read_bytes())
    assert {name: chunks[name] for name in kept} == kept
    assert not {b"bKGD", b"hIST"} & set(chunks)


def test_a_tiny_file_that_claims_a_huge_picture_is_refused_from_its_header(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_head(50_000, 50_000, 8, 2) + b"\0" * 20)
    with pytest.raises(FileError, match="claims 50000 x 50000 pixels, more than 1000 megapixels"):
        open_photo(path)


def test_a_claim_within_the_limit_needs_data_that_could_hold_it(tmp_path):
    path = tmp_path / "bomb.png"
    data = chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    path.write_bytes(png_head(30_000, 30_000, 16, 6) + data)
    with pytest.raises(FileError, match="pixels are missing"):
        open_photo(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (png_head(0, 5, 8, 2), "claims 0 x 5 pixels"),
        (png_head(5, 5, 3, 2), "its header is wrong"),
        (png_head(5, 5, 16, 3), "its header is wrong"),
        (PNG_HEAD + chunk(b"IDAT", b""), "does not begin with its header"),
        (PNG_HEAD + chunk(b"IHDR", b"\0"), "its header is wrong"),
        (png_head(2, 2, 8, 3) + chunk(b"IDAT", zlib.compress(bytes(6))), "ends at byte"),
        (
            png_head(2, 2, 8, 3) + chunk(b"IDAT", zlib.compress(bytes(6))) + chunk(b"IEND", b""),
            "its palette is wrong",
        ),
        (
            png_head(1, 1, 8, 3)
            + chunk(b"PLTE", b"abc")
            + chunk(b"IDAT", zlib.compress(b"\0\7"))
            + chunk(b"IEND", b""),
            "its palette is too short",
        ),
        (
            png_head(1, 1, 8, 0)
            + chunk(b"tRNS", b"abc")
            + chunk(b"IDAT", zlib.compress(b"\0\7"))
            + chunk(b"IEND", b""),
            "its transparent colour is wrong",
        ),
        (
            png_head(1, 1, 8, 0) + chunk(b"IDAT", zlib.compress(b"\x09\7")) + chunk(b"IEND", b""),
            "damaged or cut short",
        ),
    ],
)
def test_malformed_files_are_refused(tmp_path, data, message):
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(FileError, match=message):
        open_photo(tmp_path / "a.png")


def test_a_wrong_checksum_is_noticed(tmp_path):
    data = bytearray(png(noise(5, 5, 3)))
    data[-20] ^= 1
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(FileError, match="checksum"):
        open_photo(tmp_path / "a.png")


def test_animations_are_refused(tmp_path):
    frames = [Image.fromarray(noise(5, 5, 3, seed=seed)) for seed in range(2)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    with pytest.raises(FileError, match="it is an animation; save one picture"):
        open_photo(tmp_path / "a.png")
