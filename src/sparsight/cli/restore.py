"""One photograph: opened, restored strip by strip, written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from sparsight.cli.noise import estimate_noise
from sparsight.cli.plan import Job
from sparsight.files import Photo, create_photo, open_photo
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

    def restore(self, job: Job, begin: Begin) -> float:
        """Restores one photograph; the output is there either whole or not at all.

        Args:
            job: what to restore.
            begin: told name and number of steps, gives what is called after each step.

        Returns:
            The noise level, 8-bit units.

        Raises:
            ValueError: the photograph cannot be read, restored or written.
        """
        photo = open_photo(job.source)
        model = self.model_for(photo.colours)
        progress = begin(job.source.name, model.steps(photo.shape))
        sigma = estimate_noise(photo) if self.sigma is None else self.sigma
        job.target.parent.mkdir(parents=True, exist_ok=True)
        with create_photo(job.target, photo, job.replace) as writer, self._precision(model):
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
