"""A training that is killed: `killed_run.py PICTURES OUT EVERY STEP THREADS PAIR...`."""

import os
import signal
import sys
from pathlib import Path

import torch

from sparsight.data import NoisyCrops
from sparsight.recipes import bind
from sparsight.training.run import train


def main(pictures: str, out: str, every: str, last: str, threads: str, *pairs: str) -> None:
    """Trains and dies while it draws the crops of a step."""
    torch.set_num_threads(int(threads))
    draw = NoisyCrops.draw

    def draw_or_die(crops: NoisyCrops, step: int):
        if step == int(last):
            os.kill(os.getpid(), signal.SIGKILL)
        return draw(crops, step)

    NoisyCrops.draw = draw_or_die
    train("sc-gray", bind("sc-gray", pairs), Path(pictures), Path(out), every=int(every))


if __name__ == "__main__":
    main(*sys.argv[1:])
