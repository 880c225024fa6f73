"""Tables of the paper BLORC; benchmarks/blorc.py has its experiments."""

from sparsight.bench.papers.tasks import DENOISING, SIGNALS
from sparsight.bench.table import Column, Row, Table

# Section 5.1 prints these in its text.
PIECEWISE = Table(
    name="blorc-signals",
    page="blorc-tables",
    title="Piecewise-constant signals",
    source="BLORC, section 5.1",
    task=SIGNALS,
    columns=(Column("generated signals", 0.1, generated=True),),
    rows=(
        Row("Noisy", (19.5,), models=("noisy",)),
        Row("Finite differences", (25.8,), models=("differences",)),
        Row("Unsupervised", (25.2,)),
        Row("BLORC", (26.2,), models=("signals/blorc-1d",)),
    ),
    note=(
        "The paper does not say how its signals were drawn; noise of σ = 0.1 at peak 1 is 20.0 dB. "
        "Signals here have 3 to 8 jumps and begin and end anywhere."
    ),
)

_NOISE = (38.25, 25.5)
IMAGES = Table(
    name="blorc-images",
    page="blorc-tables",
    title="Images by a learned analysis operator",
    source="BLORC, table 3",
    task=DENOISING,
    columns=(
        *(Column("four images", sigma, quoted=True) for sigma in _NOISE),
        *(Column("Set12", sigma) for sigma in _NOISE),
    ),
    rows=(
        Row("Noisy", (16.48, 20.0, None, None)),
        Row("BM3D", (23.72, 26.83, None, None)),
        Row("Analysis K-SVD", (23.65, 26.60, None, None)),
        Row("BLORC", (24.16, 26.17, None, None), models=("blorc-gray",)),
        Row("BLORC, filters on whole images", (None,) * 4, models=("blorc-conv-gray",)),
    ),
    note=(
        "The paper does not name its four images, so that nothing can be measured on them; what is "
        "shipped here is measured on Set12. Its noisy images are printed as 8.24 and 10.4 dB; such "
        "noise leaves 16.48 and 20.0 dB, which stand here."
    ),
)

TABLES = (PIECEWISE, IMAGES)
