"""Writes TIFF and BigTIFF in strips, a page after another, with EXIF and GPS directories.

tifffile writes neither these directories nor, without another package, LZW.
"""

from io import BufferedIOBase

import numpy as np

from sparsight.files.ifd import LONG, LONG8, SHORT, Directory, Form, entry, linked, pack
from sparsight.files.metadata import Metadata, to_tiff
from sparsight.files.tiff_codecs import DEFLATE, LZW, NONE, apply_predictor, pack_piece
from sparsight.files.tiff_page import BLACK_IS_ZERO, FLOAT, PALETTE, RGB, SIGNED, UNSIGNED

_STRAIGHT_ALPHA = 2
_STRIP = 2**16
_START = 16
_ROOM = 2**25
_LZW_GROWS = 1.5  # at most: 12 bits for a byte


class TiffFile:
    """A TIFF being written: pixels of all pages, then their directories.

    So the pixels of uncompressed pages follow one another, and can be mapped into memory.

    Args:
        file: open for writing and seeking, empty.
        metadata: of its first page.
        size: bytes that all pages take uncompressed.
        pages: how many there will be.
    """

    def __init__(self, file: BufferedIOBase, metadata: Metadata, size: int, pages: int = 1) -> None:
        form, tags = to_tiff(metadata)
        most = size * (_LZW_GROWS if compression_for(metadata) == LZW else 1)
        most += len(pack(tags, form, 0))
        self.form = Form(form.order, form.big or most > 2**32 - _ROOM)
        self.file = file
        self.end = _START
        self._pages = pages
        self._directories: list[Directory] = []

    def add(self, fields: Directory, end: int) -> None:
        """Adds the directory of a page whose pixels are there; the last completes the file.

        Args:
            fields: of the page.
            end: the first byte after its pixels.

        Raises:
            OSError: when the disk refuses.
        """
        self.end = end
        self._directories.append(fields)
        if len(self._directories) == self._pages:
            self._complete()

    def _complete(self) -> None:
        where = self.end + self.end % 2
        self.file.seek(self.end)
        self.file.write(bytes(where - self.end))
        start = where
        for number, fields in enumerate(self._directories, 1):
            packed, last = pack(fields, self.form, where), number == self._pages
            self.file.write(packed if last else linked(packed, fields, self.form, where))
            where += len(packed)
        self.file.seek(0)
        self.file.write(_header(self.form, start))


class TiffWriter:
    """A page being written, its rows in any order when uncompressed.

    Args:
        tiff: what it is added to; no other page may be begun before this one is complete.
        shape: height, width, channels with alpha.
        dtype: 8 or 16 bits or float32.
        metadata: what goes with it, and how its source was written if that was a TIFF.
        alpha: whether the last channel is transparency.
    """

    def __init__(
        self,
        tiff: TiffFile,
        shape: tuple[int, int, int],
        dtype: np.dtype,
        metadata: Metadata,
        *,
        alpha: bool,
    ) -> None:
        self._tiff = tiff
        self._start = tiff.end
        self._shape = shape
        self._metadata = metadata
        self._alpha = alpha
        self.compression = compression_for(metadata)
        self._form = tiff.form
        _, self._tags = to_tiff(metadata)
        self._dtype = np.dtype(self._form.order + dtype.str[1:])
        self._stride = shape[1] * shape[2] * dtype.itemsize

    def put(self, top: int, rows: np.ndarray) -> None:
        """Writes rows of an uncompressed picture.

        Args:
            top: the first of them.
            rows: (rows, width, channels).

        Raises:
            OSError: when the disk refuses.
        """
        self._tiff.file.seek(self._start + top * self._stride)
        self._tiff.file.write(rows.astype(self._dtype).tobytes())

    def finish(self) -> None:
        """Writes the directory of an uncompressed picture whose rows are all there.

        Raises:
            OSError: when the disk refuses.
        """
        height = self._shape[0]
        step = self._rows_of_strip()
        sizes = [min(step, height - top) * self._stride for top in range(0, height, step)]
        self._close(sizes, NONE, 1)

    def write_packed(self, array: np.ndarray) -> None:
        """Writes a whole compressed picture and its directory.

        Args:
            array: (height, width, channels).

        Raises:
            OSError: when the disk refuses.
        """
        step = self._rows_of_strip()
        predictor = _predictor(self._metadata, self._dtype, self.compression)
        sizes = []
        self._tiff.file.seek(self._start)
        for top in range(0, len(array), step):
            rows = apply_predictor(array[top : top + step].astype(self._dtype), predictor)
            plain = np.frombuffer(rows.tobytes(), np.uint8).reshape(len(rows), self._stride)
            sizes.append(self._tiff.file.write(pack_piece(plain, self.compression)))
        self._close(sizes, self.compression, predictor)

    def _rows_of_strip(self) -> int:
        return max(1, min(self._shape[0], _STRIP // self._stride))

    def _close(self, sizes: list[int], compression: int, predictor: int) -> None:
        starts = self._start + np.cumsum([0, *sizes])
        where = LONG8 if self._form.big else LONG
        fields: Directory = {
            **self._tags,
            **self._layout(compression, predictor),
            273: entry(self._form, where, *starts[:-1].tolist()),
            279: entry(self._form, where, *sizes),
        }
        self._tiff.add(fields, int(starts[-1]))

    def _layout(self, compression: int, predictor: int) -> Directory:
        height, width, channels = self._shape
        colours = channels - self._alpha
        bits = 8 * self._dtype.itemsize
        kind = {"f": FLOAT, "i": SIGNED}.get(self._dtype.kind, UNSIGNED)
        palette = self._palette() if self._shown() == PALETTE else {}
        shorts: dict[int, list[int]] = {
            258: [bits] * channels,
            259: [compression],
            262: [RGB if colours == 3 else self._shown()],
            277: [channels],
            284: [1],
            339: [kind] * channels,
        }
        if predictor != 1:
            shorts[317] = [predictor]
        if self._alpha:
            tiff = self._metadata.tiff
            shorts[338] = [_STRAIGHT_ALPHA if tiff is None else tiff.extra]
        longs = {256: width, 257: height, 278: self._rows_of_strip()}
        fields: Directory = {tag: entry(self._form, SHORT, *shorts[tag]) for tag in shorts}
        return fields | palette | {tag: entry(self._form, LONG, longs[tag]) for tag in longs}

    def _shown(self) -> int:
        """How pixels of one channel, and whole numbers above 0, are shown."""
        tiff = self._metadata.tiff
        if tiff is None or self._shape[2] != 1 or self._dtype.kind != "u":
            return BLACK_IS_ZERO
        if tiff.shown == PALETTE and not (self._dtype == np.uint8 and tiff.palette):
            return BLACK_IS_ZERO
        return tiff.shown

    def _palette(self) -> Directory:
        tiff = self._metadata.tiff
        return {320: tiff.palette} if tiff is not None and tiff.palette else {}


def compression_for(metadata: Metadata) -> int:
    """Chooses the compression of an output.

    Args:
        metadata: of its source.

    Returns:
        That of a TIFF source when it is none, LZW or Deflate, Deflate for other compressed
        ones, and none for other formats.
    """
    if metadata.tiff is None or metadata.tiff.compression == NONE:
        return NONE
    return LZW if metadata.tiff.compression == LZW else DEFLATE


def _predictor(metadata: Metadata, dtype: np.dtype, compression: int) -> int:
    tiff = metadata.tiff
    if tiff is not None and tiff.compression == compression and tiff.predictor <= 3:
        return tiff.predictor
    return 1 if dtype.kind == "f" else 2


def _header(form: Form, offset: int) -> bytes:
    mark = b"II" if form.order == "<" else b"MM"
    if form.big:
        return mark + entry(form, SHORT, 43, 8, 0).raw + entry(form, LONG8, offset).raw
    return mark + entry(form, SHORT, 42).raw + entry(form, LONG, offset).raw
