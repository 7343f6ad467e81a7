"""Fetch: a source's rows, untouched, with where they came from."""

from kfp import dsl

from components.images import DATA


@dsl.component(base_image=DATA, install_kfp_package=False)
def fetch(config: dict, source: str, seed: int, rows: dsl.Output[dsl.Dataset]) -> None:
    """Write the rows of every chosen task that the source has.

    Args:
        config: Settings of fetch, as in flan_core.config.Fetch.
        source: samples, hub, a folder, or s3://bucket/prefix.
        seed: Seed of the order of rows.
        rows: One Parquet file a task and split, and rows.json.
    """
    from flan_core.fetch import fetch
    from flan_core.step import run

    run(fetch, {"source": source, "seed": seed, **config}, rows=rows)
