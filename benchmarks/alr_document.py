"""What benchmarks/alr.py measured, in words and tables."""

LEVELS = ("0.1", "0.2", "0.4")
PAPER = {"ALR": (28.85, 24.88, 21.58), "EPLL": (28.77, 24.92, 19.75), "BM3D": (28.26, 24.69, 20.25)}
# Table 1: rows by the level of the image, columns by that of the training, as TRAINED has them.
PAPER_ROBUSTNESS = {
    "0.05": (33.24, 28.94, 24.21, 21.25, 18.91),
    "0.1": (33.20, 28.82, 24.17, 21.25, 19.13),
    "0.2": (32.42, 28.23, 23.80, 21.03, 18.96),
    "0.4": (33.01, 28.23, 23.84, 21.03, 18.96),
    "[0.05, 0.30]": (32.92, 28.90, 24.91, 22.58, 20.84),
}


def document(record: dict) -> str:
    """The results in words and tables."""
    lines = [
        "# Patch critics (ALR)",
        "",
        f"Written by `benchmarks/alr.py` on {record['hardware']}.",
    ]
    for name, write in SECTIONS.items():
        if name in record:
            lines += ["", *write(record[name])]
    return "\n".join(lines) + "\n"


def write_denoising(rows: dict) -> list[str]:
    """Table 2."""
    paper = [
        f"| {name}, table 2 | {' | '.join(f'{value:.2f}' for value in values)} | 68, the paper's |"
        for name, values in PAPER.items()
    ]
    return [
        "## Denoising",
        "",
        "PSNR (dB) over RGB, whole images of CBSD68; noise added in float, neither clipped nor "
        "rounded, a seed per image. Each method has a row of the images that all methods were "
        "given, and one of all that it was given. Strengths of critics come from training images. "
        "Grey models go through luminance and chrominance. BM3D is the `bm3d` package's for "
        "colour, EPLL DeepInverse's with 64 Gaussians fitted on patches of training images, since "
        "its own mixture is a download. The paper's rows have noise that its program clips: "
        "they are no comparison image by image.",
        "",
        *quality_table(rows),
        *paper,
    ]


def write_squares(rows: dict) -> list[str]:
    """Table 2 on small squares."""
    return [
        "## Denoising of squares",
        "",
        "The same on the middle 96×96 squares of these images, for methods that take long.",
        "",
        *quality_table(rows),
    ]


def write_grey(rows: dict) -> list[str]:
    """The same in grey."""
    return [
        "## Grey",
        "",
        "Images of BSD68, which are those of CBSD68 in grey.",
        "",
        *quality_table(rows),
    ]


def quality_table(rows: dict) -> list[str]:
    """Means on what all methods share, and on all that a method has."""
    lines = ["| method | σ = 0.1 | σ = 0.2 | σ = 0.4 | images |", "|---|---|---|---|---|"]
    common = {level: shared(rows, level) for level in LEVELS}
    for name, levels in rows.items():
        if all(common.values()):
            lines.append(quality_row(name, levels, common))
        own = {level: set(levels.get(level, {})) for level in LEVELS}
        if any(own[level] > common[level] for level in LEVELS):
            lines.append(quality_row(name, levels, own))
    return lines


def shared(rows: dict, level: str) -> set[str]:
    """Images that every method was given at a level."""
    return set.intersection(*(set(levels.get(level, {})) for levels in rows.values()))


def quality_row(name: str, levels: dict, chosen: dict[str, set[str]]) -> str:
    """Means of a method over images by level."""
    cells = [
        f"{sum(levels[level][image][0] for image in chosen[level]) / len(chosen[level]):.2f}"
        if chosen[level]
        else "–"
        for level in LEVELS
    ]
    counts = [str(len(chosen[level])) for level in LEVELS]
    count = counts[0] if len(set(counts)) == 1 else ", ".join(counts)
    return f"| {name} | {' | '.join(cells)} | {count} |"


def write_robustness(facts: dict) -> list[str]:
    """Table 1."""
    rows = facts["psnr"]
    levels = list(next(iter(rows.values())))
    lines = [
        "## Other levels than those of the training (table 1)",
        "",
        f"Each critic is `alr-color`, trained on for {facts['steps']:,} steps at its own level "
        "(the paper trains each from nothing for 100,000); strengths fitted for each critic and "
        f"level on training images. PSNR (dB) on the middle {facts['side']}×{facts['side']} "
        f"squares of {len(facts['images'])} images of CBSD68: {', '.join(facts['images'])}. "
        "The paper's figure, on other images, in brackets.",
        "",
        f"| trained at | {' | '.join(f'σ = {level}' for level in levels)} |",
        f"|---|{'---|' * len(levels)}",
    ]
    for name, row in rows.items():
        cells = [
            f"{value:.2f} ({paper:.2f})"
            for value, paper in zip(row.values(), PAPER_ROBUSTNESS[name], strict=True)
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def write_deblurring(rows: dict) -> list[str]:
    """The Gaussian."""
    lines = [
        "## Deblurring",
        "",
        "7×7 Gaussian of σ 3, noise of 0.03; middle 128×128 squares of images of CBSD68, "
        "PSNR (dB). The paper shows one image, 22.17 dB blurred and 25.36 dB restored.",
        "",
        "| image | blurred | restored |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {pair[0]:.2f} | {pair[1]:.2f} |" for name, pair in rows.items()]
    blurred, restored = means(rows)
    return [*lines, f"| mean of {len(rows)} | {blurred:.2f} | {restored:.2f} |"]


def write_shake(rows: dict) -> list[str]:
    """Levin's kernels."""
    names = list(next(iter(rows.values()))["images"])
    lines = [
        "## Camera shake",
        "",
        "The eight kernels of Levin et al., noise of 0.01, middle 128×128 squares of "
        f"{', '.join(names)}; mean PSNR (dB).",
        "",
        "| kernel | size | blurred | restored |",
        "|---|---|---|---|",
    ]
    for name, row in rows.items():
        blurred, restored = means(row["images"])
        lines.append(f"| {name} | {row['size']} | {blurred:.2f} | {restored:.2f} |")
    return lines


def means(pairs: dict) -> tuple[float, ...]:
    """Means of what stands beside the names."""
    return tuple(sum(column) / len(pairs) for column in zip(*pairs.values(), strict=True))


def write_growth(rows: dict) -> list[str]:
    """Powers of the distance."""
    levels = list(next(iter(rows.values())))
    lines = [
        "## Growth with the distance",
        "",
        "The paper's conclusion suggests a regulariser that grows with the square of the distance "
        "to clean patches, for it meets a data term that is a square. r of `alr-color` is a "
        "distance up to a constant, so its powers were tried, roots counted from as far below its "
        "least score on clean images as that is below their mean, squares from the least; and "
        "`alr-squared-color`, half the squared norm of features whose slope was trained to be the "
        "noise, which is the slope of half a squared distance. Squares of training images, a "
        "strength fitted for each and each level; PSNR (dB). `alr-color` has the root in all "
        "tables but table 1, whose critics are r itself as in the paper; the fourth root gives "
        "little more and takes more steps.",
        "",
        f"| penalty of a patch | {' | '.join(f'σ = {level}' for level in levels)} |",
        f"|---|{'---|' * len(levels)}",
    ]
    lines += [
        f"| {name} | {' | '.join(f'{value:.2f}' for value in row.values())} |"
        for name, row in rows.items()
    ]
    best = {level: max(rows, key=lambda name: rows[name][level]) for level in levels}
    verdicts = "; ".join(
        f"at σ = {level} {name}, {rows[name][level] - rows['r'][level]:+.2f} dB beside r"
        for level, name in best.items()
    )
    return [*lines, "", f"Best {verdicts}."]


def write_photo(row: dict) -> list[str]:
    """The photograph of the README."""
    return [
        "## A photograph",
        "",
        "![Blurred and noisy, restored, as it was](../deblur.png)",
        "",
        "The bundled photograph under a 7×7 Gaussian of σ 3 and noise of 0.03: "
        f"{row['blurred']:.2f} dB blurred, {row['restored']:.2f} dB restored.",
    ]


def write_scores(scores: dict) -> list[str]:
    """Figure 3."""
    text = ", ".join(f"{value:.2f} at σ = {sigma}" for sigma, value in scores.items())
    return ["## Scores (figure 3)", "", "![Histograms](alr_scores.png)", "", f"Mean r: {text}."]


def write_circle(facts: dict) -> list[str]:
    """Figure 1."""
    lines = ["## A circle in the plane (figure 1)", "", "![r about a circle](alr_circle.png)", ""]
    lines += ["Clean points blue, noisy ones (σ = 0.3) red, r dark where it is small; μ = 0.3.", ""]
    return [
        *lines,
        *(f"{name[0].upper()}{name[1:]}: {value:.3f}." for name, value in facts.items()),
    ]


SECTIONS = {
    "denoising": write_denoising,
    "squares": write_squares,
    "grey": write_grey,
    "robustness": write_robustness,
    "deblurring": write_deblurring,
    "shake": write_shake,
    "growth": write_growth,
    "photo": write_photo,
    "scores": write_scores,
    "circle": write_circle,
}
