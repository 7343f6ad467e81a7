"""The main job: the FLAN method with some clusters held out, as one Kubeflow pipeline.

     fetch ──▶ render ──▶ mix ──▶ pack ──▶ train ──┬─▶ evaluate nli ────────┬─▶ report ──▶ promote
                 │                                 ├─▶ evaluate sentiment ──┤
                 └────────── prompts ──────────────┴─▶ …                    ┘

Promote always runs and always says what it decided: every model is judged, few become champion. A
champion is named by ``promote.name``; models of other held-out clusters want another name.

One function: compiled for a cluster, executed on a laptop; there is no other way to run it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from kfp import dsl

import components as step
from components.images import TRAIN
from pipelines.resources import HOST, SMALL, WIDE, place

MADE_BY = ("held_out", "model", "seed", "fetch", "render", "mix", "pack", "train", "evaluate")
"""The parameters that make a model what it is; of the same data, these make the same model."""


class Outputs(NamedTuple):
    """A page for people: the report, its summary, the numbers to compare."""

    html: dsl.HTML
    summary: dsl.Markdown
    metrics: dsl.Metrics


class Made(NamedTuple):
    """What a model's pipeline leaves for people: its page, and the decision with every reason."""

    html: dsl.HTML
    summary: dsl.Markdown
    metrics: dsl.Metrics
    decision: dsl.Artifact
    reasons: dsl.Markdown


def tune(rows: Any, held_out: Any, axes: Mapping[str, Any], **settings: Any) -> Made:
    """Add the steps after fetch to the pipeline that is being built, and return what they make.

    Args:
        rows: What fetch wrote.
        held_out: Clusters that the model must never see; each is evaluated.
        axes: The model and the seed; ``scheduled`` where a schedule waits for the end.
        settings: Settings by step, and of the launch.
    """
    model, seed, launch = axes["model"], axes["seed"], settings["launch"]
    prompts = step.render(config=settings["render"], rows=rows)
    place(prompts, WIDE, "Render prompts")
    mixture = step.mix(config=settings["mix"], held_out=held_out, seed=seed, prompts=prompts.output)
    place(mixture, SMALL, "Mix tasks")
    packs = step.pack(
        config=settings["pack"],
        tokenizer=model,
        seed=seed,
        prompts=prompts.output,
        mixture=mixture.output,
    )
    place(packs, WIDE, "Tokenise and pack")
    tuned = step.train(
        config=settings["train"], launch=launch, model=model, seed=seed, packs=packs.output
    )
    place(tuned, HOST, "Train").set_caching_options(False)
    with dsl.ParallelFor(held_out, name="held-out-clusters") as cluster:
        scores = step.evaluate(
            config=settings["evaluate"],
            launch=launch,
            cluster=cluster,
            model=model,
            seed=seed,
            prompts=prompts.output,
            checkpoint=tuned.output,
        )
        place(scores, HOST, "Evaluate a held-out cluster")
    page = step.report(
        config=settings["report"],
        rows=rows,
        mixture=mixture.output,
        packs=packs.output,
        checkpoint=tuned.output,
        scores=dsl.Collected(scores.outputs["scores"]),
    )
    place(page, SMALL, "Report")
    judged = step.promote(
        config=settings["promote"],
        rows=rows,
        mixture=mixture.output,
        checkpoint=tuned.output,
        scores=dsl.Collected(scores.outputs["scores"]),
        scheduled=axes.get("scheduled", False),
        **asked(held_out, axes, settings),
    ).after(page)
    place(judged, SMALL, "Promote").set_caching_options(False)
    return Made(**page.outputs, **judged.outputs)


def asked(held_out: Any, axes: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a model is made by, and the image that trains it, as promote and decide want."""
    every = {"held_out": held_out, **axes, **settings}
    return {"image": TRAIN, **{name: every[name] for name in MADE_BY}}


@dsl.pipeline(
    name="flan",
    description="Instruction-tune a model on many tasks and measure it on the clusters held out.",
    display_name="FLAN: instruction tuning with held-out clusters",
)
def flan(
    held_out: list = ["nli"],
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
    report: dict = {},
    promote: dict = {},
) -> Made:
    """Fetch, render, mix, pack, train, evaluate each held-out cluster, report, promote.

    Args:
        held_out: Clusters that the model must never see; each is evaluated.
        source: Where rows come from: samples, hub, or s3://bucket/prefix.
        model: tiny, or a folder or hub id of a decoder-only model with safetensors.
        seed: Seed of everything that is drawn.
        fetch: Settings of fetch (flan_core.config.Fetch).
        render: Settings of render (flan_core.config.Render).
        mix: Settings of mix (flan_core.config.Mix).
        pack: Settings of pack (flan_core.config.Pack).
        train: Settings of train (flan_core.config.Train).
        evaluate: Settings of evaluate (flan_core.config.Evaluate).
        launch: Where and how train and evaluate run (flan_core.config.Launch).
        report: Settings of report (flan_core.config.Report).
        promote: Settings of promote (flan_core.config.Promote): the registry and the gate.
    """
    rows = step.fetch(config=fetch, source=source, seed=seed)
    place(rows, SMALL, "Fetch rows")
    return tune(
        rows.output,
        held_out,
        {"model": model, "seed": seed},
        fetch=fetch,
        render=render,
        mix=mix,
        pack=pack,
        train=train,
        evaluate=evaluate,
        launch=launch,
        report=report,
        promote=promote,
    )
