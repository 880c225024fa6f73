"""What weights drawn for each noise level are worth: docs/results/levels.md, written anew.

    python benchmarks/between_levels.py BSD100_extra32

Every sixth image of the folder, which no model was trained on.
"""

import sys
from pathlib import Path

from sparsight.bench import bench_denoise
from sparsight.cli.options import in_sets
from sparsight.data import image_paths
from sparsight.ops.speed import tune_process
from sparsight.zoo import load_denoiser, members

PAGE = Path(__file__).parents[1] / "docs" / "results" / "levels.md"
SIGMAS = (7, 12, 20, 40, 70)
EVERY = 6
HEAD = """# Weights for every noise level

`groupsc-gray` and `groupsc-color` keep thresholds per noise level and share their dictionary among
all. All numbers of `groupsc-gray-any` and `groupsc-color-any`, dictionaries too, lie between those
of models of single levels. PSNR in dB on {count} images of {folder} at `--quality balanced`, where
both seek similar patches among one in nine, and how much more the latter have. No model was
trained on them, but how numbers lie between was looked at on images of BSD100_extra32 while it was
made: gains there are no test. Written by `python benchmarks/between_levels.py {folder}`.

| model | {levels} |
|---|{rules}"""


def table(folder: Path) -> str:
    """The page."""
    paths = image_paths(folder)[::EVERY]
    levels = " | ".join(f"σ = {sigma}" for sigma in SIGMAS)
    lines = [
        HEAD.format(count=len(paths), folder=folder.name, levels=levels, rules="---|" * len(SIGMAS))
    ]
    trained = []
    for name in ("groupsc-gray", "groupsc-color"):
        both = []
        for one in (name, f"{name}-any"):
            model = load_denoiser(one)
            both.append([bench_denoise(model, paths, sigma).psnr for sigma in SIGMAS])
            lines.append(f"| `{one}` | {' | '.join(f'{psnr:.2f}' for psnr in both[-1])} |")
            print(lines[-1], flush=True)
        gains = " | ".join(f"{any_ - bank:+.2f}" for bank, any_ in zip(*both, strict=True))
        lines.append(f"| | {gains.replace('-', '−')} |")
        own = ", ".join(member.rpartition("-")[2] for member in members(f"{name}-any"))
        trained.append(f"`{name}-any` is made of models of σ = {own}")
    return "\n".join(lines) + f"\n\n{'; '.join(trained)}.\n"


if __name__ == "__main__":
    tune_process()
    PAGE.write_text(table(in_sets([Path(sys.argv[1])])[0]), encoding="utf-8")
