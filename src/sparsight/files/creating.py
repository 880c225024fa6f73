"""Writes a photograph like another one, so that it is there either whole or not at all."""

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path

import numpy as np

from sparsight.files.errors import refuse, writing
from sparsight.files.formats import PARTIAL, TIFF, Format, by_extension, holders
from sparsight.files.photo import Photo
from sparsight.files.ranges import KNOWN
from sparsight.files.sinks import Sink, page_sink, sink_for
from sparsight.files.stack import Stack
from sparsight.files.tiff_write import TiffFile

_LONGEST_NAME = 40
_PREMULTIPLIED = 1


class PhotoWriter:
    """Takes restored rows and turns them into samples of the depth of the original.

    Args:
        path: the output, named in errors.
        like: the original, whose depth, alpha and metadata the output gets.
        sink: where the samples go.
    """

    def __init__(self, path: Path, like: Photo, sink: Sink) -> None:
        self._path = path
        self._like = like
        self._sink = sink
        self._written = np.zeros(like.shape[1], bool)

    def write_rows(self, top: int, rows: np.ndarray) -> None:
        """Writes rows, in any order; rows written again replace the former.

        Args:
            top: the first of them, from 0.
            rows: float (colours, rows, width); in [0, 1] for integer depths, outside of which
                they are clipped.

        Raises:
            FileError: when the shape does not suit, numbers are not finite, or the disk
                refuses.
        """
        rows = np.asarray(rows)
        colours, height, width = self._like.shape
        count = rows.shape[1] if rows.ndim == 3 else 0
        if rows.shape != (colours, count, width) or count < 1 or not 0 <= top <= height - count:
            what = f"rows of shape {rows.shape} at {top} do not fit into {self._like.shape}"
            raise refuse(self._path, what, "give (colours, rows, width) within the picture")
        if not np.isfinite(rows).all():
            raise refuse(self._path, f"rows from {top} have NaN", "check what restored them")
        samples = _quantised(rows.transpose(1, 2, 0), self._like)
        alpha = self._like.read_alpha(top, top + count).astype(samples.dtype)
        with writing(self._path):
            self._sink.put(top, np.concatenate([samples, alpha], axis=2))
        self._written[top : top + count] = True

    def finish(self) -> None:
        """Completes the file.

        Raises:
            FileError: when rows are missing or the disk refuses.
        """
        if not self._written.all():
            missing = int(np.argmin(self._written))
            raise refuse(self._path, f"row {missing} was never written", "write all rows")
        with writing(self._path):
            self._sink.finish()


@contextmanager
def create_photo(
    path: str | os.PathLike[str], like: Photo, overwrite: bool = False
) -> Iterator[PhotoWriter]:
    """Creates a photo with the depth, alpha and metadata of another.

    The rows go to a hidden file `.name.<random>.part` beside the target, which takes the
    target's name only when all is on the disk; after any error it is gone.

    Args:
        path: the output; its ending tells the format.
        like: the original; it may be the same file when `overwrite` is set.
        overwrite: whether an existing file may be replaced.

    Yields:
        The writer; all rows must be written.

    Raises:
        FileError: when the format cannot hold the picture, the target exists, or the disk
            refuses.
    """
    path = Path(path)
    kind = by_extension(path)
    _check_holds(path, kind, like)
    with _whole(path, like.path, overwrite) as file:
        writer = PhotoWriter(path, like, sink_for(path, kind, file, like))
        yield writer
        writer.finish()


class StackWriter:
    """Takes the pages of a stack, one after the other.

    Args:
        path: the output, named in errors.
        like: the original.
        file: open for writing and seeking, empty.
    """

    def __init__(self, path: Path, like: Stack, file: BufferedIOBase) -> None:
        self._path, self._like, self._file = path, like, file
        self._tiff: TiffFile | None = None
        self._count = 0

    @contextmanager
    def page(self, like: Photo) -> Iterator[PhotoWriter]:
        """Begins the next page.

        Args:
            like: its original.

        Yields:
            The writer; all rows must be written.

        Raises:
            FileError: when the format cannot hold the page, or the disk refuses.
        """
        kind = by_extension(self._path)
        _check_holds(self._path, kind, like)
        with writing(self._path):
            sink = self._sink(kind, like)
        writer = PhotoWriter(self._path, like, sink)
        yield writer
        writer.finish()
        self._count += 1

    def finish(self) -> None:
        """Checks that all pages were written.

        Raises:
            FileError: some were not.
        """
        if self._count != len(self._like):
            what = f"{self._count} of {len(self._like)} pages were written"
            raise refuse(self._path, what, "write all")

    def _sink(self, kind: Format, like: Photo) -> Sink:
        if len(self._like) == 1:
            return sink_for(self._path, kind, self._file, like)
        if self._tiff is None:
            self._tiff = TiffFile(self._file, like.metadata, self._like.size, len(self._like))
        return page_sink(self._tiff, like)


@contextmanager
def create_stack(
    path: str | os.PathLike[str], like: Stack, overwrite: bool = False
) -> Iterator[StackWriter]:
    """Creates a file with as many pages as another; else as `create_photo`.

    Args:
        path: the output; its ending tells the format.
        like: the original; it may be the same file when `overwrite` is set.
        overwrite: whether an existing file may be replaced.

    Yields:
        The writer; all pages must be written.

    Raises:
        FileError: when the format cannot hold several pages, the target exists, or the disk
            refuses.
    """
    path = Path(path)
    kind = by_extension(path)
    if len(like) > 1 and kind is not TIFF:
        raise refuse(path, f"{kind.name} cannot hold {len(like)} pages", "write .tif instead")
    with _whole(path, like.path, overwrite) as file:
        writer = StackWriter(path, like, file)
        yield writer
        writer.finish()


@contextmanager
def _whole(path: Path, original: Path, overwrite: bool) -> Iterator[BufferedIOBase]:
    """Opens a hidden file that takes the place of the output when all is on the disk."""
    target = Path(os.path.realpath(path))
    with writing(path):
        _check_target(path, target, original, overwrite)
    with _unfinished(path, target) as (part, file):
        yield file
        with writing(path):
            file.flush()
            os.fsync(file.fileno())
            file.close()
            _check_target(path, target, original, overwrite)
            _put_in_place(part, target)


@contextmanager
def _unfinished(path: Path, target: Path) -> Iterator[tuple[Path, BufferedIOBase]]:
    """Opens the hidden file, and deletes it after any error, an interruption included."""
    name = f".{target.name[:_LONGEST_NAME]}.{os.urandom(6).hex()}{PARTIAL}"
    part = target.with_name(name)
    try:
        with writing(path):
            file = open(part, "x+b")  # noqa: SIM115
        try:
            yield part, file
        finally:
            with contextlib.suppress(OSError):
                file.close()
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def is_complete(path: str | os.PathLike[str]) -> bool:
    """Tells whether an output is there; what is there under its own name is whole.

    Args:
        path: the output.

    Returns:
        Whether it is a file with content and not the leftover of an interrupted run.
    """
    path = Path(path)
    try:
        return path.is_file() and path.suffix.lower() != PARTIAL and path.stat().st_size > 0
    except OSError:
        return False


def _quantised(rows: np.ndarray, like: Photo) -> np.ndarray:
    if like.dtype == np.float32:
        return rows.astype(np.float32) * np.float32(like.scale) + np.float32(like.black)
    if like.dtype.kind == "f":
        most = np.finfo(like.dtype).max
        return (
            (rows.astype(np.float64) * like.scale + like.black).clip(-most, most).astype(like.dtype)
        )
    limits = np.iinfo(like.dtype)
    if like.dtype.name in KNOWN:
        # White may lie above what the numbers of a file can hold.
        stored = np.clip(rows, 0, 1) * np.float32(like.scale)
        return np.rint(stored.clip(max=limits.max)).astype(like.dtype)
    stored = rows.astype(np.float64) * like.scale + like.black
    return np.rint(stored).clip(limits.min, limits.max).astype(like.dtype)


def _check_holds(path: Path, kind: Format, like: Photo) -> None:
    others = f"write {holders(like.dtype.name, like.alpha)} instead"
    if like.dtype.name not in kind.depths:
        raise refuse(path, f"{kind.name} cannot hold {like.depth} pictures", others)
    if like.alpha and not kind.alpha:
        raise refuse(path, f"{kind.name} cannot hold transparency", others)
    if max(like.shape) > kind.largest:
        what = f"{kind.name} holds at most {kind.largest} pixels along a side"
        raise refuse(path, what, "write .png or .tif instead")
    tiff = like.metadata.tiff
    if like.alpha and kind is not TIFF and tiff is not None and tiff.extra == _PREMULTIPLIED:
        what = f"{kind.name} cannot hold colours multiplied by their transparency"
        raise refuse(path, what, "write .tif instead")


def _check_target(path: Path, target: Path, original: Path, overwrite: bool) -> None:
    if target.is_dir():
        raise refuse(path, "it is a folder", "give the name of a file")
    if not target.parent.is_dir():
        raise refuse(path, f"the folder {target.parent} does not exist", "create it first")
    if overwrite or not target.exists():
        return
    if original.exists() and target.samefile(original):
        raise refuse(path, "it is the original itself", "choose another name, or add --overwrite")
    raise refuse(path, "it exists already", "choose another name, or add --overwrite")


def _put_in_place(part: Path, target: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.chmod(part, target.stat().st_mode & 0o7777)
    os.replace(part, target)
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
