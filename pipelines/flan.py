"""The main job: the FLAN method with some clusters held out, as one Kubeflow pipeline.

     fetch ──▶ render ──▶ mix ──▶ pack ──▶ train ──┬─▶ evaluate nli ────────┬─▶ report
                 │                                 ├─▶ evaluate sentiment ──┤
                 └────────── prompts ──────────────┴─▶ …                    ┘

One function: compiled for a cluster, executed on a laptop; there is no other way to run it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from kfp import dsl

import components as step
from pipelines.resources import HOST, SMALL, WIDE, place


class Outputs(NamedTuple):
    """What the pipeline leaves for people: the report, its summary, the numbers to compare."""

    html: dsl.HTML
    summary: dsl.Markdown
    metrics: dsl.Metrics


class Made(NamedTuple):
    """What the steps after fetch make: artifacts for promotion, and the page for people."""

    mixture: Any
    checkpoint: Any
    scores: Any
    page: Outputs


def tune(rows: Any, held_out: Any, axes: Mapping[str, Any], **settings: Any) -> Made:
    """Add the steps after fetch to the pipeline that is being built, and return what they make.

    Args:
        rows: What fetch wrote.
        held_out: Clusters that the model must never see; each is evaluated.
        axes: The model and the seed.
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
        scores=dsl.Collected(scores.output),
    )
    place(page, SMALL, "Report")
    return Made(mixture.output, tuned.output, dsl.Collected(scores.output), Outputs(**page.outputs))


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
) -> Outputs:
    """Fetch, render, mix, pack, train, evaluate each held-out cluster, report.

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
    """
    rows = step.fetch(config=fetch, source=source, seed=seed)
    place(rows, SMALL, "Fetch rows")
    made = tune(
        rows.output,
        held_out,
        {"model": model, "seed": seed},
        render=render,
        mix=mix,
        pack=pack,
        train=train,
        evaluate=evaluate,
        launch=launch,
        report=report,
    )
    return made.page
