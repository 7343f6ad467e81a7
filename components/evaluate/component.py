"""Evaluate: ask the tuned model, and the model before tuning, about one held-out cluster."""

from kfp import dsl

from components.images import TRAIN


@dsl.component(base_image=TRAIN, install_kfp_package=False)
def evaluate(
    config: dict,
    launch: dict,
    cluster: str,
    model: str,
    seed: int,
    prompts: dsl.Input[dsl.Dataset],
    checkpoint: dsl.Input[dsl.Model],
    scores: dsl.Output[dsl.Dataset],
    confusion: dsl.Output[dsl.ClassificationMetrics],
    variant: str = "",
    table: dict = {},
) -> None:
    """Score every normal template of every task of the cluster.

    Args:
        config: Settings of evaluate, as in flan_core.config.Evaluate.
        launch: Settings of launch, as in flan_core.config.Launch.
        cluster: The held-out cluster.
        model: The model before tuning, measured the same way.
        seed: Seed of exemplars, samples of rows and resampling.
        prompts: What render wrote.
        checkpoint: What train wrote.
        scores: scores.json and every prediction.
        confusion: What was said for each true answer, all tasks with fixed options in one matrix.
        variant: The variant of the experiment that this is; empty outside of one.
        table: Settings that differ, by variant and step.
    """
    from flan_core.launch import evaluate
    from flan_core.step import run

    run(
        evaluate,
        {
            "evaluate": {"cluster": cluster, "model": model, "seed": seed, **config},
            "launch": launch,
        },
        table=table,
        variant=variant,
        prompts=prompts,
        checkpoint=checkpoint,
        scores=scores,
        confusion=confusion,
    )
