"""What travels from a photograph to its output beside the pixels."""

import re
from dataclasses import dataclass, replace

from sparsight.files.ifd import (
    EXIF_IFD,
    GPS_IFD,
    RATIONAL,
    SHORT,
    UNDEFINED,
    Directory,
    Entry,
    Form,
    blob,
    entry,
    numbers,
    unblob,
)

XMP, ICC, DESCRIPTION = 700, 34675, 270
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 282, 283, 296
INCH, _CENTIMETRE = 2, 3
_DESCRIPTIVE = (
    *(DESCRIPTION, 271, 272, 274, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, 305, 306, 315, 316),
    *(18246, 33432, 40091, 40092, 40093, 40094, 40095, EXIF_IFD, GPS_IFD),
)
STRUCTURAL = {
    *(254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 277, 278, 279, 280, 281),
    *(284, 288, 289, 290, 291, 292, 293, 317, 320, 322, 323, 324, 325, 330, 332, 334, 338),
    *(339, 340, 341, 347, *range(512, 533), 32997, 32998, 33628, 33629, 33630, 33631, 34412),
    *(37724, 50706),
}
_LONGEST_DESCRIPTION = 4096
_DENSEST = 1e6


@dataclass(frozen=True)
class TiffTraits:
    """How a TIFF was written, so that its output is written alike.

    Attributes:
        form: byte order, and classic or BigTIFF.
        compression: the number of tag 259.
        predictor: the number of tag 317, 1 for none.
        extra: the meaning of its extra channel (tag 338), 0 when unspecified.
        tags: the fields that describe and do not lay out, EXIF and GPS inside.
        stacked: whether it has several pages, whose output has as many.
        shown: how grey pixels are shown, tag 262: 0 inverted, 1 as they are, 3 in colours.
        palette: these colours, tag 320.
    """

    form: Form
    compression: int
    predictor: int
    extra: int
    tags: Directory
    stacked: bool = False
    shown: int = 1
    palette: Entry | None = None


@dataclass(frozen=True)
class Metadata:
    """What is known of a picture beside its pixels.

    Attributes:
        exif: the EXIF block from its TIFF header on, or nothing.
        icc: the colour profile, or nothing.
        xmp: the XMP packet, or nothing.
        dpi: dots per inch across and down, when known.
        comment: of a JPEG, or nothing.
        chunks: descriptive chunks of a PNG, name and content, in their order.
        tiff: how a TIFF was written, when it was one.
    """

    exif: bytes = b""
    icc: bytes = b""
    xmp: bytes = b""
    dpi: tuple[float, float] | None = None
    comment: bytes = b""
    chunks: tuple[tuple[bytes, bytes], ...] = ()
    tiff: TiffTraits | None = None


def dots_per_inch(across: float, down: float) -> tuple[float, float] | None:
    """Takes a resolution for what it is worth.

    Args:
        across: dots per inch.
        down: dots per inch.

    Returns:
        Both, or None when they make no sense in every format.
    """
    sensible = 0 < across < _DENSEST and 0 < down < _DENSEST
    return (across, down) if sensible else None


def without_grey_profile(metadata: Metadata) -> Metadata:
    """The same for a picture in colour, of which a profile of grey ones would say nothing.

    Args:
        metadata: of any picture; bytes 16 to 19 of its profile name the colours (ICC.1).
    """
    if metadata.icc[16:20] != b"GRAY":
        return metadata
    tiff = metadata.tiff
    if tiff is not None:
        tiff = replace(tiff, tags={tag: field for tag, field in tiff.tags.items() if tag != ICC})
    chunks = tuple((name, content) for name, content in metadata.chunks if name != b"iCCP")
    return replace(metadata, icc=b"", chunks=chunks, tiff=tiff)


def from_tiff(fields: Directory, traits: TiffTraits) -> Metadata:
    """Collects the metadata of a TIFF.

    Args:
        fields: its directory, EXIF and GPS inside.
        traits: how it was written; `tags` is replaced by the descriptive ones of `fields`.

    Returns:
        Its metadata, with an EXIF block made of the fields that photographs have.
    """
    tags = {tag: field for tag, field in fields.items() if tag not in STRUCTURAL}
    order = traits.form.order
    exif: Directory = {tag: tags[tag] for tag in _DESCRIPTIVE if _fits(tag, tags.get(tag))}
    return Metadata(
        exif=blob(exif, order) if exif else b"",
        icc=_raw(tags, ICC),
        xmp=_raw(tags, XMP),
        dpi=_dpi(tags, order),
        tiff=replace(traits, tags=tags),
    )


def to_tiff(metadata: Metadata) -> tuple[Form, Directory]:
    """Gives the descriptive fields for a TIFF.

    Args:
        metadata: of a picture of any format.

    Returns:
        The form that the bytes of the fields require, and the fields.
    """
    if metadata.tiff is not None:
        tags = metadata.tiff.tags
        return metadata.tiff.form, tags if metadata.tiff.stacked else _honest(tags)
    order, fields = unblob(metadata.exif)
    form = Form(order, False)
    tags = {tag: field for tag, field in fields.items() if tag not in STRUCTURAL}
    for tag, content in ((ICC, metadata.icc), (XMP, metadata.xmp)):
        if content:
            tags[tag] = Entry(UNDEFINED if tag == ICC else 1, len(content), content)
    if metadata.dpi is not None:
        for tag, value in zip((X_RESOLUTION, Y_RESOLUTION), metadata.dpi, strict=True):
            tags[tag] = entry(form, RATIONAL, round(value * 1000), 1000)
        tags[RESOLUTION_UNIT] = entry(form, SHORT, INCH)
    return form, tags


def _raw(tags: Directory, tag: int) -> bytes:
    field = tags.get(tag)
    return field.raw if isinstance(field, Entry) else b""


def _fits(tag: int, field: "Entry | Directory | None") -> bool:
    if not isinstance(field, Entry):
        return bool(field)
    return field.kind <= 13 and (tag != DESCRIPTION or field.count <= _LONGEST_DESCRIPTION)


def _dpi(tags: Directory, order: str) -> tuple[float, float] | None:
    unit = numbers(tags[RESOLUTION_UNIT], order)[0] if RESOLUTION_UNIT in tags else INCH
    factor = {INCH: 1.0, _CENTIMETRE: 2.54}.get(int(unit))
    if factor is None or X_RESOLUTION not in tags or Y_RESOLUTION not in tags:
        return None
    (over_x, under_x, *_), (over_y, under_y, *_) = (
        [*numbers(tags[tag], order).tolist(), 0, 0] for tag in (X_RESOLUTION, Y_RESOLUTION)
    )
    return dots_per_inch(over_x / (under_x or 1) * factor, over_y / (under_y or 1) * factor)


def _honest(tags: Directory) -> Directory:
    """Leaves out tifffile's note of the array's shape: the output may order its axes otherwise."""
    description = _raw(tags, DESCRIPTION)
    if not re.match(rb'\{"shape":', description):
        return tags
    return {tag: field for tag, field in tags.items() if tag != DESCRIPTION}
