"""Ablations: each changes what it is named for, holds the same clusters out, measures once."""

from collections.abc import Iterable
from itertools import pairwise

import pytest

from flan_core.datasets import catalogue, left_out
from flan_core.errors import BadInput
from pipelines.ablations import ABLATIONS, HELD_OUT, Choice, ablation_of
from pipelines.job import Order, Run, job_of, runs_of
from pipelines.preflight import check


def runs(which: str, **choice) -> list[Run]:
    parameters = job_of(Order(name="ablations", which=which, **choice)).parameters
    check(parameters)
    return runs_of(parameters)


def clusters_of(tasks: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(catalogue()[task].cluster for task in tasks))


@pytest.mark.parametrize("which", [name for name in ABLATIONS if name != "soft-prompts"])
def test_every_variant_holds_out_and_is_asked_the_same_clusters(which: str):
    for run in runs(which):
        assert run.mix.held_out == run.evaluated
        assert set(run.evaluated) >= {"nli", "closed_book_qa"}


@pytest.mark.parametrize("which", ["clusters", "shots", "modes", "templates", "datasets"])
def test_one_model_alone_is_measured_before_tuning_where_all_start_from_it(which: str):
    assert [run.evaluate.untuned for run in runs(which)].count(True) == 1


def test_clusters_join_training_one_by_one_in_the_papers_order():
    grown = [run.mix.tasks for run in runs("clusters")]

    assert grown[0] == ("summarization",)
    assert grown[-1] == (
        "summarization", "translation", "reading_comprehension", "sentiment", "struct_to_text",
        "coreference", "coqa", "quac",
    )  # fmt: skip
    assert all(more[: len(less)] == less for less, more in pairwise(grown))


def test_what_is_held_out_does_not_count_as_a_cluster_in_training():
    names = [run.mix.tasks for run in runs("clusters", held_out=("sentiment", "translation"))]

    assert len(names) == 5
    assert names[1] == ("summarization", "reading_comprehension")


def test_datasets_are_counted_a_cluster_and_only_those_that_are_there():
    there = ("xsum", "cnn_dailymail", "sst2", "rte", "coqa")
    one, *_, four = runs("datasets", there=there)

    assert one.mix.tasks == ("cnn_dailymail", "sst2", "coqa")
    assert four.mix.tasks == ("cnn_dailymail", "xsum", "sst2", "coqa")
    sizes = [len(clusters_of(run.mix.tasks)) for run in runs("datasets")]
    assert sizes == [7, 7, 7, 7]


def test_templates_and_shots_vary_what_they_are_named_for():
    assert [run.mix.templates for run in runs("templates")] == [1, 2, 4, 7, 10]
    assert [run.mix.few_shot for run in runs("shots")] == [0.0, 0.5, 1.0]
    assert {run.evaluate.shots for run in runs("shots")} == {(0, 5)}


def test_modes_are_trained_and_asked_as_in_the_papers_table_3():
    found = [(run.mix.mode, run.evaluate.mode) for run in runs("modes")]

    assert found == [("natural", "natural"), ("none", "natural"), ("name", "natural+name")]


def test_each_size_is_tuned_with_its_own_tokenizer_and_compared_with_itself():
    models = ("tiny", "tiny-qwen3")
    found = runs("sizes", models=models)

    for run, model in zip(found, models, strict=True):
        assert (run.train.model, run.pack.tokenizer, run.evaluate.model) == (model,) * 3
        assert run.evaluate.untuned
    assert min(ablation_of("sizes")(Choice(models=models)).at.values()) > 0


def test_models_of_one_name_are_told_apart_by_their_folders():
    table = ablation_of("soft-prompts")(Choice(models=("a/checkpoint", "b/checkpoint"))).table

    assert [name for name in table if name.startswith("rte")] == [
        "rte, a/checkpoint, 32 rows",
        "rte, a/checkpoint, all rows",
        "rte, b/checkpoint, 32 rows",
        "rte, b/checkpoint, all rows",
    ]


def test_a_soft_prompt_learns_the_task_that_it_is_asked():
    for run in runs("soft-prompts", held_out=("nli",)):
        (task,) = run.mix.tasks

        assert run.train.soft_prompt_tokens == 10
        assert run.evaluated == (catalogue()[task].cluster,)
        assert run.evaluate.tasks == (task,)
        assert catalogue()[task].cluster not in left_out(run.mix.held_out)


def test_a_soft_prompts_model_is_asked_without_it_once_a_task():
    experiment = ablation_of("soft-prompts")(Choice(held_out=("coreference",)))

    asked = {name: steps["evaluate"]["untuned"] for name, steps in experiment.table.items()}
    assert asked == {"wsc, tiny, 32 rows": True, "wsc, tiny, all rows": False}
    assert experiment.lines == {
        "wsc, tiny, 32 rows": "tiny, 32 rows",
        "wsc, tiny, all rows": "tiny, all rows",
    }


def test_clusters_without_a_task_of_superglue_take_no_soft_prompt():
    with pytest.raises(BadInput, match="sentiment has no task of SuperGLUE"):
        ablation_of("soft-prompts")(Choice(held_out=("sentiment",)))


def test_the_axis_places_every_variant_or_none():
    for make in ABLATIONS.values():
        experiment = make(Choice(held_out=HELD_OUT))

        assert set(experiment.at) == (set(experiment.table) if experiment.axis else set())


def test_an_ablation_must_be_named():
    with pytest.raises(BadInput, match="say which ablation with --which; there are clusters"):
        job_of(Order(name="ablations"))
    with pytest.raises(BadInput, match="unknown ablation 'template'; did you mean templates"):
        ablation_of("template")
