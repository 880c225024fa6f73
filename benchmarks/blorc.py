"""Regenerates the experiments of BLORC: docs/results/blorc.md, blorc.json and figures.

    python benchmarks/blorc.py --data "$SPARSIGHT_DATA"               # all of them
    python benchmarks/blorc.py --data "$SPARSIGHT_DATA" piecewise     # one of them

Experiments: piecewise, harmonic, stripes, identify, images, deblur, gradient. What the others
measured before is kept. Learned operators of images go to runs/blorc.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from sparsight.bench import save_results
from sparsight.ops.speed import tune_process

sys.path.insert(0, str(Path(__file__).parent))
import analysis_gradient
import blorc_deblur
import blorc_images
import blorc_report
import blorc_signals

RESULTS = Path(__file__).parents[1] / "docs" / "results"
EXPERIMENTS = {
    "piecewise": lambda data: blorc_signals.piecewise(RESULTS),
    "harmonic": lambda data: blorc_signals.harmonics(RESULTS),
    "stripes": lambda data: blorc_signals.striped(RESULTS),
    "identify": lambda data: blorc_signals.identify(RESULTS),
    "images": blorc_images.images,
    "deblur": lambda data: blorc_deblur.deblur(data, RESULTS),
    "gradient": lambda data: analysis_gradient.gradients(),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("experiments", nargs="*", help=", ".join(EXPERIMENTS))
    parser.add_argument("--data", type=Path, default=os.environ.get("SPARSIGHT_DATA", "sets"))
    given = parser.parse_args()
    unknown = set(given.experiments) - set(EXPERIMENTS)
    if unknown:
        parser.error(f"no experiment {', '.join(unknown)}; there are {', '.join(EXPERIMENTS)}")
    tune_process()
    RESULTS.mkdir(parents=True, exist_ok=True)
    record = RESULTS / "blorc.json"
    results = json.loads(record.read_text()) if record.is_file() else {}
    whole = time.monotonic(), time.process_time()
    for name in given.experiments or EXPERIMENTS:
        start = time.monotonic(), time.process_time()
        results[name] = EXPERIMENTS[name](given.data) | taken(start)
        print(name, results[name]["seconds"], "s", flush=True)
        if not given.experiments:
            results["together"] = taken(whole)
        save_results(results, record)
        (RESULTS / "blorc.md").write_text(blorc_report.report(results), encoding="utf-8")


def taken(start: tuple[float, float]) -> dict[str, int]:
    """Seconds since then, of the clock and of the processor."""
    now = time.monotonic(), time.process_time()
    keys = "seconds", "processor_seconds"
    return {key: round(end - begin) for key, end, begin in zip(keys, now, start, strict=True)}


if __name__ == "__main__":
    main()
