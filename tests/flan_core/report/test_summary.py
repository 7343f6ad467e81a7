import math

from flan_core.report.summary import metrics_of, summary_of
from flan_core.scores import hole
from tests.flan_core import made

NLI = made.scores(made.task(made.result(60.0, 62.0), made.result(50.0, 52.0)))
HOLE = hole("coreference", "Coreference", "no memory | at step 3\nof 9", {})


def test_metrics_are_flat_finite_numbers():
    numbers = {"final_loss": 2.5, "mfu": None, "bad": math.nan, "flag": True}

    assert metrics_of([NLI, HOLE], numbers) == {
        "nli_tuned": 61.0,
        "nli_untuned": 51.0,
        "nli_difference": 10.0,
        "failed_clusters": 1.0,
        "final_loss": 2.5,
    }


def test_the_summary_is_a_table_with_its_warnings_and_holes():
    text = summary_of(
        [NLI, HOLE], title="FLAN smoke", lead="Held out: NLI.", warnings=["Invented."]
    )

    assert text == (
        "# FLAN smoke\n\nHeld out: NLI.\n\n> **Invented.**\n\n"
        "| held out | n | tuned | 95 % | best dev template | untuned | difference | majority |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|\n"
        "| **Natural language inference** | 1 tasks "
        "| 61.0 | 59.0 to 63.0 | 62.0 | 51.0 | +10.0 | – |\n"
        "| RTE | 40 | 61.0 ± 1.5 | 59.0 to 63.0 | 62.0 | 51.0 | +10.0 | 55.0 |\n"
        "| **Coreference** | | | | | | failed: no memory \\| at step 3 of 9 | |\n"
    )
