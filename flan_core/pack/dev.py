"""The dev packs: what the loss is measured on while training, from rows that training never draws.

    packs/        from the train split of every task of the mixture
    packs/dev/    from their dev split, in the mixture's shares; a packs folder like the other

The tasks are those of the mixture, so none is of a held-out cluster. A draw has no exemplars: each
row of a small split would be its neighbour's.
"""

from dataclasses import asdict, replace
from pathlib import Path

import pyarrow.parquet as pq

from flan_core.mixture import Mixture, Part
from flan_core.prompt.reading import file_of
from flan_core.schemas import file_sha256

SPLIT = "dev"


def dev_mixture(mixed: Mixture, prompts: Path) -> Mixture | None:
    """Return the mixture of the dev prompts of a mixture's tasks; None if none of them has any."""
    parts = [
        _dev_part(part, path)
        for part in mixed.parts
        if (path := file_of(prompts, part.task, SPLIT)).is_file()
    ]
    if not parts:
        return None
    forms = asdict(replace(mixed.forms, few_shot=0.0))
    total = sum(part.count for part in parts)
    tasks = [asdict(replace(part, share=part.count / total)) for part in parts]
    return Mixture({**mixed.value, "tasks": tasks, "forms": forms}, mixed.sha256)


def _dev_part(part: Part, path: Path) -> Part:
    num_rows = int(pq.read_metadata(path).num_rows)
    return replace(
        part,
        num_rows=num_rows,
        max_rows=num_rows,
        dropped_rows=(),
        sha256=file_sha256(path),
    )
