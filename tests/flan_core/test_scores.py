"""scores.json: what is written is read back; what is not of its schema is refused."""

import json
import re

import pytest

from flan_core import scores as s
from flan_core.errors import BadInput


def small() -> s.Scores:
    return s.Scores(
        cluster="nli",
        title="Natural language inference",
        mean={
            "tuned/0": s.Mean(mean=1 / 3, interval=(-0.0, 2 / 3), best_dev=None, tasks=1),
        },
        comparison={
            "0": s.Comparison(difference=1.5, interval=(0.5, 2.5), p_value=0.01, test="sign-flip")
        },
        settings={"seed": 0, "shots": [0, 5]},
    )


def test_scores_come_back_rounded_to_six_decimals(tmp_path):
    s.write(tmp_path, small())

    assert json.loads((tmp_path / "scores.json").read_text())["mean"] == {
        "tuned/0": {
            "mean": 0.333333,
            "interval": [0.0, 0.666667],
            "best_dev": None,
            "tasks": 1,
            "without": [],
        }
    }
    found = s.read(tmp_path)
    assert found.comparison == small().comparison
    assert found.mean["tuned/0"].interval == (0.0, 0.666667)
    assert found.settings == {"seed": 0, "shots": [0, 5]}


def test_a_hole_says_why(tmp_path):
    s.write(tmp_path, s.hole("nli", "NLI", "task rte has no test rows", {"seed": 1}))

    assert s.read(tmp_path) == s.Scores(
        cluster="nli", title="NLI", failed="task rte has no test rows", settings={"seed": 1}
    )


def test_a_file_of_another_shape_is_refused(tmp_path):
    s.write(tmp_path, small())
    path = tmp_path / "scores.json"
    value = json.loads(path.read_text())
    del value["mean"]["tuned/0"]["tasks"]
    path.write_text(json.dumps(value))

    message = re.escape(f"{path}: mean.tuned/0.tasks: Field required; run evaluate again")
    with pytest.raises(BadInput, match=message):
        s.read(tmp_path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"scores\.json is missing; run evaluate first"):
        s.read(tmp_path)
