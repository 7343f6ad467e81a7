"""An experiment: the method once for each variant, on the same prompts, and one report of them all.

                        ┌─ variant a   mix ──▶ pack ──▶ train ──▶ evaluate ─┐
     fetch ──▶ render ──┼─ variant b   mix ──▶ pack ──▶ train ──▶ evaluate ─┼─▶ compare
                        └─ …                                                ┘

What differs stands in a table: settings by variant and step. One pipeline serves every experiment.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kfp import dsl

import components as step
from pipelines.flan import Outputs
from pipelines.resources import HOST, SMALL, WIDE, place

Variant = Mapping[str, Mapping[str, Any]]
"""What one variant changes: settings by step, of mix, pack, train, evaluate and launch."""

PARALLELISM = 2
"""Variants at a time; KFP wants to know when it compiles (``flan compile --parallelism``)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Experiment:
    """What is varied and why; the table; where each variant stands on the axis of the curves.

    ``axis`` is empty where variants have no order; then ``at`` is, too.
    """

    name: str
    about: str
    table: Mapping[str, Variant]
    axis: str = ""
    at: Mapping[str, float] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)
    """The line of the report that each variant's tasks fill; empty gives each variant its own."""

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the pipeline that make it this experiment."""
        return {
            "variants": list(self.table),
            "table": {
                name: {s: dict(v) for s, v in steps.items()} for name, steps in self.table.items()
            },
            "compare": {
                "experiment": self.name,
                "about": self.about,
                "axis": self.axis,
                "at": dict(self.at),
                "lines": dict(self.lines),
            },
        }


def asked(clusters: Iterable[str], **more: Any) -> dict[str, dict[str, Any]]:
    """Return the variant that holds these clusters out and evaluates each of them.

    >>> asked(["nli"], untuned=False)
    {'mix': {'held_out': ['nli']}, 'evaluate': {'cluster': 'nli', 'untuned': False}}
    """
    names = list(clusters)
    return {"mix": {"held_out": names}, "evaluate": {"cluster": "+".join(names), **more}}


def of_model(name: str) -> dict[str, dict[str, Any]]:
    """Return the variant that tunes this model, with its own tokenizer, and compares it untuned."""
    return {"pack": {"tokenizer": name}, "train": {"model": name}, "evaluate": {"model": name}}


def pipeline_of(experiment: Experiment, parallelism: int = PARALLELISM) -> Callable[..., Any]:
    """Return the pipeline, its parameters' defaults being this experiment's.

    ``parallelism`` is how many variants run at a time: it is part of the compiled file.
    """
    preset = experiment.parameters

    @dsl.pipeline(
        name=experiment.name,
        description=experiment.about,
        display_name=f"FLAN: {experiment.name.replace('-', ' ')}",
    )
    def run(
        variants: list = preset["variants"],
        table: dict = preset["table"],
        source: str = "samples",
        model: str = "tiny",
        seed: int = 0,
        fetch: dict = {},
        render: dict = {},
        mix: dict = {},
        pack: dict = {},
        train: dict = {},
        evaluate: dict = {},
        launch: dict = {},
        compare: dict = preset["compare"],
    ) -> Outputs:
        """Fetch and render once; mix, pack, train and evaluate each variant; compare them.

        Args:
            variants: Names of the variants to run, of those in the table.
            table: Settings that differ, by variant and step (mix, pack, train, evaluate, launch).
            source: Where rows come from: samples, hub, or s3://bucket/prefix.
            model: tiny, or a folder or hub id of a decoder-only model with safetensors.
            seed: Seed of everything that is drawn.
            fetch: Settings of fetch (flan_core.config.Fetch).
            render: Settings of render (flan_core.config.Render).
            mix: Settings of mix that all variants share (flan_core.config.Mix).
            pack: Settings of pack that all variants share (flan_core.config.Pack).
            train: Settings of train that all variants share (flan_core.config.Train).
            evaluate: Settings of evaluate that all variants share (flan_core.config.Evaluate).
            launch: Where and how train and evaluate run (flan_core.config.Launch).
            compare: Settings of compare (flan_core.config.Compare).
        """
        rows = step.fetch(config=fetch, source=source, seed=seed)
        place(rows, SMALL, "Fetch rows")
        prompts = step.render(config=render, rows=rows.output)
        place(prompts, WIDE, "Render prompts")
        with dsl.ParallelFor(variants, name="variants", parallelism=parallelism) as variant:
            own = {"variant": variant, "table": table, "seed": seed, "prompts": prompts.output}
            mixture = step.mix(config=mix, held_out=[], **own)
            place(mixture, SMALL, "Mix tasks")
            packs = step.pack(config=pack, tokenizer=model, mixture=mixture.output, **own)
            place(packs, WIDE, "Tokenise and pack")
            tuned = step.train(
                config=train,
                launch=launch,
                model=model,
                seed=seed,
                packs=packs.output,
                variant=variant,
                table=table,
            )
            place(tuned, HOST, "Train").set_caching_options(False)
            scores = step.evaluate(
                config=evaluate,
                launch=launch,
                cluster="",
                model=model,
                checkpoint=tuned.output,
                **own,
            )
            place(scores, HOST, "Evaluate the held-out clusters")
        page = step.compare(
            config=compare,
            variants=variants,
            table=table,
            rows=rows.output,
            mixture=dsl.Collected(mixture.output),
            packs=dsl.Collected(packs.output),
            checkpoint=dsl.Collected(tuned.output),
            scores=dsl.Collected(scores.outputs["scores"]),
        )
        place(page, SMALL, "Compare the variants")
        return Outputs(
            html=page.outputs["html"],
            summary=page.outputs["summary"],
            metrics=page.outputs["metrics"],
        )

    made: Callable[..., Any] = run
    return made
