"""The datasets of the papers: what they are, and where their images can be fetched one by one."""

from dataclasses import dataclass

from sparsight.data.pinned import Pin, pins_of

_BSDS = "BIDS/BSDS500/HEAD/BSDS500/data/images"
_RESEARCH = "research use, no stated licence"
_BSD = "non-commercial research and education (Berkeley Segmentation Dataset)"


@dataclass(frozen=True)
class Dataset:
    """A set of images.

    Args:
        name: of its folder.
        what: in a few words.
        terms: on which its images may be used.
        sources: addresses of folders, tried in turn for each image.
        ending: of the files there, where it is not that of the pinned ones.
        archive: the class of `deepinv.datasets` that downloads it whole, where there is one.
        advice: where to get it if there is no such address.
    """

    name: str
    what: str
    terms: str
    sources: tuple[str, ...] = ()
    ending: str | None = None
    archive: str = ""
    advice: str = "ask its authors"

    @property
    def pins(self) -> tuple[Pin, ...]:
        """Its images."""
        return pins_of(self.name)

    def file_name(self, pin: Pin) -> str:
        """What an image is called at the source."""
        return pin.name if self.ending is None else pin.name.rpartition(".")[0] + self.ending


def _raw(*folders: str) -> tuple[str, ...]:
    return tuple(f"https://raw.githubusercontent.com/{folder}" for folder in folders)


_SETS = (
    Dataset("BSD68", "grey, test", _BSD, _raw("cszn/DnCNN/HEAD/testsets/BSD68")),
    Dataset("CBSD68", "colour, test", _BSD, _raw(f"{_BSDS}/val"), ending=".jpg"),
    Dataset("Set12", "grey, test", _RESEARCH, _raw("JingyunLiang/SwinIR/HEAD/testsets/Set12")),
    Dataset(
        "Kodak24",
        "colour, 500 x 500 crops, test",
        "unrestricted",
        _raw("cszn/FFDNet/HEAD/testsets/Kodak24"),
    ),
    Dataset(
        "classic5",
        "grey, test of JPEG deblocking",
        _RESEARCH,
        _raw("JingyunLiang/SwinIR/HEAD/testsets/classic5"),
        ending=".bmp",
    ),
    Dataset(
        "Set5",
        "colour, test of super-resolution",
        _RESEARCH,
        archive="Set5HR",
    ),
    Dataset(
        "Set14",
        "colour, test of super-resolution",
        _RESEARCH,
        archive="Set14HR",
    ),
    Dataset(
        "BSD400",
        "grey, 180 x 180 crops, training",
        _BSD,
        _raw("cszn/DnCNN/HEAD/TrainingCodes/DnCNN_TrainingCodes_v1.0/data/Train400"),
    ),
    Dataset(
        "CBSD400", "colour, training", _BSD, _raw(f"{_BSDS}/train", f"{_BSDS}/test"), ending=".jpg"
    ),
    Dataset(
        "BSD100_extra32",
        "colour, with CBSD68 the test set BSD100",
        _BSD,
        _raw(f"{_BSDS}/val"),
        ending=".jpg",
    ),
    Dataset(
        "T91",
        "colour, training of super-resolution",
        _RESEARCH,
        advice="it comes with the programs of Yang et al., Image super-resolution via sparse "
        "representation",
    ),
    Dataset(
        "MRI_BrainImages_test",
        "grey, 256 x 256, test of compressed-sensing MRI",
        _RESEARCH,
        _raw("jianzhangcs/ISTA-Net-PyTorch/HEAD/data/BrainImages_test"),
    ),
    Dataset(
        "MRI_masks",
        "pseudo-radial sampling masks, 10 to 50 %",
        _RESEARCH,
        advice="save mask_matrix of sampling_matrix/mask_10.mat to mask_50.mat of "
        "github.com/jianzhangcs/ISTA-Net-PyTorch by numpy.save, as mask_10.npy and so on",
    ),
)
DATASETS: dict[str, Dataset] = {dataset.name: dataset for dataset in _SETS}


def dataset_of(name: str) -> Dataset:
    """A dataset by its name.

    Raises:
        ValueError: there is none of this name.
    """
    if name not in DATASETS:
        raise ValueError(f"no dataset is called {name}; there are {', '.join(DATASETS)}")
    return DATASETS[name]
