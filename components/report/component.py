"""Report: everything that the run made, on one page."""

from kfp import dsl

from components.images import DATA


@dsl.component(base_image=DATA, install_kfp_package=False)
def report(
    config: dict,
    rows: dsl.Input[dsl.Dataset],
    mixture: dsl.Input[dsl.Dataset],
    packs: dsl.Input[dsl.Dataset],
    checkpoint: dsl.Input[dsl.Model],
    scores: dsl.Input[list[dsl.Dataset]],
    html: dsl.Output[dsl.HTML],
    summary: dsl.Output[dsl.Markdown],
    metrics: dsl.Output[dsl.Metrics],
) -> None:
    """Write the report, its summary and the numbers that runs are compared by.

    Args:
        config: Settings of report, as in flan_core.config.Report.
        rows: What fetch wrote.
        mixture: What mix wrote.
        packs: What pack wrote.
        checkpoint: What train wrote.
        scores: What evaluate wrote, one for each cluster.
        html: The report, one file that needs no network.
        summary: The same in a page of Markdown.
        metrics: Cluster means and other numbers.
    """
    from flan_core.report import report
    from flan_core.step import run

    run(
        report,
        config,
        rows=rows,
        mixture=mixture,
        packs=packs,
        checkpoint=checkpoint,
        scores=scores,
        html=html,
        summary=summary,
        metrics=metrics,
    )
