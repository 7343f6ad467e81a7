"""Retrain: make a challenger when something is new, and let it face the champion.

     fetch ──▶ decide ─┬─ skip    data, code and settings are those of the champion
                       └─ run ──▶ render ──▶ … ──▶ evaluate ──▶ report ──▶ promote

Meant for a schedule. The challenger is a pipeline of its own within a condition: what it collects
over clusters is then collected where it was made, which KFP needs.
"""

from kfp import dsl

import components as step
from pipelines.flan import Made, asked, tune
from pipelines.resources import SMALL, place


@dsl.pipeline(
    name="challenger",
    description="Everything after fetch, and promotion: a model that may become champion.",
)
def challenger(
    rows: dsl.Input[dsl.Dataset],
    held_out: list,
    model: str,
    seed: int,
    fetch: dict,
    render: dict,
    mix: dict,
    pack: dict,
    train: dict,
    evaluate: dict,
    launch: dict,
    report: dict,
    promote: dict,
) -> Made:
    """Render, mix, pack, train, evaluate, report, promote."""
    return tune(
        rows,
        held_out,
        {"model": model, "seed": seed, "scheduled": True},
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


@dsl.pipeline(
    name="retrain",
    description="If data, code or settings are new, make a challenger; promote it if it is good.",
    display_name="FLAN: retrain and promote",
)
def retrain(
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
) -> None:
    """Fetch and decide; if something is new: make a challenger, report it, promote it.

    Args:
        held_out: Clusters that the model must never see; each is evaluated.
        source: Where rows come from: samples, hub, or s3://bucket/prefix; resolved anew each time.
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
    place(rows, SMALL, "Fetch rows").set_caching_options(False)
    settings = {
        "fetch": fetch,
        "render": render,
        "mix": mix,
        "pack": pack,
        "train": train,
        "evaluate": evaluate,
    }
    own = asked(held_out, {"model": model, "seed": seed}, settings)
    news = step.decide(config=promote, rows=rows.output, **own)
    place(news, SMALL, "Decide whether anything is new").set_caching_options(False)
    with dsl.If(news.output == "run", name="something-is-new"):
        challenger(
            rows=rows.output,
            held_out=held_out,
            model=model,
            seed=seed,
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
