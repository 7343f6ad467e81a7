"""Compile every loop of the data engine into NUMBA_CACHE_DIR, by using it once on the samples.

    NUMBA_CACHE_DIR=/opt/numba python warm.py

Run while an image is built. What it leaves out is compiled by the pod that first needs it.
"""

import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np

from flan_core.config import Fetch, Mix, Pack, Render
from flan_core.fetch import fetch
from flan_core.mix import mix
from flan_core.pack import pack
from flan_core.prompt import Prompts
from flan_core.render import render
from flan_core.tokens import Tokenizer

TASKS = ("rte", "sst2", "copa", "xsum", "wmt16_deen", "squad_v1")
FORMS = {"few_shot": 0.5, "shots": 2, "no_options": 0.3, "option_formats": True}
SIZES = {"vocabulary": 600, "max_input": 64, "max_target": 16, "length": 128,
         "tokens_per_step": 256, "steps": 20}  # fmt: skip


def warm(folder: Path) -> None:
    """Run the steps from rows to packs and read prompts; ``folder`` gets what they write."""
    prompts, mixture = folder / "prompts", folder / "mixture"
    fetch(Fetch(tasks=TASKS), rows=folder / "rows")
    render(Render(), rows=folder / "rows", prompts=prompts)
    mix(Mix(held_out=("sentiment",), **FORMS), prompts=prompts, mixture=mixture)
    for ids in ("<u2", "<u4"):  # <u4 is of a vocabulary beyond 65,536, which samples cannot fill
        with patch("flan_core.pack.writing._dtype", return_value=np.dtype(ids)):
            pack(Pack(**SIZES), prompts=prompts, mixture=mixture, packs=folder / ids[1:])
    texts = Prompts.open(prompts, "xsum", "train").render(0, 0)
    Tokenizer.open(folder / "u2" / "tokenizer").fit(texts.inputs, texts.cuts, 30)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        warm(Path(place))
