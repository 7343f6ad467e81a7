"""Mix: which tasks are trained on, in which shares."""

from kfp import dsl

from components.images import DATA


@dsl.component(base_image=DATA, install_kfp_package=False)
def mix(
    config: dict,
    held_out: list,
    seed: int,
    prompts: dsl.Input[dsl.Dataset],
    mixture: dsl.Output[dsl.Dataset],
    variant: str = "",
    table: dict = {},
) -> None:
    """Write the index of the training mixture, without the held-out clusters and their kin.

    Args:
        config: Settings of mix, as in flan_core.config.Mix.
        held_out: Clusters that the model must never see.
        seed: Seed of the draws.
        prompts: What render wrote.
        mixture: Rates, caps and seeds; a draw is a function of it and a number.
        variant: The variant of the experiment that this is; empty outside of one.
        table: Settings that differ, by variant and step.
    """
    from flan_core.mix import mix
    from flan_core.step import run

    run(
        mix,
        {"held_out": held_out, "seed": seed, **config},
        table=table,
        variant=variant,
        prompts=prompts,
        mixture=mixture,
    )
