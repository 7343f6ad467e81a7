"""Train: packs to a tuned model, by torchrun on whatever the launch settings name."""

from kfp import dsl

from components.images import TRAIN


@dsl.component(base_image=TRAIN, install_kfp_package=False)
def train(
    config: dict,
    launch: dict,
    model: str,
    seed: int,
    packs: dsl.Input[dsl.Dataset],
    checkpoint: dsl.Output[dsl.Model],
    variant: str = "",
    table: dict = {},
) -> None:
    """Fine-tune a decoder-only model on the packs.

    Args:
        config: Settings of train, as in flan_core.config.Train.
        launch: Settings of launch, as in flan_core.config.Launch.
        model: tiny is made from a config; else a folder or a hub id with safetensors.
        seed: Seed of made weights and of dropout.
        packs: What pack wrote.
        checkpoint: A Hugging Face folder, and steps.jsonl with a line a step.
        variant: The variant of the experiment that this is; empty outside of one.
        table: Settings that differ, by variant and step.
    """
    from flan_core.launch import train
    from flan_core.step import run

    run(
        train,
        {"train": {"model": model, "seed": seed, **config}, "launch": launch},
        table=table,
        variant=variant,
        packs=packs,
        checkpoint=checkpoint,
    )
