"""Decide: whether anything is new since the champion was made."""

from kfp import dsl

from components.images import DATA


@dsl.component(base_image=DATA, install_kfp_package=False)
def decide(
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
) -> str:
    """Compare data, code and settings with those of the champion.

    Returns run, or skip where nothing is new. It is the return value, because KFP's local runner
    takes a condition on an output of any other name for false, without an error.

    Args:
        config: Settings of promote, as in flan_core.config.Promote.
        image: The image that training runs in.
        held_out: Clusters that the model must never see.
        model: The model before tuning.
        seed: Seed of everything that is drawn.
        fetch: Settings of fetch.
        render: Settings of render.
        mix: Settings of mix.
        pack: Settings of pack.
        train: Settings of train.
        evaluate: Settings of evaluate.
        rows: What fetch wrote, just now.
    """
    from flan_core.promote.decide import decide
    from flan_core.step import run

    return run(
        decide,
        {
            "image": image,
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
    )
