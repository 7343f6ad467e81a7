"""A whole evaluation of a small cluster: what it finds, how it continues, that ranks are equal."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from flan_core import scores as s
from flan_core.config import Evaluate
from flan_core.errors import BadInput
from flan_core.evaluate import evaluate, leave_hole
from flan_core.evaluate.models import open_tokenizer
from flan_core.evaluate.predictions import Ledger
from flan_core.evaluate.ranks import Ranks
from flan_core.evaluate.run import Exam, quizzes_of, sum_up
from flan_core.schemas import dumps

CONFIG = Evaluate(cluster="nli", shots=(0, 2), bootstrap=50, seed=3)


def files(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def run(cluster: Path, folder: Path, config: Evaluate = CONFIG) -> s.Scores:
    evaluate(config, prompts=cluster / "prompts", checkpoint=cluster / "checkpoint", scores=folder)
    return s.read(folder)


@pytest.fixture(scope="module")
def done(cluster, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("scores")
    run(cluster, folder)
    return folder


def test_each_task_and_each_way_is_scored_by_each_template(done):
    scores = s.read(done)

    assert list(scores.tasks) == ["place", "sky", "ways/from-English", "ways/into-English"]
    templates = {
        name: [each.template for each in task.results["tuned/0"].templates]
        for name, task in scores.tasks.items()
    }
    assert templates == {
        "place": [0, 1],
        "sky": [0, 1],
        "ways/from-English": [0],
        "ways/into-English": [1, 2],
    }
    assert scores.tasks["ways/into-English"].direction == "into English"


def test_all_are_asked_the_same(done):
    scores = s.read(done)

    keys = ["tuned/0", "tuned/2", "untuned/0", "untuned/2"]
    bare = ["untuned_no_options/0", "untuned_no_options/2"]
    assert sorted(scores.tasks["sky"].results) == sorted(keys + bare)
    assert sorted(scores.tasks["ways/from-English"].results) == keys
    assert sorted(scores.mean) == keys, "a mean is over all tasks or is not there"
    assert sorted(scores.tasks["sky"].comparison) == ["0", "2"]
    assert scores.tasks["sky"].results["tuned/2"].shots == 2.0
    assert scores.model["tuned"].sha256 != scores.model["untuned"].sha256


def test_scores_are_those_of_the_predictions(done):
    """Accuracy of ``sky``, from the files alone."""
    scores = s.read(done).tasks["sky"]
    parts = [Ledger(done / "predictions", "tuned/0", "", ()).path(number) for number in range(99)]
    import pyarrow.parquet as pq

    from flan_core.schemas import read_about

    tables = {
        (about["task"], about["template"]): pq.read_table(path).to_pydict()
        for path in parts
        if path.is_file() and (about := read_about(path, "predictions/1"))
    }
    for each in scores.results["tuned/0"].templates:
        table = tables["sky", each.template]
        right = [
            said in accepted
            for split, said, accepted in zip(
                table["split"], table["said"], table["accepted"], strict=True
            )
            if split == "test"
        ]
        assert each.test == pytest.approx(100 * sum(right) / len(right), abs=1e-5)
        assert each.n == len(right) == 16
    mean = sum(each.test for each in scores.results["tuned/0"].templates) / 2
    assert scores.results["tuned/0"].mean == pytest.approx(mean, abs=1e-5)
    assert scores.baselines == s.Baselines(majority=50.0, random=50.0)
    [matrix] = {scores.confusion["tuned/0"].matrix}
    assert sum(map(sum, matrix)) == 32


def test_the_best_dev_template_is_scored_on_test(done):
    result = s.read(done).tasks["place"].results["tuned/0"]
    best = max(result.templates, key=lambda each: (each.dev, -each.template))

    assert result.best_dev == s.BestDev(
        template=best.template, dev=best.dev, test=best.test, interval=best.interval
    )


def test_a_killed_evaluation_continues_and_ends_with_the_same_bytes(
    cluster, done, tmp_path, monkeypatch
):
    put, calls = Ledger.put, []

    def killed(self, number, columns):
        calls.append(number)
        if len(calls) == 9:
            raise KeyboardInterrupt
        put(self, number, columns)

    monkeypatch.setattr(Ledger, "put", killed)
    with pytest.raises(KeyboardInterrupt):
        run(cluster, tmp_path)
    monkeypatch.setattr(Ledger, "put", put)
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("part-*.parquet")}

    run(cluster, tmp_path)

    assert len(kept) == 8
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert files(tmp_path) == files(done)


def test_ranks_share_the_work_and_change_no_byte(cluster, done, tmp_path):
    tokenizer = open_tokenizer(cluster / "checkpoint")
    quizzes = quizzes_of(CONFIG, cluster / "prompts", tokenizer)
    exams = [
        Exam(
            CONFIG, cluster / "prompts", cluster / "checkpoint", tmp_path, tokenizer, quizzes, ranks
        )
        for ranks in (Ranks(1, 2, 1), Ranks(0, 2, 0))
    ]

    shares = []
    for exam in exams:
        models = dict(exam.ask_all())
        shares.append(len(list(tmp_path.rglob("part-*.parquet"))))
    sum_up(exams[1], models)

    assert 0 < shares[0] < shares[1]
    assert files(tmp_path) == files(done)


def test_the_size_of_batches_changes_no_score(cluster, done, tmp_path):
    small = Evaluate(cluster="nli", shots=(0, 2), bootstrap=50, seed=3, batch_tokens=64)

    found = run(cluster, tmp_path, small)

    for name, task in s.read(done).tasks.items():
        for key, result in task.results.items():
            assert found.tasks[name].results[key].templates == result.templates
            assert found.tasks[name].results[key].interval == result.interval
    assert found.mean == s.read(done).mean


def test_a_task_without_train_rows_has_no_part_in_few_shot_means(cluster, tmp_path):
    copytree(cluster / "prompts", tmp_path / "prompts")
    (tmp_path / "prompts" / "place" / "train.parquet").unlink()
    few = Evaluate(cluster="nli", shots=(0, 2), bootstrap=10, untuned=False)
    always = Evaluate(cluster="nli", shots=(2,), untuned=False)

    def ask(config: Evaluate) -> s.Scores:
        paths = {"prompts": tmp_path / "prompts", "checkpoint": cluster / "checkpoint"}
        evaluate(config, **paths, scores=tmp_path / "scores")
        return s.read(tmp_path / "scores")

    scores = ask(few)
    assert sorted(scores.tasks["place"].results) == ["tuned/0"]
    assert (scores.mean["tuned/0"].tasks, scores.mean["tuned/0"].without) == (4, ())
    assert (scores.mean["tuned/2"].tasks, scores.mean["tuned/2"].without) == (3, ("place",))
    with pytest.raises(BadInput, match="task place has no train rows to take exemplars from, and"):
        ask(always)


def test_a_cluster_without_prompts_is_an_error_and_an_old_result_goes(cluster, tmp_path):
    (tmp_path / "scores.json").write_text("of an earlier evaluation")

    with pytest.raises(BadInput, match="unknown cluster 'sentiment'"):
        run(cluster, tmp_path, Evaluate(cluster="sentiment"))

    assert not (tmp_path / "scores.json").exists()


def test_a_failed_cluster_leaves_a_hole_with_the_reason(tmp_path):
    leave_hole(CONFIG, scores=tmp_path, reason="task rte has no test rows")

    scores = s.read(tmp_path)
    assert (scores.cluster, scores.title) == ("nli", "Natural language inference")
    assert scores.failed == "task rte has no test rows"
    assert scores.tasks == {}


@pytest.mark.faults
def test_two_processes_of_torchrun_write_the_same_bytes(cluster, done, tmp_path):
    (tmp_path / "config.json").write_text(
        dumps({"cluster": "nli", "shots": [0, 2], "bootstrap": 50, "seed": 3})
    )
    subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"),
            *("-m", "flan_core.evaluate", "--config", tmp_path / "config.json"),
            *("--prompts", cluster / "prompts", "--checkpoint", cluster / "checkpoint"),
            *("--scores", tmp_path / "scores"),
        ],
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )

    assert files(tmp_path / "scores") == files(done)


def test_the_command_exits_with_the_code_of_its_error_and_leaves_a_hole(
    cluster, tmp_path, monkeypatch, capsys
):
    from flan_core.evaluate.__main__ import run as command

    (tmp_path / "config.json").write_text(dumps({"cluster": "nli"}))
    monkeypatch.setattr(
        sys,
        "argv",
        [
            "evaluate",
            *("--config", str(tmp_path / "config.json")),
            *("--prompts", str(cluster / "prompts")),
            *("--checkpoint", str(tmp_path / "none")),
            *("--scores", str(tmp_path / "scores")),
        ],
    )
    monkeypatch.setattr("faulthandler.enable", lambda **settings: None)  # pytest has no stderr

    assert command() == 93
    assert "lacks the tokenizer it was tuned with" in capsys.readouterr().err
    assert "lacks the tokenizer" in s.read(tmp_path / "scores").failed
