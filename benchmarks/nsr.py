"""Measures the networks of NSR that are shipped and writes docs/results/nsr.md.

    python benchmarks/nsr.py SETS

SETS holds Set5, Set14, Set12, BSD68, CBSD68, Kodak24 and classic5. What docs/results/nsr.json has
of the very same weights is not measured again. The page takes in nsr_ablation.json and
nsr_overhead.json of the same folder, which `benchmarks/nsr_ablation.py` and
`benchmarks/sparse_convolution.py --json FILE` write.
"""

import hashlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nsr_document import page

from sparsight.bench import bench_denoise, read_record, save_results, save_text
from sparsight.cli import bench_deblock, bench_upscale
from sparsight.data import image_paths
from sparsight.zoo import load_denoiser, names, read_weights, weights_path

RESULTS = Path(__file__).parents[1] / "docs/results"
BASELINES = Path(__file__).parent / "weights/nsr"
RECORD, PAGE = RESULTS / "nsr.json", RESULTS / "nsr.md"
SIGMAS, QUALITIES = (15, 25, 50), (10, 20, 30, 40)

Task = tuple[str, str, Callable[[Path], list[dict[str, Any]]]]


def tasks() -> Iterator[Task]:
    """Model, set, and what measures the one on the other."""
    for scale in (2, 3, 4):
        for data in ("Set5", "Set14"):
            yield f"nsr-upscale-x{scale}", data, lambda folder, scale=scale: upscaled(scale, folder)
    for name in ("nsr-deblock", str(BASELINES / "deblock-plain.safetensors")):
        yield name, "classic5", lambda folder, name=name: deblocked(name, folder)
    for kind, sets in (("gray", ("Set12", "BSD68")), ("color", ("CBSD68", "Kodak24"))):
        for data in sets:
            name = f"nsr-denoise-{kind}"
            yield name, data, lambda folder, name=name: denoised(name, folder)


def upscaled(scale: int, folder: Path) -> list[dict[str, Any]]:
    """PSNR beside bicubic interpolation."""
    return bench_upscale.measure([f"nsr-upscale-x{scale}"], [folder], None, "cpu")[0]["results"]


def denoised(name: str, folder: Path) -> list[dict[str, Any]]:
    """PSNR at three noise levels."""
    model, paths = load_denoiser(name), image_paths(folder)
    results = [asdict(bench_denoise(model, paths, sigma)) for sigma in SIGMAS]
    return [{key: round(value, 4) for key, value in result.items()} for result in results]


def deblocked(name: str, folder: Path) -> list[dict[str, Any]]:
    """PSNR at four qualities beside the JPEG's."""
    return bench_deblock.measure(name, folder, QUALITIES, None, "cpu")["results"]


def measure(sets: Path) -> list[dict[str, Any]]:
    """Every task whose model is shipped; recorded one by one."""
    old = read_record(RECORD)["benches"] if RECORD.exists() else []
    known = {(bench["model"], bench["data"], bench["weights"]): bench for bench in old}
    benches = []
    for name, data, run in tasks():
        if name not in names() and not Path(name).is_file():
            continue
        digest = hashlib.sha256(weights_path(name).read_bytes()).hexdigest()[:16]
        bench = known.get((Path(name).stem, data, digest))
        if bench is None:
            print(name, data, flush=True)
            model, record = read_weights(name)
            bench = {
                "model": Path(name).stem,
                "data": data,
                "weights": digest,
                "parameters": sum(values.numel() for values in model.parameters()),
                "made": bench_upscale.made_by(record),
                "results": run(sets / data),
            }
        benches.append(bench)
        save_results({"benches": benches}, RECORD)
    return benches


def beside(name: str) -> dict[str, Any] | None:
    """Another record of this folder, if it is there."""
    path = RESULTS / name
    return read_record(path) if path.exists() else None


def write_page(sets: Path) -> None:
    """Measures, then writes."""
    benches = measure(sets)
    text = page(benches, beside("nsr_ablation.json"), beside("nsr_overhead.json"))
    save_text(text, PAGE)
    print(PAGE)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write_page(Path(sys.argv[1]))
