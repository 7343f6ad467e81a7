"""Our tasks in lm-evaluation-harness: the files, and the same accuracy from the outside judge."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from flan_core import scores as s
from flan_core.config import Evaluate, Render
from flan_core.datasets.commonsense import copa
from flan_core.datasets.nli import rte
from flan_core.errors import BadInput
from flan_core.evaluate import evaluate
from flan_core.harness import export
from flan_core.model.load import load_model
from flan_core.prompt import Prompts
from flan_core.render import render
from flan_core.schemas import write_table
from flan_core.tokens import train_tokenizer

CONFIG = Evaluate(cluster="nli", shots=(1,), templates=2, untuned=False, bootstrap=10)


class _Loader(yaml.SafeLoader):
    """Reads the harness's own tag as text."""


_Loader.add_constructor("!function", lambda loader, node: f"!function {node.value}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Prompts of the sample rows of two tasks, and a checkpoint."""
    import pyarrow as pa

    folder = tmp_path_factory.mktemp("harness")
    for task in (rte.TASKS[0], copa.TASKS[0]):
        table = pa.Table.from_pylist([dict(row) for row in task.samples])
        for split in ("train", "dev", "test"):
            path = folder / "rows" / task.name / f"{split}.parquet"
            write_table(path, "rows/1", table, {"task": task.name})
    render(Render(), rows=folder / "rows", prompts=folder / "prompts")
    prompts = Prompts.open(folder / "prompts", "rte", "train")
    texts = [text for i in range(9) for text in prompts.render(range(len(prompts)), i).inputs]
    train_tokenizer(texts, 600, folder / "checkpoint")
    model = load_model("tiny", tokenizer_dir=folder / "checkpoint", seed=2)
    model.save_pretrained(folder / "checkpoint")
    return folder


def exported(folder: Path, out: Path, config: Evaluate = CONFIG) -> list[str]:
    return export(config, prompts=folder / "prompts", tokenizer=folder / "checkpoint", folder=out)


def test_a_task_is_a_file_a_template_and_one_for_their_mean(folder, tmp_path):
    names = exported(folder, tmp_path / "out")

    assert names == ["flan_rte"]
    assert sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file()) == [
        "flan_rte.yaml",
        "flan_rte_0.jsonl",
        "flan_rte_0.yaml",
        "flan_rte_1.jsonl",
        "flan_rte_1.yaml",
        "flan_tasks.py",
    ]
    assert yaml.load((tmp_path / "out" / "flan_rte_0.yaml").read_text(), _Loader) == {
        "task": "flan_rte_0",
        "custom_dataset": "!function flan_tasks.rows",
        "dataset_kwargs": {"file": "flan_rte_0.jsonl"},
        "test_split": "test",
        "doc_to_text": "prompt",
        "target_delimiter": "",
        "output_type": "multiple_choice",
        "doc_to_choice": "options",
        "doc_to_target": "gold",
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
    }


def test_a_line_is_the_prompt_and_the_options_with_their_eos(folder, tmp_path):
    exported(folder, tmp_path / "out")

    lines = (tmp_path / "out" / "data" / "flan_rte_0.jsonl").read_text().splitlines()
    first = json.loads(lines[0])

    prompts = Prompts.open(folder / "prompts", "rte", "test")
    assert len(lines) == len(prompts)
    assert first["prompt"].endswith(prompts.render([0], 0).inputs[0] + "<eos>")
    assert first["prompt"].count("OPTIONS:") == 2, "one exemplar and the query"
    assert (first["options"], first["gold"]) == (["yes<eos>", "no<eos>"], [0])


def test_no_cluster_is_all_and_an_unknown_one_an_error(folder, tmp_path):
    assert exported(folder, tmp_path / "out", Evaluate(templates=1)) == ["flan_copa", "flan_rte"]
    with pytest.raises(BadInput, match="holds no test prompts of cluster 'nil'"):
        exported(folder, tmp_path / "out", Evaluate(cluster="nil"))


@pytest.mark.skipif(find_spec("lm_eval") is None, reason="lm-evaluation-harness is not installed")
@pytest.mark.filterwarnings("ignore")
def test_the_harness_finds_the_same_accuracy(folder, tmp_path):
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    evaluate(
        CONFIG,
        prompts=folder / "prompts",
        checkpoint=folder / "checkpoint",
        scores=tmp_path / "scores",
    )
    ours = s.read(tmp_path / "scores").tasks["rte"].results["tuned/1"]
    names = exported(folder, tmp_path / "out")

    found = simple_evaluate(
        model="hf",
        model_args=f"pretrained={folder / 'checkpoint'},add_bos_token=False,dtype=float32",
        tasks=names,
        device="cpu",
        batch_size=4,
        task_manager=TaskManager(include_path=str(tmp_path / "out"), include_defaults=False),
    )["results"]

    for each in ours.templates:
        assert 100 * found[f"flan_rte_{each.template}"]["acc,none"] == pytest.approx(each.test)
    assert 100 * found["flan_rte"]["acc,none"] == pytest.approx(ours.mean)
