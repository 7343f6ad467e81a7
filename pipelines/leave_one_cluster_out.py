"""The paper's main experiment: leave one cluster out, tune on the rest, ask about the one left out.

     evaluated               leaves with it                  model
     nli                     paraphrase                  ┐
     paraphrase              nli                         ┴   nli+paraphrase
     sentiment                                               sentiment
     …

Clusters that leave the same set behind share a model: nine models for the paper's ten clusters.
Paper sections 2.2 and 4.1, figure 5.
"""

from collections.abc import Iterable

from flan_core.datasets import left_out
from pipelines.experiment import Experiment, Variant, asked

EVALUATED = (
    "nli",
    "reading_comprehension",
    "closed_book_qa",
    "commonsense",
    "coreference",
    "translation",
    "struct_to_text",
    "sentiment",
    "paraphrase",
    "reading_comprehension_with_commonsense",
)
"""The clusters that the paper evaluates, in the order of its tables."""


def leave_one_cluster_out(evaluated: Iterable[str] = EVALUATED) -> Experiment:
    """Return the experiment that evaluates these clusters, each by a model that never saw it.

    Raises:
        BadInput: a cluster is unknown.
    """
    models: dict[frozenset[str], list[str]] = {}
    for cluster in dict.fromkeys(evaluated):
        models.setdefault(left_out([cluster]), []).append(cluster)
    table: dict[str, Variant] = {"+".join(names): asked(names) for names in models.values()}
    return Experiment(
        name="leave-one-cluster-out",
        about="For each cluster: tune without it and its kin, then ask about it.",
        table=table,
    )
