"""Pack: draws to rows of tokens."""

from kfp import dsl

from components.images import DATA


@dsl.component(base_image=DATA, install_kfp_package=False)
def pack(
    config: dict,
    tokenizer: str,
    seed: int,
    prompts: dsl.Input[dsl.Dataset],
    mixture: dsl.Input[dsl.Dataset],
    packs: dsl.Output[dsl.Dataset],
    variant: str = "",
    table: dict = {},
) -> None:
    """Draw, tokenise and pack until the steps are full.

    Args:
        config: Settings of pack, as in flan_core.config.Pack.
        tokenizer: tiny trains one on the prompts; else a folder or a hub id.
        seed: Seed of the order of packs.
        prompts: What render wrote.
        mixture: What mix wrote.
        packs: Memory-mapped tokens, segments and loss, with checksums and counts.
        variant: The variant of the experiment that this is; empty outside of one.
        table: Settings that differ, by variant and step.
    """
    from flan_core.pack import pack
    from flan_core.step import run

    run(
        pack,
        {"tokenizer": tokenizer, "seed": seed, **config},
        table=table,
        variant=variant,
        prompts=prompts,
        mixture=mixture,
        packs=packs,
    )
