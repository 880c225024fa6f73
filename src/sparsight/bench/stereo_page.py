"""The page of the stereo benchmark: means and spreads over seeds beside table 5 of Games."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

# Table 5: 3-pixel error in percent on KITTI 2015 validation, mean and spread of ten runs.
TABLE_5 = (
    ("PSMNet", "2.14 ± 0.04"),
    ("PSMNet + TV 12", "2.11 ± 0.03"),
    ("PSMNet + TV 24", "2.11 ± 0.04"),
    ("PSMNet + TV extra", "2.10 ± 0.03"),
)


def stereo_page(record: Mapping[str, Any], command: str) -> str:
    """Markdown of all arms.

    Args:
        record: as `sparsight bench stereo --json` writes it.
        command: that measured it.
    """
    results, steps = record["results"], record["steps"]
    seeds = len({result["seed"] for result in results})
    return f"""# Stereo

Pixels that are off by more than three pixels of disparity, in percent, mean ± standard deviation
over {seeds} seeds. Written by

```
{command}
```

Per seed a network of {record["parameters"]:,} parameters (correlation at a quarter of the size,
soft argmin) is trained for {steps["first"]} steps on {record["trained_on"]} scenes of Middlebury
2006, then for {steps["then"]} more: once as it is, once with each layer of total variation on its
disparity. All arms of a seed start from the same weights and see the same crops.

## {", ".join(record["test"])} of Middlebury 2003

{_table(results, record["test"])}

"Paired" is the difference to the bare network of the same seed, over all scenes of the table:
below 0 the layer helps.

## Scenes of Middlebury 2006 that training did not see

{_table(results, record["held_out"])}

## Table 5 of the paper, as printed

| model | 3-pixel error, KITTI 2015 validation |
|---|---|
{_printed()}

PSMNet trained on SceneFlow and refined on KITTI 2015, neither of which is at hand: the two tables
tell of the same layer on other networks and other scenes.
"""


def _table(results: Sequence[Mapping[str, Any]], scenes: Sequence[str]) -> str:
    arms = list(dict.fromkeys(result["arm"] for result in results))
    masked = any(r["errors"][n] != r["seen_by_both"][n] for r in results for n in scenes)
    heads = ["arm", *scenes, "all", *(["not hidden, all"] if masked else []), "paired"]
    bare = _means(results, arms[0], "errors", scenes)
    rows = []
    for arm in arms:
        mean = _means(results, arm, "errors", scenes)
        paired = [mean[seed] - bare[seed] for seed in mean]
        cells = [_spread(_means(results, arm, "errors", [scene])) for scene in scenes]
        seen = [_spread(_means(results, arm, "seen_by_both", scenes))] if masked else []
        difference = "" if arm == arms[0] else _spread(dict(enumerate(paired)), "{:+.2f}")
        rows.append([arm, *cells, _spread(mean), *seen, difference])
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _means(
    results: Sequence[Mapping[str, Any]], arm: str, kind: str, scenes: Sequence[str]
) -> dict[int, float]:
    """By seed, over scenes."""
    return {
        result["seed"]: statistics.fmean(result[kind][scene] for scene in scenes)
        for result in results
        if result["arm"] == arm
    }


def _spread(by_seed: Mapping[int, float], form: str = "{:.2f}") -> str:
    values = list(by_seed.values())
    mean = form.format(statistics.fmean(values))
    return f"{mean} ± {statistics.stdev(values):.2f}" if len(values) > 1 else mean


def _printed() -> str:
    return "\n".join(f"| {name} | {error} |" for name, error in TABLE_5)
