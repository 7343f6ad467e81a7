"""The rows that the data benchmarks share: real ones beside the project, else samples.

``FLAN_BENCH_ROWS`` names another folder of rows. A folder is fetched, rendered and
mixed once a run.
"""

import os
from itertools import pairwise
from pathlib import Path

from flan_core.config import Fetch, Mix, Render
from flan_core.fetch import fetch
from flan_core.mix import mix
from flan_core.render import render
from flan_core.tokens import train_tokenizer

BESIDE = Path(__file__).parent.parent.parent.parent / "shared" / "data"
VOCABULARY = 16_000


def source() -> str:
    """Return where rows come from: a folder, or ``samples``."""
    folder = Path(os.environ.get("FLAN_BENCH_ROWS", BESIDE))
    return str(folder) if folder.is_dir() else "samples"


def prepare(folder: Path) -> Path:
    """Make rows, prompts, a mixture of all tasks and a tokenizer in ``folder``, if it has none."""
    if (folder / "tokenizer" / "tokenizer.json").is_file():
        return folder
    fetch(Fetch(source=source()), rows=folder / "rows")
    render(Render(max_bad=1.0), rows=folder / "rows", prompts=folder / "prompts")
    mix(Mix(), prompts=folder / "prompts", mixture=folder / "mixture")
    train_tokenizer(some_texts(folder), VOCABULARY, folder / "tokenizer")
    return folder


def some_texts(folder: Path, num_draws: int = 20_000) -> list[str]:
    """Return the first draws of the mixture as text."""
    from flan_core.mixture import Mixture
    from flan_core.pack.drawing import open_book
    from flan_core.prompt.reading import written

    mixture = Mixture.open(folder / "mixture")
    book = open_book(mixture, folder / "prompts", folder / "scratch.bin")
    texts = written(book, mixture.draws(0, num_draws).wording)
    blob, ends = texts.text.tobytes(), texts.ends.tolist()
    return [blob[a:b].decode() for a, b in pairwise(ends)]
