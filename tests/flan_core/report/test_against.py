from flan_core.intervals import change
from flan_core.report.against import ScoreChange, against
from flan_core.report.document import document_of
from tests.flan_core import made


def document(tuned: float, untuned: float, **facts) -> dict:
    task = made.task(made.result(tuned, tuned), made.result(untuned, untuned))
    return document_of([made.scores(task)], **facts)


def test_scores_that_both_runs_have_are_compared_with_intervals():
    before = document(50.0, 40.0, recipe="smoke", commit="0123456789abcdef")

    found = against(before, document(56.0, 40.0, recipe="smoke", commit=""))

    moved = change(50.0, (48.0, 52.0), 56.0, (54.0, 58.0))
    same = change(40.0, (38.0, 42.0), 40.0, (38.0, 42.0))
    assert found.lead == "The run before is smoke at commit 0123456789ab."
    assert found.changes == (
        ScoreChange("Natural language inference", "tuned/0", True, moved),
        ScoreChange("Natural language inference", "untuned/0", True, same),
        ScoreChange("RTE", "tuned/0", False, moved),
        ScoreChange("RTE", "untuned/0", False, same),
    )


def test_settings_hashes_and_versions_that_differ_are_named():
    before = document(50.0, 40.0, settings={"train": {"seed": 0, "model": "tiny"}}, hashes={})
    now = document(
        50.0, 40.0, settings={"train": {"seed": 1, "model": "tiny"}}, hashes={"rows": "ab"}
    )

    assert against(before, now).settings == (
        ("hashes.rows", "–", "ab"),
        ("settings.train.seed", "0", "1"),
    )


def test_runs_that_share_no_score_say_so():
    other = {"clusters": {}, "tasks": {}, "recipe": "smoke"}

    found = against(other, document(50.0, 40.0))

    assert (found.changes, found.lead) == (
        (),
        "The run before is smoke. The two share no score.",
    )
