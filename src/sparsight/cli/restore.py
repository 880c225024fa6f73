"""One file: its pages opened, restored strip by strip, written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from sparsight.cli.noise import estimate_noise
from sparsight.cli.plan import Job
from sparsight.files import Photo, Stack, StackWriter, create_stack, of_page, open_stack
from sparsight.models import Denoiser, Tiled

Begin = Callable[[str, int], Callable[[], None]]


@dataclass(frozen=True)
class Restorer:
    """What all photographs of a run have in common.

    Attributes:
        model_for: 1 for grey photographs, 3 for colour -> the model, on its device.
        sigma: noise level in 8-bit units; None to estimate it for each photograph.
        strength: share of the restored image in the output, 0 to 1.
        bfloat16: whether the model computes in bfloat16.
    """

    model_for: Callable[[int], Denoiser | Tiled]
    sigma: float | None
    strength: float
    bfloat16: bool

    def restore(self, job: Job, begin: Begin) -> list[float]:
        """Restores the pages of a file; the output is there either whole or not at all.

        Args:
            job: what to restore.
            begin: told name and number of steps, gives what is called after each step.

        Returns:
            The noise level of each page, 8-bit units.

        Raises:
            ValueError: a page cannot be read, restored or written.
        """
        stack, sigmas = open_stack(job.source), []
        progress = begin(job.source.name, self._steps(stack))
        job.target.parent.mkdir(parents=True, exist_ok=True)
        with create_stack(job.target, stack, job.replace) as writer:
            for number, photo in enumerate(stack):
                with of_page(stack.path, number, len(stack)):
                    sigmas.append(self._restore(photo, writer, progress))
        return sigmas

    def _steps(self, stack: Stack) -> int:
        steps = 0
        for number, shape in enumerate(stack.shapes):
            with of_page(stack.path, number, len(stack)):
                steps += self.model_for(shape[0]).steps(shape)
        return steps

    def _restore(self, photo: Photo, stack: StackWriter, progress: Callable[[], None]) -> float:
        model = self.model_for(photo.colours)
        sigma = estimate_noise(photo) if self.sigma is None else self.sigma
        with stack.page(photo) as writer, self._precision(model):
            read = _reader(photo)
            for top, rows in model.strips(read, photo.shape, sigma / 255, progress):
                noisy, restored = read(top, top + rows.shape[1]), rows.to("cpu", torch.float32)
                writer.write_rows(top, torch.lerp(noisy, restored, self.strength).numpy())
        return sigma

    @contextmanager
    def _precision(self, model: Denoiser | Tiled) -> Iterator[None]:
        kind = model.device.type
        with torch.autocast(kind, torch.bfloat16, enabled=self.bfloat16):
            yield


def _reader(photo: Photo) -> Callable[[int, int], torch.Tensor]:
    return lambda top, bottom: torch.from_numpy(photo.read_rows(top, bottom))
