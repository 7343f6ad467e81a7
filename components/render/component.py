"""Render: rows to prompts."""

from kfp import dsl

from components.images import DATA


@dsl.component(base_image=DATA, install_kfp_package=False)
def render(config: dict, rows: dsl.Input[dsl.Dataset], prompts: dsl.Output[dsl.Dataset]) -> None:
    """Read every row into the fields, options and answer that its templates need.

    Args:
        config: Settings of render, as in flan_core.config.Render.
        rows: What fetch wrote.
        prompts: One Parquet file a task and split, and what was dropped and why.
    """
    from flan_core.render import render
    from flan_core.step import run

    run(render, config, rows=rows, prompts=prompts)
