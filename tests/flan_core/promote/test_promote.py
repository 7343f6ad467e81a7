"""A challenger becomes champion only when nothing speaks against it; two cannot both win."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread

import pytest

from flan_core import scores as held_out_scores
from flan_core import telemetry
from flan_core.errors import BadInput
from flan_core.promote import rollback
from flan_core.promote.card import card_with_scores
from flan_core.promote.gate import mean_over
from flan_core.promote.registry import Champion, Registry
from flan_core.store import Conflict
from tests.flan_core import made
from tests.flan_core.promote.challenger import CARD, LEAKS, LEAKS_ELSEWHERE, Challenger

Make = Callable[[float], Challenger]


@pytest.fixture
def challenger(tmp_path: Path) -> Make:
    """Make a challenger by its score; all of a test share one registry."""
    made_so_far: list[Challenger] = []

    def make(tuned: float) -> Challenger:
        one = Challenger(tmp_path / f"run{len(made_so_far)}", tuned, tmp_path / "registry")
        made_so_far.append(one)
        return one

    return make


def champion_of(one: Challenger) -> Champion:
    return Registry(str(one.registry), "flan").champion()[0]


def test_the_first_sound_challenger_becomes_champion_with_model_card_scores_and_lineage(
    challenger: Make,
):
    first = challenger(60.0)

    decision = first.promote()

    version = decision["version"]
    assert (decision["promoted"], decision["reasons_against"]) == (True, [])
    assert champion_of(first) == Champion(version=version)
    kept = first.registry / "flan/versions" / version
    assert sorted(
        path.relative_to(kept).as_posix()
        for path in kept.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    ) == [
        "checkpoint/README.md",
        "checkpoint/checkpoint.json",
        "checkpoint/model.safetensors",
        "decision.json",
        "lineage.json",
        "scores/nli/scores.json",
    ]
    lineage = json.loads((kept / "lineage.json").read_text())
    assert lineage["data"] == first.rows
    assert lineage["commit"] == "abc"
    assert sorted(lineage["sha256"]) == [
        "checkpoint",
        "leakage",
        "mixture",
        "rows",
        "scores/nli",
        "weights/model.safetensors",
    ]
    assert (
        "| Natural language inference | 1 | 60.0 | 58.0 to 62.0 | 50.0 |"
        in (kept / "checkpoint/README.md").read_text()
    )


def test_a_better_challenger_takes_over_and_rollback_gives_back(challenger: Make):
    old, new = challenger(60.0), challenger(63.0)
    first = old.promote()["version"]

    second = new.promote()

    assert second["champion_before"] == first
    assert champion_of(new) == Champion(version=second["version"], previous=(first,))
    rollback(str(new.registry), "flan")
    assert champion_of(new) == Champion(version=first, rolled_back=(second["version"],))
    with pytest.raises(
        BadInput, match=rf"flan has only {first} in .*: there is nothing to go back"
    ):
        rollback(str(new.registry), "flan")


@pytest.mark.parametrize(("margin", "promoted"), [(1.0, False), (2.0, True)])
def test_a_cluster_may_lose_the_margin_and_no_more(challenger: Make, margin, promoted):
    """From 60 (58 to 62) to 58 (56 to 60): -2 (-4.8 to 0.8)."""
    challenger(60.0).promote()

    decision = challenger(58.0).promote(margin=margin)

    checks = {check["name"]: check for check in decision["checks"]}
    found = checks["regression in nli, 0 exemplars"]
    assert (decision["promoted"], found["passed"]) == (promoted, promoted)
    assert found["reason"].startswith(f"60.0 to 58.0, -2.0 (-4.8 to +0.8); at most {margin:g} may")
    assert ("cannot rule out more" in found["reason"]) == promoted


def test_every_reason_against_is_listed_and_nothing_is_written(challenger: Make):
    one = challenger(60.0)
    one.rows["copa"] = {"repository": "somewhere", "revision": ""}
    one.rows["sst2"] = {"repository": "samples", "invented": True}
    one.held_out = ["nli", "sentiment", "coreference"]
    one.scores.append(held_out_scores.hole("coreference", "Coreference", "no memory", {}))
    one.leakage = None

    decision = one.promote()

    assert decision["reasons_against"] == [
        "evaluation of coreference: it failed: no memory",
        "evaluation of sentiment: there are no scores",
        "leakage: mix left no leakage.json; run mix again",
        "pinned data: invented rows: sst2; no commit or checksum: copa",
    ]
    assert not decision["promoted"]
    assert not one.registry.exists()


def test_one_training_row_that_overlaps_an_evaluation_row_is_refused(challenger: Make):
    one = challenger(60.0)
    one.leakage = {"policy": "report", "pairs": [LEAKS_ELSEWHERE, LEAKS]}

    assert one.promote()["reasons_against"] == [
        "leakage: training rows overlap evaluation rows: 3 rows of snli in rte test; "
        "set mix.leakage to drop"
    ]
    one.leakage["policy"] = "drop"
    assert one.promote()["promoted"]


def test_a_task_that_only_the_champion_was_asked_is_a_hole(challenger: Make):
    old, new = challenger(60.0), challenger(61.0)
    second = made.task(made.result(60.0, 60.0), made.result(50.0, 50.0), name="cb", title="CB")
    old.scores = [made.scores(*old.scores[0].tasks.values(), second)]
    old.promote()

    decision = new.promote()

    assert decision["reasons_against"] == [
        "evaluation of nli: the champion was asked cb, the challenger was not"
    ]


def test_scores_of_two_different_models_are_refused(challenger: Make):
    one = challenger(60.0)
    other = made.scores(*one.scores[0].tasks.values(), cluster="sentiment")
    model = {"tuned": replace(other.model["tuned"], sha256="c" * 64)}
    one.scores.append(replace(other, model=model))

    assert one.promote()["reasons_against"] == [
        "same model: clusters were asked of different weights: nli aaaaaaaaaaaa, "
        "sentiment cccccccccccc"
    ]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("", "nli was asked of checkpoint unknown, not of "),
        ("d" * 64, "nli was asked of checkpoint dddddddddddd, not of "),
    ],
)
def test_scores_of_another_checkpoint_are_refused(challenger: Make, asked: str, words: str):
    one = challenger(60.0)
    one.asked = asked

    (reason,) = one.promote()["reasons_against"]

    assert reason.startswith(f"checkpoint: {words}")
    assert reason.endswith("; run evaluate again")
    assert not one.registry.exists()


def test_a_checkpoint_that_says_nothing_of_itself_is_refused(challenger: Make):
    one = challenger(60.0)
    (one.folder / "checkpoint/checkpoint.json").unlink()

    assert one.promote()["reasons_against"] == [
        "checkpoint: train left no checkpoint.json to tell the model by; run train again"
    ]


def test_the_decision_is_told_in_the_log_on_a_page_and_to_alerts(
    challenger: Make, capsys: pytest.CaptureFixture[str]
):
    first, second = challenger(60.0), challenger(40.0)
    version = first.promote()["version"]
    capsys.readouterr()
    telemetry.PROMOTION_BLOCKED.clear()

    refused = second.promote()["version"]

    told = capsys.readouterr().err.splitlines()
    assert told[0] == "promote: passed  evaluation of nli: whole"
    assert told[-1] == (
        f"promote: not promoted: 1 of 6 checks refused version {refused}; "
        f"{version} stays the champion of flan"
    )
    assert len([line for line in told if line.startswith("promote: refused regression")]) == 1
    page = (second.folder / "decision.md").read_text()
    assert page.startswith(f"# not promoted: 1 of 6 checks refused version {refused}")
    assert "| regression in nli, 0 exemplars | **refused** | 60.0 to 40.0, -20.0" in page
    (family,) = telemetry.PROMOTION_BLOCKED.collect()
    assert {sample.labels["reason"]: sample.value for sample in family.samples} == {
        "evaluation of nli": 0,
        "same model": 0,
        "checkpoint": 0,
        "regression in nli, 0 exemplars": 1,
        "leakage": 0,
        "pinned data": 0,
    }


def test_rows_without_a_pin_pass_where_that_is_allowed(challenger: Make):
    one = challenger(60.0)
    one.rows = {"rte": {"repository": "samples", "invented": True}}

    decision = one.promote(allow_unpinned=True)

    assert decision["promoted"]
    assert decision["checks"][-1]["reason"] == "invented rows: rte; allowed by allow_unpinned"


def test_promoting_the_champion_again_changes_nothing(challenger: Make):
    one = challenger(60.0)
    one.promote()

    decision = one.promote()

    assert decision["reasons_against"] == ["new: it is the champion already"]
    assert champion_of(one) == Champion(version=decision["version"])


def test_of_two_promoters_at_once_one_wins_and_the_other_is_told(challenger: Make, monkeypatch):
    """Both read the same champion, then both try to move it."""
    rivals = [challenger(61.0), challenger(62.0)]
    both_have_read, won, lost = Barrier(2, timeout=20), [], []
    read = Registry.champion

    def read_and_wait(registry: Registry):
        found = read(registry)
        both_have_read.wait()
        return found

    monkeypatch.setattr(Registry, "champion", read_and_wait)

    def run(one: Challenger) -> None:
        try:
            won.append(one.promote()["version"])
        except Conflict as conflict:
            lost.append(conflict.exit_code)

    threads = [Thread(target=run, args=(one,)) for one in rivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.undo()

    assert lost == [75]
    assert [champion_of(rivals[0])] == [Champion(version=version) for version in won]


def test_a_checkpoint_without_safetensors_is_refused(challenger: Make):
    one = challenger(60.0)
    (one.folder / "checkpoint/model.safetensors").unlink()

    with pytest.raises(BadInput, match=r"checkpoint has no \*\.safetensors; run train to its end"):
        one.promote()


def test_a_mean_over_some_tasks_joins_their_intervals():
    """Two of three tasks, 60 and 64, each 2 either way: 62, sqrt(2² + 2²) / 2 either way."""
    tasks = [
        made.task(made.result(score, score), made.result(50.0, 50.0), name=name)
        for name, score in (("a", 60.0), ("b", 64.0), ("c", 90.0))
    ]

    mean, interval = mean_over(made.scores(*tasks), "tuned/0", ["a", "b"])

    assert mean == 62.0
    assert interval == pytest.approx((62.0 - 2**0.5, 62.0 + 2**0.5))


def test_the_card_gets_its_scores_where_training_left_room_for_them():
    scores = [made.scores(made.task(made.result(60.0, 60.0), made.result(50.0, 50.0)))]

    card = card_with_scores(CARD, scores)

    assert card.index("Text.") < card.index("60.0 | 58.0 to 62.0") < card.index("## Licence")
    assert "Not measured yet." not in card
    assert card_with_scores("", scores).startswith("## Scores\n")
