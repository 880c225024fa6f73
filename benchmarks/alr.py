"""Quality of patch critics: writes docs/results/alr.json and, from it, docs/results/alr.md.

    python benchmarks/alr.py PART … --data DATA [--golden GOLDEN] [--every 4] [--methods NAME …]

Each part may be run alone; the others keep what was measured before, and so do images of
`denoising` and `grey` that were measured, unless --afresh is said. Without a part only the
document is written anew. DATA holds CBSD68, CBSD400 and kernels; GOLDEN the weights that were
published with the paper (alr_critic_weights.safetensors). EPLL needs deepinv.
"""

import argparse
import json
from pathlib import Path

import alr_deblurring
import alr_denoising
import alr_figures
import alr_robustness
from alr_document import document

from sparsight.ops.speed import tune_allocator

FOLDER = Path(__file__).parents[1] / "docs" / "results"
RECORD = FOLDER / "alr.json"
TABLES = {
    "denoising": (alr_denoising.METHODS, alr_denoising.colour_tests),
    "grey": (alr_denoising.GREY, alr_denoising.grey_tests),
}
PARTS = {
    "robustness": alr_robustness.measure,
    "deblurring": alr_deblurring.by_gaussian,
    "shake": alr_deblurring.by_shake,
    "scores": alr_figures.scores,
    "photo": lambda data: alr_figures.photo(),
    "circle": lambda data: alr_figures.circle(),
}


def write(record: dict) -> None:
    """The record and the document."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (FOLDER / "alr.md").write_text(document(record), encoding="utf-8")


def denoise(record: dict, part: str, arguments: argparse.Namespace) -> None:
    """A table of methods by levels, image by image."""
    every, tests_of = TABLES[part]
    names = arguments.methods or list(every)
    rows = record.setdefault(part, {})
    for name in names if arguments.afresh else ():
        rows.pop(name, None)
    folders = arguments.data, arguments.golden
    tests = tests_of(arguments.data, arguments.every)
    chosen = {name: every[name] for name in names}
    alr_denoising.measure(rows, chosen, tests, folders, lambda: write(record))


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=", ".join([*TABLES, "train-robustness", *PARTS]))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--golden", type=Path)
    parser.add_argument("--every", type=int, default=4, help="one image of CBSD68 in so many")
    parser.add_argument("--methods", nargs="*", help="rows of the table; all by default")
    parser.add_argument("--afresh", action="store_true", help="forget what was measured of these")
    what = "write what was measured of a model as `sparsight bench` does, for publish.py"
    parser.add_argument("--bench", nargs=2, metavar=("NAME", "FILE"), help=what)
    arguments = parser.parse_args()
    tune_allocator()
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else {}
    for part in arguments.parts:
        if part in TABLES:
            denoise(record, part, arguments)
        elif part == "train-robustness":
            alr_robustness.train(arguments.data)
        else:
            record[part] = PARTS[part](arguments.data)
        write(record)
    write(record)
    if arguments.bench is not None:
        name, file = arguments.bench
        rows, data = (
            (record["grey"], "CBSD68 in grey")
            if name == "alr-gray"
            else (record["denoising"], "CBSD68")
        )
        facts = alr_denoising.bench_record(name, rows[name], data)
        Path(file).write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
