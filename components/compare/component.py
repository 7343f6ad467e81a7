"""Compare: every variant of an experiment, on one page."""

from kfp import dsl

from components.images import DATA


@dsl.component(base_image=DATA, install_kfp_package=False)
def compare(
    config: dict,
    variants: list,
    table: dict,
    rows: dsl.Input[dsl.Dataset],
    mixture: dsl.Input[list[dsl.Dataset]],
    packs: dsl.Input[list[dsl.Dataset]],
    checkpoint: dsl.Input[list[dsl.Model]],
    scores: dsl.Input[list[dsl.Dataset]],
    html: dsl.Output[dsl.HTML],
    summary: dsl.Output[dsl.Markdown],
    metrics: dsl.Output[dsl.Metrics],
) -> None:
    """Write the experiment's report, its summary and its numbers.

    Args:
        config: Settings of compare, as in flan_core.config.Compare.
        variants: Names of the variants, in the order of the lists.
        table: Settings that differ, by variant and step.
        rows: What fetch wrote.
        mixture: What mix wrote, one for each variant.
        packs: What pack wrote, one for each variant.
        checkpoint: What train wrote, one for each variant.
        scores: What evaluate wrote, one for each variant.
        html: The report, one file that needs no network.
        summary: The same in a page of Markdown.
        metrics: Cluster means of every variant.
    """
    from flan_core.report.compare import compare
    from flan_core.step import run

    run(
        compare,
        {"variants": variants, "table": table, **config},
        rows=rows,
        mixture=mixture,
        packs=packs,
        checkpoint=checkpoint,
        scores=scores,
        html=html,
        summary=summary,
        metrics=metrics,
    )
