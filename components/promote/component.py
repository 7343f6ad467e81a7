"""Promote: the challenger becomes champion if nothing speaks against it."""

from kfp import dsl

from components.images import DATA


@dsl.component(base_image=DATA, install_kfp_package=False)
def promote(
    config: dict,
    rows: dsl.Input[dsl.Dataset],
    mixture: dsl.Input[dsl.Dataset],
    checkpoint: dsl.Input[dsl.Model],
    scores: dsl.Input[list[dsl.Dataset]],
    decision: dsl.Output[dsl.Artifact],
) -> None:
    """Judge the challenger against the champion and write down every reason.

    Args:
        config: Settings of promote, as in flan_core.config.Promote.
        rows: What fetch wrote.
        mixture: What mix wrote.
        checkpoint: What train wrote.
        scores: What evaluate wrote, one for each cluster.
        decision: Whether it was promoted, and each check with its reason.
    """
    from flan_core.promote import promote
    from flan_core.step import run

    run(
        promote,
        config,
        rows=rows,
        mixture=mixture,
        checkpoint=checkpoint,
        scores=scores,
        decision=decision,
    )
