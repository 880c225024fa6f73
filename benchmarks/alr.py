"""Quality of patch critics: writes docs/results/alr.json and, from it, docs/results/alr.md.

    python benchmarks/alr.py PART … --data DATA [--golden GOLDEN] [--every 4] [--methods NAME …]

Each part may be run alone; the others keep what was measured before, and so do images of the tables
of denoising, unless --afresh is said. `squares` is `denoising` on middle squares, for slow methods.
Without a part only the document is written anew. DATA holds CBSD68, BSD68, CBSD400 and kernels;
GOLDEN the weights that were published with the paper (alr_critic_weights.safetensors). EPLL needs
deepinv.
"""

import argparse
import json
from pathlib import Path

import alr_deblurring
import alr_denoising
import alr_figures
import alr_growth
import alr_robustness
from alr_document import document
from publish import hardware

from sparsight.ops.speed import tune_process

FOLDER = Path(__file__).parents[1] / "docs" / "results"
RECORD = FOLDER / "alr.json"
TABLES = {
    "denoising": (alr_denoising.METHODS, alr_denoising.colour_tests),
    "squares": (alr_denoising.METHODS, alr_denoising.squares),
    "grey": (alr_denoising.GREY, alr_denoising.grey_tests),
}
TRAININGS = {"train-robustness": alr_robustness.train, "train-growth": alr_growth.train}
PARTS = {
    "robustness": alr_robustness.measure,
    "deblurring": alr_deblurring.by_gaussian,
    "shake": alr_deblurring.by_shake,
    "growth": alr_growth.measure,
    "scores": alr_figures.scores,
    "photo": lambda data: alr_figures.photo(),
    "circle": lambda data: alr_figures.circle(),
}


def read() -> dict:
    """What was measured up to now."""
    return json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else {}


def write(part: str | None = None, value: dict | None = None) -> None:
    """The record with a part renewed, and the document.

    The file is read again, so that two parts may be measured at once.
    """
    record = read()
    if part is not None or not record:
        record["hardware"] = hardware()
    if part is not None:
        # Of a table only the methods that are being measured are renewed.
        record[part] = {**record.get(part, {}), **value} if part in TABLES else value
    FOLDER.mkdir(parents=True, exist_ok=True)
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (FOLDER / "alr.md").write_text(document(record), encoding="utf-8")


def denoise(part: str, arguments: argparse.Namespace) -> None:
    """A table of methods by levels, image by image."""
    every, tests_of = TABLES[part]
    names = arguments.methods or list(every)
    known = {} if arguments.afresh else read().get(part, {})
    rows = {name: known.get(name, {}) for name in names}
    folders = arguments.data, arguments.golden
    tests = tests_of(arguments.data, arguments.every)
    chosen = {name: every[name] for name in names}
    alr_denoising.measure(rows, chosen, tests, folders, lambda: write(part, rows))


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=", ".join([*TABLES, *TRAININGS, *PARTS]))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--golden", type=Path)
    parser.add_argument("--every", type=int, default=4, help="one image of CBSD68 in so many")
    parser.add_argument("--methods", nargs="*", help="rows of the table; all by default")
    parser.add_argument("--afresh", action="store_true", help="forget what was measured of these")
    what = "write what was measured of a model as `sparsight bench` does, for publish.py"
    parser.add_argument("--bench", nargs=2, metavar=("NAME", "FILE"), help=what)
    arguments = parser.parse_args()
    tune_process()
    for part in arguments.parts:
        if part in TABLES:
            denoise(part, arguments)
        elif part in TRAININGS:
            TRAININGS[part](arguments.data)
        else:
            write(part, PARTS[part](arguments.data))
    write()
    if arguments.bench is not None:
        name, file = arguments.bench
        part, data = ("grey", "BSD68") if name == "alr-gray" else ("denoising", "CBSD68")
        facts = alr_denoising.bench_record(name, read()[part][name], data)
        Path(file).write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
