"""Rendering alone: short NLI prompts on one core, against the ways that peers render.

SNLI's rows (or RTE's samples) and their normal templates, a template drawn for each prompt. Run
alone: ``python -m tests.bench.data_rendering``.
"""

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from flan_core.prompt import Prompts
from flan_core.prompt.copying import Wording
from tests.bench.data_rows import prepare
from tests.bench.results import WANTED, record, seconds, show

NUM_PROMPTS = 500_000
NUM_PEER = 50_000
BLOCK = 4_096
RUNS = 5


def wording(prompts: Prompts, num_prompts: int) -> Wording:
    """Draw rows and normal templates."""
    generator = np.random.default_rng(0)
    zero = np.zeros(num_prompts, np.int64)
    return Wording(
        task=zero,
        row=generator.integers(0, len(prompts), num_prompts),
        template=generator.choice(np.array(prompts.normal), num_prompts),
        shown=np.ones(num_prompts, np.uint8),
        form=zero,
        order=zero.astype(np.uint64),
    )


def render_ours(prompts: Prompts, lines: Wording) -> None:
    """Render block by block, as pack does."""
    for start in range(0, lines.row.size, BLOCK):
        prompts.texts(Wording(*(array[start : start + BLOCK] for array in lines)))


def jinja_ways(prompts: Prompts) -> list[jinja2.Template]:
    """Return each template compiled once by jinja."""
    return [
        jinja2.Template(re.sub(r"\{(\w+)\}", r"{{ \1 }}", template.inputs))
        for template in prompts.templates
    ]


def filled(prompts: Prompts) -> list[dict[str, Any]]:
    """Return each row's fields, with the list of options ready."""
    rows = prompts.table.to_pylist()
    return [
        {
            **{name.removeprefix("field."): value for name, value in row.items()},
            "options_": "\n- ".join(["OPTIONS:", *row["options"]]),
        }
        for row in rows
    ]


def main() -> None:
    """Measure, print and record."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare(Path(folder)) / "prompts"
        task = "snli" if (prepared / "snli").is_dir() else "rte"
        prompts = Prompts.open(prepared, task, "train")
    lines, few = wording(prompts, NUM_PROMPTS), wording(prompts, NUM_PEER)
    render_ours(prompts, few)  # compile before the clock runs
    ours = NUM_PROMPTS / seconds(lambda: render_ours(prompts, lines), RUNS)
    ways, rows = jinja_ways(prompts), filled(prompts)
    chosen = list(zip(few.row.tolist(), few.template.tolist(), strict=True))
    jinja = NUM_PEER / seconds(lambda: [ways[t].render(rows[r]) for r, t in chosen])
    patterns = [template.inputs for template in prompts.templates]
    form = NUM_PEER / seconds(lambda: [patterns[t].format_map(rows[r]) for r, t in chosen])
    versions = {
        "jinja2 compiled once": jinja2.__version__,
        "str.format_map": sys.version.split()[0],
    }
    measured = [
        record(
            name=f"render {task} prompts on one core",
            ours=ours,
            peer=1_000_000,
            peer_version=WANTED,
            goal=1.0,
            unit="prompts/s",
        )
    ]
    for (name, version), peer in zip(versions.items(), (jinja, form), strict=True):
        measured.append(
            record(
                name=f"render {task} prompts, {name}",
                ours=ours,
                peer=peer,
                peer_version=version,
                goal=1.0,
                unit="prompts/s",
            )
        )
    show("rendering alone, one core", measured)


if __name__ == "__main__":
    sys.exit(main())
