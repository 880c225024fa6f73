"""What benchmarks/alr.py measured, in words and tables."""

from publish import hardware

PAPER = {"ALR": (28.85, 24.88, 21.58), "EPLL": (28.77, 24.92, 19.75), "BM3D": (28.26, 24.69, 20.25)}
SIDE, EVERY = 96, 6


def document(record: dict) -> str:
    """The results in words and tables."""
    lines = ["# Patch critics (ALR)", "", f"Written by `benchmarks/alr.py` on {hardware()}."]
    for name, write in SECTIONS.items():
        if name in record:
            lines += ["", *write(record[name], record)]
    return "\n".join(lines) + "\n"


def write_denoising(rows: dict, record: dict) -> list[str]:
    images = rows["noisy"]["0.1"]["images"]
    lines = [
        "## Denoising",
        "",
        f"PSNR (dB) over RGB on the middle {SIDE}×{SIDE} squares of {images} images of CBSD68, one "
        f"in {EVERY}; noise added in float, neither clipped nor rounded. Strengths come from "
        "training images. `sc-gray` goes through luminance and chrominance. The last rows "
        "are the paper's figures on whole images of all 68, with noise that its program clips: "
        "they are no comparison image by image.",
        "",
        "| method | σ = 0.1 | σ = 0.2 | σ = 0.4 |",
        "|---|---|---|---|",
    ]
    others = [record.get(part, {}) for part in ("published", "codes", "bm3d")]
    for name, row in [*rows.items(), *(item for other in others for item in other.items())]:
        cells = (f"{row[key]['psnr']:.2f}" if key in row else "–" for key in ("0.1", "0.2", "0.4"))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    for name, values in PAPER.items():
        lines.append(f"| {name}, table 2 | {' | '.join(f'{value:.2f}' for value in values)} |")
    return lines


def write_deblurring(row: dict, record: dict) -> list[str]:
    return [
        "## Deblurring",
        "",
        f"7×7 Gaussian of σ 3, noise of 0.03, {row['images']} squares of {SIDE}×{SIDE} pixels: "
        f"blurred {row['blurred']:.2f} dB, restored {row['restored']:.2f} dB. The paper shows one "
        "image, 22.17 and 25.36 dB.",
    ]


def write_photo(row: dict, record: dict) -> list[str]:
    return [
        "## A photograph",
        "",
        "![Blurred and noisy, restored, as it was](../deblur.png)",
        "",
        "The bundled photograph under a 7×7 Gaussian of σ 3 and noise of 0.03: "
        f"{row['blurred']:.2f} dB blurred, {row['restored']:.2f} dB restored.",
    ]


def write_levin(rows: list[dict], record: dict) -> list[str]:
    lines = ["## Camera shake", "", "Noise of 0.01, middle 128×128 squares of two images.", ""]
    lines += ["| kernel | size | blurred | restored |", "|---|---|---|---|"]
    for row in rows:
        cells = row["kernel"], row["size"], f"{row['blurred']:.2f}", f"{row['restored']:.2f}"
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def write_scores(means: dict, record: dict) -> list[str]:
    text = ", ".join(f"{value:.2f} at σ = {sigma}" for sigma, value in means.items())
    return ["## Scores (figure 3)", "", "![Histograms](alr_scores.png)", "", f"Mean r: {text}."]


def write_circle(facts: dict, record: dict) -> list[str]:
    lines = ["## A circle in the plane (figure 1)", "", "![r about a circle](alr_circle.png)", ""]
    lines += ["Clean points blue, noisy ones (σ = 0.3) red, r dark where it is small; μ = 0.3.", ""]
    return [
        *lines,
        *(f"{name[0].upper()}{name[1:]}: {value:.3f}." for name, value in facts.items()),
    ]


def write_gray(rows: dict, record: dict) -> list[str]:
    lines = ["## Grey", "", "The same squares in grey.", ""]
    lines += ["| method | σ = 0.1 | σ = 0.2 | σ = 0.4 |", "|---|---|---|---|"]
    for name, row in rows.items():
        cells = (f"{cell['psnr']:.2f}" for cell in row.values())
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


SECTIONS = {
    "critic": write_denoising,
    "gray": write_gray,
    "deblurring": write_deblurring,
    "photo": write_photo,
    "levin": write_levin,
    "scores": write_scores,
    "circle": write_circle,
}
