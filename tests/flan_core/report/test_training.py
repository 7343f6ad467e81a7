import json

import pytest

from flan_core.errors import BadInput
from flan_core.report.training import numbers_of, read_steps, training_view


def line(step: int, loss: float, **more) -> dict:
    tokens = {"target": 10, "input": 80, "pad": 10}
    return {"step": step, "loss": loss, "tokens": tokens, "seconds": 0.5, **more}


def test_numbers_leave_the_first_step_out_of_the_speed_and_weigh_the_last_losses_by_targets():
    steps = [line(step, 5.0) for step in range(18)]
    steps += [
        line(18, 2.0, tokens={"target": 30, "input": 60, "pad": 10}),
        line(19, 4.0, tokens={"target": 10, "input": 80, "pad": 10}),
    ]
    steps[0]["seconds"] = 60.0

    assert numbers_of(steps) == {
        "steps": 20.0,
        "first_loss": 5.0,
        "final_loss": 2.5,
        "target_tokens": 220.0,
        "input_tokens": 1580.0,
        "pad_tokens": 200.0,
        "train_seconds": 69.5,
        "tokens_per_second": 180.0,
    }


def test_what_was_not_recorded_is_not_made_up():
    steps = [{"step": 0, "loss": 3.0}]

    assert numbers_of(steps) == {"steps": 1.0, "first_loss": 3.0, "final_loss": 3.0}
    assert training_view([], {}) is None


def test_each_cluster_has_a_small_plot_with_the_whole_behind_it():
    steps = [line(0, 4.0, clusters={"nli": 4.0}), line(1, 2.0, clusters={"nli": 1.0, "qa": 3.0})]

    view = training_view(steps, {})

    assert [plot.title for plot in view.by_cluster] == ["Natural language inference", "qa"]
    assert [style for _, style in view.by_cluster[0].curves] == ["behind", "loss"]
    assert [curve.line for curve, _ in view.by_cluster[0].curves] == [
        "M0 0L100 66.67",
        "M0 0L100 100",
    ]


def test_each_dataset_has_its_loss_at_the_beginning_and_at_the_end():
    steps = [line(step, 4.0, datasets={"rte": 4.0 - step / 10}) for step in range(20)]
    steps[7]["datasets"]["copa"] = 2.5
    steps[8]["skipped"] = True

    view = training_view(steps, {})

    assert [(one.dataset, one.steps) for one in view.by_dataset] == [("copa", 1), ("rte", 20)]
    assert [(one.first, one.last) for one in view.by_dataset] == [
        (2.5, 2.5),
        pytest.approx((3.95, 2.15)),
    ]
    assert ("Updates left out for a spike", "1") in view.facts


def test_a_step_that_was_done_again_after_a_restart_counts_once(tmp_path):
    lines = [line(0, 4.0), line(1, 3.0), line(1, 2.5), line(2, 2.0)]
    (tmp_path / "steps.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))

    assert [step["loss"] for step in read_steps(tmp_path)] == [4.0, 2.5, 2.0]


def test_a_torn_record_is_an_error_that_names_the_line(tmp_path):
    (tmp_path / "steps.jsonl").write_text('{"step": 0, "loss": 1.0}\n{"step": 1, "lo\n')

    with pytest.raises(BadInput, match=r"steps\.jsonl, line 2 is not a step; run train again"):
        read_steps(tmp_path)
