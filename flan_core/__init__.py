"""The FLAN method as a library: catalogue, rendering, mixing, packing, training, evaluation.

         rows      prompts    mixture    packs      checkpoint     scores      report
 fetch ──────▶ render ────▶ mix ─────▶ pack ────▶ train ──────▶ evaluate ────▶ report ────▶ promote

Each step is a function of files: it takes a frozen config and paths and returns nothing. Nothing
here imports KFP; only ``launch`` imports TorchX and Kubernetes; torch stays inside ``model``,
``train`` and ``evaluate``.
"""
