"""An output is there whole or not at all, and is refused where its format cannot hold it."""

import errno
import os
import resource
import signal
import stat

import numpy as np
import pytest
import tifffile
from PIL import Image
from tests.files.makers import copy, exif_block, noise, png

from sparsight.files import FileError, create_photo, creating, is_complete, open_photo

ENDINGS = ["png", "jpg", "webp", "tif"]


def source(folder, dtype="uint8", channels=3, name="source.tif"):
    folder.mkdir(exist_ok=True)
    extra = {"extrasamples": ["unassalpha"]} if channels in (2, 4) else {}
    photometric = "rgb" if channels > 2 else "minisblack"
    array = noise(20, 15, channels, dtype=dtype)
    tifffile.imwrite(folder / name, array, photometric=photometric, **extra)
    return open_photo(folder / name)


@pytest.fixture
def photo(tmp_path):
    return source(tmp_path / "in")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def copy_and(photo, target, then, overwrite=False):
    """Writes all rows, and does something before the end."""
    with create_photo(target, photo, overwrite) as out:
        out.write_rows(0, photo.read_rows(0, 20))
        then()


def fail_with(error):
    def fail(*_):
        raise error

    return fail


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
@pytest.mark.parametrize("ending", ENDINGS)
def test_an_error_leaves_nothing_new_and_the_old_untouched(photo, folder, ending, error):
    target = folder / f"a.{ending}"
    for before in (None, b"old content"):
        if before is not None:
            target.write_bytes(before)
        with pytest.raises(error):
            copy_and(photo, target, fail_with(error), overwrite=True)
        assert os.listdir(folder) == ([] if before is None else [target.name])
    assert target.read_bytes() == b"old content"


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_target_appears_only_at_the_end(photo, folder, ending):
    target = folder / f"a.{ending}"
    with create_photo(target, photo) as out:
        out.write_rows(0, photo.read_rows(0, 20))
        assert not is_complete(target)
        (part,) = os.listdir(folder)
        assert part.startswith(f".a.{ending}.")
        assert part.endswith(".part")
        assert not is_complete(folder / part)
    assert is_complete(target)
    assert os.listdir(folder) == [target.name]


def test_an_interrupt_from_outside(photo, folder):
    # A background process may have been started with interrupts ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            copy_and(photo, folder / "a.tif", lambda: signal.raise_signal(signal.SIGINT))
    finally:
        signal.signal(signal.SIGINT, before)
    assert os.listdir(folder) == []


def copy_without_row_5(photo, target):
    with create_photo(target, photo) as out:
        out.write_rows(0, photo.read_rows(0, 5))
        out.write_rows(6, photo.read_rows(6, 20))


@pytest.mark.parametrize("ending", ENDINGS)
def test_missing_rows_are_no_picture(photo, folder, ending):
    with pytest.raises(FileError, match="row 5 was never written"):
        copy_without_row_5(photo, folder / f"a.{ending}")
    assert os.listdir(folder) == []


def test_rows_written_again_replace_the_former(photo, folder):
    with create_photo(folder / "a.tif", photo) as out:
        out.write_rows(0, np.zeros((3, 20, 15), np.float32))
        out.write_rows(0, photo.read_rows(0, 20))
    np.testing.assert_array_equal(tifffile.imread(folder / "a.tif"), photo.samples.rows(0, 20))


@pytest.mark.parametrize(
    ("top", "shape"),
    [(0, (1, 20, 15)), (0, (3, 20, 14)), (1, (3, 20, 15)), (-1, (3, 2, 15)), (0, (20, 15))],
)
def test_rows_that_do_not_fit(photo, folder, top, shape):
    with (
        pytest.raises(FileError, match=r"rows of shape .* do not fit into \(3, 20, 15\)"),
        create_photo(folder / "a.png", photo) as out,
    ):
        out.write_rows(top, np.zeros(shape, np.float32))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_rows_with_nan_are_refused(photo, folder, value):
    with (
        pytest.raises(FileError, match="rows from 3 have NaN"),
        create_photo(folder / "a.png", photo) as out,
    ):
        out.write_rows(3, np.full((3, 2, 15), value, np.float32))


def test_integers_are_rounded_and_clipped_and_floats_are_neither(tmp_path, folder):
    for dtype, expected in (("uint8", [0, 0, 128, 255]), ("uint16", [0, 0, 32768, 65535])):
        photo = source(tmp_path / dtype, dtype, 1)
        rows = np.zeros((1, 20, 15), np.float32)
        rows[0, 0, :4] = [-0.5, 0.0019 / 257, 0.5, 1.7]
        with create_photo(folder / f"{dtype}.png", photo) as out:
            out.write_rows(0, rows)
        written = open_photo(folder / f"{dtype}.png").samples.rows(0, 1)[0, :4, 0]
        np.testing.assert_array_equal(written, expected)
    photo = source(tmp_path / "float", "float32", 1)
    with create_photo(folder / "f.tif", photo) as out:
        out.write_rows(0, rows)
    np.testing.assert_array_equal(tifffile.imread(folder / "f.tif"), rows[0])


def test_existing_files_are_not_replaced_unless_asked(photo, folder):
    target = copy(photo, folder / "a.png")
    before = target.read_bytes()
    with pytest.raises(
        FileError, match="it exists already; choose another name, or add --overwrite"
    ):
        copy(photo, target)
    with pytest.raises(FileError, match="it is the original itself"):
        copy(photo, photo.path)
    (folder / "link.tif").symlink_to(photo.path)
    with pytest.raises(FileError, match="it is the original itself"):
        copy(photo, folder / "link.tif")
    assert target.read_bytes() == before
    copy(photo, target, overwrite=True)


def test_a_file_that_appears_meanwhile_is_not_replaced(photo, folder):
    target = folder / "a.png"
    with pytest.raises(FileError, match="it exists already"):
        copy_and(photo, target, lambda: target.write_bytes(b"from elsewhere"))
    assert target.read_bytes() == b"from elsewhere"
    assert os.listdir(folder) == ["a.png"]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_photo_can_be_written_over_itself(tmp_path, channels):
    photo = source(tmp_path / "in", "uint16", channels)
    before = tifffile.imread(photo.path)
    copy(photo, photo.path, overwrite=True)
    np.testing.assert_array_equal(tifffile.imread(photo.path).reshape(before.shape), before)
    assert os.listdir(tmp_path / "in") == ["source.tif"]


def test_links_and_permissions_of_the_target_stay(photo, folder):
    (folder / "real.png").write_bytes(b"old")
    (folder / "real.png").chmod(0o640)
    (folder / "link.png").symlink_to("real.png")
    copy(photo, folder / "link.png", overwrite=True)
    assert (folder / "link.png").is_symlink()
    assert stat.S_IMODE((folder / "real.png").stat().st_mode) == 0o640
    assert open_photo(folder / "real.png").shape == photo.shape
    umask = os.umask(0o022)
    try:
        copy(photo, folder / "new.png")
    finally:
        os.umask(umask)
    assert stat.S_IMODE((folder / "new.png").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("dtype", "channels", "ending", "message"),
    [
        ("uint8", 4, "jpg", r"JPEG cannot hold transparency; write \.png or \.tif or \.webp"),
        ("uint8", 2, "jpg", "JPEG cannot hold transparency"),
        ("uint16", 3, "jpg", r"JPEG cannot hold 16-bit pictures; write \.png or \.tif instead"),
        ("uint16", 3, "webp", r"WebP cannot hold 16-bit pictures; write \.png or \.tif instead"),
        ("float32", 1, "webp", r"WebP cannot hold 32-bit float pictures; write \.tif instead"),
        ("float32", 1, "jpg", "JPEG cannot hold 32-bit float"),
        ("float32", 3, "png", r"PNG cannot hold 32-bit float pictures; write \.tif instead"),
        ("uint8", 3, "gif", r"the ending '\.gif' names no format; end it in \.png, \.jpg"),
        ("uint8", 3, "", "the name has no ending"),
    ],
)
def test_formats_that_cannot_hold_the_picture(tmp_path, folder, dtype, channels, ending, message):
    photo = source(tmp_path / "in", dtype, channels)
    with pytest.raises(FileError, match=message):
        copy(photo, folder / (f"a.{ending}" if ending else "a"))
    assert os.listdir(folder) == []


def test_pictures_too_wide_for_a_format(tmp_path, folder):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((1, 70_000), np.uint8))
    photo = open_photo(tmp_path / "a.tif")
    with pytest.raises(FileError, match=r"JPEG holds at most 65500 pixels along a side"):
        copy(photo, folder / "a.jpg")
    with pytest.raises(FileError, match=r"WebP holds at most 16383 pixels along a side"):
        copy(photo, folder / "a.webp")
    assert open_photo(copy(photo, folder / "a.png")).shape == (1, 1, 70_000)


def test_targets_that_cannot_be(photo, folder):
    with pytest.raises(FileError, match=r"the folder .*none does not exist; create it first"):
        copy(photo, folder / "none" / "a.png")
    (folder / "b.png").mkdir()
    with pytest.raises(FileError, match="it is a folder"):
        copy(photo, folder / "b.png", overwrite=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(photo, folder):
    folder.chmod(0o500)
    with pytest.raises(FileError, match="the system does not permit it"):
        copy(photo, folder / "a.png")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_disk_that_is_full(tmp_path, folder, ending):
    (tmp_path / "a.png").write_bytes(png(noise(60, 300, 3), filters=[0]))
    photo = open_photo(tmp_path / "a.png")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, before[1]))
    try:
        with pytest.raises(FileError, match="the file grows larger than this disk allows"):
            copy(photo, folder / f"a.{ending}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert os.listdir(folder) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_fills_at_the_last_moment(photo, folder, monkeypatch, call):
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(creating.os, call, fail_with(full))
    with pytest.raises(FileError, match="the disk is full; free some space"):
        copy(photo, folder / "a.png")
    assert os.listdir(folder) == []


def test_a_very_long_name(photo, folder):
    target = folder / ("n" * 250 + ".png")
    copy(photo, target)
    assert is_complete(target)


def test_compression_of_a_tiff_made_from_other_formats(tmp_path, folder):
    Image.fromarray(noise(20, 15, 3)).save(tmp_path / "a.jpg", exif=b"Exif\0\0" + exif_block(">"))
    with tifffile.TiffFile(copy(open_photo(tmp_path / "a.jpg"), folder / "a.tif")) as tiff:
        assert tiff.pages[0].compression == 1
        assert tiff.byteorder == ">"
        assert tiff.pages[0].tags[274].value == 6


def test_completeness(tmp_path):
    assert not is_complete(tmp_path / "none.png")
    assert not is_complete(tmp_path)
    (tmp_path / "empty.png").write_bytes(b"")
    assert not is_complete(tmp_path / "empty.png")
    (tmp_path / ".a.png.00ff.part").write_bytes(b"1")
    assert not is_complete(tmp_path / ".a.png.00ff.part")
