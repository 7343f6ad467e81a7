"""The report of an experiment: clusters side by side, or variants, never mixed up."""

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from flan_core import scores as held_out_scores
from flan_core.config import Compare
from flan_core.errors import BadInput
from flan_core.report.compare import compare
from flan_core.report.document import read_document
from flan_core.schemas import write_json
from flan_core.scores import Scores, hole
from tests.flan_core import made

ROWS = {"tasks": {"rte": {"repository": "aps/super_glue", "invented": False, "splits": {}}}}
PART = {"task": "copa", "cluster": "commonsense", "num_rows": 90, "max_rows": 60, "share": 1.0}
FILES = ("mixture", "packs", "checkpoint", "scores")


def scores_of(cluster: str, tuned: float, untuned: float | None = None) -> Scores:
    """Scores of one cluster with one task: the tuned mean, and the untuned one if it was asked."""
    asked = made.task(
        made.result(tuned - 1, tuned + 1), made.result(untuned or 0.0, untuned or 0.0)
    )
    found = made.scores(asked, cluster=cluster)
    if untuned is None:
        del asked.results["untuned/0"], found.mean["untuned/0"]
        asked.comparison.clear()
    return found


class Experiment:
    """The folders of an experiment's variants, made by hand, and the report of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: list[str] = []
        write_json(folder / "rows/rows.json", "rows/1", ROWS)

    def add(self, name: str, *found: Scores, steps: int = 5) -> None:
        place = self.folder / str(len(self.names))
        self.names.append(name)
        write_json(
            place / "mixture/mixture.json",
            "mixture/1",
            {"held_out": ["nli"], "left_out": ["nli", "paraphrase"], "tasks": [PART]},
        )
        write_json(place / "packs/packs.json", "packs/1", {"num_tokens": 1_234})
        about = {"model": "tiny", "final_loss": 1.5, "settings": {"warmup_steps": steps}}
        write_json(place / "checkpoint/checkpoint.json", "checkpoint/1", about)
        for one in found:
            inside = place / "scores" / (one.cluster if len(found) > 1 else "")
            held_out_scores.write(inside, one)

    def report(self, **settings) -> str:
        compare(
            Compare(variants=tuple(self.names), **settings),
            rows=self.folder / "rows",
            **{f: [self.folder / str(n) / f for n in range(len(self.names))] for f in FILES},
            html=self.folder / "report.html",
            summary=self.folder / "summary.md",
            metrics=self.folder / "metrics.json",
        )
        page = (self.folder / "report.html").read_text(encoding="utf-8")
        body = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())

    @property
    def numbers(self) -> dict[str, float]:
        return json.loads((self.folder / "metrics.json").read_text())


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    return Experiment(tmp_path)


def test_clusters_stand_side_by_side_with_the_papers_figures(experiment: Experiment):
    experiment.add(
        "nli+paraphrase", scores_of("nli", 61.0, 51.0), scores_of("paraphrase", 70.0, 40.0)
    )

    text = experiment.report(experiment="leave-one-cluster-out")

    for words in (
        "Tuning helped on 2 of 2 clusters, clearly on 2; on 0 it clearly hurt.",
        "RTE accuracy 73.3 63.5 72.9 78.3 79.9 51.0 61.0 ± 1.5 59.0 – 63.0 62.0 +10.0",
        "nli+paraphrase Natural language inference and Paraphrase 1 60 1,234 1.500",
    ):
        assert words in text
    assert experiment.numbers["nli_tuned"] == 61.0
    assert experiment.numbers["paraphrase_difference"] == 30.0


def test_a_difference_without_an_interval_is_not_clear(experiment: Experiment):
    found = scores_of("nli", 61.0, 51.0)
    paired = {"0": replace(found.comparison["0"], interval=(10.0, 10.0))}
    experiment.add("nli", replace(found, comparison=paired))

    assert "Tuning helped on 1 of 1 clusters, clearly on 0; on 0" in experiment.report()


def test_variants_are_a_table_with_the_model_before_tuning_first_and_the_paper_last(
    experiment: Experiment,
):
    experiment.add("1 cluster", scores_of("nli", 50.0, 40.0), scores_of("sentiment", 60.0, 50.0))
    experiment.add("2 clusters", scores_of("nli", 54.0), scores_of("sentiment", 66.0))

    text = experiment.report(
        experiment="ablation-clusters", axis="clusters", at={"1 cluster": 1, "2 clusters": 2}
    )

    assert (
        "From 1 cluster to 2 clusters, the mean over the clusters goes from 55.0 to 60.0: "
        "+5.0 (+3.0 to +7.0)."
    ) in text
    table = [
        "untuned 40.0 38.0 – 42.0 50.0 48.0 – 52.0 45.0 43.6 – 46.4",
        "1 cluster 50.0 48.0 – 52.0 60.0 58.0 – 62.0 55.0 53.6 – 56.4",
        "2 clusters 54.0 52.0 – 56.0 66.0 64.0 – 68.0 60.0 58.6 – 61.4",
        "The paper, on the clusters that it held out FLAN 137B, 1 in training – – 49.9",
    ]
    assert " ".join(table) in text
    assert experiment.numbers == {
        "untuned_nli": 40.0, "untuned_sentiment": 50.0, "untuned_mean": 45.0,
        "1_cluster_nli": 50.0, "1_cluster_sentiment": 60.0, "1_cluster_mean": 55.0,
        "2_clusters_nli": 54.0, "2_clusters_sentiment": 66.0, "2_clusters_mean": 60.0,
    }  # fmt: skip
    assert "| 2 clusters | 54.0 | 66.0 | 60.0 |" in (experiment.folder / "summary.md").read_text()
    clusters = read_document(experiment.folder)["clusters"]
    assert {name: column["title"] for name, column in clusters.items()} == {
        "nli": "Natural language inference", "sentiment": "Sentiment", "all": "Mean",
    }  # fmt: skip
    assert clusters["nli"]["mean"]["2 clusters/0"] == {"mean": 54.0, "interval": [52.0, 56.0]}


def test_variants_of_single_tasks_fill_a_line_together(experiment: Experiment):
    """Figure 10: a line a model, a column a task; tasks of the cluster not asked for are left."""
    models = {"rte, tiny, 32 rows": ("rte", 50.0, 40.0), "cb, tiny, 32 rows": ("cb", 60.0, 44.0)}
    table = {}
    for name, (task, tuned, untuned) in models.items():
        found = scores_of("nli", tuned, untuned)
        other = replace(found, tasks={task: found.tasks["rte"], "wnli": found.tasks["rte"]})
        experiment.add(name, other)
        table[name] = {"evaluate": {"tasks": [task], "model": "a/tiny", "cluster": "nli"}}

    text = experiment.report(
        experiment="ablation-soft-prompts",
        table=table,
        lines=dict.fromkeys(models, "tiny, 32 rows"),
    )

    assert (
        "RTE CB Mean untuned 40.0 38.0 – 42.0 44.0 42.0 – 46.0 42.0 40.6 – 43.4 "
        "tiny, 32 rows 50.0 48.0 – 52.0 60.0 58.0 – 62.0 55.0 53.6 – 56.4 The paper"
    ) in text


def test_a_failed_cluster_is_a_hole_and_takes_no_part_in_a_mean(experiment: Experiment):
    experiment.add("a", scores_of("nli", 50.0), scores_of("sentiment", 60.0))
    experiment.add("b", scores_of("nli", 54.0), hole("sentiment", "Sentiment", "no memory", {}))

    text = experiment.report()

    assert "Sentiment has no scores. Its evaluation failed: no memory" in text
    assert "b 54.0 52.0 – 56.0 – –" in text


def test_a_few_shot_mean_names_the_tasks_that_have_no_part_in_it(experiment: Experiment):
    for name in ("few", "many"):
        one = scores_of("coreference", 60.0, 50.0)
        mean = replace(one.mean["tuned/0"], without=("wsc273",))
        experiment.add(name, replace(one, mean={**one.mean, "tuned/5": mean}))

    page = experiment.report()

    note = "tuned, 5 exemplars: a mean without wsc273, for want of train rows"
    assert page.count(note) == 1
    assert (experiment.folder / "summary.md").read_text().count(note) == 1


def test_invented_rows_are_said_first(experiment: Experiment):
    rows = {"tasks": {"rte": {**ROWS["tasks"]["rte"], "invented": True}}}
    write_json(experiment.folder / "rows/rows.json", "rows/1", rows)
    experiment.add("a", scores_of("nli", 50.0))

    text = experiment.report()

    assert text.index("These rows are invented: the numbers mean nothing.") < text.index("50.0")


def test_files_of_another_variant_are_refused(experiment: Experiment):
    experiment.add("a", scores_of("nli", 50.0), steps=5)
    experiment.add("b", scores_of("nli", 54.0), steps=5)
    table = {"a": {"train": {"warmup_steps": 5}}, "b": {"train": {"warmup_steps": 9}}}

    with pytest.raises(BadInput, match=r"variant 'b': train.warmup_steps is 5 in its files, not 9"):
        experiment.report(table=table)


def test_a_variant_without_files_is_refused(experiment: Experiment):
    experiment.add("a", scores_of("nli", 50.0))
    experiment.names.append("b")
    (experiment.folder / "1").mkdir()

    with pytest.raises(BadInput, match=r"has no scores\.json; run evaluate first"):
        experiment.report()
