from flan_core.datasets import catalogue
from flan_core.report.beside import beside_paper
from flan_core.report.held_out import (
    calibration_path,
    cluster_views,
    dot_size,
    heat,
    in_order,
    name_of,
)
from flan_core.report.paper import FIGURES
from flan_core.scores import Calibration, CalibrationBin
from tests.flan_core import made


def test_all_lanes_of_a_cluster_share_one_axis():
    """Scores up to 73 give an axis to 80: 60 lies at three quarters, random (50) at 62.5."""
    scores = made.scores(made.task(made.result(70.0, 50.0), made.result(52.0, 48.0)))

    (view,) = cluster_views([scores])

    task = view.tasks[0]
    assert [tick.label for tick in view.axis.ticks] == ["0", "20", "40", "60", "80"]
    assert [(lane.key, lane.mean, lane.low, lane.high) for lane in task.lanes] == [
        ("tuned/0", 75.0, 72.5, 77.5),
        ("untuned/0", 62.5, 60.0, 65.0),
    ]
    assert [(dot.at, dot.label) for dot in task.lanes[0].dots] == [
        (87.5, "template 0: 70.0"),
        (62.5, "template 1: 50.0"),
    ]
    assert task.lanes[0].best.label == "best on dev, template 1: 50.0"
    assert (task.random, task.majority) == (62.5, 68.75)


def test_zero_shot_comes_first_and_the_tuned_model_before_the_untuned():
    keys = ["untuned_no_options/0", "tuned/16", "untuned/0", "tuned/5", "tuned/0"]

    assert in_order(keys) == ["tuned/0", "untuned/0", "untuned_no_options/0", "tuned/5", "tuned/16"]
    assert [name_of(key) for key in ("tuned/5", "untuned_no_options/0")] == [
        "tuned, 5 exemplars",
        "untuned, no options",
    ]


def test_right_and_wrong_answers_share_the_examples():
    right = tuple(made.answer("yes", "yes", inputs=f"right {i}") for i in range(9))
    wrong = (made.answer("yes", "no", inputs="wrong"),)
    task = made.task(made.result(60.0, 60.0), made.result(50.0, 50.0))
    many = made.scores(type(task)(**{**vars(task), "examples": right + wrong}))

    shown = cluster_views([many])[0].tasks[0].examples

    assert [answer.inputs for answer in shown] == [*(f"right {i}" for i in range(5)), "wrong"]


def test_the_paper_stands_beside_tasks_that_it_scored_by_the_same_metric():
    task = made.task(made.result(60.0, 62.0), made.result(50.0, 52.0))
    unknown = made.task(made.result(60.0, 62.0), made.result(50.0, 52.0), name="own_dataset")

    found = beside_paper([made.scores(task, unknown)])

    assert [one.figures.title for one in found] == ["RTE"]
    assert [(point.name, point.value) for point in found[0].points] == [
        ("LaMDA-PT 137B, zero-shot", 73.3),
        ("LaMDA-PT 137B, few-shot", 70.8),
        ("GPT-3 175B, zero-shot", 63.5),
        ("GPT-3 175B, few-shot", 72.9),
        ("FLAN 137B, zero-shot", 78.3),
        ("FLAN 137B, few-shot", 79.9),
        ("this run, tuned", 61.0),
        ("this run, untuned", 51.0),
    ]


def test_every_figure_of_the_paper_belongs_to_a_task_with_that_metric():
    tasks = catalogue()

    wrong = {
        key
        for key, figures in FIGURES.items()
        if figures.metric not in [m.name for m in tasks[key.partition("/")[0]].task.metrics]
    }

    assert wrong == set()


def test_a_confusion_matrix_is_tinted_by_the_share_of_each_true_answer():
    task = made.task(made.result(60.0, 62.0), made.result(50.0, 52.0))

    assert heat(task.confusion["tuned/0"]) == (((30, 0.75), (10, 0.25)), ((5, 0.125), (35, 0.875)))


def test_a_calibration_curve_is_drawn_from_the_lower_left():
    assert calibration_path(made.result(60.0, 60.0).calibration) == "M75.00 50.00"


def test_the_area_of_a_dot_goes_with_the_answers_in_it():
    few, many = (CalibrationBin(confidence=0.5, accuracy=0.5, n=n) for n in (10, 40))
    calibration = Calibration(error=0.0, bins=(few, many))

    assert dot_size(many, calibration) == 2 * dot_size(few, calibration)
