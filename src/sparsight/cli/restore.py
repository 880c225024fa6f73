"""One file: its pages opened, restored strip by strip, written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from sparsight.cli.noise_kinds import Noise
from sparsight.cli.plan import Job
from sparsight.files import Photo, Stack, StackWriter, create_stack, of_page, open_stack
from sparsight.models import Denoiser, Tiled

Begin = Callable[[str, int], Callable[[], None]]
NoiseOf = Callable[[int, Photo], Noise]  # number and page -> the noise of the page


@dataclass(frozen=True)
class Restorer:
    """What all photographs of a run have in common.

    Attributes:
        model_for: 1 for grey photographs, 3 for colour -> the model, on its device.
        noise_in: stack -> what tells the noise of its pages, given or estimated.
        strength: share of the restored image in the output, 0 to 1.
        bfloat16: whether the model computes in bfloat16.
    """

    model_for: Callable[[int], Denoiser | Tiled]
    noise_in: Callable[[Stack], NoiseOf]
    strength: float
    bfloat16: bool

    def restore(self, job: Job, begin: Begin) -> list[Noise]:
        """Restores the pages of a file; the output is there either whole or not at all.

        Args:
            job: what to restore.
            begin: told name and number of steps, gives what is called after each step.

        Returns:
            The noise of each page.

        Raises:
            ValueError: a page cannot be read, restored or written.
        """
        stack, noises = open_stack(job.source), []
        noise_of = self.noise_in(stack)
        progress = begin(job.source.name, self._steps(stack))
        job.target.parent.mkdir(parents=True, exist_ok=True)
        with create_stack(job.target, stack, job.replace) as writer:
            for number, photo in enumerate(stack):
                with of_page(stack.path, number, len(stack)):
                    noises.append(noise_of(number, photo))
                    self._restore(photo, noises[-1], writer, progress)
        return noises

    def _steps(self, stack: Stack) -> int:
        steps = 0
        for number, shape in enumerate(stack.shapes):
            with of_page(stack.path, number, len(stack)):
                steps += self.model_for(shape[0]).steps(shape)
        return steps

    def _restore(
        self, photo: Photo, noise: Noise, stack: StackWriter, progress: Callable[[], None]
    ) -> None:
        model = self.model_for(photo.colours)
        with stack.page(photo) as writer, self._precision(model):
            for top, rows in noise.strips(model, photo, progress):
                noisy = torch.from_numpy(photo.read_rows(top, top + rows.shape[1]))
                restored = rows.to("cpu", torch.float32)
                writer.write_rows(top, torch.lerp(noisy, restored, self.strength).numpy())

    @contextmanager
    def _precision(self, model: Denoiser | Tiled) -> Iterator[None]:
        kind = model.device.type
        with torch.autocast(kind, torch.bfloat16, enabled=self.bfloat16):
            yield
