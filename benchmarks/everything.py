"""All benchmarks one after the other; their figures go to docs/performance.json and .md.

    python benchmarks/everything.py [--rounds 5] [--only NAME …] [--quality-data BSD68]

Every table of docs/performance.md between two markers is written anew from the JSON, which keeps
what was measured before for those that are not run. `quality`, the PSNR of every quality of
every model on every 17th image, takes minutes and needs a folder of clean images; it runs only if
that is named.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path

from publish import hardware

from sparsight.cli.options import in_sets
from sparsight.data import image_paths
from sparsight.zoo import QUALITIES

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
MODELS = ("sc-gray", "groupsc-gray")
EACH = 17  # one image in so many
SCRIPTS = {
    "denoising": ["denoising_speed.py"],
    "training": ["training_throughput.py"],
    "roofline": ["roofline.py"],
    "start_up": ["start_up.py"],
    "cost": ["cost_per_pixel.py", "--plot", str(DOCS / "cost.png")],
}


def run(name: str, rounds: int) -> dict:
    """What a script measured."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "result.json")
        turns = [] if name == "cost" else ["--rounds", str(rounds)]
        script, *options = SCRIPTS[name]
        command = [sys.executable, str(HERE / script), *options, *turns, "--json", str(file)]
        subprocess.run(command, check=True)
        return json.loads(file.read_text())


def quality(name: str, images: list[Path]) -> list[dict]:
    """PSNR of every model at every quality, on some of the images."""
    results = []
    with tempfile.TemporaryDirectory() as folder:
        chosen, file = Path(folder, name), Path(folder, "result.json")
        chosen.mkdir()
        for path in images[::EACH]:
            shutil.copyfile(path, chosen / path.name)
        for model, care in product(MODELS, QUALITIES):
            command = [sys.executable, "-m", "sparsight.cli", "bench", "denoise", "--data"]
            command += [str(chosen), "--model", model, "--quality", care, "--json", str(file)]
            subprocess.run(command, check=True)
            results.append(json.loads(file.read_text()))
    return results


def denoising_table(facts: dict) -> str:
    """Seconds, ratios, memory."""
    seconds, memory = facts["seconds"], facts["peak_megabytes"]
    lines = [
        "| program | seconds | of DnCNN float32 | times faster than the authors' layout | peak |"
    ]
    lines += ["|---|---|---|---|---|"]
    for name, median in seconds.items():
        kind = {"sc": "SC", "groupsc": "GroupSC"}.get(name.partition("-")[0])
        ratio = f"{seconds[f'{kind}, authors{chr(39)} layout'] / median:.1f}" if kind else ""
        peak = f"{memory[name]:.0f} MB" if name in memory else ""
        share = median / seconds["DnCNN float32"]
        lines.append(f"| {name} | {median:.3f} | {share:.2f} | {ratio} | {peak} |")
    return "\n".join(lines)


def training_table(facts: dict) -> str:
    """Crops per second."""
    rates = facts["crops_per_second"]
    lines = ["| program | crops per second | times the authors' layout |", "|---|---|---|"]
    for name, rate in rates.items():
        base = rates[f"{name.partition(',')[0]}, authors' layout"]
        lines.append(f"| {name} | {rate:.2f} | {rate / base:.1f} |")
    return "\n".join(lines)


def roofline_table(facts: dict) -> str:
    """How far each loop is from the roofs."""
    lines = [
        f"One core: {facts['gigaflops']:.0f} GFLOP/s in products of the matrix library, "
        f"{facts['gigabytes_per_second']:.1f} GB/s in copies.",
        "",
        "| loop | milliseconds | of products | of copies |",
        "|---|---|---|---|",
    ]
    for name, row in facts["loops"].items():
        shares = f"{row['of_products']:.0%} | {row['of_copies']:.0%}"
        lines.append(f"| {name} | {row['milliseconds']:.2f} | {shares} |")
    return "\n".join(lines)


def start_up_table(facts: dict) -> str:
    """Wall seconds."""
    lines = ["| command | seconds |", "|---|---|"]
    lines += [f"| `{name}` | {median:.2f} |" for name, median in facts["seconds"].items()]
    return "\n".join(lines)


def cost_table(facts: dict) -> str:
    """Seconds and memory by size."""
    lines = [
        "| model | megapixels | seconds | seconds per megapixel | peak |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{model}` | {row['megapixels']:.2f} | {row['seconds']:.1f} "
        f"| {row['seconds'] / row['megapixels']:.2f} | {row['peak_megabytes']:.0f} MB |"
        for model, rows in facts.items()
        for row in rows
    ]
    return "\n".join(lines)


def quality_table(facts: list[dict]) -> str:
    """PSNR by model and quality, and what is lost against exact."""
    lines = [
        "| model | quality | σ=15 | σ=25 | σ=50 | most lost against exact |",
        "|---|---|---|---|---|---|",
    ]
    for bench in facts:
        values = [row["psnr"] for row in bench["results"]]
        exact = next(
            other
            for other in facts
            if other["model"] == bench["model"] and other["quality"] == "exact"
        )
        lost = max(row["psnr"] - own for row, own in zip(exact["results"], values))
        numbers = " | ".join(f"{value:.2f}" for value in values)
        lines.append(f"| `{bench['model']}` | {bench['quality']} | {numbers} | {lost:.3f} |")
    return "\n".join(lines)


TABLES = {
    "denoising": denoising_table,
    "training": training_table,
    "roofline": roofline_table,
    "start_up": start_up_table,
    "cost": cost_table,
    "quality": quality_table,
}


def write_tables(facts: dict, page: Path) -> None:
    """Puts every table between its markers."""
    text = page.read_text()
    for name, table in TABLES.items():
        before, opening, rest = text.partition(f"<!-- {name} -->\n")
        _, closing, after = rest.partition(f"<!-- /{name} -->")
        if name in facts and closing:
            text = f"{before}{opening}{table(facts[name])}\n{closing}{after}"
    page.write_text(text)


def main() -> None:
    """Runs and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=list(SCRIPTS), choices=list(SCRIPTS))
    parser.add_argument("--quality-data", type=Path)
    options = parser.parse_args()
    folder = in_sets(options.quality_data)
    images = image_paths(folder) if folder else []  # what is not there is said before the work
    file = DOCS / "performance.json"
    facts = json.loads(file.read_text()) if file.exists() else {}
    processors = facts.setdefault("hardware", {})
    for name in options.only:
        facts[name], processors[name] = run(name, options.rounds), hardware()
        file.write_text(json.dumps(facts, indent=1) + "\n")
    if folder:
        facts["quality"], processors["quality"] = quality(folder.name, images), hardware()
        file.write_text(json.dumps(facts, indent=1) + "\n")
    for page in (DOCS / "performance.md", DOCS.parent / "README.md"):
        write_tables(facts, page)


if __name__ == "__main__":
    main()
