"""Render: rows of every task become examples with templates, checked, bad rows set aside.

    rows/<task>/<split>.parquet  ->  prompts/<task>/<split>.parquet  examples; templates with them
                                     prompts/prompts.json            tasks, counts, hashes
                                     prompts/quarantine.jsonl        bad rows: id, reason, no text

An example is one line: fields, options, answer, accepted answers. Its text is put together when it
is drawn (``flan_core/prompt``), because each visit of a row draws a template anew.

``checking`` says what an example must be, ``writing`` is the step.
"""

from flan_core.render.checking import Check
from flan_core.render.writing import render, templates_of

__all__ = ["Check", "render", "templates_of"]
