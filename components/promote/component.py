"""Promote: the challenger becomes champion if nothing speaks against it."""

from kfp import dsl

from components.images import DATA


@dsl.component(base_image=DATA, install_kfp_package=False)
def promote(
    config: dict,
    image: str,
    held_out: list,
    model: str,
    seed: int,
    fetch: dict,
    render: dict,
    mix: dict,
    pack: dict,
    train: dict,
    evaluate: dict,
    rows: dsl.Input[dsl.Dataset],
    mixture: dsl.Input[dsl.Dataset],
    checkpoint: dsl.Input[dsl.Model],
    scores: dsl.Input[list[dsl.Dataset]],
    decision: dsl.Output[dsl.Artifact],
    reasons: dsl.Output[dsl.Markdown],
    scheduled: bool = False,
) -> None:
    """Judge the challenger against the champion and write down every reason.

    Args:
        config: Settings of promote, as in flan_core.config.Promote.
        image: The image that training ran in.
        held_out: Clusters that the model must never see.
        model: The model before tuning.
        seed: Seed of everything that is drawn.
        fetch: Settings of fetch.
        render: Settings of render.
        mix: Settings of mix.
        pack: Settings of pack.
        train: Settings of train.
        evaluate: Settings of evaluate.
        rows: What fetch wrote.
        mixture: What mix wrote.
        checkpoint: What train wrote.
        scores: What evaluate wrote, one for each cluster.
        decision: Whether it was promoted, and each check with its reason.
        reasons: The same in a page of Markdown.
        scheduled: Whether this is the end of a scheduled run.
    """
    from flan_core.promote import promote
    from flan_core.step import run

    run(
        promote,
        {
            "image": image,
            "scheduled": scheduled,
            "settings": {
                "held_out": held_out,
                "model": model,
                "seed": seed,
                "fetch": fetch,
                "render": render,
                "mix": mix,
                "pack": pack,
                "train": train,
                "evaluate": evaluate,
            },
            **config,
        },
        rows=rows,
        mixture=mixture,
        checkpoint=checkpoint,
        scores=scores,
        decision=decision,
        reasons=reasons,
    )
