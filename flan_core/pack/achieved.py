"""The mixture that packing achieved: what of each task, dataset and cluster is in the packs."""

from typing import Any

import numpy as np
import numpy.typing as npt

from flan_core.mixture import Mixture
from flan_core.pack.drawing import FATES

Array = npt.NDArray[Any]

COUNTS = ("examples", "input_tokens", "target_tokens", *FATES[1:])
"""What is counted; tokens include the end-of-sequence tokens."""


def achieved(mixture: Mixture, examples: Array, fates: Array) -> dict[str, dict[str, Any]]:
    """Return the counts of each task, dataset and cluster.

    ``epochs`` is how often each row that may be drawn was, on average; ``share`` the share of
    examples, ``token_share`` that of tokens, ``asked`` the share that the mixture asks for.
    """
    num_tasks = len(mixture.tasks)
    task = examples["task"]
    sizes = np.diff(examples["end"], prepend=0)
    inputs = examples["target"].astype(np.int64)
    tables = [
        np.bincount(task, minlength=num_tasks),
        np.bincount(task, inputs, minlength=num_tasks).astype(np.int64),
        np.bincount(task, sizes - inputs, minlength=num_tasks).astype(np.int64),
        *fates.T[1:],
    ]
    counts = np.stack(tables, axis=1)
    found = {}
    for level in ("task", "dataset", "cluster"):
        names = [getattr(part, level) for part in mixture.parts]
        found[f"{level}s"] = {
            name: _line(mixture, counts, np.array([each == name for each in names]))
            for name in dict.fromkeys(names)
        }
    return found


def _line(mixture: Mixture, counts: Array, chosen: Array) -> dict[str, Any]:
    line = {
        name: int(count) for name, count in zip(COUNTS, counts[chosen].sum(axis=0), strict=True)
    }
    tokens = counts[:, 1] + counts[:, 2]
    rows = sum(len(rows) for rows, mine in zip(mixture.rows, chosen.tolist(), strict=True) if mine)
    return {
        **line,
        "tokens": line["input_tokens"] + line["target_tokens"],
        "rows": rows,
        "epochs": round(line["examples"] / max(rows, 1), 4),
        "share": round(line["examples"] / max(int(counts[:, 0].sum()), 1), 6),
        "token_share": round(float(tokens[chosen].sum() / max(int(tokens.sum()), 1)), 6),
        "asked": round(
            sum(p.share for p, mine in zip(mixture.parts, chosen.tolist(), strict=True) if mine), 6
        ),
    }
