"""Puts trained weights into the package with a card of what was measured.

    python benchmarks/publish.py runs/sc-gray/weights.safetensors sc-gray [bench.json …]
    python benchmarks/publish.py groupsc-gray-5,groupsc-gray-15,… groupsc-gray-any [bench.json …]

The JSON files are written by `sparsight bench denoise --model WEIGHTS --data … --json FILE`, or
`sparsight bench mri …`, `sparsight bench upscale …` and `sparsight bench deblock …` of one model;
or they are tables of docs/results in which a model of this name was measured. The card holds the
record of the training and these results; the tables of docs/models.md and README.md are written
anew from the cards, which is all that is done without arguments. Names of models of single noise
levels, the faintest first, in place of a file make one of every level.
"""

import json
import platform
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

from safetensors import safe_open

from sparsight.cli.tables import level
from sparsight.zoo import card, names
from sparsight.zoo.store import FOLDER

REPOSITORY = Path(__file__).parents[1]
# What commands take where no model is named: the table of README.md.
TAKEN = (
    "groupsc-gray-any",
    "groupsc-color-any",
    "groupsc-demosaick",
    "groupsc-jpeg",
    "nsr-deblock",
    "nsr-upscale-x2",
    "nsr-upscale-x3",
    "nsr-upscale-x4",
    "alr-gray",
    "alr-color",
    "mri-tv",
)
# What a table's columns differ by, as the benchmarks of single models say it.
LEVELS = {
    "σ = {:g}": lambda level: {"sigma": level},
    "q = {:g}": lambda level: {"jpeg_quality": int(level)},
    "": lambda level: {"pattern": "RGGB"},
}


def publish(weights: str, name: str, benches: list[Path]) -> None:
    """Copies the weights, writes the card, renews the documents."""
    FOLDER.mkdir(exist_ok=True)
    facts = facts_of_file(Path(weights), name)
    facts = facts if facts is not None else facts_of_every_level(weights.split(","))
    results = [result for path in benches for result in read_benches(path, name)]
    for result in results:
        result["model"] = name
        result["data"] = Path(result["data"]).name
    known = json.dumps({"name": name, **facts, "bench": results}, indent=1)
    (FOLDER / f"{name}.json").write_text(known + "\n")
    renew_documents()


def facts_of_file(weights: Path, name: str) -> dict | None:
    """What a file of weights tells, which is copied; None if there is no such file."""
    if not weights.is_file():
        return None
    target = FOLDER / f"{name}.safetensors"
    if weights.resolve() != target.resolve():
        shutil.copyfile(weights, target)
    with safe_open(target, "pt") as file:
        record = json.loads(file.metadata()["sparsight"])
        parameters = sum(file.get_tensor(key).numel() for key in file.keys())  # noqa: SIM118
    device = hardware(record.get("device") or trained_on(name))
    size = target.stat().st_size
    return {"parameters": parameters, "bytes": size, "hardware": device, **record}


def facts_of_every_level(names: Sequence[str]) -> dict:
    """What is told of a model that is made of models of single noise levels."""
    cards = [card(name) for name in names]
    counts = {key: sum(one[key] for one in cards) for key in ("parameters", "bytes")}
    return {"of": names, **counts, "hardware": hardware()}


def renew_documents() -> None:
    """Writes the tables of models anew."""
    for document, shown in (("docs/models.md", names()), ("README.md", TAKEN)):
        path = REPOSITORY / document
        path.write_text(with_table(path.read_text(), zoo_table(shown)))


def read_benches(path: Path, name: str) -> list[dict]:
    """What a file holds: one benchmark, or several, of which those of this name, if it knows it."""
    content = json.loads(path.read_text())
    if "table" in content:
        return read_table(content, name)
    if "benches" not in content:
        return [content]
    benches = [
        {key: bench[key] for key in ("model", "data", "results")} for bench in content["benches"]
    ]
    return [bench for bench in benches if bench["model"] == name] or benches


def read_table(record: Mapping, name: str) -> list[dict]:
    """What a table holds of a model at its usual settings, one benchmark per set."""
    at = LEVELS[record["level"]]
    found: dict[str, list[dict]] = {}
    for row in record["cells"]:
        for cell, column in zip(row, record["columns"], strict=True):
            usual = cell.get("model") == name and "settings" not in cell
            if usual and "images" in cell:
                figures = {key: cell[key] for key in (*record["metrics"], "images")}
                found.setdefault(column["dataset"], []).append(at(column["level"]) | figures)
    quality = {"quality": "balanced"} if "quality" in record["protocol"] else {}
    return [{"model": name, **quality, "data": data, "results": r} for data, r in found.items()]


def trained_on(name: str) -> str:
    """What the card says already; records of early trainings do not."""
    return card(name).get("hardware", "").partition("trained on ")[2] or "cpu"


def hardware(device: str = "cpu") -> str:
    """What figures were measured on, and the device that the weights were trained on."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text())
        processor = found[1].strip() if found else processor
    return f"{processor}, no GPU" + ("" if device == "cpu" else f"; trained on {device}")


def zoo_table(shown: Sequence[str]) -> str:
    """One line per model and set, its levels side by side, from the cards."""
    lines = ["| model | parameters | set | at | PSNR (dB) | SSIM |", "|---|---|---|---|---|---|"]
    for name in shown:
        facts = card(name)
        for bench in facts.get("bench", []):
            for images, rows in groupby(bench["results"], lambda row: row["images"]):
                lines.append(
                    zoo_line(f"`{name}` | {facts['parameters']:,}", bench, images, [*rows])
                )
    return "\n".join(lines)


def zoo_line(model: str, bench: Mapping, images: int, rows: Sequence[Mapping]) -> str:
    """A line: noise levels are marked σ, other levels speak for themselves."""
    levels = " / ".join(level(row) for row in rows)
    levels = f"σ {levels}" if all("sigma" in row for row in rows) else levels
    psnr, ssim = (
        " / ".join(f"{row[key]:.{digits}f}" for row in rows)
        for key, digits in (("psnr", 2), ("ssim", 3))
    )
    return f"| {model} | {bench['data']} ({images}) | {levels} | {psnr} | {ssim} |"


def with_table(text: str, table: str) -> str:
    """The text with the table between its markers."""
    return re.sub(
        r"(<!-- zoo -->\n).*?(<!-- /zoo -->)",
        lambda found: f"{found[1]}{table}\n{found[2]}",
        text,
        flags=re.DOTALL,
    )


if __name__ == "__main__":
    if len(sys.argv) == 1:
        renew_documents()
        sys.exit()
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    publish(sys.argv[1], sys.argv[2], [Path(path) for path in sys.argv[3:]])
    print(FOLDER / f"{sys.argv[2]}.json")
