r"""Prompts: examples and templates in, text out, a million a second and core.

    prompts/rte/train.parquet                       a template, compiled to pieces

    row  field.premise  field.hypothesis   answer  {premise} "\n\nSo " {hypothesis} "?\n" {options_}
    0    Ann sang.      Ann made a sound.  yes          │         │          │        │       │
                                                        ▼         ▼          ▼        ▼       ▼
                                                    one copy of bytes each, into one buffer

``templates`` compiles the patterns, ``cells`` lays the rows' text out row by row, ``copying`` holds
the compiled loops, ``reading`` is what the steps use.
"""

from flan_core.prompt.reading import SCHEMA, SPLITS, Prompts, Rendered
from flan_core.prompt.shots import few_shot

__all__ = ["SCHEMA", "SPLITS", "Prompts", "Rendered", "few_shot"]
