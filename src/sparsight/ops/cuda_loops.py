"""The loops that `ops.cuda` calls, in Triton's language; there is their meaning."""

import triton  # pyright: ignore[reportMissingImports]
import triton.language as tl  # pyright: ignore[reportMissingImports]


@triton.jit
def shrink_groups(
    u_at, pooled_at, t_at, size_at, out_at, n, p, floor, ROWS: tl.constexpr, ATOMS: tl.constexpr
):
    """A block of patches of one image, all atoms."""
    image = tl.program_id(0)
    row = tl.program_id(1) * ROWS + tl.arange(0, ROWS)
    atom = tl.arange(0, ATOMS)
    place = (image.to(tl.int64) * n + row[:, None]) * p + atom[None]
    inside = (row < n)[:, None] & (atom < p)[None]
    u = tl.load(u_at + place, inside, 0.0).to(tl.float32)
    pooled = tl.load(pooled_at + place, inside, 0.0).to(tl.float32)
    t = tl.load(t_at + image * p + atom, atom < p, 0.0)
    size = tl.load(size_at + image * n + row, row < n, 0.0)
    inverse = tl.rsqrt(u * u + pooled + floor)
    scale = tl.maximum(1.0 - t[None] * size[:, None] * inverse, 0.0)
    tl.store(out_at + place, scale * u, inside)


@triton.jit
def shrink_groups_backward(
    u_at,
    pooled_at,
    t_at,
    size_at,
    grad_at,
    grad_u_at,
    grad_pooled_at,
    grad_t_at,
    grad_size_at,
    n,
    p,
    floor,
    ROWS: tl.constexpr,
    ATOMS: tl.constexpr,
):
    """A block of patches of one image, all atoms; a row of sums for the thresholds."""
    image = tl.program_id(0)
    row = tl.program_id(1) * ROWS + tl.arange(0, ROWS)
    atom = tl.arange(0, ATOMS)
    place = (image.to(tl.int64) * n + row[:, None]) * p + atom[None]
    inside = (row < n)[:, None] & (atom < p)[None]
    u = tl.load(u_at + place, inside, 0.0).to(tl.float32)
    pooled = tl.load(pooled_at + place, inside, 0.0).to(tl.float32)
    grad = tl.load(grad_at + place, inside, 0.0).to(tl.float32)
    t = tl.load(t_at + image * p + atom, atom < p, 0.0)[None]
    size = tl.load(size_at + image * n + row, row < n, 0.0)[:, None]
    inverse = tl.rsqrt(u * u + pooled + floor)
    scale = 1.0 - t * size * inverse
    # minus the derivative by t size, where the scale is above 0
    slope = tl.where(scale > 0, grad * u, 0.0) * inverse
    grad_energy = 0.5 * slope * t * size * inverse * inverse
    tl.store(grad_u_at + place, tl.maximum(scale, 0.0) * grad + 2 * u * grad_energy, inside)
    tl.store(grad_pooled_at + place, grad_energy, inside)
    sums = (image * tl.num_programs(1) + tl.program_id(1)) * p + atom
    tl.store(grad_t_at + sums, -tl.sum(slope * size, 0), atom < p)
    tl.store(grad_size_at + image * n + row, -tl.sum(slope * t, 1), row < n)


@triton.jit
def gaussian_weights(
    at,
    here_at,
    there_at,
    outside_at,
    n,
    senders,
    factor,
    ROWS: tl.constexpr,
    COLUMNS: tl.constexpr,
    MASKED: tl.constexpr,
):
    """A block of receivers and senders of one image, in place."""
    image = tl.program_id(0)
    row = tl.program_id(1) * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(2) * COLUMNS + tl.arange(0, COLUMNS)
    inside = (row < n)[:, None] & (column < senders)[None]
    pair = row[:, None] * senders + column[None]
    place = image.to(tl.int64) * n * senders + pair
    here = tl.load(here_at + image * n + row, row < n, 0.0)[:, None]
    there = tl.load(there_at + image * senders + column, column < senders, 0.0)[None]
    products = tl.load(at + place, inside, 0.0)
    weights = factor * tl.exp(-tl.maximum(here + there - 2 * products, 0.0))
    if MASKED:
        weights = tl.where(tl.load(outside_at + pair, inside, 1) != 0, 0.0, weights)
    tl.store(at + place, weights, inside)
