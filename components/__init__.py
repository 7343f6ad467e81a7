"""The steps as KFP components: each imports the library that its image carries and makes one call.

    components/render/component.py   render(config, rows) -> prompts

All that can be tested is in ``flan_core``, tested without KFP.
"""

from components.compare.component import compare
from components.decide.component import decide
from components.evaluate.component import evaluate
from components.fetch.component import fetch
from components.mix.component import mix
from components.pack.component import pack
from components.promote.component import promote
from components.render.component import render
from components.report.component import report
from components.train.component import train

__all__ = [
    "compare", "decide", "evaluate", "fetch", "mix", "pack", "promote", "render", "report", "train",
]  # fmt: skip
