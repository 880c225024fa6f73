"""`sparsight restore inpaint` by sparse codes: the other way than a critic's."""

from pathlib import Path

from sparsight.cli.degradations import read_observed
from sparsight.cli.errors import naming
from sparsight.cli.options import choose_device
from sparsight.cli.progress import Waiting


def fill_holes(
    image: Path, output: Path, mask: Path, model: str, device: str, overwrite: bool
) -> None:
    """Fills small holes; observed pixels stay as they are.

    Args:
        image: a photograph.
        output: the file to write.
        mask: a picture, white where pixels were observed, of the photograph as it is shown.
        model: of the zoo, or a file of weights; trained on holes.
        device: as in `choose_device`.
        overwrite: whether the output may be replaced.

    Raises:
        ValueError: something cannot be read or written, or a hole is too large.
    """
    import torch

    from sparsight.files import as_stored, create_photo, open_photo, size_shown
    from sparsight.zoo import load_inpainter

    photo = open_photo(image)
    shown = read_observed(mask, size_shown(photo.shape[1:], photo.orientation))[0]
    seen = torch.from_numpy(as_stored(shown.numpy(), photo.orientation))
    filler = load_inpainter(model).to(choose_device(device))

    def read(top: int, bottom: int) -> torch.Tensor:
        rows = torch.from_numpy(photo.read_rows(top, bottom))
        return rows.masked_fill(seen[:, top:bottom] == 0, torch.nan)

    with (
        naming(image),
        Waiting(1) as waiting,
        create_photo(output, photo, overwrite) as writer,
    ):
        step = waiting.begin(0, image.name, filler.steps(photo.shape))
        for top, rows in filler.strips(read, photo.shape, step):
            writer.write_rows(top, rows.cpu().numpy())
    print(f"{image}: {100 * (1 - float(seen.mean())):.1f} % of its pixels filled -> {output}")
