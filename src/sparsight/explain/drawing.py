"""Small pictures of numbers, drawn by Pillow: tiles, maps, curves, text beside them."""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

INK, PAPER, GRID = (30, 30, 30), (255, 255, 255), (225, 225, 225)
COLOURS = (
    (31, 90, 160),
    (200, 80, 30),
    (40, 130, 60),
    (130, 60, 140),
    (120, 90, 30),
    (0, 130, 140),
)
_LETTER = 13
_WIDTH, _HEIGHT, _EDGE = 560, 260, 52
_LEAST_TILE = 3  # pixels of the picture per pixel of a tile


def font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The one that comes with Pillow."""
    return ImageFont.load_default(_LETTER)


def signed(values: np.ndarray) -> np.ndarray:
    """Values of either sign as grey: 0 becomes the middle, the greatest size black or white."""
    size = np.abs(values).max()
    return 0.5 + 0.5 * values / size if size else np.full_like(values, 0.5)


def picture(values: np.ndarray, scale: int = 1) -> Image.Image:
    """Numbers in [0, 1], (h, w) or (h, w, 3), as a picture whose pixels are enlarged."""
    levels = (np.clip(values, 0, 1) * 255).round().astype(np.uint8)
    image = Image.fromarray(levels).convert("RGB")
    return image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)


def tiles(
    pieces: Sequence[np.ndarray],
    columns: int,
    scale: int = _LEAST_TILE,
    labels: Sequence[str] = (),
) -> Image.Image:
    """Pieces of equal size in rows.

    Args:
        pieces: (s, s) or (s, s, 3) in [0, 1].
        columns: how many stand in a row.
        scale: pixels of the picture per pixel of a piece.
        labels: one under each piece, or none.
    """
    gap = scale
    height, width = (length * scale for length in pieces[0].shape[:2])
    across = width + gap if not labels else max(width + gap, _widest(labels) + gap)
    down = height + gap + (_LETTER + 5 if labels else 0)
    rows = -(-len(pieces) // columns)
    sheet = Image.new("RGB", (min(columns, len(pieces)) * across + gap, rows * down + gap), PAPER)
    pen = ImageDraw.Draw(sheet)
    for number, piece in enumerate(pieces):
        left, top = gap + number % columns * across, gap + number // columns * down
        sheet.paste(picture(piece, scale), (left, top))
        if labels:
            pen.text((left, top + height), labels[number], INK, font())
    return sheet


def stencil(weights: Mapping[tuple[int, int], float], most: float) -> np.ndarray:
    """Weights at their rows and columns about a place, which is left grey.

    Args:
        weights: by offset, of either sign.
        most: the size that becomes white, or black where it is negative.
    """
    reach = max(max(map(abs, offset)) for offset in weights)
    piece = np.full((2 * reach + 1, 2 * reach + 1), 0.5)
    for (row, column), weight in weights.items():
        piece[reach + row, reach + column] = 0.5 + 0.5 * weight / (most or 1.0)
    return piece


def heat(values: np.ndarray, cell: tuple[int, int]) -> Image.Image:
    """A map of numbers of one sign: white is 0, dark the greatest.

    Args:
        values: (rows, columns), none negative.
        cell: width and height of one number, in pixels.
    """
    shades = 1 - values / max(values.max(), 1e-12)
    image = picture(shades)
    size = (image.width * cell[0], image.height * cell[1])
    return image.resize(size, Image.Resampling.NEAREST)


def curves(lines: Mapping[str, Sequence[float]], across: str, up: str) -> Image.Image:
    """Lines over 0, 1, 2, …

    Args:
        lines: by what each is called; at least one, with at least one number.
        across: name of the horizontal axis.
        up: name of the vertical axis.
    """
    sheet = Image.new("RGB", (_WIDTH, _HEIGHT), PAPER)
    pen = ImageDraw.Draw(sheet)
    numbers = [value for line in lines.values() for value in line]
    low, high = min(0.0, *numbers), max(0.0, *numbers)
    high = high if high > low else low + 1
    longest = max(len(line) for line in lines.values())

    def place(x: float, y: float) -> tuple[float, float]:
        inner = _WIDTH - 4 * _EDGE, _HEIGHT - 2 * _EDGE
        left = _EDGE + inner[0] * x / max(1, longest - 1)
        return left, _HEIGHT - _EDGE - inner[1] * (y - low) / (high - low)

    for value in _round_numbers(low, high, 5):
        pen.line([place(0, value), place(longest - 1, value)], GRID)
        pen.text((4, place(0, value)[1] - 8), f"{value:.4g}", INK, font())
    for step in range(0, longest, max(1, -(-longest // 13))):
        pen.text((place(step, low)[0] - 4, _HEIGHT - _EDGE + 4), f"{step}", INK, font())
    pen.text((_WIDTH // 3, _HEIGHT - _LETTER - 8), across, INK, font())
    pen.text((4, 4), up, INK, font())
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = [place(x, y) for x, y in enumerate(line)]
        pen.line(points, colour, 2)
        for x, y in points:
            pen.ellipse((x - 2, y - 2, x + 2, y + 2), colour)
        pen.text((_WIDTH - 3 * _EDGE + 12, _EDGE + 18 * number), name, colour, font())
    return sheet


def _round_numbers(low: float, high: float, about: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten that lie between two numbers."""
    least = (high - low) / about
    power = 10.0 ** np.floor(np.log10(least))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return [round(k * step, 12) for k in range(int(first), int(last) + 1)]


def stack(parts: Sequence[tuple[str, Image.Image]]) -> Image.Image:
    """Pictures below each other, each under its title."""
    strip, edge = _LETTER + 8, 8
    width = max(max(part.width, _widest([title])) for title, part in parts) + 2 * edge
    height = sum(part.height + strip for _, part in parts) + edge * (len(parts) + 1)
    sheet = Image.new("RGB", (width, height), PAPER)
    pen, top = ImageDraw.Draw(sheet), edge
    for title, part in parts:
        pen.text((edge, top), title, INK, font())
        sheet.paste(part, (edge, top + strip))
        top += part.height + strip + edge
    return sheet


def _widest(texts: Sequence[str]) -> int:
    return int(max(font().getlength(text) for text in texts)) + 1
