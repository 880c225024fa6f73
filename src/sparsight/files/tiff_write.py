"""Writes TIFF and BigTIFF in strips, with EXIF and GPS directories.

tifffile writes neither these directories nor, without another package, LZW.
"""

from io import BufferedIOBase

import numpy as np

from sparsight.files.ifd import LONG, LONG8, SHORT, Directory, Form, entry, pack
from sparsight.files.metadata import Metadata, to_tiff
from sparsight.files.tiff_codecs import DEFLATE, LZW, NONE, apply_predictor, pack_piece
from sparsight.files.tiff_page import BLACK_IS_ZERO, FLOAT, RGB, UNSIGNED

_STRAIGHT_ALPHA = 2
_STRIP = 2**16
_START = 16
_ROOM_FOR_TAGS = 2**25


class TiffWriter:
    """A TIFF being written, its rows in any order when uncompressed.

    Args:
        file: open for writing and seeking, empty.
        shape: height, width, channels with alpha.
        dtype: 8 or 16 bits or float32.
        metadata: what goes with it, and how its source was written if that was a TIFF.
        alpha: whether the last channel is transparency.
    """

    def __init__(
        self,
        file: BufferedIOBase,
        shape: tuple[int, int, int],
        dtype: np.dtype,
        metadata: Metadata,
        *,
        alpha: bool,
    ) -> None:
        self._file = file
        self._shape = shape
        self._metadata = metadata
        self._alpha = alpha
        self.compression = compression_for(metadata)
        form, self._tags = to_tiff(metadata)
        big = form.big or self._plain_size(dtype) + self._tag_size() > 2**32 - _ROOM_FOR_TAGS
        self._form = Form(form.order, big)
        self._dtype = np.dtype(form.order + dtype.str[1:])
        self._stride = shape[1] * shape[2] * dtype.itemsize

    def _plain_size(self, dtype: np.dtype) -> int:
        height, width, channels = self._shape
        return height * width * channels * dtype.itemsize

    def _tag_size(self) -> int:
        return len(pack(self._tags, Form("<", True), 0))

    def put(self, top: int, rows: np.ndarray) -> None:
        """Writes rows of an uncompressed picture.

        Args:
            top: the first of them.
            rows: (rows, width, channels).

        Raises:
            OSError: when the disk refuses.
        """
        self._file.seek(_START + top * self._stride)
        self._file.write(rows.astype(self._dtype).tobytes())

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
        self._file.seek(_START)
        for top in range(0, len(array), step):
            rows = apply_predictor(array[top : top + step].astype(self._dtype), predictor)
            plain = np.frombuffer(rows.tobytes(), np.uint8).reshape(len(rows), self._stride)
            sizes.append(self._file.write(pack_piece(plain, self.compression)))
        self._close(sizes, self.compression, predictor)

    def _rows_of_strip(self) -> int:
        return max(1, min(self._shape[0], _STRIP // self._stride))

    def _close(self, sizes: list[int], compression: int, predictor: int) -> None:
        starts = _START + np.cumsum([0, *sizes])
        end = int(starts[-1]) + int(starts[-1]) % 2
        where = LONG8 if self._form.big else LONG
        fields: Directory = {
            **self._tags,
            **self._layout(compression, predictor),
            273: entry(self._form, where, *starts[:-1].tolist()),
            279: entry(self._form, where, *sizes),
        }
        self._file.seek(int(starts[-1]))
        self._file.write(bytes(end - int(starts[-1])))
        self._file.write(pack(fields, self._form, end))
        self._file.seek(0)
        self._file.write(_header(self._form, end))

    def _layout(self, compression: int, predictor: int) -> Directory:
        height, width, channels = self._shape
        colours = channels - self._alpha
        bits = 8 * self._dtype.itemsize
        kind = FLOAT if self._dtype.kind == "f" else UNSIGNED
        shorts: dict[int, list[int]] = {
            258: [bits] * channels,
            259: [compression],
            262: [RGB if colours == 3 else BLACK_IS_ZERO],
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
        return fields | {tag: entry(self._form, LONG, longs[tag]) for tag in longs}


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
    return 2 if dtype.kind == "u" else 1


def _header(form: Form, offset: int) -> bytes:
    mark = b"II" if form.order == "<" else b"MM"
    if form.big:
        return mark + entry(form, SHORT, 43, 8, 0).raw + entry(form, LONG8, offset).raw
    return mark + entry(form, SHORT, 42).raw + entry(form, LONG, offset).raw
